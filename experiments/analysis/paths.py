"""One KPI of the focal operator month by month: under `hold`, and each arm's distance from it."""

from dataclasses import dataclass

import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD, differences, intervals, monthly_wide, of_arm


@dataclass(frozen=True, eq=False)
class MonthlyPath:
    """The path of one KPI; each frame has a row a month and the columns mean, low, high and n."""

    kpi: str
    hold: pd.DataFrame
    gaps: dict[str, pd.DataFrame]
    """For every other arm: its paired difference from `hold`."""


def monthly_path(answer: Answer, kpi: str, arms: tuple[str, ...]) -> MonthlyPath | None:
    """The path of `share` or `arpu_yuan`; `None` if it was not stored for `hold` and another."""
    levels = monthly_wide(answer, kpi)
    others = [arm for arm in arms if arm != HOLD and arm in levels.index]
    if levels.empty or HOLD not in levels.index or not others:
        return None
    gaps = differences(levels)
    return MonthlyPath(
        kpi, intervals(of_arm(levels, HOLD)), {arm: intervals(of_arm(gaps, arm)) for arm in others}
    )
