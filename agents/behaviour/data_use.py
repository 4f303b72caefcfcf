"""How much data one's lines use: what a second SIM takes over."""

from agents.behaviour.billing import carried_by_second_gb, plan_allowance_gb
from agents.behaviour.settings import Behaviour
from agents.fields import Account
from sim.compile import behaviour
from sim.offers import OfferTable


@behaviour
def carried_now_gb(person: Account, o: OfferTable, allowance_growth: float, p: Behaviour) -> float:
    """Traffic that the second SIM, if there is one, takes off the main line."""
    if person.second < 0:
        return 0.0
    allowance = plan_allowance_gb(o, person.second, 1, allowance_growth)
    return carried_by_second_gb(allowance, person.usual_gb, p)
