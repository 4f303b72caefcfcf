"""Answers to data, services, new plans and exclusive partners."""

from dataclasses import replace
from typing import Any

import pytest

from agents.actions import AddBenefits, EndAlliance, Launch, ProposeAlliance, Reprice, Withdraw
from agents.causes import Cause, MoveKind, Trigger, Why
from agents.observation import OfferView
from sim.offers import Offer
from strategies import registry
from strategies.toolkit import floor_fen


def build(reaction: str, **more: Any) -> Any:
    return registry.read({"kind": "hold", "reaction": reaction, **more})


def answer(move: MoveKind, plan: str, *, over: bool = False) -> Why:
    """Why something is done in answer to what `them` has done, first seen in month 1."""
    cause = Cause.ENDED if over else Cause.REACTION
    return Why(cause, Trigger("them", move, f"them/{plan}", 1))


def richer(offers: tuple[OfferView, ...], plan: str, **fields: Any) -> tuple[OfferView, ...]:
    """The same offers, one of them with other contents."""
    return tuple(
        replace(o, offer=Offer.model_validate(o.offer.model_dump() | fields))
        if o.name.endswith(f"/{plan}")
        else o
        for o in offers
    )


def launched(offers: tuple[OfferView, ...], plan: str, price: int, **fields: Any) -> Any:
    """The same offers and a new one like tier_s."""
    like = next(o for o in offers if o.name.endswith("/tier_s"))
    offer = Offer.model_validate(
        like.offer.model_dump() | {"price_yuan": price, "second_line": True} | fields
    )
    prices = (price * 100,) * len(like.price_fen)
    return (*offers, replace(like, name=f"them/{plan}", offer=offer, price_fen=prices))


def test_data_is_matched_by_data_and_taken_back_with_it(view_at, cheaper, carry_out):
    match = build("match")
    view = view_at(1, theirs=richer(cheaper("them"), "tier_m", allowance_gb=90))
    actions = match.act(view)
    assert actions == [AddBenefits("us/tier_m", (), 30.0, answer("data", "tier_m"), ())]
    view = carry_out(view, actions)
    assert match.act(view_at(2, ours=view.offers, theirs=view.rivals[0].offers)) == []
    (back,) = match.act(view_at(3, ours=view.offers))
    assert back == AddBenefits("us/tier_m", (), -30.0, answer("data", "tier_m", over=True), ())


def test_half_a_match_of_data(view_at, cheaper):
    view = view_at(1, theirs=richer(cheaper("them"), "tier_m", allowance_gb=90))
    (action,) = build("match", reaction_follow=0.5).act(view)
    assert action.extra_gb == 15.0


def test_data_that_does_not_pay_is_not_given(view_at, cheaper):
    view = view_at(1, theirs=richer(cheaper("them"), "tier_m", allowance_gb=90))
    view = replace(view, costs=replace(view.costs, fen_per_gb=120.0))
    mine = next(o for o in view.offers if o.name == "us/tier_m")
    more = Offer.model_validate(mine.offer.model_dump() | {"allowance_gb": 90})
    assert floor_fen(more, view) > mine.price_fen[0]
    assert build("match").act(view) == []


def test_own_data_and_the_answer_are_the_deeper_of_the_two(view_at, cheaper):
    """A base strategy that gives as much by itself has answered already."""
    plan = {"kind": "scripted", "moves": [{"month": 0, "move": "reprice", "plan": "tier_m"} | {
        "allowance_gb": 90}]}  # fmt: skip
    both = registry.read(plan | {"reaction": "match"})
    assert [a.extra_gb for a in both.act(view_at(0)) if isinstance(a, AddBenefits)] == [30.0]
    theirs = richer(cheaper("them"), "tier_m", allowance_gb=90)
    view = view_at(2, ours=richer(cheaper("us"), "tier_m", allowance_gb=90), theirs=theirs)
    assert both.act(view) == []


def test_services_are_matched_once_their_partner_is_won(view_at, cheaper, carry_out):
    match = build("match")
    theirs = richer(cheaper("them"), "tier_l", benefits=("ecommerce",))
    (ask,) = match.act(view_at(1, theirs=theirs))
    assert isinstance(ask, ProposeAlliance)
    assert (ask.partner, ask.exclusive) == ("ecommerce", False)
    assert match.act(view_at(2, theirs=theirs)) == []  # asked, not yet answered
    view = view_at(3, theirs=theirs, allied=("video", "ecommerce"))
    (add,) = match.act(view)
    assert ask.why == answer("benefits", "tier_l")
    assert add == AddBenefits("us/tier_l", ("ecommerce",), 0.0, answer("benefits", "tier_l"), ())
    after = carry_out(view, [add])
    calm = view_at(4, ours=after.offers, allied=("video", "ecommerce"))
    back, over = match.act(calm), answer("benefits", "tier_l", over=True)
    assert EndAlliance("ecommerce", over) in back
    assert AddBenefits("us/tier_l", (), 0.0, over, ("ecommerce",)) in back


def test_services_worth_too_much_are_not_added(view_at, cheaper):
    theirs = richer(cheaper("them"), "tier_s", benefits=("cloud",))
    view = view_at(1, theirs=theirs, allied=("video", "cloud"))
    assert build("match").act(view) != []
    assert build("match").act(replace(view, benefit_value_cap=0.5)) == []  # 30 of 59 yuan


