"""What became of the same people under an arm and under `hold`: true saves and windfall."""

import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD, differences, of_arm, outcomes_wide, spread

FATES = {
    "kept": "kept because of it",
    "anyway": "would have stayed anyway",
    "won": "won because of it",
    "won_anyway": "would have come anyway",
    "lost_anyway": "lost anyway",
    "driven_away": "driven away by it",
    "never": "main line elsewhere",
}
"""What became of a main line, in the order it is told.

Who is never a main customer may still pay, for a second SIM or broadband.
"""


def by_fate(answer: Answer, arm: str, quantity: str) -> pd.DataFrame:
    """Mean of `people`, `money_yuan` or `credit_yuan`: rows segments (and `all`), columns fates.

    Seeds are averaged within worlds, then worlds; a fate nobody met counts as zero.
    """
    table = answer.twins[(answer.twins["arm"] == arm) & (answer.twins["segment"] != "all")]
    if table.empty:
        return pd.DataFrame(0.0, index=["all"], columns=list(FATES))
    cells = table.pivot_table(
        index=["world", "seed"], columns=["segment", "fate"], values=quantity, aggfunc="sum",
        observed=True,
    ).fillna(0.0)  # fmt: skip
    tidy = cells.groupby(level="world").mean().mean().rename(quantity).reset_index()
    mean = spread(tidy, ["segment"], "fate", quantity).reindex(columns=list(FATES)).fillna(0.0)
    known = [name for name in answer.labels.segments if name in mean.index]
    mean = mean.reindex([*known, *sorted(set(mean.index) - set(known))])
    mean.loc["all"] = mean.sum()
    return mean


def totals(answer: Answer, arm: str, quantity: str) -> dict[str, float]:
    """Mean of `people`, `money_yuan` or `credit_yuan` over all segments, by fate."""
    row = by_fate(answer, arm, quantity).loc[["all"]].to_numpy(float)[0]
    return dict(zip(FATES, row.tolist(), strict=True))


def money_bridge(answer: Answer, arm: str) -> dict[str, float]:
    """Steps from the revenue under `hold` to the arm's, then to the difference in contribution.

    `hold`, one step for each fate, `not explained` (what the fates leave, zero if the twins are
    exact), `arm`, `cost` (contribution less revenue), `contribution`.
    """
    wide = outcomes_wide(answer)
    gaps = of_arm(differences(wide), arm).mean()
    revenue, gain = of_arm(wide, HOLD)["service_revenue_yuan"].mean(), gaps["service_revenue_yuan"]
    steps = totals(answer, arm, "money_yuan")
    bridge = {"hold": float(revenue)} | steps
    bridge["not explained"] = float(gain) - sum(steps.values())
    bridge["arm"] = float(revenue + gain)
    bridge["cost"] = float(gaps["contribution_yuan"] - gain)
    bridge["contribution"] = float(gaps["contribution_yuan"])
    return bridge


def windfall(answer: Answer, arm: str) -> float:
    """What people who would have stayed anyway cost because of the arm (negative if they bring).

    What they pay less, and the one-off credits they got: a credit is given away like a discount.
    """
    less = -totals(answer, arm, "money_yuan")["anyway"]
    return less + totals(answer, arm, "credit_yuan")["anyway"]
