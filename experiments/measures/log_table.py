"""The market's log as a table: one row an action, fields only."""

from typing import Any

import pandas as pd

from agents.log import LogEntry
from agents.market import Market
from experiments.measures.schemas import LOG, RUN

_COLUMNS = [name for name in LOG.names() if name not in {column.name for column in RUN}]


def log_table(market: Market, start: int) -> pd.DataFrame:
    """What everybody did from month `start` on, which counts as 0; columns of `schemas.LOG`."""
    rows = [_row(entry, start) for entry in market.log if entry.month >= start]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _row(entry: LogEntry, start: int) -> dict[str, Any]:
    what, trigger = entry.what, entry.why.trigger
    return {
        "month": entry.month - start,
        "decided_month": entry.decided - start,
        "actor": entry.actor,
        "action": entry.action,
        "target": what.target,
        "offer": what.offer,
        "campaign": what.campaign,
        "regions": "+".join(what.regions) or "all",
        "old_price_fen": _number(what.old_price_fen),
        "new_price_fen": _number(what.new_price_fen),
        "for_months": _number(what.months),
        "gb": _number(what.gb),
        "services": "+".join(what.services),
        "services_out": "+".join(what.services_out),
        "cost_yuan": _number(what.cost_fen) / 100.0,
        "cause": entry.why.cause.value,
        "strategy": entry.why.strategy,
        "trigger_operator": "" if trigger is None else trigger.operator,
        "trigger_move": "" if trigger is None else trigger.move,
        "trigger_offer": "" if trigger is None else trigger.offer,
        "trigger_month": _number(None if trigger is None else trigger.month),
        "outcome": entry.outcome.value,
        "ground": "" if entry.ground is None else entry.ground.value,
        "wait_months": entry.wait_months,
        "note": entry.remark or entry.why.note,
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
