"""How near the predictions came: errors, coverage and skill, beside the two naive forecasts.

The ensemble's draws (members × seeds) give each figure a median and bands. Errors are those of the
median. *Coverage* counts the figures inside the bands that should hold 50 and 90 in a hundred.
*CRPS*, *interval score* and *PIT* are explained in `bands`. *Skill* is 1 − MAE / MAE of a naive
forecast: above zero the model was nearer, below it was further off.

Everything stands with its n. Errors of different forecasts are compared only over the figures that
all of them forecast (`n_common`). Figures of neighbouring months resemble each other: n counts
figures, not independent trials.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.studies.backtest.bands import bands, crps, interval_score, pit
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.observations import NATIONAL

NAIVE = ("no_change", "trend")
NATION, REGIONS = "national", "regional"
ABOUT = (
    "operator", "region", "metric", "start", "end", "end_share", "kind", "value", "source",
    "verified", "published_as", "file", "line",
)  # fmt: skip
LEAST_FOR_RATIO = 1e-3
"""A figure below this share of its metric's largest has no meaningful percentage error."""


def score_rows(
    table: pd.DataFrame,
    draws: NDArray[np.float64],
    naive: pd.DataFrame,
    wide: Mapping[str, NDArray[np.float64]] | None = None,
) -> pd.DataFrame:
    """Every figure with its prediction, its band and its errors.

    Args:
        table: observations, as `Observations.table`.
        draws: predictions `[observation, draw]`; a draw that is NaN is left out, a figure of which
            all are has no prediction.
        naive: columns `no_change` and `trend`, indexed as `table` (see `history.naive`).
        wide: the draws of the model and of the naive forecasts, by name, with what was learnt
            elsewhere added; nothing: as they are, and naive forecasts have no band.

    Returns:
        `table` with `low90, low50, median, high50, high90, draws, error` (median − observed),
        `crps, pit_low, pit_high, interval50, interval90, in50, in90, in50_alone, in90_alone,
        no_change, trend`, the naive forecasts' `crps_…` and `interval90_…`, and `scope` (national
        or regional).
    """
    wide = wide or {"model": draws} | {
        n: naive[[n]].reindex(table.index).to_numpy(float) for n in NAIVE
    }
    alone, quantiles = bands(draws), bands(wide["model"])
    scored = table[list(ABOUT)].copy()
    for name, values in quantiles.items():
        scored[name] = values
    observed = scored["value"].to_numpy(float)
    scored["median"], scored["draws"] = alone["median"], alone["draws"]
    scored["error"] = scored["median"] - observed
    scored["crps"] = crps(wide["model"], observed)
    scored["pit_low"], scored["pit_high"] = pit(wide["model"], observed)
    for band in ("50", "90"):
        low, high = (scored[f"{end}{band}"].to_numpy(float) for end in ("low", "high"))
        scored[f"interval{band}"] = interval_score(low, high, observed, int(band) / 100.0)
        inside = (scored[f"low{band}"] <= observed) & (observed <= scored[f"high{band}"])
        scored[f"in{band}"] = inside
        scored[f"in{band}_alone"] = (alone[f"low{band}"] <= observed) & (
            observed <= alone[f"high{band}"]
        )
    for name in NAIVE:
        scored[name] = naive[name].reindex(table.index)
        theirs = bands(wide[name])
        scored[f"crps_{name}"] = crps(wide[name], observed)
        scored[f"interval90_{name}"] = interval_score(
            theirs["low90"], theirs["high90"], observed, 0.9
        )
    scored["scope"] = np.where(scored["region"] == NATIONAL, NATION, REGIONS)
    return scored


