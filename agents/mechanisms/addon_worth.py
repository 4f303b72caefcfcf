"""What an add-on is worth to somebody, before and after it has been used.

Nobody knows what a service is worth to them before they used it. The worth is lognormal over
people and fixed for life; a part of what makes it high or low for somebody they know at once, the
rest only after a month of use. Until then they count with the mean of what they do not know, less a
premium for the risk (the certainty equivalent of a lognormal, Pratt 1964), so what is better known
is bought more readily.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Protocol

import numpy as np

from agents.fields import Account, Stored
from sim.compile import behaviour
from sim.draws import Purpose, normal_from, uniform, uniforms
from sim.records import Entries

MOST_ADDONS = 32
"""Add-ons that an operator can have; who holds which is a bit mask of four bytes."""
Each = Annotated[Sequence[int], Entries(MOST_ADDONS)]
EachReal = Annotated[Sequence[float], Entries(MOST_ADDONS)]


class AddonTerms(Protocol):
    """An operator's add-ons as subscribers read them; none where it has no such programme."""

    products: int  # how many places: what is sold, and what was
    sold: int  # bit mask of what is sold; nobody holds anything else
    key: Each  # of the draws that belong to a service, by its name
    alike: Each  # another product that is the same service, or -1
    segments: Each  # bit mask of segments for whom it is anything
    price_fen: Each  # a month, for the account
    cost_fen: Each  # a month, to the operator
    to_merchants: Each  # 1: merchants are paid for serving it, else suppliers
    device_fen: Each  # what the operator gives with it, once
    worth_yuan: EachReal  # mean over people, a month for the account
    spread: EachReal  # of its logarithm over people
    known: EachReal  # part of the spread that people know before use
    unknown: EachReal  # and the part they do not
    caution: EachReal  # relative risk aversion
    owned: EachReal  # share of accounts that own such a thing already
    needs: Each  # another product that must be held, or -1
    needs_broadband: Each  # 1: works only where we supply broadband
    scene: Each  # it belongs to, or -1
    zero_rated: Each  # 1: the scene's traffic does not count against the allowance
    free_scenes: int  # bit mask of the scenes of which some product's does not
    gb: EachReal  # data granted, a month for the account
    setup_yuan: EachReal  # effort of setting it up, once
    reach_fen: Each  # what merchants pay the seller for a holder's attention, a month
    trial_months: Each  # free months before anybody pays; 0: none
    notice_chance: float
    review_chance: float
    trial_hassle_yuan: float


class AddonHolder(Account, Protocol):
    """An account with add-ons of its operator."""

    addons: Annotated[int, Stored(np.uint32, "add-ons held, on trial or paid", "bit mask")]
    addons_known: Annotated[int, Stored(np.uint32, "add-ons used for a month", "bit mask")]
    addons_trial: Annotated[int, Stored(np.uint32, "add-ons on trial", "bit mask")]
    addons_trial_left: Annotated[int, Stored(np.int8, "that the trial still runs", "months")]


class PlatformHolder(AddonHolder, Protocol):
    """An account that may hold products of a platform as well, whoever its operator is."""

    platform_addons: Annotated[int, Stored(np.uint32, "platform's products held", "bit mask")]
    platform_known: Annotated[int, Stored(np.uint32, "of these, used for a month", "bit mask")]
    platform_trial: Annotated[int, Stored(np.uint32, "of these, on trial", "bit mask")]
    platform_trial_left: Annotated[int, Stored(np.int8, "that the trial still runs", "months")]


@behaviour
def has(mask: int, k: int) -> bool:
    """Whether a bit is set."""
    return (mask >> k) & 1 == 1


@behaviour
def owns(seed: int, who: int, key: int, owned: float) -> bool:
    """Whether somebody has such a thing already, and gains nothing by another."""
    return owned > 0.0 and uniform(seed, who, 1, Purpose.ADDON_WORTH, key) < owned


@behaviour
def drawn_worth_yuan(
    seed: int,
    who: int,
    key: int,
    mean_yuan: float,
    inside: float,
    beyond: float,
    caution: float,
    owned: float,
    used: bool,
) -> float:
    """What a product is worth to somebody, from its parameters.

    `inside` and `beyond` are the standard deviations of the worth's logarithm that people know
    before use, and that they do not.
    """
    if owns(seed, who, key, owned):
        return 0.0
    u, v, w, x = uniforms(seed, who, 0, Purpose.ADDON_WORTH, key)
    log = inside * normal_from(u, v) - 0.5 * inside * inside
    if used:
        log += beyond * normal_from(w, x) - 0.5 * beyond * beyond
    else:
        log -= 0.5 * caution * beyond * beyond
    return mean_yuan * math.exp(log)


@behaviour
def plain_worth_yuan(seed: int, who: int, k: int, t: AddonTerms, used: bool) -> float:
    """What a product of these terms is worth to somebody, a month for the account.

    `used`: as it really is. Else as one expects, less the premium for not knowing. Whether it is of
    a scene does not count here.
    """
    inside, beyond = t.spread[k] * t.known[k], t.spread[k] * t.unknown[k]
    return drawn_worth_yuan(
        seed, who, t.key[k], t.worth_yuan[k], inside, beyond, t.caution[k], t.owned[k], used
    )
