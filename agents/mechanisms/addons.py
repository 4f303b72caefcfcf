"""Add-ons (融合业务): products held besides a plan, tried, bought, kept and dropped by choice.

A home hub and the scenes that need it, whole-home Wi-Fi, security, a cloud desktop. Who notices the
catalogue buys what seems worth its price, or tries it for nothing where there is a trial; a month
of use shows what it really is worth (`addon_worth`), and so who goes on to pay. Conversion is what
people learn, and nowhere a number. Who leaves the operator leaves them behind, with what one knows
of them and has set up. What a platform without lines sells is for anybody's customers, is paid
apart from the bill, and stays.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.mechanisms.addon_choice import AddonDiary, attend
from agents.mechanisms.addon_settings import AddonSettings, compiled
from agents.mechanisms.addon_shelf import (
    NOTHING_SPARED,
    Shelf,
    catalogue_yuan,
    holds,
    pays_for,
    shelf_of,
    shops_of,
    spared_by_scene,
)
from agents.mechanisms.addon_worth import (
    AddonHolder,
    AddonTerms,
    PlatformHolder,
    has,
)
from agents.mechanisms.contact import contact_by
from agents.mechanisms.mechanism import Measured, Mechanism
from agents.mechanisms.scene_data import added_gb, notice_enough, use_scene
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.ledger import MERCHANTS, SUBSCRIBERS, SUPPLIERS, Flow
from sim.vocabulary import Event

MEASURES = (
    "addon_holders", "addon_held", "addon_on_trial", "addon_bought", "addon_dropped",
    "addon_tried", "addon_converted", "addon_rejected", "addon_paid_fen", "addon_device_fen",
    "addon_suppliers_fen", "addon_merchants_fen", "addon_direct_fen", "addon_reach_fen",
    "addon_free_mb", "addon_more_mb",
)  # fmt: skip


# --- what it is worth -------------------------------------------------------------------------


@behaviour
def held_yuan(a: PlatformHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """The own operator's catalogue comes with every plan of it.

    What zero rating spares depends on the plan.
    """
    if m.offers.rows[offer].operator != a.operator:
        return 0.0
    looked = d.silent == 0 and d.ended == 0
    if m.terms.addons[a.operator].free_scenes != 0 and offer != a.offer and looked:
        return on_plan_yuan(a, offer, m, p) / a.lines
    return d.addon_yuan / a.lines


@behaviour
def joining_yuan(
    a: PlatformHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour
) -> float:
    """What somebody else's catalogue seems worth, unused and not set up."""
    if m.offers.rows[offer].operator == a.operator:
        return 0.0
    return on_plan_yuan(a, offer, m, p) / a.lines


@behaviour
def on_plan_yuan(a: PlatformHolder, offer: int, m: MarketTables, p: Behaviour) -> float:
    """What the catalogue of a plan's operator adds, used with that plan."""
    shelf = shelf_of(a, spared_by_scene(a, offer, m, p), m, p)
    return catalogue_yuan(shelf, m.offers.rows[offer].operator, shops_of(m))


# --- the month --------------------------------------------------------------------------------


