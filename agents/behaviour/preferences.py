"""Who somebody is: lasting tastes, each a pure function of (seed, subscriber)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import Surroundings
from agents.behaviour.settings import Behaviour
from agents.fields import Account
from sim.compile import behaviour
from sim.draws import Purpose, lognormal_around_one, normal, normal_from, uniform, uniforms

Room = NDArray[np.float64] | list[float]
"""A number for each benefit: an array where behaviour is compiled, a list where it is not."""


class Taste(NamedTuple):
    """Lasting tastes of one subscriber, in yuan a month per line."""

    scale_yuan: float
    quality_yuan: float
    hassle_yuan: float
    second_yuan: float
    benefits_yuan: Room  # by benefit, for the account, net of what it owns


@behaviour
def taste_of(person: Account, room: Room, s: Surroundings, p: Behaviour) -> Taste:
    """Draw a subscriber's tastes; asking again gives the same person.

    Willingness to pay and the logit scale rise with the region's income, so that a yuan weighs less
    where people earn more. What each benefit is worth is written into `room`, since compiled code
    allocates nothing.
    """
    who, segment = person.who, person.segment
    income = s.regions[person.region].income
    a, b, c, d = uniforms(s.seed, who, 0, Purpose.TASTE, 0)
    e, f, g, h = uniforms(s.seed, who, 0, Purpose.TASTE, 1)
    for benefit in range(len(s.services)):
        owns = (person.owned >> benefit) & 1 == 1
        mean = s.services[benefit].liking_yuan[segment]
        retail = s.services[benefit].retail_yuan
        room[benefit] = benefit_worth(s.seed, who, benefit, owns, mean, retail, p)
    return Taste(
        income
        * p.logit_scale_yuan[segment]
        * lognormal_around_one(normal_from(a, b), p.price_spread),
        income
        * p.quality_value_yuan[segment]
        * lognormal_around_one(normal_from(c, d), p.quality_spread),
        p.hassle_yuan[segment] * lognormal_around_one(normal_from(e, f), p.hassle_spread),
        p.second_taste_yuan + p.second_spread_yuan * normal_from(g, h),
        room,
    )


@behaviour
def brand_liking(seed: int, who: int, operator: int, segment: int, p: Behaviour) -> float:
    """Lasting liking of one subscriber for one operator, in yuan a month."""
    return p.brand_sd_yuan[segment] * normal(seed, who, 0, Purpose.BRAND, operator)


@behaviour
def benefit_liking(seed: int, who: int, benefit: int, mean_yuan: float, p: Behaviour) -> float:
    """What a partner's service is worth to one subscriber, in yuan a month."""
    z = normal(seed, who, 0, Purpose.BENEFIT, benefit)
    return mean_yuan * lognormal_around_one(z, p.benefit_spread)


@behaviour
def would_cancel(seed: int, who: int, benefit: int, p: Behaviour) -> bool:
    """Whether somebody who pays for a service would cancel it once it came with the plan."""
    return uniform(seed, who, 1, Purpose.BENEFIT, benefit) < p.overlap_cancel


@behaviour
def benefit_worth(
    seed: int,
    who: int,
    benefit: int,
    owned: bool,
    mean_yuan: float,
    retail_yuan: float,
    p: Behaviour,
) -> float:
    """What it adds to a plan that it includes a benefit, net of what the person owns already.

    Who buys the service anyway gains its retail price if the own subscription is cancelled and
    nothing otherwise. Nobody values it above the price at which it can be bought.
    """
    if owned:
        return retail_yuan if would_cancel(seed, who, benefit, p) else 0.0
    return min(benefit_liking(seed, who, benefit, mean_yuan, p), retail_yuan)
