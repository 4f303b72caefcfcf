"""What was observed: published figures of a market, read from plain CSV in the long format.

Columns `date, operator, metric, value, unit, source, verified`, and optionally `market`, `region`
(none: the whole country) and `note`. A stock belongs to the end of its date's period (or to the
day), a flow or a mean to all of it. Doubled and contradicting rows are all kept and scored one by
one: which of two publications is right is not for the reader of a file to decide.
"""

import csv
import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from experiments.history.dates import Period, read_period
from experiments.history.metrics import (
    ALIASES,
    METRICS,
    STOCK,
    Meaning,
    check_mapped,
    meaning,
    unit_factor,
)
from experiments.history.moves import check_separator
from sim.schema import MarketError
from strategies.names import nearest, unknown

ALL = "ALL"
"""The operator of figures that are about the whole market."""
NATIONAL = ""
"""The region of figures that are about the whole country."""

REQUIRED = ("date", "operator", "metric", "value", "unit", "source", "verified")
OPTIONAL = ("market", "region", "note")
COLUMNS = (
    "operator", "region", "metric", "start", "end", "end_share", "kind", "value", "source",
    "verified", "published_as", "file", "line",
)  # fmt: skip


@dataclass(frozen=True)
class Naming:
    """How the labels of a file read in the market's own keys."""

    operators: Mapping[str, str]
    """Operator key → label; a file may use either, in any case and punctuation."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Aggregates of operators: name → keys of its members."""
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])
    """Metrics of the file → metrics that the market can predict."""
    regions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Region key → label; rows of other regions are not predicted."""
    currency: str = ""
    """Three letters; figures in another currency are refused. Empty: any."""

    def check(self, where: str = "observations") -> None:
        """Raise `MarketError` for a mapping that leads nowhere."""
        check_mapped(self.metrics, f"{where}.metrics")
        for name, members in self.groups.items():
            if name in self.operators or _plain(name) == _plain(ALL):
                raise MarketError(f"{where}.groups.{name}: there is already an operator '{name}'")
            if not members:
                raise MarketError(f"{where}.groups.{name}: must name at least one operator")
            for member in members:
                if member not in self.operators:
                    raise unknown(f"{where}.groups.{name}: operator", member, self.operators)

    def members(self, operator: str) -> tuple[str, ...]:
        """The operators that stand behind an operator of `Observations.table`."""
        if operator == ALL:
            return tuple(self.operators)
        return self.groups.get(operator, (operator,))


@dataclass(frozen=True)
class Observations:
    """Published figures of one market, in the market's keys and in one unit a metric."""

    table: pd.DataFrame
    """One row a figure, columns `COLUMNS`; months are integers (see `history.dates`)."""
    not_predicted: pd.DataFrame
    """Figures without a counterpart: `file, metric, operator, region, reason, rows`."""
    naming: Naming

    def labels(self) -> dict[str, str]:
        """Operators of the table → what to call them."""
        groups = {key: key.replace("_", " ") for key in self.naming.groups}
        return {ALL: "all operators"} | dict(self.naming.operators) | groups


def read_observations(
    paths: Iterable[Path], naming: Naming, *, shares_by_region: bool = True
) -> Observations:
    """Observations from one or several files.

    Args:
        paths: CSV files.
        naming: labels → keys.
        shares_by_region: whether to work out each operator's share of the lines in every region
            and month for which lines are published, over all operators of the file.

    Raises:
        MarketError: a file, a column, a date, a number or a unit that cannot be used; the message
            names file and line.
    """
    naming.check()
    look = _Look(naming)
    rows: list[dict[str, object]] = []
    left_out: list[dict[str, object]] = []
    for path in paths:
        raw = list(_rows(path))
        if shares_by_region:
            raw += _shares(raw, naming)
        for row in raw:
            reason = look.reason(row)
            if reason and not row.worked_out:
                left_out.append(
                    {"file": path.name, "metric": row.metric, "operator": row.operator,
                     "region": row.region, "reason": reason}
                )  # fmt: skip
            elif not reason:
                rows.append(look.tidy(row))
    table = pd.DataFrame(rows, columns=pd.Index(COLUMNS))
    counted = pd.DataFrame(
        left_out, columns=pd.Index(["file", "metric", "operator", "region", "reason"])
    )
    counted = counted.groupby(list(counted.columns), sort=True).size().rename("rows").reset_index()
    return Observations(table, counted, naming)


