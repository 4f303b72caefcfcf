"""Add-ons (融合业务): products held besides a plan, tried, bought, kept and dropped by choice.

A home hub and the scenes that need it, whole-home Wi-Fi, security, a cloud desktop. Who notices the
catalogue buys what seems worth its price, or tries it for nothing where there is a trial; a month
of use shows what it really is worth (`addon_worth`), and so who goes on to pay. Conversion is what
people learn, and nowhere a number. Who leaves the operator leaves them behind, with what one knows
of them and has set up. What a platform without lines sells is for anybody's customers, is paid
apart from the bill, and stays.
"""

import zlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Amount, Behaviour, Chance
from agents.mechanisms.addon_choice import AddonDiary, attend
from agents.mechanisms.addon_shelf import Shelf, catalogue_yuan, holds, pays_for, shelf_of
from agents.mechanisms.addon_worth import (
    MOST_ADDONS,
    AddonHolder,
    AddonTerms,
    PlatformHolder,
    has,
)
from agents.mechanisms.mechanism import Measured, Mechanism
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.ledger import MERCHANTS, SUBSCRIBERS, SUPPLIERS, Flow
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
    reach_yuan: Amount = 0.0
    """What merchants pay the seller for a holder's attention: orders, advertising, data."""
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


MEASURES = (
    "addon_holders", "addon_held", "addon_on_trial", "addon_bought", "addon_dropped",
    "addon_tried", "addon_converted", "addon_rejected", "addon_paid_fen", "addon_device_fen",
    "addon_suppliers_fen", "addon_merchants_fen", "addon_direct_fen", "addon_reach_fen",
)  # fmt: skip


# --- what it is worth -------------------------------------------------------------------------


@behaviour
def held_yuan(a: AddonHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """The own operator's catalogue comes with every plan of it."""
    return d.addon_yuan / a.lines if m.offers.rows[offer].operator == a.operator else 0.0


@behaviour
def joining_yuan(
    a: PlatformHolder, d: AddonDiary, offer: int, m: MarketTables, p: Behaviour
) -> float:
    """What somebody else's catalogue seems worth, unused and not set up."""
    operator = m.offers.rows[offer].operator
    if operator == a.operator:
        return 0.0
    return catalogue_yuan(shelf_of(a, m, p), operator, m.terms.addons) / a.lines


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
    d.direct_bought = 0
    d.direct_dropped = 0
    d.direct_tried = 0
    d.direct_converted = 0
    d.direct_rejected = 0
    d.direct_device_fen = 0
    d.addon_yuan = 0.0


@behaviour
def speaks(a: PlatformHolder, d: AddonDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Decide on trials that have ended, on what is held, and on what the catalogues show."""
    s = m.around
    for turn in range(2):
        seller = s.platform if turn == 0 else a.operator
        if seller < 0 or m.terms.addons[seller].products == 0:
            continue
        purpose = Purpose.PLATFORM if turn == 0 else Purpose.ADDON
        notices, reviews, _, _ = uniforms(s.seed, a.who, s.month, purpose, 0)
        attend(a, d, seller, notices, reviews, m, p)
    if m.terms.addons[a.operator].products > 0:
        d.addon_yuan = catalogue_yuan(shelf_of(a, m, p), a.operator, m.terms.addons)


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
            if not has(a.addons_trial, k):
                d.addon_paid_fen += t.price_fen[k]
    d.pack_fen += d.addon_paid_fen


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
    mine = shelf_of(a, m, p)
    count_held(held[a.operator], mine, a.operator, m)
    held[a.operator][8] += d.addon_paid_fen
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
    """A trial runs a month less; where nothing is sold any more, nothing is held."""
    a.addons_trial_left = max(0, a.addons_trial_left - 1)
    a.platform_trial_left = max(0, a.platform_trial_left - 1)
    if m.terms.addons[a.operator].products == 0:
        a.addons = 0
        a.addons_known = 0
        a.addons_trial = 0
    if m.around.platform >= 0 and m.terms.addons[m.around.platform].products == 0:
        a.platform_addons = 0
        a.platform_known = 0
        a.platform_trial = 0


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
        "reach_fen": each([to_fen(one.reach_yuan) for one in all_of]),
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
    flows=flows, receipts=receipts, held_yuan=held_yuan, joining_yuan=joining_yuan,
    opens=opens, speaks=speaks, moves=moves, bills=bills, closes=closes, counts=counts,
    passes=passes,
)  # fmt: skip
PLATFORM_ADDONS = Mechanism(name="platform_addons", holds=PlatformHolder)
"""Room for what a platform sells to anybody's customers; what people do about it stands above."""
