"""Who is worth contacting: not who may leave, but whose leaving a contact would prevent.

Two models, one of who leaves when contacted and one of who leaves when left alone, both learnt from
a campaign's own random holdout; the difference is what a contact changes (Radcliffe & Surry 1999,
"two-model" uplift). Until the trial has run long enough, chance decides, which is what makes it a
trial.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.prediction.archive import CustomerArchive, Lessons, pooled
from agents.prediction.history import Array, History
from agents.prediction.regression import Logistic

LEAST_LEAVERS = 10
"""Of each group; before that many have left there is nothing to learn."""


class Trial(NamedTuple):
    """One month of a campaign that leaves some alone."""

    month: int
    """In which it was: what was known then is on file for the month before."""
    treated: NDArray[np.int64]
    alone: NDArray[np.int64]


class Response:
    """Two logistic models, and their difference."""

    months = Logistic.months

    def __init__(self) -> None:
        self.treated, self.alone = Logistic(), Logistic()

    def fit(self, treated: Lessons, alone: Lessons) -> None:
        """Learn from who was contacted and who was left alone."""
        self.treated.fit(*treated)
        self.alone.fit(*alone)

    def predict(self, history: History) -> Array:
        """By how much a contact lowers the chance to leave, `[customer]`; below 0: it raises it."""
        return self.alone.predict(history) - self.treated.predict(history)


def learnt_from(
    archive: CustomerArchive, operator: int, trials: Iterable[Trial]
) -> Response | None:
    """What the trials teach; None while fewer than `LEAST_LEAVERS` of either group have left."""
    groups: list[Lessons] = []
    months = list(trials)
    for group in ("treated", "alone"):
        found = [
            lessons
            for trial in months
            if (lessons := archive.of_month(
                operator, trial.month - 1, getattr(trial, group), Response.months
            )) is not None
        ]  # fmt: skip
        lessons_of_group = pooled(found, LEAST_LEAVERS)
        if lessons_of_group is None:
            return None
        groups.append(lessons_of_group)
    model = Response()
    model.fit(*groups)
    return model
