"""How far a forecast is off beyond what its own spread says, learnt from other markets.

No ensemble of one model knows what the model lacks. What it lacks shows in the errors it made
elsewhere (Kennedy & O'Hagan 2001 call it discrepancy). It is learnt metric by metric on the scale
on which such errors are alike — logarithms of amounts, log odds of shares and rates, net adds,
which may be negative, in thousandths of their market's lines — and grows with
the horizon. Of figure i, h years ahead,

    error(i) ~ Student t with 4 degrees of freedom, scale² = spread(i)² + (s·hᵏ)²,

with s for each metric and one k for all; spread is the ensemble's own standard deviation on that
scale. Heavy tails keep one broken series from setting the width of all bands. A metric with few
figures takes part of its s from all the others (a lognormal prior around their common value).

The same serves forecasts without a band of their own: with a spread of zero it gives the naive ones
the bands that their errors elsewhere earn them. A market's own errors are never used for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from experiments.studies.backtest.metrics import METRICS

Values = NDArray[np.float64]

DEGREES = 4.0
"""Of freedom: a tenth of all errors lies beyond 2.1 scales, one in a hundred beyond 4.6."""
LEAST_RATE = 1e-4
"""Shares and rates below it, or as near to one, are taken to be there: odds know no zero."""
LEAST_AMOUNT = 1e-6
_DRAWN = 15
"""Equally likely errors that each draw is widened by."""
_PRIOR_LOG_SD = 0.7
"""How unlike metrics are: log standard deviation of s around its common value."""
_GROWTH = (0.0, 1.0)
"""Bounds of k: from errors that are there at once to such as grow in proportion to time."""
_SMALLEST, _LARGEST = 1e-3, 30.0


@dataclass(frozen=True)
class Discrepancy:
    """What was learnt: the scale of errors a year ahead by metric, and how it grows."""

    scale: Mapping[str, float]
    other: float
    """Of metrics of which nothing was learnt."""
    growth: float
    figures: int
    markets: int

    def at(self, metric: str, years: Values) -> Values:
        """Scale of the error on the metric's own scale, `years` ahead."""
        ahead = np.maximum(np.asarray(years, dtype=np.float64), 1.0 / 12.0)
        return np.asarray(self.scale.get(metric, self.other) * ahead**self.growth)


def on_scale(metric: str, values: Values, unit: float) -> Values:
    """Values on the scale on which errors of their metric are alike.

    Args:
        metric: decides the scale: log odds of fractions, logarithms of amounts; net adds, which may
            be negative, in units.
        values: in the metric's unit.
        unit: what net adds are counted in, in millions: a thousandth of their market's lines.
    """
    kind = METRICS[metric]
    if kind.low == -np.inf:
        return values / unit
    if kind.unit == "fraction":
        held = np.clip(values, LEAST_RATE, 1.0 - LEAST_RATE)
        return np.log(held / (1.0 - held))
    return np.log(np.maximum(values, LEAST_AMOUNT))


def off_scale(metric: str, values: Values, unit: float) -> Values:
    """The inverse of `on_scale`."""
    kind = METRICS[metric]
    if kind.low == -np.inf:
        return values * unit
    if kind.unit == "fraction":
        return 1.0 / (1.0 + np.exp(-values))
    return np.exp(values)


