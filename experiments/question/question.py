"""What was asked, validated and resolved: the only thing an experiment is given."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agents.settings import MarketSettings

HOLD = "hold"
"""The arm in which the focal operator changes nothing; every other arm is compared with it."""


NO_ATTACK = "no_attack"
"""The arm in which nobody moves, neither the focal operator nor a rival: what the attack costs is
measured against it. It is no option."""


@dataclass(frozen=True)
class Range:
    """A parameter we do not know, and between which bounds it is drawn."""

    path: str
    """Dotted path below the market, e.g. `behaviour.hassle_yuan`."""
    low: float
    high: float
    scale: str
    """`factor`: multiplies the market's value(s); `value`: replaces it; `whole`: by a whole one."""
    options: tuple[str | int | float, ...] = ()
    """Instead of bounds: the words or numbers one of which is drawn."""
    spared: tuple[str, ...] = ()
    """Single parameters below its path that it leaves alone, as paths of the configuration."""


@dataclass(frozen=True)
class DrawnRange:
    """A range, and which parameters it draws."""

    range: Range
    touches: tuple[str, ...]
    """Paths in the configuration; one draw in each world sets all of them alike."""


@dataclass(frozen=True)
class FixedValue:
    """A parameter that the user has set."""

    path: str
    """In the configuration, as on the command line."""
    value: Any
    where: str
    """Where the user said it."""
    instead_of: str = ""
    """The range that gave way to it; empty if there was none."""


@dataclass(frozen=True)
class Question:
    """One resolved experiment."""

    experiment: str
    """Kind: compare, calibrate, bench, …"""
    market: MarketSettings
    focal: str
    rivals: dict[str, dict[str, Any]]
    """Operator → what it plays: `kind`, `description` and parameters."""
    strategies: dict[str, dict[str, Any]]
    """Arm → what the focal operator plays; `hold` is always among them."""
    subscribers: int
    months: int
    burn_in: int
    worlds: int
    seeds: int
    seed: int
    jobs: int
    """Worker processes; changes nothing but the time it takes."""
    ranges: tuple[Range, ...]
    """What is not known; drawn once per world."""
    out: Path
    resume: bool = True
    """Whether finished cells of an interrupted run with the same question are taken over."""
    detail: str = "margins"
    """Rows of results.parquet: `margins` or `full` (region × segment)."""
    language: Literal["en", "zh"] = "en"
    """Of memo, slides and workbook: `en` or `zh`. Decides no number."""
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    """The experiment's own options (from `conf/experiment/<kind>.yaml`)."""
    folders: tuple[Path, ...] = ()
    """Where files that a market names are looked for: the user's own folder, then ours."""
    fixed: tuple[FixedValue, ...] = ()
    """What the user has set; none of it is drawn, unless the user wants both."""
    profiles: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=dict[str, dict[str, dict[str, Any]]]
    )
    """Arm → other operator → what it plays under this arm instead of what `rivals` says; as it
    stands here in every world."""
    resolved: dict[str, Any] = field(default_factory=dict[str, Any])
    """The whole configuration as plain data, for the manifest."""
