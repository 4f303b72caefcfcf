"""Two forecasts that know nothing of markets: things stay as they are, or go on as they went.

Both are made from what was published before the event alone, figure by figure. A flow is forecast
as a rate for a month, times its months.

- *No change*: the last value before the event; for flows the mean rate of the last twelve months.
  Where no flow of net adds was published but a base of lines was, nobody comes or goes: zero.
- *Trend*: the least-squares line through the last twelve months (through all there is, where those
  hold fewer than three points), cut off at what is possible. With fewer than three points there is
  no trend, and the forecast is that of no change; `trend_from` says so.

A group of operators without a history of its own has that of its members, added up, for lines,
shares and flows. An entrant has no history and gets no forecast: where the naive say nothing, they
are compared with nobody.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.studies.backtest.metrics import FLOW, MEAN, METRICS
from experiments.studies.backtest.observations import Naming

TREND_MONTHS = 12
FEWEST_POINTS = 3

NOTHING = "no history"
TOO_FEW = "too few points: no change"
ADDED_UP = ("subscribers", "subscriber_share", "net_adds", "gross_adds", "terminations")
"""Metrics that of a group are the sum of its members'."""


@dataclass(frozen=True)
class _History:
    """Published points of one operator, region and metric, in the order of time."""

    when: NDArray[np.float64]
    """Months; a stock at its date, a flow or a mean at the middle of its period."""
    value: NDArray[np.float64]
    """In the metric's unit, flows for a month."""

    def __len__(self) -> int:
        return len(self.when)

    def last(self, *, over_months: float = 0.0) -> float:
        """Mean of the points up to `over_months` before the last; zero: the last date's alone."""
        return float(self.value[self.when >= self.when[-1] - over_months].mean())

    def recent(self, event_month: int) -> "_History":
        """The last twelve months before the event, or everything if those hold too little."""
        late = self.when > event_month - TREND_MONTHS
        enough = len(np.unique(self.when[late])) >= FEWEST_POINTS
        return _History(self.when[late], self.value[late]) if enough else self


def naive_forecasts(
    before: pd.DataFrame, after: pd.DataFrame, event_month: int, naming: Naming
) -> pd.DataFrame:
    """Both naive forecasts of every figure from after the event.

    Args:
        before: figures from before the event (see `observations.split`); nothing else is used.
        after: figures to forecast; of these only what they are about is read, never their value.
        event_month: the month of the event, an integer.
        naming: which operators stand behind groups.

    Returns:
        Indexed as `after`: `no_change`, `trend` (NaN: no forecast), `no_change_from`, `trend_from`
        (what they rest on, in words) and `history` (points before the event).
    """
    if (before["end"] >= event_month).any():
        raise ValueError("A naive forecast may not see figures from the event's month or later.")
    histories = _Histories(before, naming)
    rows: list[dict[str, object]] = []
    about = zip(
        after["metric"], after["operator"], after["region"], after["start"], after["end"],
        after["end_share"], strict=True,
    )  # fmt: skip
    for metric, operator, region, start, end, share in about:
        months = int(end) - int(start) + float(share)
        when = _when(str(metric), int(start), int(end), float(share))
        rows.append(
            _forecast(
                histories, (str(metric), str(operator), str(region)), when, months, event_month
            )
        )
    columns = ["no_change", "trend", "no_change_from", "trend_from", "history"]
    return pd.DataFrame(rows, columns=pd.Index(columns), index=after.index)


def _forecast(
    histories: "_Histories", key: tuple[str, str, str], when: float, months: float, event_month: int
) -> dict[str, object]:
    metric, operator, region = key
    kind = METRICS[metric].kind
    factor = months if kind == FLOW else 1.0
    history = histories.of(key)
    if not len(history):
        lines = histories.of(("subscribers", operator, region))
        if metric == "net_adds" and len(lines):
            words = "no history: nobody comes or goes"
            return _row(0.0, 0.0, words, words, 0)
        return _row(float("nan"), float("nan"), NOTHING, NOTHING, 0)
    same = history.last(over_months=TREND_MONTHS if kind == FLOW else 0.0)
    said = "mean of the last year" if kind == FLOW else "last value"
    recent = history.recent(event_month)
    if len(np.unique(recent.when)) < FEWEST_POINTS:
        return _row(factor * same, factor * same, said, TOO_FEW, len(history))
    slope, level = np.polyfit(recent.when - event_month, recent.value, 1)
    line = float(slope * (when - event_month) + level)
    line = float(np.clip(line, METRICS[metric].low, METRICS[metric].high))
    return _row(factor * same, factor * line, said, f"{len(recent)} points", len(history))


def _row(same: float, line: float, said: str, trend_said: str, points: int) -> dict[str, object]:
    return {
        "no_change": same,
        "trend": line,
        "no_change_from": said,
        "trend_from": trend_said,
        "history": points,
    }


class _Histories:
    """What was published before the event, by metric, operator and region."""

    def __init__(self, before: pd.DataFrame, naming: Naming) -> None:
        self._naming = naming
        self._rows = dict(iter(before.groupby(["metric", "operator", "region"])))
        self._found: dict[tuple[str, str, str], _History] = {}

    def of(self, key: tuple[str, str, str]) -> _History:
        if key not in self._found:
            rows = self._rows.get(key)
            self._found[key] = self._summed(key) if rows is None else _history(rows)
        return self._found[key]

    def _summed(self, key: tuple[str, str, str]) -> _History:
        """A group's points: dates at which a figure of every member was published."""
        metric, operator, region = key
        nothing = _History(np.empty(0), np.empty(0))
        members = self._naming.groups.get(operator, ())
        if metric not in ADDED_UP or not members:
            return nothing
        found = [self.of((metric, member, region)) for member in members]
        points = [pd.Series(one.value, index=one.when).groupby(level=0).mean() for one in found]
        whole = pd.concat(points, axis=1).dropna().sum(axis=1).sort_index()
        return _History(whole.index.to_numpy(float), whole.to_numpy(float))


def _history(rows: pd.DataFrame) -> _History:
    metric = str(rows["metric"].iloc[0])
    periods = zip(rows["start"], rows["end"], rows["end_share"], rows["value"], strict=True)
    points: list[tuple[float, float]] = []
    for start, end, share, value in periods:
        months = int(end) - int(start) + float(share)
        rate = float(value) / months if METRICS[metric].kind == FLOW else float(value)
        points.append((_when(metric, int(start), int(end), float(share)), rate))
    points.sort()
    return _History(
        np.array([when for when, _ in points]), np.array([value for _, value in points])
    )


def _when(metric: str, start: int, end: int, share: float) -> float:
    """Where on the axis of months a figure stands; a month's end is its integer plus one."""
    if METRICS[metric].kind in {FLOW, MEAN}:
        return (start + end + share) / 2.0
    return end + share
