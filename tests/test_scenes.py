"""Scene habits: drawn once, hidden from operators, seen as traces, and worth what they are."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from agents.actions import Campaign, StartCampaign, StartProgramme, Treatment, Who
from agents.behaviour.habits import has_habit
from agents.execution.programmes import sums_of
from agents.execution.scene_records import scene_records
from agents.market import Market
from agents.mechanisms.addon_settings import Addon, AddonSettings
from agents.mechanisms.creators import CreatorSettings
from agents.reference import plain_tables, reference_market
from agents.settings import MarketSettings
from experiments.runs.scheduled import Scheduled
from sim.errors import ActionError, QuestionError
from sim.vocabulary import SCENES, Measure, Scene
from strategies.registry import read
from strategies.toolkit import when

OURS, RIVAL = "china_mobile", "china_unicom"
EVERYBODY = ("personal", "household", "enterprise")
PACK = Addon(price_yuan=8, worth_yuan=12, customers=EVERYBODY, scene="gaming", known_share=1.0)
FREE = Addon(price_yuan=5, worth_yuan=0, customers=EVERYBODY, scene="video", zero_rated=True)
VIDEO = Addon(price_yuan=8, worth_yuan=8, customers=EVERYBODY, scene="video", known_share=1.0)


def with_scenes(restless: MarketSettings, habits: dict[str, float] | None = None, **fields: Any):
    """The restless market with scenes; `habits` go to every habit."""
    found = restless.scenes
    changed = {k: h.model_copy(update=habits or {}) for k, h in found.habits.items()}
    scenes = found.model_copy(update={"enabled": True, "habits": changed} | fields)
    return restless.model_copy(update={"scenes": scenes})


@pytest.fixture(scope="module")
def start(restless):
    return Market(with_scenes(restless), 1500, seed=4).run(3)


def sold(products: dict[str, Addon], **fields: Any) -> StartProgramme:
    settings = {"products": products, "notice_chance": 0.5} | fields
    return StartProgramme("addons", AddonSettings.model_validate(settings))


def plays(start: Market, *first: Any, **rivals: Any) -> Market:
    moves: dict[str, Any] = {OURS: Scheduled({0: list(first)})}
    return start.fork(moves | rivals)


def summed(market: Market, mechanism: str, operator: str = OURS) -> dict[str, int]:
    assert market.last_counters is not None
    return sums_of(market.last_counters, market.operator(operator).index, mechanism)


def mine(market: Market) -> np.ndarray:
    names = market.book.names
    ours = [row for row, name in enumerate(names) if name.startswith(f"{OURS}/")]
    return np.isin(market.population.columns().offer, ours)


def habit(market: Market, scene: int) -> np.ndarray:
    """Who has a habit, `[account]`: what no operator sees."""
    c, s = market.population.columns(), plain_tables(market.tables()).around
    people = zip(c.segment.tolist(), c.region.tolist(), strict=True)
    return np.array(
        [
            has_habit(s.seed, who, segment, s.regions[region].income, scene, s.habits[0])
            for who, (segment, region) in enumerate(people)
        ]
    )


def balanced(market: Market) -> bool:
    month = market.month - 1
    return sum(market.ledger.balance(name, month) for name in market.ledger.accounts) == 0


# --- habits ---------------------------------------------------------------------------------------


def test_engine_and_reference_agree_with_scenes(restless, traced, same):
    tell = StartCampaign(
        Campaign(
            name="tell",
            who=Who(conditions=(when("holds_video", "==", 0),), rank_by="scene_interest"),
            what=Treatment(shows_addons=True), scene="video", cooldown_months=1,
        )
    )  # fmt: skip

    def play(market: Market) -> list[dict[str, Any]]:
        ours = [
            sold({"free": FREE, "pack": PACK, "video": VIDEO}),
            StartProgramme("creators", CreatorSettings(pay_yuan=30)),
            tell,
        ]
        rivals: dict[str, Any] = {RIVAL: Scheduled({1: [sold({"free": FREE, "video": VIDEO})]})}
        return traced(plays(market, *ours, **rivals), 3)

    settings = with_scenes(restless)
    engine = play(Market(settings, 80, seed=11).run(1))
    same(engine, play(reference_market(settings, 80, seed=11).run(1)))
    assert (engine[-1]["state addons"] > 0).any()


def test_with_habits_and_nothing_sold_by_them_the_market_is_the_same(restless, traced):
    off = traced(Market(restless, 400, seed=5), 3)
    on = traced(Market(with_scenes(restless), 400, seed=5), 3)
    for one, other in zip(off, on, strict=True):
        for name in one.keys() - {"counted held"}:
            assert np.array_equal(one[name], other[name]), name
        assert not one["counted held"].size


def test_traffic_by_scene_adds_up_to_what_is_used(start):
    market = start.fork({}).run(1)
    sums = summed(market, "scenes")
    by_scene = sum(sums[f"scene_{scene}_mb"] for scene in SCENES)
    used = float(market.population.record.used_gb[mine(market)].sum()) * 1000.0
    assert by_scene == pytest.approx(used, rel=1e-3)


def test_traces_follow_habits_as_far_as_traffic_is_recognised(restless):
    def correlation(recognised: float) -> float:
        market = Market(with_scenes(restless, recognised=recognised), 900, seed=4).run(6)
        traces = scene_records(market, 0, 6)["trace_gaming"]
        there = mine(market) & ~np.isnan(traces)
        return float(np.corrcoef(habit(market, Scene.GAMING)[there], traces[there])[0, 1])

    assert correlation(0.9) > 0.6
    assert abs(correlation(0.0)) < 0.12


# --- tags against demographics --------------------------------------------------------------------


def precision(start: Market, target: str, months: int = 7, **fields: Any) -> tuple[float, int]:
    """Share of those told who have the habit, and how many were told."""
    plan = {
        "kind": "scene_campaign", "begin": "now", "products": {"pack": PACK.model_dump()},
        "scene": "gaming", "target": target, "learn_months": 2, "top_share": 0.1,
        "notice_chance": 0.3, "cooldown_months": 1, "monthly_budget_share": 0.01,
    }  # fmt: skip
    market = start.fork({OURS: read(plan | fields)})
    told = right = 0
    for _ in range(months):
        sums = summed(market.run(1), "scenes")
        told += sums["scene_contacts"]
        right += sums["scene_contacts_right"]
    assert balanced(market)
    return right / max(1, told), told


def test_tags_find_more_of_the_right_people_than_demographics(start):
    tags, told = precision(start, "tags")
    demographics, told_too = precision(start, "demographics")
    coin, _ = precision(start, "coin")
    assert told == pytest.approx(told_too, rel=0.15)
    assert tags > demographics + 0.15
    assert demographics > coin


def test_where_traces_are_noise_tags_are_worth_no_more(restless):
    noise = Market(with_scenes(restless, recognised=0.0), 1500, seed=4).run(3)
    tags, demographics = (precision(noise, target)[0] for target in ("tags", "demographics"))
    assert tags < demographics + 0.08


def test_where_everybody_has_the_habit_both_are_right(restless):
    alike = with_scenes(restless, {"young": 1.0, "middle": 1.0, "older": 1.0})
    settings = alike.scenes.habits["gaming"]
    one = dict.fromkeys(type(settings.by_segment).model_fields, 1.0)
    habits = {
        k: h.model_copy(
            update={"by_segment": settings.by_segment.model_copy(update=one), "income_power": 0.0}
        )
        for k, h in alike.scenes.habits.items()
    }
    alike = alike.model_copy(update={"scenes": alike.scenes.model_copy(update={"habits": habits})})
    market = Market(alike, 900, seed=4).run(3)
    assert precision(market, "tags")[0] == precision(market, "demographics")[0] == 1.0


def test_without_consent_nobody_is_told(restless):
    population = restless.population.model_copy(update={"consent": 0.0})
    shy = with_scenes(restless).model_copy(update={"population": population})
    market = Market(shy, 600, seed=4).run(3)
    assert precision(market, "tags")[1] == precision(market, "demographics")[1] == 0


def test_a_rule_over_traces_needs_a_scene_in_the_market(restless, start):
    rule = Campaign(
        name="rule", scene="video", who=Who(conditions=(when("trace_video", ">=", 0.5),)),
        what=Treatment(shows_addons=True),
    )  # fmt: skip
    market = plays(start, sold({"video": VIDEO}), StartCampaign(rule)).run(1)
    sums = summed(market, "scenes")
    assert sums["scene_contacts_right"] > 0.7 * sums["scene_contacts"] > 0
    with pytest.raises(ActionError, match=r"scene = 'video'.*market\.scenes\.enabled"):
        plays(Market(restless, 300, seed=4).run(1), StartCampaign(rule)).run(1)


# --- packs by scene -------------------------------------------------------------------------------


def test_a_pack_is_bought_by_who_has_the_habit(start):
    market = plays(start, sold({"pack": PACK}, notice_chance=1.0))
    sums = summed(market.run(2), "addons")
    assert sums["addon_held"] > 0
    market.run(1)
    buyers = mine(market) & ((market.population.columns().addons & 1) == 1)
    assert habit(market, Scene.GAMING)[buyers].mean() > 0.8
    assert habit(market, Scene.GAMING).mean() < 0.4


@pytest.mark.parametrize("product", [PACK, FREE])
def test_who_owns_the_like_gains_nothing(start, product):
    owned = product.model_copy(update={"owned_share": 1.0})
    market = plays(start, sold({"a": owned}, notice_chance=1.0)).run(3)
    assert summed(market, "addons")["addon_held"] == 0
    assert summed(plays(start, sold({"a": product})).run(3), "addons")["addon_held"] > 0


def test_zero_rated_video_adds_traffic_and_fills_the_network(start):
    free = FREE.model_copy(update={"price_yuan": 0.0})
    without = plays(start)
    with_it = plays(start, sold({"a": free}, notice_chance=1.0))
    ours = with_it.operator(OURS).index

    def counted(measure: Measure) -> list[int]:
        return [int(m.tallies[-1][ours, :, :, measure].sum()) for m in (without, with_it)]

    without.run(1)
    sums = summed(with_it.run(1), "addons")
    assert sums["addon_free_mb"] > sums["addon_more_mb"] > 0
    overage, spared = counted(Measure.OVERAGE_FEN)
    assert spared < overage
    assert with_it.quality[ours].sum() < without.quality[ours].sum()
    states = [m.population.columns() for m in (without, with_it)]
    alike = np.logical_and.reduce([mine(m) for m in (without, with_it)])
    for name in ("offer", "second"):
        alike &= np.equal(*(getattr(state, name) for state in states))
    used, more = (m.population.record.used_gb[alike] for m in (without, with_it))
    assert (more >= used - 1e-4).all()
    assert 0.0 < (more - used).sum() * 1000.0 <= 1.001 * sums["addon_more_mb"]
    assert balanced(with_it)


def test_who_has_data_to_spare_needs_no_zero_rating(restless):
    plenty = with_scenes(restless).model_dump()
    for operator in plenty["operators"].values():
        for plan in operator["plans"].values():
            plan["allowance_gb"] = 100_000.0
    market = Market(MarketSettings.model_validate(plenty), 600, seed=4).run(2)
    sums = summed(plays(market, sold({"a": FREE}, notice_chance=1.0)).run(2), "addons")
    assert sums["addon_held"] == sums["addon_more_mb"] == 0


# --- creators -------------------------------------------------------------------------------------


def paid(start: Market, pay_yuan: float = 40.0) -> Market:
    pay = StartProgramme("creators", CreatorSettings(pay_yuan=pay_yuan))
    return plays(start, sold({"video": VIDEO}), pay).run(5)


def test_paid_creators_make_the_video_pack_worth_more_and_watched_more(start):
    without, with_pay = plays(start, sold({"video": VIDEO})).run(5), paid(start)
    made = summed(with_pay, "creators")
    assert made["creators_active"] > made["creators_anyway"] > 0
    assert made["creators_paid_fen"] == 4000 * made["creators_active"]
    ours = with_pay.operator(OURS).index
    assert with_pay.tables().around.firms[ours].content_worth > 1.0
    held = [summed(m, "addons")["addon_held"] for m in (without, with_pay)]
    assert held[1] > held[0]
    assert summed(with_pay, "addons")["addon_more_mb"] > 0
    assert balanced(with_pay)


@pytest.mark.parametrize("cause", ["no creators", "no pay", "no taste for content"])
def test_without_its_cause_the_incentive_moves_no_viewer(restless, traced, cause):
    changes: dict[str, Any] = {}
    habits: dict[str, float] = {}
    if cause == "no creators":
        habits = {"young": 0.0, "middle": 0.0, "older": 0.0}
    if cause == "no taste for content":
        changes = {"content_worth": 0.0, "content_use": 0.0}
    market = Market(with_scenes(restless, habits, **changes), 600, seed=4).run(2)
    without, with_pay = (
        plays(market, sold({"video": VIDEO})).run(4),
        paid(market, 0.0 if cause == "no pay" else 40.0),
    )
    without.run(1)
    ours = with_pay.operator(OURS).index
    assert with_pay.tables().around.firms[ours].content_worth == 1.0
    assert summed(with_pay, "addons")["addon_more_mb"] == 0
    if cause != "no taste for content":  # there the paid themselves have a reason to stay
        assert np.array_equal(*(m.population.columns().addons for m in (without, with_pay)))
        assert without.ledger.postings() == with_pay.ledger.postings()


# --- playing --------------------------------------------------------------------------------------


def test_a_rival_can_play_all_of_it(start):
    video = {"video": VIDEO.model_dump()}
    theirs: Any = read({"kind": "creators", "begin": "now", "products": video, "pay_yuan": 40.0})
    tags: Any = read(
        {"kind": "scene_campaign", "begin": "now", "products": video, "target": "tags",
         "learn_months": 1, "monthly_budget_share": 0.01}
    )  # fmt: skip
    market = plays(start, sold({"free": FREE}), **{RIVAL: theirs, "china_telecom": tags}).run(4)
    assert summed(market, "creators", RIVAL)["creators_active"] > 0
    assert summed(market, "addons", RIVAL)["addon_held"] > 0
    assert summed(market, "scenes", "china_telecom")["scene_contacts"] > 0
    assert balanced(market)


def test_a_strategy_that_ends_puts_things_back(start):
    plan = {
        "kind": "scene_campaign", "begin": "now", "months": 3, "learn_months": 1,
        "products": {"pack": PACK.model_dump()}, "scene": "gaming",
    }  # fmt: skip
    market = start.fork({OURS: read(plan)}).run(2)
    view = market.operator(OURS).view()
    assert view.running == ("scene",)
    assert view.programmes == ("addons",)
    view = market.run(3).operator(OURS).view()
    assert view.running == view.programmes == ()


@pytest.mark.parametrize(
    "action", [sold({"pack": PACK}), StartProgramme("creators", CreatorSettings())]
)
def test_a_market_without_scenes_refuses_them(restless, action):
    with pytest.raises(ActionError, match=r"market\.scenes\.enabled must be true"):
        plays(Market(restless, 300, seed=4).run(1), action).run(1)


@pytest.mark.parametrize(
    ("products", "says"),
    [
        ({"a": {"price_yuan": 1.0, "worth_yuan": 1.0, "scene": "vidio"}}, "'video'"),
        ({"a": {"price_yuan": 1.0, "worth_yuan": 1.0, "zero_rated": True}}, "needs a scene"),
        (
            {
                k: {"price_yuan": 1.0, "worth_yuan": 1.0, "scene": "video", "zero_rated": True}
                for k in "ab"
            },
            "zero-rated twice",
        ),
    ],
)
def test_a_product_that_cannot_be_is_refused(products, says):
    with pytest.raises(QuestionError, match=says):
        read({"kind": "addons", "products": products})


def test_a_market_that_names_half_its_habits_is_refused(restless):
    data = restless.model_dump()
    data["scenes"]["enabled"] = True
    del data["scenes"]["habits"]["gaming"]
    with pytest.raises(ValidationError, match="must name gaming as well"):
        MarketSettings.model_validate(data)
