"""Growth points bind whoever has had time to collect them, by their worth and by nothing else."""

from typing import Any

import numpy as np
import pytest

from agents.actions import Action, Reprice, StartProgramme, StopProgramme
from agents.execution.programmes import sums_of
from agents.market import Market
from agents.mechanisms.growth_points import GrowthSettings
from agents.mechanisms.registry import OPTIONAL, measured
from agents.reference import reference_market
from agents.state import state_bytes
from sim.errors import QuestionError
from sim.ledger import Flow
from sim.vocabulary import Event, Measure

NAME = "growth_points"
RICH = GrowthSettings(
    points_per_yuan=5, level_points=600, level_yuan=10, point_value_yuan=0.3, redeem_chance=0.2,
    redeem_from_points=100,
)  # fmt: skip
SLOW = GrowthSettings(
    points_per_yuan=1, level_points=300, level_yuan=20, point_value_yuan=0.2, redeem_chance=0.02,
)  # fmt: skip
"""A level takes about half a year: nobody has one who was told of it yesterday."""
WORTHLESS = RICH.model_copy(update={"level_yuan": 0.0, "point_value_yuan": 0.0})
OURS, RIVAL = "china_unicom", "china_mobile"


class Turns:
    """Plays what is written, month by month."""

    reads_customers = False

    def __init__(self, turns: dict[int, list[Action]]) -> None:
        self.turns = turns

    def act(self, view: Any) -> list[Action]:
        return self.turns.get(view.month, [])


def opened(month: int, terms: GrowthSettings = RICH) -> Turns:
    return Turns({month: [StartProgramme(NAME, terms)]})


def cut(month: int) -> Turns:
    return Turns({month: [Reprice("tier_m", 7_900), Reprice("tier_s", 4_000)]})


@pytest.fixture(scope="module")
def start(restless):
    return Market(restless, 900, seed=4).run(3)


def churned(market: Market, months: int) -> int:
    operator = market.operator(OURS)
    return sum(operator.books.churned_lines[-months:])


def test_engine_and_reference_agree_with_every_mechanism_on(restless, all_levers, traced, same):
    def play(market: Market) -> list[dict[str, Any]]:
        levers = all_levers()
        started: Any = levers[OURS]
        started.turns[3] = [StartProgramme(NAME, RICH.model_copy(update={"look_chance": 0.1}))]
        for turn in (0, 6):  # promises of three kinds side by side
            for number, action in enumerate(started.turns[turn]):
                if hasattr(action, "campaign"):
                    kind = ("promise", "care", "credit")[number % 3]
                    what = action.campaign.what.model_copy(update={"kind": kind})
                    named = action.campaign.model_copy(update={"what": what})
                    started.turns[turn][number] = type(action)(named)
        return traced(market.fork(levers), 24)

    engine = play(Market(restless, 600, seed=11).run(2))
    same(engine, play(reference_market(restless, 600, seed=11).run(2)))
    last = engine[-1]
    for column in ("growth_points", "growth_collected", "perk_1", "perk_2"):
        assert len(last[f"state {column}"]) == 600, column
    assert (last["state growth_points"] > 0).any()
    running = [(month["state perk"] >= 0) & (month["state perk_1"] >= 0) for month in engine]
    assert np.any(running), "promises of two kinds ran on one customer"
    counted = [m["counted held"].sum(axis=(0, 1, 2)) for m in engine if m["counted held"].size]
    assert np.sum(counted, axis=0)[list(measured(NAME).values())].all()


def test_while_it_is_off_there_is_no_column(start):
    columns = start.fork({}).run(1).population.columns()
    assert sum(c.nbytes for c in columns) == 900 * state_bytes() <= 900 * 64
    assert all(not len(getattr(columns, c)) for c in ("growth_points", "perk_1"))
    assert state_bytes(OPTIONAL) > state_bytes()


def test_points_worth_nothing_change_nothing_but_points(start, traced):
    free = WORTHLESS.model_copy(update={"point_cost_yuan": 0.0, "level_cost_yuan": 0.0})
    held = traced(start.fork({RIVAL: cut(0)}), 10)
    points = traced(start.fork({RIVAL: cut(0), OURS: opened(0, free)}), 10)
    for one, other in zip(held, points, strict=True):
        for name, value in one.items():
            if name in ("log", "counted held") or name.startswith("state growth"):
                continue
            assert np.array_equal(value, other[name]), name
    assert points[-1]["state growth_points"].sum() > 0


def test_they_bind_where_they_had_time_to_be_collected(start):
    def loss(programme: dict[str, Any]) -> int:
        return churned(start.fork({RIVAL: cut(12)} | programme).run(15), 3)

    early, late = opened(0, SLOW), opened(12, SLOW)
    nothing, before, after = loss({}), loss({OURS: early}), loss({OURS: late})
    assert before < nothing
    assert nothing - before > 2 * abs(nothing - after)


def test_who_leaves_forfeits_and_the_books_add_up(start):
    market = start.fork({RIVAL: cut(0), OURS: opened(0)}).run(8)
    ours = market.operator(OURS).index
    seen = market.population.columns().growth_points.copy()
    before = int(seen.sum())
    market.run(1)
    counters = market.last_counters
    assert counters is not None
    sums = [sums_of(counters, operator, NAME) for operator in range(len(market.operators))]
    gone = (market.population.record.events & Event.LEFT) != 0
    left_us = gone & (market.population.record.origin == ours)
    assert left_us.any()
    assert not market.population.columns().growth_points[left_us].any()
    total = {name: sum(s[name] for s in sums) for name in sums[0]}
    assert total["growth_balance"] == before + total["growth_earned"] - (
        total["growth_redeemed"] + total["growth_lapsed"]
    )
    points = market.ledger.paid(OURS, market.month - 1)[Flow.POINTS]
    loyalty = counters.measures[ours].sum(axis=(0, 1))[Measure.POINTS_REDEEMED]
    each = market.settings.behaviour.point_value_yuan
    bought = round(sums[ours]["growth_redeemed"] * RICH.point_cost_yuan * 100)
    assert points == pytest.approx(bought + round(float(loyalty) * each * 100), abs=1)
    assert bought > 0


def test_a_balance_can_make_people_look(start):
    looking = RICH.model_copy(update={"look_chance": 1.0, "redeem_chance": 0.0})
    calm, restless = (
        start.fork({OURS: opened(0, terms)}).run(6)
        for terms in (looking.model_copy(update={"look_chance": 0.0}), looking)
    )
    looked = [m.tallies[-1][m.operator(OURS).index, :, :, Measure.LOOKED].sum()
              for m in (calm, restless)]  # fmt: skip
    assert looked[1] > 1.5 * looked[0]


def test_a_programme_that_ends_binds_nobody(start, traced, same):
    turns = Turns({0: [StartProgramme(NAME, RICH)], 1: [StopProgramme(NAME)]})
    market = start.fork({OURS: turns}).run(4)
    assert market.programmes.names(market.operator(OURS).index) == ()
    assert market.operator(OURS).view().programmes == ()


def test_a_mechanism_that_nobody_knows_is_refused(start):
    with pytest.raises(QuestionError, match=r"'growth' cannot be .*, growth_points"):
        start.fork({OURS: Turns({0: [StartProgramme("growth", RICH)]})}).run(1)
