"""How the market answers prices: slowly, unevenly, second SIMs first, at the winner's expense."""

import numpy as np
from numpy.typing import NDArray

from agents.actions import Launch
from agents.market import Market
from agents.observation import Strategy
from experiments.runs.baselines import Baseline
from experiments.runs.price_changes import futures, reprice
from experiments.runs.scheduled import Scheduled
from experiments.studies.facts.registry import Criterion, Figures, fact
from sim.vocabulary import Measure
from strategies.registry import build
from strategies.toolkit import plan_of

_CHANGE = 0.10
_LONG = 60
_NINE, _TEN, _YEAR = 9, 10, 12
_CUT = 0.3
_BUILT_AHEAD = 10.0
"""Network of a newcomer relative to what its few customers need: Jio built before it opened."""


@fact(
    claim="Most of the response to a price comes long after the first month",
    source="DEWENTER2004",
    published="long-run elasticities above short-run ones; no ratio published",
    unit="lines' response to an operator's prices in the first month over that after five years",
    criterion=Criterion(0.0, 1.0 / 3.0, surely=True),
    why="a direction; a third at most, to be called most",
)
def first_month_is_small(baseline: Baseline) -> Figures:
    """Response of the second-largest operator's lines to all its prices, ±10 %."""
    at = (1, _YEAR, _LONG)
    change = _response(baseline, at)
    return {"model": change[1] / change[_LONG], **{f"month_{m}": change[m] for m in at}}


@fact(
    claim="A rise in price loses more than a cut of the same size wins",
    source="TVERSKY1992",
    published="losses weigh 2.25 times; not verified for bills",
    unit="lines lost in a year by +10 % over lines won by −10 %",
    criterion=Criterion(low=1.0, surely=True),
    why="a direction",
)
def rises_lose_more(baseline: Baseline) -> Figures:
    """Lines lost by a rise over lines won by a cut, twelve months on."""
    plans = _plans(baseline, _second(baseline))
    lines = [
        futures(baseline, plans, factor, [_YEAR])[_YEAR].total[plans].sum()
        for factor in (1.0, 1.0 + _CHANGE, 1.0 - _CHANGE)
    ]
    return {"model": float((lines[0] - lines[1]) / max(1, lines[2] - lines[0]))}


@fact(
    claim="An attacker wins most at the start: its curve of gained lines is concave",
    source="FR2+FR6",
    published="Free Mobile: 4.405 million in nine months, 2.39 million more in the next nine",
    unit="lines won in months 10 to 18 of a price cut over those won in months 1 to 9",
    criterion=Criterion(0.2, 0.9),
    why="0.54; concave is below 1, and 0.2 would be a flash in the pan",
)
def attackers_curve_is_concave(baseline: Baseline) -> Figures:
    """Net gain of the second-largest operator over itself without the cut."""
    attack = _cut(baseline, _second(baseline), _CUT)
    won = attack.gain(_second(baseline), Measure.LINES)
    return {
        "model": float((won[2 * _NINE - 1] - won[_NINE - 1]) / won[_NINE - 1]),
        "share_of_lines_won_in_3_years": float(won[-1] / baseline.lines[_second(baseline)]),
    }


@fact(
    claim="Who wins the price war fills its network",
    source="TRAI_MYSPEED2017",
    published="Jio's speed fell from 18.1 to 8.3 Mbit/s in the month its free service filled up",
    unit="change of the winner's felt network quality, mean over regions, after three years",
    criterion=Criterion(high=0.0, surely=True),
    why="a direction: speed and felt quality are not the same scale",
)
def winner_congests(baseline: Baseline) -> Figures:
    """Felt quality and utilisation of the attacker beside itself without the cut."""
    operator = _second(baseline)
    attack = _cut(baseline, operator, _CUT)
    return {
        "model": float((attack.market.quality - attack.still.quality)[operator].mean()),
        "utilisation": float(
            (attack.market.utilisation - attack.still.utilisation)[operator].mean()
        ),
    }


@fact(
    claim="A cheap newcomer first takes second SIMs and spending: counts hold while revenue falls",
    source="IN3+IN7+IN8",
    published="India 2016-17: incumbents' SIM counts rise for ten months, ARPU falls by a third",
    unit="relative fall of the attacked operators' mobile revenue over that of their lines, month "
    "10",
    criterion=Criterion(low=1.5, surely=True),
    why="a direction; half as much again at least",
)
def revenue_falls_before_counts(baseline: Baseline) -> Figures:
    """The smallest operator gives away data on a cheap plan that may be a second SIM.

    It does so under a new brand that people take to as they do to the others', on a network built
    ahead; the attacked follow its prices down to their costs, as India's incumbents did.
    """
    attack = _giveaway(baseline)
    others = [i for i in range(len(baseline.lines)) if i != baseline.smallest]
    lines = attack.relative(others, Measure.LINES)
    money = attack.relative(others, Measure.MOBILE_FEN)
    return {
        "model": float(money[_TEN - 1] / lines[_TEN - 1]),
        "lines": float(lines[_TEN - 1]),
        "revenue": float(money[_TEN - 1]),
    }


