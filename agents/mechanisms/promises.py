"""Campaigns' promises: made in a call or at the save desk, enjoyed for some months on one plan.

An operator's promises are of some few kinds; those of different kinds run side by side, each with
its own end, and a new one takes the place of one of its kind. The first kind has columns in every
market, the others once a campaign makes such a promise.
"""

from typing import Annotated, Any, Protocol

import numpy as np

from agents.behaviour.billing import (
    expected_shortfall_yuan,
    plan_allowance_gb,
    shortfall_yuan,
)
from agents.behaviour.consideration import is_promised
from agents.behaviour.data_use import carried_now_gb
from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import benefits_yuan
from agents.fields import Account, Diary, Stored
from agents.mechanisms.contact import contact_by
from agents.mechanisms.mechanism import Mechanism
from sim.compile import behaviour
from sim.vocabulary import NOBODY, Event, Measure


class Promised(Account, Protocol):
    """An account that enjoys a campaign's promise, or none (-1)."""

    perk: Annotated[int, Stored(np.int16, "campaign whose promise runs; -1 none", empty=NOBODY)]
    perk_left: Annotated[int, Stored(np.int8, "that it still runs", "months")]


class FurtherPromised(Promised, Protocol):
    """An account that may enjoy promises of a second to a fourth kind as well."""

    perk_1: Annotated[int, Stored(np.int16, "promise of the second kind; -1 none", empty=NOBODY)]
    perk_1_left: Annotated[int, Stored(np.int8, "that it still runs", "months")]
    perk_2: Annotated[int, Stored(np.int16, "promise of the third kind; -1 none", empty=NOBODY)]
    perk_2_left: Annotated[int, Stored(np.int8, "that it still runs", "months")]
    perk_3: Annotated[int, Stored(np.int16, "promise of the fourth kind; -1 none", empty=NOBODY)]
    perk_3_left: Annotated[int, Stored(np.int8, "that it still runs", "months")]


# --- the kinds, side by side ------------------------------------------------------------------


@behaviour
def perk_of(a: FurtherPromised, kind: int) -> int:
    """Campaign whose promise of a kind runs, or -1."""
    if kind == 1:
        return a.perk_1
    if kind == 2:
        return a.perk_2
    return a.perk_3 if kind == 3 else a.perk


@behaviour
def perk_left_of(a: FurtherPromised, kind: int) -> int:
    """Months that the promise of a kind still runs."""
    if kind == 1:
        return a.perk_1_left
    if kind == 2:
        return a.perk_2_left
    return a.perk_3_left if kind == 3 else a.perk_left


@behaviour
def put_perk(a: FurtherPromised, kind: int, campaign: int, months: int) -> None:
    """Let a promise run in the place of the one of its kind."""
    if kind == 1:
        a.perk_1, a.perk_1_left = campaign, months
    elif kind == 2:
        a.perk_2, a.perk_2_left = campaign, months
    elif kind == 3:
        a.perk_3, a.perk_3_left = campaign, months
    else:
        a.perk, a.perk_left = campaign, months


# --- what it is worth -------------------------------------------------------------------------


@behaviour
def perk_yuan(
    m: MarketTables, campaign: int, months: int, offer: int, a: Account, p: Behaviour
) -> float:
    """Worth per line of what a campaign grants for `months`, spread over people's horizon."""
    c = m.campaigns
    o = m.offers
    s = m.around
    fresh = c[campaign].benefits & s.firms[c[campaign].operator].supplied & ~o.rows[offer].benefits
    monthly = benefits_yuan(fresh, a.who, a.segment, a.owned, s, p) / a.lines
    monthly += (c[campaign].discount_fen - c[campaign].pack_fen) / 100.0
    if c[campaign].gb > 0.0:
        gb = a.usual_gb * a.lines
        allowance = plan_allowance_gb(o, offer, a.lines, s.allowance_growth)
        fee = o.rows[offer].overage_fen_per_gb
        more = allowance + c[campaign].gb * a.lines
        saved = expected_shortfall_yuan(gb, allowance, fee, p) - expected_shortfall_yuan(
            gb, more, fee, p
        )
        monthly += saved / a.lines
    return monthly * min(1.0, months / p.horizon_months)


