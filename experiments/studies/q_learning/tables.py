"""Sessions and deviations as tables."""

from typing import Any

import numpy as np
import pandas as pd

from experiments.studies.q_learning.outcomes import SessionOutcome


def sessions_table(outcomes: list[SessionOutcome]) -> pd.DataFrame:
    """A row for each session."""
    rows: list[dict[str, Any]] = []
    for o in outcomes:
        row = o._asdict()
        del row["prices"], row["profits"], row["deviations"]
        for firm in range(len(o.prices)):
            row[f"price_{firm + 1}"] = float(o.prices[firm])
            row[f"profit_{firm + 1}"] = float(o.profits[firm])
        rows.append(row)
    return pd.DataFrame(rows)


def deviations_table(outcomes: list[SessionOutcome]) -> pd.DataFrame:
    """A row for each session, deviating firm and period: its price and the others' mean price.

    Period 0 is before the deviation, 1 the deviation itself.
    """
    rows: list[dict[str, Any]] = []
    for o in outcomes:
        for d in o.deviations:
            others = np.delete(d.prices, d.firm, axis=1).mean(axis=1)
            rows += [
                {
                    "session": o.session,
                    "deviator": d.firm + 1,
                    "period": period,
                    "deviator_price": float(d.prices[period, d.firm]),
                    "others_price": float(others[period]),
                    "deviation_gain": d.gain,
                    "returned": d.returned,
                }
                for period in range(len(d.prices))
            ]
    return pd.DataFrame(rows)


def mean_path(outcomes: list[SessionOutcome]) -> list[dict[str, float]]:
    """Mean prices in each period around a deviation, over all sessions and deviating firms."""
    table = deviations_table(outcomes).groupby("period")[["deviator_price", "others_price"]]
    return [
        {"period": period, "deviator_price": float(row[0]), "others_price": float(row[1])}
        for period, row in enumerate(table.mean().to_numpy())
    ]
