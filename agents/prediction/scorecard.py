"""Predictions by counting: a scorecard, and a table of tenure."""

import numpy as np
from numpy.typing import NDArray

from agents.prediction.history import Array, History

_BINS = 8


class Scorecard:
    """Predicts who leaves: a weight-of-evidence scorecard, as credit and churn desks use.

    Naive Bayes over binned observables (Good 1950; Siddiqi 2006): the score adds, feature by
    feature, log P(bin | left) − log P(bin | stayed), with one pseudo-count a bin. It is trained on
    counts alone, so it is the same on any machine and with any number of threads.
    """

    months = 1

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:
        """Learn from the last month, and whether each customer left within `RISK_MONTHS`."""
        self.edges: dict[str, Array] = {}
        self.weights: dict[str, Array] = {}
        self.base = float(np.log((outcome.sum() + 1.0) / ((~outcome).sum() + 1.0)))
        self.trained_on = len(outcome)
        for name in history.names:
            values = history.latest(name)
            edges = np.unique(
                np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1], method="lower")
            )
            bins = np.searchsorted(edges, values, side="left")
            gone = np.bincount(bins[outcome], minlength=len(edges) + 1) + 1.0
            stayed = np.bincount(bins[~outcome], minlength=len(edges) + 1) + 1.0
            self.edges[name] = edges
            self.weights[name] = np.log(gone / gone.sum()) - np.log(stayed / stayed.sum())

    def predict(self, history: History) -> Array:
        """Predicted chance to leave within `RISK_MONTHS`, `[customer]`."""
        score = np.full(len(history), self.base)
        for name, edges in self.edges.items():
            bins = np.searchsorted(edges, history.latest(name), side="left")
            score = score + self.weights[name][bins]
        return np.asarray(1.0 / (1.0 + np.exp(-score)))


class TenureTable:
    """Share that left, by how long customers have been with us: what anybody can do by hand.

    A benchmark: a predictor that uses more must beat it.
    """

    months = 1
    EDGES = np.array([3.0, 6.0, 12.0, 24.0, 48.0])
    """Months from which a band begins."""

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:
        """Learn from tenure and who left; a pseudo-count a band."""
        band = np.searchsorted(self.EDGES, history.latest("tenure_months"), side="right")
        n = len(self.EDGES) + 1
        gone, all_in = np.bincount(band[outcome], minlength=n), np.bincount(band, minlength=n)
        average = (outcome.sum() + 1.0) / (len(outcome) + 2.0)
        self.chance = (gone + average) / (all_in + 1.0)

    def predict(self, history: History) -> Array:
        """The share of the band, `[customer]`."""
        band = np.searchsorted(self.EDGES, history.latest("tenure_months"), side="right")
        return np.asarray(self.chance[band])
