"""One policy a city: which variant of an option each region gets after a pilot of several.

Every pilot region has played one variant. What a variant would do in another region is its mean
effect, moved towards what it did in regions of a like level, as far as effects of one variant
differ between regions by more than regions differ for no reason (empirical Bayes, Morris 1983). If
they do not, the variant that is best on average is everybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CityPolicy:
    """The variant of each region, and what is expected of it."""

    variant: tuple[int, ...]
    """By region."""
    expected: Floats
    """Relative effect of each region's variant, `[region]`."""
    kept: float
    """Share of the differences between regions that is believed; 0: none."""


def city_policy(
    change: Floats, levels: Floats, played: Mapping[int, int], variants: int, *, high: bool
) -> CityPolicy:
    """Choose a variant for every region.

    Args:
        change: each region's measure over its own past, less one, `[region]`.
        levels: what regions are alike in, such as revenue per line, `[region]`.
        played: variant of each pilot region; all others are compared with.
        variants: how many there are; every one was played somewhere.
        high: whether larger effects are better.
    """
    pilot = np.array(sorted(played))
    control = np.setdiff1d(np.arange(len(change)), pilot)
    effects = change[pilot] - change[control].mean()
    groups = np.array([played[int(region)] for region in pilot])
    means = np.array([effects[groups == v].mean() for v in range(variants)])
    kept = _believed(effects - means[groups], change[control], variants)
    nearness = np.exp(-np.abs(levels[:, None] - levels[pilot][None, :]) / max(levels.std(), 1e-12))
    expected = np.empty((len(change), variants))
    for v in range(variants):
        near = nearness * (groups == v)
        local = near @ effects / near.sum(axis=1)
        expected[:, v] = means[v] + kept * (local - means[v])
    best = expected.argmax(axis=1) if high else expected.argmin(axis=1)
    return CityPolicy(tuple(map(int, best)), expected[np.arange(len(change)), best], kept)


def _believed(apart: Floats, quiet: Floats, variants: int) -> float:
    """Share of the spread between regions of one variant that chance does not explain."""
    freedom = len(apart) - variants
    if freedom < 1 or len(quiet) < 2:
        return 0.0
    spread, chance = float(apart @ apart) / freedom, float(quiet.var(ddof=1))
    return max(0.0, 1.0 - chance / spread) if spread else 0.0
