"""What people do about add-ons in a month: try, buy, keep, exchange, drop.

Who notices a catalogue buys what seems worth its price, or tries it for nothing where there is a
trial. What one has of the same name from the other seller goes when its successor is paid for.
"""

from typing import Protocol

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.mechanisms.addon_shelf import (
    EachScene,
    Shelf,
    Shops,
    gain_yuan,
    instead_yuan,
    is_expected,
    is_open,
    knows,
    other_seller,
    shelf_of,
    shops_of,
    twin_of,
    worth_yuan,
)
from agents.mechanisms.addon_worth import PlatformHolder, has
from agents.mechanisms.scene_data import SceneDiary
from sim.compile import behaviour
from sim.vocabulary import NOBODY


class AddonDiary(SceneDiary, Protocol):
    """What add-ons did this month; `direct`: of the platform, else of the own operator."""

    addon_yuan: float
    """What the own operator's catalogue adds, a month for the account."""
    addon_bought: int
    addon_dropped: int
    addon_tried: int
    addon_converted: int
    addon_rejected: int
    addon_paid_fen: int
    addon_device_fen: int
    direct_bought: int
    direct_dropped: int
    direct_tried: int
    direct_converted: int
    direct_rejected: int
    direct_device_fen: int


@behaviour
def held_of(a: PlatformHolder, seller: int, m: MarketTables) -> int:
    """Products held of a seller, the own operator or the platform (bit mask)."""
    return a.platform_addons if seller == m.around.platform else a.addons


@behaviour
def trial_of(a: PlatformHolder, seller: int, m: MarketTables) -> int:
    """Those that are on trial."""
    return a.platform_trial if seller == m.around.platform else a.addons_trial


@behaviour
def trial_left_of(a: PlatformHolder, seller: int, m: MarketTables) -> int:
    """Months that the trial still runs."""
    return a.platform_trial_left if seller == m.around.platform else a.addons_trial_left


@behaviour
def put_held(a: PlatformHolder, seller: int, mask: int, m: MarketTables) -> None:
    """Hold these."""
    if seller == m.around.platform:
        a.platform_addons = mask
    else:
        a.addons = mask


@behaviour
def put_trial(a: PlatformHolder, seller: int, mask: int, months: int, m: MarketTables) -> None:
    """Have these on trial."""
    if seller == m.around.platform:
        a.platform_trial = mask
        a.platform_trial_left = months
    else:
        a.addons_trial = mask
        a.addons_trial_left = months


