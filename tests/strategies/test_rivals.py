from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.actions import Advertise, Reprice, Welcome
from sim.errors import QuestionError
from strategies import registry
from strategies.toolkit import floor_fen

QUIET: dict[str, dict[str, Any]] = {
    "price_cut": {"advert_reach": 0.0},
    "match_price": {"advert_reach": 0.0},
    "bundle_benefits": {"partners": ["video", "ecommerce"], "bundle_premium_yuan": 10.0},
}


def build(kind: str, parameters: dict[str, Any]) -> Any:
    """A strategy; not advertised, and with the small view_at's partners, unless said."""
    return registry.build(kind, QUIET.get(kind, {}) | parameters)


def play(strategy, view, months, carry_out):
    """Own actions month by month, carried out at once; yields (view, actions)."""
    for _ in range(months):
        actions = strategy.act(view)
        yield view, actions
        view = carry_out(view, actions)


def prices(view):
    return {o.name: o.price_fen for o in view.offers}


@pytest.mark.parametrize("kind", ["hold", "portfolio"])
def test_hold_and_a_portfolio_of_nothing_do_nothing(kind, view_at, cheaper):
    strategy = build(kind, {})
    for month in range(12):
        assert strategy.act(view_at(month, theirs=cheaper("them", 0.6))) == []


def test_a_cut_waits_for_its_month_and_gives_back_exactly_the_old_prices(view_at, carry_out):
    odd = tuple(
        replace(o, price_fen=tuple(p + 7 * r for r, p in enumerate(o.price_fen)))
        for o in view_at().offers
    )
    view = view_at(ours=odd)
    cut = build("price_cut", {"depth": 0.3, "start_month": 2, "months": 4})
    for seen, actions in play(cut, view, 12, carry_out):
        if seen.month in {3, 4, 5, 6}:
            for was, now in zip(odd, seen.offers, strict=True):
                assert now.price_fen == tuple(round(p * 0.7) for p in was.price_fen)
        else:
            assert prices(seen) == {o.name: o.price_fen for o in odd}
        assert bool(actions) == (seen.month in {2, 6})


@given(depth=st.floats(0.01, 0.99), cost=st.integers(0, 20_000))
def test_no_cut_goes_to_zero_or_below_cost(depth, cost, view_at, carry_out):
    view = view_at()
    view = replace(view, costs=replace(view.costs, line_fen=cost))
    after = carry_out(view, build("price_cut", {"depth": depth}).act(view))
    for was, now in zip(view.offers, after.offers, strict=True):
        for old, new in zip(was.price_fen, now.price_fen, strict=True):
            assert 0 < new <= old
            assert new >= min(old, floor_fen(was.offer, view))


def test_only_the_customers_and_regions_named_are_cut(view_at, carry_out):
    cut = build("price_cut", {"depth": 0.2, "customers": ["personal"], "regions": ["south"]})
    view = view_at()
    after = carry_out(view, cut.act(view))
    for was, now in zip(view.offers, after.offers, strict=True):
        expected = list(was.price_fen)
        if was.offer.customers == "personal":
            expected[1] = round(expected[1] * 0.8)
        assert list(now.price_fen) == expected


def test_a_region_that_does_not_exist_is_refused(view_at):
    cut = build("price_cut", {"depth": 0.2, "regions": ["sout"]})
    with pytest.raises(QuestionError, match=r"region 'sout'.*did you mean 'south'.*north"):
        cut.act(view_at())


def test_a_cut_for_newcomers_never_touches_present_prices(view_at, carry_out):
    cut = build(
        "price_cut",
        {"depth": 0.3, "months": 3, "new_customers_only": True, "welcome_months": 6},
    )
    view = view_at()
    for seen, actions in play(cut, view, 6, carry_out):
        assert all(isinstance(action, Welcome) for action in actions)
        assert prices(seen) == prices(view)
        expected = (round(5900 * 0.3), 6) if 0 < seen.month <= 3 else (0, 0)
        tier = seen.offers[1]
        assert (tier.welcome_fen, tier.welcome_months) == expected


# --- reactions ------------------------------------------------------------------------------------


def answer(reaction, view, **more):
    return build("hold", {"reaction": reaction, **more}).act(view)


@pytest.mark.parametrize("reaction", ["match", "escalate", "profit_rule"])
def test_nobody_reacts_to_rivals_who_have_always_been_cheaper(reaction, view_at):
    dear = tuple(replace(o, price_fen=tuple(p * 2 for p in o.price_fen)) for o in view_at().offers)
    view = replace(view_at(3, ours=dear, lost=9e5), offers_before=dear)
    assert answer(reaction, view) == []


def test_match_follows_the_lowest_price_and_never_undercuts_it(view_at, cheaper):
    theirs = cheaper("them", 0.7)
    actions = answer("match", view_at(1, theirs=theirs))
    asked = {a.offer.split("/")[1]: a.price_fen for a in actions if isinstance(a, Reprice)}
    lowest = {o.name.split("/")[1]: o.price_fen[0] for o in theirs}
    assert asked == lowest


