"""What a member misses most of what was known before the event, and what may be wrong then."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.studies.backtest.case import HistoricalCase

LINES, REVENUE = "lines", "revenue"


@dataclass(frozen=True)
class Miss:
    """The figure known before the event that a calibrated market misses most."""

    figure: str
    """`LINES` (share of them) or `REVENUE` (a line and month, net of tax)."""
    operator: str
    log_difference: float
    """Of the simulated from the published; above zero the market has too much."""

    def facts(self) -> dict[str, Any]:
        """As a member's piece keeps it."""
        return dict(vars(self))

    @classmethod
    def of(cls, facts: Mapping[str, Any] | None) -> "Miss | None":
        """The same from a piece."""
        return None if not facts else cls(**facts)


def explain(miss: Miss, case: HistoricalCase, accounts: int, allowed: float) -> str:
    """Which way the nearest member is off, by how much, and what to look at.

    Args:
        miss: what it misses most.
        case: whose figures are missed.
        accounts: simulated accounts.
        allowed: largest log difference that is allowed.
    """
    off = math.exp(miss.log_difference)
    return (
        "no member meets what was known before the event; the nearest misses "
        + (_lines(miss, case, accounts, off) if miss.figure == LINES else _revenue(miss, case, off))
        + f" Allowed is a log difference of {allowed:g} (experiment.largest_misfit)."
    )


def _lines(miss: Miss, case: HistoricalCase, accounts: int, off: float) -> str:
    lines = case.market.lines_then()
    share = lines[miss.operator].event / sum(then.event for then in lines.values())
    much, wrong = ("many", "cheap") if off > 1.0 else ("few", "dear")
    return (
        f"the share of lines of {miss.operator}: simulated {share * off:.2%}, published "
        f"{share:.2%} ({off - 1.0:+.0%}), too {much}. Are its plans too {wrong} beside others', or "
        f" accounts too few ({accounts * share:.0f} of {accounts} are its; subscribers)?"
    )


def _revenue(miss: Miss, case: HistoricalCase, off: float) -> str:
    market, unit = case.market, case.money_unit
    arpu = market.arpu_then()[miss.operator].event / unit
    low, high = (price / unit for price in _prices(case, miss.operator))
    too, other, end = ("high", "cheap", low) if off > 1.0 else ("low", "dear", high)
    said = (
        f"the revenue per line of {miss.operator}: simulated {arpu * off:.4g} {market.currency} a "
        f"month, published {arpu:.4g} ({off - 1.0:+.0%}). Its plans' prices are too {too} for that "
        f"revenue: net of tax they are {low:.4g} to {high:.4g}"
    )
    if (arpu < low) if off > 1.0 else (arpu > high):
        return f"{said}, and it lies beyond {end:.4g}. Is a {other} plan missing?"
    return (
        f"{said}; it lies between, but even with a liking of its own for {other} plans too few of "
        f"its customers take them. Is a {other} plan missing, or its allowance too "
        f"{'small' if off > 1.0 else 'large'}?"
    )


def _prices(case: HistoricalCase, operator: str) -> tuple[float, float]:
    """Cheapest and dearest price before the event, net of tax, in the model's money."""
    prices = [plan.price for plan in case.market.operators[operator].plans.values()]
    prices += [
        move.price_yuan
        for move in case.moves[operator]
        if move.month < case.months_before and move.price_yuan is not None
    ]
    net = 1.0 + case.market.vat_rate
    return min(prices) / net, max(prices) / net
