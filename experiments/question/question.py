"""What was asked, validated and resolved: the only thing an experiment is given."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agents.settings import MarketSettings

HOLD = "hold"
"""The arm in which the focal operator changes nothing; every other arm is compared with it."""


@dataclass(frozen=True)
class Range:
    """A parameter we do not know, and between which bounds it is drawn."""

    path: str
    """Dotted path below the market, e.g. `behaviour.hassle_yuan`."""
    low: float
    high: float
    scale: str
    """`factor`: multiplies the market's value(s); `value`: replaces it."""
    options: tuple[str, ...] = ()
    """Instead of bounds: the words one of which is drawn."""


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
    resolved: dict[str, Any] = field(default_factory=dict[str, Any])
    """The whole configuration as plain data, for the manifest."""