def learn(errors: pd.DataFrame, but: str = "") -> Discrepancy:
    """Learn from the errors made in all markets but one.

    Args:
        errors: columns `market`, `metric`, `years` (ahead, above 0), `error` (observed − median on
            the metric's scale) and `spread` (the forecast's own standard deviation on it, 0 if it
            has none); rows with NaN are left out.
        but: the market that is being forecast.

    Returns:
        The most likely scales and growth.

    Raises:
        ValueError: no error of another market is known.
    """
    known = errors[errors["market"] != but].dropna(subset=["years", "error", "spread"])
    if known.empty:
        raise ValueError(f"No errors of markets other than '{but}' are known.")
    metrics = sorted(known["metric"].unique())
    place = known["metric"].map({name: i for i, name in enumerate(metrics)}).to_numpy(int)
    error = known["error"].to_numpy(float)
    spread = known["spread"].to_numpy(float)
    log_years = np.log(np.maximum(known["years"].to_numpy(float), 1.0 / 12.0))

    def badness(x: Values) -> float:
        """Minus the log posterior of (common log scale, offsets by metric, growth)."""
        common, offsets, growth = x[0], x[1:-1], x[-1]
        own = np.exp(common + offsets[place] + growth * log_years)
        scale = np.hypot(spread, own)
        likely = stats.t.logpdf(error / scale, DEGREES) - np.log(scale)
        return float(-likely.sum() + 0.5 * (offsets**2).sum() / _PRIOR_LOG_SD**2)

    usual = float(np.clip(np.median(np.abs(error)), _SMALLEST, _LARGEST))
    start = np.concatenate([[np.log(usual)], np.zeros(len(metrics)), [0.5]])
    reach = (np.log(_SMALLEST), np.log(_LARGEST))
    bounds = [reach, *[(-3.0, 3.0)] * len(metrics), _GROWTH]
    found = optimize.minimize(badness, start, method="L-BFGS-B", bounds=bounds).x
    scale = {name: float(np.exp(found[0] + found[1 + i])) for i, name in enumerate(metrics)}
    return Discrepancy(
        scale, float(np.exp(found[0])), float(found[-1]), len(known), known["market"].nunique()
    )


def widened(
    draws: Values, metrics: "pd.Series[str]", years: Values, units: Values, known: Discrepancy
) -> Values:
    """Draws with the discrepancy added to each, equally likely errors side by side.

    Args:
        draws: `[figure, draw]`, in the metrics' units; NaN stays NaN.
        metrics: of each figure.
        years: ahead, of each figure; those not ahead (0 or less) stay as they are.
        units: see `on_scale`, of each figure.
        known: what was learnt elsewhere.

    Returns:
        `[figure, draw × error]`.
    """
    level = (np.arange(_DRAWN) + 0.5) / _DRAWN
    shift = np.asarray(stats.t.ppf(level, DEGREES))
    rows: list[Values] = []
    for values, metric, ahead, unit in zip(draws, metrics, years, units, strict=True):
        if ahead <= 0.0:
            rows.append(np.repeat(values, _DRAWN))
            continue
        scale = float(known.at(metric, np.array([ahead]))[0])
        there = on_scale(metric, values, unit)[:, None] + scale * shift[None, :]
        limits = METRICS[metric]
        back = np.clip(off_scale(metric, there.ravel(), unit), limits.low, limits.high)
        rows.append(np.where(np.isfinite(np.repeat(values, _DRAWN)), back, np.nan))
    return np.array(rows).reshape(len(draws), -1)


def errors_of(
    market: str, rows: pd.DataFrame, draws: Values, event_month: int, units: Values
) -> pd.DataFrame:
    """The errors of one market's forecasts, as `learn` takes them.

    Args:
        market: its name.
        rows: `metric`, `end`, `value` of each figure.
        draws: `[figure, draw]`; a naive forecast is one draw.
        event_month: first month forecast.
        units: see `on_scale`, `[figure]`.
    """
    found: list[tuple[str, str, float, float, float]] = []
    about = zip(rows["metric"], rows["end"], rows["value"], draws, units, strict=True)
    for metric, end, value, values, unit in about:
        there = on_scale(str(metric), values[np.isfinite(values)], float(unit))
        if not len(there):
            continue
        seen = float(on_scale(str(metric), np.array([float(value)]), float(unit))[0])
        spread = float(there.std(ddof=1)) if len(there) > 1 else 0.0
        years = (int(end) - event_month + 1) / 12.0
        found.append((market, str(metric), years, seen - float(np.median(there)), spread))
    return pd.DataFrame(found, columns=pd.Index(["market", "metric", "years", "error", "spread"]))
