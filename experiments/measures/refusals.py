"""What did not happen as intended: refused, delayed, or trimmed so that it could pass."""

import pandas as pd

from agents.causes import CARRIED_OUT, Cause
from agents.market import Market
from experiments.measures.log_table import log_table


def trimmed(log: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows of a log gave up services so that a lower price could pass.

    What comes back when the price is back (`strategies/limits.py`) is no loss, though the same rule
    is its cause; nor is a trim that was itself refused.
    """
    ours = (log["cause"] == Cause.WITHIN_RULES) & (log["services_out"] != "")
    return ours & log["outcome"].isin(CARRIED_OUT)


def not_as_intended(log: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows of a log were refused, rejected, delayed, without object, or trimmed."""
    return ~log["outcome"].isin(CARRIED_OUT) | trimmed(log)


def refused_of(market: Market, operator: str) -> list[tuple[pd.Series, int]]:
    """An operator's actions since the shock that did not happen as intended.

    Returns:
        The first of each action and outcome, as a row of the log, and how many there were of it.
        Trimmed plans of firms are left out: what those may include depends on how many lines a firm
        holds, of which a small market says little.
    """
    log = log_table(market, market.shock_month)
    plans = market.settings.operators[operator].plans
    firms = [f"{operator}/{name}" for name, plan in plans.items() if plan.customers == "enterprise"]
    refusals = log[
        (log["actor"] == operator)
        & not_as_intended(log)
        & ~(trimmed(log) & log["offer"].isin(firms))
    ]
    kinds = refusals.groupby(["action", "outcome"], sort=False)
    return [(rows.iloc[0], len(rows)) for _, rows in kinds]
