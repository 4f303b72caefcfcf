"""Partners decide by their own profit: what must hold whatever the figures are."""

from dataclasses import replace

import mesa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.actions import ProposeAlliance
from agents.behaviour.settings import BySegment
from agents.partner import (
    HORIZON_MONTHS,
    NO_PRICE,
    PRIOR_CANCEL,
    Alliance,
    Partner,
    Position,
    Reach,
    asked_fen,
    cancel_share,
    inferred_limit_fen,
    profit_fen,
    reconsider,
    unit_cost_fen,
    weigh,
)
from agents.settings import PartnerSettings

US, THEM, OTHERS = 0, 1, 2


def video(**changes: float) -> PartnerSettings:
    """A partner that earns 4 yuan on a beneficiary and loses 17 on a direct buyer who cancels."""
    liking = BySegment(experience=10, price=6, benefit=18, household=16, enterprise=0)
    figures = {
        "retail_yuan": 25, "wholesale_yuan": 7, "service_cost_yuan": 8, "reach_value_yuan": 3,
        "activity": 0.6, "setup_yuan": 5_000_000, "review_months": 6, "exclusive_gain_yuan": 0.5,
    }  # fmt: skip
    return PartnerSettings.model_validate(
        {"label": "Video", "liking_yuan": liking, **figures, **changes}
    )


def proposal(fen: int, people: float = 2e6, *, exclusive: bool = False) -> ProposeAlliance:
    return ProposeAlliance("video", fen, people, exclusive)


def partner(**changes: float) -> Partner:
    return Partner(mesa.Model(), "video", video(**changes))


partners = st.builds(
    lambda cost, margin, **rest: video(service_cost_yuan=cost, retail_yuan=cost + margin, **rest),
    cost=st.floats(0, 40),
    margin=st.floats(0, 60),
    wholesale_yuan=st.floats(0, 50),
    reach_value_yuan=st.floats(0, 40),
    activity=st.floats(0, 1),
    setup_yuan=st.floats(0, 1e9),
    exclusive_gain_yuan=st.floats(0, 5),
)
reaches = st.builds(
    lambda people, share: Reach(people, people * share), st.floats(0, 5e8), st.floats(0, 1)
)
alliances = st.builds(Alliance, st.integers(0, 5000), st.just(False), st.just(0))
prices = st.integers(0, 20_000)
crowds = st.floats(1, 1e9)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    served = draw(st.dictionaries(st.integers(0, 3), st.tuples(alliances, reaches), max_size=3))
    return Position(
        draw(partners),
        {operator: terms for operator, (terms, _) in served.items()},
        {operator: reach for operator, (_, reach) in served.items()},
        draw(st.floats(0, 1e9)),
        draw(st.none() | st.floats(1, 2e9)),
    )


def lowest(
    position: Position, people: float, *, exclusive: bool = False, operator: int = US
) -> int:
    """The lowest acceptable price, asked for by offering less than anybody accepts."""
    reply = weigh(proposal(-1, people, exclusive=exclusive), operator, position)
    assert not reply.accepted
    return reply.wholesale_fen


# --- one month ------------------------------------------------------------------------------------


def test_a_month_pays_fees_and_reach_and_costs_service_and_lost_sales():
    terms = Alliance(700, exclusive=False, since_month=0)
    # 1000 × (7 + 0.6 × 3 - 0.6 × 8) yuan, and 100 buyers gone at 25 - 8 yuan each
    assert profit_fen(terms, Reach(1000, 100), video()) == 400_000 - 170_000
    assert profit_fen(replace(terms, exclusive=True), Reach(1000, 0), video()) == 450_000


@given(partners, alliances, reaches)
def test_profit_is_whole_fen_and_nothing_at_the_unit_cost(
    settings: PartnerSettings, terms: Alliance, reach: Reach
):
    assert isinstance(profit_fen(terms, reach, settings), int)
    assume(reach.given >= 1)
    cost = unit_cost_fen(settings, reach.cancelled / reach.given)
    expected = reach.given * (terms.wholesale_fen - cost)
    assert profit_fen(terms, reach, settings) == pytest.approx(expected, rel=1e-9, abs=1)


def test_cancel_share_is_the_prior_without_and_experience_with_reach():
    nobody = Position(video(), {}, {}, direct=3e6, accounts=1e7)
    assert cancel_share(nobody, 1000.0) == pytest.approx(PRIOR_CANCEL * 0.3)
    seen = replace(nobody, reach={THEM: Reach(1e6, 4e5)}, accounts=None)
    assert cancel_share(seen, 0.0) == pytest.approx(0.4)
    assert PRIOR_CANCEL * 0.2 < cancel_share(seen, 1e7) < 0.4


# --- a proposal -----------------------------------------------------------------------------------


@given(positions(), prices, prices, crowds, st.booleans())
def test_a_higher_price_never_turns_acceptance_into_refusal(
    position: Position, one: int, other: int, people: float, exclusive: bool
):
    low, high = sorted((one, other))
    at_low = weigh(proposal(low, people, exclusive=exclusive), US, position)
    at_high = weigh(proposal(high, people, exclusive=exclusive), US, position)
    assert at_high.accepted or not at_low.accepted


