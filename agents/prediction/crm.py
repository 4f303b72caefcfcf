"""What an operator's own records say about customers, and predictions made from them.

Everything here is observable to the operator: its contracts, bills, network and call logs. Tastes,
income, satisfaction, second SIMs at rivals and friends are not.
"""

import numpy as np
from numpy.typing import NDArray

from agents.actions import Condition, Who
from agents.limits import LONG_SINCE_LEFT
from agents.state import Columns, MonthRecord
from sim.names import unknown
from sim.offers import OfferTable
from sim.records import column
from sim.vocabulary import Event, Segment

Array = NDArray[np.float64]

OBSERVABLES = {
    "tenure_months": "months since the customer came",
    "lines": "lines of the account",
    "plan_price_yuan": "list price per line and month",
    "bill_yuan": "last bill per line",
    "bill_over_plan": "last bill over list price",
    "used_share": "last month's traffic over the allowance",
    "ran_out": "1 if data ran out last month",
    "fault": "1 if a fault was logged last month",
    "silent_months": "months for which the line was not used",
    "complained": "1 if the customer complained last month",
    "contacts": "recent calls that annoyed",
    "contract_left": "months the contract still runs",
    "contract_months_of_plan": "contract length of the plan",
    "points": "points collected",
    "has_broadband": "1 if we supply the account's broadband",
    "in_bundle": "1 if the plan includes broadband",
    "customer_class": "0 personal, 1 household, 2 enterprise",
    "has_benefit": "1 if the plan includes partner benefits",
    "months_since_left": f"months since a former customer left ({LONG_SINCE_LEFT}: never was one)",
}
RISK_FEATURES = (
    "tenure_months",
    "plan_price_yuan",
    "bill_over_plan",
    "used_share",
    "ran_out",
    "fault",
    "complained",
    "contract_left",
    "points",
    "has_broadband",
    "customer_class",
    "has_benefit",
)
RISK_MONTHS = 3
_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def observe(
    c: Columns, r: MonthRecord, o: OfferTable, operator: int, growth: float
) -> dict[str, Array]:
    """Observables of all accounts as `operator` records them, each `[account]`.

    `growth` is the allowances' growth since the market's start.
    """
    offer = c.offer.astype(np.int64)
    region = c.region.astype(np.int64)
    lines = c.lines.astype(np.float64)
    price = o.price_fen[offer, region] / 100.0
    shared = column(o.rows, "lines")[offer] > 1
    per_line = np.where(shared, price / lines, price)
    allowance = column(o.rows, "allowance_gb")[offer] * np.where(shared, 1.0, lines) * growth
    bill = r.main_fen / 100.0 / lines  # what was paid to the main operator, and to nobody else
    events = r.events
    values = {
        "tenure_months": c.tenure_months,
        "lines": lines,
        "plan_price_yuan": per_line,
        "bill_yuan": bill,
        "bill_over_plan": bill / np.maximum(per_line, 0.01),
        "used_share": r.used_gb / np.maximum(allowance, 0.001),
        "ran_out": (events & Event.RAN_OUT) != 0,
        "fault": (events & Event.FAULT) != 0,
        "complained": (events & Event.COMPLAINED) != 0,
        "silent_months": c.idle_months if len(c.idle_months) else np.zeros(len(offer)),
        "contacts": c.contacts,
        "contract_left": c.contract_left,
        "contract_months_of_plan": column(o.rows, "contract_months")[offer],
        "points": c.points,
        "has_broadband": c.broadband == operator,
        "in_bundle": column(o.rows, "broadband")[offer],
        "customer_class": np.where(
            c.segment == Segment.HOUSEHOLD, 1, np.where(c.segment == Segment.ENTERPRISE, 2, 0)
        ),
        "has_benefit": column(o.rows, "benefits")[offer] != 0,
        "months_since_left": np.where(c.left_operator == operator, c.left_months, LONG_SINCE_LEFT),
    }
    return {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}


def fits(conditions: tuple[Condition, ...], observed: dict[str, Array]) -> NDArray[np.bool_]:
    """Which accounts fulfil all conditions.

    Raises `UnknownNameError` for something that cannot be observed.
    """
    n = len(next(iter(observed.values())))
    keep = np.ones(n, dtype=bool)
    for condition in conditions:
        if condition.field not in observed:
            raise unknown("campaign rule:", condition.field, observed, "cannot be observed")
        keep &= _COMPARE[condition.is_](observed[condition.field], condition.value)
    return keep


def ranked(
    who: Who, candidates: NDArray[np.int64], observed: dict[str, Array]
) -> NDArray[np.int64]:
    """The candidates a rule selects, best first; ties go by account number."""
    if not who.rank_by:
        return candidates
    if who.rank_by not in observed:
        raise unknown("campaign rule: rank_by", who.rank_by, observed, "cannot be observed")
    order = np.argsort(-observed[who.rank_by][candidates], kind="stable")
    keep = int(np.ceil(who.top_share * len(candidates)))
    return candidates[order[:keep]]
