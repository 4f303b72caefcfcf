"""Unknowns of a market of history varied until figures are met.

Corrections are proportional to log differences; each unknown learns its own step (it grows while a
difference keeps its sign and is halved when the sign turns: Jacobs 1988, delta-bar-delta).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.settings import MarketSettings

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_LARGEST_STEP = 0.5
"""Of the mean revenue per line, in one round."""
_FEWEST_ACCOUNTS = 4.0
"""Cells of operator and region that hold fewer are luck: nothing is learnt from them."""
_GOOD = 0.01
_SLOPES = (-60.0, 120.0)
"""Appeal of dearer plans, per 100 of price: how much better than their attributes they are."""
_FREE_SLOPES = (-200.0, 300.0)
"""Of an operator whose slope is its own: plans whose prices are close need more of it."""
_SLOPES_APART = 15.0
"""Operators' plans of one price are alike: what one slope explains better than another is luck,
as long as revenue per line can be met so."""
_HELD_BACK = 0.15
"""Log difference in an operator's revenue per line from which on its slope is let go of the
others': what `experiment.largest_misfit` refuses unless told otherwise."""


@dataclass(frozen=True)
class Snapshot:
    """What is published about one moment before the event; arrays are `[incumbent]`."""

    share: Matrix
    """Of all lines in the country, `[incumbent, region]`."""
    arpu: Vector
    """NaN where it is not known."""


@dataclass(frozen=True)
class Targets:
    """All that calibration is given."""

    start: Snapshot
    event: Snapshot
    chosen_monthly: float
    """Share of lines whose holders choose another operator in a month: of churn, what has not
    lapsed. A member that draws another share of it has its own."""
    second_share: float


@dataclass(frozen=True)
class Moments:
    """The same of a simulated market, over its last months."""

    share: Matrix
    arpu: Vector
    churn: float
    second_share: float


@dataclass
class Unknowns:
    """What is varied, and the target shares that some of it is weighed by."""

    appeal: Matrix
    slope: Vector
    second: float
    look: float
    """Log of how often people look around, against what the member's behaviour says."""
    target: Matrix
    told: NDArray[np.bool_]
    """Whether an incumbent's revenue per line is known; who has none is taken to be as the mean."""
    free: NDArray[np.bool_]
    """Whether an incumbent's slope need not be near the others'."""

    @classmethod
    def begin(cls, settings: MarketSettings, known: Targets) -> "Unknowns":
        """Where a fit begins: nothing is liked beyond its attributes."""
        shape = known.start.share.shape
        b = settings.behaviour
        told = ~np.isnan(known.start.arpu)
        return cls(
            np.zeros(shape), np.zeros(shape[0]), b.second_taste_yuan, 0.0, known.start.share, told,
            np.zeros(shape[0], dtype=bool),
        )  # fmt: skip

    def with_appeal(self, appeal: Matrix, slope: Vector, second: float | None) -> "Unknowns":
        """The same with appeal, slopes and liking for second SIMs set."""
        self.appeal, self.slope = appeal.copy(), slope.copy()
        self.second = self.second if second is None else second
        return self

    def vector(self) -> Vector:
        """All unknowns in one row: appeal, slopes, second SIMs, attention."""
        return np.concatenate([self.appeal.ravel(), self.slope, [self.second, self.look]])

    def moved(self, x: Vector) -> "Unknowns":
        """The point at a `vector`, its slopes brought within their bounds."""
        n = self.appeal.size
        return Unknowns(
            x[:n].reshape(self.appeal.shape), self._alike(x[n:-2]),
            float(x[-2]), float(x[-1]), self.target, self.told, self.free,
        )  # fmt: skip

    def let_go(self, which: NDArray[np.bool_]) -> "Unknowns":
        """The same point, with some slopes no longer held near the others'."""
        return replace(self, free=self.free | which)

    def _alike(self, slopes: Vector) -> Vector:
        """Slopes within bounds, and not far from their common mean."""
        tied = self.told & ~self.free
        share = self.target.sum(axis=1) * (tied if tied.any() else self.told)
        mean = float(np.clip((share * slopes).sum() / share.sum(), *_SLOPES))
        near = np.clip(slopes, mean - _SLOPES_APART, mean + _SLOPES_APART)
        near = np.where(self.free, np.clip(slopes, *_FREE_SLOPES), near)
        return np.where(self.told, near, mean)


