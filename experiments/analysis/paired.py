"""Paired differences and their intervals: every arm is compared with `hold` on the same luck.

A *cell* is one (world, seed). Differences are taken inside a cell, seeds are averaged within their
world, and the interval is Student's t over the world means, because worlds are the independent
draws. With one world the seeds take their place; with one run there is no interval: low and high
equal the mean and `n` is 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from experiments.analysis.answer import Answer
from experiments.measures.indicators import KPIS
from experiments.question.question import HOLD

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval over `n` independent draws (`None` if nothing was tallied)."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


def intervals(draws: pd.DataFrame) -> pd.DataFrame:
    """Mean, low, high and n of each column, one row per independent draw.

    Args:
        draws: Rows are worlds (or seeds); missing values are left out, column by column.
    """
    bounds = _intervals(np.ascontiguousarray(draws.to_numpy(np.float64).T))
    names = ("mean", "low", "high", "n")
    return pd.DataFrame(dict(zip(names, bounds, strict=True)), index=draws.columns)


def interval(draws: pd.Series) -> Interval:
    """Mean and 95 % interval of one column of independent draws."""
    mean, low, high, n = _intervals(draws.to_numpy(np.float64)[None, :])
    if not n[0]:
        return Interval(None, None, None, 0)
    return Interval(float(mean[0]), float(low[0]), float(high[0]), int(n[0]))


def _intervals(draws: NDArray[np.float64]) -> tuple[NDArray[Any], ...]:
    """Mean, low, high and n, each `[quantity]`, of draws `[quantity, draw]`; NaN is left out."""
    there = ~np.isnan(draws)
    n = there.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing was drawn, or one
        mean = np.where(there, draws, 0.0).sum(axis=1) / n
        squares = np.where(there, (mean[:, None] - draws) ** 2, 0.0).sum(axis=1)
        error = np.sqrt(squares / (n - 1)) / np.sqrt(n)
    reach = error * special.stdtrit(np.maximum(n - 1, 1).astype(np.float64), (1 + CONFIDENCE) / 2)
    reach = np.where((n > 1) & ~np.isnan(reach), reach, 0.0)
    return mean, mean - reach, mean + reach, n


def spread(table: pd.DataFrame, rows: list[str], columns: str, values: str) -> pd.DataFrame:
    """A tidy table with one column for each entry of `columns`; doubled rows are averaged."""
    return table.pivot_table(
        index=rows, columns=columns, values=values, aggfunc="mean", observed=True
    ).astype(float)


def independent(cells: pd.DataFrame) -> pd.DataFrame:
    """One row per independent draw: worlds (seeds averaged within), or seeds if the world is one.

    Args:
        cells: Indexed by `world` and `seed`.
    """
    if len(cells.index.get_level_values("world").unique()) > 1:
        return cells.groupby(level="world").mean()
    return cells.groupby(level="seed").mean()


def outcomes_wide(answer: Answer, operator: str | None = None) -> pd.DataFrame:
    """Every KPI of one operator (the focal one unless named), indexed by arm, world and seed."""
    table = answer.outcomes
    if "operator" in table.columns:
        table = table[table["operator"] == (operator or answer.labels.focal)]
    keys = ["arm", "world", "seed"]
    doubled = table[table.duplicated([*keys, "kpi"])]
    if not doubled.empty:
        row = doubled.iloc[0]
        raise ValueError(
            f"outcomes holds {row['kpi']} of {row['arm']}, world {row['world']}, seed "
            f"{row['seed']} more than once."
        )
    wide = spread(table, keys, "kpi", "value")
    known = [kpi.name for kpi in KPIS if kpi.name in wide.columns]
    extra = sorted(set(wide.columns) - set(known))
    return wide[[*known, *extra]].replace([np.inf, -np.inf], np.nan)


def differences(wide: pd.DataFrame) -> pd.DataFrame:
    """Each arm minus `hold` in the same world and seed; cells where `hold` failed drop out.

    Args:
        wide: Indexed by `arm`, `world` and `seed`, one column per quantity.
    """
    if HOLD not in wide.index.get_level_values("arm"):
        raise ValueError(f"The arms {sorted(set(wide.index.get_level_values('arm')))} lack `hold`.")
    hold = wide.xs(HOLD, level="arm")
    paired = wide[wide.droplevel("arm").index.isin(hold.index)]
    return paired - hold.reindex(paired.droplevel("arm").index).to_numpy()


def arms_of(answer: Answer) -> list[str]:
    """The arms that have outcomes, in the order they were asked for, `hold` first."""
    present = set(answer.outcomes["arm"].unique())
    named = [HOLD, *(arm for arm in answer.labels.arms if arm != HOLD)]
    return [arm for arm in named if arm in present]


def of_arm(wide: pd.DataFrame, arm: str) -> pd.DataFrame:
    """The independent draws of one arm (empty if every run of it failed)."""
    if arm not in wide.index.get_level_values("arm"):
        return wide.iloc[:0].droplevel("arm")
    return independent(wide.loc[[arm]].droplevel("arm"))


@dataclass(frozen=True, eq=False)
class PairedOutcomes:
    """Every KPI of the focal operator, by run, and its difference from `hold` on the same luck.

    Both frames have one row a run (index `arm`, `world`, `seed`) and one column a KPI.
    """

    arms: tuple[str, ...]
    """The arms that have outcomes, `hold` first."""
    levels: pd.DataFrame
    gaps: pd.DataFrame


def pair(answer: Answer) -> PairedOutcomes:
    """Set every run beside its `hold`.

    Raises:
        ValueError: a KPI of a run is stored twice, or `hold` is missing.
    """
    levels = outcomes_wide(answer)
    return PairedOutcomes(tuple(arms_of(answer)), levels, differences(levels))


def monthly_wide(answer: Answer, measure: str) -> pd.DataFrame:
    """One measure of the focal operator by month: index arm, world, seed; columns months.

    `share` and `arpu_yuan` are worked out from `lines` and `service_revenue_yuan` where the table
    does not hold them.
    """
    table = answer.monthly
    table = table[(table["region"] == "all") & (table["segment"] == "all")]
    focal = answer.labels.focal

    def pick(name: str, operators: set[str]) -> pd.DataFrame:
        rows = table[(table["measure"] == name) & table["operator"].isin(operators)]
        keys = ["arm", "world", "seed", "month"]
        summed = rows.groupby(keys, observed=True)["value"].sum().reset_index()
        return spread(summed, keys[:3], "month", "value")

    measures = set(table["measure"].unique())
    if measure in measures:
        return pick(measure, {focal})
    if measure == "share" and "lines" in measures:
        return pick("lines", {focal}) / pick("lines", set(answer.labels.operators))
    if measure == "arpu_yuan" and {"lines", "service_revenue_yuan"} <= measures:
        return pick("service_revenue_yuan", {focal}) / pick("lines", {focal})
    return pd.DataFrame()
