"""Which offer somebody takes: the best of those they know of, with staying always an option.

Choices are discrete choices by random utility (McFadden 1974): value + scale × Gumbel. The shock
belongs to (subscriber, month, offer), so that an offer which appears or changes leaves all other
shocks alone.
"""

from typing import NamedTuple

from agents.behaviour.attention import knows_chance
from agents.behaviour.billing import (
    carried_by_second_gb,
    expected_shortfall_yuan,
    plan_allowance_gb,
    plan_price_fen,
)
from agents.behaviour.environment import MarketTables, Person
from agents.behaviour.preferences import Taste, brand_liking
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import (
    covers,
    may_buy,
    moving_cost_yuan,
    perk_yuan,
    plan_value_yuan,
    promise_yuan,
    welcome_yuan,
)
from sim.compile import behaviour
from sim.draws import Purpose, gumbel, uniform
from sim.offers import OfferTable

NO_SECOND_KEY = 0
"""Key of the option 'no second SIM'; offers' keys start at 1."""


class Decision(NamedTuple):
    """Outcome of looking around, in yuan a month per line."""

    offer: int
    value_yuan: float
    stay_yuan: float


@behaviour
def friends_at(friends: int, operator: int) -> int:
    """How many friends are with an operator: `friends` packs the counts, four bits an operator."""
    return (friends >> (4 * operator)) & 15


@behaviour
def knows(
    who: int,
    operator: int,
    region: int,
    friends_there: int,
    told: bool,
    m: MarketTables,
    p: Behaviour,
) -> bool:
    """Whether a rival operator's offers are in this subscriber's consideration set this month."""
    if told:
        return True
    chance = knows_chance(m.around.places[operator, region].advert, friends_there > 0, p)
    return uniform(m.around.seed, who, m.around.month, Purpose.KNOWS, operator) < chance


@behaviour
def in_reach(
    who: int,
    operator: int,
    region: int,
    friends_there: int,
    told: bool,
    m: MarketTables,
    p: Behaviour,
) -> bool:
    """Whether a rival is an option at all: known, and to be used where one lives."""
    if not knows(who, operator, region, friends_there, told, m, p):
        return False
    return covers(who, operator, region, m.around)


@behaviour
def service_ended(person: Person, o: OfferTable) -> bool:
    """Whether a plan one is on, main or second, has been switched off."""
    if o.rows[person.offer].on_sale < 0:
        return True
    return person.second >= 0 and o.rows[person.second].on_sale < 0


@behaviour
def carried_now_gb(person: Person, o: OfferTable, allowance_growth: float, p: Behaviour) -> float:
    """Traffic that the second SIM, if there is one, takes off the main line."""
    if person.second < 0:
        return 0.0
    allowance = plan_allowance_gb(o, person.second, 1, allowance_growth)
    return carried_by_second_gb(allowance, person.usual_gb, p)


@behaviour
def promised_yuan(offer: int, promise: int, person: Person, m: MarketTables, p: Behaviour) -> float:
    """What campaigns add to an offer: a running perk on the present plan, a promise on its own.

    A promise without a named plan holds on every plan of the operator that makes it.
    """
    worth = 0.0
    if offer == person.offer and person.perk >= 0:
        worth += perk_yuan(m, person.perk, person.perk_left, offer, person, p)
    if promise >= 0 and is_promised(offer, promise, m):
        worth += promise_yuan(m, promise, offer, person, p)
    return worth


@behaviour
def is_promised(offer: int, promise: int, m: MarketTables) -> bool:
    """Whether a campaign's promise holds on an offer: the one it names, or any of its operator."""
    target = m.campaigns[promise].target_offer
    if target >= 0:
        return offer == target
    return m.campaigns[promise].operator == m.offers.rows[offer].operator


