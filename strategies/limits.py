"""What the regulator would refuse of a price, and what can be given up so that it passes.

Services that come with a plan may not be worth more than a share of its price. Whoever cuts a
plan's price means to be cheap: it goes as low as the services allow at once, takes out the least
valuable of them, and goes all the way when they are gone. When the price is back, so are they.
"""

import math
from collections.abc import Sequence

from agents.actions import Action, AddBenefits
from agents.causes import WITHIN_RULES
from agents.observation import OfferView, OperatorView


class PriceLimit:
    """Lowers prices of one operator's offers as far as the value of their services allows."""

    def __init__(self) -> None:
        self.dropped: dict[str, tuple[str, ...]] = {}
        """Services taken out, by offer."""

    def within(
        self,
        view: OperatorView,
        mine: OfferView,
        wanted_fen: Sequence[int],
        asked_fen: Sequence[int],
    ) -> tuple[tuple[int, ...], list[Action]]:
        """The prices that can be asked for now (fen, by region), and what must change besides.

        `asked_fen`: what was asked for last. A price that does not fall is nobody's concern.
        """
        cap = view.benefit_value_cap
        gone = self.dropped.get(mine.name, ())
        if not math.isfinite(cap) or (not gone and not mine.offer.benefits):
            return tuple(wanted_fen), []
        lowest = min(wanted_fen)
        if gone and least_fen(view, mine, (*mine.offer.benefits, *gone)) <= min(
            lowest, *mine.price_fen
        ):
            del self.dropped[mine.name]
            back = tuple(b for b in gone if b not in mine.offer.benefits)
            restored = AddBenefits(mine.name, back, 0.0, WITHIN_RULES)
            return tuple(wanted_fen), [restored] if back else []
        least = least_fen(view, mine, mine.offer.benefits)
        allowed = tuple(
            max(price, min(least, old)) for price, old in zip(wanted_fen, asked_fen, strict=True)
        )
        drop = tuple(b for b in _to_drop(view, mine, lowest) if b not in gone)
        if not drop or lowest >= min(asked_fen):
            return allowed, []
        self.dropped[mine.name] = (*gone, *drop)
        return allowed, [AddBenefits(mine.name, (), 0.0, WITHIN_RULES, drop)]


def least_fen(view: OperatorView, mine: OfferView, benefits: Sequence[str]) -> int:
    """The lowest price at which an offer may include these services."""
    retail = sum(p.retail_fen for p in view.partners if p.name in benefits)
    if mine.offer.customers == "enterprise":  # priced per line, one set of services an account
        retail /= max(1.0, mine.lines / max(1.0, mine.accounts))
    cap = view.benefit_value_cap
    return math.ceil(retail / cap - 1e-6) if cap > 0 else 0


def _to_drop(view: OperatorView, mine: OfferView, price_fen: int) -> list[str]:
    """The least valuable services, as many as must go for the rest to fit a price."""
    retail = {p.name: p.retail_fen for p in view.partners}
    kept = sorted(mine.offer.benefits, key=lambda b: (retail.get(b, 0), b))
    gone: list[str] = []
    while kept and least_fen(view, mine, kept) > price_fen:
        gone.append(kept.pop(0))
    return gone
