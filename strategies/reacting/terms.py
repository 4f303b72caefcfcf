"""What an offer costs: its price by region, and the discount that newcomers get on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.actions import Action, Reprice, Welcome
from agents.causes import Trigger, Why
from agents.observation import OfferView, OperatorView
from strategies.limits import PriceLimit
from strategies.toolkit import reprice


@dataclass(frozen=True)
class Terms:
    """Money of one offer."""

    price_fen: tuple[int, ...]
    """By region."""
    welcome_fen: int
    welcome_months: int

    @classmethod
    def of(cls, o: OfferView) -> "Terms":
        """As posted."""
        return cls(o.price_fen, o.welcome_fen, o.welcome_months)

    def after(self, action: Action, regions: Sequence[str]) -> "Terms":
        """These terms once an action on the same offer is carried out."""
        match action:
            case Reprice(_, price, where):
                prices = tuple(
                    price if not where or region in where else old
                    for region, old in zip(regions, self.price_fen, strict=True)
                )
                return Terms(prices, self.welcome_fen, self.welcome_months)
            case Welcome(_, discount, months):
                return Terms(self.price_fen, discount, months)
            case _:
                return self

    def newcomer_fen(self, usual_welcome_fen: int) -> list[int]:
        """What a newcomer pays by region, the discount that there always was left aside."""
        gift = max(0, self.welcome_fen - usual_welcome_fen)
        return [price - gift for price in self.price_fen]


@dataclass(frozen=True)
class PriceAnswer:
    """The price for everybody that an answer asks for, by region, and to which move."""

    price_fen: tuple[int, ...]
    trigger: Trigger | None
    """Where nothing is answered, none."""


@dataclass(frozen=True)
class NewcomerAnswer:
    """A newcomers' price that an answer asks for, by region, and for how many months."""

    price_fen: tuple[int, ...]
    months: int
    trigger: Trigger


def deeper_of(
    intended: Terms, answer_fen: Sequence[int], newcomers: NewcomerAnswer | None, usual: Terms
) -> Terms:
    """An operator's own strategy and its answer together: the deeper of the two, never the sum.

    Who gives newcomers 30 per cent and also lowers the price for everybody by 30 per cent gives
    newcomers 30 per cent, not 51.
    """
    prices = tuple(min(pair) for pair in zip(intended.price_fen, answer_fen, strict=True))
    own = intended.newcomer_fen(usual.welcome_fen)
    gift = newcomers.price_fen if newcomers else prices
    lowest = [min(three) for three in zip(prices, own, gift, strict=True)]
    extra = min(p - n for p, n in zip(prices, lowest, strict=True))
    kept = min(usual.welcome_fen, intended.welcome_fen)
    by_answer = newcomers is not None and sum(newcomers.price_fen) < sum(own)
    months = intended.welcome_months
    if extra == 0:
        months = usual.welcome_months if kept == usual.welcome_fen else months
    elif by_answer:
        assert newcomers is not None
        months = newcomers.months
    return Terms(prices, kept + extra, months)


class TermsDesk:
    """Posts terms: only what changed since it was last asked for, within the regulator's limits."""

    def __init__(self) -> None:
        self.last_request: dict[str, Terms] = {}
        self.limit = PriceLimit()

    def note(self, name: str, terms: Terms) -> None:
        """Somebody else has asked for these terms."""
        self.last_request[name] = terms

    def post(self, view: OperatorView, mine: OfferView, wanted: Terms, why: Why) -> list[Action]:
        """The actions that bring an offer to the terms wanted."""
        old = self.last_request[mine.name]
        allowed, trims = self.limit.within(view, mine, wanted.price_fen, old.price_fen)
        new = {
            region: price
            for region, price, was in zip(view.regions, allowed, old.price_fen, strict=True)
            if price != was
        }
        actions: list[Action] = [*trims, *reprice(view, mine.name, new, why)]
        if (wanted.welcome_fen, wanted.welcome_months) != (old.welcome_fen, old.welcome_months):
            gift = Welcome(mine.name, wanted.welcome_fen, wanted.welcome_months, why)
            actions.append(gift)
        self.last_request[mine.name] = Terms(allowed, wanted.welcome_fen, wanted.welcome_months)
        return actions
