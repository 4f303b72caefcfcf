"""What one holds of whom: a shelf for the own operator's products, one for the platform's.

A product of the same name is the same service whoever sells it, and nobody needs it twice. So what
a seller's product is worth is what it adds to what one has of the other seller, or could have.

A `Shelf` is a person's whole case in plain numbers, so that these long functions can be real calls
(see `sim.compile.called`).
"""

from typing import Any, NamedTuple

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.mechanisms.addon_worth import PlatformHolder, has, worth_yuan
from sim.compile import behaviour, called
from sim.vocabulary import NOBODY


class Shelf(NamedTuple):
    """Somebody's add-ons, and what decides on them. Masks have a bit for each product."""

    seed: int
    who: int
    segment: int
    operator: int
    platform: int
    """Operator without lines, or -1."""
    broadband: int
    """Operator of the broadband; -1: none beside the plan."""
    bundled: int
    """1: the plan has broadband."""
    horizon_months: float
    held: int
    """Of the own operator."""
    known: int
    trial: int
    platform_held: int
    platform_known: int
    platform_trial: int


@behaviour
def shelf_of(a: PlatformHolder, m: MarketTables, p: Behaviour) -> Shelf:
    """What somebody has now."""
    return Shelf(
        m.around.seed, a.who, a.segment, a.operator, m.around.platform, a.broadband,
        m.offers.rows[a.offer].broadband, p.horizon_months,
        a.addons, a.addons_known, a.addons_trial,
        a.platform_addons, a.platform_known, a.platform_trial,
    )  # fmt: skip


@behaviour
def holds(s: Shelf, k: int, seller: int) -> bool:
    """Whether a product is held, on trial or for good; nothing is of who is neither."""
    if seller == s.platform:
        return has(s.platform_held, k)
    return seller == s.operator and has(s.held, k)


@behaviour
def pays_for(s: Shelf, k: int, seller: int) -> bool:
    """Whether a product is held for good: on what is on trial one has not decided."""
    return holds(s, k, seller) and not has(s.platform_trial if seller == s.platform else s.trial, k)


@behaviour
def knows(s: Shelf, k: int, seller: int) -> bool:
    """Whether one has used a product for a month."""
    if seller == s.platform:
        return has(s.platform_known, k)
    return seller == s.operator and has(s.known, k)


@behaviour
def is_open(s: Shelf, k: int, seller: int, addons: Any) -> bool:
    """Whether a product is anything for somebody like this; `addons`: everybody's terms."""
    t = addons[seller]
    if (t.segments[k] >> s.segment) & 1 == 0:
        return False
    if t.needs_broadband[k] == 0:
        return True
    if seller == s.platform:  # to a platform anybody's broadband will do
        return s.broadband >= 0 or s.bundled == 1
    return s.broadband == seller or (s.operator == seller and s.bundled == 1)


# --- one seller's products --------------------------------------------------------------------


@called
def surplus_yuan(s: Shelf, k: int, seller: int, addons: Any) -> float:
    """Worth less price, a month for the account, and less the effort of setting up what is new."""
    t = addons[seller]
    gain = worth_yuan(s.seed, s.who, k, t, knows(s, k, seller)) - t.price_fen[k] / 100.0
    if not holds(s, k, seller):
        gain -= t.setup_yuan[k] / s.horizon_months
    return gain


@behaviour
def package_yuan(s: Shelf, k: int, seller: int, only_held: bool, addons: Any) -> float:
    """Surplus of a product with all that needs it: what is held of it, or what would pay."""
    t = addons[seller]
    total = surplus_yuan(s, k, seller, addons)
    for j in range(t.products):
        if t.needs[j] != k:
            continue
        if only_held and holds(s, j, seller):
            total += surplus_yuan(s, j, seller, addons)
        elif not only_held and is_open(s, j, seller, addons):
            total += max(0.0, surplus_yuan(s, j, seller, addons))
    return total


# --- against the other seller's ---------------------------------------------------------------


@behaviour
def other_seller(seller: int, operator: int, platform: int) -> int:
    """To an operator the platform, to the platform one's own operator; -1: nobody."""
    return operator if seller == platform else platform


@behaviour
def twin_of(k: int, seller: int, other: int, addons: Any) -> int:
    """The product of the same name that `other` (-1: nobody) sells, or -1."""
    if other >= 0:
        for j in range(addons[other].products):
            if addons[other].key[j] == addons[seller].key[k]:
                return j
    return NOBODY


@called
def instead_yuan(
    s: Shelf, k: int, seller: int, replaced: int, only_held: bool, addons: Any
) -> float:
    """What the other seller's product of the same name is worth, which one would do without.

    `replaced`: product of the other seller that is counted already, with all that needs it (-1:
    none). `only_held`: count what one holds there; else what one could hold.
    """
    other = other_seller(seller, s.operator, s.platform)
    twin = twin_of(k, seller, other, addons)
    if twin < 0:
        return 0.0
    held = pays_for(s, twin, other)
    needed = addons[other].needs[twin]
    if needed == NOBODY:
        if held if only_held else is_open(s, twin, other, addons):
            return max(0.0, package_yuan(s, twin, other, only_held, addons))
        return 0.0
    if needed == replaced or not held:  # what is not held would take its hub as well
        return 0.0
    return max(0.0, surplus_yuan(s, twin, other, addons))


@behaviour
def added_yuan(s: Shelf, k: int, seller: int, only_held: bool, addons: Any) -> float:
    """Surplus of a product that needs none, with what needs it, over the other seller's."""
    t = addons[seller]
    other = other_seller(seller, s.operator, s.platform)
    replaced = twin_of(k, seller, other, addons)
    if replaced >= 0 and (
        addons[other].needs[replaced] != NOBODY or (only_held and not pays_for(s, replaced, other))
    ):
        replaced = NOBODY
    total = surplus_yuan(s, k, seller, addons)
    total -= instead_yuan(s, k, seller, NOBODY, only_held, addons)
    for j in range(t.products):
        if t.needs[j] == k and is_open(s, j, seller, addons):
            more = surplus_yuan(s, j, seller, addons)
            more -= instead_yuan(s, j, seller, replaced, only_held, addons)
            total += max(0.0, more)
    return total


@called
def gain_yuan(s: Shelf, k: int, seller: int, addons: Any) -> float:
    """What a product adds to what one holds: alone, or with what needs it if others may."""
    if addons[seller].needs[k] == NOBODY:
        return added_yuan(s, k, seller, True, addons)
    return surplus_yuan(s, k, seller, addons) - instead_yuan(s, k, seller, NOBODY, True, addons)


@called
def catalogue_yuan(s: Shelf, operator: int, addons: Any) -> float:
    """What an operator's add-ons add to somebody's life, a month for the account.

    At one's own operator what one has used is known, and set up; elsewhere nothing is. What the
    platform supplies to anybody's customers, or could, adds nothing here.
    """
    t = addons[operator]
    total = 0.0
    for k in range(t.products):
        if t.needs[k] == NOBODY and is_open(s, k, operator, addons):
            total += max(0.0, added_yuan(s, k, operator, False, addons))
    return total
