"""What an operator can be seen to have moved since the start, by kind, offer and region.

Everything is read off posted offers. Depths are shares, so that moves of operators with different
prices compare: of the former price (`price`, `newcomers`), of the former data (`data`); `benefits`
counts services, `new_plan` is one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from agents.causes import MoveKind
from agents.observation import OfferView, OperatorView
from sim.offers import Offer
from strategies.monitoring import YEAR, alike, replaces
from strategies.toolkit import sold_in

TOLERANCE = 0.005
"""Half a percent: prices are whole fen, equal cuts differ by rounding."""

Depths = tuple[float, ...]
"""By region, in the order of `OperatorView.regions`."""


class MoveKey(NamedTuple):
    """Whose move it is, of what kind, on which offer (for `exclusive`: which partner)."""

    actor: str
    kind: MoveKind
    offer: str


class StandingMove(NamedTuple):
    """A move as it stands this month."""

    key: MoveKey
    depths: Depths
    offer: OfferView
    """As posted."""
    before: OfferView | None
    """As at the start; `None` for a plan that is new."""


def standing(view: OperatorView) -> Iterator[StandingMove]:
    """All moves that stand this month, our own among them."""
    yield from moves_of(view.name, view.offers, view.offers_before, view.regions)
    for rival in view.rivals:
        yield from moves_of(rival.name, rival.offers, rival.offers_before, view.regions)


def moves_of(
    actor: str,
    offers: tuple[OfferView, ...],
    offers_before: tuple[OfferView, ...],
    regions: tuple[str, ...],
) -> Iterator[StandingMove]:
    """One operator's moves: its posted offers against those of the start."""
    before = {o.name: o for o in offers_before}
    for now in offers:
        was = before.get(now.name)
        if not now.on_sale or now == was:
            continue
        for kind, depths in _depths(now, was, regions).items():
            if max(depths) > TOLERANCE:
                yield StandingMove(MoveKey(actor, kind, now.name), depths, now, was)


def _share(cut_fen: float, price_fen: int) -> float:
    """A cut as a share of the price; what was free cannot be cut."""
    return max(0.0, cut_fen / price_fen) if price_fen > 0 else 0.0


def _depths(
    now: OfferView, was: OfferView | None, regions: tuple[str, ...]
) -> dict[MoveKind, Depths]:
    """How far an offer has moved, by kind."""
    if was is None:
        return {"new_plan": tuple(1.0 if sold_in(now.offer, r) else 0.0 for r in regions)}
    gift = welcome_spread(now) - welcome_spread(was)
    data = now.offer.allowance_gb / max(1e-9, was.offer.allowance_gb) - 1.0
    benefits = len(new_benefits(now, was))
    depths: dict[MoveKind, Depths] = {
        "price": tuple(_share(q - p, q) for p, q in zip(now.price_fen, was.price_fen, strict=True)),
        "newcomers": tuple(_share(gift, q) for q in was.price_fen),
        "data": (max(0.0, data),) * len(regions),
        "benefits": (float(benefits),) * len(regions),
    }
    return depths


def welcome_spread(o: OfferView) -> float:
    """A newcomer's discount in fen a month, spread over the first year."""
    return o.welcome_fen * min(o.welcome_months, YEAR) / YEAR


def new_benefits(now: OfferView, was: OfferView) -> tuple[str, ...]:
    """Services that an offer includes and did not include."""
    return tuple(b for b in now.offer.benefits if b not in was.offer.benefits)


def meets(kind: MoveKind, mine: Offer, theirs: Offer) -> bool:
    """Whether whoever sells `mine` has cause to answer a move of a kind on `theirs`."""
    if kind in ("price", "newcomers"):
        return replaces(mine, theirs)
    if kind == "new_plan":
        return mine.customers == theirs.customers
    return alike(mine, theirs)
