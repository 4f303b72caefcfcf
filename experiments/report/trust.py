"""How far to trust an answer: what the last `make validate` found, as it is shipped.

Checks belong to one of five kinds. Those of theory ask whether the machinery is right; those of
history and of stylised facts whether such a market behaves as real ones did.
"""

import json
from dataclasses import dataclass
from typing import Any

from experiments.paths import CONF

DIGEST = CONF / "data" / "validation.json"
_BAND = "in the 90 % band"
_MACHINERY = ("1.", "2.")
_OTHERS = ("3.",)
_HISTORY = ("4.",)
_FACTS = ("5.",)


@dataclass(frozen=True)
class Tally:
    """Checks of one kind."""

    holds: int
    fails: int

    @property
    def judged(self) -> int:
        """Checks that have a pass mark."""
        return self.holds + self.fails


@dataclass(frozen=True)
class Failing:
    """A check that failed."""

    section: str
    claim: str
    expected: str
    measured: str


@dataclass(frozen=True)
class Trust:
    """What validation says."""

    all: Tally
    machinery: Tally
    """Closed forms, and planted truths found again."""
    published: Tally
    """Other people's results, elasticities among them."""
    history: Tally
    """Markets of the past, predicted from the years before."""
    bands: Tally
    """Of these: kinds of figures that lie in the 90 % band as often as they should."""
    facts: Tally
    """Stylised facts of the calibrated market."""
    failing: tuple[Failing, ...]


def trust() -> Trust:
    """What the last validation found.

    Raises:
        OSError: the file that is shipped is missing.
    """
    return trust_of(json.loads(DIGEST.read_text(encoding="utf-8")))


def trust_of(digest: dict[str, Any]) -> Trust:
    """The same from data as `experiments/studies/validate/digest.py` writes it."""
    rows = [
        (section["group"], section["title"], row)
        for section in digest["sections"]
        for row in section["rows"]
    ]

    def tally(groups: tuple[str, ...], holding: str = "") -> Tally:
        words = [
            row["verdict"]
            for group, _, row in rows
            if group.startswith(groups) and holding in row["claim"]
        ]
        return Tally(words.count("holds"), words.count("fails"))

    return Trust(
        all=tally(("",)),
        machinery=tally(_MACHINERY),
        published=tally(_OTHERS),
        history=tally(_HISTORY),
        bands=tally(_HISTORY, _BAND),
        facts=tally(_FACTS),
        failing=tuple(
            Failing(title, row["claim"], row["expected"], row["measured"])
            for _, title, row in rows
            if row["verdict"] == "fails"
        ),
    )
