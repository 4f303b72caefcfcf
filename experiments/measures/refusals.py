"""What did not happen as intended: refused, delayed, or trimmed so that it could pass."""

from agents.causes import CARRIED_OUT, Cause
from agents.log import LogEntry
from agents.market import Market


def refused_of(market: Market, operator: str) -> list[tuple[LogEntry, int]]:
    """An operator's actions since the shock that did not happen as intended.

    Returns:
        The first of each action and outcome, and how many there were of it. One that was done all
        the same gave up services so that a lower price could pass (`strategies/limits.py`); firms'
        plans are left out, since what those may include depends on how many lines a firm holds.
    """
    plans = market.settings.operators[operator].plans
    firms = {f"{operator}/{name}" for name, plan in plans.items() if plan.customers == "enterprise"}
    found: dict[tuple[str, str], list[LogEntry]] = {}
    for entry in market.log:
        if entry.actor != operator or entry.month < market.shock_month:
            continue
        trimmed = entry.why.cause is Cause.WITHIN_RULES and entry.what.offer not in firms
        if entry.outcome not in CARRIED_OUT or trimmed:
            found.setdefault((entry.action, entry.outcome), []).append(entry)
    return [(entries[0], len(entries)) for entries in found.values()]
