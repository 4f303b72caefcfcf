"""The regulator's rules, each at the very figure where it begins to bite."""

from typing import Any

import mesa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.actions import (
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
from agents.regulator import Case, Regulator, judge
from agents.settings import RegulatorSettings
from sim.offers import Offer


def rules(**changes: Any) -> RegulatorSettings:
    figures = {
        "below_cost_margin": 1.0, "benefit_value_cap": 0.5, "review_months": 2,
        "review_price_drop": 0.3, "consent_required": True, "fine_yuan": 1_000_000,
    }  # fmt: skip
    return RegulatorSettings.model_validate({**figures, **changes})


def case(action: Any, **facts: Any) -> Case:
    """An offer at 100 yuan that costs 20 to serve, free of tax and benefits unless told."""
    known = {
        "cost_to_serve_fen": 2000, "old_price_fen": 10_000, "new_price_fen": 10_000,
        "benefit_retail_fen": 0, "vat_rate": 0.0,
    }  # fmt: skip
    return Case(action=action, operator="china_mobile", **{**known, **facts})


def launch(price_yuan: float, **facts: Any) -> Case:
    welcome = {key: facts.pop(key) for key in list(facts) if key.startswith("welcome")}
    offer = Offer(price_yuan=price_yuan, allowance_gb=10, **welcome)
    fen = round(price_yuan * 100)
    return case(Launch("new", offer, "tier_s"), old_price_fen=None, new_price_fen=fen, **facts)


def reprice(old: int, new: int, **facts: Any) -> Case:
    return case(Reprice("tier_s", new), old_price_fen=old, new_price_fen=new, **facts)


def campaign(*, consent_only: bool, **who: Any) -> Case:
    action = StartCampaign(Campaign(name="save", who=Who(**who), consent_only=consent_only))
    return case(action, old_price_fen=None, new_price_fen=None, cost_to_serve_fen=0)


RISKY = (Condition.model_validate({"field": "tenure", "is": ">", "value": 3.0}),)


# --- below cost -----------------------------------------------------------------------------------


def test_a_price_may_equal_the_cost_to_serve_but_not_undercut_it():
    assert judge(launch(21.20, vat_rate=0.06), rules()).decision == "pass"
    verdict = judge(launch(21.19, vat_rate=0.06), rules())
    assert verdict.decision == "reject"
    assert "19.99 yuan" in verdict.reason
    assert "20.00 yuan" in verdict.reason


def test_the_margin_multiplies_the_cost():
    assert (
        judge(launch(25, cost_to_serve_fen=2000), rules(below_cost_margin=1.25)).decision == "pass"
    )
    strict = judge(launch(25, cost_to_serve_fen=2000), rules(below_cost_margin=1.26))
    assert strict.decision == "reject"


@pytest.mark.parametrize(
    ("discount", "months", "decision"),
    [(10, 6, "pass"), (10.02, 6, "reject"), (5, 12, "pass"), (5, 36, "pass"), (5.01, 36, "reject")],
)
def test_a_launch_discount_counts_over_the_first_year(discount: float, months: int, decision: str):
    facts = {"welcome_discount_yuan": discount, "welcome_months": months}
    assert judge(launch(25, **facts), rules()).decision == decision


def test_a_welcome_discount_is_judged_like_a_price():
    dear = {"cost_to_serve_fen": 9000}
    assert judge(case(Welcome("tier_s", 2000, 6), **dear), rules()).decision == "pass"
    assert judge(case(Welcome("tier_s", 2002, 6), **dear), rules()).decision == "reject"


def test_a_standing_welcome_discount_counts_when_the_price_is_cut():
    facts = {"cost_to_serve_fen": 9000, "welcome_fen": 1000, "welcome_months": 6}
    assert judge(reprice(10_000, 9500, **facts), rules()).decision == "pass"
    assert judge(reprice(10_000, 9499, **facts), rules()).decision == "reject"


def test_more_benefits_at_the_same_price_can_push_it_below_cost():
    action = AddBenefits("tier_s", ("video",))
    assert judge(case(action, cost_to_serve_fen=10_000), rules()).decision == "pass"
    assert judge(case(action, cost_to_serve_fen=10_001), rules()).decision == "reject"


def test_a_price_below_cost_may_always_rise():
    assert judge(reprice(1000, 1100, benefit_retail_fen=5000), rules()).decision == "pass"
    assert judge(reprice(1000, 999), rules()).decision == "reject"
    smaller = case(
        Welcome("a", 100, 3), cost_to_serve_fen=20_000, welcome_fen=200, welcome_months=3
    )
    assert judge(smaller, rules()).decision == "pass"


# --- benefits -------------------------------------------------------------------------------------


def test_benefits_may_be_worth_the_cap_and_no_more():
    action = AddBenefits("tier_s", ("video",))
    assert judge(case(action, benefit_retail_fen=5000), rules()).decision == "pass"
    verdict = judge(case(action, benefit_retail_fen=5001), rules())
    assert verdict.decision == "reject"
    assert "50.01 yuan" in verdict.reason
    assert "50.00 yuan" in verdict.reason


def test_a_price_cut_can_make_benefits_too_large():
    assert judge(reprice(6000, 5000, benefit_retail_fen=2500), rules()).decision == "pass"
    assert judge(reprice(6000, 4999, benefit_retail_fen=2500), rules()).decision == "reject"


# --- review ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", [800, 1900, 2900, 5900, 9900, 12_900, 19_900, 1999])
def test_a_cut_by_the_limit_passes_and_a_fen_deeper_waits(old: int):
    new = int(old * 0.7 + 0.5)
    assert judge(reprice(old, new, cost_to_serve_fen=0), rules()).decision == "pass"
    verdict = judge(reprice(old, new - 1, cost_to_serve_fen=0), rules())
    assert (verdict.decision, verdict.months, verdict.fine_yuan) == ("delay", 2, 0.0)
    assert "30.0%" in verdict.reason


def test_a_deep_welcome_discount_waits_too():
    assert judge(case(Welcome("tier_s", 3000, 12)), rules()).decision == "pass"
    assert judge(case(Welcome("tier_s", 3001, 12)), rules()).decision == "delay"


def test_a_review_of_no_months_is_none():
    assert judge(reprice(10_000, 5000), rules(review_months=0)).decision == "pass"


def test_a_deep_cut_below_cost_is_rejected_not_delayed():
    assert judge(reprice(10_000, 1000), rules()).decision == "reject"


# --- consent --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [{"conditions": RISKY}, {"rank_by": "churn_risk"}])
def test_targeting_without_consent_is_rejected_and_fined(who: dict[str, Any]):
    verdict = judge(campaign(consent_only=False, **who), rules())
    assert (verdict.decision, verdict.fine_yuan) == ("reject", 1_000_000)
    assert "'save'" in verdict.reason
    assert "1,000,000 yuan" in verdict.reason
    assert judge(campaign(consent_only=True, **who), rules()).decision == "pass"
    assert (
        judge(campaign(consent_only=False, **who), rules(consent_required=False)).decision == "pass"
    )


def test_addressing_everybody_needs_no_consent():
    assert judge(campaign(consent_only=False), rules()).decision == "pass"


# --- everything else ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action",
    [
        Withdraw("tier_s"),
        StopCampaign("save"),
        EndAlliance("video"),
        ProposeAlliance("video", 700, 1e6),
        Invest("beijing", 0.1),
        Advertise(0.1, 50),
    ],
)
def test_what_changes_no_price_passes(action: Any):
    facts = {"cost_to_serve_fen": 10**6, "benefit_retail_fen": 10**6}
    assert judge(case(action, **facts), rules()).decision == "pass"


