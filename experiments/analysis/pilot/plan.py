"""The best pilot of a grid, two others, why not the rest, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from experiments.analysis.paired import Interval, interval
from experiments.analysis.pilot.decision import Reading, optimism
from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.estimators import ESTIMATORS, Estimator
from experiments.analysis.pilot.noise import NoiseSource
from experiments.analysis.pilot.search import (
    QUARTER,
    Design,
    Grid,
    Rated,
    correlation,
)

Reason = Literal["pilot", "regions", "short", "unseen", "late", "size", "worth"]
"""Why a pilot is held, or is not: too few regions; the horizon is too short; the effect is too
small to be seen, or comes too late; no estimator keeps its 5 %; deciding now is worth more."""
LEAKS = (0.0, 0.1, 0.25, 0.5)
"""Shares of the effect that reach the regions compared with, for the table of bias."""
LARGEST_FALSE = 0.075
"""An estimator that finds more of no effect is not used (assumption: half as much again as 5 %)."""
MULTIPLES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Of the simulated effect, for power curves; at zero a curve shows false positives."""
_LEAST_GAIN = 1.02
"""A dearer estimator must find so much more often what is there (assumption)."""


@dataclass(frozen=True)
class Bias:
    """What is estimated where a share of the effect reaches the other regions."""

    leaked: float
    effect: float
    """What is put into the pilot regions."""
    estimated: float
    power: float


@dataclass(frozen=True)
class Plan:
    """A pilot, or the plain verdict that there is none worth holding."""

    effects: Effects
    noise_from: NoiseSource
    reason: Reason
    best: Rated | None
    """The pilot; where none is feasible, the one that comes nearest; `None`: none can be drawn."""
    alternatives: tuple[Rated, ...]
    rated: tuple[Rated, ...]
    """The whole grid."""
    estimators: Mapping[Estimator, Rated]
    """The best design by every estimator."""
    path: tuple[Interval, ...]
    """Effect on the measure in the pilot regions by month since launch, over worlds."""
    detectable: Mapping[int, float]
    """Least effect that is found with 80 % power by months, same regions and measure."""
    bias: tuple[Bias, ...]
    foretold: Mapping[str, Mapping[int, float]]
    """By measure and months: correlation of what is seen by then with the final value."""
    pilots: int
    """Pilots without an effect behind every rate."""
    readings: tuple[Reading, Reading | None] | None = None
    """The best design at its end and at the end of its extension, by world."""
    curves: Mapping[int, tuple[float, ...]] = field(default_factory=dict[int, tuple[float, ...]])
    """Power at `MULTIPLES` of the effect, by months."""
    extended_months: int | None = None
    """Until when the pilot is extended if it is close."""
    optimism_yuan: float = 0.0
    """How much too good the best of the grid looks because it is the best of many."""
    longest: int = 0
    """Months of the longest pilot that was tried."""

    @property
    def value_yuan(self) -> float:
        """What the pilot is worth beyond deciding now, its being the best of many taken out."""
        return (self.best.verdict.value_yuan if self.best else 0.0) - self.optimism_yuan

    @property
    def feasible(self) -> bool:
        """Whether a pilot is worth holding."""
        return self.reason == "pilot"


def plan_of(
    grid: Grid,
    designs: Sequence[Design],
    measures: Sequence[str],
    *,
    fresh: Grid | None = None,
    short: bool = False,
) -> Plan:
    """Rate all designs and choose.

    Args:
        grid: in which they are rated.
        designs: all of them.
        measures: whose early figures are held against the final value.
        fresh: the same in other draws of the noise: the pilot that is chosen is rated there once
            more, since the best of many owes some of its power to its draws.
        short: only what is needed to choose; the plan has no curves, bias or comparison.
    """
    effects = grid.effects
    rated = tuple(grid.rate(design) for design in designs)
    foretold = {} if short else foretelling(grid, measures)
    if not rated:
        reason: Reason = "regions" if grid.rules.lengths else "short"
        return Plan(
            effects, grid.noise.source, reason, None, (), (), {}, (), {}, (), foretold,
            grid.noise.draws,
        )  # fmt: skip
    fit = [r for r in rated if r.seen and r.false_positive_rate <= LARGEST_FALSE]
    too_good = optimism(np.array([r.verdict.value_by_world for r in fit])) if fit else 0.0
    reason = _reason(grid, rated, too_good)
    feasible = (
        sorted(
            (r for r in rated if is_feasible(r)), key=lambda r: r.verdict.value_yuan, reverse=True
        )
        if reason == "pilot"
        else []
    )
    best = feasible[0] if feasible else max(rated, key=_nearness)
    by_estimator = {} if short and not feasible else _by_estimator(grid, best)
    if feasible and not best.design.customers:
        best = _registered(by_estimator)
    best = best if fresh is None else fresh.rate(best.design)
    longer = grid.extended(best.design)
    return Plan(
        effects=effects,
        noise_from=grid.noise.source,
        reason=reason,
        best=best,
        alternatives=_alternatives(best, feasible),
        rated=rated,
        estimators=by_estimator,
        path=_path(effects, best),
        detectable={} if short else _detectable(grid, best),
        bias=() if short else tuple(_bias(grid, best, leaked) for leaked in LEAKS),
        foretold=foretold,
        pilots=grid.noise.draws,
        readings=grid.readings(best.design),
        curves={} if short else _curves(grid, best),
        extended_months=None if longer is None else longer.months,
        optimism_yuan=too_good,
        longest=max(grid.rules.lengths),
    )


