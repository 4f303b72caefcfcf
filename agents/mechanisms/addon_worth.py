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

from agents.behaviour.environment import MarketTables
from agents.behaviour.scene_use import scene_level
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Stored
from agents.mechanisms.scene_data import relief_yuan
from sim.compile import behaviour, called
from sim.draws import Purpose, normal_from, uniform, uniforms
from sim.records import Entries
from sim.vocabulary import NOBODY, Scene

MOST_ADDONS = 8
"""Add-ons that an operator can have; who holds which is a bit mask of one byte."""
Each = Annotated[Sequence[int], Entries(MOST_ADDONS)]
EachReal = Annotated[Sequence[float], Entries(MOST_ADDONS)]


class AddonTerms(Protocol):
    """An operator's add-ons as subscribers read them; none where it has no such programme."""

    products: int  # how many
    key: Each  # of the draws that belong to a product, by its name
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
    any_zero_rated: int  # 1: some product's does not
    gb: EachReal  # data granted, a month for the account
    setup_yuan: EachReal  # effort of setting it up, once
    trial_months: Each  # free months before anybody pays; 0: none
    notice_chance: float
    review_chance: float
    trial_hassle_yuan: float


class AddonHolder(Account, Protocol):
    """An account with add-ons of its operator."""

    addons: Annotated[int, Stored(np.uint8, "add-ons held, on trial or paid", "bit mask")]
    addons_known: Annotated[int, Stored(np.uint8, "add-ons used for a month", "bit mask")]
    addons_trial: Annotated[int, Stored(np.uint8, "add-ons on trial", "bit mask")]
    addons_trial_left: Annotated[int, Stored(np.int8, "that the trial still runs", "months")]


@behaviour
def has(mask: int, k: int) -> bool:
    """Whether a bit is set."""
    return (mask >> k) & 1 == 1


@behaviour
def is_open(a: Account, k: int, operator: int, m: MarketTables) -> bool:
    """Whether a product of an operator is anything for somebody like this."""
    t = m.terms.addons[operator]
    if (t.segments[k] >> a.segment) & 1 == 0:
        return False
    if t.needs_broadband[k] == 0:
        return True
    return a.broadband == operator or (
        a.operator == operator and m.offers.rows[a.offer].broadband == 1
    )


@behaviour
def owns(seed: int, who: int, key: int, owned: float) -> bool:
    """Whether somebody has such a thing already, and gains nothing by another."""
    return owned > 0.0 and uniform(seed, who, 1, Purpose.ADDON_WORTH, key) < owned


@called
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
def worth_yuan(a: Account, k: int, operator: int, m: MarketTables, used: bool) -> float:
    """What a product is worth to somebody, a month for the account.

    `used`: as it really is. Else as one expects, less the premium for not knowing. What belongs to
    a scene is worth all of it to who has the habit; a video product more, the more is made for it.
    """
    t = m.terms.addons[operator]
    inside, beyond = t.spread[k] * t.known[k], t.spread[k] * t.unknown[k]
    worth = drawn_worth_yuan(
        m.around.seed, a.who, t.key[k], t.worth_yuan[k], inside, beyond, t.caution[k], t.owned[k],
        used,
    )  # fmt: skip
    if t.scene[k] >= 0:
        worth *= scene_level(a, t.scene[k], m)
        if t.scene[k] == Scene.VIDEO:
            worth *= m.around.firms[operator].content_worth
    return worth


@behaviour
def surplus_yuan(
    a: AddonHolder, k: int, operator: int, offer: int, m: MarketTables, p: Behaviour
) -> float:
    """Worth less price, a month for the account, and less the effort of setting up what is new.

    `offer`: the plan of that operator with which it is used.
    """
    t = m.terms.addons[operator]
    mine = operator == a.operator
    used = mine and has(a.addons_known, k)
    gain = worth_yuan(a, k, operator, m, used) - t.price_fen[k] / 100.0
    if not (mine and has(a.addons, k)):
        gain -= t.setup_yuan[k] / p.horizon_months
    if t.zero_rated[k] == 1 and not owns(m.around.seed, a.who, t.key[k], t.owned[k]):
        gain += relief_yuan(a, t.scene[k], offer, m, p)
    return gain


@behaviour
def package_yuan(
    a: AddonHolder, k: int, operator: int, offer: int, m: MarketTables, p: Behaviour
) -> float:
    """Surplus of a product with all that needs it and is worth its price."""
    t = m.terms.addons[operator]
    total = surplus_yuan(a, k, operator, offer, m, p)
    for j in range(t.products):
        if t.needs[j] == k and is_open(a, j, operator, m):
            total += max(0.0, surplus_yuan(a, j, operator, offer, m, p))
    return total


@behaviour
def gain_yuan(a: AddonHolder, k: int, m: MarketTables, p: Behaviour) -> float:
    """Surplus of a product of the own operator: alone, or with what needs it if others may."""
    if m.terms.addons[a.operator].needs[k] == NOBODY:
        return package_yuan(a, k, a.operator, a.offer, m, p)
    return surplus_yuan(a, k, a.operator, a.offer, m, p)


@behaviour
def catalogue_yuan(a: AddonHolder, offer: int, m: MarketTables, p: Behaviour) -> float:
    """What an operator's add-ons are worth to somebody on a plan, a month for the account.

    At one's own operator what one has used is known, and set up; elsewhere nothing is.
    """
    operator = m.offers.rows[offer].operator
    t = m.terms.addons[operator]
    total = 0.0
    for k in range(t.products):
        if t.needs[k] == NOBODY and is_open(a, k, operator, m):
            total += max(0.0, package_yuan(a, k, operator, offer, m, p))
    return total
