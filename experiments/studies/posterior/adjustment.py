"""Regression adjustment, and the ensemble of parameter draws that comes of it.

Beaumont, Zhang & Balding (2002): members of the last population did not see exactly what was
observed. A local linear regression of parameters on summaries moves each to where it would stand
if it had. Without it intervals are too wide, since the tolerance counts as uncertainty.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.studies.posterior.smc import Populations, distances

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_EDGE = 1e-6
_RIDGE = 1e-9


@dataclass(frozen=True)
class Ensemble:
    """Weighted draws of parameters, at positions between their bounds."""

    points: Matrix
    """`[member, parameter]`."""
    weights: Vector
    """`[member]`, summing to 1."""

    @property
    def effective_size(self) -> float:
        """How many equally weighted draws it is worth (Kish 1965)."""
        return float(1.0 / (self.weights**2).sum())

    def mean(self) -> Vector:
        """`[parameter]`."""
        return np.asarray(self.weights @ self.points)

    def sd(self) -> Vector:
        """`[parameter]`."""
        return np.sqrt(self.weights @ (self.points - self.mean()) ** 2)

    def quantile(self, share: float) -> Vector:
        """`[parameter]`: where the given share of the weight lies below."""
        return np.array([_quantile(column, self.weights, share) for column in self.points.T])

    def interval(self, level: float) -> Matrix:
        """Central interval, `[(low, high), parameter]`."""
        return np.array([self.quantile(0.5 - level / 2.0), self.quantile(0.5 + level / 2.0)])

    def equal_draws(self, count: int, rng: np.random.Generator) -> Matrix:
        """Equally weighted draws by systematic resampling, `[draw, parameter]`.

        Kitagawa (1996): one random number for all, so little noise is added.
        """
        at = (np.arange(count) + rng.random()) / count
        chosen = np.searchsorted(np.cumsum(self.weights), at)
        return self.points[np.minimum(chosen, len(self.points) - 1)]


def unadjusted(found: Populations) -> Ensemble:
    """The last population as it is."""
    return Ensemble(found.points, found.weights)


def adjusted(found: Populations, observed: Vector) -> Ensemble:
    """The last population moved to where its summaries are the observed ones.

    Positions are adjusted as log odds, so none leaves its bounds; the Epanechnikov kernel weighs
    members by how near they are. Members without weight are left out.
    """
    away = distances(observed, found.summaries)
    reach = max(found.tolerances[-1], float(away.max()) + _EDGE)
    weights = found.weights * (1.0 - (away / reach) ** 2)
    kept = weights > 0.0
    points, weights = found.points[kept], weights[kept] / weights[kept].sum()
    inside = np.clip(points, _EDGE, 1.0 - _EDGE)
    odds = np.log(inside / (1.0 - inside))
    offsets = found.summaries[kept] - observed
    centre = weights @ offsets
    around = offsets - centre
    weighted = around * weights[:, None]
    gram = weighted.T @ around + _RIDGE * np.eye(around.shape[1])
    slopes = np.linalg.solve(gram, weighted.T @ (odds - weights @ odds))
    return Ensemble(1.0 / (1.0 + np.exp(-(odds - offsets @ slopes))), weights)


def _quantile(values: Vector, weights: Vector, share: float) -> float:
    """Weighted quantile, linear between the middles of members' weights."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(share, below, values[order]))
