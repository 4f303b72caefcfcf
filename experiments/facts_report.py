"""`counterplay experiment=facts`: every stylised fact against the calibrated market, as a table."""

import json
import math
from typing import Any, NamedTuple

import pandas as pd
from rich.console import Console
from rich.table import Table

from experiments.errors import validated
from experiments.facts.registry import Fact, Figures, Verdict, chosen
from experiments.market_form import need_full_market
from experiments.request import Request
from experiments.scenes import Scene, in_every_scene
from experiments.statistics import Interval, interval
from experiments.store import write_atomically
from experiments.style import number
from sim.schema import Settings


class FactsSettings(Settings):
    """Which facts are checked."""

    facts: list[str] = []
    """Names; none: all of them."""


class Checked(NamedTuple):
    """A fact, the model's figures over scenes, and whether it holds."""

    fact: Fact
    model: Interval
    others: dict[str, Interval]
    verdict: Verdict


def run(request: Request, console: Console) -> None:
    """Check the facts and write `facts.parquet`, `summary.json` and `facts.md`.

    Raises:
        MarketError: an option is unknown, or names a fact that does not exist.
    """
    need_full_market(request)
    asked = validated(FactsSettings, request.options, "experiment")
    facts = chosen(tuple(asked.facts))
    found = in_every_scene(request, _Measured(tuple(asked.facts)), console)
    table = tidy(request, found)
    checked = [check(fact, table, request) for fact in facts]
    request.out.mkdir(parents=True, exist_ok=True)
    table.to_parquet(request.out / "facts.parquet")
    write_atomically(request.out / "summary.json", _summary(checked, request))
    write_atomically(request.out / "facts.md", page(checked, request))
    console.print(_table(checked))
    console.print(f"Facts: {request.out / 'facts.md'}")


class _Measured:
    """All chosen facts in one scene: something that can travel to another process."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def __call__(self, scene: Scene) -> tuple[int, int, dict[str, Figures]]:
        figures = {fact.name: fact.measure(scene) for fact in chosen(self.names)}
        return scene.world, scene.seed, figures


def tidy(request: Request, found: list[tuple[int, int, dict[str, Figures]]]) -> pd.DataFrame:
    """All figures: `market, world, seed, fact, figure, value`."""
    rows = [
        (request.market.name, world, seed, name, figure, value)
        for world, seed, facts in found
        for name, figures in facts.items()
        for figure, value in figures.items()
    ]
    return pd.DataFrame(rows, columns=["market", "world", "seed", "fact", "figure", "value"])


def check(fact: Fact, table: pd.DataFrame, request: Request) -> Checked:
    """Judge one fact by its figures over worlds (over seeds, if there is one world)."""
    draw = "seed" if request.worlds == 1 else "world"
    mine = table[table["fact"] == fact.name]
    wide = mine.pivot_table(index=draw, columns="figure", values="value")
    means = {str(name): interval(wide[name]) for name in wide.columns}
    model = means.pop("model", Interval(None, None, None, 0))
    return Checked(fact, model, means, fact.criterion.judge(model))


def _summary(checked: list[Checked], request: Request) -> str:
    facts = [
        {
            "name": c.fact.name,
            "claim": c.fact.claim,
            "source": c.fact.source,
            "published": c.fact.published,
            "unit": c.fact.unit,
            "criterion": c.fact.criterion.text(),
            "why": c.fact.why,
            "model": vars(c.model),
            "others": {name: vars(value) for name, value in c.others.items()},
            "verdict": c.verdict,
        }
        for c in checked
    ]
    whole: dict[str, Any] = {
        "market": request.market.name,
        "subscribers": request.subscribers,
        "worlds": request.worlds,
        "seeds": request.seeds,
        "months": request.months,
        "facts": facts,
        "passed": sum(c.verdict == "PASS" for c in checked),
        "of": len(checked),
    }
    return json.dumps(whole, indent=1, allow_nan=False)


def page(checked: list[Checked], request: Request) -> str:
    """The table as Markdown: claim, source's figure, ours with interval, criterion, verdict."""
    passed = sum(c.verdict == "PASS" for c in checked)
    lines = [
        f"# Stylised facts, {request.market.label}",
        "",
        f"{passed} of {len(checked)} hold. {request.worlds} worlds × {request.seeds} seeds of "
        f"{request.subscribers:,} accounts; means with 95 % intervals over "
        f"{'seeds' if request.worlds == 1 else 'worlds'}.",
        "",
        "| fact | source | published | what is measured | model | criterion | |",
        "|---|---|---|---|---:|---|---|",
        *(_row(c) for c in checked),
        "",
        "## Further figures and why these bounds",
        "",
        *(_details(c) for c in checked),
    ]
    return "\n".join(lines) + "\n"


def _row(c: Checked) -> str:
    f, verdict = c.fact, c.verdict if c.verdict == "PASS" else f"**{c.verdict}**"
    return (
        f"| {f.claim} | {f.source} | {f.published} | {f.unit} | {_text(c.model)} "
        f"| {f.criterion.text()} | {verdict} |"
    )


def _details(c: Checked) -> str:
    others = "; ".join(
        f"{name.replace('_', ' ')} {_text(value)}" for name, value in c.others.items()
    )
    return f"- **{c.fact.name}**: {c.fact.why}." + (f" Also: {others}." if others else "")


def _text(found: Interval) -> str:
    if found.mean is None or found.low is None or found.high is None:
        return "–"
    digits = max(0, 2 - math.floor(math.log10(max(abs(found.mean), 1e-4))))
    places = min(4, digits)
    if found.n < 2:
        return number(found.mean, places)
    low, high = number(found.low, places), number(found.high, places)
    return f"{number(found.mean, places)} ({low} to {high})"


def _table(checked: list[Checked]) -> Table:
    table = Table(title="Stylised facts")
    table.add_column("fact")
    for column in ("published", "model", "criterion", ""):
        table.add_column(column)
    for c in checked:
        table.add_row(
            c.fact.name, c.fact.published, _text(c.model), c.fact.criterion.text(), c.verdict
        )
    return table
