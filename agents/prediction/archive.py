"""The files from which operators learn: the last months of everybody's records."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.prediction.crm import RISK_FEATURES, RISK_MONTHS
from agents.prediction.history import Array, History, stacked

SHORTEST_MONTHS = RISK_MONTHS + 1
"""Records that the simplest prediction needs: one month, and what came `RISK_MONTHS` later."""


@dataclass(frozen=True)
class Snapshot:
    """One month's features of all accounts, and whom they were with."""

    month: int
    operator: NDArray[np.int8]
    features: dict[str, NDArray[np.float32]]


class Lessons(NamedTuple):
    """What can be learnt from: histories, and what came of them."""

    history: History
    outcome: NDArray[np.bool_]
    """Whether each had left `RISK_MONTHS` later, `[customer]`."""


def pooled(parts: Iterable[Lessons], least: int = 1) -> Lessons | None:
    """Lessons of several months as one; None if fewer than `least` had either outcome.

    A method that sees one outcome only can learn nothing from it.
    """
    every = list(parts)
    if not every:
        return None
    outcome = np.concatenate([one.outcome for one in every])
    if min(outcome.sum(), (~outcome).sum()) < least:
        return None
    return Lessons(stacked([one.history for one in every]), outcome)


class CustomerArchive:
    """The last months of everybody's records; each operator reads its own part."""

    def __init__(self, months: int = SHORTEST_MONTHS) -> None:
        self.snapshots: deque[Snapshot] = deque(maxlen=months)

    def __deepcopy__(self, memo: dict[int, Any]) -> "CustomerArchive":
        return self.copy()

    def copy(self) -> "CustomerArchive":
        """An independent archive; snapshots themselves are never changed, so they are shared."""
        twin = CustomerArchive(self.months)
        twin.snapshots.extend(self.snapshots)
        return twin

    @property
    def months(self) -> int:
        """How many months are kept."""
        return self.snapshots.maxlen or SHORTEST_MONTHS

    def keep(self, months: int) -> None:
        """Keep at least so many months from now on."""
        if months > self.months:
            self.snapshots = deque(self.snapshots, maxlen=months)

    def file(self, month: int, operator: NDArray[np.int8], features: dict[str, Array]) -> None:
        """Keep this month's records."""
        kept = {name: features[name].astype(np.float32) for name in RISK_FEATURES}
        self.snapshots.append(Snapshot(month, operator.copy(), kept))

    def lessons(self, operator: int, months: int, window: int) -> Lessons | None:
        """Everybody who was a customer at the end of a month, and who of them had left later.

        Args:
            operator: who asks; it sees only months in which somebody was its customer.
            months: of records that are used, counted back from now.
            window: months of each history.

        None if it is too early, or if nobody or everybody left.
        """
        shots = list(self.snapshots)[-months:]
        found = [self._cohort(operator, shots, i, window) for i in range(len(shots) - RISK_MONTHS)]
        return pooled(found)

    def of_month(
        self, operator: int, month: int, who: NDArray[np.int64], window: int
    ) -> Lessons | None:
        """Some customers' histories up to the end of a month; None if that is not on file.

        Those of them who were no customers then are left out.
        """
        shots = list(self.snapshots)
        for i in range(len(shots) - RISK_MONTHS):
            if shots[i].month == month:
                return self._cohort(operator, shots, i, window, who)
        return None

    def present(
        self,
        operator: int,
        who: NDArray[np.int64],
        observed: dict[str, Array],
        month: int,
        window: int,
    ) -> History:
        """Histories up to now of `who`; `observed` is what stands in the files today."""
        now = np.stack([observed[name][who] for name in RISK_FEATURES], axis=-1)
        past = list(self.snapshots)[-window:-1] if window > 1 else []
        values = np.full((len(who), window, len(RISK_FEATURES)), np.nan)
        self._fill(values[:, : window - 1], past, operator, who)
        values[:, -1] = now
        return History(RISK_FEATURES, values, who, month)

    def _cohort(
        self,
        operator: int,
        shots: Sequence[Snapshot],
        i: int,
        window: int,
        among: NDArray[np.int64] | None = None,
    ) -> Lessons:
        mine = shots[i].operator == operator
        who = np.flatnonzero(mine) if among is None else among[mine[among]]
        values = np.full((len(who), window, len(RISK_FEATURES)), np.nan)
        self._fill(values, shots[max(0, i - window + 1) : i + 1], operator, who)
        left = (shots[i + RISK_MONTHS].operator[who] != operator).astype(bool)
        return Lessons(History(RISK_FEATURES, values, who), left)

    @staticmethod
    def _fill(
        values: Array, shots: Sequence[Snapshot], operator: int, who: NDArray[np.int64]
    ) -> None:
        """Write months into the end of `values`, as far as each was a customer then."""
        for place, shot in enumerate(shots, start=values.shape[1] - len(shots)):
            mine = (shot.operator[who] == operator)[:, None]
            month = np.stack([shot.features[name][who] for name in RISK_FEATURES], axis=-1)
            values[:, place] = np.where(mine, month.astype(np.float64), np.nan)