@behaviour
def choose_main(  # noqa: C901, PLR0912 - one loop over all offers, each with the reasons to skip it
    person: Person,
    taste: Taste,
    friends: int,
    promise: int,
    looking: bool,
    m: MarketTables,
    p: Behaviour,
) -> Decision:
    """Compare the present plan with the others one considers.

    Who looks around considers the own operator's plans and those of the rivals one knows of; who
    was only made a promise (campaign `promise`, or -1) considers what was promised; who must go,
    since the plan was switched off, asks everywhere. `friends` counts friends by operator (see
    `friends_at`).
    """
    o = m.offers
    s = m.around
    second_operator = o.rows[person.second].operator if person.second >= 0 else -1
    promiser = m.campaigns[promise].operator if promise >= 0 else -1
    carried = carried_now_gb(person, o, s.allowance_growth, p)
    must_go = o.rows[person.offer].on_sale < 0
    best_offer = person.offer
    best = -1e300
    stay = -1e300
    for operator in range(len(s.firms)):
        own = operator == person.operator
        told = operator == promiser
        there = friends_at(friends, operator)
        if not own:
            if not looking and not told:
                continue
            asks = told or must_go or operator == second_operator
            if not in_reach(person.who, operator, person.region, there, asks, m, p):
                continue
        liking = brand_liking(s.seed, person.who, operator, person.segment, p)
        friend_share = there / max(1, s.friends + s.acquaintances)
        for offer in range(len(o.rows)):
            if o.rows[offer].operator != operator:
                continue
            if offer != person.offer:
                if not looking and not is_promised(offer, promise, m):
                    continue
                if not open_to(o, offer, person, own):
                    continue
            elif must_go:
                continue
            value = plan_value_yuan(o, offer, person, taste, liking, friend_share, carried, s, p)
            value += promised_yuan(offer, promise, person, m, p)
            value += welcome_yuan(o, offer, person, p)
            value -= moving_cost_yuan(o, offer, person, taste, second_operator, p)
            if own:
                value += p.experience_value_yuan * (person.satisfaction - p.usual_satisfaction)
            shock = gumbel(s.seed, person.who, s.month, Purpose.CHOICE, o.rows[offer].key)
            value += taste.scale_yuan * shock
            if value > best:
                best = value
                best_offer = offer
            if offer == person.offer:
                stay = value
    return Decision(best_offer, best, stay)


@behaviour
def open_to(o: OfferTable, offer: int, person: Person, own: bool) -> bool:
    """Whether this person may take the offer; newcomers' offers are closed to present customers."""
    if own and o.rows[offer].newcomers_only == 1:
        return False
    return may_buy(o, offer, person.segment, person.region)


@behaviour
def _may_hold(o: OfferTable, offer: int, person: Person) -> bool:
    """Whether somebody may go on with a second SIM, or take it out."""
    if offer == person.second:
        return o.rows[offer].on_sale >= 0
    return may_buy(o, offer, person.segment, person.region)


@behaviour
def choose_second(
    person: Person, taste: Taste, left_operator: int, friends: int, m: MarketTables, p: Behaviour
) -> int:
    """Which offer to hold on a second SIM beside the main line, or -1 for none.

    A second SIM is worth one's liking for a second number plus what its data spares on the main
    plan. `left_operator` is the operator just left with the main line, or -1: keeping that number
    costs no hassle.
    """
    o = m.offers
    s = m.around
    main_allowance = plan_allowance_gb(o, person.offer, 1, s.allowance_growth)
    fee = o.rows[person.offer].overage_fen_per_gb
    alone = expected_shortfall_yuan(person.usual_gb, main_allowance, fee, p)
    held = o.rows[person.second].operator if person.second >= 0 else -1
    best_offer = -1
    best = taste.scale_yuan * gumbel(
        s.seed, person.who, s.month, Purpose.SECOND_CHOICE, NO_SECOND_KEY
    )
    if held >= 0:
        best -= p.second_hassle_yuan
    for operator in range(len(s.firms)):
        if operator == person.operator:
            continue
        has_number = operator == held or operator == left_operator  # noqa: PLR1714 - compiled code
        friends_there = friends_at(friends, operator)
        if not in_reach(person.who, operator, person.region, friends_there, has_number, m, p):
            continue
        for offer in range(len(o.rows)):
            if o.rows[offer].operator != operator or o.rows[offer].second_line == 0:
                continue
            if not _may_hold(o, offer, person):
                continue
            allowance = plan_allowance_gb(o, offer, 1, s.allowance_growth)
            carried = carried_by_second_gb(allowance, person.usual_gb, p)
            rest = expected_shortfall_yuan(person.usual_gb - carried, main_allowance, fee, p)
            value = taste.second_yuan + o.rows[offer].appeal_yuan + alone - rest
            value += s.places[operator, person.region].appeal_yuan
            value -= plan_price_fen(o, offer, person.region, 1) / 100.0
            if not has_number:
                value -= p.second_hassle_yuan
            shock = gumbel(s.seed, person.who, s.month, Purpose.SECOND_CHOICE, o.rows[offer].key)
            value += taste.scale_yuan * shock
            if value > best:
                best = value
                best_offer = offer
    return best_offer
