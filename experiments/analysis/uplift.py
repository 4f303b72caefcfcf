"""Uplift: the same people under an arm and under `hold`, by what the arm did to them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import PairedOutcomes, of_arm, spread
from experiments.measures.counterfactuals import UpliftGroup
from experiments.question.question import HOLD

ALL = "all"
Totals = Mapping[UpliftGroup, float]
"""A quantity of each group, over all customer segments."""
_REVENUE, _CONTRIBUTION = "service_revenue_yuan", "contribution_yuan"


@dataclass(frozen=True)
class MoneyBridge:
    """Steps from the revenue under `hold` to the arm's, then to the difference in contribution.

    Means over worlds, yuan over the horizon.
    """

    hold_revenue_yuan: float
    steps_yuan: Totals
    """What each group pays, arm minus `hold`."""
    unexplained_yuan: float
    """What the groups leave of the difference in revenue: zero if the counterfactuals are exact."""
    arm_revenue_yuan: float
    cost_change_yuan: float
    """Difference in contribution less difference in revenue: negative if the arm costs money."""
    contribution_yuan: float

    @property
    def revenue_gain_yuan(self) -> float:
        """Revenue under the arm less revenue under `hold`."""
        return self.arm_revenue_yuan - self.hold_revenue_yuan


@dataclass(frozen=True, eq=False)
class Uplift:
    """What became of people and their money under one arm, compared with `hold`.

    Each frame has a row for each customer segment and one for `all`, and a column for each
    `UpliftGroup`; means over worlds, seeds averaged within them. A group nobody belongs to is zero.
    """

    arm: str
    measured: bool
    """Whether the comparison of people was stored for this arm; if not, all is zero."""
    people: pd.DataFrame
    money_yuan: pd.DataFrame
    """What they paid, arm minus `hold`, net of tax."""
    credit_yuan: pd.DataFrame
    """One-off credits they got, arm minus `hold`."""
    bridge: MoneyBridge | None
    """`None` if revenue or contribution were not measured."""

    @property
    def segments(self) -> tuple[str, ...]:
        """The customer segments, `all` last."""
        return tuple(str(name) for name in self.people.index)

    @property
    def windfall_yuan(self) -> float:
        """What the sure things cost because of the arm (negative if they bring money)."""
        return windfall(total(self.money_yuan), total(self.credit_yuan))


def total(table: pd.DataFrame) -> Totals:
    """The row of all segments, by group."""
    row = table.loc[[ALL]].to_numpy(float)[0]
    return dict(zip(UpliftGroup, row.tolist(), strict=True))


def windfall(money_yuan: Totals, credit_yuan: Totals) -> float:
    """What the sure things pay less, and the one-off credits they got, in yuan.

    A credit is given away like a discount.
    """
    return -money_yuan[UpliftGroup.SURE_THINGS] + credit_yuan[UpliftGroup.SURE_THINGS]


def uplift_of(answer: Answer, paired: PairedOutcomes, arm: str) -> Uplift:
    """Sum up the stored comparison of people for one arm."""
    people, money, credit = (
        by_group(answer, arm, quantity) for quantity in ("people", "money_yuan", "credit_yuan")
    )
    measured = not answer.twins.empty and bool((answer.twins["arm"] == arm).any())
    return Uplift(arm, measured, people, money, credit, money_bridge(paired, arm, total(money)))


def by_group(answer: Answer, arm: str, quantity: str) -> pd.DataFrame:
    """Mean of `people`, `money_yuan` or `credit_yuan`: rows segments and `all`, columns groups."""
    groups = [group.value for group in UpliftGroup]
    table = answer.twins[(answer.twins["arm"] == arm) & (answer.twins["segment"] != ALL)]
    if table.empty:
        return pd.DataFrame(0.0, index=[ALL], columns=groups)
    cells = table.pivot_table(
        index=["world", "seed"], columns=["segment", "fate"], values=quantity, aggfunc="sum",
        observed=True,
    ).fillna(0.0)  # fmt: skip
    tidy = cells.groupby(level="world").mean().mean().rename(quantity).reset_index()
    mean = spread(tidy, ["segment"], "fate", quantity).reindex(columns=groups).fillna(0.0)
    known = [name for name in answer.labels.segments if name in mean.index]
    mean = mean.reindex([*known, *sorted(set(mean.index) - set(known))])
    mean.loc[ALL] = mean.sum()
    return mean


def money_bridge(paired: PairedOutcomes, arm: str, steps: Totals) -> MoneyBridge | None:
    """From revenue under `hold` to the arm's contribution.

    Args:
        paired: every run and its `hold`.
        arm: the arm whose money is explained.
        steps: what each group pays, arm minus `hold`, in yuan.
    """
    if not {_REVENUE, _CONTRIBUTION} <= set(paired.levels.columns):
        return None
    gaps = of_arm(paired.gaps, arm).mean()
    revenue, gain = of_arm(paired.levels, HOLD)[_REVENUE].mean(), gaps[_REVENUE]
    return MoneyBridge(
        hold_revenue_yuan=float(revenue),
        steps_yuan=steps,
        unexplained_yuan=float(gain) - sum(steps.values()),
        arm_revenue_yuan=float(revenue + gain),
        cost_change_yuan=float(gaps[_CONTRIBUTION] - gain),
        contribution_yuan=float(gaps[_CONTRIBUTION]),
    )
