"""What a fact is, and the list of all of them in the order they are reported."""

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from experiments.analysis.paired import Interval
from experiments.runs.baselines import Baseline
from sim.names import unknown

Figures = dict[str, float]
"""What one baseline shows: `model`, the figure that is judged, and others that explain it."""
PassFail = Literal["PASS", "FAIL"]

_GROUPS = ("habits", "churn", "peers", "campaigns", "targeting", "prices")
"""Modules of this package that hold facts."""


@dataclass(frozen=True)
class Criterion:
    """Between which bounds the model's mean must lie.

    Args:
        surely: the whole interval must lie there, as where only a direction is claimed.
    """

    low: float = -math.inf
    high: float = math.inf
    surely: bool = False

    def judge(self, found: Interval) -> PassFail:
        """Whether the figure fulfils it; a figure that could not be measured does not."""
        if found.mean is None or found.low is None or found.high is None:
            return "FAIL"
        low, high = (found.low, found.high) if self.surely else (found.mean, found.mean)
        return "PASS" if low >= self.low and high <= self.high else "FAIL"

    def text(self) -> str:
        """The criterion in words."""
        sure = ", interval included" if self.surely else ""
        if math.isinf(self.high):
            return f"above {self.low:g}{sure}"
        if math.isinf(self.low):
            return f"below {self.high:g}{sure}"
        return f"{self.low:g} to {self.high:g}{sure}"


@dataclass(frozen=True)
class Fact:
    """A claim about real markets, and how the model is asked about it."""

    name: str
    claim: str
    source: str
    """Codes of conf/data/sources.csv, joined by `+`."""
    published: str
    unit: str
    """What the model's figure is."""
    criterion: Criterion
    why: str
    """Why these bounds."""
    measure: Callable[[Baseline], Figures]


FACTS: dict[str, Fact] = {}


def fact(
    claim: str, source: str, published: str, unit: str, criterion: Criterion, why: str
) -> Callable[[Callable[[Baseline], Figures]], Callable[[Baseline], Figures]]:
    """Register what follows as the measure of a fact; the function's name is the fact's."""

    def register(measure: Callable[[Baseline], Figures]) -> Callable[[Baseline], Figures]:
        name = measure.__name__
        FACTS[name] = Fact(name, claim, source, published, unit, criterion, why, measure)
        return measure

    return register


def all_facts() -> dict[str, Fact]:
    """Every fact by name."""
    for group in _GROUPS:
        importlib.import_module(f"experiments.studies.facts.{group}")
    return FACTS


def chosen(names: tuple[str, ...]) -> list[Fact]:
    """The facts of these names, all if there are none. Raises `UnknownNameError`."""
    known = all_facts()
    for name in names:
        if name not in known:
            raise unknown("fact", name, known)
    return [known[name] for name in names or known]
