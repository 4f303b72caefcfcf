"""Calls that wake who does not use a line: by what they grant, until people have had enough."""

from typing import Any

import numpy as np
import pytest

from agents.actions import Campaign, StartCampaign, Treatment
from agents.market import Market
from agents.mechanisms.registry import OPTIONAL, measured
from agents.reference import reference_market
from agents.state import state_bytes
from experiments.runs.scheduled import Scheduled
from sim.errors import ActionError
from sim.vocabulary import Event, Measure
from strategies.registry import read

OURS, RIVAL = "china_unicom", "china_mobile"
CALLS: dict[str, Any] = {
    "kind": "ai_outbound", "begin": "now", "channel": "outbound_call", "silent_from_months": 1,
    "rest_months": 1, "monthly_budget_share": 1.0, "consent_only": False,
}  # fmt: skip
IDLE = {"falls_monthly": 0.05, "trouble_yuan": 10.0}
MONTHS = 10


def idle(settings: Any, **silence: Any) -> Any:
    return settings.model_copy(
        update={"silence": settings.silence.model_copy(update=IDLE | silence)}
    )


@pytest.fixture(scope="module")
def free(restless):
    """No consent is asked for, so that many are called in a small market."""
    rules = restless.regulator.model_copy(update={"consent_required": False})
    return restless.model_copy(update={"regulator": rules})


@pytest.fixture(scope="module")
def start(free):
    return Market(idle(free), 1500, seed=4).run(4)


def plays(start: Market, months: int = MONTHS, **fields: Any) -> Market:
    return start.fork({OURS: read(CALLS | fields)}).run(months)


def sums(market: Market, name: str = "outbound_calls", months: int = MONTHS) -> dict[str, int]:
    ours = market.operator(OURS).index
    held = [month[ours].sum(axis=(0, 1)) for month in market.held[-months:] if month.size]
    return {k: int(sum(h[place] for h in held)) for k, place in measured(name).items()}


@pytest.fixture(scope="module")
def called(start):
    return plays(start)


def test_engine_and_reference_agree_on_calls_and_all_levers(free, all_levers, traced, same):
    def play(market: Market) -> list[dict[str, Any]]:
        levers: Any = all_levers()
        both = {
            "kind": "portfolio", "monthly_budget_share": 1.0,
            "members": {"call": CALLS, "mend": {"kind": "proactive_repair", "from_risk": 0.0,
                        "begin": "now", "visits_share": 0.3, "predictor": "scorecard"}},
        }  # fmt: skip
        levers[RIVAL] = read(both)
        start: Any = read(both | {"monthly_budget_share": 0.5})
        levers[OURS].turns[3] = start.act(market.operator(OURS).view())
        return traced(market.fork(levers), 12)

    engine = play(Market(idle(free), 300, seed=11).run(1))
    same(engine, play(reference_market(idle(free), 300, seed=11).run(1)))
    for column in ("idle_months", "calls_heard", "opted_out", "line_sound"):
        assert any((month[f"state {column}"] > 0).any() for month in engine), column
    assert state_bytes(OPTIONAL) <= 128


def test_some_lines_are_not_used_yet_paid_for(start):
    market = start.fork({}).run(1)
    c, record = market.population.columns(), market.population.record
    idle_now = c.idle_months > 0
    assert 0.05 < idle_now.mean() < 0.5
    assert not record.used_gb[idle_now].any()
    assert (record.main_fen[idle_now] > 0).mean() > 0.9
    counted = market.tallies[-1].sum(axis=(0, 1, 2))
    assert counted[Measure.ACTIVE_LINES] <= counted[Measure.LINES] - idle_now.sum()


def test_where_lines_are_always_used_there_is_no_column_and_nobody_to_wake(free):
    market = Market(free, 600, seed=4).run(2)
    assert not len(market.population.columns().idle_months)
    counted = sums(plays(market, 4), months=4)
    assert not any(counted.values())