@behaviour
def opens(a: PlatformHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Nothing has happened yet; what is sold no more is held no more."""
    keep_what_is_sold(a, m)
    d.addon_bought = 0
    d.addon_dropped = 0
    d.addon_tried = 0
    d.addon_converted = 0
    d.addon_rejected = 0
    d.addon_paid_fen = 0
    d.addon_device_fen = 0
    d.direct_bought = 0
    d.direct_dropped = 0
    d.direct_tried = 0
    d.direct_converted = 0
    d.direct_rejected = 0
    d.direct_device_fen = 0
    d.addon_yuan = 0.0
    d.scene_free_gb = 0.0
    d.scene_more_gb = 0.0


@behaviour
def keep_what_is_sold(a: PlatformHolder, m: MarketTables) -> None:
    """Nobody holds or tries what its seller has taken off sale, or knows it any more."""
    sold = m.terms.addons[a.operator].sold
    a.addons &= sold
    a.addons_known &= sold
    a.addons_trial &= sold
    if m.around.platform >= 0:
        sold = m.terms.addons[m.around.platform].sold
        a.platform_addons &= sold
        a.platform_known &= sold
        a.platform_trial &= sold


@behaviour
def speaks(a: PlatformHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Decide on trials that have ended, on what is held, and on what the catalogues show."""
    s = m.around
    spared = spared_by_scene(a, a.offer, m, p)
    told = is_told(a, d, m)
    for turn in range(2):
        seller = s.platform if turn == 0 else a.operator
        if seller < 0 or m.terms.addons[seller].products == 0:
            continue
        purpose = Purpose.PLATFORM if turn == 0 else Purpose.ADDON
        notices, reviews, _, _ = uniforms(s.seed, a.who, s.month, purpose, 0)
        looks = (told and turn == 1) or notices < m.terms.addons[seller].notice_chance
        attend(a, d, seller, looks, reviews, spared, m, p)
    if told and d.addon_bought + d.addon_tried > 0:
        d.events |= Event.ACCEPTED
        d.credited = d.campaign
    if m.terms.addons[a.operator].products > 0:
        shelf = shelf_of(a, spared, m, p)
        d.addon_yuan = catalogue_yuan(shelf, a.operator, shops_of(m))


@behaviour
def is_told(a: PlatformHolder, d: AddonDiary, m: MarketTables) -> bool:
    """Whether a campaign of the own operator tells of its add-ons, and is listened to."""
    if d.campaign < 0 or m.campaigns[d.campaign].shows_addons == 0:
        return False
    if m.campaigns[d.campaign].operator != a.operator:
        return False
    return contact_by(d.campaign, a, 0, m).persuaded


@behaviour
def moves(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who leaves leaves everything behind but what the platform supplies."""
    if d.left >= 0:
        a.addons = 0
        a.addons_known = 0
        a.addons_trial = 0
        a.addons_trial_left = 0


@behaviour
def bills(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """What is not on trial is paid; data comes with either."""
    t = m.terms.addons[a.operator]
    for k in range(t.products):
        if has(a.addons, k):
            d.extra_gb += t.gb[k]
            if t.scene[k] >= 0:
                use_scene(a, d, t.scene[k], t.zero_rated[k] == 1, m, p)
            if not has(a.addons_trial, k):
                d.addon_paid_fen += t.price_fen[k]
    d.pack_fen += d.addon_paid_fen
    notice_enough(a, d, m, p)


@behaviour
def closes(a: PlatformHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A month of use shows what it is worth; who changed plan is used to paying for it still."""
    a.addons_known |= a.addons
    a.platform_known |= a.platform_addons
    if a.offer != d.before_offer:
        a.reference_fen += d.addon_paid_fen


@behaviour
def counts(
    a: PlatformHolder, d: AddonDiary, held: NDArray[np.int64], m: MarketTables, p: Behaviour
) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    mine = shelf_of(a, NOTHING_SPARED, m, p)
    count_held(held[a.operator], mine, a.operator, m)
    held[a.operator][8] += d.addon_paid_fen
    if d.scene_free_gb > 0.0 or d.scene_more_gb > 0.0:
        held[a.operator][14] += int(d.scene_free_gb * 1000.0 + 0.5)
        held[a.operator][15] += int(added_gb(a, d, m, p) * 1000.0 + 0.5)
    then = held[d.origin]  # decided before one may have left
    then[3] += d.addon_bought
    then[4] += d.addon_dropped
    then[5] += d.addon_tried
    then[6] += d.addon_converted
    then[7] += d.addon_rejected
    then[9] += d.addon_device_fen
    platform = m.around.platform
    if platform < 0 or m.terms.addons[platform].products == 0:
        return
    there = held[platform]
    count_held(there, mine, platform, m)
    there[3] += d.direct_bought
    there[4] += d.direct_dropped
    there[5] += d.direct_tried
    there[6] += d.direct_converted
    there[7] += d.direct_rejected
    there[9] += d.direct_device_fen
    if d.silent == 0:
        t = m.terms.addons[platform]
        for k in range(t.products):
            if pays_for(mine, k, platform):
                there[12] += t.price_fen[k]


@behaviour
def count_held(here: NDArray[np.int64], mine: Shelf, seller: int, m: MarketTables) -> None:
    """Add what is held of a seller, what serving it costs, and what its attention earns."""
    t = m.terms.addons[seller]
    any_paid = 0
    for k in range(t.products):
        if holds(mine, k, seller):
            paid = pays_for(mine, k, seller)
            here[1 if paid else 2] += 1
            any_paid |= 1 if paid else 0
            here[11 if t.to_merchants[k] == 1 else 10] += t.cost_fen[k]
            here[13] += t.reach_fen[k]
    here[0] += any_paid


@behaviour
def passes(a: PlatformHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A trial runs a month less."""
    a.addons_trial_left = max(0, a.addons_trial_left - 1)
    a.platform_trial_left = max(0, a.platform_trial_left - 1)


# --- terms and money --------------------------------------------------------------------------


def flows(sums: Mapping[str, int], terms: AddonSettings) -> list[tuple[str, Flow, int]]:
    """Serving what is held, to whom it is due, and devices; prices are in the bills already."""
    served = sums["addon_suppliers_fen"] + sums["addon_device_fen"]
    return [
        (SUPPLIERS, Flow.SERVING, served),
        (MERCHANTS, Flow.WHOLESALE, sums["addon_merchants_fen"]),
    ]


def receipts(sums: Mapping[str, int], terms: AddonSettings) -> list[tuple[str, Flow, int]]:
    """What a platform is paid, since it writes no bills, and what merchants pay for attention."""
    return [
        (SUBSCRIBERS, Flow.DIRECT_SALES, sums["addon_direct_fen"]),
        (MERCHANTS, Flow.REACH, sums["addon_reach_fen"]),
    ]


ADDONS = Mechanism(
    name="addons", holds=AddonHolder, notes=AddonDiary,
    settings=AddonSettings, terms=AddonTerms, compiled=compiled,
    needs_scenes=lambda terms: any(one.scene for one in terms.products.values() if one.on_sale),
    measures=tuple(
        Measured(name, 0.01 if name.endswith("_fen") else 1.0) for name in MEASURES
    ),
    flows=flows, receipts=receipts, held_yuan=held_yuan, joining_yuan=joining_yuan,
    opens=opens, speaks=speaks, moves=moves, bills=bills, closes=closes, counts=counts,
    passes=passes,
)  # fmt: skip
PLATFORM_ADDONS = Mechanism(name="platform_addons", holds=PlatformHolder)
"""Room for what a platform sells to anybody's customers; what people do about it stands above."""
