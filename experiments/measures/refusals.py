"""What did not happen as intended: refused, delayed, or trimmed so that it could pass."""

from agents.causes import CARRIED_OUT, Cause
from agents.log import LogEntry
from agents.market import Market


def refused_of(market: Market, operator: str) -> list[tuple[LogEntry, int]]:
    """An operator's actions since the shock that did not happen as intended.

    Returns:
        The first of each action and outcome, and how many there were of it. One that was done all
        the same gave up services so that a lower price could pass (`strategies/limits.py`).
    """
    found: dict[tuple[str, str], list[LogEntry]] = {}
    for entry in market.log:
        if entry.actor != operator or entry.month < market.shock_month:
            continue
        if entry.outcome not in CARRIED_OUT or entry.why.cause is Cause.WITHIN_RULES:
            found.setdefault((entry.action, entry.outcome), []).append(entry)
    return [(entries[0], len(entries)) for entries in found.values()]