def test_who_wakes_was_granted_more_than_the_trouble(start, called):
    counted = sums(called)
    assert 0 < counted["calls_woken"] < counted["calls_reached"] < counted["calls_made"]
    richer = plays(start, gb=30.0, benefits=("video", "cloud"), benefit_months=12)
    assert sums(richer)["calls_woken"] > counted["calls_woken"]
    nothing = plays(start, gb=0.0, benefits=())
    assert sums(nothing)["calls_reached"] > 0
    assert sums(nothing)["calls_woken"] == 0


def test_a_benefit_that_all_own_wakes_nobody(free):
    settings = idle(free).model_copy(
        update={"behaviour": free.behaviour.model_copy(update={"overlap_cancel": 0.0})}
    )
    market = Market(settings, 900, seed=4)
    video = market.partner_names.index("video")
    market.population.columns().owned[:] |= 1 << video
    market.run(3)
    assert sums(plays(market, 6, gb=0.0), months=6)["calls_woken"] == 0
    assert sums(plays(market, 6, gb=0.0, discount_yuan=20.0), months=6)["calls_woken"] > 0


def test_the_woken_use_their_line_again(start, called):
    quiet = start.fork({}).run(MONTHS)
    assert sums(called, "silence")["idle_accounts"] < sums(quiet, "silence")["idle_accounts"]


def test_calls_weary(start):
    """With the same luck, who grows weary hears out fewer calls."""
    fresh = sums(plays(start, weariness=0.0, tolerance_calls=1000.0))
    weary = sums(plays(start, weariness=0.8, tolerance_calls=1000.0))
    assert weary["calls_woken"] < fresh["calls_woken"]


def test_more_calls_more_complaints_and_more_who_opt_out(start, called):
    rare = sums(plays(start, rest_months=6))
    often = sums(called)
    assert often["calls_annoyed"] > rare["calls_annoyed"]
    assert often["calls_complaints"] >= rare["calls_complaints"]
    assert often["calls_opted_out"] > rare["calls_opted_out"]


def test_who_opts_out_is_contacted_by_that_operator_no_more(start):
    everybody = Campaign(name="all", what=Treatment(gb=1.0, months=1), channel="outbound_call",
                         cooldown_months=0, consent_only=False)  # fmt: skip
    begins = read(CALLS | {"tolerance_calls": 0.0})
    view = start.fork({}).operator(OURS).view()
    market = start.fork({OURS: Scheduled({0: begins.act(view), 3: [StartCampaign(everybody)]})})
    market.run(3)
    ours = market.operator(OURS).index
    out = ((market.population.columns().opted_out >> ours) & 1).astype(bool)
    assert out.any()
    for _ in range(4):
        mine = np.array(market.book.operators)[market.population.columns().offer] == ours
        market.run(1)
        contacted = (market.population.record.events & Event.CONTACTED) != 0
        assert contacted[mine & ~out].any()
        assert not contacted[mine & out].any()
        now = ((market.population.columns().opted_out >> ours) & 1).astype(bool)
        assert (now | ~out).all(), "for good"
        out = now


def test_who_is_never_annoyed_never_opts_out(start, free):
    channels = {
        name: channel.model_copy(update={"irritation": 0.0})
        for name, channel in free.channels.items()
    }
    kind = free.model_copy(update={"channels": channels})
    market = plays(Market(idle(kind), 900, seed=4).run(3), 6, tolerance_calls=0.0)
    assert sums(market, months=6)["calls_reached"] > 0
    assert not market.population.columns().opted_out.any()


def test_where_nobody_consents_nobody_is_called(restless):
    population = restless.population.model_copy(update={"consent": 0.0})
    market = Market(idle(restless.model_copy(update={"population": population})), 600, seed=4)
    assert sums(plays(market.run(3), 4, consent_only=True), months=4)["calls_made"] == 0


def test_calls_need_their_programme(start):
    campaign = StartCampaign(Campaign(name="wake", when="silent"))
    with pytest.raises(ActionError, match="needs the programme 'outbound_calls'"):
        start.fork({OURS: Scheduled({0: [campaign]})}).run(1)
