from dataclasses import replace
from typing import Any

import pytest

from agents.actions import (
    AddBenefits,
    Advertise,
    EndAlliance,
    Launch,
    ProposeAlliance,
    Reprice,
    StartCampaign,
    StopCampaign,
    Welcome,
    Withdraw,
)
from agents.causes import ENDED
from sim.errors import QuestionError
from strategies import registry
from strategies.toolkit import floor_fen

OURS = ("match_price", "fighting_brand", "bundle_benefits", "retention", "convergence")


QUIET: dict[str, dict[str, Any]] = {
    "price_cut": {"advert_reach": 0.0},
    "match_price": {"advert_reach": 0.0},
    "bundle_benefits": {"partners": ["video", "ecommerce"], "bundle_premium_yuan": 10.0},
}


def build(kind: str, parameters: dict[str, Any]) -> Any:
    """A strategy; not advertised, and with the small view_at's partners, unless said."""
    return registry.build(kind, QUIET.get(kind, {}) | parameters)


def kinds(actions):
    return [type(action) for action in actions]


def play(strategy, months, view_at, carry_out, theirs, allied=("video",)):
    """Actions by month, each carried out at once."""
    view = view_at(allied=allied)
    record = []
    for month in range(months):
        view = replace(view_at(month, view.offers, theirs(month), allied=allied))
        actions = strategy.act(view)
        record.append(actions)
        view = carry_out(view, actions)
    return record, view


@pytest.mark.parametrize("kind", OURS)
def test_a_response_waits_until_the_rivals_cut_is_seen(kind, view_at, cheaper):
    strategy = build(kind, {"begin": "when_rival_cuts"})
    assert strategy.act(view_at(0)) == []
    assert strategy.act(view_at(1)) == []
    assert strategy.act(view_at(2, theirs=cheaper("them", 0.98))) == []
    assert strategy.act(view_at(3, theirs=cheaper("them", 0.7))) != []


@pytest.mark.parametrize("kind", OURS)
def test_a_response_may_be_slow(kind, view_at, cheaper):
    strategy = build(kind, {"begin": "when_rival_cuts", "delay_months": 2})
    acted = [bool(strategy.act(view_at(m, theirs=cheaper("them", 0.7)))) for m in range(4)]
    assert acted[:2] == [False, False]
    assert acted[2]


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind != "match_price"])
def test_a_programme_may_begin_at_once(kind, view_at):
    assert build(kind, {"begin": "now"}).act(view_at(0)) != []


def test_matching_follows_the_share_asked_for_and_restores(view_at, cheaper, carry_out):
    match = build("match_price", {"follow": 0.5, "months": 3})
    record, after = play(match, 8, view_at, carry_out, lambda m: cheaper("them", 0.7 if m else 1))
    first = {a.offer: a.price_fen for a in record[1]}
    assert first == {o.name: round(o.price_fen[0] * 0.85) for o in view_at().offers}
    assert [bool(actions) for actions in record] == [m in {1, 4} for m in range(8)]
    assert after.offers == view_at().offers


def test_matching_follows_the_rival_back_up(view_at, cheaper, carry_out):
    match = build("match_price", {})
    _, after = play(match, 6, view_at, carry_out, lambda m: cheaper("them", 0.7 if m < 3 else 1))
    assert after.offers == view_at().offers


def test_matching_stays_with_the_tier_and_plans_that_were_attacked(view_at, cheaper):
    view = view_at(1, theirs=cheaper("them", tier_m=0.7))
    assert {a.offer for a in build("match_price", {}).act(view)} == {"us/tier_m"}
    assert build("match_price", {"plans": ["tier_s"]}).act(view) == []
    assert build("match_price", {"customers": ["household"]}).act(view) == []


def test_matching_stops_at_cost(view_at, cheaper, carry_out):
    view = view_at(1, theirs=cheaper("them", 0.01))
    after = carry_out(view, build("match_price", {}).act(view))
    assert all(o.price_fen[0] == floor_fen(o.offer, view) for o in after.offers)


