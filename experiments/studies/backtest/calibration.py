"""Fitting one member of the ensemble to what was known before the event, and to nothing else.

Two steps, both inversions of observed shares for unobserved appeal (Berry 1994): where people stand
at the start, and what they choose from then on, such that the event's eve is met too — so a trend
that was already under way goes on.
"""

from dataclasses import dataclass, replace

import numpy as np

from agents.behaviour.settings import as_attentive
from agents.market import Market
from agents.settings import CalibrationSettings, MarketSettings
from experiments.runs.calibration import chosen_lines, incumbents, with_calibration
from experiments.studies.backtest.case import HistoricalCase
from experiments.studies.backtest.fitting import (
    Matrix,
    Moments,
    Snapshot,
    Targets,
    Task,
    Unknowns,
    fit,
)
from experiments.studies.backtest.misses import LINES, REVENUE, Miss
from experiments.studies.backtest.replay import play
from sim.vocabulary import Measure

_BIRTH_ROUNDS = 16
_FLOW_ROUNDS = 18
_ATTENTION = (-4.0, 2.0)
"""Log of how much more or less often people look than the member's behaviour says."""


@dataclass(frozen=True)
class Calibrated:
    """A calibrated market, and the largest log difference left in national shares and revenue."""

    settings: MarketSettings
    misfit: float
    worst: Miss


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

    def write(x: Unknowns) -> MarketSettings:
        found = CalibrationSettings(
            birth_appeal_yuan=dict.fromkeys(names, 0.0),
            birth_price_slope=dict(zip(names, (float(v) for v in x.slope), strict=True)),
            birth_region_appeal_yuan=_by_name(x.appeal, names, regions),
            birth_second_taste_yuan=x.second,
        )
        return with_calibration(settings, found)

    def look(x: Unknowns) -> Moments:
        return observed_moments(Market(write(x), accounts, seed).run(1), slice(0, 1))

    start = Unknowns.begin(settings, known)
    task = Task(look, known.start, known, scale, accounts, _BIRTH_ROUNDS, gain=0.35)
    found, _ = fit(task, start)
    return write(found)


def _settled(
    settings: MarketSettings, case: HistoricalCase, known: Targets, accounts: int, seed: int
) -> Calibrated:
    """Let people choose such that the eve of the event is met: the same figures, and churn."""
    names, regions = incumbents(settings), list(settings.regions)
    scale = case.market.mean_arpu()
    born = settings.calibration
    last = slice(case.months_before - 3, case.months_before)

    def write(x: Unknowns) -> MarketSettings:
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

    def look(x: Unknowns) -> Moments:
        market = play(write(x), case, accounts, seed)
        return observed_moments(market.run(case.months_before), last, slice(3, case.months_before))

    start = Unknowns.begin(settings, known).with_appeal(
        _matrix(born.birth_region_appeal_yuan, names, regions),
        np.array([born.birth_price_slope[name] for name in names]),
        born.birth_second_taste_yuan,
    )
    task = Task(look, known.event, known, scale, accounts, _FLOW_ROUNDS, gain=0.7)
    found, missed = fit(task, start)
    worst = int(np.abs(missed).argmax())
    what = (LINES, REVENUE)[worst // len(names)]
    miss = Miss(what, names[worst % len(names)], float(missed[worst]))
    return Calibrated(write(found), float(np.abs(missed).max()), miss)


def _as_attentive(settings: MarketSettings, log_factor: float) -> MarketSettings:
    """The market with people who look around so much more often, whatever makes them look."""
    factor = float(np.exp(np.clip(log_factor, *_ATTENTION)))
    return settings.model_copy(update={"behaviour": as_attentive(settings.behaviour, factor)})


def _entrants(
    settings: MarketSettings, x: Unknowns
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


def _by_name(values: Matrix, names: list[str], regions: list[str]) -> dict[str, dict[str, float]]:
    return {
        name: dict(zip(regions, map(float, row), strict=True))
        for name, row in zip(names, values, strict=True)
    }


def _matrix(values: dict[str, dict[str, float]], names: list[str], regions: list[str]) -> Matrix:
    return np.array([[values[name][region] for region in regions] for name in names])
