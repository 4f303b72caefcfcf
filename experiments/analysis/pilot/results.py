"""What a pilot really gave: estimated as registered, set against the worlds, and decided.

The rule is the plan's, made before anything was seen. The worlds are weighed by how well each
predicted the estimate (importance weights, Kish's effective sample size beside them).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from experiments.analysis.pilot.estimators import (
    SIGNIFICANCE,
    Estimates,
    Estimator,
    did,
    estimate,
)
from experiments.analysis.pilot.history import RegionalSeries, month_name
from experiments.analysis.pilot.measures import Floats
from sim.errors import QuestionError
from strategies.regional_change import decided

Decision = Literal["go", "extend", "stop"]
LEAST_BEFORE = 6
"""Months before the launch that results must hold."""
OFFERED, HELD_OUT = ":offered", ":held_out"
"""After a region's name: the group of customers there that has the option, and that has not."""
JUMPS = {
    "customer_bill": 0.3, "customer_kept": 0.2, "revenue_per_line": 0.3, "revenue": 0.4,
    "lines": 0.2, "churn": 2.0, "gross_adds": 2.0,
}  # fmt: skip
"""By how much the median region may move from month to month; beyond, a figure is likely to mean
something else from then on (assumption)."""
CONTRADICTED = 2.576
"""A world so many standard errors from the estimate is contradicted by it (1 %)."""
WAVES = (0.25, 0.6, 1.0)
"""Shares of the lines outside the pilot reached by each wave of the roll-out (assumption)."""


@dataclass(frozen=True)
class Registered:
    """What a plan has laid down; read from `plan.json`."""

    pilot: tuple[str, ...]
    control: tuple[str, ...]
    measure: str
    estimator: Estimator
    counted: tuple[int, int]
    """First and last month since launch that count, from 1."""
    months: int
    go: float
    stop: float
    above: bool
    extend_to: int | None
    line_extended: float | None
    above_extended: bool
    error: float
    """Standard deviation of the estimate without an effect."""
    in_groups: bool = False
    """Whether customers drawn inside regions are compared, not regions."""

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions, or groups in them, those with the option first."""
        return (*self.pilot, *self.control)


def registered(data: Mapping[str, Any], where: str) -> Registered:
    """What a plan has laid down. Raises `QuestionError` if it proposes no pilot, or is none."""
    try:
        if data["verdict"] != "pilot":
            raise QuestionError(
                f"{where}: this plan says that no pilot is feasible ({data['reason']}); "
                "there is nothing to read"
            )
        lines = data["thresholds"]
        pilot, control = tuple(map(str, data["regions"])), tuple(map(str, data["control_regions"]))
        in_groups = bool(data["customers_per_group"])
        if in_groups:
            groups = groups_of(pilot)
            pilot, control = groups[: len(pilot)], groups[len(pilot) :]
        return Registered(
            pilot=pilot,
            control=control,
            in_groups=in_groups,
            measure=str(data["measure"]),
            estimator=data["estimator"],
            counted=(int(lines["counted_months"][0]), int(lines["counted_months"][1])),
            months=int(data["months"]),
            go=float(lines["go"]),
            stop=float(lines["stop"]),
            above=lines["go_if"] == "at least",
            extend_to=lines["extend_to_months"],
            line_extended=lines["break_even_extended"],
            above_extended=lines["go_if_extended"] != "at most",
            error=float(lines["error"]),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise QuestionError(
            f"{where}: it is no plan of a pilot ({type(error).__name__}: {error}); give the folder "
            "that experiment=pilot wrote, such as outputs/pilot"
        ) from None


def groups_of(regions: Sequence[str]) -> tuple[str, ...]:
    """Groups of customers in regions: all that have the option, then all that have not."""
    return tuple(name + group for group in (OFFERED, HELD_OUT) for name in regions)


@dataclass(frozen=True)
class Wave:
    """Regions to roll out to together."""

    month: int
    """After the decision."""
    regions: tuple[str, ...]
    lines: float


@dataclass(frozen=True)
class PilotResult:
    """What came out."""

    estimate: float
    low: float
    high: float
    p: float
    pre_trend_p: float
    """Of a difference in trends before the launch; below 0.05 regions did not move alike."""
    until: str
    """Last month that was read."""
    extended: bool
    """Whether it was read at the end of the extension."""
    weights: tuple[float, ...]
    """Of the plan's worlds, adding up to one."""
    effective_worlds: float
    contradicted: bool
    """Whether no world comes near to what was seen."""
    expected_yuan: float
    """Of going on beyond stopping, worlds weighed."""
    probability_gain: float
    """That going on gains, worlds weighed."""
    decision: Decision
    waves: tuple[Wave, ...]
    """The roll-out; empty unless it is `go`."""


def check_results(series: RegionalSeries, plan: Registered, launch: int, where: str) -> int:
    """Refuse results that cannot be read as registered; months before the launch.

    Raises:
        QuestionError: the measure or months are missing, or its definition seems to have changed.
    """
    if plan.measure not in series.values:
        raise QuestionError(
            f"{where}: the plan has registered {plan.measure}; the file holds only "
            f"{', '.join(series.values)}"
        )
    before = launch - series.first
    last = month_name(series.first + series.months - 1)
    if before < LEAST_BEFORE:
        raise QuestionError(
            f"{where}: it begins in {month_name(series.first)}; at least {LEAST_BEFORE} months "
            f"before the launch in {month_name(launch)} are needed"
        )
    if series.months - before < plan.months:
        raise QuestionError(
            f"{where}: it ends in {last}; the plan reads {plan.months} months from the launch in "
            f"{month_name(launch)}, until {month_name(launch + plan.months - 1)}"
        )
    _check_definition(series, plan.measure, where)
    return before


