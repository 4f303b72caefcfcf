"""Learned summaries: from many statistics to one for each parameter.

Fearnhead & Prangle (2012): the best summary of data for inferring a parameter is its posterior
mean, and a regression of parameters on statistics in simulations from the prior estimates it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_PENALTIES = np.logspace(-2.0, 5.0, 22)
_TINY = 1e-12


@dataclass(frozen=True)
class LearnedSummary:
    """A ridge regression of positions on statistics, in units of its own prediction error.

    A distance of 1 between two summaries is thus about one posterior standard deviation, and no
    other weighting of statistics is needed.
    """

    centre: Vector
    """Mean of each statistic in the pilot, `[statistic]`."""
    slopes: Matrix
    """`[statistic, parameter]`."""
    level: Vector
    """`[parameter]`."""
    error: Vector
    """Standard error of leave-one-out predictions, `[parameter]`."""
    explained: Vector
    """Share of the prior's variance that leave-one-out predictions explain, `[parameter]`."""

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self.level)

    def __call__(self, statistics: Matrix) -> Matrix:
        """Summaries `[..., parameter]` of statistics `[..., statistic]`."""
        return np.asarray(
            (self.level + (statistics - self.centre) @ self.slopes) / self.error, dtype=np.float64
        )


def learn(points: Matrix, statistics: Matrix) -> LearnedSummary:
    """Fit to a pilot: `points` are `[simulation, parameter]`, `statistics` `[simulation, …]`.

    The penalty of each parameter minimises the leave-one-out error, which ridge regression has in
    closed form (Golub, Heath & Wahba 1979).
    """
    centre, spread = statistics.mean(axis=0), statistics.std(axis=0)
    scaled = (statistics - centre) / np.where(spread > _TINY, spread, np.inf)
    level = points.mean(axis=0)
    target = points - level
    left, strengths, right = np.linalg.svd(scaled, full_matrices=False)
    turned = left.T @ target
    residuals: list[Matrix] = []
    for penalty in _PENALTIES:
        kept = strengths**2 / (strengths**2 + penalty)
        leverage = 1.0 / len(points) + (left**2) @ kept
        miss = target - left @ (kept[:, None] * turned)
        residuals.append(miss / np.maximum(1.0 - leverage, _TINY)[:, None])
    errors = np.sqrt((np.array(residuals) ** 2).mean(axis=1))
    best = errors.argmin(axis=0)
    shrunk = strengths[:, None] / (strengths[:, None] ** 2 + _PENALTIES[best])
    slopes = (right.T @ (shrunk * turned)) / np.where(spread > _TINY, spread, np.inf)[:, None]
    error = errors.min(axis=0)
    return LearnedSummary(centre, slopes, level, error, 1.0 - (error / target.std(axis=0)) ** 2)
