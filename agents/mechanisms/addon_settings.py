"""What an operator says when it sells add-ons, and the same as subscribers read it."""

import zlib
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from agents.behaviour.settings import Amount, Chance
from agents.mechanisms.addon_worth import MOST_ADDONS
from agents.scenes import SceneName
from sim.errors import ActionError
from sim.money import to_fen
from sim.names import check
from sim.schema import Settings
from sim.vocabulary import CUSTOMER_CLASSES, NOBODY, SCENES

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
    scene: SceneName | Literal[""] = ""
    """Scene it belongs to, in a market with scenes: worth less to who has no habit of it."""
    zero_rated: bool = False
    """Whether the scene's traffic does not count against the allowance; worth what that spares,
    on top of `worth_yuan`."""
    service: str = ""
    """Service that it is a form of, where that is not its name: nobody holds two forms of one."""
    on_sale: bool = True
    """False: a place in the catalogue of what was sold before; nobody buys or holds it."""


class AddonSettings(Settings):
    """What an operator says when it sells add-ons."""

    products: dict[str, Addon] = {}
    """By name; whoever sells one of the same name sells the same service, also by another form."""
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
        self._check_zero_rated()
        self._check_services()
        return self

    def _check_zero_rated(self) -> None:
        sold = [(name, one) for name, one in self.products.items() if one.on_sale]
        free = [(name, one.scene) for name, one in sold if one.zero_rated]
        for name, scene in free:
            if not scene:
                raise ValueError(f"product '{name}': zero_rated needs a scene")
            if [other for _, other in free].count(scene) > 1:
                raise ValueError(f"product '{name}': scene '{scene}' is zero-rated twice")

    def _check_services(self) -> None:
        sold = [service_of(name, one) for name, one in self.products.items() if one.on_sale]
        for service in sold:
            if sold.count(service) > 2:
                raise ValueError(f"service '{service}' has {sold.count(service)} forms, at most 2")


def service_of(name: str, product: Addon) -> str:
    """The service that a product is, whoever sells it and in whatever form."""
    return product.service or name


def arranged(before: AddonSettings | None, now: AddonSettings) -> AddonSettings:
    """A catalogue in which what was sold before keeps its place, sold or not.

    Who holds what is known by places, so that a place never becomes another product's.

    Raises `ActionError` if there are not enough places.
    """
    if before is None:
        return now
    closed = {"on_sale": False, "needs": "", "zero_rated": False}
    products = {
        name: now.products.get(name) or one.model_copy(update=closed)
        for name, one in before.products.items()
    } | now.products
    if len(products) > MOST_ADDONS:
        raise ActionError(
            f"add-ons: {len(products)} products in the course of time "
            f"({', '.join(products)}), at most {MOST_ADDONS}, sold or no longer sold"
        )
    return now.model_copy(update={"products": products})


def compiled(settings: AddonSettings) -> dict[str, Any]:
    """Settings as `AddonTerms`."""
    names = list(settings.products)
    all_of = list(settings.products.values())
    services = [service_of(name, one) for name, one in settings.products.items()]
    sold = [k for k, one in enumerate(all_of) if one.on_sale]

    def each(values: list[Any], empty: Any = 0) -> list[Any]:
        return values + [empty] * (MOST_ADDONS - len(values))

    return {
        "products": len(names),
        "sold": sum(1 << k for k in sold),
        "key": each([zlib.crc32(name.encode()) & 0x7FFFFFFF for name in services]),
        "alike": each([_other(k, services, sold) for k in range(len(names))], NOBODY),
        "segments": each([_segments(one.customers) if one.on_sale else 0 for one in all_of]),
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
        "scene": each([SCENES.index(one.scene) if one.scene else NOBODY for one in all_of], NOBODY),
        "zero_rated": each([int(one.zero_rated) for one in all_of]),
        "free_scenes": sum(1 << SCENES.index(o.scene) for o in all_of if o.scene and o.zero_rated),
        "gb": each([one.gb for one in all_of], 0.0),
        "setup_yuan": each([one.setup_yuan for one in all_of], 0.0),
        "trial_months": each([one.trial_months for one in all_of]),
        "notice_chance": settings.notice_chance,
        "review_chance": settings.review_chance,
        "trial_hassle_yuan": settings.trial_hassle_yuan,
    }


def _other(k: int, services: list[str], sold: list[int]) -> int:
    """The other place in the catalogue that is the same service, or -1."""
    return next((j for j in sold if j != k and services[j] == services[k]), NOBODY)


def _segments(customers: tuple[str, ...]) -> int:
    return sum({1 << segment for name in customers for segment in CUSTOMER_CLASSES[name]})
