"""Follow rivals' price cuts: part of the way or all of it, on the tiers they attack."""

from dataclasses import replace
from typing import Annotated, NamedTuple

from pydantic import Field

from agents.actions import Action, Welcome
from agents.causes import ENDED, Cause, MoveKind, Trigger, Why
from agents.observation import OfferView, OperatorView, RivalView
from sim.offers import Offer
from strategies.limits import PriceLimit
from strategies.monitoring import alike, on_sale, phase_of, price_ratio, twin_regions
from strategies.parameters import EVERYBODY, AdvertSettings, CustomerClass, Plan, Share
from strategies.reacting.memory import MoveMemory
from strategies.reacting.moves import TOLERANCE
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, advertise, floor_fen, lowered, reprice, select


class MatchPriceSettings(AdvertSettings):
    """Parameters of `match_price`."""

    follow: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How much of the observed cut to follow: 1 keeps the usual distance to the rival's price;
    0 does nothing at all, the same as `hold`."""
    customers: Annotated[tuple[CustomerClass, ...], Field(min_length=1)] = EVERYBODY
    """Whose plans may follow."""
    plans: tuple[Plan, ...] = ()
    """Own plans that may follow; empty: all that compare with what was cut."""
    welcome_months: Annotated[int, Field(ge=1, le=36)] = 12
    """A cut for newcomers is answered in kind: for how many months a newcomer pays less."""
    memory_months: Annotated[int, Field(ge=1, le=60)] = 12
    """For how long a cut is remembered as the cause of others' cuts after it: answers to it, and to
    ourselves, are not followed."""
    advert_reach: Share = 0.1
    """Chance a month that an account notices the advertising for the answer; 0: not advertised."""


class Cut(NamedTuple):
    """How deep a rival's attack is on an offer of the same tier, as a share, and which it is."""

    share: float = 0.0
    trigger: Trigger | None = None


@strategy("match_price", MatchPriceSettings)
class MatchPrice:
    """Lower each offer by what the deepest cut on its tier was; follow it back up as well.

    What others do in answer to an attack, or to us, is no cut to follow: it ends with its cause.
    """

    def __init__(self, settings: MatchPriceSettings) -> None:
        self.settings = settings
        self.passive = settings.follow == 0
        self.spell = ActivePeriod.of(settings)
        self.memory = MoveMemory(settings.memory_months)
        self.limit = PriceLimit()
        self.last_request: dict[str, tuple[int, ...]] = {}
        self.welcomed: dict[str, int] = {}
        self.followed: dict[str, Why] = {}
        """The move that was last followed, by own offer."""

    def act(self, view: OperatorView) -> list[Action]:
        """Prices that follow what is seen this month."""
        s = self.settings
        if self.passive:
            return []
        self.memory.look(view)
        phase = phase_of(self.spell, view, s)
        if phase == "before" or (phase == "after" and not self.limit.dropped):
            return []
        allowed = {o.name for o in select(view, s.customers, s.plans)}
        over = phase in {"last", "after"}
        twins = twin_regions(view)
        actions: list[Action] = []
        for start in view.offers_before:
            if start.name in allowed:
                cuts = self._cuts(view, start, twins, over, newcomer=False)
                actions += self._reprice(view, start, cuts)
                gifts = self._cuts(view, start, twins, over, newcomer=True)
                deep = max(cut.share for cut in cuts) > 0
                actions += self._welcome(view, start, Cut() if deep else min(gifts, key=_share))
        if over:
            return actions
        why = next(reversed(self.followed.values()), Why(Cause.REACTION))
        return advertise(s, self.spell, view, why, lead=0) + actions

    def _cuts(
        self, view: OperatorView, start: OfferView, twins: list[int], over: bool, newcomer: bool
    ) -> list[Cut]:
        """The cut to follow in each region; 0 where there is none or the answer is over."""
        if over:
            return [Cut()] * len(twins)
        seen = {r: deepest_attack(self.memory, view, start.offer, r, newcomer) for r in set(twins)}
        s = self.settings
        least = s.seen_cut - 1e-9
        return [
            Cut(s.follow * seen[r].share, seen[r].trigger) if seen[r].share >= least else Cut()
            for r in twins
        ]

    def _why(self, offer: str, cut: Cut) -> Why:
        """An answer to the cut, or the end of the answer before."""
        if cut.share > 0:
            self.followed[offer] = Why(Cause.REACTION, cut.trigger)
            return self.followed[offer]
        return replace(self.followed.get(offer, ENDED), cause=Cause.ENDED)

    def _reprice(self, view: OperatorView, start: OfferView, cuts: list[Cut]) -> list[Action]:
        floor = floor_fen(start.offer, view)
        pairs = zip(start.price_fen, cuts, strict=True)
        full = tuple(lowered(price, cut.share, floor) for price, cut in pairs)
        old = self.last_request.get(start.name, start.price_fen)
        now = next(o for o in view.offers if o.name == start.name)
        target, trims = self.limit.within(view, now, full, old)
        self.last_request[start.name] = target
        new = {
            region: price
            for region, price, was in zip(view.regions, target, old, strict=True)
            if price != was
        }
        why = self._why(start.name, max(cuts, key=_share)) if new else ENDED
        return [*trims, *reprice(view, start.name, new, why)]

    def _welcome(self, view: OperatorView, start: OfferView, gift: Cut) -> list[Action]:
        price = min(start.price_fen)
        cut = price - lowered(price, gift.share, floor_fen(start.offer, view))
        discount = max(start.welcome_fen, cut)
        if discount == self.welcomed.get(start.name, start.welcome_fen):
            return []
        self.welcomed[start.name] = discount
        months = self.settings.welcome_months if cut else start.welcome_months
        return [Welcome(start.name, discount, months, self._why(start.name, gift))]


