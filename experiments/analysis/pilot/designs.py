"""Which regions a pilot is held in: matched with the rest, one of each stratum, or as listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import Literal

import numpy as np

from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.measures import Floats

Choice = Literal["matched", "stratified", "listed", "everywhere"]
_MOST_SETS = 20_000
_LEAST_CONTROLS = 2


@dataclass(frozen=True)
class Regions:
    """Where a pilot is held; all other regions are compared with it."""

    choice: Choice
    pilot: tuple[int, ...]
    """Indices into the market's regions, rising."""
    share: float
    """Of the operator's own lines."""

    @property
    def count(self) -> int:
        """How many regions."""
        return len(self.pilot)


def region_sets(
    effects: Effects, choices: Sequence[Choice], counts: Sequence[int], listed: Sequence[str]
) -> list[Regions]:
    """Every set of regions to be tried; two controls at least are left.

    Args:
        effects: of which levels and sizes of regions are read.
        choices: how sets are made.
        counts: how many regions.
        listed: the user's regions, for `listed`.
    """
    most = len(effects.regions) - _LEAST_CONTROLS
    found: list[Regions] = []
    for choice in choices:
        if choice == "listed":
            pilot = tuple(sorted(effects.regions.index(name) for name in listed))
            found += [_regions(effects, choice, pilot)] if 0 < len(pilot) <= most else []
            continue
        pick = _matched if choice == "matched" else _stratified
        found += [_regions(effects, choice, pick(effects, n)) for n in counts if 1 < n <= most]
    return list({regions.pilot: regions for regions in found}.values())


def everywhere(effects: Effects) -> Regions:
    """All regions: for customers drawn at random in the whole market."""
    return Regions("everywhere", tuple(range(len(effects.regions))), 1.0)


def _regions(effects: Effects, choice: Choice, pilot: tuple[int, ...]) -> Regions:
    return Regions(choice, pilot, float(effects.lines[list(pilot)].sum() / effects.lines.sum()))


def _traits(effects: Effects) -> Floats:
    """What regions are matched on, standardised: revenue per line, churn, share; `[region, 3]`."""
    raw = np.column_stack(
        [effects.levels["revenue_per_line"], effects.levels["churn"], effects.share]
    )
    raw = np.nan_to_num(raw)
    spread = raw.std(axis=0)
    return (raw - raw.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _matched(effects: Effects, count: int) -> tuple[int, ...]:
    """The set whose mean is nearest to that of the rest, and which is neither too large nor odd.

    Distance between means, plus the set's distance from an equal share of lines: the pilot stands
    for the country and no more of it is risked than its number of regions says.
    """
    traits = _traits(effects)
    n = len(traits)
    weights = effects.lines / effects.lines.sum()
    best, least = tuple(range(count)), np.inf
    for pilot in _sets(n, count):
        inside = np.zeros(n, dtype=bool)
        inside[list(pilot)] = True
        apart = np.linalg.norm(traits[inside].mean(axis=0) - traits[~inside].mean(axis=0))
        typical = np.linalg.norm(traits[inside], axis=1).mean()
        distance = float(apart + 0.25 * typical + abs(weights[inside].sum() - count / n))
        if distance < least - 1e-12:
            best, least = pilot, distance
    return best


def _sets(n: int, count: int) -> Iterator[tuple[int, ...]]:
    """All sets of a size, or evenly spread ones where they are too many."""
    total = comb(n, count)
    step = -(-total // _MOST_SETS)
    return islice(combinations(range(n), count), 0, None, step)


def _stratified(effects: Effects, count: int) -> tuple[int, ...]:
    """Regions ordered by revenue per line and cut into strata: the middle one of each."""
    order = np.argsort(np.nan_to_num(effects.levels["revenue_per_line"]), kind="stable")
    return tuple(sorted(int(part[len(part) // 2]) for part in np.array_split(order, count)))