def test_matching_answers_a_discount_for_newcomers_in_kind(view_at, cheaper):
    theirs = tuple(
        replace(o, welcome_fen=o.price_fen[0] // 5, welcome_months=12) for o in cheaper("them")
    )
    match = build("match_price", {"months": 2})
    actions = match.act(view_at(1, theirs=theirs))
    assert set(kinds(actions)) == {Welcome}
    over = [match.act(view_at(m, theirs=theirs)) for m in (2, 3)]
    assert over[0] == []
    assert all(a.discount_fen == 0 for a in over[1])


def test_a_plan_we_do_not_have_is_refused(view_at, cheaper):
    for kind, parameters in (
        ("match_price", {"plans": ["tier_x"]}),
        ("fighting_brand", {"like": "tier_x"}),
        ("convergence", {"bundle": "tier_x"}),
        ("bundle_benefits", {"plans": ["tier_x"]}),
    ):
        with pytest.raises(QuestionError, match=r"us's plan 'tier_x' does not exist.*tier_s"):
            build(kind, parameters).act(view_at(1, theirs=cheaper("them", 0.7)))


def test_the_fighting_brand_undercuts_the_plan_that_was_cut(view_at, cheaper, carry_out):
    brand = build(
        "fighting_brand", {"discount": 0.1, "months": 6, "advert_months": 2, "open_to_own": False}
    )
    theirs = cheaper("them", 0.7)
    record, _ = play(brand, 10, view_at, carry_out, lambda _: theirs)
    launch = record[0][0]
    assert isinstance(launch, Launch)
    assert launch.offer.price_yuan == pytest.approx(59 * 1.05 * 0.7 * 0.9, abs=0.01)
    assert launch.offer.benefits == ()
    assert launch.offer.newcomers_only
    assert launch.offer.brand_distance_yuan == 6.0
    assert [m for m, actions in enumerate(record) if Advertise in kinds(actions)] == [2, 3]
    assert record[6] == [Withdraw("us/sub_brand", ENDED)]


def test_benefits_come_with_alliances_and_without_a_price_cut(view_at, cheaper, carry_out):
    bundle = build("bundle_benefits", {"partners": ["ecommerce", "video"], "months": 8})
    theirs = cheaper("them", 0.7)
    view = view_at(1, theirs=theirs, allied=("video",))
    first = bundle.act(view)
    proposals = [a for a in first if isinstance(a, ProposeAlliance)]
    assert [(a.partner, a.wholesale_fen) for a in proposals] == [("ecommerce", 400)]
    added = {a.offer: (a.benefits, a.extra_gb) for a in first if isinstance(a, AddBenefits)}
    assert added["us/tier_m"] == ((), 10.0)
    assert added["us/tier_s"] == (("video",), 10.0)
    assert added["us/family_home"] == (("video",), 10.0)
    assert [a.plan for a in first if isinstance(a, Launch)] == ["benefit_bundle"]
    view = carry_out(view, first)
    second = bundle.act(view_at(2, view.offers, theirs, allied=("video", "ecommerce")))
    assert {a.offer for a in second if isinstance(a, AddBenefits)} == {
        "us/tier_m",
        "us/family_home",
    }, "37 yuan of benefits exceed half of tier_s"
    assert not [a for a in first + second if isinstance(a, Reprice | Welcome)]
    view = carry_out(view_at(2, view.offers, theirs, allied=("video", "ecommerce")), second)
    last = bundle.act(view_at(9, view.offers, theirs, allied=("video", "ecommerce")))
    assert EndAlliance("ecommerce", ENDED) in last
    assert Withdraw("us/benefit_bundle", ENDED) in last
    back = {o.name: o.offer.allowance_gb for o in carry_out(view, last).offers}
    assert all(back[o.name] == o.offer.allowance_gb for o in view_at().offers)


def test_an_unknown_partner_is_refused(view_at):
    with pytest.raises(QuestionError, match=r"partner 'vidio'.*did you mean 'video'"):
        build("bundle_benefits", {"begin": "now", "partners": ["vidio"]}).act(view_at())


def test_retention_decides_by_cause_within_its_budget(view_at):
    keep = build("retention", {"begin": "now", "monthly_budget_share": 0.01, "months": 6})
    campaigns = {a.campaign.name: a.campaign for a in keep.act(view_at())}
    assert list(campaigns) == ["price", "complaint", "repair", "renewal", "save_desk"]
    revenue_yuan = 7e6 * 45
    assert sum(c.budget_yuan for c in campaigns.values()) == pytest.approx(0.01 * revenue_yuan)
    assert campaigns["price"].what.discount_share > 0
    assert campaigns["complaint"].what.care > 0
    assert campaigns["complaint"].what.discount_share == 0
    assert campaigns["renewal"].what.contract_months == 12
    assert campaigns["save_desk"].when == "notice"
    assert all(c.who.rank_by == "churn_risk" for c in campaigns.values() if c.when == "monthly")
    assert all(c.consent_only for c in campaigns.values() if c.when == "monthly")
    stopped = keep.act(view_at(6))
    assert stopped == [StopCampaign(name, ENDED) for name in campaigns]


def test_retention_gives_only_benefits_that_partners_supply(view_at):
    for allied, expected in ((("video",), ("video",)), ((), ())):
        started = build("retention", {"begin": "now"}).act(view_at(allied=allied))
        assert started[0].campaign.what.benefits == expected


def test_convergence_invites_own_households_outside_the_bundle(view_at):
    family = build("convergence", {"begin": "now", "own_broadband_only": True})
    (start,) = family.act(view_at())
    assert start.campaign.what.invite_to == "us/family_home"
    rule = {(c.field, c.is_, c.value) for c in start.campaign.who.conditions}
    assert rule == {("customer_class", "==", 1), ("in_bundle", "==", 0), ("has_broadband", "==", 1)}


def test_convergence_needs_a_bundle(view_at):
    without = tuple(o for o in view_at().offers if not o.offer.broadband)
    with pytest.raises(QuestionError, match="no family plan with broadband"):
        build("convergence", {"begin": "now"}).act(view_at(ours=without))


# --- portfolios -----------------------------------------------------------------------------------


def portfolio(budget, **members):
    strategy: Any = registry.read(
        {"kind": "portfolio", "monthly_budget_share": budget, "members": members}
    )
    return strategy


def test_a_portfolio_cuts_campaign_budgets_pro_rata(view_at):
    both = portfolio(
        0.004,
        keep={"kind": "retention", "begin": "now", "monthly_budget_share": 0.006},
        family={"kind": "convergence", "begin": "now", "monthly_budget_share": 0.002},
    )
    budgets = {a.campaign.name: a.campaign.budget_yuan for a in both.act(view_at())}
    assert sum(budgets.values()) == pytest.approx(0.004 * 7e6 * 45)
    assert budgets["family.family_bundle"] == pytest.approx(0.001 * 7e6 * 45)
    assert set(budgets) == {
        "family.family_bundle",
        *(f"keep.{c}" for c in ("price", "complaint", "repair", "renewal", "save_desk")),
    }
    assert both.act(view_at(1)) == []


def test_a_portfolio_leaves_budgets_alone_that_fit(view_at):
    alone = build("convergence", {"begin": "now"}).act(view_at())[0].campaign
    member = (
        portfolio(1.0, family={"kind": "convergence", "begin": "now"}).act(view_at())[0].campaign
    )
    assert member == alone.model_copy(update={"name": f"family.{alone.name}"})


def test_what_one_member_stops_spending_the_others_get(view_at):
    both = portfolio(
        0.002,
        one={"kind": "convergence", "begin": "now", "monthly_budget_share": 0.002, "months": 3},
        two={"kind": "convergence", "begin": "now", "monthly_budget_share": 0.002},
    )
    whole = 0.002 * 7e6 * 45
    first = [a.campaign.budget_yuan for a in both.act(view_at())]
    assert first == [pytest.approx(whole / 2)] * 2
    later = both.act(view_at(3))
    assert kinds(later) == [StopCampaign, StartCampaign]
    assert later[0].name == "one.family_bundle"
    assert later[1].campaign.name == "two.family_bundle"
    assert later[1].campaign.budget_yuan == pytest.approx(whole)


def test_a_portfolio_of_one_plays_like_that_one(view_at, cheaper):
    alone = build("match_price", {})
    member = portfolio(1.0, only={"kind": "match_price", "advert_reach": 0.0})
    for month in range(4):
        view = view_at(month, theirs=cheaper("them", 0.7 if month else 1.0))
        asked = [replace(a, why=replace(a.why, strategy="only")) for a in alone.act(view)]
        assert member.act(view) == asked
