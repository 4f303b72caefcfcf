"""What every test shares."""

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import settings

from agents.actions import (
    Action,
    AddBenefits,
    Advertise,
    Campaign,
    Condition,
    EndAlliance,
    Invest,
    Launch,
    ProposeAlliance,
    Reprice,
    StartCampaign,
    StopCampaign,
    Treatment,
    Welcome,
    Who,
    Withdraw,
)
from agents.market import Market
from agents.observation import OperatorView, Strategy
from agents.settings import MarketSettings
from sim.offers import Offer

os.environ.setdefault("MPLBACKEND", "Agg")

# The first call of a compiled kernel takes seconds, and a failure must come back when asked again.
settings.register_profile("counterplay", deadline=None, derandomize=True)
settings.load_profile("counterplay")

CHINA = Path(__file__).resolve().parents[1] / "conf" / "market" / "china_2024.yaml"

# People who look around often, answer calls and get angry, and lines that lapse: in a small market
# much must happen.
RESTLESS: dict[str, Any] = {
    "population": {"household": 0.295, "enterprise": 0.025},
    "channels": {
        "app": {"cost_yuan": 0.02, "reach": 0.9, "persuasion": 0.9, "irritation": 0.3},
        "outbound_call": {"cost_yuan": 1.5, "reach": 0.9, "persuasion": 0.9, "irritation": 0.3},
    },
    "regulator": {"review_price_drop": 0.3},
    "churn_monthly": 0.03,
    "life_cycle": {"chosen_share": 0.5},
    "behaviour": {"look_base": 0.15, "complaint_base": 0.02, "second_hassle_yuan": 1.0},
}