@dataclass(frozen=True)
class Task:
    """What is to be met, and how."""

    look: Callable[[Unknowns], Moments]
    eve: Snapshot
    known: Targets
    scale: float
    accounts: int
    rounds: int
    gain: float


def fit(task: Task, start: Unknowns) -> tuple[Unknowns, Vector]:
    """The best point and what it misses (see `relax`).

    Slopes are held near each other at first. An operator whose revenue per line cannot be met so —
    a reseller with few dear plans among operators with many — has one of its own.
    """
    found, missed = relax(task, start)
    held_back = np.abs(missed[len(start.slope) :]) > _HELD_BACK
    if not held_back.any():
        return found, missed
    again, then = relax(task, found.let_go(held_back))
    return (again, then) if np.abs(then).max() < np.abs(missed).max() else (found, missed)


def relax(task: Task, start: Unknowns) -> tuple[Unknowns, Vector]:
    """Vary the unknowns until the figures are met; returns the best point and what it misses.

    What is missed are log differences of national shares, then of revenue, `[2 * incumbent]`.
    """
    eve, known, scale, accounts = task.eve, task.known, task.scale, task.accounts
    n = start.appeal.size
    units = np.concatenate([np.full(n, scale), np.full(len(start.slope), 60.0), [scale], [2.0]])
    gains = task.gain * units
    x, previous = start.vector(), np.zeros(len(units))
    best, best_x = np.full(2 * len(start.slope), np.inf), start
    for _ in range(task.rounds):
        here = start.moved(x)
        got = task.look(here)
        difference = _differences(got, eve, known, accounts)
        missed = _missed(got, eve, accounts)
        if np.abs(missed).max() < np.abs(best).max():
            best, best_x = missed, here
        if np.abs(missed).max() < _GOOD:
            break
        agree = np.sign(difference) * np.sign(previous)
        gains = np.clip(
            gains * np.where(agree > 0, 1.25, np.where(agree < 0, 0.5, 1.0)), 0, 4 * units
        )
        step = np.clip(gains * difference, -_LARGEST_STEP * units, _LARGEST_STEP * units)
        x, previous = here.vector() + step, difference
    return best_x, best


def _missed(got: Moments, eve: Snapshot, accounts: int) -> Vector:
    """Log differences of national shares and of revenue that is known, `[2 * incumbent]`."""
    tiny = 0.5 / accounts
    share = np.log(np.maximum(got.share.sum(axis=1), tiny) / eve.share.sum(axis=1))
    return np.concatenate([share, np.nan_to_num(np.log(got.arpu / eve.arpu))])


def _differences(got: Moments, eve: Snapshot, known: Targets, accounts: int) -> Vector:
    """Log differences that unknowns should undo, in their order and with their sign."""
    tiny = 0.5 / accounts
    cells = np.log((eve.share + tiny) / (got.share + tiny))
    national = np.log(eve.share.sum(axis=1) / np.maximum(got.share.sum(axis=1), tiny))
    blank = eve.share <= _FEWEST_ACCOUNTS / accounts
    cells = np.where(blank, national[:, None], cells)
    arpu = np.nan_to_num(np.log(eve.arpu / got.arpu))
    second = 0.0
    if known.second_share > 0:
        second = float(np.log(known.second_share / max(got.second_share, 1e-4)))
    churn = float(np.log(known.chosen_monthly / max(got.churn, 1e-5)))
    return np.concatenate([cells.ravel(), arpu, [second, churn]])
