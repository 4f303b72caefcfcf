"""The same market with some prices changed, beside one without: futures that share all luck."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.market import Market
from experiments.runs.baselines import Baseline
from sim.money import round_fen
from sim.vocabulary import Measure

Counts = NDArray[np.int64]
Future = dict[int, "Lines"]
"""What a future holds, by month."""


class Lines(NamedTuple):
    """Simulated lines and traffic of one month of a future."""

    total: Counts
    """Main and second lines on each offer; `[offer]`."""
    second: Counts
    """Second lines on each offer; `[offer]`."""
    traffic_mb: Counts
    """`[operator]`."""


def futures(
    baseline: Baseline, plans: Iterable[int], factor: float, at_months: Iterable[int]
) -> Future:
    """Lines in some months of the future in which these plans' prices are multiplied.

    The price of a gigabyte beyond the allowance changes alike: all of a plan's prices do.

    Args:
        baseline: the market at month 0; it is forked and stays as it is.
        plans: offers by their row in the book.
        factor: what their prices are multiplied by.
        at_months: months after the change, from 1.
    """
    market = reprice(baseline.fork(), plans, factor)
    market.recording = False
    months = set(at_months)
    future: Future = {}
    for month in range(1, max(months) + 1):
        market.step()
        counters = market.last_counters
        if month in months and counters is not None:
            traffic = counters.measures[..., Measure.TRAFFIC_MB].sum(axis=(1, 2))
            lines = counters.offers[:, 1] + counters.offers[:, 2]
            future[month] = Lines(lines, counters.offers[:, 2].copy(), traffic)
    return future


def reprice(market: Market, plans: Iterable[int], factor: float) -> Market:
    """The same market with all prices of some plans multiplied; returns it."""
    book = market.book
    for row in plans:
        for region, price in enumerate(book.prices_fen[row]):
            book.reprice(row, round_fen(float(price) * factor), (book.regions[region],))
        overage = book.offers[row].overage_yuan_per_gb
        book.change(row, overage_yuan_per_gb=overage * factor)
    return market
