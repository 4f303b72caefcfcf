"""Points that were given and not redeemed: a debt, as far as they will be redeemed."""

from itertools import pairwise
from typing import Any

import pytest

from agents.actions import StartProgramme, StopProgramme
from agents.liabilities import Liability, Owed
from agents.market import Market
from agents.mechanisms.growth_points import GrowthSettings
from experiments.runs.scheduled import Scheduled
from sim.vocabulary import Measure

NAME, OURS = "growth_points", "china_unicom"
TERMS = GrowthSettings(points_per_yuan=5, redeem_chance=0.2, redeem_from_points=100)


@pytest.fixture(scope="module")
def start(restless):
    return Market(restless, 900, seed=4).run(2)


def plays(start: Market, months: int, **turns: Any) -> Market:
    moves = {0: [StartProgramme(NAME, TERMS.model_copy(update=turns))]}
    return start.fork({OURS: Scheduled(moves)}).run(months)


def book(market: Market) -> Liability:
    return market.programmes.liabilities[market.operator(OURS).index, NAME]


def points(market: Market) -> int:
    """Outstanding with us, from everybody's own accounts."""
    ours = [i for i, name in enumerate(market.book.names) if name.startswith(f"{OURS}/")]
    c = market.population.columns()
    return sum(int(c.growth_points[c.offer == row].sum()) for row in ours)


def test_it_is_points_outstanding_times_what_they_are_expected_to_cost(start):
    market = plays(start, 8)
    last = book(market).months[-1]
    assert last.outstanding == points(market) > 0
    each = TERMS.point_cost_yuan * 100.0 * last.expected_share
    assert last.closing == pytest.approx(last.outstanding * each, abs=1)
    assert 0.0 < last.expected_share < 1.0


def test_it_moves_by_what_is_collected_redeemed_and_left_behind(start):
    market = plays(start, 8)
    months = book(market).months
    for before, now in pairwise(months):
        assert now.opening == before.closing
        assert now.closing == now.opening + now.accrued + now.revised - now.paid - now.released
    assert all(min(m.accrued, m.paid, m.released) >= 0 for m in months)
    assert sum(m.paid for m in months) > 0
    assert sum(m.released for m in months) > 0


def test_what_is_redeemed_is_what_the_ledger_pays(start):
    market = plays(start, 6)
    ours = market.operator(OURS).index
    assert market.last_counters is not None
    loyalty = market.last_counters.measures[ours].sum(axis=(0, 1))[Measure.POINTS_REDEEMED]
    paid = sum(
        p.fen for p in market.ledger.postings()
        if p.month == market.month - 1 and p.payer == OURS and p.flow == "points"
    )  # fmt: skip
    each = market.settings.behaviour.point_value_yuan * 100.0
    assert book(market).months[-1].paid == pytest.approx(paid - float(loyalty) * each, abs=1)


def test_who_leaves_settles_it(start):
    """What a leaver had collected is released, and so is everything when the programme ends."""
    kept = plays(start, 6, redeem_chance=0.0, lapse_share=0.0)
    months = book(kept).months
    assert sum(m.released + m.paid for m in months) == 0  # nobody redeems: nothing is owed
    assert book(kept).lapsed > 0
    stopped = start.fork(
        {OURS: Scheduled({0: [StartProgramme(NAME, TERMS)], 4: [StopProgramme(NAME)]})}
    ).run(6)
    assert book(stopped).months[-1].closing == 0
    assert book(stopped).months[-2].released > 0


def test_points_that_cost_nothing_are_no_debt_and_without_points_there_is_no_book(start):
    assert book(plays(start, 4, point_cost_yuan=0.0)).months[-1].closing == 0
    assert start.fork({}).run(2).programmes.liabilities == {}


def test_breakage_is_what_was_never_redeemed(start):
    short = book(plays(start, 10, lapse_share=0.5)).breakage
    long = book(plays(start, 10, lapse_share=0.0)).breakage
    assert 0.0 < long < short < 1.0


def test_expectation_begins_with_the_terms_and_follows_the_records():
    owed = Owed(100, 0, 0, 100, 1.0, 0.05, 0.02)
    one = Liability()
    by_terms = 0.98 * 0.05 / (1.0 - 0.98 * 0.95 * 0.98)
    assert one.expected_share(owed, 0.02) == pytest.approx(by_terms)
    for _ in range(200):
        one.close(owed._replace(redeemed=10, lapsed=30, collected=40), 0.02)
    assert one.expected_share(owed, 0.02) == pytest.approx(0.25, abs=0.01)
    assert one.breakage == pytest.approx(0.75)
