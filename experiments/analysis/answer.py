"""The tables of a comparison, from which everything is read. See docs/decisions/0003."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import pandas as pd

from experiments.question.question import NO_ATTACK, DrawnRange, FixedValue


@dataclass(frozen=True)
class Title:
    """What one thing is called in reports; what is not given in Chinese is given in English."""

    label: str
    label_zh: str = ""
    description: str = ""
    description_zh: str = ""


@dataclass(frozen=True)
class Titles:
    """What everything in a question is called, by its name; what is missing goes by its name."""

    market: Title = Title("")
    arms: dict[str, Title] = field(default_factory=dict[str, Title])
    operators: dict[str, Title] = field(default_factory=dict[str, Title])
    partners: dict[str, Title] = field(default_factory=dict[str, Title])
    rivals: dict[str, Title] = field(default_factory=dict[str, Title])
    """By operator: what it plays."""
    others: dict[str, Title] = field(default_factory=dict[str, Title])
    """Plans, regions and channels."""


@dataclass(frozen=True)
class QuestionLabels:
    """The question in words and numbers a report can print."""

    market: str
    market_label: str
    currency: str
    focal: str
    operators: dict[str, str]
    """Name and label of each operator."""
    rivals: dict[str, str]
    """What each rival plays, in one readable phrase."""
    arms: dict[str, str]
    """Each arm's name and description; `hold` is always among them."""
    months: int
    subscribers: int
    lines_million: float
    """Mobile lines of all operators at the start, which the simulated accounts stand for."""
    worlds: int
    seeds: int
    segments: tuple[str, ...]
    regions: tuple[str, ...]
    attackers: tuple[str, ...] = ()
    """Rivals that move of their own accord."""
    discount_yearly: float = 0.0
    """Rate of interest at which later money counts less."""
    fixed: tuple[FixedValue, ...] = ()
    """What the user has set."""
    drawn: tuple[DrawnRange, ...] = ()
    """What is drawn once in each world; everything else stands as in the files."""

    titles: Titles = Titles()
    plays: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """What each rival plays: kind and parameters."""

    def operator_label(self, name: str) -> str:
        """An operator's label; the name of any other actor as words."""
        return self.operators.get(name, name.replace("_", " "))


@dataclass(frozen=True, eq=False)
class Answer:
    """Tables of one comparison (columns as in docs/decisions/0003)."""

    labels: QuestionLabels
    monthly: pd.DataFrame
    """Marginal rows only (region = all and/or segment = all); the full table stays on disk."""
    outcomes: pd.DataFrame
    twins: pd.DataFrame
    switching: pd.DataFrame
    """`arm, world, seed, origin, destination, lines`: main lines moved over the horizon, real."""
    worlds: pd.DataFrame
    log: pd.DataFrame
    money: pd.DataFrame = field(default_factory=pd.DataFrame)
    """`arm, world, seed, month, account, flow, yuan`: the ledger of operators and partners."""
    cohorts: pd.DataFrame = field(default_factory=pd.DataFrame)
    """What each cohort paid month by month; see experiments/measures/cohorts.py."""
    reactions: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Who answered the first move, how fast and how far; see experiments/measures/reactions.py."""
    regional: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Monthly figures of single regions that a pilot is planned on; empty: not kept."""
    misfit: float = 0.0
    """Largest log difference of any market from the published figures before anybody moves."""
    failures: list[dict[str, str]] = field(default_factory=list)
    """Runs that failed: arm, world, seed, error."""

    def of_options(self) -> Self:
        """The same without the runs in which nobody moves, but for their money and months."""
        names = ("outcomes", "twins", "switching", "log", "reactions")
        tables = {name: getattr(self, name) for name in names}
        kept = {name: t[t["arm"] != NO_ATTACK] if len(t) else t for name, t in tables.items()}
        failures = [f for f in self.failures if f["arm"] != NO_ATTACK]
        return replace(self, **kept, failures=failures)
