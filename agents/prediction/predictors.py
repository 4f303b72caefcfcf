"""What can predict who leaves, by the name that campaigns use (`Campaign.predictor`).

Each learns from customers' histories and from who of them left within `RISK_MONTHS`, and gives a
chance for customers of today. All are the same in every run, with any number of threads.
"""

from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.prediction.bounds import Coin, Oracle
from agents.prediction.history import Array, History
from agents.prediction.lstm import Lstm, need_packages
from agents.prediction.regression import GradientBoosting, Logistic
from agents.prediction.scorecard import Scorecard, TenureTable


class Predictor(Protocol):
    """Predicts who leaves within `RISK_MONTHS`."""

    months: int
    """How many months of a customer it reads."""

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:
        """Learn from histories and whether each left, `[customer]`."""
        ...

    def predict(self, history: History) -> Array:
        """The chance to leave, `[customer]`."""
        ...


RESPONSE = "response"
"""Predicts what a contact changes instead, from the campaign's own holdout."""
USAGE = "usage_forecast"
"""What a campaign can choose by besides: this month's use over the allowance."""
FAULT = "fault_risk"
"""What a predictor gives instead for a campaign of technicians' visits."""
LEARNING: dict[str, Callable[[], Predictor]] = {
    "scorecard": Scorecard,
    "tenure_table": TenureTable,
    "logistic": Logistic,
    "gradient_boosting": GradientBoosting,
    "lstm": Lstm,
}
"""Those that learn who leaves, and nothing else."""
BOUNDS = ("coin", "oracle")
PREDICTORS = (*LEARNING, RESPONSE, *BOUNDS)
PredictorName = Literal[
    "scorecard",
    "tenure_table",
    "logistic",
    "gradient_boosting",
    "lstm",
    "response",
    "coin",
    "oracle",
]
"""The same names, as strategies' parameters take them."""


def predicted(predictor: str, when: str = "monthly") -> str:
    """The observable that a predictor gives to a campaign of an occasion."""
    if predictor == RESPONSE:
        return RESPONSE
    return FAULT if when == "fault_expected" else "churn_risk"


def new_predictor(name: str, seed: int, foresee: Callable[[], NDArray[np.bool_]]) -> Predictor:
    """An untrained predictor of who leaves.

    Args:
        name: one of `LEARNING` or `BOUNDS`.
        seed: luck of the coin.
        foresee: what the oracle asks.
    """
    if name == "coin":
        return Coin(seed)
    return Oracle(foresee) if name == "oracle" else LEARNING[name]()


def check_installed(name: str) -> None:
    """Raise `ActionError` for a predictor whose packages are not installed."""
    if name == "lstm":
        need_packages()
