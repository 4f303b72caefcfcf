"""Who somebody is: lasting tastes, each a pure function of (seed, subscriber)."""

from typing import NamedTuple

from agents.behaviour.settings import Behaviour
from sim.compile import behaviour
from sim.draws import Purpose, lognormal_around_one, normal, normal_from, uniform, uniforms


class Taste(NamedTuple):
    """Lasting tastes of one subscriber, in yuan a month per line."""

    scale_yuan: float
    quality_yuan: float
    hassle_yuan: float
    second_yuan: float


@behaviour
def taste_of(seed: int, who: int, segment: int, income: float, p: Behaviour) -> Taste:
    """Draw the tastes of subscriber `who`; asking again gives the same person.

    `income` is the region's income relative to the country's: willingness to pay and the logit
    scale rise with it, so that a yuan weighs less where people earn more.
    """
    a, b, c, d = uniforms(seed, who, 0, Purpose.TASTE, 0)
    e, f, g, h = uniforms(seed, who, 0, Purpose.TASTE, 1)
    return Taste(
        income
        * p.logit_scale_yuan[segment]
        * lognormal_around_one(normal_from(a, b), p.price_spread),
        income
        * p.quality_value_yuan[segment]
        * lognormal_around_one(normal_from(c, d), p.quality_spread),
        p.hassle_yuan[segment] * lognormal_around_one(normal_from(e, f), p.hassle_spread),
        p.second_taste_yuan + p.second_spread_yuan * normal_from(g, h),
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
