"""How an arm's effect grows month by month once customers see it, and what a pilot could see of it.

Months are counted from the first month in which the arm's first move was in force. A pilot draws
two groups at random from a cohort, compares what they did until its last month, and takes each
customer's bill before the shock into account (analysis of covariance), which leaves the share
1 − ρ² of the variance. Rivals' answers to the whole market are not seen by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD, Interval, independent, interval
from experiments.measures.cohorts import Cohort

PilotMeasure = Literal["paid_own", "here_own", "paid_others", "here_others"]
"""What a pilot could measure: payment a customer, or share with their main line here."""
MEASURES: tuple[PilotMeasure, ...] = ("paid_own", "here_own", "paid_others", "here_others")
LENGTHS = (3, 6, 9, 12)
"""Months of a pilot, the shortest first."""
POWER = 0.8
FALSE_POSITIVES = 0.05
_FEWEST_WORLDS = 5
"""With fewer a correlation across worlds says nothing."""
_TELLS = 0.5
"""An early figure tells the end if its correlation with it is above this (an assumption)."""
_VISIBLE = (
    "Launch", "Reprice", "Welcome", "AddBenefits", "Withdraw", "StartCampaign", "StartProgramme",
)  # fmt: skip
_DONE = ("done", "accepted", "passed")


@dataclass(frozen=True)
class RampMonth:
    """The arm's effect on one measure in one month since customers see it."""

    month: int
    """0 is the first month."""
    effect: Interval
    """Per customer of the cohort, arm less `hold`: yuan a month, or a share of one."""


@dataclass(frozen=True)
class PilotPlan:
    """A pilot of one length, measured in one way."""

    months: int
    measure: PilotMeasure
    effect: Interval
    """Mean over the pilot's months (payment), or at its end (share)."""
    sd: float
    """Between customers, what is known of them beforehand taken out."""
    per_group: int | None
    """Customers in each group; `None` where there is no effect to see."""
    per_group_cautious: int | None
    """For the end of the effect's interval nearer zero; `None` where that includes zero."""
    available: int
    """Customers in the cohort."""
    tells: float | None
    """Correlation across worlds with the NPV gain in the end; `None` with too few worlds."""

    @property
    def feasible(self) -> bool:
        """Whether two groups of that size can be drawn from the cohort."""
        return self.per_group is not None and 2 * self.per_group <= self.available


@dataclass(frozen=True)
class Ramp:
    """How an arm's effect grows, and the pilots that could show it."""

    arm: str
    launch: float
    """Month of the horizon in which customers first see the arm: median over runs."""
    months: tuple[RampMonth, ...]
    """Effect on the primary measure."""
    primary: PilotMeasure
    """The one that tells the end best in a pilot of the usual length."""
    known_early: bool
    """Whether any measure of that pilot tells the end."""
    plans: tuple[PilotPlan, ...]
    """A pilot of each length, on the primary measure; those beyond the horizon are left out."""

    @property
    def usual(self) -> PilotPlan:
        """The pilot of the usual length."""
        return self.plans[0]

    @property
    def shortest(self) -> PilotPlan | None:
        """The shortest feasible pilot; `None` if there is none."""
        return next((plan for plan in self.plans if plan.feasible), None)


@dataclass(frozen=True, eq=False)
class _Effects:
    """Effects on a cohort by month since launch; rows are runs (world, seed), columns months."""

    paid: pd.DataFrame
    here: pd.DataFrame
    sd: float
    """Of monthly payments between customers, known bills taken out."""
    stay: pd.DataFrame
    """Share here under `hold`."""
    customers: int


def ramp_of(answer: Answer, arm: str, gains: pd.Series) -> Ramp | None:
    """How an arm's effect grows, and which pilot could show it.

    Args:
        answer: the tables of a comparison.
        arm: not `hold`.
        gains: NPV less that of `hold`, one an independent draw (world, or seed of one world).

    Returns:
        `None` if the arm did nothing that customers see, or nothing is known of cohorts.
    """
    launches = launch_months(answer, arm)
    if answer.cohorts.empty or launches.empty or arm == HOLD:
        return None
    by_cohort: dict[Cohort, _Effects] = {
        cohort: effects
        for cohort in ("own", "others")
        if (effects := _effects(answer, arm, cohort, launches)) is not None
    }
    if not by_cohort:
        return None
    shown = min(e.paid.shape[1] for e in by_cohort.values())
    lengths = [m for m in LENGTHS if m <= shown] or [shown]
    first = [_plan(by_cohort, measure, lengths[0], gains) for measure in _measures(by_cohort)]
    best = max(first, key=lambda plan: plan.tells or 0.0)
    column = _column(by_cohort, best.measure)
    return Ramp(
        arm=arm,
        launch=float(launches.median()),
        months=tuple(
            RampMonth(month, interval(independent(column[[month]])[month].dropna()))
            for month in map(int, column.columns)
        ),
        primary=best.measure,
        known_early=best.tells is None or best.tells > _TELLS,
        plans=tuple(_plan(by_cohort, best.measure, months, gains) for months in lengths),
    )


