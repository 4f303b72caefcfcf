"""A fighting brand: a bare plan under another name, cheaper than the rival that cut its price."""

from typing import Annotated

from pydantic import Field

from agents.actions import Action, Launch
from agents.causes import ENDED
from agents.observation import OperatorView
from sim.money import to_yuan
from sim.offers import Offer
from strategies.monitoring import on_sale, phase_of, price_for, price_ratio, replaces
from strategies.parameters import AdvertSettings, CustomerClass, Plan
from strategies.registry import strategy
from strategies.toolkit import (
    ActivePeriod,
    advertise,
    changed,
    floor_fen,
    lowered,
    middle_plan,
    plan_of,
    withdraw,
)


class FightingBrandSettings(AdvertSettings):
    """Parameters of `fighting_brand`."""

    plan: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "sub_brand"
    """Name of the new plan."""
    like: Plan = ""
    """Own plan it is modelled on; empty: the middle tier."""
    customers: CustomerClass = "personal"
    """Whom it is for, where `like` is empty."""
    discount: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share by which it stays under the cheapest comparable plan of the rival that cut."""
    allowance_share: Annotated[float, Field(gt=0, le=2)] = 0.6
    """Its data as a share of the plan it is modelled on."""
    brand_distance_yuan: Annotated[float, Field(ge=0, le=1000)] = 6.0
    """What a customer gives up, in yuan a month, by not being under the main brand."""
    open_to_own: bool = True
    """Whether own customers may move to it; otherwise newcomers only."""
    second_line: bool = True
    """Whether it may be held as a second SIM."""


@strategy("fighting_brand", FightingBrandSettings)
class FightingBrand:
    """Launch the plan when the rival's cut is seen; withdraw it when the time is over."""

    def __init__(self, settings: FightingBrandSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """Launch, advertise, withdraw."""
        s = self.settings
        phase = phase_of(self.spell, view, s)
        if phase in {"last", "after"}:
            return withdraw(view, s.plan, ENDED)
        if phase not in {"first", "on"}:
            return []
        actions = advertise(s, self.spell, view)
        if phase == "first":
            model = middle_plan(view, s.like, s.customers)
            offer = self._bare(model.offer)
            top = min(
                price_for(model, r, offer.lines, newcomer=False) for r in range(len(view.regions))
            )
            price = min(top, self._price_fen(view, offer, top))
            offer = changed(offer, price_yuan=to_yuan(price))
            launch = Launch(s.plan, offer, plan_of(model.name))
            actions.insert(0, launch)
        return actions

    def _bare(self, model: Offer) -> Offer:
        """The model plan without anything that costs money besides the network."""
        s = self.settings
        return changed(
            model,
            allowance_gb=model.allowance_gb * s.allowance_share,
            benefits=(),
            points_per_yuan=0.0,
            contract_months=0,
            exit_fee_yuan_per_month=0.0,
            welcome_discount_yuan=0.0,
            welcome_months=0,
            newcomers_only=not s.open_to_own,
            second_line=s.second_line,
            brand_distance_yuan=s.brand_distance_yuan,
        )

    def _price_fen(self, view: OperatorView, offer: Offer, otherwise: int) -> int:
        """A share under the cheapest comparable plan that was cut; without one, under our own."""
        s = self.settings
        prices = [
            price_for(theirs, r, offer.lines)
            for r in range(len(view.regions))
            for rival, theirs in on_sale(view, r)
            if replaces(offer, theirs.offer)
            and price_ratio(rival, theirs, r) <= 1.0 - s.seen_cut + 1e-9
        ]
        return lowered(min(prices, default=otherwise), s.discount, floor_fen(offer, view))
