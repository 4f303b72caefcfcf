"""What is assumed about people: every behavioural parameter, its unit and its limits.

Values and their sources stand in the market's YAML; this file says what they mean. Amounts of money
are in currency units (yuan) per line and month unless the name says otherwise.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Protocol, get_type_hints

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.records import fill
from sim.schema import Settings

Amount = Annotated[float, Field(ge=0, le=10_000)]
Chance = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0, le=3)]

_OUTER = math.sqrt(3.0)
"""Outer point of three-point Gauss-Hermite, in standard deviations."""


class BySegment(Settings):
    """One non-negative number for each segment."""

    experience: Amount
    price: Amount
    benefit: Amount
    household: Amount
    enterprise: Amount

    def array(self) -> NDArray[np.float64]:
        """The five numbers in the order of `Segment`."""
        return np.array(
            [self.experience, self.price, self.benefit, self.household, self.enterprise]
        )


class BehaviourSettings(Settings):
    """Tastes, habits and attention. Draws: lognormal where a mean and a spread are given."""

    # what things are worth
    logit_scale_yuan: BySegment
    """Scale of the taste shock: how much unexplained preference there is, in yuan."""
    price_spread: Spread
    """Spread (log sd) of the logit scale within a segment: who minds the price more."""
    quality_value_yuan: BySegment
    """Mean willingness to pay for network quality, from none (0) to perfect (1)."""
    quality_spread: Spread
    brand_sd_yuan: BySegment
    """Standard deviation of lasting liking for one operator."""
    loss_aversion: Annotated[float, Field(ge=0, le=5)]
    """How much more a yuan above the usual price weighs than a yuan below it (0: equally)."""
    experience_value_yuan: Amount
    """What the step from usual to full satisfaction adds to staying with one's operator."""
    usual_satisfaction: Annotated[float, Field(gt=0, le=1)]
    peer_value_yuan: Annotated[float, Field(ge=0, le=1000)]
    """What it is worth that all friends, instead of none, are with the operator."""
    # what moving costs
    hassle_yuan: BySegment
    """Mean hassle of changing operator, as a monthly amount over `horizon_months`."""
    hassle_spread: Spread
    plan_hassle_yuan: Amount
    """Hassle of changing plan at the same operator."""
    broadband_move_yuan: Amount
    """Cost of having broadband installed by another operator, one-off, per account."""
    horizon_months: Annotated[int, Field(ge=1, le=60)]
    """Months over which people spread one-off costs and gains when they compare."""
    # usage
    usage_gb: BySegment
    """Mean data traffic of a line in the month the market starts."""
    usage_spread: Spread
    usage_shock: Spread
    """Spread (log sd) of a line's traffic from month to month."""
    restraint: Chance
    """Share of the wish beyond the allowance that is given up rather than paid for."""
    restraint_yuan_per_gb: Amount
    """What a given-up gigabyte would have been worth."""
    # second SIM
    second_taste_yuan: Annotated[float, Field(ge=-1000, le=1000)]
    """Mean liking for having a second number at all, against the appeal of offers (calibrated)."""
    second_spread_yuan: Amount
    second_hassle_yuan: Amount
    """Hassle of taking out or ending a second SIM, monthly over the horizon."""
    second_offload: Chance
    """Largest share of one's traffic that a second SIM can carry."""
    second_idle: Chance
    """Chance that a second SIM without data is not used at all in a month."""
    # attention: chance per month to look at the market, by cause
    look_base: Chance
    look_contract_end: Chance
    look_bill_shock: Chance
    look_fault: Chance
    look_dissatisfied: Chance
    """When satisfaction is 0; in proportion below the usual satisfaction."""
    look_advert: Chance
    look_friend: Chance
    """For each friend who changed operator last month."""
    look_contacted: Chance
    enterprise_pace: Chance
    """How often a firm looks, relative to a person in the same situation."""
    transparency: Chance
    """Chance that somebody who looks sees a given rival's offers, before any advertising."""
    bill_shock_share: Annotated[float, Field(ge=0, le=10)]
    """A bill that exceeds the reference by this share is a shock."""
    reference_memory: Chance
    """Weight of last month's reference in this month's reference price."""
    # satisfaction
    satisfaction_memory: Chance
    satisfaction_base: Chance
    satisfaction_quality: Chance
    """Effect of felt network quality from 0 to 1."""
    satisfaction_fault: Chance
    satisfaction_shock: Chance
    satisfaction_ran_out: Chance
    satisfaction_contact: Chance
    complaint_base: Chance
    complaint_fault: Chance
    complaint_contact: Chance
    complaint_dissatisfied: Chance
    # benefits and points
    benefit_spread: Spread
    overlap_cancel: Chance
    """Share of people who, given a benefit they buy already, really cancel what they pay for it."""
    point_value_yuan: Amount
    redeem_chance: Chance
    """Chance per month that somebody redeems the points collected so far."""


class Behaviour(Protocol):
    """The same parameters as behaviour functions read them: one record, sequences by segment."""

    logit_scale_yuan: Sequence[float]
    quality_value_yuan: Sequence[float]
    brand_sd_yuan: Sequence[float]
    hassle_yuan: Sequence[float]
    usage_gb: Sequence[float]
    price_spread: float
    quality_spread: float
    loss_aversion: float
    experience_value_yuan: float
    usual_satisfaction: float
    peer_value_yuan: float
    hassle_spread: float
    plan_hassle_yuan: float
    broadband_move_yuan: float
    horizon_months: float
    usage_spread: float
    usage_shock: float
    restraint: float
    restraint_yuan_per_gb: float
    second_taste_yuan: float
    second_spread_yuan: float
    second_hassle_yuan: float
    second_offload: float
    second_idle: float
    look_base: float
    look_contract_end: float
    look_bill_shock: float
    look_fault: float
    look_dissatisfied: float
    look_advert: float
    look_friend: float
    look_contacted: float
    enterprise_pace: float
    transparency: float
    bill_shock_share: float
    reference_memory: float
    satisfaction_memory: float
    satisfaction_base: float
    satisfaction_quality: float
    satisfaction_fault: float
    satisfaction_shock: float
    satisfaction_ran_out: float
    satisfaction_contact: float
    complaint_base: float
    complaint_fault: float
    complaint_contact: float
    complaint_dissatisfied: float
    benefit_spread: float
    overlap_cancel: float
    point_value_yuan: float
    redeem_chance: float
    # worked out once, since every valuation of a plan needs them
    usual_shock: float  # median of the factor by which a month's traffic differs from the mean
    shock_swing: float  # factor between it and the outer points of an expectation over shocks


def as_attentive(settings: BehaviourSettings, factor: float) -> BehaviourSettings:
    """People who look around so many times as often, whatever makes them look."""
    looks = {
        name: min(1.0, getattr(settings, name) * factor)
        for name in BehaviourSettings.model_fields
        if name.startswith("look_")
    }
    return settings.model_copy(update=looks)


def compile_behaviour(settings: BehaviourSettings) -> Behaviour:
    """Turn validated settings into the record that behaviour functions take."""
    spread = settings.usage_shock
    values: dict[str, Any] = {
        "usual_shock": math.exp(-0.5 * spread * spread),
        "shock_swing": math.exp(spread * _OUTER),
    }
    for name in get_type_hints(Behaviour).keys() - values.keys():
        value = getattr(settings, name)
        values[name] = value.array() if isinstance(value, BySegment) else value
    return fill(Behaviour, (1,), values)[0]
