"""Follow rivals' price cuts: part of the way or all of it, on the tiers they attack."""

from typing import Annotated

from pydantic import Field

from agents.actions import Action, Welcome
from agents.observation import OfferView, OperatorView
from strategies.monitoring import deepest_cut, phase_of, twin_regions
from strategies.parameters import EVERYBODY, AdvertSettings, CustomerClass, Plan, Share
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, advertise, floor_fen, lowered, plan_of, reprice, select


class MatchPriceSettings(AdvertSettings):
    """Parameters of `match_price`."""

    follow: Annotated[float, Field(gt=0, le=1)] = 1.0
    """How much of the observed cut to follow: 1 keeps the usual distance to the rival's price."""
    customers: Annotated[tuple[CustomerClass, ...], Field(min_length=1)] = EVERYBODY
    """Whose plans may follow."""
    plans: tuple[Plan, ...] = ()
    """Own plans that may follow; empty: all that compare with what was cut."""
    welcome_months: Annotated[int, Field(ge=1, le=36)] = 12
    """A cut for newcomers is answered in kind: for how many months a newcomer pays less."""
    advert_reach: Share = 0.1
    """Chance a month that an account notices the advertising for the answer; 0: not advertised."""


@strategy("match_price", MatchPriceSettings)
class MatchPrice:
    """Lower each offer by what the deepest cut on its tier was; follow it back up as well."""

    def __init__(self, settings: MatchPriceSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)
        self.asked: dict[str, tuple[int, ...]] = {}
        self.welcomed: dict[str, int] = {}

    def act(self, view: OperatorView) -> list[Action]:
        """Prices that follow what is seen this month."""
        s = self.settings
        phase = phase_of(self.spell, view, s)
        if phase in {"before", "after"}:
            return []
        allowed = {o.name for o in select(view, s.customers, s.plans)}
        over = phase == "last"
        twins = twin_regions(view)
        actions = [] if over else advertise(s, self.spell, view, "the lower prices", lead=0)
        for start in view.offers_before:
            if start.name in allowed:
                cuts = self._cuts(view, start, twins, over, newcomer=False)
                actions += self._reprice(view, start, cuts)
                gifts = self._cuts(view, start, twins, over, newcomer=True)
                actions += self._welcome(view, start, min(gifts) if max(cuts) == 0 else 0.0)
        return actions

    def _cuts(
        self, view: OperatorView, start: OfferView, twins: list[int], over: bool, newcomer: bool
    ) -> list[float]:
        """The cut to follow in each region; 0 where there is none or the answer is over."""
        if over:
            return [0.0] * len(twins)
        seen = {r: deepest_cut(view, start.offer, r, newcomer) for r in set(twins)}
        s = self.settings
        return [s.follow * seen[r] if seen[r] >= s.seen_cut - 1e-9 else 0.0 for r in twins]

    def _reprice(self, view: OperatorView, start: OfferView, cuts: list[float]) -> list[Action]:
        floor = floor_fen(start.offer, view)
        pairs = zip(start.price_fen, cuts, strict=True)
        wanted = tuple(lowered(price, cut, floor) for price, cut in pairs)
        old = self.asked.get(start.name, start.price_fen)
        self.asked[start.name] = wanted
        new = {
            region: price
            for region, price, was in zip(view.regions, wanted, old, strict=True)
            if price != was
        }
        return [*reprice(view, start.name, new, f"follow a cut on {plan_of(start.name)}")]

    def _welcome(self, view: OperatorView, start: OfferView, gift: float) -> list[Action]:
        price = min(start.price_fen)
        cut = price - lowered(price, gift, floor_fen(start.offer, view))
        discount = max(start.welcome_fen, cut)
        if discount == self.welcomed.get(start.name, start.welcome_fen):
            return []
        self.welcomed[start.name] = discount
        months = self.settings.welcome_months if cut else start.welcome_months
        return [Welcome(start.name, discount, months, "follow a discount for newcomers")]
