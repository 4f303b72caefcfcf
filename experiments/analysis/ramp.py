"""How an arm's effect on customers grows month by month once they see it.

Months are counted from the first month in which the arm's first move was in force. Which pilot
could see it is worked out in `experiments/analysis/pilot`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD, Interval, independent, interval
from experiments.measures.cohorts import Cohort

CustomerMeasure = Literal["paid_own", "here_own", "paid_others", "here_others"]
"""Payment a customer, or share with their main line here, of our customers and of others'."""
MEASURES: tuple[CustomerMeasure, ...] = ("paid_own", "here_own", "paid_others", "here_others")
LENGTHS = (3, 6, 9, 12)
"""Months after which the effect is looked at, the shortest first."""
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
class EarlyEffect:
    """What is seen so many months after customers see the arm, measured in one way."""

    months: int
    measure: CustomerMeasure
    effect: Interval
    """Mean over the months (payment), or at their end (share)."""
    tells: float | None
    """Correlation across worlds with the NPV gain in the end; `None` with too few worlds."""


@dataclass(frozen=True)
class Ramp:
    """How an arm's effect grows."""

    arm: str
    launch: float
    """Month of the horizon in which customers first see the arm: median over runs."""
    months: tuple[RampMonth, ...]
    """Effect on the primary measure."""
    primary: CustomerMeasure
    """The one that tells the end best after the shortest of `LENGTHS`."""
    known_early: bool
    """Whether any measure tells the end then."""
    early: tuple[EarlyEffect, ...]
    """After each of `LENGTHS`, on the primary measure; those beyond the horizon are left out."""


@dataclass(frozen=True, eq=False)
class _Effects:
    """Effects on a cohort by month since launch; rows are runs (world, seed), columns months."""

    paid: pd.DataFrame
    here: pd.DataFrame


def ramp_of(answer: Answer, arm: str, gains: pd.Series) -> Ramp | None:
    """How an arm's effect on customers grows.

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
    first = [_early(by_cohort, measure, lengths[0], gains) for measure in _measures(by_cohort)]
    best = max(first, key=lambda seen: seen.tells or 0.0)
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
        early=tuple(_early(by_cohort, best.measure, months, gains) for months in lengths),
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


def _measures(found: dict[Cohort, _Effects]) -> Sequence[CustomerMeasure]:
    return [measure for measure in MEASURES if measure.partition("_")[2] in found]


def _column(found: dict[Cohort, _Effects], measure: CustomerMeasure) -> pd.DataFrame:
    kind, _, cohort = measure.partition("_")
    effects = found["own" if cohort == "own" else "others"]
    return effects.paid if kind == "paid" else effects.here


def _early(
    found: dict[Cohort, _Effects], measure: CustomerMeasure, months: int, gains: pd.Series
) -> EarlyEffect:
    """After some months: payments are averaged over them, shares read at their end."""
    column = _column(found, measure)
    paid = measure.startswith("paid")
    runs = column[list(range(months))].mean(axis=1) if paid else column[months - 1]
    draws = independent(runs.dropna().to_frame("effect"))["effect"]
    return EarlyEffect(months, measure, interval(draws), _correlation(draws, gains))


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
        for name in ("paid", "stays")
    }
    return _Effects(paid=wide["paid"], here=wide["stays"])
