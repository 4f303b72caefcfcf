"""What a month is like: traffic, faults, satisfaction that remembers, complaints."""

from agents.behaviour.settings import Behaviour
from sim.compile import behaviour
from sim.draws import lognormal_around_one


@behaviour
def wished_gb(usual_gb: float, growth: float, z: float, p: Behaviour) -> float:
    """Traffic somebody would like to use this month: habit × trend × this month's shock."""
    return usual_gb * growth * lognormal_around_one(z, p.usage_shock)


@behaviour
def next_satisfaction(
    satisfaction: float,
    quality: float,
    fault: bool,
    shock: bool,
    ran_out: bool,
    contacts: int,
    p: Behaviour,
) -> float:
    """Satisfaction (0 to 1): an exponentially fading memory of months like this one."""
    felt = p.satisfaction_base + p.satisfaction_quality * quality
    if fault:
        felt -= p.satisfaction_fault
    if shock:
        felt -= p.satisfaction_shock
    if ran_out:
        felt -= p.satisfaction_ran_out
    felt -= p.satisfaction_contact * contacts
    felt = min(1.0, max(0.0, felt))
    return p.satisfaction_memory * satisfaction + (1.0 - p.satisfaction_memory) * felt


@behaviour
def complaint_chance(satisfaction: float, fault: bool, contacts: int, p: Behaviour) -> float:
    """Chance to complain this month: faults, being called too often, lasting dissatisfaction."""
    chance = p.complaint_base + p.complaint_contact * contacts
    if fault:
        chance += p.complaint_fault
    chance += p.complaint_dissatisfied * max(0.0, p.usual_satisfaction - satisfaction)
    return min(1.0, chance)
