"""Bands of forecasts, and proper scores that make width cost what it is worth.

*Quantiles* of a few draws are rank-based: the i-th smallest of n stands at i/(n+1) (Weibull 1939;
Hyndman & Fan 1996, type 6). The next value drawn from the same distribution falls below the i-th
smallest with exactly that chance, whatever the distribution, so the band between the levels 0.05
and 0.95 holds nine in ten even for 24 draws; the usual interpolation (type 7) would hold 83.5 %.

*Interval score* of a central band of coverage 1 − α (Gneiting & Raftery 2007, eq. 43): its width,
plus 2/α times the distance by which the truth lies outside. *CRPS*: the integral of the squared
difference between the forecast's distribution function and the step at the truth. Both are in the
unit of the figure, both are least in expectation for the true distribution: a band cannot win by
being wide, nor by being narrow.

*PIT*: where the truth stands among the draws; of calibrated forecasts it is uniform.
"""

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]
Values = NDArray[np.float64]

LEVELS = {"low90": 0.05, "low50": 0.25, "median": 0.5, "high50": 0.75, "high90": 0.95}
PIT_BINS = 10


def rank_quantiles(draws: Draws, levels: Values) -> Draws:
    """Quantiles of each figure's draws at rank (n + 1)·level, between the smallest and largest.

    Args:
        draws: `[figure, draw]`; NaN is left out.
        levels: between 0 and 1.

    Returns:
        `[level, figure]`; NaN where a figure has no draw.
    """
    found = np.full((len(levels), len(draws)), np.nan)
    some = np.isfinite(draws).any(axis=1)
    if some.any():
        known = np.where(np.isfinite(draws[some]), draws[some], np.nan)
        found[:, some] = np.nanquantile(known, levels, axis=1, method="weibull")
    return found


def bands(draws: Draws) -> dict[str, Values]:
    """The levels of `LEVELS` and how many draws stand behind them, each `[figure]`."""
    quantiles = rank_quantiles(draws, np.array(list(LEVELS.values())))
    count = np.isfinite(draws).sum(axis=1).astype(np.float64)
    return dict(zip(LEVELS, quantiles, strict=True)) | {"draws": count}


def interval_score(low: Values, high: Values, observed: Values, coverage: float) -> Values:
    """Interval score of central bands, in the unit of the figures; smaller is better.

    Args:
        low: lower ends, `[figure]`.
        high: upper ends.
        observed: what came.
        coverage: what the band should hold, between 0 and 1.
    """
    below = np.maximum(low - observed, 0.0)
    above = np.maximum(observed - high, 0.0)
    return (high - low) + 2.0 / (1.0 - coverage) * (below + above)


def crps(draws: Draws, observed: Values) -> Values:
    """Continuous ranked probability score of an ensemble, E|X − y| − ½ E|X − X'|, `[figure]`.

    In the unit of the figures (Gneiting & Raftery 2007, eq. 21); of one draw it is the absolute
    error. NaN draws are left out; NaN without a draw.
    """
    scores = np.full(len(observed), np.nan)
    for row, (values, truth) in enumerate(zip(draws, observed, strict=True)):
        x = np.sort(values[np.isfinite(values)])
        n = len(x)
        if n:
            # Σᵢⱼ|xᵢ − xⱼ| = 2 Σᵢ (2i − n − 1) xᵢ for sorted x, i from 1.
            spread = 2.0 * float(((2.0 * np.arange(1, n + 1) - n - 1) * x).sum()) / n**2
            scores[row] = float(np.abs(x - truth).mean()) - 0.5 * spread
    return scores


def pit(draws: Draws, observed: Values) -> tuple[Values, Values]:
    """Between which levels of its draws each truth stands, both `[figure]`.

    Among N draws of which b are below it and e equal it: from b/(N + 1) to (b + e + 1)/(N + 1), the
    step of the predictive distribution there (Czado, Gneiting & Held 2009). NaN without a draw.
    """
    below = (draws < observed[:, None]).sum(axis=1)
    equal = (draws == observed[:, None]).sum(axis=1)
    count = np.isfinite(draws).sum(axis=1)
    known = (count > 0) & np.isfinite(observed)
    low, high = below / (count + 1.0), (below + equal + 1.0) / (count + 1.0)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def pit_histogram(low: Values, high: Values, bins: int = PIT_BINS) -> Values:
    """How many figures stand in each of as many equal parts of the scale, `[bin]`.

    A figure that stands between two levels is shared out evenly between them, so that few draws do
    not make the picture jagged.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    known = np.isfinite(low) & np.isfinite(high)
    at = [
        np.clip((edge - low[known]) / (high[known] - low[known]), 0.0, 1.0).sum() for edge in edges
    ]
    return np.diff(at)