def test_two_who_match_do_not_drive_each_other_down(view_at, cheaper, carry_out):
    """One keeps its distance to a rival, the other meets its price: they settle at the cut."""
    start = {"us": view_at().offers, "them": cheaper("them")}
    players = {
        "us": build("match_price", {}),
        "them": build("hold", {"reaction": "match"}),
    }
    offers = dict(start)
    for month in range(1, 40):
        seen = dict(offers)
        for me, other in (("us", "them"), ("them", "us")):
            rival = replace(view_at().rivals[0], offers=seen[other], offers_before=start[other])
            attacker = replace(
                view_at().rivals[1], offers=cheaper("us", 0.7), offers_before=start["us"]
            )
            view = replace(
                view_at(month, ours=seen[me]), rivals=(rival, attacker), offers_before=start[me]
            )
            offers[me] = carry_out(view, players[me].act(view)).offers
    for o, was in zip(
        (*offers["us"], *offers["them"]), (*start["us"], *start["them"]), strict=True
    ):
        assert o.price_fen[0] >= round(was.price_fen[0] * 0.7) - 1


def test_match_goes_back_up_with_the_rival(view_at, cheaper, carry_out):
    reacting = build("hold", {"reaction": "match"})
    view = view_at(1, theirs=cheaper("them", 0.7))
    view = carry_out(view, reacting.act(view))
    back = view_at(2, ours=view.offers)
    assert prices(carry_out(back, reacting.act(back))) == prices(view_at())


def test_match_answers_only_where_the_rival_cut(view_at, cheaper, carry_out):
    theirs = tuple(
        replace(o, price_fen=(o.price_fen[0], round(o.price_fen[1] * 0.6), o.price_fen[2]))
        for o in cheaper("them")
    )
    view = view_at(1, theirs=theirs)
    after = carry_out(view, answer("match", view))
    for was, now in zip(view.offers, after.offers, strict=True):
        assert now.price_fen[0::2] == was.price_fen[0::2]
        assert now.price_fen[1] < was.price_fen[1]


def test_reactions_stop_at_cost(view_at, cheaper, carry_out):
    for reaction in ("match", "escalate"):
        view = view_at(1, theirs=cheaper("them", 0.001))
        after = carry_out(view, answer(reaction, view, reaction_limit=1.0))
        for was, now in zip(view.offers, after.offers, strict=True):
            assert now.price_fen[0] == floor_fen(was.offer, view)


def test_reactions_stop_at_their_limit(view_at, cheaper, carry_out):
    for reaction in ("match", "escalate"):
        view = view_at(1, theirs=cheaper("them", 0.001))
        after = carry_out(view, answer(reaction, view, reaction_limit=0.4))
        for was, now in zip(view.offers, after.offers, strict=True):
            assert now.price_fen[0] == round(was.price_fen[0] * 0.6)


def test_two_who_escalate_race_down_to_cost_and_stop(view_at, cheaper, carry_out):
    start = cheaper("us")
    racing = {"reaction": "escalate", "reaction_limit": 1.0}
    players = {name: build("hold", racing) for name in ("us", "them")}
    offers = {"us": start, "them": cheaper("us", 0.9)}
    quiet = 0
    for month in range(1, 200):
        seen = dict(offers)
        acted = False
        for me, other in (("us", "them"), ("them", "us")):
            rival = replace(view_at().rivals[0], offers=seen[other], offers_before=start)
            view = replace(view_at(month, ours=seen[me]), rivals=(rival,))
            actions = players[me].act(view)
            offers[me] = carry_out(view, actions).offers
            acted = acted or bool(actions)
        quiet = 0 if acted else quiet + 1
        for o in (*offers["us"], *offers["them"]):
            assert min(o.price_fen) >= floor_fen(o.offer, view_at())
    assert quiet > 100
    assert all(o.price_fen[0] == floor_fen(o.offer, view_at()) for o in offers["us"])


def test_the_profit_rule_answers_only_when_it_pays(view_at, cheaper):
    theirs = cheaper("them", 0.8)
    assert answer("profit_rule", view_at(3, theirs=theirs, lost=1_000.0)) == []
    assert answer("profit_rule", view_at(3, theirs=theirs, lost=900_000.0)) != []
    assert answer("profit_rule", view_at(0, theirs=theirs, lost=900_000.0)) == []


def test_the_profit_rule_keeps_an_answer_that_has_worked(view_at, cheaper, carry_out):
    reacting = build("hold", {"reaction": "profit_rule"})
    view = view_at(3, theirs=cheaper("them", 0.8), lost=900_000.0)
    view = carry_out(view, reacting.act(view))
    calm = view_at(8, ours=view.offers, theirs=cheaper("them", 0.8), lost=0.0)
    assert reacting.act(calm) == []


def test_reactions_see_the_monitor_and_nothing_else(view_at, cheaper):
    """As long as the lagged view shows no move there is no answer, whatever customers do."""
    for reaction in ("match", "escalate", "profit_rule"):
        assert answer(reaction, view_at(4, lost=900_000.0)) == []
        newcomers = tuple(replace(o, welcome_fen=2000, welcome_months=12) for o in cheaper("them"))
        if reaction != "profit_rule":
            assert answer(reaction, view_at(4, theirs=newcomers)) != []


def test_an_advertised_cut_is_told_for_its_first_months(view_at):
    cut = build("price_cut", {"depth": 0.3, "advert_reach": 0.2, "advert_months": 2, "months": 4})
    told = [[a for a in cut.act(view_at(m)) if isinstance(a, Advertise)] for m in range(6)]
    assert [len(actions) for actions in told] == [1, 1, 0, 0, 0, 0]
    assert told[0][0].reach == 0.2
