"""How well a chance of leaving tells who leaves: ROC, Brier score, lift, calibration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.prediction.history import Array

GRID = np.linspace(0.0, 1.0, 21)
"""Where curves are read, so that they can be averaged over markets."""
_BINS = 10


@dataclass(frozen=True, eq=False)
class Score:
    """One method in one market."""

    method: str
    auc: float
    """Area under the ROC curve: the chance that who leaves is put before who stays; ties half."""
    brier: float
    """Mean squared error of the chance (Brier 1950)."""
    lift_top_decile: float
    """Share that leaves in the tenth put first, over the share that leaves."""
    roc: Array
    """Share of leavers found, at the shares `GRID` of stayers taken for leavers."""
    gain: Array
    """Share of leavers among the shares `GRID` of customers put first."""
    said: Array
    """Mean chance in each tenth of customers, lowest first."""
    seen: Array
    """Share that left in each tenth."""

    def rows(self) -> list[tuple[str, str, float, float]]:
        """`method, figure, at, value`."""
        flat = [("auc", self.auc), ("brier", self.brier), ("lift_top_decile", self.lift_top_decile)]
        rows = [(self.method, name, 0.0, value) for name, value in flat]
        for name, curve in (("roc", self.roc), ("gain", self.gain)):
            points = zip(GRID.tolist(), curve.tolist(), strict=True)
            rows += [(self.method, name, at, value) for at, value in points]
        for name, curve in (("said", self.said), ("seen", self.seen)):
            rows += [(self.method, name, float(at), v) for at, v in enumerate(curve.tolist())]
        return rows


def scored(method: str, chance: Array, left: NDArray[np.bool_]) -> Score:
    """Score a method's chances `[customer]` against who left `[customer]`.

    Raises `ValueError` if nobody or everybody left.
    """
    if not left.any() or left.all():
        raise ValueError("nobody or everybody left: nothing can be told apart")
    from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

    false_alarms, found, _ = roc_curve(left, chance)
    # Ties share their place: within a tie leavers are spread evenly, so no order favours anybody.
    level, place = np.unique(-chance, return_inverse=True)
    people = np.bincount(place, minlength=len(level))
    gone = np.bincount(place, weights=left, minlength=len(level))
    among = np.concatenate([[0.0], np.cumsum(people)]) / len(left)
    caught = np.concatenate([[0.0], np.cumsum(gone)]) / left.sum()
    order = np.argsort(chance, kind="stable")
    tenths = np.array_split(order, _BINS)
    return Score(
        method=method,
        auc=float(roc_auc_score(left, chance)),
        brier=float(brier_score_loss(left, np.clip(chance, 0.0, 1.0))),
        lift_top_decile=float(np.interp(0.1, among, caught) / 0.1),
        roc=np.interp(GRID, false_alarms, found),
        gain=np.interp(GRID, among, caught),
        said=np.array([chance[tenth].mean() for tenth in tenths]),
        seen=np.array([left[tenth].mean() for tenth in tenths]),
    )
