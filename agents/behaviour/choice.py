"""Which offer somebody takes: the best of those they know of, with staying always an option.

Choices are discrete choices by random utility (McFadden 1974): value + scale × Gumbel. The shock
belongs to (subscriber, month, offer), so that an offer which appears or changes leaves all other
shocks alone.
"""

from agents.behaviour.billing import (
    carried_by_second_gb,
    expected_shortfall_yuan,
    plan_allowance_gb,
    plan_price_fen,
)
from agents.behaviour.consideration import (
    considers_offer,
    considers_operator,
    friends_at,
    in_reach,
)
from agents.behaviour.data_use import carried_now_gb
from agents.behaviour.environment import MarketTables
from agents.behaviour.preferences import Taste, brand_liking
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import (
    fee_for_moving_fen,
    fee_paid_fen,
    is_customer_of,
    may_buy,
    plan_value_yuan,
)
from agents.fields import Account, Diary
from agents.mechanisms.registry import held_yuan, joining_yuan, leaving_yuan
from sim.compile import behaviour
from sim.draws import Purpose, gumbel
from sim.offers import OfferTable

NO_SECOND_KEY = 0
"""Key of the option 'no second SIM'; offers' keys start at 1."""


@behaviour
def second_operator_of(person: Account, o: OfferTable) -> int:
    """Operator of the second SIM, or -1."""
    return o.rows[person.second].operator if person.second >= 0 else -1


@behaviour
def moving_cost_yuan(
    person: Account,
    d: Diary,
    offer: int,
    taste: Taste,
    second_operator: int,
    m: MarketTables,
    p: Behaviour,
) -> float:
    """Cost per line of getting onto a plan, spread over the horizon people look ahead.

    Hassle (none where one has a number already through the second SIM), the exit fee of a running
    contract, what mechanisms make one forfeit, broadband that must be moved. Whose line has ended
    pays none of it anywhere.
    """
    if offer == person.offer or d.ended == 1:
        return 0.0
    o = m.offers
    operator = o.rows[offer].operator
    cost = p.plan_hassle_yuan
    once = fee_for_moving_fen(o, person, offer) / 100.0
    if operator != person.operator:
        once -= fee_paid_fen(o, person, offer) / 100.0
        cost = p.plan_hassle_yuan if operator == second_operator else taste.hassle_yuan
        once += leaving_yuan(person, d, offer, m, p)
    if o.rows[offer].broadband == 1 and person.broadband >= 0 and person.broadband != operator:
        once += p.broadband_move_yuan
    return cost + once / (p.horizon_months * person.lines)


@behaviour
def offer_value_yuan(
    person: Account,
    d: Diary,
    offer: int,
    taste: Taste,
    liking_yuan: float,
    friend_share: float,
    carried_gb: float,
    second_operator: int,
    m: MarketTables,
    p: Behaviour,
) -> float:
    """What an offer is worth to somebody who compares, getting there included, before the shock."""
    o = m.offers
    s = m.around
    value = plan_value_yuan(o, offer, person, taste, liking_yuan, friend_share, carried_gb, s, p)
    value += held_yuan(person, d, offer, m, p)
    value += joining_yuan(person, d, offer, m, p)
    value -= moving_cost_yuan(person, d, offer, taste, second_operator, m, p)
    if o.rows[offer].operator == person.operator:
        value += p.experience_value_yuan * (person.satisfaction - p.usual_satisfaction)
    return value


@behaviour
def compare(person: Account, d: Diary, taste: Taste, m: MarketTables, p: Behaviour) -> None:
    """Compare the present plan with the others one considers: what is best, and what staying is.

    Who looks around considers the own operator's plans and those of the rivals one knows of; who
    was only made a promise considers what was promised; who must go, since the plan was switched
    off, asks everywhere. Writes `chosen`, `value_yuan` and `stay_yuan` into the diary.
    """
    o = m.offers
    s = m.around
    second_operator = second_operator_of(person, o)
    carried = carried_now_gb(person, o, s.allowance_growth, p)
    best_offer = person.offer
    best = -1e300
    stay = -1e300
    for operator in range(len(s.firms)):
        if not considers_operator(person, d, operator, second_operator, m, p):
            continue
        liking = brand_liking(s.seed, person.who, operator, person.segment, p)
        share = friends_at(d.friends, operator) / max(1, s.friends + s.acquaintances)
        for offer in range(len(o.rows)):
            if o.rows[offer].operator != operator or not considers_offer(person, d, offer, m):
                continue
            value = offer_value_yuan(
                person, d, offer, taste, liking, share, carried, second_operator, m, p
            )
            shock = gumbel(s.seed, person.who, s.month, Purpose.CHOICE, o.rows[offer].key)
            value += taste.scale_yuan * shock
            if value > best:
                best = value
                best_offer = offer
            if offer == person.offer:
                stay = value
    d.chosen = best_offer
    d.value_yuan = best
    d.stay_yuan = stay


@behaviour
def _may_hold(o: OfferTable, offer: int, person: Account) -> bool:
    """Whether somebody may go on with a second SIM, or take it out."""
    if offer == person.second:
        return o.rows[offer].on_sale >= 0
    if not is_customer_of(o, offer, person.operator, 0):
        return False
    return may_buy(o, offer, person.segment, person.region)


@behaviour
def choose_second(
    person: Account, taste: Taste, left_operator: int, friends: int, m: MarketTables, p: Behaviour
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
