"""The options beside holding: paired outcomes, each option's figures, and the recommendation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import Interval, PairedOutcomes, interval, of_arm, pair
from experiments.analysis.recommendation import CRITERION, Recommendation, recommend
from experiments.analysis.regret import WorldRange, parameters_of, world_gains, world_range
from experiments.analysis.reliability import FailedArm, failed_arms, grossly_unlike


@dataclass(frozen=True)
class ArmFindings:
    """The KPIs of the focal operator under one arm, and how they differ from those under `hold`."""

    arm: str
    kpis: Mapping[str, Interval]
    """Level of each KPI by name, in its own unit."""
    vs_hold: Mapping[str, Interval]
    """Paired difference of each KPI from `hold`."""
    range: WorldRange | None = None
    """How far its gain in NPV over `hold` differs between worlds; `None`: not measured."""

    @property
    def extra_cost_yuan(self) -> float | None:
        """How much more the arm spends than `hold`: gain in revenue less gain in contribution."""
        revenue = self.vs_hold.get("service_revenue_yuan")
        kept = self.vs_hold.get("contribution_yuan")
        if revenue is None or kept is None or revenue.mean is None or kept.mean is None:
            return None
        return revenue.mean - kept.mean


class ArmComparison(NamedTuple):
    """What the paired outcomes of all arms say."""

    paired: PairedOutcomes
    gains_yuan: pd.DataFrame
    arms: dict[str, ArmFindings]
    failed: Mapping[str, FailedArm]
    recommendation: Recommendation


def compare_arms(answer: Answer) -> ArmComparison:
    """Pair the outcomes of the options, and recommend.

    Args:
        answer: of the options only (`Answer.of_options`).

    Raises:
        ValueError: an outcome is stored twice, or `hold` is missing.
    """
    paired = pair(answer)
    gains = world_gains(paired)
    arms = {
        arm: replace(findings_of(paired, arm), range=world_range(gains, arm)) for arm in paired.arms
    }
    failed = failed_arms(answer)
    recommendation = recommend(
        paired, gains, parameters_of(answer),
        {arm: findings.vs_hold[CRITERION] for arm, findings in arms.items()},
        failed,
    )  # fmt: skip
    if grossly_unlike(answer):
        recommendation = recommendation.withheld()
    return ArmComparison(paired, gains, arms, failed, recommendation)


def findings_of(paired: PairedOutcomes, arm: str) -> ArmFindings:
    """Every KPI of one arm and its difference from `hold`, with 95 % intervals."""
    levels, gaps = of_arm(paired.levels, arm), of_arm(paired.gaps, arm)
    return ArmFindings(
        arm,
        {str(kpi): interval(levels[kpi]) for kpi in paired.levels.columns},
        {str(kpi): interval(gaps[kpi]) for kpi in paired.levels.columns},
    )
