"""Summary statistics of monthly aggregates: how much moves, and what a price move changes.

A calibration of appeals can meet any level of shares and ARPU, whatever people are like, so levels
are left out: they say nothing about behaviour. What is left is how many people move at all before
the event, and what changes with it. ARPU and second SIMs are compared between operators
(difference in differences), so that a drift common to all of them says nothing either.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from experiments.studies.posterior.aggregates import Aggregates

Vector = NDArray[np.float64]

_EDGES = (0, 1, 3, 6, 9)
_LATER = 6
_LEAST = 1e-4
"""Added to monthly rates before their logarithm, so that a month without moves has one."""


def windows(before: int, months: int) -> list[slice]:
    """Where to average: the months before the event, then ever wider stretches after it."""
    edges = [edge for edge in _EDGES if edge < months]
    edges += [*range(12, months, _LATER), months]
    return [slice(0, before)] + [slice(before + a, before + b) for a, b in pairwise(edges)]


def summarise(seen: Aggregates, before: int) -> Vector:
    """The statistics of one market, `[statistic]`; their number depends on its size alone.

    Logarithms throughout: a difference of 0.1 is about 10 %. In order: churn of the whole market
    before the event; then for each window after it and each operator the change of churn, of gross
    additions, of the share of lines, of ARPU and of the share of second SIMs.
    """
    months = len(seen.lines) - before
    base, *after = windows(before, months)
    parts = [np.log(_rate(seen.churned_lines.sum(1), seen.lines.sum(1), base) + _LEAST)[None]]
    for window in after:
        parts.append(_change(seen, seen.churned_lines, base, window))
        if seen.gross_adds is not None:
            parts.append(_change(seen, seen.gross_adds, base, window))
        parts.append(_share(seen, window) - _share(seen, base))
        if seen.arpu_yuan is not None:
            revenue = seen.arpu_yuan * seen.lines
            parts.append(_against_all(seen, revenue, base, window))
        if seen.second_lines is not None:
            parts.append(_against_all(seen, seen.second_lines, base, window))
    return np.concatenate(parts)


def _rate(part: Vector, whole: Vector, window: slice) -> Vector:
    return part[window].sum(axis=0) / np.maximum(whole[window].sum(axis=0), 1e-12)


def _change(seen: Aggregates, part: Vector, base: slice, window: slice) -> Vector:
    """Log change of a rate per line, by operator."""
    then, now = _rate(part, seen.lines, base), _rate(part, seen.lines, window)
    return np.log(now + _LEAST) - np.log(then + _LEAST)


def _share(seen: Aggregates, window: slice) -> Vector:
    lines = seen.lines[window].sum(axis=0)
    return np.log(np.maximum(lines, 1e-12) / max(float(lines.sum()), 1e-12))


def _against_all(seen: Aggregates, part: Vector, base: slice, window: slice) -> Vector:
    """Log change of an operator's rate less that of the whole market."""
    whole, lines = part.sum(axis=1, keepdims=True), seen.lines.sum(axis=1, keepdims=True)
    common = np.log(_rate(whole, lines, window) + _LEAST) - np.log(
        _rate(whole, lines, base) + _LEAST
    )
    return _change(seen, part, base, window) - common
