"""What operators file of the broadband lines they watch: errors, faults, what technicians found.

Errors are counted at the start of a month, when visits are planned; at its end it is known which
lines failed, and on which a technician found a defect. Both are the same news: the line was bad.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.mechanisms.line_monitor import LineMonitorSettings, due_in
from agents.prediction.archive import Lessons, pooled
from agents.prediction.history import Array, History
from sim.compile import kernel, whole
from sim.draws import Purpose, lognormal_around_one, normal

FEATURES = ("line_errors", "line_failed")
"""This month's errors, and whether the line failed, or was found bad, in the month before."""


@kernel
def _count_errors(
    errors: Array,
    due: NDArray[np.int8],
    lines: NDArray[np.int64],
    rate: Array,
    sound: NDArray[np.int8],
    seed: int,
    month: int,
    defect_months: int,
    usual: float,
    spread: float,
    noise: float,
    factor: float,
) -> None:
    """Errors of `lines`, and in how many months each fails (-1: is sound), `[account]`."""
    for i in range(len(lines)):
        who = lines[i]
        nearest = due_in(seed, who, month, whole(sound[who]), defect_months, rate[i])
        due[who] = nearest
        lasting = lognormal_around_one(normal(seed, who, 0, Purpose.LINE_ERRORS, 0), spread)
        shaken = lognormal_around_one(normal(seed, who, month, Purpose.LINE_ERRORS, 1), noise)
        grown = 0.0 if nearest < 0 else (defect_months - nearest) / defect_months
        errors[who] = np.floor(usual * lasting * shaken * factor**grown)


@dataclass(frozen=True)
class LineMonth:
    """One month of the lines that anybody watches, `[account]`."""

    month: int
    operator: NDArray[np.int8]
    """Who watches the line; -1: nobody."""
    errors: NDArray[np.float32]
    due: NDArray[np.int8]
    """Hidden from everybody but an oracle: months until the line fails; -1: it is sound."""
    failed: NDArray[np.bool_] | None = None
    """Whether it failed or was found bad; none: the month has not been lived yet."""

    def defective(self) -> NDArray[np.bool_]:
        """Which lines have a defect that a visit would find: what a perfect detector knows."""
        return self.due >= 0


@dataclass
class LineFiles:
    """The months on file, oldest first; each operator reads those of its own lines."""

    seed: int
    months: deque[LineMonth]

    @classmethod
    def new(cls, seed: int) -> "LineFiles":
        """Nothing on file."""
        return cls(seed, deque(maxlen=4))

    def __deepcopy__(self, memo: dict[int, Any]) -> "LineFiles":
        """Months on file never change, so they are shared."""
        return LineFiles(self.seed, deque(self.months, self.months.maxlen))

    def keep(self, months: int) -> None:
        """Keep at least so many months from now on."""
        if months > (self.months.maxlen or 0):
            self.months = deque(self.months, maxlen=months)

    def look(
        self,
        month: int,
        drawn: int,
        watched: dict[int, tuple[LineMonitorSettings, NDArray[np.int64], Array]],
        sound: NDArray[np.int8],
    ) -> None:
        """Count the month's errors on all watched lines.

        Args:
            month: as the market counts.
            drawn: the month as draws have it (`Surroundings.month`).
            watched: by operator its settings, its lines and their monthly fault rate.
            sound: months for which a line cannot fail, `[account]`.
        """
        n = len(sound)
        operator = np.full(n, -1, dtype=np.int8)
        errors, due = np.zeros(n), np.full(n, -1, dtype=np.int8)
        for index, (terms, lines, rate) in watched.items():
            operator[lines] = index
            _count_errors(
                errors, due, lines, rate, sound, self.seed, drawn, terms.defect_months,
                terms.errors_sound, terms.errors_spread, terms.errors_noise, terms.errors_factor,
            )  # fmt: skip
        self.months.append(LineMonth(month, operator, errors.astype(np.float32), due))

    def close(self, failed: NDArray[np.bool_], visited: NDArray[np.bool_]) -> None:
        """The month is over: which lines failed, and who let a technician in, `[account]`."""
        now = self.months.pop()
        bad = (failed & (now.due == 0)) | (visited & now.defective())
        self.months.append(LineMonth(now.month, now.operator, now.errors, now.due, bad))

    def lessons(self, operator: int, ahead: int, window: int) -> Lessons | None:
        """Every line watched in a month, and whether it failed or was found bad in `ahead` months.

        None if it is too early, or if all or none of them did.
        """
        shots = list(self.months)
        found: list[Lessons] = []
        for i in range(1, len(shots) - ahead + 1):
            news = [shot.failed for shot in shots[i : i + ahead]]
            if any(one is None for one in news):
                continue
            mine = [shot.operator == operator for shot in shots[i : i + ahead]]
            who = np.flatnonzero(np.all(mine, axis=0))
            bad = np.any([one[who] for one in news if one is not None], axis=0)
            found.append(Lessons(self._history(operator, shots[: i + 1], who, window, 0), bad))
        return pooled(found)

    def present(self, operator: int, who: NDArray[np.int64], window: int) -> History:
        """Histories of lines up to this month's errors."""
        shots = list(self.months)
        return self._history(operator, shots, who, window, shots[-1].month)

    @staticmethod
    def _history(
        operator: int, shots: list[LineMonth], who: NDArray[np.int64], window: int, month: int
    ) -> History:
        """Months in which somebody else, or nobody, watched a line are missing."""
        values = np.full((len(who), window, len(FEATURES)), np.nan)
        for back in range(min(window, len(shots))):
            shot = shots[-1 - back]
            before = shots[-2 - back].failed if len(shots) > back + 1 else None
            mine = shot.operator[who] == operator
            last = np.zeros(len(who)) if before is None else before[who].astype(np.float64)
            now = np.stack([shot.errors[who].astype(np.float64), last], axis=-1)
            values[:, window - 1 - back] = np.where(mine[:, None], now, np.nan)
        return History(FEATURES, values, who, month)
