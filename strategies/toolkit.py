"""The few moves that strategies are made of: choose offers, reprice, copy a plan, advertise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from agents.actions import (
    Action,
    Advertise,
    Comparison,
    Condition,
    Reprice,
    StartProgramme,
    StopProgramme,
    Withdraw,
)
from agents.causes import ENDED, OWN, Why
from agents.observation import OfferView, OperatorView, cost_to_serve_fen
from sim.errors import ActionError
from sim.money import round_fen, to_fen
from sim.names import unknown
from sim.offers import Offer
from sim.schema import Settings
from strategies.parameters import Advertised, BeginSettings

Phase = Literal["before", "first", "on", "last", "after"]


@dataclass
class ActivePeriod:
    """When a strategy is at work: from `delay` months after its cause, for `months`."""

    delay: int
    months: int
    begun: int | None = None

    @classmethod
    def of(cls, settings: BeginSettings) -> "ActivePeriod":
        """The spell that a strategy's parameters ask for."""
        return cls(settings.delay_months, settings.months)

    def phase(self, month: int, cause: bool) -> Phase:
        """Where in the spell this month is; `last` is the month in which things are put back."""
        if self.begun is None:
            if not cause:
                return "before"
            self.begun = month + self.delay
        age = month - self.begun
        if age <= 0:
            return "first" if age == 0 else "before"
        if self.months == 0 or age < self.months:
            return "on"
        return "last" if age == self.months else "after"


def programme(
    phase: Phase, name: str, terms: type[Settings], settings: BeginSettings
) -> list[Action]:
    """Open a mechanism's programme in the first month and close it in the last.

    Args:
        phase: where the strategy is.
        name: the mechanism's.
        terms: the mechanism's own settings, whose names the strategy's parameters have.
        settings: the strategy's parameters.
    """
    if phase == "first":
        return [StartProgramme(name, terms_in(settings, terms))]
    return [StopProgramme(name, ENDED)] if phase == "last" else []


def terms_in[T: Settings](settings: Settings, terms: type[T], **instead: object) -> T:
    """A mechanism's own settings out of parameters that have their names.

    `instead`: fields that are to be something else.
    """
    said = {key: getattr(settings, key) for key in terms.model_fields}
    return terms.model_validate(said | instead)


# --- offers ---------------------------------------------------------------------------------------


def plan_of(name: str) -> str:
    """The plan's name in an offer's full name (`operator/plan`)."""
    return name.partition("/")[2]


def select(
    view: OperatorView, customers: Iterable[str], plans: Iterable[str] = ()
) -> list[OfferView]:
    """Own offers on sale to these customer classes; with `plans`, only those (or `ActionError`)."""
    names = [own_offer(view, plan).name for plan in plans]
    return [
        o
        for o in view.offers
        if o.on_sale and o.offer.customers in customers and (not names or o.name in names)
    ]


def own_offer(view: OperatorView, plan: str) -> OfferView:
    """The own offer of a plan. Raises `ActionError` if we have none of that name."""
    for offer in view.offers:
        if plan_of(offer.name) == plan:
            return offer
    raise unknown(f"{view.name}'s plan", plan, (plan_of(o.name) for o in view.offers))


def mid_tiers(view: OperatorView, customers: str) -> list[OfferView]:
    """Own offers from the middle of the price range up, without the dearest. May be empty."""
    offers = sorted(select(view, (customers,)), key=lambda o: (min(o.price_fen), o.name))
    middle = (len(offers) - 1) // 2
    return offers[middle:-1] or offers


def middle_plan(view: OperatorView, plan: str, customers: str) -> OfferView:
    """The own offer called `plan`, or where that is empty, the middle tier of a class."""
    if plan:
        return own_offer(view, plan)
    tiers = mid_tiers(view, customers)
    if not tiers:
        raise ActionError(f"{view.name} has no {customers} plan on sale to build on")
    return tiers[0]


def changed(offer: Offer, **fields: object) -> Offer:
    """A copy of an offer with other values, validated."""
    return Offer.model_validate(offer.model_dump() | fields)


def withdraw(view: OperatorView, plan: str, why: Why) -> list[Action]:
    """Take a plan off sale, if it is there."""
    sold = [o.name for o in view.offers if o.on_sale and plan_of(o.name) == plan]
    return [Withdraw(name, why) for name in sold]


# --- prices ---------------------------------------------------------------------------------------


def floor_fen(offer: Offer, view: OperatorView) -> int:
    """The lowest price at which an offer pays for itself, tax included.

    Cost to serve its lines with all their data used up, its broadband, its partners.
    """
    return max(1, round_fen(full_cost_fen(offer, view)))


def full_cost_fen(offer: Offer, view: OperatorView) -> float:
    """Cost to serve one account that uses up all its data, tax added, rounded by nobody."""
    wholesale = sum(p.wholesale_fen for p in view.partners if p.name in offer.benefits)
    data = view.costs.fen_per_gb * offer.allowance_gb
    return cost_to_serve_fen(view.costs, offer, data, wholesale) * (1.0 + view.vat_rate)


def lowered(price_fen: int, share: float, floor: int) -> int:
    """A price cut by a share, but never under the floor; one already under it stays."""
    return min(price_fen, max(floor, round_fen(price_fen * (1.0 - share))))


def reprice(
    view: OperatorView, offer: str, prices: Mapping[str, int], why: Why = OWN
) -> list[Reprice]:
    """The fewest repricings that give an offer these prices (region: fen)."""
    groups: dict[int, list[str]] = {}
    for region, price in prices.items():
        groups.setdefault(price, []).append(region)
    if len(groups) == 1 and len(prices) == len(view.regions):
        return [Reprice(offer, next(iter(groups)), (), why)]
    return [Reprice(offer, price, tuple(where), why) for price, where in groups.items()]


def sold_in(offer: Offer, region: str) -> bool:
    """Whether an offer is sold in a region."""
    return not offer.regions or region in offer.regions


# --- campaigns and advertising --------------------------------------------------------------------


def when(field: str, comparison: Comparison, value: float) -> Condition:
    """A condition on an observable, such as `when("complained", "==", 1)`."""
    return Condition.model_validate({"field": field, "is": comparison, "value": float(value)})


def monthly_budget_yuan(view: OperatorView, share: float) -> float:
    """A share of last month's own mobile revenue, in yuan of the whole market."""
    revenue = view.own.mobile_fen
    return share * float(revenue[-1]) / 100.0 if len(revenue) else 0.0


def advertise(
    settings: Advertised,
    spell: ActivePeriod,
    view: OperatorView,
    why: Why = OWN,
    lead: int | None = None,
) -> list[Action]:
    """Advertising in the first months of a move that takes `lead` months (default: our usual)."""
    if spell.begun is None or settings.advert_reach == 0:
        return []
    age = view.month - spell.begun - (view.lead_months if lead is None else lead)
    if not 0 <= age < settings.advert_months:
        return []
    return [Advertise(settings.advert_reach, to_fen(settings.advert_yuan), (), why)]
