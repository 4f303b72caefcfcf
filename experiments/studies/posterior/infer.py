"""One inference from observed months to an ensemble: what `ensemble` does once and `sbc` often."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.studies.posterior.adjustment import Ensemble, adjusted, unadjusted
from experiments.studies.posterior.aggregates import Aggregates
from experiments.studies.posterior.learned_summaries import LearnedSummary, learn
from experiments.studies.posterior.simulator import Pilot, Simulator
from experiments.studies.posterior.summaries import summarise
from sim.errors import QuestionError
from sim.schema import Settings, lists_to_tuples

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_MEMBERS_A_PARAMETER = 10


class InferenceSettings(Settings):
    """How an ensemble is inferred."""

    parameters: tuple[str, ...] = ()
    """Paths of `unknowns.ranges`; none: all that are ranges of numbers of the market."""
    before: Annotated[int, Field(ge=1, le=120)] = 6
    """Months observed ahead of the event; the burn-in is at least as long."""
    pilot: Annotated[int, Field(ge=20, le=1_000_000)] = 1200
    """Simulations from the prior; summaries are learned on them and the first population chosen."""
    particles: Annotated[int, Field(ge=10, le=100_000)] = 150
    """Members of a population."""
    populations: Annotated[int, Field(ge=1, le=50)] = 2
    """Generations of ABC-SMC, each half as tolerant as the one before; the pilot's is the first."""

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        return lists_to_tuples(data)

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.particles * 2 > self.pilot:
            raise ValueError(
                f"particles = {self.particles} must be at most half of pilot = {self.pilot}: "
                "the first population is the nearest of the pilot"
            )
        return self


def read_settings[S: InferenceSettings](kind: type[S], question: Question) -> S:
    """The options of an inference. Raises `QuestionError`."""
    given = {key: value for key, value in question.options.items() if value is not None}
    settings = validated(kind, given, "experiment")
    if settings.before > question.burn_in:
        raise QuestionError(
            f"experiment.before = {settings.before}: must be at most burn_in = {question.burn_in}, "
            "the months lived before the event"
        )
    return settings


def check_size(settings: InferenceSettings, parameters: int) -> None:
    """Refuse populations too small to adjust by regression. Raises `QuestionError`."""
    least = _MEMBERS_A_PARAMETER * parameters
    if settings.particles < least:
        raise QuestionError(
            f"experiment.particles = {settings.particles}: must be at least {least} for "
            f"{parameters} parameters, or a regression among them would call noise a finding"
        )


@dataclass(frozen=True)
class Inference:
    """Everything that is prepared once, whatever is then observed."""

    simulator: Simulator
    settings: InferenceSettings
    pilot: Pilot

    def learned(self, like: Aggregates) -> tuple[LearnedSummary, Matrix]:
        """The learned summary of what is observed in `like`, and the pilot's summaries."""
        statistics = self.pilot.statistics(like, self.simulator.before)
        summary = learn(self.pilot.points, statistics)
        return summary, summary(statistics)

    def infer(
        self,
        observed: Aggregates,
        summary: LearnedSummary,
        known: Matrix,
        luck: list[int],
        simulate: Callable[[Vector], Vector] | None = None,
    ) -> "Posterior":
        """The posterior of what was observed.

        Args:
            observed: the months.
            summary: as `learned`, on the same columns as are observed.
            known: the pilot's summaries, `[simulation, parameter]`.
            luck: seeds this inference's random numbers.
            simulate: statistics at a position, if not by simulating here and now.
        """
        from experiments.studies.posterior.smc import Simulated, sample

        simulator, settings = self.simulator, self.settings
        if simulate is None:
            simulate = partial(simulator.statistics, like=observed)
        statistics = simulate
        target = summary(summarise(observed, simulator.before))
        sampled = sample(
            target,
            Simulated(self.pilot.points, known),
            lambda point: summary(statistics(point)),
            settings.particles,
            settings.populations,
            np.random.default_rng(luck),
        )
        return Posterior(
            adjusted(sampled, target), unadjusted(sampled), sampled.tolerances, sampled.simulations
        )


@dataclass(frozen=True)
class Posterior:
    """What one inference found."""

    ensemble: Ensemble
    """After regression adjustment: the result."""
    raw: Ensemble
    """The last population without it, for comparison."""
    tolerances: tuple[float, ...]
    """Largest distance accepted in each generation, in standard errors of the learned summary."""
    simulations: int
    """New simulations beyond the pilot."""
