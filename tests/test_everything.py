"""Every optional mechanism at once: engine and reference live the same, and the books balance."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import sim.draws
from agents.life_cycle import LifeCycleSettings
from agents.market import Market
from agents.mechanisms.registry import OPTIONAL, measured
from agents.reference import reference_market
from agents.state import STATE, state_bytes
from experiments.question.files import OUR_FILES
from experiments.studies.bench.everything import FIRM, with_everything
from sim.vocabulary import Event, Measure
from strategies.registry import read

OURS, RIVAL = "china_unicom", "china_mobile"
MONTHS = 24
EAGER: dict[str, dict[str, Any]] = {
    "proactive_repair": {"from_risk": 0.0, "visits_share": 0.3, "predictor": "scorecard"},
    "churn_warning": {"predictor": "scorecard"},
    "ai_outbound": {
        "channel": "outbound_call", "silent_from_months": 1, "rest_months": 1,
        "consent_only": False,
    },
    "station_watch": {"station_from_risk": 0.0, "crews": 5, "station_predictor": "scorecard"},
    "tags": {"learn_months": 2, "channel": "app"},
    "data_pack": {"from_share": 0.5},
}  # fmt: skip
"""What must be asked for so that all of it happens to six hundred accounts."""
KEPT: dict[str, tuple[str, ...]] = {
    "value_bundle": ("security_kit",),
    "scene_packs": ("commute",),
    "zero_rated_video": ("zero_rated_video",),
    "creator_incentive": ("video_pack",),
    "smart_home": ("hub", "security"),
    "tags": ("creator_pack",),
}
"""Products that are sold: of each sort one, since the reference takes its time over each."""


SLOW = ("value_bundle", "scene_packs", "zero_rated_video", "tags")
"""Left out by the rival for the same reason."""


def playbook(*without: str) -> Any:
    """The whole playbook with members that do much, and without some."""
    members: dict[str, Any] = {}
    for name, one in OUR_FILES.read("strategy/whole_playbook").data["members"].items():
        if name in without:
            continue
        members[name] = one | EAGER.get(name, {})
        if name in KEPT:
            sold = {k: v for k, v in one["products"].items() if k in KEPT[name]}
            members[name] |= {"products": sold, "notice_chance": 0.4}
        if "monthly_budget_share" in one:
            members[name] |= {"monthly_budget_share": 0.5}
    return read({"kind": "portfolio", "members": members, "monthly_budget_share": 1.0})


@pytest.fixture(scope="module")
def settings(restless):
    """No consent is asked for, so that many are spoken to; lines lapse, and young people call."""
    rules = restless.regulator.model_copy(update={"consent_required": False})
    silence = restless.silence.model_copy(update={"falls_monthly": 0.04})
    outages = restless.outages.model_copy(update={"monthly": 0.05})
    assert restless.life_cycle != LifeCycleSettings()
    changes = {"regulator": rules, "silence": silence, "outages": outages}
    return with_everything(restless.model_copy(update=changes))


def played(market: Market) -> Market:
    firm = {"begin": "now", "notice_chance": 0.4}
    hub: Any = dict(OUR_FILES.read("rival/platform_hub").data) | firm
    return market.run(1).fork({OURS: playbook(), RIVAL: playbook(*SLOW), FIRM: read(hub)})


@pytest.fixture(scope="module")
def engine(settings, traced):
    market = played(Market(settings, 600, seed=11))
    return market, traced(market, MONTHS)


def test_engine_and_reference_agree_with_every_optional_mechanism_on(
    settings, engine, traced, same, monkeypatch
):
    remembered = lru_cache(maxsize=1 << 20)(sim.draws.philox)  # lasting draws are asked each month
    monkeypatch.setattr(sim.draws, "philox", remembered)
    same(engine[1], traced(played(reference_market(settings, 600, seed=11)), MONTHS))


def test_all_of_them_are_on_and_each_did_something(engine):
    market, months = engine
    assert market.programmes.mask() == (1 << len(OPTIONAL)) - 1
    counted = np.sum([month["counted held"].sum(axis=(0, 1, 2)) for month in months], axis=0)
    silent = {name for name in OPTIONAL if not any(counted[list(measured(name).values())])}
    assert silent <= {"further_promises", "platform_addons", "silence", "station_watch"}
    held = {name for name in STATE if any((month[f"state {name}"] != 0).any() for month in months)}
    assert {"addons", "platform_addons", "idle_months", "calls_heard", "line_sound"} <= held
    assert all(len(column) for column in market.population.columns())
    stations = market.stations.tallies[market.operator(OURS).index]
    assert sum(month.crews for month in stations) > 0
    events = np.bitwise_or.reduce([np.bitwise_or.reduce(m["record events"]) for m in months])
    assert events & Event.LEFT
    packs = sum(month["counted measures"][..., Measure.PACK_FEN].sum() for month in months)
    assert packs > 0


def test_money_is_conserved_and_nothing_is_refused_without_a_reason(engine):
    market, _ = engine
    for month in range(market.month):
        assert sum(market.ledger.balance(name, month) for name in market.ledger.accounts) == 0
    assert not [entry for entry in market.log if entry.outcome == "refused"]


def test_state_stays_within_its_bounds():
    everything = {s.dtype for s in STATE.values()}
    assert everything
    assert state_bytes() <= 64
    assert state_bytes(OPTIONAL) == sum(np.dtype(s.dtype).itemsize for s in STATE.values()) <= 128
