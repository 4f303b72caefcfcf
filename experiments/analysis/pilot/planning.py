"""From a comparison to a plan: read this first. Effects, noise, grid and choice put together.

The memo of a comparison and `experiment=pilot` both plan here: with the same settings they find the
same pilot, or the same reason why there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.analysis.answer import Answer
from experiments.analysis.arms import ArmFindings
from experiments.analysis.paired import HOLD
from experiments.analysis.pilot.decision import PilotCosts
from experiments.analysis.pilot.designs import Choice, region_sets
from experiments.analysis.pilot.effects import (
    FEWEST_WORLDS,
    Effects,
    effects_of,
    regional_rows,
    worlds_lived,
)
from experiments.analysis.pilot.history import RegionalSeries, history_noise
from experiments.analysis.pilot.noise import Noise, NoiseModel, model_noise
from experiments.analysis.pilot.plan import Plan, plan_of
from experiments.analysis.pilot.search import Grid, Rules
from experiments.analysis.pilot.settings import PilotSettings
from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.ramp import launch_months


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan, and the noise it was made in."""

    plan: Plan
    noise: Noise


def planned(
    effects: Effects,
    settings: PilotSettings,
    history: RegionalSeries | None = None,
    *,
    short: bool = False,
) -> Planned:
    """Rate the grid of designs and choose.

    Args:
        effects: of the option.
        settings: which designs, and in which noise.
        history: the operator's own; `None`: the stated model.
        short: only what is needed to choose.
    """
    lengths = tuple(
        sorted({m for m in settings.lengths if m + settings.reading_months < effects.months})
    )
    noise, other = (
        _noise(effects, settings, history, max(lengths, default=1), seed)
        for seed in (2 * settings.noise_seed, 2 * settings.noise_seed + 1)
    )
    costs = PilotCosts(settings.per_region_yuan, settings.reading_months)
    rules = Rules(lengths, costs, settings.extend_within)
    grid, fresh = Grid(effects, noise, rules), Grid(effects, other, rules)
    measures = settings.measures
    choices: list[Choice] = [*settings.choices, *(["listed"] if settings.regions else [])]
    sets = region_sets(effects, choices, settings.counts, settings.regions)
    designs = grid.designs(sets, measures, settings.samples)
    return Planned(plan_of(grid, designs, measures, fresh=fresh, short=short), noise)


def _noise(
    effects: Effects,
    settings: PilotSettings,
    history: RegionalSeries | None,
    longest: int,
    seed: int,
) -> Noise:
    months, draws = (settings.before, longest), settings.pilots
    model = NoiseModel(**settings.noise.model_dump())
    if history is not None:
        return history_noise(history, months, draws, seed, model.bill_sd)
    return model_noise(effects, model, months, draws, seed)


def piloted(featured: str, arms: Mapping[str, ArmFindings]) -> str:
    """What is piloted: the option that is recommended, or that comes nearest to being better."""
    if featured != HOLD:
        return featured
    gains = {arm: found.vs_hold["npv_yuan"].mean for arm, found in arms.items() if arm != HOLD}
    return max(gains, key=lambda arm: gains[arm] or 0.0, default=HOLD)


def usual_plan(answer: Answer, arm: str) -> PilotSummary | None:
    """The plan with the usual settings in short: what the memo of a comparison says.

    `None`: the answer holds no figures of single regions, so nothing can be planned.
    """
    if answer.regional.empty:
        return None
    if launch_months(answer, arm).empty:
        return PilotSummary(arm, "nothing")
    regional = regional_rows(answer.regional, answer.labels.focal)
    if len(worlds_lived(regional, arm)) < FEWEST_WORLDS:
        return PilotSummary(arm, "few")
    effects = effects_of(answer, regional, arm)
    return PilotSummary.of(planned(effects, PilotSettings(), short=True).plan)
