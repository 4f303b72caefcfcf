"""Customers' histories as predictors read them: what an operator recorded, month by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class History:
    """Some customers' last months.

    One customer may stand in several rows, with months that end at different times.
    """

    names: tuple[str, ...]
    """Of the features, in the order of the last dimension."""
    values: Array
    """`[customer, month, feature]`, oldest month first; NaN where somebody was no customer."""
    who: NDArray[np.int64]
    """Account numbers, `[customer]`."""
    month: int = 0
    """The month for which something is predicted; training rows may be of several, and say 0."""

    @classmethod
    def of(cls, features: Mapping[str, Array]) -> "History":
        """Histories of a single month, from features `[customer]` by name."""
        values = np.stack([np.asarray(v, dtype=np.float64) for v in features.values()], axis=-1)
        return cls(tuple(features), values[:, None, :], np.arange(len(values)))

    def __len__(self) -> int:
        return len(self.who)

    def latest(self, name: str) -> Array:
        """A feature in the last month, `[customer]`."""
        return self.values[:, -1, self.names.index(name)]

    def rows(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "History":
        """The same of some customers."""
        return History(self.names, self.values[which], self.who[which], self.month)

    def last_months(self, months: int) -> "History":
        """The same with at most so many months."""
        return History(self.names, self.values[:, -months:], self.who, self.month)


def stacked(parts: Sequence[History]) -> History:
    """Histories of one shape, one after the other."""
    values = np.concatenate([part.values for part in parts])
    return History(parts[0].names, values, np.concatenate([part.who for part in parts]))


def summarised(history: History) -> Array:
    """Features `[customer, 3 × feature]`: the last value, its mean before, and the step from it.

    Somebody without earlier months has taken no step.
    """
    last = history.values[:, -1]
    before = history.values[:, :-1]
    known = ~np.isnan(before)
    count = known.sum(axis=1)
    mean = np.where(known, before, 0.0).sum(axis=1) / np.maximum(count, 1)
    mean = np.where(count > 0, mean, last)
    return np.concatenate([last, mean, last - mean], axis=1)
