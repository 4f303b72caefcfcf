"""The two ends of what a prediction can be: a coin, which knows nothing, and an oracle.

They are no methods for anybody to use, but what methods are measured against.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from agents.prediction.history import Array, History
from sim.compile import kernel
from sim.draws import Purpose, uniform


@kernel
def _toss(luck: NDArray[np.float64], people: NDArray[np.int64], seed: int, month: int) -> None:
    for i in range(len(people)):
        luck[i] = uniform(seed, people[i], month, Purpose.PREDICTION, 0)


class Coin:
    """A fresh draw for each customer and month."""

    months = 1

    def __init__(self, seed: int, share: float = 0.5) -> None:
        """`share` is what its draws are around, until it is told how many leave."""
        self.seed = seed
        self.share = share

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:  # noqa: ARG002
        """A coin learns nothing but how many leave."""
        self.share = float(outcome.mean())

    def predict(self, history: History) -> Array:
        """Around the share that leaves, between nothing and twice as much."""
        luck = np.empty(len(history))
        _toss(luck, history.who, self.seed, history.month)
        return 2.0 * self.share * luck


class Oracle:
    """Knows who leaves within `RISK_MONTHS` if nobody is contacted: it has seen it happen.

    `foresee` lives the months ahead in a market of its own, and says who has left, `[account]`.
    """

    months = 1

    def __init__(self, foresee: Callable[[], NDArray[np.bool_]]) -> None:
        self.foresee = foresee

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:
        """An oracle has nothing to learn."""

    def predict(self, history: History) -> Array:
        """1 for who leaves, 0 for who stays, `[customer]`."""
        return self.foresee()[history.who].astype(np.float64)
