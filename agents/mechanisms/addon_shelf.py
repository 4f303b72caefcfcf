"""What one holds of whom: a shelf for the own operator's products, one for the platform's.

A product of the same name is the same service whoever sells it, and nobody needs it twice. So what
a seller's product is worth is what it adds to what one has of the other seller, or could have.

A `Shelf` is a person's whole case in plain numbers: where these long functions are called and not
inlined, the account's own record need not be kept in memory for them.
"""

from typing import Any, NamedTuple

from agents.behaviour.environment import MarketTables
from agents.behaviour.habits import Habits, has_habit
from agents.behaviour.settings import Behaviour
from agents.mechanisms.addon_worth import PlatformHolder, has, owns, plain_worth_yuan
from agents.mechanisms.scene_data import PlanData, plan_data, relief_yuan
from sim.compile import behaviour
from sim.vocabulary import NOBODY, Scene

EachScene = tuple[float, float, float, float, float, float]
NOTHING_SPARED: EachScene = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Shops(NamedTuple):
    """Tables of what is sold and how it is used: terms by seller, firms, habits (none: no row)."""

    addons: Any
    firms: Any
    habits: Any


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
    income: float
    """Of the region."""
    spared: EachScene
    """What it is worth that a scene does not count, on the plan that is looked at, by scene; 0
    where no product of that plan's operator makes it so."""


@behaviour
def shelf_of(a: PlatformHolder, spared: EachScene, m: MarketTables, p: Behaviour) -> Shelf:
    """What somebody has now; `spared` is of the plan with which it would be used."""
    return Shelf(
        m.around.seed, a.who, a.segment, a.operator, m.around.platform, a.broadband,
        m.offers.rows[a.offer].broadband, p.horizon_months,
        a.addons, a.addons_known, a.addons_trial,
        a.platform_addons, a.platform_known, a.platform_trial,
        m.around.regions[a.region].income, spared,
    )  # fmt: skip


@behaviour
def shops_of(m: MarketTables) -> Shops:
    """The tables that decide on add-ons."""
    return Shops(m.terms.addons, m.around.firms, m.around.habits)


@behaviour
def spared_by_scene(a: PlatformHolder, offer: int, m: MarketTables, p: Behaviour) -> EachScene:
    """What zero rating by the operator of a plan spares on it, a month for the account."""
    free = m.terms.addons[m.offers.rows[offer].operator].free_scenes
    if free == 0:
        return NOTHING_SPARED
    s = m.around
    income = s.regions[a.region].income
    d = plan_data(a, offer, m, p)
    return (
        spared_in(s.seed, a.who, a.segment, income, Scene.COMMUTE, free, d, s.habits[0], p),
        spared_in(s.seed, a.who, a.segment, income, Scene.VIDEO, free, d, s.habits[0], p),
        spared_in(s.seed, a.who, a.segment, income, Scene.CREATING, free, d, s.habits[0], p),
        spared_in(s.seed, a.who, a.segment, income, Scene.GAMING, free, d, s.habits[0], p),
        spared_in(s.seed, a.who, a.segment, income, Scene.LEARNING, free, d, s.habits[0], p),
        spared_in(s.seed, a.who, a.segment, income, Scene.HOME, free, d, s.habits[0], p),
    )


@behaviour
def spared_in(
    seed: int, who: int, segment: int, income: float, scene: int, free: int, d: PlanData, h: Habits,
    p: Behaviour,
) -> float:  # fmt: skip
    """The same of one scene; nothing where it counts like any other (`free`: a bit a scene)."""
    if not has(free, scene):
        return 0.0
    return relief_yuan(seed, who, segment, income, scene, d, h, p)


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
def is_open(s: Shelf, k: int, seller: int, shops: Shops) -> bool:
    """Whether a product is anything for somebody like this, who has no other form of it."""
    t = shops.addons[seller]
    if (t.segments[k] >> s.segment) & 1 == 0:
        return False
    if t.alike[k] >= 0 and holds(s, t.alike[k], seller) and not holds(s, k, seller):
        return False
    if t.needs_broadband[k] == 0:
        return True
    if seller == s.platform:  # to a platform anybody's broadband will do
        return s.broadband >= 0 or s.bundled == 1
    return s.broadband == seller or (s.operator == seller and s.bundled == 1)


@behaviour
def is_expected(s: Shelf, k: int, seller: int, shops: Shops) -> bool:
    """Whether somebody counts on a product: of two forms not held, on the first alone."""
    alike = shops.addons[seller].alike[k]
    if 0 <= alike < k and not holds(s, k, seller) and not holds(s, alike, seller):
        return False
    return is_open(s, k, seller, shops)


# --- one seller's products --------------------------------------------------------------------