@given(positions(), crowds, st.booleans())
def test_it_accepts_the_price_it_names_and_not_a_fen_less(
    position: Position, people: float, exclusive: bool
):
    price = lowest(position, people, exclusive=exclusive)
    assert isinstance(price, int)
    assert price >= 0
    reply = weigh(proposal(price, people, exclusive=exclusive), US, position)
    assert reply.accepted
    assert reply.wholesale_fen == price
    assert not weigh(proposal(price - 1, people, exclusive=exclusive), US, position).accepted


@given(positions(), crowds, st.integers(0, 3), st.floats(0, 1))
def test_more_cancellations_never_make_it_accept_less(
    position: Position, people: float, where: int, more: float
):
    assume(where in position.reach)
    reach = position.reach[where]
    worse = Reach(reach.given, reach.cancelled + more * (reach.given - reach.cancelled))
    after = replace(position, reach={**position.reach, where: worse})
    assert lowest(after, people) >= lowest(position, people)


@given(positions(), prices, crowds, st.booleans())
def test_what_it_accepts_pays_within_the_horizon(
    position: Position, price: int, people: float, exclusive: bool
):
    reply = weigh(proposal(price, people, exclusive=exclusive), OTHERS + 5, position)
    assume(reply.accepted)
    first_cost = unit_cost_fen(position.settings, 0.0, exclusive)
    setup = 100 * position.settings.setup_yuan
    assert HORIZON_MONTHS * people * (price - first_cost) - setup > -HORIZON_MONTHS


def test_an_exclusive_costs_more_the_more_it_earns_elsewhere():
    alone = Position(video(), {}, {}, 1e6, 1e9)
    terms = {THEM: Alliance(700, exclusive=False, since_month=0)}
    small, large = (
        replace(alone, alliances=terms, reach={THEM: Reach(people, 0.05 * people)})
        for people in (1e6, 3e6)
    )
    floors = [lowest(position, 2e6, exclusive=True) for position in (alone, small, large)]
    assert floors == sorted(floors)
    assert len(set(floors)) == 3
    assert lowest(alone, 2e6, exclusive=True) < lowest(alone, 2e6), (
        "absent rivals are worth something"
    )
    assert lowest(small, 2e6, exclusive=True) > lowest(small, 2e6)


def test_ending_a_losing_alliance_for_an_exclusive_costs_nothing():
    terms = {THEM: Alliance(0, exclusive=False, since_month=0)}
    losing = Position(video(), terms, {THEM: Reach(1e6, 1e5)}, 1e6)
    assert profit_fen(terms[THEM], losing.reach[THEM], video()) < 0
    free = replace(losing, alliances={}, remembered=losing.reach, reach={})
    assert lowest(losing, 2e6, exclusive=True) == lowest(free, 2e6, exclusive=True)


def test_bound_exclusively_it_refuses_others_at_any_price_but_not_its_ally():
    terms = {THEM: Alliance(700, exclusive=True, since_month=4)}
    bound = Position(video(), terms, {THEM: Reach(1e6, 5e4)}, 1e6)
    reply = weigh(proposal(10**6), US, bound)
    assert (reply.accepted, reply.wholesale_fen) == (False, NO_PRICE)
    assert "month 4" in reply.reason
    assert weigh(proposal(800, exclusive=True), THEM, bound).accepted


def test_an_ally_may_not_pay_less_for_the_same_people():
    terms = {US: Alliance(700, exclusive=False, since_month=0)}
    served = Position(video(), terms, {US: Reach(1e6, 5e4)}, 1e6)
    assert weigh(proposal(700, 1e6), US, served).accepted
    assert lowest(served, 1e6) == 700
    assert lowest(served, 3e6) < 700, "more people are worth a rebate"


def test_a_few_people_cannot_pay_for_setting_up():
    nobody = Position(video(), {}, {}, 1e6, 1e9)
    assert lowest(nobody, 1e4) > lowest(nobody, 1e7)
    reply = weigh(proposal(10**6, 0.0), US, nobody)
    assert (reply.accepted, reply.wholesale_fen) == (False, NO_PRICE)


def test_no_more_can_cancel_than_pay_directly():
    seen = Position(video(), {}, {THEM: Reach(1e6, 9e5)}, direct=0.0)
    assert lowest(seen, 1e6) == lowest(replace(seen, reach={}, accounts=1e9), 1e6)


def test_a_refusal_names_offer_people_and_price():
    reply = weigh(proposal(100), US, Position(video(), {}, {}, 1e6, 1e7))
    assert not reply.accepted
    for figure in ("1.00 yuan", "2,000,000 people", f"{reply.wholesale_fen / 100:.2f} yuan"):
        assert figure in reply.reason


def test_asking_commits_nobody():
    firm = partner()
    assert firm.consider(proposal(900), US, 3, {}, 1e6).accepted
    assert firm.alliances == {}


# --- a review -------------------------------------------------------------------------------------


