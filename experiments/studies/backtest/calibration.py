"""Fitting one member of the ensemble to what was known before the event, and to nothing else.

Two steps, both inversions of observed shares for unobserved appeal (Berry 1994): where people stand
at the start, and what they choose from then on, such that the event's eve is met too — so a trend
that was already under way goes on. Corrections are proportional to log differences; each unknown
learns its own step (it grows while a difference keeps its sign and is halved when the sign turns:
Jacobs 1988, delta-bar-delta).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.settings import as_attentive
from agents.market import Market
from agents.settings import CalibrationSettings, MarketSettings
from experiments.runs.calibration import chosen_lines, incumbents, with_calibration
from experiments.studies.backtest.case import HistoricalCase
from experiments.studies.backtest.replay import play
from sim.vocabulary import Measure

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_BIRTH_ROUNDS = 16
_FLOW_ROUNDS = 18
_LARGEST_STEP = 0.5
"""Of the mean revenue per line, in one round."""
_FEWEST_ACCOUNTS = 4.0
"""Cells of operator and region that hold fewer are luck: nothing is learnt from them."""
_GOOD = 0.01
_ATTENTION = (-4.0, 2.0)
"""Log of how much more or less often people look than the member's behaviour says."""
_SLOPES = (-60.0, 120.0)
"""Appeal of dearer plans, per 100 of price: how much better than their attributes they are."""
_SLOPES_APART = 15.0
"""Operators' plans of one price are alike: what one slope explains better than another is luck."""


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


@dataclass(frozen=True)
class Calibrated:
    """A calibrated market, and the largest log difference left in national shares and revenue."""

    settings: MarketSettings
    misfit: float
    worst: str
    """Which figure it is that differs most."""


def known_of(case: HistoricalCase) -> Targets:
    """What was known before the event: national figures of the market file, split by region."""
    lines = case.market.lines_then()
    arpu = {name: case.market.operators[name].arpu for name in lines}
    split = case.shares_by_region()

    def eve(when: str) -> Snapshot:
        national = np.array([getattr(then, when) for then in lines.values()])
        by_region = (national / national.sum())[:, None] * split[when]
        revenue = [np.nan if then is None else getattr(then, when) for then in arpu.values()]
        return Snapshot(by_region, np.array(revenue))

    market = case.market
    chosen = market.life_cycle.chosen_monthly(market.churn_monthly)
    return Targets(eve("start"), eve("event"), chosen, market.second_lines_share)


def place(
    settings: MarketSettings, case: HistoricalCase, known: Targets, accounts: int, seed: int
) -> Calibrated:
    """Fit a market to what was known before its event.

    Args:
        settings: one member's market, its behaviour drawn.
        case: whose moves before the event are played.
        known: the figures to meet.
        accounts: simulated accounts.
        seed: their luck.
    """
    chosen = settings.life_cycle.chosen_monthly(settings.churn_monthly)
    known = replace(known, chosen_monthly=chosen)
    settings = _born(settings, case, known, accounts, seed)
    return _settled(settings, case, known, accounts, seed)


def _born(
    settings: MarketSettings, case: HistoricalCase, known: Targets, accounts: int, seed: int
) -> MarketSettings:
    """Place people at the start: shares by region, revenue per line, second SIMs."""
    names, regions = incumbents(settings), list(settings.regions)
    scale = case.market.mean_arpu()

    def write(x: "_Unknowns") -> MarketSettings:
        found = CalibrationSettings(
            birth_appeal_yuan=dict.fromkeys(names, 0.0),
            birth_price_slope=dict(zip(names, (float(v) for v in x.slope), strict=True)),
            birth_region_appeal_yuan=_by_name(x.appeal, names, regions),
            birth_second_taste_yuan=x.second,
        )
        return with_calibration(settings, found)

    def look(x: "_Unknowns") -> Moments:
        return observed_moments(Market(write(x), accounts, seed).run(1), slice(0, 1))

    start = _Unknowns.begin(settings, known)
    found, _ = _relax(look, start, known.start, known, scale, accounts, _BIRTH_ROUNDS, gain=0.35)
    return write(found)


