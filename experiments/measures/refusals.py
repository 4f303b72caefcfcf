"""What did not happen as intended: refused, delayed, or trimmed so that it could pass."""

from agents.actions import AddBenefits, LogEntry
from agents.market import Market

CARRIED_OUT = ("passed", "done", "accepted", "ok")
"""Outcomes of the log that need no remark: the action happened as intended."""
TRIMMED = "services worth over"
"""How the reason begins where a lower price was reached by dropping services
(`strategies/limits.py`)."""


def is_trimmed(action: str, reason: str) -> bool:
    """Whether an action of the log drops services so that a lower price passes."""
    return action == AddBenefits.__name__ and reason.startswith(TRIMMED)


def refused_of(market: Market, operator: str) -> list[tuple[LogEntry, int]]:
    """An operator's actions since the shock that did not happen as intended.

    Returns:
        The first of each action and outcome, and how many there were of it.
    """
    found: dict[tuple[str, str], list[LogEntry]] = {}
    for entry in market.log:
        if entry.actor != operator or entry.month < market.shock_month:
            continue
        if entry.outcome not in CARRIED_OUT or is_trimmed(entry.action, entry.reason):
            found.setdefault((entry.action, entry.outcome), []).append(entry)
    return [(entries[0], len(entries)) for entries in found.values()]