def launch_months(answer: Answer, arm: str) -> pd.Series:
    """Month in which customers first see the arm, by world and seed; runs without are left out."""
    log = answer.log
    seen = log[
        (log["arm"] == arm)
        & (log["actor"] == answer.labels.focal)
        & log["action"].isin(_VISIBLE)
        & log["outcome"].isin(_DONE)
    ]
    return seen.groupby(["world", "seed"])["month"].min()


def customers_per_group(effect: float, sd: float) -> int | None:
    """Customers in each of two equal groups to tell two means apart, two-sided, 5 %, power 80 %."""
    if not effect:
        return None
    z = float(special.ndtri(1 - FALSE_POSITIVES / 2) + special.ndtri(POWER))
    return ceil(2.0 * (z * sd / effect) ** 2) if sd else 2


def _measures(found: dict[Cohort, _Effects]) -> Sequence[PilotMeasure]:
    return [measure for measure in MEASURES if measure.partition("_")[2] in found]


def _column(found: dict[Cohort, _Effects], measure: PilotMeasure) -> pd.DataFrame:
    kind, _, cohort = measure.partition("_")
    effects = found["own" if cohort == "own" else "others"]
    return effects.paid if kind == "paid" else effects.here


def _plan(
    found: dict[Cohort, _Effects], measure: PilotMeasure, months: int, gains: pd.Series
) -> PilotPlan:
    """A pilot of a length: payments are averaged over its months, shares read at its end."""
    kind, _, cohort = measure.partition("_")
    effects = found["own" if cohort == "own" else "others"]
    if kind == "paid":
        runs = effects.paid[list(range(months))].mean(axis=1)
        sd = effects.sd
    else:
        runs = effects.here[months - 1]
        share = float(np.clip(effects.stay[months - 1].mean(), 0.0, 1.0))
        sd = float(np.sqrt(share * (1.0 - share)))
    draws = independent(runs.dropna().to_frame("effect"))["effect"]
    effect = interval(draws)
    return PilotPlan(
        months=months,
        measure=measure,
        effect=effect,
        sd=sd,
        per_group=customers_per_group(effect.mean or 0.0, sd),
        per_group_cautious=_cautious(effect, sd),
        available=effects.customers,
        tells=_correlation(draws, gains),
    )


def _cautious(effect: Interval, sd: float) -> int | None:
    if effect.n < 2 or effect.low is None or effect.high is None or effect.low * effect.high <= 0:
        return None
    return customers_per_group(min(effect.low, effect.high, key=abs), sd)


def _correlation(early: pd.Series, late: pd.Series) -> float | None:
    both = pd.concat([early, late], axis=1, join="inner").dropna().to_numpy(float)
    if len(both) < _FEWEST_WORLDS or not both.std(axis=0).all():
        return None
    return float(np.corrcoef(both.T)[0, 1])


def _effects(answer: Answer, arm: str, cohort: Cohort, launches: pd.Series) -> _Effects | None:
    table = answer.cohorts[answer.cohorts["cohort"] == cohort]
    keys = ["world", "seed", "month"]
    arms = {name: table[table["arm"] == name].set_index(keys) for name in (arm, HOLD)}
    pairs = arms[arm].join(arms[HOLD].add_suffix("_hold"), how="inner").reset_index()
    if pairs.empty:
        return None
    start = launches.rename("launch").reset_index()
    pairs = pairs.merge(start, on=["world", "seed"])
    pairs["since"] = pairs["month"] - pairs["launch"]
    pairs = pairs[pairs["since"] >= 0]
    if pairs.empty:
        return None
    pairs["paid"] = pairs["paid_yuan"] - pairs["paid_yuan_hold"]
    pairs["stays"] = pairs["here"] - pairs["here_hold"]
    # Months that some run does not reach would compare different runs.
    last = int(pairs.groupby(["world", "seed"])["since"].max().min())
    pairs = pairs[pairs["since"] <= last]
    wide = {
        name: pairs.pivot_table(index=["world", "seed"], columns="since", values=name)
        for name in ("paid", "stays", "here_hold")
    }
    left = pairs["sd_yuan_hold"] ** 2 * (1.0 - pairs["correlation_hold"] ** 2)
    return _Effects(
        paid=wide["paid"],
        here=wide["stays"],
        sd=float(np.sqrt(left.mean())),
        stay=wide["here_hold"],
        customers=int(pairs["customers"].mean()),
    )
