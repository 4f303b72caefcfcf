"""What a subscriber does in a month, in the order it happens: one function a step.

The compiled kernel and the plain reference subscriber both call these, with the same arguments.
"""

from typing import NamedTuple

from agents.behaviour.billing import (
    next_reference_fen,
    overage_fen,
    plan_allowance_gb,
    used_gb,
)
from agents.behaviour.choice import Decision, carried_now_gb, is_promised
from agents.behaviour.environment import MarketTables, Person, Surroundings
from agents.behaviour.satisfaction import wished_gb
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import (
    account_bill_fen,
    fee_for_moving_fen,
    perk_yuan,
    promise_yuan,
)
from sim.compile import behaviour
from sim.draws import Purpose, normal_from, uniform, uniforms
from sim.money import round_fen
from sim.vocabulary import Segment


class Fortune(NamedTuple):
    """This month's luck of one subscriber."""

    wish_gb: float  # whole account
    fault: bool


class Contact(NamedTuple):
    """What came of a campaign's attempt to reach a subscriber."""

    reached: bool
    annoyed: int
    persuaded: bool


class Bill(NamedTuple):
    """What an account pays in a month, in whole fen, tax included."""

    plan_fen: int  # mobile and included broadband, before discounts
    overage_fen: int
    pack_fen: int  # what a campaign sold on top
    discount_fen: int
    standalone_fen: int  # broadband, to whoever supplies it
    second_fen: int
    carried_gb: float
    used_gb: float  # on the main lines


@behaviour
def friend_index(who: int, k: int, start: int, end: int, luck: float) -> int:
    """The k-th friend: neighbours in a ring within the region, every third one anywhere in it.

    A small world in the sense of Watts & Strogatz 1998; fixed for life and a pure function of
    `who`.
    """
    size = end - start
    if k % 3 == 2:  # every third
        return start + min(size - 1, int(luck * size))
    step = k // 3 + 1 if k % 3 == 0 else -(k // 3 + 1)
    return start + (who - start + step) % size


@behaviour
def acquaintance_index(who: int, k: int, start: int, end: int, s: Surroundings) -> int:
    """The k-th acquaintance: somebody met this month, anybody in the region.

    Met anew every month, so that news spreads as if everybody could meet everybody: the mixing that
    Bass (1969) assumes, and a small world does not have.
    """
    luck = uniform(s.seed, who, s.month, Purpose.FRIENDS, 1 + k)
    return start + min(end - start - 1, int(luck * (end - start)))


@behaviour
def fortune(
    person: Person, u: float, v: float, fault_luck: float, m: MarketTables, p: Behaviour
) -> Fortune:
    """Usage wish and faults of this month."""
    wish = wished_gb(person.usual_gb * person.lines, 1.0, normal_from(u, v), p)
    return Fortune(wish, fault_luck < m.around.places[person.operator, person.region].fault_rate)


@behaviour
def contact_by(campaign: int, who: int, occasion: int, m: MarketTables) -> Contact:
    """Whether a campaign's attempt reaches somebody, annoys, and finds a willing ear.

    `occasion` keeps the luck of a call (0) apart from that of a talk at the save desk (1).
    """
    s = m.around
    c = m.campaigns
    reach, annoy, ear, _ = uniforms(s.seed, who, s.month, Purpose.CONTACT, occasion)
    reached = reach < c[campaign].reach
    return Contact(
        reached,
        1 if reached and annoy < c[campaign].irritation else 0,
        reached and ear < c[campaign].persuasion,
    )


@behaviour
def takes_perk(person: Person, campaign: int, m: MarketTables, p: Behaviour) -> bool:
    """Whether a customer takes its operator's promise on the present plan: if worth anything."""
    c = m.campaigns
    if c[campaign].operator != person.operator or c[campaign].target_offer >= 0:
        return False
    gain = promise_yuan(m, campaign, person.offer, person, p)
    if person.perk >= 0:
        gain -= perk_yuan(m, person.perk, person.perk_left, person.offer, person, p)
    return gain > 0.0


@behaviour
def desk_saves(
    person: Person,
    decision: Decision,
    campaign: int,
    persuaded: bool,
    m: MarketTables,
    p: Behaviour,
) -> bool:
    """Whether what is offered to somebody who gives notice makes staying the best choice."""
    if not persuaded:
        return False
    gain = promise_yuan(m, campaign, person.offer, person, p)
    if person.perk >= 0:  # the new promise takes the place of a running one
        gain -= perk_yuan(m, person.perk, person.perk_left, person.offer, person, p)
    return gain > 0.0 and decision.stay_yuan + gain >= decision.value_yuan


@behaviour
def standing(
    person: Person,
    offer: int,
    operator: int,
    second: int,
    broadband: int,
    contract_left: int,
    reference_fen: int,
    satisfaction: float,
    points: int,
    perk: int,
    perk_left: int,
) -> Person:
    """The same account, standing elsewhere: who it is stays, where it stands is given.

    Compiled code has no `_replace`, so this is the one place that lists what never changes.
    """
    return Person(
        person.who,
        person.segment,
        person.region,
        person.lines,
        person.usual_gb,
        person.owned,
        offer,
        operator,
        second,
        broadband,
        contract_left,
        reference_fen,
        satisfaction,
        points,
        perk,
        perk_left,
    )