@fact(
    claim="The cheap plan is taken as a second SIM first, and becomes the main line later",
    source="IN3+IN7+IN8",
    published="India: the entrant's users kept their old SIMs; no shares published",
    unit="share of second SIMs among the attacker's additional lines, month 6 less month 36",
    criterion=Criterion(low=0.0, surely=True),
    why="a direction",
)
def second_sims_first(baseline: Baseline) -> Figures:
    """Second SIMs among the lines that the cheap plan wins, early and late."""
    attack = _giveaway(baseline)
    seconds = attack.gain(baseline.smallest, Measure.SECOND_LINES)
    lines = attack.gain(baseline.smallest, Measure.LINES)
    early, late = (float(seconds[m] / lines[m]) for m in (5, -1))
    return {"model": early - late, "month_6": early}


class PriceAttack:
    """A move and the same months without it; tallies are `[month, operator, measure]`."""

    def __init__(self, market: Market, still: Market, months: int) -> None:
        begin = len(market.tallies)
        self.market, self.still = market.run(months), still.run(months)
        self.moved = _tallies(self.market, begin)
        self.usual = _tallies(self.still, begin)

    def gain(self, operator: int, measure: Measure) -> NDArray[np.float64]:
        """What an operator has more than without the move, by month."""
        return (self.moved - self.usual)[:, operator, measure].astype(np.float64)

    def relative(self, operators: list[int], measure: Measure) -> NDArray[np.float64]:
        """The same for several operators together, relative to without the move."""
        usual = self.usual[:, operators, measure].sum(axis=1)
        return np.asarray(self.moved[:, operators, measure].sum(axis=1) / usual - 1.0)


def _tallies(market: Market, begin: int) -> NDArray[np.int64]:
    return np.array([month.sum(axis=(1, 2)) for month in market.tallies[begin:]])


def _giveaway(baseline: Baseline) -> PriceAttack:
    key = ("giveaway", baseline.smallest)
    if key not in baseline.kept:
        name = baseline.market.operators[baseline.smallest].name
        book = baseline.market.book
        own = [row for row in range(len(book)) if book.operators[row] == baseline.smallest]
        second = [row for row in own if book.offers[row].second_line]
        like = max(second, key=lambda row: book.offers[row].allowance_gb)
        others = [
            row for row in range(len(book)) if book.offers[row].second_line and row not in own
        ]
        lacks = np.mean([book.appeals_yuan[row] for row in others]) - book.appeals_yuan[like]
        much = {"price_yuan": 15.0, "allowance_gb": 30.0, "brand_distance_yuan": -max(0.0, lacks)}
        offer = book.offers[like].model_copy(update=much)
        launch = Launch("giveaway", offer, plan_of(book.names[like]))
        playing: dict[str, Strategy] = {
            operator.name: build("hold", {"reaction": "match"})
            for operator in baseline.market.operators
        }
        market = baseline.market.fork(playing | {name: Scheduled({0: [launch]})})
        market.keep_customer_records = False
        market.network.capacity_gb[baseline.smallest] *= _BUILT_AHEAD
        baseline.kept[key] = PriceAttack(market, baseline.fork(), baseline.months)
    return baseline.kept[key]


def _cut(baseline: Baseline, operator: int, depth: float) -> PriceAttack:
    key = ("cut", operator)
    if key not in baseline.kept:
        market = reprice(baseline.fork(), _plans(baseline, operator), 1.0 - depth)
        baseline.kept[key] = PriceAttack(market, baseline.fork(), baseline.months)
    return baseline.kept[key]


def _second(baseline: Baseline) -> int:
    """The operator with the second most lines."""
    return int(np.argsort(-baseline.lines, kind="stable")[1])


def _plans(baseline: Baseline, operator: int) -> NDArray[np.int64]:
    return np.flatnonzero(np.array(baseline.market.book.operators) == operator)


def _response(baseline: Baseline, at: tuple[int, ...]) -> dict[int, float]:
    """Difference in an operator's lines between its prices 10 % lower and 10 % higher, relative."""
    plans = _plans(baseline, _second(baseline))
    low = futures(baseline, plans, 1.0 - _CHANGE, at)
    high = futures(baseline, plans, 1.0 + _CHANGE, at)
    base = float(baseline.lines[_second(baseline)])
    return {m: float(low[m].total[plans].sum() - high[m].total[plans].sum()) / base for m in at}
