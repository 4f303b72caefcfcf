"""A price cut: how deep, from when, for how long, for whom, where, for newcomers or everybody."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from agents.actions import Action, Welcome
from agents.causes import ENDED
from agents.observation import OfferView, OperatorView
from sim.names import check
from strategies.limits import PriceLimit
from strategies.parameters import EVERYBODY, Advertised, CustomerClass, Months, Share
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, advertise, floor_fen, lowered, reprice, select


class PriceCutSettings(Advertised):
    """Parameters of `price_cut`."""

    depth: Annotated[float, Field(ge=0, lt=1)]
    """Share of the price that is cut. 0: nothing is done at all, the same as `hold`."""
    start_month: Months = 0
    """Month of the cut; 0 is the experiment's first month."""
    months: Months = 0
    """How long it lasts; then the old prices return. 0: for good."""
    customers: Annotated[tuple[CustomerClass, ...], Field(min_length=1)] = EVERYBODY
    """Whose plans are cut. An operator tells apart what it sells to, not what people like."""
    regions: tuple[str, ...] = ()
    """Where; empty: everywhere."""
    new_customers_only: bool = False
    """A discount for newcomers in place of a lower price for everybody."""
    welcome_months: Annotated[int, Field(ge=1, le=36)] = 12
    """With `new_customers_only`: for how many months a newcomer pays less."""
    advert_reach: Share = 0.1
    """Chance a month that an account notices the advertising for the cut; 0: none is done."""

    @model_validator(mode="after")
    def _newcomers_everywhere(self) -> Self:
        if self.new_customers_only and self.regions:
            raise ValueError(
                "a newcomers' discount holds in all regions: leave 'regions' empty or set "
                "new_customers_only: false"
            )
        return self


@strategy("price_cut", PriceCutSettings)
class PriceCut:
    """Cut prices once, restore them exactly when the time is over."""

    def __init__(self, settings: PriceCutSettings) -> None:
        self.settings = settings
        self.passive = settings.depth == 0
        self.spell = ActivePeriod(0, settings.months, begun=settings.start_month)
        self.limit = PriceLimit()
        self.targets: dict[str, dict[str, int]] = {}
        """Price by region that is aimed at, by offer."""
        self.last_request: dict[str, tuple[int, ...]] = {}
        """Price by region last asked for, by offer."""
        self.original: dict[str, dict[str, int]] = {}
        """Price by region before the cut, by offer."""
        self.welcomes: list[Welcome] = []
        """Newcomers' discounts as they were before the cut."""

    def act(self, view: OperatorView) -> list[Action]:
        """Cut in the first month, restore in the last."""
        s = self.settings
        check("region", s.regions, view.regions)
        if self.passive:
            return []
        phase = self.spell.phase(view.month, cause=True)
        if phase in {"first", "on"}:
            adverts = advertise(s, self.spell, view, lead=0)
            if phase == "on":
                return self._go_on(view) + adverts
            return (self._welcome(view) if s.new_customers_only else self._cut(view)) + adverts
        if phase == "last":
            back: list[Action] = list(self.welcomes)
            for offer, prices in self.original.items():
                back += reprice(view, offer, prices, ENDED)
                self.targets[offer] = prices
                self.last_request[offer] = _after(self.last_request[offer], prices, view.regions)
            return back
        return self._go_on(view) if phase == "after" else []

    def _cut(self, view: OperatorView) -> list[Action]:
        s = self.settings
        actions: list[Action] = []
        for mine in select(view, s.customers):
            floor = floor_fen(mine.offer, view)
            old = {
                region: price
                for region, price in zip(view.regions, mine.price_fen, strict=True)
                if region in (s.regions or view.regions)
            }
            new = {region: lowered(price, s.depth, floor) for region, price in old.items()}
            if new != old:
                self.original[mine.name] = old
                self.targets[mine.name] = new
                self.last_request[mine.name] = mine.price_fen
                actions += self._ask(view, mine)
        return actions

    def _ask(self, view: OperatorView, mine: OfferView) -> list[Action]:
        """Go to the price aimed at, as far as the value of the plan's services allows now."""
        regions = view.regions
        last = self.last_request[mine.name]
        target = _after(last, self.targets[mine.name], regions)
        allowed, trims = self.limit.within(view, mine, target, last)
        self.last_request[mine.name] = allowed
        new = {
            region: price
            for region, price, was in zip(regions, allowed, last, strict=True)
            if price != was
        }
        return [*trims, *reprice(view, mine.name, new)]

    def _go_on(self, view: OperatorView) -> list[Action]:
        """What the plan's services did not allow at once: further down, or services back."""
        trimmed = [o for o in view.offers if o.name in self.limit.dropped]
        return [action for mine in trimmed for action in self._ask(view, mine)]

    def _welcome(self, view: OperatorView) -> list[Action]:
        s = self.settings
        actions: list[Action] = []
        for mine in select(view, s.customers):
            floor = floor_fen(mine.offer, view)
            discount = min(price - lowered(price, s.depth, floor) for price in mine.price_fen)
            if discount > mine.welcome_fen:
                before = Welcome(mine.name, mine.welcome_fen, mine.welcome_months, ENDED)
                self.welcomes.append(before)
                actions.append(Welcome(mine.name, discount, s.welcome_months))
        return actions


def _after(
    asked: tuple[int, ...], prices: dict[str, int], regions: tuple[str, ...]
) -> tuple[int, ...]:
    """Prices by region once those of some regions have changed."""
    return tuple(prices.get(region, price) for region, price in zip(regions, asked, strict=True))
