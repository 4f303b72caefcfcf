"""A small country of one's own for tests of backtests: three files in a folder."""

import re
from collections.abc import Mapping
from pathlib import Path

from experiments.question.compose import compose, question_of
from experiments.question.question import Question

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "markets_of_history.md"
MARKET = "market/my_country.yaml"
MOVES = "history/my_moves.csv"
OBSERVED = "history/my_observations.csv"

_EXAMPLE = re.compile(r"`my_markets/([\w/.]+)`\n```\w+\n(.*?)```", re.DOTALL)


def example() -> dict[str, str]:
    """The files of the documented example, by name, as they stand in the document."""
    return dict(_EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8")))


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Put files into a folder, which is returned."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def changed(text: str, old: str, new: str) -> str:
    """The text with one thing replaced, which must be there."""
    assert old in text, old
    return text.replace(old, new)


def request(folder: Path, out: Path, *more: str) -> Question:
    """The request of a tiny backtest of the country in a folder."""
    overrides = ["experiment=backtest", "market=my_country", "subscribers=1000", "worlds=2"]
    return question_of(compose([*overrides, "jobs=1", *more], folder), out, folder)
