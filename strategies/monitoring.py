"""Reading the market monitor: which rival offers compare with ours, and what has moved.

Only moves count. That a rival has always been cheaper is part of the market as it stands; that it
is cheaper than it was at the start is an attack.
"""

from collections.abc import Iterator

from agents.observation import OfferView, OperatorView, RivalView
from sim.offers import Offer
from strategies.parameters import BeginSettings
from strategies.toolkit import ActivePeriod, Phase, sold_in

LEAST_DATA = 2 / 3
"""A plan replaces another if it gives at least this share of its data."""
YEAR = 12
"""Months over which a newcomer's discount is spread when prices are compared."""


def data_for(offer: Offer, lines: int) -> float:
    """Data for an account of `lines` lines, in GB: shared in family plans, per line elsewhere."""
    return offer.allowance_gb * (1 if offer.lines > 1 else lines)


def replaces(mine: Offer, theirs: Offer) -> bool:
    """Whether a customer of `mine` could live on `theirs`."""
    return (
        theirs.customers == mine.customers
        and theirs.broadband == mine.broadband
        and data_for(theirs, mine.lines) >= LEAST_DATA * data_for(mine, mine.lines)
    )


def alike(mine: Offer, theirs: Offer) -> bool:
    """Whether two offers are of one tier: either could replace the other."""
    return replaces(mine, theirs) and replaces(theirs, mine)


def price_for(o: OfferView, region: int, lines: int, newcomer: bool = True) -> int:
    """What an account of `lines` lines pays a month, a newcomer's discount spread over a year."""
    price = o.price_fen[region]
    extra_yuan = o.offer.extra_line_yuan
    share = 1.0 if extra_yuan is None else extra_yuan / max(o.offer.price_yuan, 0.01)
    extra = round(price * share)
    price += extra * max(0, lines - o.offer.lines)
    if newcomer:
        price -= o.welcome_fen * min(o.welcome_months, YEAR) // YEAR
    return price


def on_sale(view: OperatorView, region: int) -> Iterator[tuple[RivalView, OfferView]]:
    """All rivals' offers that can be bought in a region."""
    for rival in view.rivals:
        for theirs in rival.offers:
            if theirs.on_sale and sold_in(theirs.offer, view.regions[region]):
                yield rival, theirs


def price_ratio(rival: RivalView, theirs: OfferView, region: int, newcomer: bool = True) -> float:
    """A rival's price relative to the start; a new plan is measured against what it replaces."""
    lines = theirs.offer.lines
    then = [o for o in rival.offers_before if o.name == theirs.name]
    if not then:
        then = [o for o in rival.offers_before if replaces(theirs.offer, o.offer)]
    if not then:
        return 0.0  # nothing of the kind existed: new competition
    old = min(price_for(o, region, lines, newcomer) for o in then)
    if old <= 0:
        return 1.0  # it was free before: no price can lie below that
    return price_for(theirs, region, lines, newcomer) / old


def twin_regions(view: OperatorView) -> list[int]:
    """For each region the first one in which rivals sell the same at the same prices."""
    offers = [o for rival in view.rivals for o in (*rival.offers, *rival.offers_before)]
    first: dict[tuple[tuple[int, bool], ...], int] = {}
    return [
        first.setdefault(tuple((o.price_fen[r], sold_in(o.offer, region)) for o in offers), r)
        for r, region in enumerate(view.regions)
    ]


def sees_cut(view: OperatorView, least: float) -> bool:
    """Whether any rival is seen to have lowered a price by at least the share `least`."""
    return any(
        price_ratio(rival, theirs, region) <= 1.0 - least + 1e-9
        for region in sorted(set(twin_regions(view)))
        for rival, theirs in on_sale(view, region)
    )


def phase_of(spell: ActivePeriod, view: OperatorView, settings: BeginSettings) -> Phase:
    """Where in its spell a strategy is, which begins at once or when a rival's cut is seen."""
    begins = spell.begun is not None or settings.begin == "now"
    return spell.phase(view.month, begins or sees_cut(view, settings.seen_cut))
