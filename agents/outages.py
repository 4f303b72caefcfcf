"""Base stations that fail: in some months a region's customers are without service for a while.

A fact of the market (`market.outages`), the same whatever anybody plays. As with broadband lines, a
failure begins as a defect some months before (delay-time model, Christer & Waller 1984).
"""

from typing import Annotated

from pydantic import Field

from agents.behaviour.settings import Chance
from sim.draws import Purpose, lognormal_around_one, normal, uniform
from sim.schema import Settings
from sim.vocabulary import MAX_REGIONS, NOBODY


class OutageSettings(Settings):
    """How often an operator's base stations in a region fail, and who feels it."""

    monthly: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Chance a month, by operator and region; 0: they never do."""
    felt_share: Chance = 0.3
    """Share of customers in the region who feel it, as a fault."""


def due_in(seed: int, station: int, month: int, sound: int, months: int, chance: float) -> int:
    """Months until the failure of a defect that is there now; -1: there is none."""
    for k in range(sound, months):
        if uniform(seed, station, month + k, Purpose.OUTAGE, 0) < chance:
            return k
    return NOBODY


def alarms(
    seed: int, station: int, month: int, usual: float, spread: float, noise: float, grown: float
) -> float:
    """Alarms counted in a month; `grown` is the factor by which a defect raises them."""
    lasting = lognormal_around_one(normal(seed, station, 0, Purpose.OUTAGE, 1), spread)
    shaken = lognormal_around_one(normal(seed, station, month, Purpose.OUTAGE, 2), noise)
    return float(int(usual * lasting * shaken * grown))


def station_of(operator: int, region: int) -> int:
    """The number by which an operator's base stations in a region are drawn."""
    return operator * (MAX_REGIONS + 2) + region
