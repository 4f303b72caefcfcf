"""What a simulated market says about each observed figure, worked out as its publishers do.

- Lines, shares and active shares are counted at the end of the month; where a publication names a
  day inside it, the count is taken on the straight line between two ends of months.
- Net adds are the difference of two such counts; gross adds and terminations are summed.
- Ports are main lines whose holders chose another operator: all of them, though in some countries
  many of those who change do not take their number along.
- Revenue for a line and month is the period's revenue over the sum of its months' average lines
  (the mean of the count at the month's beginning and end).
- Churn a month is the period's terminated lines over the same sum; churn a quarter is three times
  that. Regulators add up terminations in the same way, so a line that is ended and bought again
  twice in a quarter counts twice: the rate is a sum, not a probability.
- `ALL` and groups are sums of their operators before any ratio is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.studies.backtest.observations import NATIONAL, Naming

COUNTS = (
    "lines_million", "second_lines_million", "active_lines_million", "mobile_revenue_million",
    "churned_lines_million", "gross_adds_million", "ports_in_million", "ports_out_million",
)  # fmt: skip
_FLOWS = {
    "gross_adds": "gross_adds_million",
    "terminations": "churned_lines_million",
    "ports_in": "ports_in_million",
    "ports_out": "ports_out_million",
}
MEMBER_COLUMNS = ("month", "region", "operator", *COUNTS)
"""A member of the ensemble: one row a month, region and operator, months as integers.