def test_a_new_plan_is_answered_by_a_plan_and_not_by_lower_prices(view_at, cheaper, carry_out):
    match = build("match")
    theirs = launched(cheaper("them"), "sub_brand", 25)
    view = view_at(1, theirs=theirs)
    (launch,) = match.act(view)
    assert isinstance(launch, Launch)
    assert launch.offer.price_yuan == 25
    assert launch.offer.second_line
    assert launch.like in {"tier_s", "value_card"}
    view = carry_out(view, [launch])
    assert match.act(view_at(2, ours=view.offers, theirs=theirs)) == []
    (gone,) = match.act(view_at(3, ours=view.offers))
    assert gone == Withdraw(f"us/{launch.plan}", answer("new_plan", "sub_brand", over=True))
    assert match.act(view_at(4, ours=view.offers[:-1], theirs=theirs)) == []  # once is enough


def test_a_plan_in_answer_never_costs_less_than_serving_it(view_at, cheaper):
    view = view_at(1, theirs=launched(cheaper("them"), "sub_brand", 1))
    (launch,) = build("match").act(view)
    assert launch.offer.price_yuan * 100 == floor_fen(launch.offer, view)


def test_a_bundle_waits_for_its_partner(view_at, cheaper):
    match = build("match")
    theirs = launched(cheaper("them"), "bundle", 84, benefits=("ecommerce",))
    (ask,) = match.act(view_at(1, theirs=theirs))
    assert isinstance(ask, ProposeAlliance)
    (launch,) = match.act(view_at(2, theirs=theirs, allied=("video", "ecommerce")))
    assert launch.offer.benefits == ("ecommerce",)


def test_two_who_answer_plans_do_not_answer_each_others_answers(view_at, cheaper):
    """Their answer to our plan is no new plan of theirs."""
    ours = registry.read({"kind": "fighting_brand", "begin": "now", "reaction": "match"})
    (launch, *_) = ours.act(view_at(0))
    assert isinstance(launch, Launch)
    mine = OfferView("us/sub_brand", launch.offer, (3_000,) * 3, True, 0, 0, 0.0, 0.0)
    assert ours.act(view_at(2, ours=(*cheaper("us"), mine))) is not None
    theirs = launched(cheaper("them"), "answer", 30)
    for month in (4, 5, 9):
        actions = ours.act(view_at(month, ours=(*cheaper("us"), mine), theirs=theirs))
        assert not [a for a in actions if isinstance(a, Launch)]


@pytest.mark.parametrize(
    ("growth", "lost", "copied"), [(1.0, 0, False), (1.05, 0, True), (1.0, 9e5, True)]
)
def test_copying_waits_and_asks_whether_it_worked(growth, lost, copied, view_at, cheaper):
    """Success is what the monitor and the own books show: their gains, or own losses."""
    copy = build("copy", reaction_copy_months=3)
    theirs = richer(cheaper("them"), "tier_m", allowance_gb=90)
    acted = []
    for month in range(8):
        view = view_at(month, theirs=theirs if month else None, lost=lost)
        rivals = tuple(
            replace(r, lines=r.lines * (growth if month > 1 else 1.0)) for r in view.rivals
        )
        acted.append(bool(copy.act(replace(view, rivals=rivals))))
    assert acted == [copied and month == 4 for month in range(8)]


@pytest.mark.parametrize("theirs", ["price", "newcomers"])
def test_copying_leaves_prices_alone(theirs, view_at, cheaper):
    cheap = cheaper("them", 0.7)
    gifts = tuple(replace(o, welcome_fen=2_000, welcome_months=12) for o in cheaper("them"))
    copy = build("copy", reaction_copy_months=0)
    for month in range(1, 6):
        view = view_at(month, theirs=cheap if theirs == "price" else gifts, lost=9e5)
        assert copy.act(view) == []


def test_an_exclusive_partner_is_answered_by_another(view_at):
    match = build("match")
    assert match.act(view_at(0)) == []
    view = view_at(1)
    bound = tuple(
        replace(p, exclusive_elsewhere=True, exclusive_with="them") if p.name == "cloud" else p
        for p in view.partners
    )
    (ask,) = match.act(replace(view, partners=bound))
    assert isinstance(ask, ProposeAlliance)
    assert (ask.partner, ask.exclusive) == ("video", True)
    assert ask.why.trigger == Trigger("them", "exclusive", "cloud", 1)
    assert match.act(replace(view_at(2), partners=bound)) == []


def test_only_the_kinds_asked_for_are_answered(view_at, cheaper):
    theirs = richer(cheaper("them", 0.7), "tier_m", allowance_gb=90)
    data = build("match", reaction_to=["data"]).act(view_at(1, theirs=theirs))
    assert {type(a) for a in data} == {AddBenefits}
    prices = build("match", reaction_to=["price"]).act(view_at(1, theirs=theirs))
    assert {type(a) for a in prices} == {Reprice}


def test_the_profit_rule_answers_other_moves_while_it_loses_lines(view_at, cheaper):
    theirs = richer(cheaper("them"), "tier_m", allowance_gb=90)
    assert build("profit_rule").act(view_at(3, theirs=theirs, lost=0.0)) == []
    assert build("profit_rule").act(view_at(3, theirs=theirs, lost=9e5)) != []