def test_a_campaign_without_a_posted_price_passes():
    action = StartCampaign(Campaign(name="gift", what=Treatment(discount_yuan=50, months=12)))
    unknown = case(action, old_price_fen=None, new_price_fen=None)
    assert judge(unknown, rules()).decision == "pass"


fen = st.integers(0, 50_000)


@given(fen, fen, fen, st.floats(0, 0.3), fen, st.integers(0, 36))
def test_a_dearer_price_is_never_treated_worse(
    old: int, one: int, cost: int, vat: float, discount: int, months: int
):
    severity = {"pass": 0, "delay": 1, "reject": 2}
    facts = {"cost_to_serve_fen": cost, "vat_rate": vat, "benefit_retail_fen": cost // 3}
    facts |= {"welcome_fen": discount, "welcome_months": months}
    cheap, dear = (judge(reprice(old, new, **facts), rules()) for new in (one, one + 50))
    assert severity[dear.decision] <= severity[cheap.decision]


@given(fen, fen, fen, fen)
def test_every_verdict_says_why_and_the_agent_says_the_same(
    old: int, new: int, cost: int, retail: int
):
    facts = reprice(old, new, cost_to_serve_fen=cost, benefit_retail_fen=retail)
    verdict = Regulator(mesa.Model(), rules()).judge(facts)
    assert verdict == judge(facts, rules())
    assert verdict.reason
    assert (verdict.months > 0) == (verdict.decision == "delay")
