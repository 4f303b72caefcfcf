"""The table of limits in the guide to markets of history, made from what files are held to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agents.acceptance import Newcomers
from agents.history import HistoryMarket, HistoryOperator, HistoryPlan, Then
from agents.life_cycle import LifeCycleSettings
from agents.settings import RegionSettings
from experiments.paths import ROOT
from experiments.question.schema import below, limits
from experiments.studies.backtest.moves import MONEY, MOST_MONEY, NUMBERS, USES, WHOLE
from strategies.scripted import ScriptedMove

GUIDE = ROOT / "docs" / "markets_of_history.md"
BEGIN, END = "<!-- limits: written by make docs -->", "<!-- end of limits -->"
_PLACES: tuple[tuple[str, type[Any]], ...] = (
    ("market", HistoryMarket),
    ("market.life_cycle", LifeCycleSettings),
    ("market.newcomers", Newcomers),
    ("market.regions.*", RegionSettings),
    ("operators.*", HistoryOperator),
    ("operators.*.lines_million, arpu", Then),
    ("operators.*.plans.*", HistoryPlan),
)
_SIGNS = ("≥", "≤", "<", ">")


def table() -> str:
    """The table as Markdown: where, which keys, what is allowed; of numbers with limits."""
    rows = ["| where | keys | allowed |", "| --- | --- | --- |"]
    places = [(f"`{where}`", dict(_numbers(model))) for where, model in _PLACES]
    for where, found in [*places, ("moves", dict(_columns()))]:
        for said in dict.fromkeys(found.values()):
            keys = ", ".join(f"`{key}`" for key, own in found.items() if own == said)
            rows.append(f"| {where} | {keys} | {said} |")
    return "\n".join(rows)


def _numbers(model: type[Any]) -> Iterator[tuple[str, str]]:
    for key in model.model_fields:
        said = limits(below(model, [key])).removesuffix(" or null")
        if any(sign in said for sign in _SIGNS):
            yield key, said


def _columns() -> Iterator[tuple[str, str]]:
    """Columns of moves, with their limits in the words of the file."""
    allowed = dict(_numbers(ScriptedMove))
    for column in dict.fromkeys(column for used in USES.values() for column in used):
        if column in MONEY and column != "worth":
            yield (
                column,
                f"number, ≥ 0, ≤ {MOST_MONEY:.0f}, in the model's money",
            )
        elif column == "worth":
            yield column, allowed["brand_distance_yuan"] + ", in the model's money"
        elif column in NUMBERS or column in WHOLE:
            yield column, allowed[NUMBERS.get(column, column)]


def written(text: str) -> str:
    """The guide with its table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(guide: Path = GUIDE) -> None:
    """Write the table into the guide."""
    guide.write_text(written(guide.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
