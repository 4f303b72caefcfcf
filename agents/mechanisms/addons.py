"""Add-ons (融合业务): products held besides a plan, tried, bought, kept and dropped by choice.

A home hub and the scenes that need it, whole-home Wi-Fi, security, a cloud desktop. Who notices the
catalogue buys what seems worth its price, or tries it for nothing where there is a trial; a month
of use shows what it really is worth (`addon_worth`), and so who goes on to pay. Conversion is what
people learn, and nowhere a number. Who leaves the operator leaves them behind, with what one knows
of them and has set up.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.mechanisms.addon_settings import AddonSettings, compiled
from agents.mechanisms.addon_worth import (
    AddonHolder,
    AddonTerms,
    catalogue_yuan,
    gain_yuan,
    has,
    is_open,
    worth_yuan,
)
from agents.mechanisms.contact import contact_by
from agents.mechanisms.mechanism import Measured, Mechanism
from agents.mechanisms.scene_data import SceneDiary, added_gb, notice_enough, use_scene
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.ledger import MERCHANTS, SUPPLIERS, Flow
from sim.vocabulary import NOBODY, Event


class AddonDiary(SceneDiary, Protocol):
    """What add-ons did this month."""

    addon_yuan: float
    """Worth of the own operator's catalogue, a month for the account."""
    addon_bought: int
    addon_dropped: int
    addon_tried: int
    addon_converted: int
    addon_rejected: int
    addon_paid_fen: int
    addon_device_fen: int


MEASURES = (
    "addon_holders", "addon_held", "addon_on_trial", "addon_bought", "addon_dropped",
    "addon_tried", "addon_converted", "addon_rejected", "addon_paid_fen", "addon_device_fen",
    "addon_suppliers_fen", "addon_merchants_fen", "addon_free_mb", "addon_more_mb",
)  # fmt: skip


# --- what it is worth -------------------------------------------------------------------------


