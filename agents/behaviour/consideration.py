"""The comparison of offers taken apart: what is considered, and what each offer is worth.

`choose_main` says the same in one loop, because compiled code that calls it in parts takes 40 %
longer over a month. Who records choices uses the parts, and holds every result against the loop's.
"""

from agents.behaviour.choice import in_reach, is_promised, open_to, promised_yuan
from agents.behaviour.environment import MarketTables, Person
from agents.behaviour.preferences import Taste
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import moving_cost_yuan, plan_value_yuan, welcome_yuan
from sim.compile import behaviour


@behaviour
def considers_operator(
    person: Person,
    operator: int,
    second_operator: int,
    promise: int,
    friends_there: int,
    looking: bool,
    m: MarketTables,
    p: Behaviour,
) -> bool:
    """Whether any of an operator's offers are compared: one's own, a promiser's, a known rival's.

    Rivals are looked at only by who looks around; one with whom one has a number (a second SIM) is
    known, and who must go asks everywhere.
    """
    if operator == person.operator:
        return True
    told = promise >= 0 and operator == m.campaigns[promise].operator
    if not looking and not told:
        return False
    must_go = m.offers.rows[person.offer].on_sale < 0
    asks = told or must_go or operator == second_operator
    return in_reach(person.who, operator, person.region, friends_there, asks, m, p)


@behaviour
def considers_offer(
    offer: int, person: Person, promise: int, looking: bool, m: MarketTables
) -> bool:
    """Whether one offer of an operator considered is compared.

    The present plan is, unless it was switched off.
    """
    if offer == person.offer:
        return m.offers.rows[offer].on_sale >= 0
    if not looking and not is_promised(offer, promise, m):
        return False
    own = m.offers.rows[offer].operator == person.operator
    return open_to(m.offers, offer, person, own)


@behaviour
def offer_value_yuan(
    offer: int,
    person: Person,
    taste: Taste,
    liking_yuan: float,
    friend_share: float,
    carried_gb: float,
    promise: int,
    second_operator: int,
    m: MarketTables,
    p: Behaviour,
) -> float:
    """What an offer is worth to somebody who compares, getting there included, before the shock."""
    o = m.offers
    s = m.around
    value = plan_value_yuan(o, offer, person, taste, liking_yuan, friend_share, carried_gb, s, p)
    value += promised_yuan(offer, promise, person, m, p)
    value += welcome_yuan(o, offer, person, p)
    value -= moving_cost_yuan(o, offer, person, taste, second_operator, p)
    if o.rows[offer].operator == person.operator:
        value += p.experience_value_yuan * (person.satisfaction - p.usual_satisfaction)
    return value