@behaviour
def promise_yuan(m: MarketTables, campaign: int, offer: int, a: Account, p: Behaviour) -> float:
    """Worth per line of a campaign's whole promise: its perk, its credit, and the care it takes.

    A lift of satisfaction fades by `satisfaction_memory` a month and counts by its mean over the
    horizon.
    """
    c = m.campaigns[campaign]
    fades = min(1.0, 1.0 / (p.horizon_months * max(1e-9, 1.0 - p.satisfaction_memory)))
    care = p.experience_value_yuan * c.care * (1.0 - a.satisfaction) * fades
    credit = c.credit_fen / (100.0 * p.horizon_months)
    return perk_yuan(m, campaign, c.months, offer, a, p) + credit + care


@behaviour
def held_yuan(a: FurtherPromised, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """What promises add to an offer: running ones on the present plan, one in mind on its own."""
    worth = 0.0
    if offer == a.offer:
        for kind in range(m.around.promise_kinds):
            perk = perk_of(a, kind)
            if perk >= 0:
                worth += perk_yuan(m, perk, perk_left_of(a, kind), offer, a, p)
    if d.promise >= 0 and is_promised(offer, d.promise, m):
        worth += promise_yuan(m, d.promise, offer, a, p)
    return worth


@behaviour
def gain_yuan(a: FurtherPromised, campaign: int, m: MarketTables, p: Behaviour) -> float:
    """What taking a promise on the present plan is worth, the one it replaces taken off."""
    gain = promise_yuan(m, campaign, a.offer, a, p)
    kind = m.campaigns[campaign].kind
    perk = perk_of(a, kind)
    if perk >= 0:
        gain -= perk_yuan(m, perk, perk_left_of(a, kind), a.offer, a, p)
    return gain


@behaviour
def pack_gain_yuan(a: Account, d: Diary, campaign: int, m: MarketTables, p: Behaviour) -> float:
    """What data is worth per line in a month whose use is known, less its price."""
    c = m.campaigns[campaign]
    growth = m.around.allowance_growth
    wish = d.wish_gb - carried_now_gb(a, m.offers, growth, p)
    allowance = plan_allowance_gb(m.offers, a.offer, a.lines, growth)
    fee = m.offers.rows[a.offer].overage_fen_per_gb
    saved = shortfall_yuan(wish, allowance, fee / 100.0, p)
    saved -= shortfall_yuan(wish, allowance + c.gb * a.lines, fee / 100.0, p)
    return saved / a.lines + (c.discount_fen - c.pack_fen) / 100.0


@behaviour
def take_pack(a: FurtherPromised, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """Buy this month's data if that pays; with enough of it one does not run out."""
    if pack_gain_yuan(a, d, d.campaign, m, p) <= 0.0:
        return
    accept(a, d, d.campaign, m)
    growth = m.around.allowance_growth
    allowance = plan_allowance_gb(m.offers, a.offer, a.lines, growth)
    more = m.campaigns[d.campaign].gb * a.lines
    if d.wish_gb - carried_now_gb(a, m.offers, growth, p) <= allowance + more:
        d.ran_out = 0
        d.events -= d.events & Event.RAN_OUT


# --- the month --------------------------------------------------------------------------------


@behaviour
def accept(a: FurtherPromised, d: Diary, campaign: int, m: MarketTables) -> None:
    """Take what a campaign grants on the present plan, bound as it asks."""
    c = m.campaigns
    d.events |= Event.ACCEPTED
    d.credited = campaign
    a.satisfaction += c[campaign].care * (1.0 - a.satisfaction)
    a.contract_left = max(a.contract_left, c[campaign].contract_months)
    put_perk(a, c[campaign].kind, campaign, c[campaign].months)


@behaviour
def speaks(a: FurtherPromised, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Be reached by a campaign: take what it grants at once, or keep its promise in mind."""
    if d.campaign < 0:
        return
    c = m.campaigns
    call = contact_by(d.campaign, a, 0, m)
    d.annoyed = call.annoyed
    if call.reached:
        d.events |= Event.CONTACTED
    if not call.persuaded:
        return
    if c[d.campaign].shows_addons == 1:
        return  # it promises nothing; who listens looks at the catalogue (`addons`)
    if c[d.campaign].running_low == 1:
        take_pack(a, d, m, p)
        return
    if c[d.campaign].repairs == 1 or c[d.campaign].wakes == 1:
        return  # it is not about a plan: `line_monitor`, `silence`
    stays = c[d.campaign].operator == a.operator and c[d.campaign].target_offer < 0
    if stays and gain_yuan(a, d.campaign, m, p) > 0.0:
        accept(a, d, d.campaign, m)
    else:
        d.promise = d.campaign


@behaviour
def hears_notice(a: FurtherPromised, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """The save desk speaks: whether what it offers makes staying the best choice."""
    desk = m.around.firms[a.operator].save_desk[a.segment]
    if desk < 0:
        return
    talk = contact_by(desk, a, 1, m)
    if not talk.reached:
        return
    d.events |= Event.SAVE_DESK
    if talk.persuaded:
        gain = gain_yuan(a, desk, m, p)
        if gain > 0.0 and d.stay_yuan + gain >= d.value_yuan:
            accept(a, d, desk, m)
            d.chosen = a.offer


@behaviour
def moves(a: FurtherPromised, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Promises end with the plan, but one is kept on the plan it was made for."""
    for kind in range(m.around.promise_kinds):
        put_perk(a, kind, NOBODY, 0)
    if d.promise >= 0 and is_promised(a.offer, d.promise, m):
        c = m.campaigns
        d.events |= Event.ACCEPTED
        d.credited = d.promise
        a.contract_left = max(a.contract_left, c[d.promise].contract_months)
        put_perk(a, c[d.promise].kind, d.promise, c[d.promise].months)


@behaviour
def bills(a: FurtherPromised, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Discounts, the price of what was sold on top, and extra data."""
    c = m.campaigns
    for kind in range(m.around.promise_kinds):
        perk = perk_of(a, kind)
        if perk >= 0:
            d.discount_fen += c[perk].discount_fen * a.lines
            d.pack_fen += c[perk].pack_fen * a.lines
            d.extra_gb += c[perk].gb * a.lines


@behaviour
def grants(a: FurtherPromised, d: Diary, x: int, m: MarketTables, p: Behaviour) -> int:
    """Partners' services that running promises bring."""
    mask = 0
    for kind in range(m.around.promise_kinds):
        perk = perk_of(a, kind)
        if perk >= 0:
            mask |= m.campaigns[perk].benefits
    return mask


@behaviour
def counts(a: FurtherPromised, d: Diary, k: Any, m: MarketTables, p: Behaviour) -> None:
    """What was taken up, credited and discounted, by campaign."""
    if d.credited >= 0:
        credit = m.campaigns[d.credited].credit_fen * a.lines
        k.campaigns[d.credited, 0] += 1
        k.campaigns[d.credited, 1] += credit
        payer = m.campaigns[d.credited].operator  # who took it may have left in the same month
        k.measures[payer, a.region, a.segment, Measure.CREDIT_FEN] += credit
        if m.around.firms[payer].save_desk[a.segment] == d.credited:
            k.campaigns[d.credited, 3] += 1
    left = d.discount_fen
    for kind in range(m.around.promise_kinds):
        perk = perk_of(a, kind)
        if perk >= 0:
            discount = min(m.campaigns[perk].discount_fen * a.lines, left)
            k.campaigns[perk, 2] += discount
            left -= discount


@behaviour
def passes(a: FurtherPromised, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """They run a month less; what has run out is over."""
    for kind in range(m.around.promise_kinds):
        left = max(0, perk_left_of(a, kind) - 1)
        put_perk(a, kind, perk_of(a, kind) if left > 0 else NOBODY, left)


PROMISES = Mechanism(
    name="promises", holds=Promised, always=True,
    held_yuan=held_yuan, grants=grants,
    speaks=speaks, hears_notice=hears_notice, moves=moves, bills=bills, counts=counts,
    passes=passes,
)  # fmt: skip
FURTHER_PROMISES = Mechanism(name="further_promises", holds=FurtherPromised)
"""Room for promises of a second to a fourth kind; what they do stands above."""
