"""From a market's settings to the tables its agents work with."""

import zlib

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import Region, Service
from agents.behaviour.settings import BehaviourSettings, as_attentive
from agents.settings import CalibrationSettings, MarketSettings, offer_name
from sim.money import to_fen
from sim.network import Congestion, Network
from sim.offers import Offer, OfferBook
from sim.records import Records, fill
from sim.vocabulary import N_SEGMENTS, NOBODY


def offer_key(name: str) -> int:
    """Identity of an offer in random draws: a function of its name alone, never 0."""
    return (zlib.crc32(name.encode()) & 0x7FFFFFFF) | 1


def price_index(offer: Offer) -> float:
    """Price per line, in hundreds of yuan: what the slope of an operator's appeal multiplies."""
    return offer.price_yuan / offer.lines / 100.0


def appeals(
    settings: MarketSettings, book: OfferBook, level: dict[str, float], slope: dict[str, float]
) -> NDArray[np.float64]:
    """Appeal of every offer in the book: its operator's level plus slope × price index."""
    names = list(settings.operators)
    return np.array(
        [
            level.get(names[operator], 0.0) + slope.get(names[operator], 0.0) * price_index(offer)
            for operator, offer in zip(book.operators, book.offers, strict=True)
        ]
    )


def first_appeal(
    settings: MarketSettings, operator: str, offer: Offer, equivalent_yuan: float | None
) -> float:
    """Appeal of an operator's first plan: its own level, and slope × what such a plan cost."""
    found = settings.calibration
    level = found.appeal_yuan.get(operator, 0.0)
    index = price_index(offer) if equivalent_yuan is None else equivalent_yuan / 100.0
    return level + found.price_slope.get(operator, 0.0) * index


def starting_book(settings: MarketSettings) -> OfferBook:
    """All operators' catalogues, with the appeals that calibration found for choices over time."""
    book = OfferBook(tuple(settings.regions), tuple(settings.partners), tuple(settings.operators))
    for index, (name, operator) in enumerate(settings.operators.items()):
        for plan, offer in operator.plans.items():
            full = offer_name(name, plan)
            book.add(full, offer, index, offer_key(full))
    found = settings.calibration
    book.set_appeals(appeals(settings, book, found.appeal_yuan, found.price_slope))
    return book


def birth_book(settings: MarketSettings, book: OfferBook) -> OfferBook:
    """The same catalogue with the appeals that place accounts at the start."""
    twin = book.copy()
    found: CalibrationSettings = settings.calibration
    level = found.birth_appeal_yuan or found.appeal_yuan
    slope = found.birth_price_slope or found.price_slope
    twin.set_appeals(appeals(settings, twin, level, slope))
    return twin


def starting_network(settings: MarketSettings) -> Network:
    """The operators' networks, capacity still to be sized to the first month's traffic."""
    operators = settings.operators.values()
    quality = np.array(
        [[o.network.quality.get(r, 0.0) for r in settings.regions] for o in operators]
    )
    lag = np.array([o.network.upgrade_months for o in operators], dtype=np.int64)
    congestion = Congestion(settings.congestion.knee, settings.congestion.loss)
    return Network(quality, lag, congestion)


def per_operator(values: list[float], n_regions: int) -> NDArray[np.float64]:
    """One value an operator, the same in all regions, as `[operator, region]`."""
    return np.repeat(np.array(values, dtype=np.float64)[:, None], n_regions, axis=1)


def by_region(
    settings: MarketSettings, values: dict[str, dict[str, float]], otherwise: float
) -> NDArray[np.float64]:
    """Values by operator and region as `[operator, region]`."""
    return np.array(
        [
            [values.get(operator, {}).get(region, otherwise) for region in settings.regions]
            for operator in settings.operators
        ]
    )


def coverage_of(settings: MarketSettings) -> NDArray[np.float64]:
    """Share of people who can use each operator at the start, `[operator, region]`."""
    covered = {name: o.network.coverage for name, o in settings.operators.items()}
    return by_region(settings, covered, 1.0)


def broadband_prices(settings: MarketSettings) -> NDArray[np.int64]:
    """Stand-alone broadband price by operator in fen, -1 where none is sold."""
    prices = [o.broadband_yuan for o in settings.operators.values()]
    return np.array([-1 if price is None else to_fen(price) for price in prices], dtype=np.int64)


def partners_of(settings: MarketSettings, operator: str) -> set[str]:
    """Partners whose benefits an operator's catalogue includes at the start."""
    plans = settings.operators[operator].plans.values()
    return {benefit for offer in plans for benefit in offer.benefits}


def platform_of(settings: MarketSettings) -> int:
    """Index of the operator without lines, or -1."""
    there = [index for index, o in enumerate(settings.operators.values()) if o.platform]
    return there[0] if there else NOBODY


def densities_of(settings: MarketSettings) -> tuple[float, ...]:
    """People a square kilometre by region; 0: not said."""
    return tuple(region.people_per_km2 for region in settings.regions.values())


def services_of(settings: MarketSettings) -> Records[Service]:
    """The partners' services as subscribers know them."""
    partners = settings.partners.values()
    values = {
        "retail_yuan": [p.retail_yuan for p in partners],
        "liking_yuan": np.array([p.liking_yuan.array() for p in partners]).reshape(-1, N_SEGMENTS),
    }
    return fill(Service, (len(settings.partners),), values)


def regions_of(settings: MarketSettings, starts: NDArray[np.int64]) -> Records[Region]:
    """The regions, with the block of accounts that live in each."""
    regions = settings.regions.values()
    values = {
        "income": [r.income for r in regions],
        "regional_usage": [r.usage for r in regions],
        "start": starts[:-1],
        "end": starts[1:],
    }
    return fill(Region, (len(settings.regions),), values)


def calibrated_behaviour(settings: MarketSettings) -> BehaviourSettings:
    """Behaviour with the values that calibration found in place of the starting ones."""
    found = settings.calibration
    changes = {
        name: value
        for name, value in (
            ("look_base", found.look_base),
            ("second_taste_yuan", found.second_taste_yuan),
        )
        if value is not None
    }
    behaviour = settings.behaviour.model_copy(update=changes)
    return behaviour if found.attention is None else as_attentive(behaviour, found.attention)