@behaviour
def worth_yuan(s: Shelf, k: int, seller: int, shops: Shops, used: bool) -> float:
    """What a product is worth to somebody, a month for the account (see `plain_worth_yuan`).

    What belongs to a scene is worth all of it to who has the habit, else what is occasional; a
    video product more, the more its seller's creators make for it.
    """
    t = shops.addons[seller]
    worth = plain_worth_yuan(s.seed, s.who, k, t, used)
    scene = t.scene[k]
    if scene >= 0:
        h = shops.habits[0]
        if not has_habit(s.seed, s.who, s.segment, s.income, scene, h):
            worth *= h.occasional
        if scene == Scene.VIDEO:
            worth *= shops.firms[seller].content_worth
    return worth


@behaviour
def surplus_yuan(s: Shelf, k: int, seller: int, shops: Shops) -> float:
    """Worth less price, a month for the account, and less the effort of setting up what is new."""
    t = shops.addons[seller]
    gain = worth_yuan(s, k, seller, shops, knows(s, k, seller)) - t.price_fen[k] / 100.0
    if not holds(s, k, seller):
        gain -= t.setup_yuan[k] / s.horizon_months
    if t.zero_rated[k] == 1 and not owns(s.seed, s.who, t.key[k], t.owned[k]):
        gain += s.spared[t.scene[k]]
    return gain


@behaviour
def package_yuan(s: Shelf, k: int, seller: int, only_held: bool, shops: Shops) -> float:
    """Surplus of a product with all that needs it: what is held of it, or what would pay."""
    t = shops.addons[seller]
    total = surplus_yuan(s, k, seller, shops)
    for j in range(t.products):
        if t.needs[j] != k:
            continue
        if only_held and holds(s, j, seller):
            total += surplus_yuan(s, j, seller, shops)
        elif not only_held and is_expected(s, j, seller, shops):
            total += max(0.0, surplus_yuan(s, j, seller, shops))
    return total


# --- against the other seller's ---------------------------------------------------------------


@behaviour
def other_seller(seller: int, operator: int, platform: int) -> int:
    """To an operator the platform, to the platform one's own operator; -1: nobody."""
    return operator if seller == platform else platform


@behaviour
def twin_of(k: int, seller: int, other: int, shops: Shops) -> int:
    """The product of the same name that `other` (-1: nobody) sells, or -1."""
    if other >= 0:
        for j in range(shops.addons[other].products):
            if shops.addons[other].key[j] == shops.addons[seller].key[k]:
                return j
    return NOBODY


@behaviour
def instead_yuan(
    s: Shelf, k: int, seller: int, replaced: int, only_held: bool, shops: Shops
) -> float:
    """What the other seller's product of the same name is worth, which one would do without.

    `replaced`: product of the other seller that is counted already, with all that needs it (-1:
    none). `only_held`: count what one holds there; else what one could hold.
    """
    other = other_seller(seller, s.operator, s.platform)
    twin = twin_of(k, seller, other, shops)
    if twin < 0:
        return 0.0
    held = pays_for(s, twin, other)
    needed = shops.addons[other].needs[twin]
    if needed == NOBODY:
        if held if only_held else is_open(s, twin, other, shops):
            return max(0.0, package_yuan(s, twin, other, only_held, shops))
        return 0.0
    if needed == replaced or not held:  # what is not held would take its hub as well
        return 0.0
    return max(0.0, surplus_yuan(s, twin, other, shops))


@behaviour
def added_yuan(s: Shelf, k: int, seller: int, only_held: bool, shops: Shops) -> float:
    """Surplus of a product that needs none, with what needs it, over the other seller's."""
    t = shops.addons[seller]
    other = other_seller(seller, s.operator, s.platform)
    replaced = twin_of(k, seller, other, shops)
    if replaced >= 0 and (
        shops.addons[other].needs[replaced] != NOBODY
        or (only_held and not pays_for(s, replaced, other))
    ):
        replaced = NOBODY
    total = surplus_yuan(s, k, seller, shops)
    total -= instead_yuan(s, k, seller, NOBODY, only_held, shops)
    for j in range(t.products):
        if t.needs[j] == k and is_expected(s, j, seller, shops):
            more = surplus_yuan(s, j, seller, shops)
            more -= instead_yuan(s, j, seller, replaced, only_held, shops)
            total += max(0.0, more)
    return total


@behaviour
def gain_yuan(s: Shelf, k: int, seller: int, shops: Shops) -> float:
    """What a product adds to what one holds: alone, or with what needs it if others may."""
    if shops.addons[seller].needs[k] == NOBODY:
        return added_yuan(s, k, seller, True, shops)
    return surplus_yuan(s, k, seller, shops) - instead_yuan(s, k, seller, NOBODY, True, shops)


@behaviour
def catalogue_yuan(s: Shelf, operator: int, shops: Shops) -> float:
    """What an operator's add-ons add to somebody's life, a month for the account.

    At one's own operator what one has used is known, and set up; elsewhere nothing is. What the
    platform supplies to anybody's customers, or could, adds nothing here.
    """
    t = shops.addons[operator]
    total = 0.0
    for k in range(t.products):
        if t.needs[k] == NOBODY and is_expected(s, k, operator, shops):
            total += max(0.0, added_yuan(s, k, operator, False, shops))
    return total
