"""A platform without lines: it wins homes' scenes, never a line, and loosens what bundles bind."""

from typing import Any

import numpy as np
import pytest

from agents.actions import Reprice, StartProgramme, StopProgramme
from agents.execution.programmes import sums_of
from agents.market import Market
from agents.mechanisms.addon_settings import Addon, AddonSettings
from agents.mechanisms.growth_points import GrowthSettings
from agents.reference import reference_market
from agents.settings import MarketSettings
from experiments.question.compose import compose, question_of
from experiments.question.resolve import read_question
from experiments.runs.scheduled import Scheduled
from sim.errors import ActionError, QuestionError
from sim.ledger import SUBSCRIBERS, Flow
from strategies.registry import read

NAME, OURS, RIVAL, FIRM = "addons", "china_unicom", "china_mobile", "internet_firm"
EVERYBODY = ("personal", "household", "enterprise")
FIELDS = ("platform_addons", "platform_known", "platform_trial", "platform_trial_left")
HOME = {
    "hub": Addon(
        price_yuan=5, worth_yuan=4, customers=EVERYBODY, device_yuan=60, setup_yuan=30,
        cost_yuan=1, trial_months=1,
    ),
    "security": Addon(
        price_yuan=10, worth_yuan=15, needs="hub", customers=EVERYBODY, cost_yuan=3,
        trial_months=1, paid_to="merchants",
    ),
    "care": Addon(price_yuan=8, worth_yuan=12, needs="hub", customers=EVERYBODY),
}  # fmt: skip


def at(price: float, **fields: Any) -> dict[str, Addon]:
    """The same services at a share of the price."""
    return {
        name: one.model_copy(update={"price_yuan": price * one.price_yuan, **fields})
        for name, one in HOME.items()
    }


def sells(products: dict[str, Addon], **fields: Any) -> StartProgramme:
    return StartProgramme(NAME, AddonSettings(products=products, notice_chance=0.5, **fields))


def plays(start: Market, **moves: Any) -> Market:
    """What each operator does, by month."""
    return start.fork({name: Scheduled(turns) for name, turns in moves.items()})


@pytest.fixture(scope="module")
def with_platform(restless) -> MarketSettings:
    market = restless.model_dump()
    market["operators"][FIRM] = {"label": "Internet firm", "platform": True}
    return MarketSettings.model_validate(market)


@pytest.fixture(scope="module")
def start(with_platform) -> Market:
    return Market(with_platform, 1200, seed=4).run(2)


def sums(market: Market, operator: str) -> dict[str, int]:
    assert market.last_counters is not None
    return sums_of(market.last_counters, market.operator(operator).index, NAME)


def test_engine_and_reference_agree(with_platform, all_levers, traced, same):
    def play(market: Market) -> list[dict[str, Any]]:
        levers: Any = all_levers()
        levers[OURS].turns[1] = [sells(HOME), StartProgramme("growth_points", GrowthSettings())]
        levers[FIRM] = Scheduled({3: [sells(at(0.5, reach_yuan=1.0))], 6: [sells(at(1.1))]})
        return traced(market.fork(levers), 8)

    engine = play(Market(with_platform, 200, seed=11).run(1))
    same(engine, play(reference_market(with_platform, 200, seed=11).run(1)))
    assert (engine[-1]["state platform_addons"] > 0).any()
    assert (engine[-1]["state addons"] > 0).any()


def test_that_there_is_a_platform_which_sells_nothing_changes_nothing(
    restless, with_platform, traced
):
    def months(settings: MarketSettings) -> list[dict[str, Any]]:
        market = Market(settings, 400, seed=4)
        return traced(market.fork({OURS: Scheduled({0: [sells(HOME)]})}), 4)

    for one, other in zip(months(restless), months(with_platform), strict=True):
        for name in one:
            if name.startswith(("state", "record")):
                assert np.array_equal(one[name], other[name]), name
        assert not any(len(other[f"state {name}"]) for name in FIELDS)


def test_a_hub_that_nobody_wants_changes_nothing(start, traced):
    unwanted = {name: one.model_copy(update={"worth_yuan": 0.0}) for name, one in at(1.0).items()}
    moves = {OURS: {0: [sells(HOME)]}}
    without = traced(plays(start, **moves), 5)
    beside = traced(plays(start, **moves, **{FIRM: {0: [sells(unwanted)]}}), 5)
    for one, other in zip(without, beside, strict=True):
        for name in one:
            if name not in ("log", *(f"state {field}" for field in FIELDS)):
                assert np.array_equal(one[name], other[name]), name


def test_it_takes_scenes_and_no_line_is_ever_its(start):
    ours = {OURS: {0: [sells(HOME)]}}
    alone = plays(start, **ours).run(8)
    beside = plays(start, **ours, **{FIRM: {1: [sells(at(0.3))]}}).run(8)
    assert sums(beside, FIRM)["addon_held"] > 100
    assert sums(beside, OURS)["addon_held"] < 0.7 * sums(alone, OURS)["addon_held"]
    assert not any(beside.operator(FIRM).books.lines)
    assert not any(moves[:, beside.operator(FIRM).index].any() for moves in beside.moves)
    lines = [sum(o.books.lines[-1] for o in market.operators) for market in (alone, beside)]
    assert lines[0] == pytest.approx(lines[1], rel=0.02)  # second SIMs come and go