def _settled(
    settings: MarketSettings, case: HistoricalCase, known: Targets, accounts: int, seed: int
) -> Calibrated:
    """Let people choose such that the eve of the event is met: the same figures, and churn."""
    names, regions = incumbents(settings), list(settings.regions)
    scale = case.market.mean_arpu()
    born = settings.calibration
    last = slice(case.months_before - 3, case.months_before)

    def write(x: "_Unknowns") -> MarketSettings:
        liked = _entrants(settings, x)
        found = born.model_copy(
            update={
                "appeal_yuan": dict.fromkeys(names, 0.0) | liked[0],
                "price_slope": dict(zip(names, (float(v) for v in x.slope), strict=True))
                | liked[2],
                "region_appeal_yuan": _by_name(x.appeal, names, regions) | liked[1],
                "second_taste_yuan": x.second,
            }
        )
        return with_calibration(_as_attentive(settings, x.look), found)

    def look(x: "_Unknowns") -> Moments:
        market = play(write(x), case, accounts, seed)
        return observed_moments(market.run(case.months_before), last, slice(3, case.months_before))

    start = _Unknowns.begin(settings, known).with_appeal(
        _matrix(born.birth_region_appeal_yuan, names, regions),
        np.array([born.birth_price_slope[name] for name in names]),
        born.birth_second_taste_yuan,
    )
    found, missed = _relax(look, start, known.event, known, scale, accounts, _FLOW_ROUNDS, gain=0.7)
    worst = int(missed.argmax())
    what = ("share of lines", "revenue per line")[worst // len(names)]
    return Calibrated(write(found), float(missed.max()), f"{what} of {names[worst % len(names)]}")


def _as_attentive(settings: MarketSettings, log_factor: float) -> MarketSettings:
    """The market with people who look around so much more often, whatever makes them look."""
    factor = float(np.exp(np.clip(log_factor, *_ATTENTION)))
    return settings.model_copy(update={"behaviour": as_attentive(settings.behaviour, factor)})


def _entrants(
    settings: MarketSettings, x: "_Unknowns"
) -> tuple[dict[str, float], dict[str, dict[str, float]], dict[str, float]]:
    """What entrants are liked: as incumbents are on average, plus what is assumed."""
    share = x.target.sum(axis=1)
    level = {
        name: operator.entrant_liking_yuan
        for name, operator in settings.operators.items()
        if operator.entrant
    }
    mean = (share[:, None] * x.appeal).sum(axis=0) / share.sum()
    local = {name: dict(zip(settings.regions, map(float, mean), strict=True)) for name in level}
    slope = float((share * x.slope).sum() / share.sum())
    return level, local, dict.fromkeys(level, slope)


def observed_moments(market: Market, months: slice, churn: slice | None = None) -> Moments:
    """Figures of a market over a range of months; of incumbents only."""
    there = [not o.entrant for o in market.settings.operators.values()]
    sums = np.array(market.tallies[months]).sum(axis=(0, 3))[there].astype(np.float64)
    lines = sums[:, :, Measure.LINES]
    # Of churn only what is chosen.
    over = np.array(market.tallies[churn or months]).sum(axis=(0, 2, 3))[there]
    revenue = sums[:, :, Measure.MOBILE_FEN].sum(axis=1) / 100.0 / (1.0 + market.settings.vat_rate)
    return Moments(
        lines / lines.sum(),
        np.maximum(revenue, 0.01) / np.maximum(lines.sum(axis=1), 1.0),
        float(chosen_lines(over).sum() / over[:, Measure.LINES].sum()),
        float(sums[:, :, Measure.SECOND_LINES].sum() / lines.sum()),
    )


@dataclass
class _Unknowns:
    """What is varied, and the target shares that some of it is weighed by."""

    appeal: Matrix
    slope: Vector
    second: float
    look: float
    """Log of how often people look around, against what the member's behaviour says."""
    target: Matrix
    told: NDArray[np.bool_]
    """Whether an incumbent's revenue per line is known; who has none is taken to be as the mean."""

    @classmethod
    def begin(cls, settings: MarketSettings, known: Targets) -> "_Unknowns":
        shape = known.start.share.shape
        b = settings.behaviour
        told = ~np.isnan(known.start.arpu)
        return cls(
            np.zeros(shape), np.zeros(shape[0]), b.second_taste_yuan, 0.0, known.start.share, told
        )

    def with_appeal(self, appeal: Matrix, slope: Vector, second: float | None) -> "_Unknowns":
        self.appeal, self.slope = appeal.copy(), slope.copy()
        self.second = self.second if second is None else second
        return self

    def vector(self) -> Vector:
        return np.concatenate([self.appeal.ravel(), self.slope, [self.second, self.look]])

    def moved(self, x: Vector) -> "_Unknowns":
        n = self.appeal.size
        return _Unknowns(
            x[:n].reshape(self.appeal.shape), self._alike(x[n:-2]),
            float(x[-2]), float(x[-1]), self.target, self.told,
        )  # fmt: skip

    def _alike(self, slopes: Vector) -> Vector:
        """Slopes within bounds, and not far from their common mean."""
        share = self.target.sum(axis=1) * self.told
        mean = float(np.clip((share * slopes).sum() / share.sum(), *_SLOPES))
        near = np.clip(slopes, mean - _SLOPES_APART, mean + _SLOPES_APART)
        return np.where(self.told, near, mean)


def _relax(
    look: Callable[[_Unknowns], Moments],
    start: _Unknowns,
    eve: Snapshot,
    known: Targets,
    scale: float,
    accounts: int,
    rounds: int,
    gain: float,
) -> tuple[_Unknowns, Vector]:
    """Vary the unknowns until the figures are met; returns the best point and what it misses.

    What is missed are log differences of national shares, then of revenue, `[2 * incumbent]`.
    """
    n = start.appeal.size
    units = np.concatenate([np.full(n, scale), np.full(len(start.slope), 60.0), [scale], [2.0]])
    gains = gain * units
    x, previous = start.vector(), np.zeros(len(units))
    best, best_x = np.full(2 * len(start.slope), np.inf), start
    for _ in range(rounds):
        here = start.moved(x)
        got = look(here)
        difference = _differences(got, eve, known, accounts)
        missed = _missed(got, eve, accounts)
        if missed.max() < best.max():
            best, best_x = missed, here
        if missed.max() < _GOOD:
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
    return np.abs(np.concatenate([share, np.nan_to_num(np.log(got.arpu / eve.arpu))]))


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


def _by_name(values: Matrix, names: list[str], regions: list[str]) -> dict[str, dict[str, float]]:
    return {
        name: dict(zip(regions, map(float, row), strict=True))
        for name, row in zip(names, values, strict=True)
    }


def _matrix(values: dict[str, dict[str, float]], names: list[str], regions: list[str]) -> Matrix:
    return np.array([[values[name][region] for region in regions] for name in names])
