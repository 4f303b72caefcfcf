"""Channels: what reaching somebody costs, and who is reached, heard and annoyed through each."""

import math
from typing import Annotated, Literal, cast

from pydantic import Field

from agents.behaviour.settings import Amount, Chance
from sim.schema import Settings
from sim.vocabulary import SEGMENTS

SegmentName = Literal["experience", "price", "benefit", "household", "enterprise"]
Factor = Annotated[float, Field(ge=0, le=100)]


class ChannelFactors(Settings):
    """How a channel works on one segment, as multiples of what it does on the whole."""

    reach: Factor = 1.0
    persuasion: Factor = 1.0
    irritation: Factor = 1.0


class ChannelSettings(Settings):
    """A way to reach a customer."""

    cost_yuan: Amount
    """Cost of one contact attempt."""
    reach: Chance
    """Chance that an attempt reaches the person at all."""
    persuasion: Chance
    """Chance that a person who would gain from the offer takes it through this channel."""
    irritation: Chance = 0.0
    """Share of contacts felt as a nuisance (they lower satisfaction and cause complaints)."""
    by_segment: dict[SegmentName, ChannelFactors] = {}
    """Where a segment differs; the products are chances, at most 1."""
    wait_months: Annotated[int, Field(ge=0, le=12)] = 0
    """Months until whoever is contacted hears of it: digital channels work at once."""
    radius_km: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """How far people go to its shops; 0: it has none, and works alike everywhere."""
    people_per_shop: Annotated[float, Field(gt=0, le=1e9)] = 20_000.0
    """People for each of its shops; only where there is a radius."""

    def by(self, kind: Literal["reach", "persuasion", "irritation"]) -> list[float]:
        """A chance for each segment."""
        usual: float = getattr(self, kind)
        factors = [self.by_segment.get(cast("SegmentName", name)) for name in SEGMENTS]
        return [usual if f is None else min(1.0, usual * getattr(f, kind)) for f in factors]

    def nearby(self, people_per_km2: float) -> float:
        """Share of people who have a shop within the radius.

        Shops stand where people live, independently: with λ of them a square kilometre nobody has
        one within r with chance exp(-λπr²) (the Poisson process of Clark & Evans 1954).
        """
        if self.radius_km == 0.0:
            return 1.0
        per_km2 = people_per_km2 / self.people_per_shop
        return 1.0 - math.exp(-per_km2 * math.pi * self.radius_km**2)