def _check_definition(series: RegionalSeries, measure: str, where: str) -> None:
    table = series.values[measure]
    moved = np.median(table[:, 1:] / table[:, :-1], axis=0) - 1.0
    limit = JUMPS[measure]
    for at, jump in enumerate(moved):
        if not -limit / (1.0 + limit) <= jump <= limit:
            raise QuestionError(
                f"{where}: {measure} moves by {jump:+.0%} in the median region in "
                f"{month_name(series.first + at + 1)}; has its definition changed? Give one "
                "definition throughout, or leave the months before the change out"
            )


def read_result(
    series: RegionalSeries,
    plan: Registered,
    launch: int,
    early: Mapping[bool, Floats],
    worth: Mapping[bool, Floats],
    lines: Mapping[str, float],
    where: str,
) -> PilotResult:
    """Estimate, weigh the worlds and decide.

    Args:
        series: the results.
        plan: what was registered.
        launch: first month in which customers saw the offer: year × 12 + month − 1.
        early: what each world predicted, `[world]`, at the end of the pilot and of its extension.
        worth: what going on brings there, the same.
        lines: own lines by region, for the roll-out's waves.
        where: the file, for messages.

    Raises:
        QuestionError: the results cannot be read as registered.
    """
    before = check_results(series, plan, launch, where)
    order = [series.regions.index(name) for name in plan.regions]
    panel = series.values[plan.measure][order][None]
    pilot = tuple(range(len(plan.pilot)))
    first, last = plan.counted
    extended = (
        plan.extend_to is not None
        and plan.line_extended is not None
        and series.months - before >= plan.extend_to
    )
    if extended and plan.extend_to is not None:
        first, last = first + (plan.extend_to - plan.months) * (first > 1), plan.extend_to
    found = estimate(plan.estimator, panel, before, slice(first - 1, last), pilot)
    effect, error = float(found.effect[0]), _error(found, plan)
    p, reach = float(found.p[0]), special.stdtrit(len(plan.regions) - 2, 1.0 - SIGNIFICANCE / 2.0)
    if plan.in_groups:  # its error is that of drawing customers, which is known
        p, reach = 2.0 * float(special.ndtr(-abs(effect) / error)), special.ndtri(0.975)
    reach *= error
    weights, contradicted = weigh(early[extended], effect, error)
    expected = worth[extended]
    decision = _decided(effect, plan, extended=extended)
    return PilotResult(
        estimate=effect,
        low=effect - float(reach),
        high=effect + float(reach),
        p=p,
        pre_trend_p=_pre_trend(panel[..., :before], pilot),
        until=month_name(launch + last - 1),
        extended=extended,
        weights=tuple(float(weight) for weight in weights),
        effective_worlds=float(1.0 / (weights**2).sum()),
        contradicted=contradicted,
        expected_yuan=float(weights @ expected),
        probability_gain=float(weights @ (expected > 0)),
        decision=decision,
        waves=waves_of(tuple(lines) if plan.in_groups else plan.control, lines)
        if decision == "go"
        else (),
    )


def _error(found: Estimates, plan: Registered) -> float:
    """The larger of what was registered and what these results show: few regions show little.

    Of groups of customers, what was registered: it follows from their number.
    """
    if plan.in_groups:
        return plan.error
    return max(plan.error, float(found.error[0]))


def weigh(early: Floats, effect: float, error: float) -> tuple[Floats, bool]:
    """Weights of worlds by an estimate, and whether it contradicts all of them."""
    z = (early - effect) / error
    log = -0.5 * z**2
    weights = np.exp(log - log.max())
    return weights / weights.sum(), bool(np.abs(z).min() > CONTRADICTED)


def _decided(effect: float, plan: Registered, *, extended: bool) -> Decision:
    if extended and plan.line_extended is not None:
        return "go" if (effect >= plan.line_extended) == plan.above_extended else "stop"
    return decided(effect, plan.go, plan.stop, above=plan.above)


def _pre_trend(before: Floats, pilot: tuple[int, ...]) -> float:
    """Two-sided p of a difference between trends before the launch, one slope a region."""
    relative = before / before.mean(axis=-1, keepdims=True)
    months = np.arange(before.shape[-1]) - (before.shape[-1] - 1) / 2.0
    slopes = relative @ months / (months @ months)
    return float(did(slopes, pilot).p[0])


def waves_of(regions: Sequence[str], lines: Mapping[str, float]) -> tuple[Wave, ...]:
    """Regions in waves, the largest last: what goes wrong early costs least."""
    order = sorted(regions, key=lambda name: (lines.get(name, 0.0), name))
    total = sum(lines.get(name, 0.0) for name in order) or 1.0
    found: list[list[str]] = [[] for _ in WAVES]
    reached = 0.0
    for name in order:
        reached += lines.get(name, 0.0) / total
        place = next(
            (n for n, share in enumerate(WAVES) if reached <= share + 1e-9), len(WAVES) - 1
        )
        found[place].append(name)
    return tuple(
        Wave(1 + 2 * place, tuple(names), sum(lines.get(name, 0.0) for name in names))
        for place, names in enumerate(found)
        if names
    )