def is_feasible(rated: Rated) -> bool:
    """Whether a pilot is seen, keeps its 5 %, and is worth more than it costs."""
    honest = rated.false_positive_rate <= LARGEST_FALSE
    return rated.seen and honest and rated.verdict.value_yuan > 0


def _reason(grid: Grid, rated: Sequence[Rated], too_good: float) -> Reason:
    if max((r.verdict.value_yuan for r in rated if is_feasible(r)), default=0.0) > too_good:
        return "pilot"
    honest = [r for r in rated if r.false_positive_rate <= LARGEST_FALSE]
    if not honest:
        return "size"
    if any(r.seen for r in honest):
        return "worth"
    # Would it be seen if the whole horizon's effect were there during the pilot?
    for r in honest:
        late = grid.effects.path(r.design.measure)[list(r.design.regions.pilot), :].mean(axis=0)
        if np.abs(late).max() >= grid.detectable(r.design):
            return "late"
    return "unseen"


def _nearness(rated: Rated) -> tuple[bool, float, float]:
    """How near an infeasible pilot comes: seen at all, then worth, then power."""
    return rated.seen, rated.verdict.value_yuan if rated.seen else 0.0, rated.power


def _alternatives(best: Rated, feasible: Sequence[Rated]) -> tuple[Rated, ...]:
    """The next best pilot of another length, and the next best on another measure or elsewhere."""
    chosen = best.design
    others = [
        next((r for r in feasible if r.design.months != chosen.months), None),
        next(
            (
                r for r in feasible
                if r.design.measure != chosen.measure
                or r.design.regions.count != chosen.regions.count
                or bool(r.design.customers) != bool(chosen.customers)
            ),
            None,
        ),
    ]  # fmt: skip
    return tuple(dict.fromkeys(r for r in others if r is not None))


def _by_estimator(grid: Grid, best: Rated) -> dict[Estimator, Rated]:
    if best.design.customers:
        return {best.design.estimator: best}
    return {
        name: best
        if name == best.design.estimator
        else grid.rate(replace(best.design, estimator=name))
        for name in ESTIMATORS
    }


def _registered(by_estimator: Mapping[Estimator, Rated]) -> Rated:
    """Difference in differences, unless another finds clearly more at the same size."""
    plain = by_estimator["did"]
    honest = [r for r in by_estimator.values() if is_feasible(r)]
    best = max(honest, key=lambda r: r.power, default=plain)
    return best if best.power > _LEAST_GAIN * plain.power else plain


def _path(effects: Effects, best: Rated) -> tuple[Interval, ...]:
    measure, pilot = best.design.measure, list(best.design.regions.pilot)
    own = effects.deviation[measure][pilot].mean()
    return tuple(interval(pd.Series(month + own)) for month in effects.national[measure].T)


def _of_lengths(grid: Grid, best: Rated) -> dict[int, Design]:
    """The same pilot in every length."""
    found = {months: replace(best.design, months=months) for months in grid.rules.lengths}
    return {
        months: replace(design, window="whole") if months < QUARTER else design
        for months, design in found.items()
    }


def _detectable(grid: Grid, best: Rated) -> dict[int, float]:
    return {months: grid.detectable(design) for months, design in _of_lengths(grid, best).items()}


def _curves(grid: Grid, best: Rated) -> dict[int, tuple[float, ...]]:
    return {
        months: tuple(float(grid.estimates(design, of).rejects.mean()) for of in MULTIPLES)
        for months, design in _of_lengths(grid, best).items()
    }


def _bias(grid: Grid, best: Rated, leaked: float) -> Bias:
    found = grid.estimates(best.design, 1.0, leaked)
    effect = grid.effects.path(best.design.measure)[
        list(best.design.regions.pilot), best.design.counted
    ].mean()
    return Bias(leaked, float(effect), float(found.effect.mean()), float(found.rejects.mean()))


def foretelling(grid: Grid, measures: Sequence[str]) -> dict[str, dict[int, float]]:
    """Correlation of the mean effect of the quarter until each month with the final value."""
    return {
        measure: {
            months: correlation(
                grid.effects.national[measure][:, max(0, months - 3) : months].mean(axis=1),
                grid.final,
            )
            for months in range(1, grid.effects.months + 1)
        }
        for measure in measures
        if measure in grid.effects.national
    }
