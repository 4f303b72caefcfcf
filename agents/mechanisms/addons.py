"""Add-ons (融合业务): products held besides a plan, tried, bought, kept and dropped by choice.

A home hub and the scenes that need it, whole-home Wi-Fi, security, a cloud desktop. Who notices the
catalogue buys what seems worth its price, or tries it for nothing where there is a trial; a month
of use shows what it really is worth (`addon_worth`), and so who goes on to pay. Conversion is what
people learn, and nowhere a number. Who leaves the operator leaves them behind, with what one knows
of them and has set up.
"""

import zlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Amount, Behaviour, Chance
from agents.fields import Diary
from agents.mechanisms.addon_worth import (
    MOST_ADDONS,
    AddonHolder,
    AddonTerms,
    catalogue_yuan,
    gain_yuan,
    has,
    is_open,
    worth_yuan,
)
from agents.mechanisms.mechanism import Measured, Mechanism
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.ledger import MERCHANTS, SUPPLIERS, Flow
from sim.money import to_fen
from sim.names import check
from sim.schema import Settings
from sim.vocabulary import CUSTOMER_CLASSES, NOBODY

CustomerClass = Literal["personal", "household", "enterprise"]


class Addon(Settings):
    """One product; amounts are for the account, and a month unless named otherwise."""

    price_yuan: Amount
    worth_yuan: Amount
    """Mean worth to those for whom it is anything."""
    customers: tuple[CustomerClass, ...] = ("personal", "household")
    worth_spread: Annotated[float, Field(ge=0, le=3)] = 0.8
    """Standard deviation over people of the worth's logarithm."""
    known_share: Chance = 0.5
    """Share of that variance which people know before they used it."""
    caution: Annotated[float, Field(ge=0, le=20)] = 2.0
    """Relative risk aversion: how much not knowing weighs. 0: not at all."""
    owned_share: Chance = 0.0
    """Share of accounts that own such a thing already, and gain nothing."""
    needs: str = ""
    """Another product that must be held; empty: none."""
    needs_broadband: bool = False
    """Whether it works only where the operator supplies broadband."""
    gb: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Data that comes with it."""
    setup_yuan: Amount = 0.0
    """Effort of setting it up, once; whoever leaves has to do it again elsewhere."""
    cost_yuan: Amount = 0.0
    """What it costs the operator."""
    paid_to: Literal["suppliers", "merchants"] = "suppliers"
    """Who is paid that."""
    device_yuan: Amount = 0.0
    """Device that comes with it, paid by the operator once."""
    trial_months: Annotated[int, Field(ge=0, le=12)] = 0
    """Free months first; 0: no trial."""


class AddonSettings(Settings):
    """What an operator says when it sells add-ons."""

    products: dict[str, Addon] = {}
    """By name; whoever sells one of the same name sells the same service."""
    notice_chance: Chance = 0.1
    """Chance a month that a customer looks at the catalogue."""
    review_chance: Chance = 0.2
    """Chance a month that a holder asks whether what it pays for is worth it."""
    trial_hassle_yuan: Amount = 2.0
    """Expected worth below which nobody takes the trouble of a trial."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.products) > MOST_ADDONS:
            raise ValueError(f"{len(self.products)} products, at most {MOST_ADDONS}")
        for name, product in self.products.items():
            if not product.needs:
                continue
            check(f"product '{name}': needs", (product.needs,), self.products)
            if product.needs == name or self.products[product.needs].needs:
                raise ValueError(
                    f"product '{name}' needs '{product.needs}', which must be another one that "
                    "needs nothing itself"
                )
        return self


class AddonDiary(Diary, Protocol):
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
    "addon_suppliers_fen", "addon_merchants_fen",
)  # fmt: skip


# --- what it is worth -------------------------------------------------------------------------


@behaviour
def held_yuan(a: AddonHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """The own operator's catalogue comes with every plan of it."""
    return d.addon_yuan / a.lines if m.offers.rows[offer].operator == a.operator else 0.0


@behaviour
def joining_yuan(a: AddonHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """What somebody else's catalogue seems worth, unused and not set up."""
    operator = m.offers.rows[offer].operator
    if operator == a.operator:
        return 0.0
    return catalogue_yuan(a, operator, m, p) / a.lines


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
    if notices < t.notice_chance:
        look_at_catalogue(a, d, m, p)
    d.addon_yuan = catalogue_yuan(a, a.operator, m, p)


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
            if not has(a.addons_trial, k):
                d.addon_paid_fen += t.price_fen[k]
    d.pack_fen += d.addon_paid_fen


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


def compiled(settings: AddonSettings) -> dict[str, Any]:
    """Settings as `AddonTerms`."""
    names = list(settings.products)
    all_of = list(settings.products.values())

    def each(values: list[Any], empty: Any = 0) -> list[Any]:
        return values + [empty] * (MOST_ADDONS - len(values))

    return {
        "products": len(names),
        "key": each([zlib.crc32(name.encode()) & 0x7FFFFFFF for name in names]),
        "segments": each([_segments(one.customers) for one in all_of]),
        "price_fen": each([to_fen(one.price_yuan) for one in all_of]),
        "cost_fen": each([to_fen(one.cost_yuan) for one in all_of]),
        "to_merchants": each([int(one.paid_to == "merchants") for one in all_of]),
        "device_fen": each([to_fen(one.device_yuan) for one in all_of]),
        "worth_yuan": each([one.worth_yuan for one in all_of], 0.0),
        "spread": each([one.worth_spread for one in all_of], 0.0),
        "known": each([one.known_share**0.5 for one in all_of], 0.0),
        "unknown": each([(1.0 - one.known_share) ** 0.5 for one in all_of], 0.0),
        "caution": each([one.caution for one in all_of], 0.0),
        "owned": each([one.owned_share for one in all_of], 0.0),
        "needs": each([names.index(o.needs) if o.needs else NOBODY for o in all_of], NOBODY),
        "needs_broadband": each([int(one.needs_broadband) for one in all_of]),
        "gb": each([one.gb for one in all_of], 0.0),
        "setup_yuan": each([one.setup_yuan for one in all_of], 0.0),
        "trial_months": each([one.trial_months for one in all_of]),
        "notice_chance": settings.notice_chance,
        "review_chance": settings.review_chance,
        "trial_hassle_yuan": settings.trial_hassle_yuan,
    }


def _segments(customers: tuple[str, ...]) -> int:
    return sum({1 << segment for name in customers for segment in CUSTOMER_CLASSES[name]})


ADDONS = Mechanism(
    name="addons", holds=AddonHolder, notes=AddonDiary,
    settings=AddonSettings, terms=AddonTerms, compiled=compiled,
    measures=tuple(
        Measured(name, 0.01 if name.endswith("_fen") else 1.0) for name in MEASURES
    ),
    flows=flows, held_yuan=held_yuan, joining_yuan=joining_yuan,
    opens=opens, speaks=speaks, moves=moves, bills=bills, closes=closes, counts=counts,
    passes=passes,
)  # fmt: skip