@behaviour
def after_move(person: Person, offer: int, promise: int, m: MarketTables, p: Behaviour) -> Person:
    """The account once it is on `offer`: what it takes along and what it leaves behind.

    With the operator go points, satisfaction with it, and a second SIM that would now be a
    duplicate; a bundle brings broadband over. A promise is kept on the plan it was made for; other
    perks end.
    """
    o = m.offers
    operator = o.rows[offer].operator
    changed = operator != person.operator
    promised = promise >= 0 and is_promised(offer, promise, m)
    merged = person.second >= 0 and o.rows[person.second].operator == operator
    contract = o.rows[offer].contract_months
    if promised:
        contract = max(contract, m.campaigns[promise].contract_months)
    moved = standing(
        person,
        offer,
        operator,
        -1 if merged else person.second,
        operator if o.rows[offer].broadband == 1 else person.broadband,
        contract,
        person.reference_fen,
        p.usual_satisfaction if changed else person.satisfaction,
        0 if changed else person.points,
        promise if promised else -1,
        m.campaigns[promise].months if promised else 0,
    )
    return used_to(moved, account_bill_fen(o, offer, moved, m.around))


@behaviour
def used_to(person: Person, reference_fen: int) -> Person:
    """The account with another price it is used to: who chooses a plan knows what it costs."""
    return standing(
        person,
        person.offer,
        person.operator,
        person.second,
        person.broadband,
        person.contract_left,
        reference_fen,
        person.satisfaction,
        person.points,
        person.perk,
        person.perk_left,
    )


@behaviour
def with_perk(person: Person, campaign: int, satisfaction: float, m: MarketTables) -> Person:
    """The account once it enjoys a campaign's promise on its present plan, bound as asked."""
    return standing(
        person,
        person.offer,
        person.operator,
        person.second,
        person.broadband,
        max(person.contract_left, m.campaigns[campaign].contract_months),
        person.reference_fen,
        satisfaction,
        person.points,
        campaign,
        m.campaigns[campaign].months,
    )


@behaviour
def with_second(person: Person, second: int) -> Person:
    """The account with another second SIM, or none (-1)."""
    return standing(
        person,
        person.offer,
        person.operator,
        second,
        person.broadband,
        person.contract_left,
        person.reference_fen,
        person.satisfaction,
        person.points,
        person.perk,
        person.perk_left,
    )


@behaviour
def cared_for(satisfaction: float, campaign: int, m: MarketTables) -> float:
    """Satisfaction after an expert has taken care: part of the way to full."""
    return satisfaction + m.campaigns[campaign].care * (1.0 - satisfaction)


@behaviour
def fee_for_leaving(person: Person, offer: int, m: MarketTables) -> int:
    """Exit fee in fen that falls due when the account moves to `offer`."""
    return fee_for_moving_fen(m.offers, person, offer)


@behaviour
def reference_after(person: Person, before_offer: int, last_bill_fen: int, p: Behaviour) -> int:
    """The price one is used to at the end of the month.

    It follows the bills up to last month's, so that this month's can still come as a shock.
    """
    if person.offer != before_offer:
        return person.reference_fen
    return next_reference_fen(person.reference_fen, last_bill_fen, p)


@behaviour
def bill_of(
    person: Person, wish_gb: float, welcome_fen: int, m: MarketTables, p: Behaviour
) -> Bill:
    """This month's bill on the plan the account is on now.

    Discounts never exceed what there is to pay.
    """
    o = m.offers
    s = m.around
    carried = carried_now_gb(person, o, s.allowance_growth, p)
    allowance = plan_allowance_gb(o, person.offer, person.lines, s.allowance_growth)
    discount = welcome_fen
    pack = 0
    if person.perk >= 0:
        perk = person.perk
        discount += m.campaigns[perk].discount_fen * person.lines
        pack = m.campaigns[perk].pack_fen * person.lines
        allowance += m.campaigns[perk].gb * person.lines
    over = overage_fen(wish_gb - carried, allowance, o.rows[person.offer].overage_fen_per_gb, p)
    whole = account_bill_fen(o, person.offer, person, s)
    standalone = 0
    if person.broadband >= 0 and o.rows[person.offer].broadband == 0:
        standalone = max(0, s.firms[person.broadband].broadband_fen)
    plan = whole - standalone
    second = o.price_fen[person.second, person.region] if person.second >= 0 else 0
    discount = min(discount, plan + over + pack)
    used = used_gb(wish_gb - carried, allowance, p)
    return Bill(plan, over, pack, discount, standalone, second, carried, used)


@behaviour
def runs_out(person: Person, wish_gb: float, m: MarketTables, p: Behaviour) -> bool:
    """Whether this month's wish exceeds the data of the present plan and second SIM."""
    carried = carried_now_gb(person, m.offers, m.around.allowance_growth, p)
    allowance = plan_allowance_gb(m.offers, person.offer, person.lines, m.around.allowance_growth)
    return wish_gb - carried > allowance


@behaviour
def earned_points(plan_fen: int, points_per_yuan: float) -> int:
    """Points that a payment earns."""
    return round_fen(plan_fen * points_per_yuan / 100.0)


@behaviour
def granted_benefits(person: Person, m: MarketTables) -> int:
    """Benefits the account enjoys this month (bit mask).

    They come with its plan or a campaign, if the partners deliver.
    """
    mask = m.offers.rows[person.offer].benefits
    if person.perk >= 0:
        mask |= m.campaigns[person.perk].benefits
    return mask & m.around.firms[person.operator].supplied


@behaviour
def lines_with(operator: int, main: int, lines: int, second: int) -> int:
    """How many mobile lines an account holds with an operator."""
    count = lines if main == operator else 0
    return count + 1 if second == operator else count


@behaviour
def may_hold_second(segment: int, m: MarketTables) -> bool:
    """Whether somebody can carry a second SIM: persons do, where the market has them."""
    return m.around.second_lines == 1 and segment < Segment.HOUSEHOLD