def deepest_attack(
    memory: MoveMemory, view: OperatorView, mine: Offer, region: int, newcomer: bool
) -> Cut:
    """The deepest cut by which a rival has attacked an offer of the same tier."""
    cuts = [
        Cut(
            1.0 - _ratio_of_attack(memory, rival, theirs, region, newcomer),
            _trigger(memory, rival.name, theirs.name, region),
        )
        for rival, theirs in on_sale(view, region)
        if alike(mine, theirs.offer)
    ]
    return max([Cut(), *cuts], key=_share)


def _share(cut: Cut) -> float:
    return cut.share


def _trigger(memory: MoveMemory, rival: str, offer: str, region: int) -> Trigger | None:
    """The move that made an offer cheaper, as far as it is large enough to be one."""
    kinds: tuple[MoveKind, ...] = ("new_plan", "price", "newcomers")
    moved: list[MoveKind] = [
        kind for kind in kinds if memory.depth(rival, kind, offer, region) > TOLERANCE
    ]
    return memory.trigger(rival, moved[0], offer, region) if moved else None


def _ratio_of_attack(
    memory: MoveMemory, rival: RivalView, theirs: OfferView, region: int, newcomer: bool
) -> float:
    """A rival's price relative to the start, as far as it is nobody's answer."""
    ratio = price_ratio(rival, theirs, region, newcomer)
    new = memory.depth(rival.name, "new_plan", theirs.name, region) > 0
    kinds: tuple[MoveKind, ...] = ("new_plan",) if new else ("price", "newcomers")
    if not newcomer:
        kinds = kinds[:1]
    attack = [memory.attack_depth(rival.name, kind, theirs.name, region) for kind in kinds]
    whole = [memory.depth(rival.name, kind, theirs.name, region) for kind in kinds]
    if all(a >= w - TOLERANCE for a, w in zip(attack, whole, strict=True)):
        return ratio
    return 1.0 if new else max(ratio, 1.0 - sum(attack))