def test_the_dearer_it_is_the_less_it_takes(start):
    def taken(price: float) -> list[int]:
        moves = {OURS: {0: [sells(HOME)]}, FIRM: {0: [sells(at(price))]}}
        market = plays(start, **moves).run(6)
        return [sums(market, name)["addon_held"] for name in (FIRM, OURS)]

    free, same_price, dear = taken(0.0), taken(1.0), taken(4.0)
    assert free[0] > same_price[0] > dear[0]
    assert free[1] < same_price[1] < dear[1]


def lost(start: Market, products: dict[str, Addon], platform: dict[str, Addon]) -> int:
    """Lines that we lose in eight months in which a rival attacks from the third on."""
    moves: dict[str, Any] = {RIVAL: {3: [Reprice("tier_m", 6_900), Reprice("family_home", 9_900)]}}
    if products:
        moves[OURS] = {0: [sells(products)]}
    if platform:
        moves[FIRM] = {0: [sells(platform)]}
    return sum(plays(start, **moves).run(8).operator(OURS).books.churned_lines[-8:])


def test_who_gets_scenes_elsewhere_is_bound_less(start):
    scenes = {
        name: one.model_copy(update={"worth_yuan": 3 * one.worth_yuan, "known_share": 1.0})
        for name, one in HOME.items()
    }
    cheap = {name: one.model_copy(update={"price_yuan": 0.5}) for name, one in scenes.items()}
    nothing: dict[str, Addon] = {}
    bound = lost(start, nothing, nothing) - lost(start, scenes, nothing)
    beside = lost(start, nothing, cheap) - lost(start, scenes, cheap)
    assert bound > 0
    assert beside < 0.5 * bound
    assert lost(start, nothing, cheap) == lost(start, nothing, nothing)  # it binds nobody itself


def test_what_it_sells_stays_when_the_operator_changes(start):
    market = plays(start, **{FIRM: {0: [sells(at(0.3))]}}).run(4)
    before = market.population.columns().platform_known.copy()
    market.run(1)
    record, after = market.population.record, market.population.columns().platform_known
    gone = (record.origin != market.population.columns().seen_operator) & (before != 0)
    assert gone.any()
    assert ((after & before) == before)[gone].all()


def test_it_is_paid_beside_the_bill_and_the_books_add_up(start):
    market = plays(start, **{OURS: {0: [sells(HOME)]}, FIRM: {0: [sells(at(0.5, reach_yuan=1.0))]}})
    market.run(6)
    month, found = market.month - 1, sums(market, FIRM)
    got = market.ledger.received(FIRM, month)
    assert got[Flow.DIRECT_SALES] == found["addon_direct_fen"] > 0
    assert got[Flow.REACH] == found["addon_reach_fen"] > 0
    assert market.ledger.paid(FIRM, month)[Flow.TAX] > 0
    assert Flow.MOBILE not in {f for f, fen in got.items() if fen}
    assert sum(market.ledger.balance(name, month) for name in market.ledger.accounts) == 0
    assert SUBSCRIBERS in market.ledger.accounts


def test_when_it_closes_nobody_holds_anything_of_it(start):
    moves = {FIRM: {0: [sells(at(0.3))], 4: [StopProgramme(NAME)]}}
    market = plays(start, **moves).run(4)
    assert market.population.columns().platform_addons.any()
    assert not market.run(2).population.columns().platform_addons.any()


def test_its_prices_move_and_who_came_for_nothing_goes(start):
    products = {k: v.model_dump() for k, v in at(2.0).items()}
    free = {"kind": "addons", "begin": "now", "notice_chance": 0.5, "products": products}
    opening = {"opening_months": 5, "opening_price_share": 0.0}
    market = start.fork({FIRM: read(free | opening)}).run(5)
    then = sums(market, FIRM)
    later = sums(market.run(5), FIRM)
    assert then["addon_direct_fen"] == 0 < later["addon_direct_fen"]
    assert later["addon_held"] < then["addon_held"]


def test_what_a_platform_cannot_do_is_refused(start):
    data = Addon(price_yuan=1, worth_yuan=9, gb=3.0)
    for action, says in (
        (sells({"data": data}), "gb = 3: must be 0"),
        (StartProgramme("growth_points", GrowthSettings()), "can sell add-ons"),
        (Reprice("tier_m", 100), "platform without lines"),
    ):
        with pytest.raises(ActionError, match=says):
            plays(start, **{FIRM: {0: [action]}}).run(1)


def test_the_market_with_a_platform_is_played_as_it_stands():
    composed = compose(["market=china_2024_platform"])
    config, question = composed.config, question_of(composed)
    assert question.market.operators[FIRM].platform
    assert question.rivals[FIRM]["kind"] == NAME
    cuts = config | {"rivals": config["rivals"] | {FIRM: {"kind": "price_cut", "depth": 0.2}}}
    with pytest.raises(QuestionError, match="platform without lines"):
        read_question(cuts)
    with pytest.raises(QuestionError, match="focal = internet_firm"):
        read_question(config | {"focal": FIRM})
    two = question.market.model_dump()
    two["operators"]["other"] = two["operators"][FIRM]
    with pytest.raises(ValueError, match="at most one"):
        MarketSettings.model_validate(two)