def _laid_over(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(base)
    for key, value in changes.items():
        merged[key] = _laid_over(base[key], value) if isinstance(value, dict) else value
    return merged


@pytest.fixture(scope="session")
def china() -> Callable[..., MarketSettings]:
    """The Chinese market, uncalibrated, with other values laid over it."""
    plain = yaml.safe_load(CHINA.read_text(encoding="utf-8"))["market"] | {"calibration": {}}
    plain["life_cycle"]["chosen_share"] = 1.0  # lines lapse where a test says so

    def build(*changes: dict[str, Any]) -> MarketSettings:
        data = plain
        for change in changes:
            data = _laid_over(data, change)
        return MarketSettings.model_validate(data)

    return build


@pytest.fixture(scope="session")
def restless(china: Callable[..., MarketSettings]) -> MarketSettings:
    """The Chinese market with people who never sit still."""
    return china(RESTLESS)


class Script:
    """A strategy that plays what is written, turn by turn, whatever it sees."""

    def __init__(self, turns: dict[int, list[Action]]) -> None:
        self.turns = turns
        self.turn = 0

    def act(self, view: OperatorView) -> list[Action]:
        self.turn += 1
        return list(self.turns.get(self.turn - 1, ()))


def _starts(name: str, who: Who, what: Treatment, **more: Any) -> StartCampaign:
    return StartCampaign(Campaign(name=name, who=who, what=what, **more))


def _only(field: str, comparison: str, value: float) -> Condition:
    return Condition.model_validate({"field": field, "is": comparison, "value": value})


def _attack() -> dict[int, list[Action]]:
    """The rival: cuts of every kind, some too deep for the regulator to wave through."""
    return {
        0: [
            Reprice("tier_m", 7_900),
            Reprice("value_card", 1_700),
            Reprice("tier_s", 4_400, regions=("beijing", "guangdong")),
            Reprice("tier_l", 100),
        ],
        1: [Welcome("tier_s", 1_000, 6), Advertise(0.4, 5, regions=("guangdong",))],
        2: [Advertise(0.5, 5), Invest("guangdong", 0.3), EndAlliance("cloud")],
        12: [Reprice("tier_m", 10_500), Withdraw("family_mobile")],
    }


def _answer() -> dict[int, list[Action]]:
    """The focal operator: every kind of campaign, offer, alliance and investment."""
    everything = Treatment(
        discount_yuan=5.0, discount_share=0.1, months=3, benefits=("video",), gb=8.0, pack_yuan=2.0,
        contract_months=6, care=0.5, credit_yuan=4.0,
    )  # fmt: skip
    persons = (_only("customer_class", "==", 0),)
    families = (_only("customer_class", "==", 1),)
    desk = Treatment(discount_yuan=25.0, months=12, contract_months=12, care=0.6, credit_yuan=10.0)
    bundle = Treatment(discount_yuan=15.0, months=6, invite_to="family_home", credit_yuan=2.0)
    back = Treatment(discount_yuan=30.0, months=6, credit_yuan=6.0)
    saved = Treatment(discount_yuan=8.0, months=6, care=0.9)
    fresh = Offer(
        price_yuan=25.0, allowance_gb=15.0, overage_yuan_per_gb=5.0, newcomers_only=True,
        welcome_discount_yuan=5.0, welcome_months=4, second_line=True, points_per_yuan=1.0,
    )  # fmt: skip
    return {
        0: [
            _starts("care", Who(conditions=persons), everything, cooldown_months=2),
            _starts("desk", Who(), desk, when="notice", channel="outbound_call"),
            _starts("bundle", Who(conditions=families), bundle, cooldown_months=1),
            _starts("snoop", Who(conditions=persons), everything, consent_only=False),
            ProposeAlliance("ride_hailing", 1_400, 1e7, exclusive=True),
            Launch("fresh", fresh, like="value_card"),
        ],
        1: [_starts("back", Who(customers="former"), back), Advertise(0.3, 5)],
        2: [AddBenefits("tier_l", ("ride_hailing",), extra_gb=10.0), Invest("beijing", 0.2)],
        6: [
            StopCampaign("care"),
            _starts("risk", Who(rank_by="churn_risk", top_share=0.5), saved, cooldown_months=1),
        ],
        10: [AddBenefits("tier_l", without=("ride_hailing",), extra_gb=-10.0)],
        14: [Withdraw("fresh"), StopCampaign("bundle")],
    }


@pytest.fixture(scope="session")
def all_levers() -> Callable[[], dict[str, Strategy]]:
    """Strategies that together pull every lever there is; new each time, since they count turns."""
    return lambda: {"china_mobile": Script(_attack()), "china_unicom": Script(_answer())}


def everything_of(market: Market) -> dict[str, Any]:
    """All that a month leaves behind: everybody's state and month, all counters, the ledger."""
    assert market.last_counters is not None
    parts = {
        "state": market.population.columns(),
        "record": market.population.record,
        "counted": market.last_counters,
    }
    found = {f"{kind} {k}": v.copy() for kind, p in parts.items() for k, v in p._asdict().items()}
    return found | {"ledger": market.ledger.postings(), "log": list(market.log)}


def assert_same(one: dict[str, Any], other: dict[str, Any], when: str = "") -> None:
    """Same numbers of the same kinds, to the last bit."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        if not isinstance(value, np.ndarray):
            assert value == other[name], f"{name} {when}"
            continue
        assert value.dtype == other[name].dtype, f"{name} {when}"
        assert value.shape == other[name].shape, f"{name} {when}"
        wrong = np.flatnonzero((value != other[name]).reshape(-1))
        assert not len(wrong), f"{name} {when} differs at {wrong[:5]} of {value.size}"


@pytest.fixture(scope="session")
def traced() -> Callable[[Market, int], list[dict[str, Any]]]:
    """Run a market and keep everything of every month."""
    return lambda market, months: [everything_of(market.run(1)) for _ in range(months)]


@pytest.fixture(scope="session")
def same() -> Callable[..., None]:
    """Assert that two traces are the same, month by month."""

    def check(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
        for month, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"in month {month}")

    return check
