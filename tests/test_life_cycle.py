"""Lines that end though nobody chooses another operator: how many, which, and what is counted."""

import numpy as np
import pytest
from pydantic import ValidationError

from agents.life_cycle import NO_ENDINGS, LifeCycleSettings, endings_of
from agents.market import Market
from experiments.runs.calibration import moments_of, published
from sim.vocabulary import Event, Measure, Segment

ACCOUNTS, MONTHS = 3_000, 12
CHURN = 0.04
STILL = {
    "churn_monthly": CHURN,
    "behaviour": {
        "look_base": 0.0, "look_contract_end": 0.0, "look_bill_shock": 0.0, "look_fault": 0.0,
        "look_dissatisfied": 0.0, "look_advert": 0.0, "look_friend": 0.0, "look_contacted": 0.0,
    },
}  # fmt: skip


def sums(market: Market) -> np.ndarray:
    return np.array(market.tallies).sum(axis=(0, 1, 2, 3)).astype(float)


@pytest.fixture(scope="module")
def lapsing(china):
    """A market in which nobody looks around: whatever ends has lapsed."""
    settings = china(STILL, {"life_cycle": {"chosen_share": 0.25, "dormant_months": 3.0}})
    return Market(settings, ACCOUNTS, seed=5).run(MONTHS)


def test_as_many_lines_lapse_as_churn_has_beyond_what_is_chosen(lapsing):
    counted = sums(lapsing)
    assert counted[Measure.LOOKED] == 0
    lapsed = counted[Measure.LAPSED_LINES] / counted[Measure.LINES]
    # At first nothing is dormant and ended; with the months it comes to 0.75 of churn.
    late = np.array(lapsing.tallies[6:]).sum(axis=(0, 1, 2, 3))
    assert late[Measure.LAPSED_LINES] / late[Measure.LINES] == pytest.approx(0.75 * CHURN, rel=0.15)
    assert lapsed < 0.75 * CHURN * 1.1
    # Beside them only second SIMs given up by who takes a main line at their operator.
    others = counted[Measure.CHURNED_LINES] - counted[Measure.LAPSED_LINES]
    assert 0 <= others < 0.02 * counted[Measure.LAPSED_LINES]
    assert counted[Measure.PORTED_IN] == counted[Measure.PORTED_OUT] == 0


def test_what_attention_is_calibrated_to_leaves_out_what_lapses(lapsing):
    assert moments_of(lapsing, slice(0, None)).churn < 0.02 * 0.75 * CHURN
    assert published(lapsing.settings).churn == pytest.approx(0.25 * CHURN)


def test_a_lapsed_line_is_counted_until_it_is_ended_unused_and_unpaid(lapsing):
    market = lapsing.fork({})
    before = market.population.columns()
    dormant = before.dormant_months.copy()
    offers = before.offer.copy()
    assert 0.005 < (dormant > 0).mean() < 0.15
    market.step()
    after, record = market.population.columns(), market.population.record
    silent = after.dormant_months > 0
    went_on = (dormant > 1) & silent
    assert (after.dormant_months[went_on] == dormant[went_on] - 1).all()
    assert (record.main_fen[silent] == 0).all()
    assert (record.used_gb[silent] == 0).all()
    assert (after.offer[silent] == offers[silent]).all()
    ended = (record.events & Event.LAPSED) != 0
    assert ended[dormant == 1].all()
    assert (after.tenure_months[ended] == 0).all()
    assert (record.exit_fee_fen[ended] == 0).all()
    counted = market.last_counters.measures.sum(axis=(0, 1, 2))
    assert counted[Measure.ACTIVE_LINES] < counted[Measure.LINES] - silent.sum() + 1
    single = (after.segment < Segment.HOUSEHOLD) & (after.lines == 1)
    assert single[silent].all()


def test_who_takes_a_line_again_is_free_to_go_anywhere_and_some_come_back(lapsing):
    market = lapsing.fork({})
    came_back = went = 0
    for _ in range(6):
        operators = np.array(market.book.operators)[market.population.columns().offer]
        market.step()
        ended = (market.population.record.events & Event.LAPSED) != 0
        now = np.array(market.book.operators)[market.population.columns().offer]
        came_back += int((operators[ended] == now[ended]).sum())
        went += int((operators[ended] != now[ended]).sum())
    assert came_back > 0.1 * (came_back + went)
    assert went > 0.1 * (came_back + went)


def test_contracts_lapse_less_and_second_sims_more(china):
    life = {"chosen_share": 0.1, "second_factor": 5.0, "contract_factor": 0.0}
    market = Market(china(STILL, {"life_cycle": life}), ACCOUNTS, seed=5)
    assert market.endings.contract_factor == 0.0
    bound = market.population.columns().contract_left > 3
    market.run(2)
    after = market.population.columns()
    assert (after.dormant_months[bound] == 0).all()
    assert (after.dormant_months[~bound] > 0).any()
    counted = sums(market)
    seconds = counted[Measure.SECOND_DROPS] / counted[Measure.SECOND_LINES]
    others = (counted[Measure.LAPSED_LINES] - counted[Measure.SECOND_DROPS]) / (
        counted[Measure.LINES] - counted[Measure.SECOND_LINES]
    )
    assert seconds > 4 * others


def test_without_lapse_nothing_of_it_is_there(china):
    market = Market(china(), 500, seed=5).run(3)
    assert market.endings == NO_ENDINGS == endings_of(market.settings, market.population.columns())
    assert not market.population.columns().dormant_months.any()
    assert sums(market)[Measure.LAPSED_LINES] == 0
    unused = {"second_factor": 1.0, "dormant_months": 9.0}
    other = Market(china({"life_cycle": unused}), 500, seed=5).run(3)
    assert np.array_equal(np.array(other.tallies), np.array(market.tallies))


@pytest.mark.parametrize(
    ("share", "ports", "chosen"),
    [(1.0, 0.0, 0.02), (0.4, 0.0, 0.008), (0.1, 0.005, 0.005), (0.5, 0.1, 0.02)],
)
def test_what_is_chosen_is_a_share_and_not_less_than_what_is_ported(share, ports, chosen):
    life = LifeCycleSettings(chosen_share=share, ports_monthly=ports)
    assert life.chosen_monthly(0.02) == pytest.approx(chosen)


def test_lines_that_could_not_lapse_anywhere_are_refused():
    with pytest.raises(ValidationError, match="give one of them"):
        LifeCycleSettings(chosen_share=0.5, second_factor=0.0, contract_factor=0.0)
