"""Add-ons: bought for what they seem worth, kept for what they are, and left behind."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from agents.actions import (
    Action,
    Campaign,
    Reprice,
    StartCampaign,
    StartProgramme,
    StopProgramme,
    Treatment,
    Who,
)
from agents.execution.programmes import sums_of
from agents.market import Market
from agents.mechanisms.addon_settings import Addon, AddonSettings
from agents.mechanisms.addon_worth import plain_worth_yuan
from agents.mechanisms.addons import MEASURES
from agents.mechanisms.growth_points import GrowthSettings
from agents.mechanisms.registry import OPTIONAL
from agents.reference import plain_tables, reference_market
from agents.state import state_bytes
from experiments.runs.scheduled import Scheduled
from sim.errors import QuestionError
from sim.ledger import Flow
from sim.vocabulary import Event, Measure
from strategies.registry import read
from strategies.toolkit import when

NAME, OURS, RIVAL = "addons", "china_unicom", "china_mobile"
EVERYBODY = ("personal", "household", "enterprise")


def sold(products: dict[str, Addon], **fields: Any) -> StartProgramme:
    return StartProgramme(NAME, AddonSettings(products=products, notice_chance=1.0, **fields))


def plays(start: Market, *first: Action, **others: Sequence[Action]) -> Market:
    moves: dict[str, Any] = {OURS: Scheduled({0: list(first)})}
    moves |= {name: Scheduled({0: acts}) for name, acts in others.items()}
    return start.fork(moves)


HOME = {
    "hub": Addon(
        price_yuan=5, worth_yuan=4, customers=EVERYBODY, device_yuan=60, setup_yuan=30,
        cost_yuan=1, trial_months=1,
    ),
    "security": Addon(
        price_yuan=10, worth_yuan=15, needs="hub", customers=EVERYBODY, cost_yuan=3,
        trial_months=1, paid_to="merchants",
    ),
    "care": Addon(price_yuan=8, worth_yuan=12, needs="hub", customers=EVERYBODY, gb=3.0),
}  # fmt: skip
UNSURE = Addon(price_yuan=20, worth_yuan=20, worth_spread=1.0, known_share=0.0, caution=2.0)


@pytest.fixture(scope="module")
def start(restless):
    return Market(restless, 1500, seed=4).run(3)


def held(market: Market) -> np.ndarray:
    """Who pays for something, `[account]`."""
    c = market.population.columns()
    ours = np.isin(c.offer, [i for i, n in enumerate(market.book.names) if n.startswith(OURS)])
    return ((c.addons & ~c.addons_trial) != 0) & ours


def summed(market: Market) -> dict[str, int]:
    assert market.last_counters is not None
    return sums_of(market.last_counters, market.operator(OURS).index, NAME)


def test_engine_and_reference_agree_on_addons_and_all_levers(restless, all_levers, traced, same):
    def play(market: Market) -> list[dict[str, Any]]:
        levers: Any = all_levers()
        levers[OURS].turns[3] = [sold(HOME), StartProgramme("growth_points", GrowthSettings())]
        pack = Treatment(gb=5.0, pack_yuan=4.0, months=1, kind="data_pack")
        low = Who(conditions=(when("usage_forecast", ">=", 0.5),))
        levers[OURS].turns[4] = [
            StartCampaign(Campaign(name="pack", who=low, what=pack, when="running_low"))
        ]
        levers[RIVAL].turns[5] = [sold(HOME | {"unsure": UNSURE}, review_chance=0.5)]
        return traced(market.fork(levers), 10)

    engine = play(Market(restless, 250, seed=11).run(1))
    same(engine, play(reference_market(restless, 250, seed=11).run(1)))
    assert (engine[-1]["state addons"] > 0).any()
    assert any((month["state addons_trial"] > 0).any() for month in engine)


def test_while_they_are_off_there_is_no_column(start):
    columns = start.fork({}).run(1).population.columns()
    assert not len(columns.addons)
    assert not len(columns.addons_known)
    assert sum(c.nbytes for c in columns) == 1500 * state_bytes() <= 1500 * 64
    assert state_bytes(OPTIONAL) <= 128


def test_worth_nothing_nobody_buys_and_nothing_changes(start, traced):
    nothing = {"hub": Addon(price_yuan=1.0, worth_yuan=0.0, customers=EVERYBODY)}
    for one, other in zip(
        traced(plays(start), 6), traced(plays(start, sold(nothing)), 6), strict=True
    ):
        for name in one:
            if name not in ("log", "counted held") and not name.startswith("state addons"):
                assert np.array_equal(one[name], other[name]), name
        assert not other["state addons"].any()


def test_what_everybody_owns_nobody_buys(start):
    owned = {"hub": Addon(price_yuan=1.0, worth_yuan=50.0, owned_share=1.0)}
    assert not held(plays(start, sold(owned)).run(3)).any()
    some = {"hub": Addon(price_yuan=1.0, worth_yuan=50.0, owned_share=0.0)}
    assert held(plays(start, sold(some)).run(3)).any()


def test_a_trial_sells_to_those_it_suits_and_to_no_others(start):
    """Conversion is the share whose true worth exceeds the price, which nobody typed in."""
    tried = {"cloud": UNSURE.model_copy(update={"trial_months": 1})}
    market = plays(start, sold(tried, review_chance=0.0, trial_hassle_yuan=0.0)).run(2)
    sums = summed(market)
    decided = sums["addon_converted"] + sums["addon_rejected"]
    suits = 0.5 * math.erfc(0.5 / math.sqrt(2.0))  # P(worth > its mean) at a spread of 1
    assert decided > 100
    error = math.sqrt(suits * (1 - suits) / decided)
    assert sums["addon_converted"] / decided == pytest.approx(suits, abs=3 * error)
    m, c = plain_tables(market.tables()), market.population.columns()
    for who in np.flatnonzero(held(market))[:50]:
        terms = m.terms.addons[market.operator(OURS).index]
        assert plain_worth_yuan(m.around.seed, int(who), 0, terms, True) > UNSURE.price_yuan
        assert c.addons_known[who] == 1


def test_who_does_not_know_and_cannot_try_does_not_buy(start):
    assert not held(plays(start, sold({"cloud": UNSURE})).run(4)).any()
    bold = UNSURE.model_copy(update={"caution": 0.0, "price_yuan": 19.0})
    assert held(plays(start, sold({"cloud": bold})).run(4)).any()


def test_where_worth_is_known_a_trial_changes_nothing(start):
    known = UNSURE.model_copy(update={"known_share": 1.0})

    def buyers(trial_months: int) -> Market:
        product = known.model_copy(update={"trial_months": trial_months})
        return plays(start, sold({"cloud": product}, review_chance=0.0)).run(3)

    at_once, tried = buyers(0), buyers(1)
    same_plan = at_once.population.columns().offer == tried.population.columns().offer
    stayed = same_plan & (at_once.population.columns().tenure_months >= 3)
    assert np.array_equal(held(at_once)[stayed], held(tried)[stayed])
    assert held(at_once).any()


def lost(start: Market, products: dict[str, Addon]) -> int:
    """Lines that we lose in a year in which a rival attacks from month 6 on."""
    first = [sold(products)] if products else []
    moves: dict[str, Any] = {
        OURS: Scheduled({0: first}),
        RIVAL: Scheduled({6: [Reprice("tier_m", 7_900)]}),
    }
    return sum(start.fork(moves).run(12).operator(OURS).books.churned_lines[-12:])


def test_the_more_scenes_the_fewer_leave(start):
    hub = {"hub": HOME["hub"].model_copy(update={"price_yuan": 0.0, "trial_months": 0})}
    scene = Addon(price_yuan=5, worth_yuan=15, needs="hub", customers=EVERYBODY, known_share=1.0)
    many = hub | {f"scene_{i}": scene for i in range(6)}
    nothing, all_scenes = lost(start, {}), lost(start, many)
    assert all_scenes < lost(start, hub | {"scene_0": scene}) < nothing
    worthless = {k: v.model_copy(update={"worth_yuan": 0.0}) for k, v in many.items()}
    assert lost(start, worthless) == nothing


def test_scenes_go_with_the_hub_they_need(start):
    market = plays(start, sold(HOME)).run(8)
    c = market.population.columns()
    assert ((c.addons & 0b110) != 0).any()
    assert (c.addons[(c.addons & 0b110) != 0] & 1 == 1).all()


def test_who_leaves_leaves_everything_and_the_books_add_up(start):
    market = plays(start, sold(HOME)).run(8)
    ours = market.operator(OURS).index
    before = market.population.columns().addons.copy()
    market.run(1)
    record, columns = market.population.record, market.population.columns()
    gone = ((record.events & Event.LEFT) != 0) & (record.origin == ours)
    assert (before[gone] != 0).any()
    assert not columns.addons[gone].any()
    assert not columns.addons_known[gone].any()
    sums, month = summed(market), market.month - 1
    assert market.last_counters is not None
    packs = market.last_counters.measures[ours, :, :, Measure.PACK_FEN].sum()
    assert sums["addon_paid_fen"] == packs > 0
    assert market.ledger.paid(OURS, month)[Flow.WHOLESALE] >= sums["addon_merchants_fen"] > 0
    names = market.ledger.accounts
    assert sum(market.ledger.balance(name, month) for name in names) == 0


def test_attach_raises_what_a_customer_pays_without_a_price(start):
    def per_line(market: Market) -> float:
        books = market.operator(OURS).books
        return books.mobile_fen[-1] / books.lines[-1]

    assert per_line(plays(start, sold(HOME)).run(6)) > per_line(plays(start).run(6))


def test_a_catalogue_that_closes_is_held_by_nobody(start):
    moves: Any = Scheduled({0: [sold(HOME)], 4: [StopProgramme(NAME)]})
    market = start.fork({OURS: moves}).run(4)
    assert held(market).any()
    assert not market.run(2).population.columns().addons.any()


def test_two_operators_sell_the_same_service_to_the_same_tastes(start):
    market = plays(start, sold(HOME), **{RIVAL: [sold(HOME)]}).run(4)
    m = plain_tables(market.tables())
    ours, theirs = (m.terms.addons[market.operator(name).index] for name in (OURS, RIVAL))
    for k in range(3):
        mine, same = (
            plain_worth_yuan(m.around.seed, 7, k, terms, True) for terms in (ours, theirs)
        )
        assert mine == same


@pytest.mark.parametrize(
    ("products", "says"),
    [
        ({"a": {"price_yuan": 1.0, "worth_yuan": 1.0, "needs": "hub"}}, r"needs.*'hub'"),
        ({"a": {"price_yuan": 1.0, "worth_yuan": 1.0, "needs": "a"}}, "must be another one"),
        ({f"p{i}": {"price_yuan": 1.0, "worth_yuan": 1.0} for i in range(33)}, "at most 32"),
    ],
)
def test_a_catalogue_that_cannot_be_is_refused(products, says):
    with pytest.raises(QuestionError, match=says):
        read({"kind": "addons", "products": products})


def test_every_measure_is_counted(start):
    market = plays(start, sold(HOME, review_chance=0.5))
    totals: dict[str, int] = dict.fromkeys(MEASURES, 0)
    for _ in range(10):
        for name, value in summed(market.run(1)).items():
            totals[name] += value
    elsewhere = {"addon_direct_fen", "addon_reach_fen"}  # tests/test_platform.py
    elsewhere |= {"addon_dropped", "addon_free_mb", "addon_more_mb"}  # tests/test_scenes.py
    assert all(totals[name] > 0 for name in MEASURES if name not in elsewhere)