@behaviour
def attend(
    a: PlatformHolder,
    d: AddonDiary,
    seller: int,
    looks: bool,
    reviews: float,
    spared: EachScene,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Decide on trials of a seller that have ended, on what is held, on what it shows.

    `looks`: whether it is shown; `reviews` is this month's luck; `spared`: see `Shelf`.
    """
    t = m.terms.addons[seller]
    ended = trial_of(a, seller, m) != 0 and trial_left_of(a, seller, m) == 0
    if ended or (held_of(a, seller, m) != 0 and reviews < t.review_chance):
        decide(a, d, seller, spared, m, p)
    if ended:
        put_trial(a, seller, 0, 0, m)
    if looks:
        look_at_catalogue(a, d, seller, spared, m, p)


@behaviour
def decide(
    a: PlatformHolder, d: AddonDiary, seller: int, spared: EachScene, m: MarketTables, p: Behaviour
) -> None:
    """Keep what is worth its price; a product goes with all that needs it."""
    shops = shops_of(m)
    t = shops.addons[seller]
    running = trial_of(a, seller, m) if trial_left_of(a, seller, m) > 0 else 0
    for k in range(t.products):
        if not has(held_of(a, seller, m), k) or has(running, k):
            continue
        alone = t.needs[k] == NOBODY
        lost = not alone and not has(held_of(a, seller, m), t.needs[k])
        shelf = shelf_of(a, spared, m, p)
        keep = not lost and is_open(shelf, k, seller, shops)
        keep = keep and gain_yuan(shelf, k, seller, shops) > 0.0
        if not keep:
            give_up(a, d, k, seller, m)
        elif has(trial_of(a, seller, m), k):
            pay_for(a, k, seller, m)
            if seller == m.around.platform:
                d.direct_converted += 1
            else:
                d.addon_converted += 1
            exchange(a, d, k, seller, m)


@behaviour
def look_at_catalogue(
    a: PlatformHolder, d: AddonDiary, seller: int, spared: EachScene, m: MarketTables, p: Behaviour
) -> None:
    """Try what can be tried, buy what seems worth its price; what is needed comes first."""
    shops = shops_of(m)
    t = shops.addons[seller]
    free = trial_of(a, seller, m) == 0  # one trial at a time
    for turn in range(2):
        for k in range(t.products):
            first = t.needs[k] == NOBODY
            held = held_of(a, seller, m)
            shelf = shelf_of(a, spared, m, p)
            if first != (turn == 0) or has(held, k) or not is_open(shelf, k, seller, shops):
                continue
            if not first and not has(held, t.needs[k]):
                continue
            if t.trial_months[k] > 0 and not knows(shelf, k, seller):
                if free and seems_worth_a_trial(shelf, k, seller, shops):
                    try_it(a, d, k, seller, m)
                continue
            if gain_yuan(shelf, k, seller, shops) > 0.0:
                buy(a, d, k, seller, m)


@behaviour
def seems_worth_a_trial(s: Shelf, k: int, seller: int, shops: Shops) -> bool:
    """Whether a product, with what needs it, seems worth the trouble beside what one has."""
    t = shops.addons[seller]
    worth = worth_yuan(s, k, seller, shops, False)
    for j in range(t.products):
        if t.needs[j] == k and is_expected(s, j, seller, shops):
            worth += worth_yuan(s, j, seller, shops, False)
    worth -= instead_yuan(s, k, seller, NOBODY, True, shops)
    return worth > t.trial_hassle_yuan


@behaviour
def try_it(a: PlatformHolder, d: AddonDiary, k: int, seller: int, m: MarketTables) -> None:
    """Begin to use a product for nothing; the longest trial of those begun together counts."""
    t = m.terms.addons[seller]
    put_held(a, seller, held_of(a, seller, m) + (1 << k), m)
    left = max(trial_left_of(a, seller, m), t.trial_months[k])
    put_trial(a, seller, trial_of(a, seller, m) + (1 << k), left, m)
    if seller == m.around.platform:
        d.direct_tried += 1
        d.direct_device_fen += t.device_fen[k]
    else:
        d.addon_tried += 1
        d.addon_device_fen += t.device_fen[k]


@behaviour
def buy(a: PlatformHolder, d: AddonDiary, k: int, seller: int, m: MarketTables) -> None:
    """Take a product at its price, in the place of its twin."""
    t = m.terms.addons[seller]
    put_held(a, seller, held_of(a, seller, m) + (1 << k), m)
    pay_for(a, k, seller, m)
    if seller == m.around.platform:
        d.direct_bought += 1
        d.direct_device_fen += t.device_fen[k]
    else:
        d.addon_bought += 1
        d.addon_device_fen += t.device_fen[k]
    exchange(a, d, k, seller, m)


@behaviour
def pay_for(a: PlatformHolder, k: int, seller: int, m: MarketTables) -> None:
    """Who buys on the bill knows what it costs; a platform is paid apart from it."""
    if seller != m.around.platform:
        a.reference_fen += m.terms.addons[seller].price_fen[k]


@behaviour
def give_up(a: PlatformHolder, d: AddonDiary, k: int, seller: int, m: MarketTables) -> None:
    """Drop a product, or reject it after its trial."""
    put_held(a, seller, held_of(a, seller, m) - (1 << k), m)
    on_trial = has(trial_of(a, seller, m), k)
    if on_trial:
        left = trial_left_of(a, seller, m)
        put_trial(a, seller, trial_of(a, seller, m) - (1 << k), left, m)
    if seller == m.around.platform:
        d.direct_rejected += 1 if on_trial else 0
        d.direct_dropped += 0 if on_trial else 1
    elif on_trial:
        d.addon_rejected += 1
    else:
        d.addon_dropped += 1
        price = m.terms.addons[seller].price_fen[k]
        a.reference_fen = max(0, a.reference_fen - price)


@behaviour
def exchange(a: PlatformHolder, d: AddonDiary, k: int, seller: int, m: MarketTables) -> None:
    """Give up the other seller's product of the same name, with all that needs it."""
    other = other_seller(seller, a.operator, m.around.platform)
    twin = twin_of(k, seller, other, shops_of(m))
    if twin < 0:
        return
    if not has(held_of(a, other, m) & ~trial_of(a, other, m), twin):
        return  # what is on trial is decided on when that ends
    t = m.terms.addons[other]
    for j in range(t.products):
        if t.needs[j] == twin and has(held_of(a, other, m), j):
            give_up(a, d, j, other, m)
    give_up(a, d, twin, other, m)
