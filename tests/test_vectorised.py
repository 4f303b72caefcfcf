"""The benchmark's NumPy version does the engine's work, or refuses to."""

from dataclasses import dataclass

import numpy as np
import pytest

from agents.actions import (
    Action,
    Advertise,
    Campaign,
    Launch,
    Reprice,
    StartCampaign,
    Treatment,
    Welcome,
    Who,
    Withdraw,
)
from agents.life_cycle import LifeCycleSettings
from agents.market import Market
from agents.observation import Strategy
from experiments.studies.bench.vectorised import VectorisedPopulation
from experiments.studies.bench.vectorised.draws import uniforms
from sim.draws import Purpose
from sim.draws import uniforms as one_by_one
from sim.errors import QuestionError
from sim.offers import Offer
from sim.vocabulary import Event

SUBSCRIBERS = 2_000
MONTHS = 12
ENOUGH = 0.999
"""NumPy's exp, log and cos may differ from the C library's in the last bit."""


@dataclass
class Turns:
    """Plays what is written, month by month."""

    turns: list[list[Action]]

    def act(self, view):
        return self.turns.pop(0) if self.turns else []


def without_campaigns() -> dict[str, Strategy]:
    cut: list[Action] = [Reprice("tier_m", 7_900), Welcome("tier_s", 1_000, 4)]
    fresh = Offer(price_yuan=25, allowance_gb=15, newcomers_only=True, second_line=True)
    answer: list[Action] = [Launch("fresh", fresh, like="value_card"), Advertise(0.4, 5)]
    return {
        "china_mobile": Turns([cut, [], [], [], [], [Withdraw("family_mobile")]]),
        "china_unicom": Turns([[], answer]),
    }


@pytest.fixture(scope="module")
def restless(restless):
    """Without lines that lapse, of which the vectorised population knows nothing."""
    return restless.model_copy(update={"life_cycle": LifeCycleSettings()})


def vectorised(market):
    market.population = VectorisedPopulation(market.population.columns(), chunk=700)
    return market


@pytest.fixture(scope="module")
def markets(restless):
    engine = Market(restless, SUBSCRIBERS, seed=5).run(2)
    return engine.fork(without_campaigns()), vectorised(engine.fork(without_campaigns()))


@pytest.fixture(scope="module")
def lived(markets):
    """Both markets' months: (engine, NumPy) with state, record and counters."""

    def month(market):
        market.step()
        parts = (market.population.columns(), market.population.record, market.last_counters)
        return {k: v.copy() for part in parts for k, v in part._asdict().items()}

    return [tuple(month(market) for market in markets) for _ in range(MONTHS)]


@pytest.mark.parametrize("column", ["offer", "second", "broadband", "bill_fen", "points", "events"])
def test_decisions_and_money_agree(lived, column):
    for engine, numpy_s in lived:
        assert np.mean(engine[column] == numpy_s[column]) >= ENOUGH


def test_satisfaction_agrees_to_a_millionth(lived):
    for engine, numpy_s in lived:
        apart = np.abs(engine["satisfaction"] - numpy_s["satisfaction"])
        assert np.mean(apart < 1e-6) >= ENOUGH


@pytest.mark.parametrize(
    "tally", ["measures", "offers", "moves", "benefits", "direct", "campaigns"]
)
def test_the_same_things_are_counted(lived, tally):
    for engine, numpy_s in lived:
        apart = np.abs(engine[tally] - numpy_s[tally]).sum()
        assert apart <= (1 - ENOUGH) * np.abs(engine[tally]).sum()


def test_in_that_comparison_people_moved_for_all_reasons(lived):
    seen = np.bitwise_or.reduce([np.bitwise_or.reduce(engine["events"]) for engine, _ in lived])
    unknown_here = Event.CONTACTED | Event.ACCEPTED | Event.SAVE_DESK | Event.LAPSED
    assert not [e.name for e in Event if not e & unknown_here and not seen & e]
    assert any((engine["welcome_left"] > 0).any() for engine, _ in lived)


def test_draws_are_the_engine_s_to_the_last_bit():
    who, item, seed = np.array([0, 7, 4_000_000_000]), np.array([[3], [2**31 - 1]]), 2**61 + 12_345
    drawn = uniforms(seed, who, 9, Purpose.CHOICE, item)
    for i, j in np.ndindex(2, 3):
        expected = one_by_one(seed, int(who[j]), 9, Purpose.CHOICE, int(item[i, 0]))
        assert tuple(float(lane[i, j]) for lane in drawn) == expected


def test_a_fork_goes_its_own_way(restless):
    first = vectorised(Market(restless, 200, seed=5)).population
    second = first.fork()
    second.columns().offer[:] = 0
    assert (first.columns().offer != 0).any()


def test_a_month_with_a_campaign_is_refused(restless):
    campaign = Campaign(name="gift", who=Who(), what=Treatment(discount_yuan=5, months=3))
    playing: dict[str, Strategy] = {"china_unicom": Turns([[StartCampaign(campaign)]])}
    market = vectorised(Market(restless, 200, seed=5).run(2).fork(playing))
    with pytest.raises(QuestionError, match="knows no campaigns"):
        market.run(6)
