"""A market as an operator sees it, small enough to reckon by hand."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from agents.actions import Action, AddBenefits, Launch, Reprice, Welcome
from agents.observation import (
    CostView,
    OfferView,
    OperatorView,
    OwnRecords,
    PartnerView,
    RivalView,
)
from sim.offers import Offer

REGIONS = ("north", "south", "west")
ViewAt = Callable[..., OperatorView]

PLANS = {
    "value_card": Offer(price_yuan=29, allowance_gb=8, second_line=True),
    "tier_s": Offer(price_yuan=59, allowance_gb=30),
    "tier_m": Offer(price_yuan=99, allowance_gb=60, contract_months=12, benefits=("video",)),
    "tier_l": Offer(price_yuan=149, allowance_gb=100, contract_months=12),
    "family_home": Offer(
        price_yuan=159, allowance_gb=70, lines=2, extra_line_yuan=35, broadband=True,
        customers="household",
    ),
    "enterprise_line": Offer(price_yuan=59, allowance_gb=30, customers="enterprise"),
}  # fmt: skip


def catalogue(operator: str, markup: float = 1.0) -> tuple[OfferView, ...]:
    return tuple(
        OfferView(
            name=f"{operator}/{plan}",
            offer=offer,
            price_fen=(round(offer.price_yuan * 100 * markup),) * len(REGIONS),
            on_sale=True,
            welcome_fen=0,
            welcome_months=0,
            accounts=1e6,
            lines=1e6 * offer.lines,
        )
        for plan, offer in PLANS.items()
    )


def at_prices(offers: tuple[OfferView, ...], factor: float, **only: float) -> tuple[OfferView, ...]:
    """The same offers, cheaper: all by `factor`, or each plan in `only` by its own."""
    return tuple(
        replace(
            o,
            price_fen=tuple(
                round(p * only.get(o.name.split("/")[1], 1.0 if only else factor))
                for p in o.price_fen
            ),
        )
        for o in offers
    )


def own_records(month: int, lost: float) -> OwnRecords:
    """A year before the start with as many won as lost, then `lost` lines more lost a month."""
    past = 12
    churned = np.full(past + month, 90_000.0)
    churned[past:] += lost
    return OwnRecords(
        lines=np.full(past + month, 7e6),
        gross_adds=np.full(past + month, 90_000.0),
        churned_lines=churned,
        mobile_fen=np.full(past + month, 7e6 * 4500),
        broadband_fen=np.full(past + month, 1e9),
        contribution_fen=np.full(past + month, 1e10),
        lines_by_region=np.array([4e6, 2e6, 1e6]),
        utilisation=np.full(len(REGIONS), 0.6),
    )


@pytest.fixture(scope="session")
def view_at() -> ViewAt:
    """A view: `ours` against `theirs`, whose prices may have moved since the start."""

    def build(
        month: int = 0,
        ours: tuple[OfferView, ...] | None = None,
        theirs: tuple[OfferView, ...] | None = None,
        lost: float = 0.0,
        allied: tuple[str, ...] = ("video",),
        running: tuple[str, ...] = (),
    ) -> OperatorView:
        start, rivals_start = catalogue("us"), catalogue("them", 1.05)
        return OperatorView(
            name="us",
            month=month,
            scale=1000.0,
            regions=REGIONS,
            offers=start if ours is None else ours,
            offers_before=start,
            rivals=(
                RivalView("them", rivals_start if theirs is None else theirs, 1e7, rivals_start),
                RivalView("others", catalogue("others"), 5e6, catalogue("others")),
            ),
            own=own_records(month, lost),
            partners=tuple(
                PartnerView(name, retail, retail // 3, name in allied, exclusive_elsewhere=False)
                for name, retail in (("video", 2500), ("ecommerce", 1200), ("cloud", 3000))
            ),
            costs=CostView(line_fen=400, fen_per_gb=20.0, broadband_fen=1400, commission_fen=7000),
            vat_rate=0.06,
            lead_months=2,
            running=running,
            answers=(),
        )

    return build


@pytest.fixture(scope="session")
def cheaper() -> Callable[..., tuple[OfferView, ...]]:
    """`cheaper("them", 0.7)`: their catalogue with prices at 70 % (or by plan)."""

    def build(who: str, factor: float = 1.0, **only: float) -> tuple[OfferView, ...]:
        return at_prices(catalogue(who, 1.05 if who == "them" else 1.0), factor, **only)

    return build


@pytest.fixture(scope="session")
def carry_out() -> Callable[[OperatorView, list[Action]], OperatorView]:
    """Next month's view after own actions were carried out at once."""

    def build(view: OperatorView, actions: list[Action]) -> OperatorView:
        offers = {o.name: o for o in view.offers}
        for action in actions:
            match action:
                case Reprice(name, price, regions):
                    old = offers[name].price_fen
                    new = tuple(
                        price if not regions or region in regions else was
                        for region, was in zip(view.regions, old, strict=True)
                    )
                    offers[name] = replace(offers[name], price_fen=new)
                case Welcome(name, discount, months):
                    offers[name] = replace(
                        offers[name], welcome_fen=discount, welcome_months=months
                    )
                case AddBenefits(name, benefits, gb):
                    was = offers[name].offer
                    extra = {
                        "benefits": (*was.benefits, *benefits),
                        "allowance_gb": was.allowance_gb + gb,
                    }
                    offer = Offer.model_validate(was.model_dump() | extra)
                    offers[name] = replace(offers[name], offer=offer)
                case Launch(plan, offer):
                    price = (round(offer.price_yuan * 100),) * len(view.regions)
                    full = f"{view.name}/{plan}"
                    offers[full] = OfferView(full, offer, price, True, 0, 0, 0.0, 0.0)
                case _:
                    pass
        return replace(view, month=view.month + 1, offers=tuple(offers.values()))

    return build
