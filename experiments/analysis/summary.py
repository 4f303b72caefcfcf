"""Read this first: everything that is concluded from a comparison, each finding computed once.

The memo, the figures and `summary.json` read a `Summary` and compute nothing of their own; how it
is worded is the report's business (`experiments/report/wording.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from experiments.analysis.answer import Answer, QuestionLabels
from experiments.analysis.arms import ArmFindings, compare_arms
from experiments.analysis.cash import Cash
from experiments.analysis.costs import CostBreakdown, costs_of
from experiments.analysis.damage import Damage, damage_of
from experiments.analysis.horizons import Horizons, horizons_of
from experiments.analysis.instructions import Instruction, instruction_of
from experiments.analysis.moves import (
    ObservedMove,
    RivalTemper,
    observed_moves,
    refused_attack,
    rival_tempers,
)
from experiments.analysis.paired import (
    HOLD,
    of_arm,
)
from experiments.analysis.paths import MonthlyPath, monthly_path
from experiments.analysis.pilot.planning import piloted, usual_plan
from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.plausibility import ReactionPlausibility, plausibility_of
from experiments.analysis.ramp import Ramp, ramp_of
from experiments.analysis.recommendation import (
    CRITERION,
    Recommendation,
)
from experiments.analysis.regret import (
    LossConditions,
    loss_conditions,
    parameters_of,
    regret_table,
)
from experiments.analysis.reliability import FailedArm
from experiments.analysis.switching import Switching, switching_of
from experiments.analysis.uplift import Uplift, uplift_of

PATHS = ("share", "arpu_yuan")
"""The KPIs that are followed month by month."""


@dataclass(frozen=True)
class RunSize:
    """How much was simulated, as it was asked for and as it was carried out."""

    subscribers: int
    """Simulated subscribers in each run."""
    months: int
    seeds: int
    """Seeds of each world, as asked for."""
    worlds: int
    """Worlds, as asked for."""
    runs: int
    """Runs with a result: one arm, world and seed each."""
    worlds_with_results: int
    seeds_with_results: int
    failures: int
    misfit: float
    """Largest log difference of any market from the published figures before anybody moves."""


@dataclass(frozen=True, eq=False)
class Summary:
    """The findings of one comparison."""

    labels: QuestionLabels
    run: RunSize
    arms: Mapping[str, ArmFindings]
    """Every arm with a result, `hold` first."""
    recommendation: Recommendation
    gains_yuan: pd.DataFrame
    """NPV less that of `hold`: rows worlds, columns arms; missing where a run failed."""
    regret_yuan: pd.DataFrame
    """What each arm misses against the best of its world: worlds with every arm, columns arms."""
    assumed: pd.DataFrame
    """What each world assumed: rows worlds, columns parameters, as drawn."""
    conditions: tuple[LossConditions, ...]
    """For every other arm: where it loses against `hold`."""
    uplift: Mapping[str, Uplift]
    """For every arm: what it did to people and their money (nothing under `hold`)."""
    paths: Mapping[str, MonthlyPath]
    """Monthly paths by KPI; those that were not stored are left out."""
    ramps: Mapping[str, Ramp]
    """How each arm's effect on customers grows; arms without one left out."""
    instructions: Mapping[str, Instruction]
    """What every other arm than `hold` really did."""
    switching: Switching | None
    """Flows between operators under the featured arm, compared with `hold`."""
    moves: tuple[ObservedMove, ...]
    """What others did under the featured arm and under `hold`."""
    tempers: tuple[RivalTemper, ...]
    """Rivals whose way of answering differs between worlds, under the featured arm."""
    damage: Damage | None
    """What the attack costs and how much of it each option repairs; `None` if not measured."""
    horizons: Horizons | None
    """What the length of time changes; `None` if money was not stored."""
    costs: Mapping[str, CostBreakdown]
    """Where the money of each option goes; empty if money was not stored."""
    plausibility: ReactionPlausibility | None
    """Rivals' answers beside published ones; `None` if nobody attacked, or it was not stored."""
    refusals: tuple[ObservedMove, ...]
    """What of the attack itself was refused, delayed or trimmed, under `hold`."""
    failed_arms: Mapping[str, FailedArm]
    """The arms of which some run failed."""
    failures: list[dict[str, str]]
    """Runs that failed: arm, world, seed, error."""
    plan: PilotSummary | None = None
    """The pilot of the option that is `piloted`; `None`: nothing of single regions was kept."""

    @property
    def ramp(self) -> Ramp | None:
        """The featured arm's; `None` if it did nothing that customers see."""
        return self.ramps.get(self.featured)

    @property
    def piloted(self) -> str:
        """The option that a pilot is planned for."""
        return piloted(self.featured, self.arms)

    @property
    def featured(self) -> str:
        """The arm that is looked into: the recommended one, or the nearest if there is none."""
        return self.recommendation.featured


def summarise(answer: Answer) -> Summary:
    """Draw every conclusion from the tables of a comparison.

    Raises:
        ValueError: an outcome is stored twice, or `hold` is missing.
    """
    whole, answer = answer, answer.of_options()
    paired, gains, arms, failed, recommendation = compare_arms(answer)
    cash = Cash.of(whole)
    others = [arm for arm in paired.arms if arm != HOLD]
    ramps = {
        arm: ramp_of(answer, arm, of_arm(paired.gaps, arm)[CRITERION].dropna()) for arm in others
    }
    paths = {kpi: monthly_path(answer, kpi, paired.arms) for kpi in PATHS}
    return Summary(
        labels=answer.labels,
        run=run_size(answer),
        arms=arms,
        recommendation=recommendation,
        gains_yuan=gains,
        regret_yuan=regret_table(gains),
        assumed=answer.worlds.pivot_table(
            index="world", columns="parameter", values="value", aggfunc="first", observed=True
        ),
        conditions=loss_conditions(gains, parameters_of(answer)),
        uplift={arm: uplift_of(answer, paired, arm) for arm in paired.arms},
        paths={kpi: path for kpi, path in paths.items() if path is not None},
        ramps={arm: ramp for arm, ramp in ramps.items() if ramp is not None},
        instructions={arm: instruction_of(answer, arm) for arm in others},
        switching=switching_of(answer, recommendation.featured),
        moves=observed_moves(answer, recommendation.featured),
        tempers=rival_tempers(answer, recommendation.featured),
        damage=damage_of(whole, cash, paired.arms),
        horizons=horizons_of(whole, cash, paired.arms, failed, recommendation.best),
        costs=costs_of(whole, cash, paired.arms),
        plausibility=plausibility_of(answer),
        refusals=refused_attack(answer),
        failed_arms=failed,
        failures=whole.failures,
        plan=usual_plan(whole, piloted(recommendation.featured, arms)),
    )


def run_size(answer: Answer) -> RunSize:
    """Count what was asked for and what has a result."""
    cells = answer.outcomes[["arm", "world", "seed"]].drop_duplicates()
    labels = answer.labels
    return RunSize(
        subscribers=labels.subscribers,
        months=labels.months,
        seeds=labels.seeds,
        worlds=labels.worlds,
        runs=len(cells),
        worlds_with_results=cells["world"].nunique(),
        seeds_with_results=cells["seed"].nunique(),
        failures=len(answer.failures),
        misfit=answer.misfit,
    )