@behaviour
def held_yuan(a: AddonHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """The own operator's catalogue comes with every plan of it.

    What zero rating spares depends on the plan.
    """
    if m.offers.rows[offer].operator != a.operator:
        return 0.0
    if m.terms.addons[a.operator].any_zero_rated == 1 and offer != a.offer and d.ended == 0:
        return catalogue_yuan(a, offer, m, p) / a.lines
    return d.addon_yuan / a.lines


@behaviour
def joining_yuan(a: AddonHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """What somebody else's catalogue seems worth, unused and not set up."""
    if m.offers.rows[offer].operator == a.operator:
        return 0.0
    return catalogue_yuan(a, offer, m, p) / a.lines


# --- the month --------------------------------------------------------------------------------


@behaviour
def opens(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Nothing has happened yet."""
    d.addon_bought = 0
    d.addon_dropped = 0
    d.addon_tried = 0
    d.addon_converted = 0
    d.addon_rejected = 0
    d.addon_paid_fen = 0
    d.addon_device_fen = 0
    d.addon_yuan = 0.0
    d.scene_free_gb = 0.0
    d.scene_more_gb = 0.0


@behaviour
def speaks(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Decide on trials that have ended, on what is held, and on what the catalogue shows."""
    t = m.terms.addons[a.operator]
    if t.products == 0:
        return
    s = m.around
    notices, reviews, _, _ = uniforms(s.seed, a.who, s.month, Purpose.ADDON, 0)
    ended = a.addons_trial != 0 and a.addons_trial_left == 0
    if ended or (a.addons != 0 and reviews < t.review_chance):
        decide(a, d, m, p)
    if ended:
        a.addons_trial = 0
    told = is_told(a, d, m)
    if told or notices < t.notice_chance:
        look_at_catalogue(a, d, m, p)
    if told and d.addon_bought + d.addon_tried > 0:
        d.events |= Event.ACCEPTED
        d.credited = d.campaign
    d.addon_yuan = catalogue_yuan(a, a.offer, m, p)


@behaviour
def is_told(a: AddonHolder, d: AddonDiary, m: MarketTables) -> bool:
    """Whether a campaign of the own operator tells of its add-ons, and is listened to."""
    if d.campaign < 0 or m.campaigns[d.campaign].shows_addons == 0:
        return False
    if m.campaigns[d.campaign].operator != a.operator:
        return False
    return contact_by(d.campaign, a.who, 0, m).persuaded


@behaviour
def decide(a: AddonHolder, d: AddonDiary, m: MarketTables, p: Behaviour) -> None:
    """Keep what is worth its price; a product goes with all that needs it."""
    t = m.terms.addons[a.operator]
    running = a.addons_trial if a.addons_trial_left > 0 else 0
    for k in range(t.products):
        if not has(a.addons, k) or has(running, k):
            continue
        alone = t.needs[k] == NOBODY
        lost = not alone and not has(a.addons, t.needs[k])
        keep = gain_yuan(a, k, m, p) > 0.0 and not lost and is_open(a, k, a.operator, m)
        on_trial = has(a.addons_trial, k)
        if keep and on_trial:
            d.addon_converted += 1
            a.reference_fen += t.price_fen[k]
        elif not keep:
            a.addons -= 1 << k
            if on_trial:
                d.addon_rejected += 1
            else:
                d.addon_dropped += 1
                a.reference_fen = max(0, a.reference_fen - t.price_fen[k])


@behaviour
def look_at_catalogue(a: AddonHolder, d: AddonDiary, m: MarketTables, p: Behaviour) -> None:
    """Try what can be tried, buy what seems worth its price; what is needed comes first."""
    t = m.terms.addons[a.operator]
    free = a.addons_trial == 0  # one trial at a time
    for turn in range(2):
        for k in range(t.products):
            first = t.needs[k] == NOBODY
            if first != (turn == 0) or has(a.addons, k) or not is_open(a, k, a.operator, m):
                continue
            if not first and not has(a.addons, t.needs[k]):
                continue
            if t.trial_months[k] > 0 and not has(a.addons_known, k):
                if free and seems_worth_a_trial(a, k, m):
                    try_it(a, d, k, m)
                continue
            if gain_yuan(a, k, m, p) > 0.0:
                a.addons += 1 << k
                a.reference_fen += t.price_fen[k]  # who buys knows what it costs
                d.addon_bought += 1
                d.addon_device_fen += t.device_fen[k]


@behaviour
def seems_worth_a_trial(a: AddonHolder, k: int, m: MarketTables) -> bool:
    """Whether a product, with what needs it, seems worth the trouble."""
    t = m.terms.addons[a.operator]
    worth = worth_yuan(a, k, a.operator, m, False)
    for j in range(t.products):
        if t.needs[j] == k and is_open(a, j, a.operator, m):
            worth += worth_yuan(a, j, a.operator, m, False)
    return worth > t.trial_hassle_yuan


@behaviour
def try_it(a: AddonHolder, d: AddonDiary, k: int, m: MarketTables) -> None:
    """Begin to use a product for nothing; the longest trial of those begun together counts."""
    t = m.terms.addons[a.operator]
    a.addons += 1 << k
    a.addons_trial += 1 << k
    a.addons_trial_left = max(a.addons_trial_left, t.trial_months[k])
    d.addon_tried += 1
    d.addon_device_fen += t.device_fen[k]


@behaviour
def moves(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who leaves leaves everything behind."""
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
def closes(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A month of use shows what it is worth; who changed plan is used to paying for it still."""
    a.addons_known |= a.addons
    if a.offer != d.before_offer:
        a.reference_fen += d.addon_paid_fen


@behaviour
def counts(
    a: AddonHolder, d: AddonDiary, held: NDArray[np.int64], m: MarketTables, p: Behaviour
) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    t = m.terms.addons[a.operator]
    here = held[a.operator]
    for k in range(t.products):
        if has(a.addons, k):
            here[2 if has(a.addons_trial, k) else 1] += 1
            here[11 if t.to_merchants[k] == 1 else 10] += t.cost_fen[k]
    here[0] += 1 if a.addons & ~a.addons_trial else 0
    here[8] += d.addon_paid_fen
    if d.scene_free_gb > 0.0 or d.scene_more_gb > 0.0:
        here[12] += int(d.scene_free_gb * 1000.0 + 0.5)
        here[13] += int(added_gb(a, d, m, p) * 1000.0 + 0.5)
    then = held[d.origin]  # decided before one may have left
    then[3] += d.addon_bought
    then[4] += d.addon_dropped
    then[5] += d.addon_tried
    then[6] += d.addon_converted
    then[7] += d.addon_rejected
    then[9] += d.addon_device_fen


@behaviour
def passes(a: AddonHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A trial runs a month less; where nothing is sold any more, nothing is held."""
    a.addons_trial_left = max(0, a.addons_trial_left - 1)
    if m.terms.addons[a.operator].products == 0:
        a.addons = 0
        a.addons_known = 0
        a.addons_trial = 0


# --- terms and money --------------------------------------------------------------------------


def flows(sums: Mapping[str, int], terms: AddonSettings) -> list[tuple[str, Flow, int]]:
    """Serving what is held, to whom it is due, and devices; prices are in the bills already."""
    served = sums["addon_suppliers_fen"] + sums["addon_device_fen"]
    return [
        (SUPPLIERS, Flow.SERVING, served),
        (MERCHANTS, Flow.WHOLESALE, sums["addon_merchants_fen"]),
    ]


ADDONS = Mechanism(
    name="addons", holds=AddonHolder, notes=AddonDiary,
    settings=AddonSettings, terms=AddonTerms, compiled=compiled,
    measures=tuple(
        Measured(name, 0.01 if name.endswith("_fen") else 1.0) for name in MEASURES
    ),
    needs_scenes=lambda terms: any(one.scene for one in terms.products.values()),
    flows=flows, held_yuan=held_yuan, joining_yuan=joining_yuan,
    opens=opens, speaks=speaks, moves=moves, bills=bills, closes=closes, counts=counts,
    passes=passes,
)  # fmt: skip
