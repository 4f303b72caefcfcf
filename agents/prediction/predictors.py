"""What can predict who leaves, by the name that campaigns use (`Campaign.predictor`).

Each learns from features of customers some months ago and from who of them has left since, and
gives a chance for customers of today. All count and nothing else, so they are the same on any
machine and with any number of threads.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.prediction.crm import Array, Scorecard


class Predictor(Protocol):
    """Predicts who leaves within `RISK_MONTHS`."""

    def risk(self, features: dict[str, Array]) -> Array:
        """The chance to leave, `[customer]`."""
        ...


class TenureTable:
    """Share that left, by how long customers have been with us: what anybody can do by hand.

    A benchmark: a predictor that uses more must beat it.
    """

    EDGES = np.array([3.0, 6.0, 12.0, 24.0, 48.0])
    """Months from which a band begins."""

    def __init__(self, before: dict[str, Array], left: NDArray[np.bool_]) -> None:
        """Learn from features `[customer]` and who left; a pseudo-count a band."""
        band = np.searchsorted(self.EDGES, before["tenure_months"], side="right")
        n = len(self.EDGES) + 1
        gone, all_in = np.bincount(band[left], minlength=n), np.bincount(band, minlength=n)
        average = (left.sum() + 1.0) / (len(left) + 2.0)
        self.chance = (gone + average) / (all_in + 1.0)

    def risk(self, features: dict[str, Array]) -> Array:
        """The share of the band, `[customer]`."""
        band = np.searchsorted(self.EDGES, features["tenure_months"], side="right")
        return np.asarray(self.chance[band])


PREDICTORS: dict[str, Callable[[dict[str, Array], NDArray[np.bool_]], Predictor]] = {
    "scorecard": Scorecard,
    "tenure_table": TenureTable,
}