def score_table(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Scores of groups of figures.

    Args:
        rows: as `score_rows` returns.
        by: columns to group by; errors have a unit, so `metric` is among them.

    Returns:
        One row a group, columns `by` and those of `scores_of`.
    """
    if "metric" not in by:
        raise ValueError("Errors of different metrics have no common unit: group by 'metric' too.")
    found: list[dict[Hashable, object]] = []
    for key, group in rows.groupby(list(by), sort=True):
        names: dict[Hashable, object] = dict(zip(by, key, strict=True))
        found.append(names | dict(scores_of(group)))
    return pd.DataFrame(found)


def scores_of(rows: pd.DataFrame) -> Mapping[str, float | int]:
    """The scores of figures of one metric.

    Returns:
        `figures` (all), `n` (with a prediction), `mae`, `rmse`, `bias` (mean of predicted −
        observed), `mape` with `n_mape`, `crps`, `coverage50`, `coverage90` with their counts and
        interval scores; over
        the figures that the model and both naive forecasts predict: `n_common`, `mae_common`,
        `crps_common`, `mae_no_change`, `mae_trend`, `skill_no_change`, `skill_trend`. NaN where
        n is zero.
    """
    known = rows[rows["median"].notna()]
    error = known["error"].to_numpy(float)
    common = known[known[list(NAIVE)].notna().all(axis=1)]
    ratios = _relative_errors(known)
    scores: dict[str, float | int] = {
        "figures": len(rows),
        "n": len(known),
        "mae": _mean(np.abs(error)),
        "rmse": float(np.sqrt(_mean(error**2))),
        "bias": _mean(error),
        "mape": _mean(ratios),
        "n_mape": len(ratios),
        "crps": _mean(known["crps"].to_numpy(float)),
    }
    for band in ("50", "90"):
        scores[f"inside{band}"] = int(known[f"in{band}"].sum())
        scores[f"coverage{band}"] = _mean(known[f"in{band}"].to_numpy(float))
        scores[f"interval{band}"] = _mean(known[f"interval{band}"].to_numpy(float))
    scores["n_common"] = len(common)
    scores["mae_common"] = _mean(common["error"].abs().to_numpy(float))
    scores["inside90_alone"] = int(known["in90_alone"].sum())
    for score in ("crps", "interval90"):
        scores[f"{score}_common"] = _mean(common[score].to_numpy(float))
        for name in NAIVE:
            scores[f"{score}_{name}"] = _mean(common[f"{score}_{name}"].to_numpy(float))
    for name in NAIVE:
        theirs = _mean((common[name] - common["value"]).abs().to_numpy(float))
        scores[f"mae_{name}"] = theirs
        scores[f"skill_{name}"] = 1.0 - scores["mae_common"] / theirs if theirs > 0 else np.nan
    return scores


def overall(rows: pd.DataFrame) -> dict[str, float | int]:
    """What can be said across metrics, where errors have no common unit.

    Returns:
        `figures`, `n`, coverage with counts; `n_common` and, over those, how many times the model
        was nearer than each naive forecast (`nearer_no_change`, `nearer_trend`) and than both
        (`nearer_both`).
    """
    known = rows[rows["median"].notna()]
    common = known[known[list(NAIVE)].notna().all(axis=1)]
    ours = common["error"].abs()
    theirs = {name: (common[name] - common["value"]).abs() for name in NAIVE}
    found: dict[str, float | int] = {"figures": len(rows), "n": len(known)}
    for band in ("50", "90"):
        found[f"inside{band}"] = int(known[f"in{band}"].sum())
        found[f"coverage{band}"] = _mean(known[f"in{band}"].to_numpy(float))
    found["n_common"] = len(common)
    for name in NAIVE:
        found[f"nearer_{name}"] = int((ours < theirs[name]).sum())
    found["nearer_both"] = int(((ours < theirs["no_change"]) & (ours < theirs["trend"])).sum())
    return found


def biggest_misses(rows: pd.DataFrame, most: int = 12) -> pd.DataFrame:
    """The figures furthest from the prediction, against the usual size of their metric.

    `miss` is the absolute error over the mean absolute observed value of the metric and scope, so
    that metrics can be listed together; at most two figures of an operator, metric and region are
    listed, the worst ones, or one bad series would fill the list.
    """
    known = rows[rows["median"].notna()].copy()
    size = known["value"].abs().groupby([known["metric"], known["scope"]]).transform("mean")
    known["miss"] = known["error"].abs() / size.where(size > 0)
    known = known.sort_values(["miss", "end"], ascending=[False, True], kind="stable")
    nth = known.groupby(["operator", "metric", "region"]).cumcount()
    return known[nth < 2].head(most)


def _relative_errors(known: pd.DataFrame) -> NDArray[np.float64]:
    """Absolute percentage errors, as fractions, where a percentage means something.

    Not of what may be negative: net adds near zero would be off by thousands of per cent.
    """
    value = known["value"].abs()
    largest = value.groupby(known["metric"]).transform("max")
    signed = known["metric"].map(lambda name: METRICS[str(name)].low < 0.0)
    sensible = (value > LEAST_FOR_RATIO * largest) & ~signed.astype(bool)
    chosen = known[sensible]
    return (chosen["error"].abs() / chosen["value"].abs()).to_numpy(float)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")