def split(table: pd.DataFrame, event_month: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Figures from before the event, and those from it on.

    A figure whose period reaches into the month of the event knows something of it, so it counts
    as after: nothing that calibrates may have seen the event.

    Args:
        table: as `Observations.table`.
        event_month: the month of the event, an integer (see `history.dates`).
    """
    before = table["end"] < event_month
    return table[before].copy(), table[~before].copy()


def with_phase(table: pd.DataFrame, event_month: int) -> pd.DataFrame:
    """The table with a column `phase`: `before` may calibrate, `after` is what is predicted."""
    before, after = split(table, event_month)
    return pd.concat([before.assign(phase="before"), after.assign(phase="after")]).sort_index()


@dataclass(frozen=True)
class _Row:
    """One line of a file, its text made into dates and numbers."""

    path: Path
    line: int
    date: str
    period: Period
    operator: str
    region: str
    metric: str
    value: float
    unit: str
    source: str
    verified: str
    worked_out: bool = False
    """Whether this figure is not in the file but follows from others there."""

    def wrong(self, text: object) -> MarketError:
        return MarketError(f"{self.path}, line {self.line}: {text}")


class _Look:
    """Labels of a file looked up in the market's keys."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.operators = {_plain(label): key for key, label in naming.operators.items()}
        self.operators |= {_plain(key): key for key in (*naming.operators, *naming.groups)}
        self.operators[_plain(ALL)] = ALL
        self.regions = {_plain(label): key for key, label in naming.regions.items()}
        self.regions |= {_plain(key): key for key in naming.regions}
        self.regions[NATIONAL] = NATIONAL

    def meaning(self, row: _Row) -> Meaning | None:
        try:
            return meaning(row.metric, self.naming.metrics)
        except MarketError as error:
            raise row.wrong(f"metric = '{row.metric}': {error}") from None

    def operator(self, label: str) -> str | None:
        """The key; a remark behind `ALL` is left out: `ALL (sum of listed operators)`."""
        whole = label.startswith(f"{ALL} (")
        return ALL if whole else self.operators.get(_plain(label))

    def reason(self, row: _Row) -> str:
        """Why a row has no counterpart in the market; empty if it has one."""
        if self.meaning(row) is None:
            # Only a misspelling deserves a hint: most such metrics are simply about other things.
            close = difflib.get_close_matches(row.metric, [*METRICS, *ALIASES], n=1, cutoff=0.85)
            return f"metric has no counterpart{nearest(row.metric, close)}"
        if self.operator(row.operator) is None:
            known = [*self.naming.operators, *self.naming.operators.values(), *self.naming.groups]
            close = difflib.get_close_matches(row.operator, known, n=1, cutoff=0.85)
            return f"operator is not in the market{nearest(row.operator, close)}"
        if _plain(row.region) not in self.regions:
            return "region is not in the market"
        return ""

    def tidy(self, row: _Row) -> dict[str, object]:
        means = self.meaning(row)
        assert means is not None
        metric = METRICS[means.metric]
        try:
            factor = unit_factor(means.metric, row.unit, self.naming.currency)
            period = means.period(row.period)
        except MarketError as error:
            raise row.wrong(error) from None
        # "EUR/year" beside arpu_annual says the same thing twice, not two divisions by twelve.
        value = row.value * (means.factor if means.factor != 1.0 else factor)
        if not metric.low <= value <= metric.high:
            raise row.wrong(
                f"value = {row.value:g} {row.unit}: {means.metric} must be between "
                f"{metric.low:g} and {metric.high:g} ({metric.unit})"
            )
        return {
            "operator": self.operator(row.operator), "region": self.regions[_plain(row.region)],
            "metric": means.metric, "end": period.end,
            "start": period.end if metric.kind == STOCK else period.start,
            "end_share": period.end_share, "kind": metric.kind, "value": value,
            "source": row.source, "verified": row.verified, "published_as": row.metric,
            "file": row.path.name, "line": row.line,
        }  # fmt: skip


def _plain(text: str) -> str:
    """A name without case and punctuation, so that `Uttar Pradesh (East)` is found by its key."""
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def _rows(path: Path) -> Iterator[_Row]:
    """The lines of a file. Raises `MarketError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, list(reader.fieldnames or []))
            for cells in reader:
                if None in cells:
                    raise MarketError(f"{path}, line {reader.line_num}: too many cells")
                yield _row(path, reader.line_num, {k: v or "" for k, v in cells.items() if k})
    except OSError as error:
        raise MarketError(f"cannot read the observations '{path}': {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise MarketError(f"{path}: not a CSV file in UTF-8: {error}") from None


def _check_columns(path: Path, columns: list[str]) -> None:
    check_separator(path, columns)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise MarketError(
            f"{path}, line 1: column '{missing[0]}' is missing{nearest(missing[0], columns)}; "
            f"needed: {', '.join(REQUIRED)}; allowed besides: {', '.join(OPTIONAL)}"
        )
    allowed = [*REQUIRED, *OPTIONAL]
    for name in columns:
        if name not in allowed:
            raise MarketError(
                f"{path}, line 1: column '{name}' is not known{nearest(name, allowed)}; "
                f"allowed: {', '.join(allowed)}"
            )


def _row(path: Path, line: int, cells: Mapping[str, str]) -> _Row:
    where = f"{path}, line {line}"
    for name in ("date", "operator", "metric", "value", "source", "verified"):
        if not cells.get(name, "").strip():
            raise MarketError(f"{where}: {name} is missing")
    try:
        period = read_period(cells["date"])
    except MarketError as error:
        raise MarketError(f"{where}: date = {error}") from None
    try:
        value = float(cells["value"])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise MarketError(f"{where}: value = '{cells['value']}': must be a finite number")
    text = {name: cells.get(name, "").strip() for name in (*REQUIRED, *OPTIONAL)}
    return _Row(
        path, line, text["date"], period, text["operator"], text["region"], text["metric"], value,
        text["unit"], text["source"], text["verified"],
    )  # fmt: skip


def _shares(rows: list[_Row], naming: Naming) -> list[_Row]:
    """Shares of lines by region, from the lines of all operators of the file.

    Operators that the market leaves out stay in the sum: a share is of everybody.
    """
    look = _Look(naming)
    counts = [
        row
        for row in rows
        if row.region and row.operator != ALL and _counts_lines(look.meaning(row))
    ]
    whole: dict[tuple[str, str, str], float] = {}
    for row in counts:
        key = (row.region, row.date, row.unit)
        whole[key] = whole.get(key, 0.0) + row.value
    return [
        replace(
            row,
            metric="subscriber_share",
            value=row.value / whole[row.region, row.date, row.unit],
            unit="fraction",
            verified="derived",
            worked_out=True,
        )
        for row in counts
        if whole[row.region, row.date, row.unit] > 0
    ]


def _counts_lines(means: Meaning | None) -> bool:
    return means is not None and means.metric == "subscribers"
