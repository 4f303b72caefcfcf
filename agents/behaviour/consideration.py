"""Which offers are compared at all: what one knows of, may buy, was promised, can use at home."""

from agents.behaviour.attention import knows_chance
from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import accepts, covers, is_customer_of, may_buy
from agents.fields import Account, Diary
from sim.compile import behaviour
from sim.draws import Purpose, uniform
from sim.offers import OfferTable


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
    """Whether a rival is an option at all: known, to be used where one lives, and acceptable.

    Who is told of it by itself, has its number already, or must go somewhere, does not hold out.
    """
    if not knows(who, operator, region, friends_there, told, m, p):
        return False
    if not covers(who, operator, region, m.around):
        return False
    return told or accepts(who, operator, region, friends_there, m.around)


@behaviour
def service_ended(person: Account, o: OfferTable) -> bool:
    """Whether a plan one is on, main or second, has been switched off."""
    if o.rows[person.offer].on_sale < 0:
        return True
    return person.second >= 0 and o.rows[person.second].on_sale < 0


@behaviour
def is_promised(offer: int, promise: int, m: MarketTables) -> bool:
    """Whether a campaign's promise holds on an offer: the one it names, or any of its operator."""
    target = m.campaigns[promise].target_offer
    if target >= 0:
        return offer == target
    return m.campaigns[promise].operator == m.offers.rows[offer].operator


@behaviour
def open_to(o: OfferTable, offer: int, person: Account, d: Diary, own: bool) -> bool:
    """Whether this person may take the offer.

    Newcomers' offers are closed to present customers; offers for customers of some operators to
    everybody else, and to who is nobody's customer since the line has ended.
    """
    if own and o.rows[offer].newcomers_only == 1:
        return False
    if not is_customer_of(o, offer, person.operator, d.ended):
        return False
    return may_buy(o, offer, person.segment, person.region)


@behaviour
def considers_operator(
    person: Account, d: Diary, operator: int, second_operator: int, m: MarketTables, p: Behaviour
) -> bool:
    """Whether any of an operator's offers are compared: one's own, a promiser's, a known rival's.

    Rivals are looked at only by who looks around; one with whom one has a number (a second SIM) is
    known, and who must go asks everywhere.
    """
    if operator == person.operator:
        return True
    told = d.promise >= 0 and operator == m.campaigns[d.promise].operator
    if d.looks == 0 and d.ended == 0 and not told:
        return False
    must_go = m.offers.rows[person.offer].on_sale < 0
    asks = told or must_go or operator == second_operator
    there = friends_at(d.friends, operator)
    return in_reach(person.who, operator, person.region, there, asks, m, p)


@behaviour
def considers_offer(person: Account, d: Diary, offer: int, m: MarketTables) -> bool:
    """Whether one offer of an operator considered is compared.

    The present plan is, unless it was switched off; who does not look sees what was promised. Whose
    line has ended can take only what is on sale.
    """
    if offer == person.offer:
        return m.offers.rows[offer].on_sale >= (1 if d.ended == 1 else 0)
    if d.looks == 0 and d.ended == 0 and not is_promised(offer, d.promise, m):
        return False
    own = m.offers.rows[offer].operator == person.operator
    return open_to(m.offers, offer, person, d, own)
