"""How a pilot's effect is estimated from regional figures, for thousands of pilots at once.

Each region's figure is taken relative to its own mean before the launch. Three estimators:

* `did`, difference in differences: the change in pilot regions less that in the others. One change
  a region is the cluster (Bertrand, Duflo & Mullainathan 2004); with so few, Student's t with
  regions − 2 degrees of freedom (Donald & Lang 2007). The estimate is that of two-way fixed effects
  on the whole panel; its usual clustered error is left out because it rejects far too often where
  few regions are treated (MacKinnon & Webb 2018), as a test shows.
* `permutation`: the same difference, compared with what it would be had other regions been chosen
  (randomisation inference, Fisher 1935).
* `synthetic`: every region's change less that of a weighted mean of control regions that moved
  alike before the launch, levels taken out (synthetic control, Abadie, Diamond & Hainmueller 2010;
  demeaned as in Ferman & Pinto 2021); tested by the same permutation.
"""

from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from experiments.analysis.pilot.measures import Floats
from strategies.regional_change import changes, difference

Estimator = Literal["did", "permutation", "synthetic", "holdout"]
ESTIMATORS: tuple[Estimator, ...] = ("did", "permutation", "synthetic")
"""Of whole regions; `holdout`, of two groups of customers inside regions, is in `customers.py`."""
SIGNIFICANCE = 0.05
POWER = 0.8
_MOST_SETS = 2_000
_STEPS = 120
"""Of the search for weights; the error falls with their square."""


@dataclass(frozen=True, eq=False)
class Estimates:
    """What an estimator says of each pilot; `[pilot]`."""

    effect: Floats
    p: Floats
    """Two-sided."""
    error: Floats
    """Standard error."""

    @property
    def rejects(self) -> NDArray[np.bool_]:
        """Whether it finds an effect at 5 %."""
        return self.p <= SIGNIFICANCE


def estimate(
    estimator: Estimator, panel: Floats, before: int, window: slice, pilot: tuple[int, ...]
) -> Estimates:
    """Estimate pilots by name; arguments as in `changes`, and the pilot regions."""
    change = changes(panel, before, window)
    if estimator == "holdout":
        return holdout(change, pilot)
    if estimator == "did":
        return did(change, pilot)
    if estimator == "synthetic":
        change = synthetic_gaps(synthetic_controls(panel, before, pilot), change)
    return permutation(change, pilot)


def did(change: Floats, pilot: tuple[int, ...]) -> Estimates:
    """Difference in differences with one change a region; `change` is `[pilot, region]`."""
    n, k = change.shape[1], len(pilot)
    inside = np.zeros(n, dtype=bool)
    inside[list(pilot)] = True
    treated, others = change[:, inside], change[:, ~inside]
    effect = difference(change, pilot)
    squares = ((treated - treated.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    squares += ((others - others.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    error = np.sqrt(squares / (n - 2) * (1.0 / k + 1.0 / (n - k)))
    t = np.abs(effect) / np.maximum(error, 1e-300)
    return Estimates(effect, 2.0 * special.stdtr(n - 2, -t), error)


def holdout(change: Floats, pilot: tuple[int, ...]) -> Estimates:
    """Two groups in each region: those offered it first, then those held out in the same order.

    The effect is relative, region by region, and tested by Student's t on the regions' pairs.
    """
    k = len(pilot)
    pairs = (1.0 + change[:, :k]) / (1.0 + change[:, k:]) - 1.0
    effect = pairs.mean(axis=1)
    error = pairs.std(axis=1, ddof=1) / np.sqrt(k)
    t = np.abs(effect) / np.maximum(error, 1e-300)
    return Estimates(effect, 2.0 * special.stdtr(k - 1, -t), error)


def permutation(change: Floats, pilot: tuple[int, ...]) -> Estimates:
    """The same difference among what it would be for other sets of regions."""
    n, k = change.shape[1], len(pilot)
    weights = _contrasts(n, k, pilot)
    found = change @ weights.T
    effect = found[:, 0]
    p = (np.abs(found) >= np.abs(effect)[:, None] - 1e-12).mean(axis=1)
    return Estimates(effect, p, found[:, 1:].std(axis=1))


def smallest_p(regions: int, pilot: int) -> float:
    """The least p-value that permutation can give: one set of all there are."""
    return 1.0 / comb(regions, pilot)


def _contrasts(n: int, k: int, pilot: tuple[int, ...]) -> Floats:
    """Weights of the difference for every set of `k` regions, the real one first."""
    step = -(-comb(n, k) // _MOST_SETS)
    others = [s for s in islice(combinations(range(n), k), 0, None, step) if s != pilot]
    rows = np.full((1 + len(others), n), -1.0 / (n - k))
    for row, chosen in enumerate((pilot, *others)):
        rows[row, list(chosen)] = 1.0 / k
    return rows


def synthetic_controls(panel: Floats, before: int, pilot: tuple[int, ...]) -> Floats:
    """Weights of every region's synthetic control, `[pilot, region, donor region]`.

    Donors are the control regions, but for itself; they depend on the months before only.
    """
    relative = panel[..., :before] / panel[..., :before].mean(axis=-1, keepdims=True) - 1.0
    n = panel.shape[1]
    found = np.zeros((len(panel), n, n))
    for region in range(n):
        donors = [r for r in range(n) if r not in pilot and r != region]
        found[:, region, donors] = simplex_weights(relative[:, donors, :], relative[:, region, :])
    return found


def synthetic_gaps(controls: Floats, change: Floats) -> Floats:
    """Each region's change less that of its synthetic control, `[pilot, region]`."""
    return change - (controls @ change[:, :, None])[..., 0]


def simplex_weights(donors: Floats, target: Floats) -> Floats:
    """Weights above zero that add up to one and bring donors nearest to a target.

    Accelerated projected gradient (Beck & Teboulle 2009) for all pilots at once.

    Args:
        donors: `[pilot, donor, month]`.
        target: `[pilot, month]`.

    Returns:
        `[pilot, donor]`.
    """
    gram = donors @ np.swapaxes(donors, 1, 2)
    pull = (donors @ target[:, :, None])[..., 0]
    step = 1.0 / np.maximum(np.abs(gram).sum(axis=2).max(axis=1), 1e-300)[:, None]
    weights = np.full(pull.shape, 1.0 / pull.shape[1])
    ahead, momentum = weights, 1.0
    for _ in range(_STEPS):
        slope = (gram @ ahead[:, :, None])[..., 0] - pull
        new = _onto_simplex(ahead - step * slope)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = new + (momentum - 1.0) / faster * (new - weights)
        weights, momentum = new, faster
    return weights


def _onto_simplex(points: Floats) -> Floats:
    """The nearest points with entries above zero that add up to one, row by row."""
    falling = -np.sort(-points, axis=1)
    above = np.cumsum(falling, axis=1) - 1.0
    rank = np.arange(1, points.shape[1] + 1)
    last = (falling - above / rank > 0).sum(axis=1)
    level = np.take_along_axis(above, last[:, None] - 1, axis=1) / last[:, None]
    return np.maximum(points - level, 0.0)
