"""Whether somebody looks around this month: most people, most months, do not."""

from agents.behaviour.settings import Behaviour
from sim.compile import behaviour


@behaviour
def look_chance(
    contract_ended: bool,
    bill_shock: bool,
    fault: bool,
    satisfaction: float,
    advert_reach: float,
    friends_moved: int,
    contacted: bool,
    stillness: float,
    is_enterprise: bool,
    p: Behaviour,
) -> float:
    """Chance that a subscriber re-examines the plan this month.

    Causes are independent reasons to look (noisy-or): 1 − ∏(1 − chance of each).
    `advert_reach` is the summed reach of rivals' advertising where the subscriber lives (0 to 1).
    `contacted`: a call got through and was not answered by taking what it offered, which would have
    settled the question. `stillness` is the chance that nothing one holds beside the plan makes one
    look.
    """
    keep = 1.0 - p.look_base
    if contract_ended:
        keep *= 1.0 - p.look_contract_end
    if bill_shock:
        keep *= 1.0 - p.look_bill_shock
    if fault:
        keep *= 1.0 - p.look_fault
    if contacted:
        keep *= 1.0 - p.look_contacted
    unhappy = max(0.0, p.usual_satisfaction - satisfaction) / p.usual_satisfaction
    keep *= 1.0 - p.look_dissatisfied * unhappy
    keep *= 1.0 - p.look_advert * min(1.0, advert_reach)
    for _ in range(friends_moved):
        keep *= 1.0 - p.look_friend
    keep *= stillness
    chance = 1.0 - keep
    return chance * p.enterprise_pace if is_enterprise else chance


@behaviour
def knows_chance(advert_reach: float, friend_there: bool, p: Behaviour) -> float:
    """Chance that a rival's offers are in the consideration set of somebody who looks."""
    if friend_there:
        return 1.0
    return 1.0 - (1.0 - p.transparency) * (1.0 - min(1.0, advert_reach))