`region` is empty for the whole country; where there are no such rows it is the sum of the regions.
Lines are counted at the end of the month, second lines and active lines among them; revenue is net
of tax, in millions of the market's currency, and like terminations and gross adds it is the
month's. An operator without rows has no lines.
"""


@dataclass(frozen=True)
class _Series:
    """Months of one member, summed over regions or operators as asked."""

    first: int
    counts: Mapping[str, NDArray[np.float64]]
    """By name, arrays `[month]`."""

    def at(self, name: str, month: int, share: float) -> float:
        """A count when `share` of a month has passed; NaN outside the simulated months."""
        end = self._value(name, month)
        if share >= 1.0:
            return end
        return share * end + (1.0 - share) * self._value(name, month - 1)

    def total(self, name: str, start: int, end: int, end_share: float = 1.0) -> float:
        """What came together from the first month to the last, of which only a share passed."""
        values = self._values(name, start, end)
        return float(values[:-1].sum() + end_share * values[-1])

    def line_months(self, start: int, end: int) -> float:
        """Average lines of each month, summed."""
        ends = self._values("lines_million", start, end)
        before = self._value("lines_million", start - 1)
        # The first simulated month has no month before it: its end stands for its average.
        begins = np.concatenate([[ends[0] if np.isnan(before) else before], ends[:-1]])
        return float(0.5 * (begins + ends).sum())

    def _value(self, name: str, month: int) -> float:
        return float(self._values(name, month, month)[0])

    def _values(self, name: str, start: int, end: int) -> NDArray[np.float64]:
        values = self.counts[name]
        if start < self.first or end >= self.first + len(values):
            inside = np.full(end - start + 1, np.nan)
            low, high = max(start, self.first), min(end + 1, self.first + len(values))
            if low < high:
                inside[low - start : high - start] = values[low - self.first : high - self.first]
            return inside
        return values[start - self.first : end + 1 - self.first]


class Member:
    """One simulated history, ready to be asked for any operator, group or region."""

    def __init__(self, months: pd.DataFrame) -> None:
        """Read one member.

        Args:
            months: columns `MEMBER_COLUMNS` (others are ignored).

        Raises:
            ValueError: a column is missing, or a month, region and operator come twice.
        """
        missing = [name for name in MEMBER_COLUMNS if name not in months.columns]
        if missing:
            raise ValueError(f"A member of the ensemble lacks the columns {missing}.")
        if months.duplicated(["month", "region", "operator"]).any():
            raise ValueError("A member of the ensemble holds an operator's month twice.")
        self._first = int(months["month"].min())
        self._regions = {name: place for place, name in enumerate(months["region"].unique())}
        self._operators = {name: place for place, name in enumerate(months["operator"].unique())}
        # One block [region, operator, month, count] instead of a table: runs are asked thousands
        # of times, and sums over slices cost nothing beside looking rows up.
        shape = (
            len(self._regions),
            len(self._operators),
            int(months["month"].max()) - self._first + 1,
        )
        self._counts = np.zeros((*shape, len(COUNTS)))
        places = (
            months["region"].map(self._regions).to_numpy(int),
            months["operator"].map(self._operators).to_numpy(int),
            months["month"].to_numpy(int) - self._first,
        )
        self._counts[places] = months[list(COUNTS)].to_numpy(float)
        self._found: dict[tuple[str, tuple[str, ...] | None], _Series] = {}

    def series(self, region: str, operators: tuple[str, ...] | None) -> _Series:
        """The sum over operators (`None`: all there are) in a region."""
        key = (region, operators)
        if key not in self._found:
            self._found[key] = self._sum(region, operators)
        return self._found[key]

    def _sum(self, region: str, operators: tuple[str, ...] | None) -> _Series:
        if region in self._regions:
            block = self._counts[self._regions[region]]
        elif region == NATIONAL:
            block = self._counts.sum(axis=0)
        else:  # a region that was not simulated is unknown, not empty
            block = np.full(self._counts.shape[1:], np.nan)
        names = self._operators if operators is None else operators
        chosen = [self._operators[name] for name in names if name in self._operators]
        # An operator that never had a line still has none, except where nothing is known.
        summed = block[chosen].sum(axis=0) if chosen else 0.0 * block.sum(axis=0)
        return _Series(self._first, {name: summed[:, place] for place, name in enumerate(COUNTS)})


def predict(
    table: pd.DataFrame, members: Sequence[pd.DataFrame], naming: Naming
) -> NDArray[np.float64]:
    """Every member's value of every observed figure.

    Args:
        table: observations, as `Observations.table`.
        members: simulated months, each as `MEMBER_COLUMNS` says.
        naming: which operators stand behind groups.

    Returns:
        Array `[observation, member]` in the metrics' units; NaN where the period reaches outside
        the simulated months, or where a rate has nothing to be a rate of.
    """
    columns = [predict_member(table, Member(months), naming) for months in members]
    return np.column_stack(columns) if columns else np.empty((len(table), 0))


def predict_member(table: pd.DataFrame, member: Member, naming: Naming) -> NDArray[np.float64]:
    """One member's value of every observed figure, array `[observation]`."""
    wanted = zip(
        table["metric"], table["operator"], table["region"], table["start"], table["end"],
        table["end_share"], strict=True,
    )  # fmt: skip
    values: list[float] = []
    for metric, operator, region, start, end, share in wanted:
        everybody = member.series(str(region), None)
        known = operator in naming.operators or operator in naming.groups
        own = member.series(str(region), naming.members(str(operator))) if known else everybody
        values.append(_value(str(metric), own, everybody, int(start), int(end), float(share)))
    return np.array(values, dtype=np.float64)


def _value(
    metric: str, own: _Series, everybody: _Series, start: int, end: int, share: float
) -> float:
    match metric:
        case "subscribers":
            return own.at("lines_million", end, share)
        case "subscriber_share":
            lines = own.at("lines_million", end, share)
            return _ratio(lines, everybody.at("lines_million", end, share))
        case "active_share" | "second_line_share":
            part = "active_lines_million" if metric == "active_share" else "second_lines_million"
            return _ratio(own.at(part, end, share), own.at("lines_million", end, share))
        case "net_adds":
            before = own.at("lines_million", start - 1, 1.0)
            return own.at("lines_million", end, share) - before
        case "gross_adds" | "terminations" | "ports_in" | "ports_out":
            return own.total(_FLOWS[metric], start, end, share)
        case "arpu_month":
            return _ratio(
                own.total("mobile_revenue_million", start, end), own.line_months(start, end)
            )
        case "churn_monthly" | "churn_quarterly":
            ended = own.total("churned_lines_million", start, end)
            return (3.0 if metric == "churn_quarterly" else 1.0) * _ratio(
                ended, own.line_months(start, end)
            )
        case _:
            raise ValueError(f"No prediction is defined for the metric '{metric}'.")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")