@given(alliances, reaches, partners, st.integers(-(10**12), 10**12), st.integers(-1000, 10_000))
def test_a_review_ends_in_whole_fen_that_the_operator_is_believed_to_bear(
    terms: Alliance, reach: Reach, settings: PartnerSettings, earned: int, limit: int
):
    change = reconsider(US, terms, reach, earned, limit, settings)
    assert isinstance(change.wholesale_fen, int)
    assert change.wholesale_fen >= 0
    assert (change.wholesale_fen != terms.wholesale_fen) == (change.kind == "reprice")
    if change.kind == "leave":
        assert earned < 0
        assert profit_fen(terms, reach, settings) <= 0
    if change.kind == "reprice":
        ceiling = max(terms.wholesale_fen, 100 * settings.retail_yuan + 1)
        assert change.wholesale_fen <= ceiling


@given(st.floats(0, 0.2), st.floats(0, 0.2), st.integers(300, 1500))
def test_more_cancellations_never_lower_the_price(one: float, other: float, now: int):
    few, many = sorted((one, other))
    limit = inferred_limit_fen(video(), 0.05)
    at_few, at_many = (
        reconsider(US, Alliance(now, False, 0), Reach(1e6, 1e6 * share), 1, limit, video())
        for share in (few, many)
    )
    assert at_many.wholesale_fen >= at_few.wholesale_fen


@given(partners, st.floats(0, 0.5), st.floats(1000, 1e8))
def test_while_nothing_changes_nor_does_the_price(
    settings: PartnerSettings, share: float, people: float
):
    first = Alliance(round(100 * settings.wholesale_yuan), False, 0)
    reach = Reach(people, people * share)
    assume(profit_fen(first, reach, settings) > people * 10)
    cost = unit_cost_fen(settings, share)
    limit = inferred_limit_fen(settings, share)
    # A price above three quarters of the cost to it, or near retail, is one it believes can move.
    assume(1.25 * first.wholesale_fen <= limit <= 100 * settings.retail_yuan)
    assert reconsider(US, first, reach, 1, limit, settings).kind == "renew"
    assert asked_fen(first.wholesale_fen, limit, cost) == first.wholesale_fen


def test_a_loss_at_any_bearable_price_makes_it_leave():
    terms = Alliance(700, False, 0)
    limit = inferred_limit_fen(video(), 0.1)
    change = reconsider(US, terms, Reach(1e6, 6e5), -5 * 10**8, limit, video())
    assert change.kind == "leave"
    assert "5.00 million yuan" in change.reason
    assert "13.20 yuan" in change.reason


def test_a_loss_that_a_bearable_price_would_cure_makes_it_raise_beyond_its_cost():
    reach = Reach(1e6, 2.5e5)
    change = reconsider(US, Alliance(700, False, 0), reach, -1, 1100, video())
    assert change.kind == "reprice"
    assert profit_fen(Alliance(change.wholesale_fen, False, 0), reach, video()) > 0


def test_an_alliance_nobody_uses_yet_is_renewed():
    change = reconsider(US, Alliance(700, False, 0), Reach(0, 0), 0, 900, video())
    assert change.kind == "renew"


def test_reviews_come_every_few_months_after_the_alliance_began():
    firm = partner()
    firm.alliances[US] = Alliance(700, False, 0)
    firm.alliances[THEM] = Alliance(700, False, 2)
    reach = {US: Reach(1e6, 1e5), THEM: Reach(1e6, 1e5)}
    reviewed = {
        month: [change.operator for change in firm.review(month, reach, 1e6)] for month in range(15)
    }
    assert {month: who for month, who in reviewed.items() if who} == {
        6: [US], 8: [THEM], 12: [US], 14: [THEM],
    }  # fmt: skip


def test_it_remembers_the_whole_period_and_what_made_it_leave():
    firm = partner()
    firm.alliances[US] = Alliance(700, False, 0)
    good, bad = {US: Reach(1e6, 1e5)}, {US: Reach(1e6, 7e5)}
    for month in range(1, 6):
        assert firm.review(month, good if month == 1 else bad, 1e6) == []
    (change,) = firm.review(6, bad, 1e6)
    assert change.kind == "leave"
    assert firm.alliances, "leaving is for the market to carry out"
    del firm.alliances[US]
    before = partner().consider(proposal(700), US, 6, {}, 1e6)
    after = firm.consider(proposal(700), US, 7, {}, 1e6)
    assert before.accepted
    assert not after.accepted


def test_it_asks_more_of_everybody_when_bundles_eat_its_sales():
    firm = partner()
    assert firm.asks_fen == 700
    assert firm.retail_fen == 2500
    firm.alliances[US] = Alliance(700, False, 0)
    for month in range(1, 7):
        firm.review(month, {US: Reach(1e6, 5e4)}, 1e6)
    assert firm.asks_fen == 700
    for month in range(7, 13):
        firm.review(month, {US: Reach(1e6, 2e5)}, 1e6)
    assert 700 < firm.asks_fen <= 700 + round(0.15 * 1700 / 2) + 1
