"""What was observed: published figures of a market, read from plain CSV in the long format.

Columns `date, operator, metric, value, unit, source, verified`, and optionally `market`, `region`
(none: the whole country) and `note`. A stock belongs to the end of its date's period (or to the
day), a flow or a mean to all of it. Doubled and contradicting rows are all kept and scored one by
one: which of two publications is right is not for the reader of a file to decide.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from experiments.studies.backtest.csv_rows import CsvRow, plain, read_rows
from experiments.studies.backtest.metrics import (
    ALIASES,
    METRICS,
    STOCK,
    Meaning,
    check_mapped,
    meaning,
    unit_factor,
)
from experiments.studies.backtest.regions import add_up_regions, shares_of_lines
from sim.errors import QuestionError
from sim.names import nearest, unknown

ALL = "ALL"
"""The operator of figures that are about the whole market."""
NATIONAL = ""
"""The region of figures that are about the whole country."""

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
    """Aggregates of operators: name → keys of its members. A group named like an operator wins:
    figures published under the operator's name then include its other brands."""
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])
    """Metrics of the file → metrics that the market can predict."""
    regions: Mapping[str, str | tuple[str, ...]] = field(
        default_factory=dict[str, "str | tuple[str, ...]"]
    )
    """Region key → label, or the labels of its parts; other regions are not predicted."""
    currency: str = ""
    """Three letters; figures in another currency are refused. Empty: any."""
    market: str = ""
    """The market's name in the files' column `market`; other rows are left out. Empty: any."""

    def check(self, where: str = "observations") -> None:
        """Raise `QuestionError` for a mapping that leads nowhere."""
        check_mapped(self.metrics, f"{where}.metrics")
        for name, members in self.groups.items():
            if name in self.operators or plain(name) == plain(ALL):
                raise QuestionError(f"{where}.groups.{name}: there is already an operator '{name}'")
            if not members:
                raise QuestionError(f"{where}.groups.{name}: must name at least one operator")
            for member in members:
                if member not in self.operators:
                    raise unknown(f"{where}.groups.{name}: operator", member, self.operators)

        called: dict[str, str] = {}
        for name, label in self.operators.items():
            for word in {plain(name), plain(label)}:
                if called.setdefault(word, name) != name:
                    raise QuestionError(
                        f"{where}: '{label}' could be operator '{called[word]}' as well as "
                        f"'{name}'; give each a label of its own"
                    )

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
    group_labels: dict[str, str] = field(default_factory=dict[str, str])
    """Groups → what the files call them."""

    def labels(self) -> dict[str, str]:
        """Operators of the table → what to call them."""
        groups = {key: key.replace("_", " ") for key in self.naming.groups}
        return {ALL: "all operators"} | dict(self.naming.operators) | groups | self.group_labels

    def region_label(self, region: str) -> str:
        """What to call a region; nothing for the whole country."""
        label = self.naming.regions.get(region, region)
        return label if isinstance(label, str) else region.replace("_", " ")


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
        QuestionError: a file, a column, a date, a number or a unit that cannot be used; the message
            names file and line.
    """
    naming.check()
    look = _Look(naming)
    rows: list[dict[str, object]] = []
    left_out: list[dict[str, object]] = []
    for path in paths:
        raw = list(read_rows(path))
        ours = [row for row in raw if look.is_here(row)]
        sums = add_up_regions(ours, look.parts, look.meaning)
        shares = shares_of_lines([*ours, *sums], look.meaning, ALL) if shares_by_region else []
        for row in (*raw, *sums, *shares):
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
    return Observations(table, counted, naming, look.group_labels)


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


class _Look:
    """Labels of a file looked up in the market's keys."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self.group_labels: dict[str, str] = {}
        self.operators = {plain(label): key for key, label in naming.operators.items()}
        self.operators |= {plain(key): key for key in (*naming.operators, *naming.groups)}
        self.operators[plain(ALL)] = ALL
        labels = {
            key: (label,) if isinstance(label, str) else tuple(label)
            for key, label in naming.regions.items()
        }
        self.parts = {
            key: tuple(plain(part) for part in parts)
            for key, parts in labels.items()
            if len(parts) > 1
        }
        self.regions = {
            plain(label): key for key, names in labels.items() for label in names if len(names) == 1
        }
        self.regions |= {plain(key): key for key in naming.regions}
        self.regions[NATIONAL] = NATIONAL

    def is_here(self, row: CsvRow) -> bool:
        """Whether a row is about this market, as far as the file says."""
        asked = self.naming.market
        return not asked or not row.market or plain(row.market) == plain(asked)

    def meaning(self, row: CsvRow) -> Meaning | None:
        try:
            return meaning(row.metric, self.naming.metrics)
        except QuestionError as error:
            raise row.wrong(f"metric = '{row.metric}': {error}") from None

    def operator(self, label: str) -> str | None:
        """The key; a remark behind `ALL` is left out: `ALL (sum of listed operators)`."""
        whole = label.startswith(f"{ALL} (")
        return ALL if whole else self.operators.get(plain(label))

    def reason(self, row: CsvRow) -> str:
        """Why a row has no counterpart in the market; empty if it has one."""
        if not self.is_here(row):
            return "another market"
        if self.meaning(row) is None:
            # Only a misspelling deserves a hint: most such metrics are simply about other things.
            close = difflib.get_close_matches(row.metric, [*METRICS, *ALIASES], n=1, cutoff=0.85)
            return f"metric has no counterpart{nearest(row.metric, close)}"
        if self.operator(row.operator) is None:
            known = [*self.naming.operators, *self.naming.operators.values(), *self.naming.groups]
            close = difflib.get_close_matches(row.operator, known, n=1, cutoff=0.85)
            return f"operator is not in the market{nearest(row.operator, close)}"
        if plain(row.region) not in self.regions:
            apart = any(plain(row.region) in parts for parts in self.parts.values())
            return "part of a region, which is added up" if apart else "region is not in the market"
        return ""

    def tidy(self, row: CsvRow) -> dict[str, object]:
        operator = self.operator(row.operator)
        if operator in self.naming.groups:
            self.group_labels.setdefault(str(operator), row.operator)
        means = self.meaning(row)
        assert means is not None
        metric = METRICS[means.metric]
        try:
            factor = unit_factor(means, row.unit, self.naming.currency)
            period = means.period(row.period)
        except QuestionError as error:
            raise row.wrong(error) from None
        value = row.value * factor
        if not metric.low <= value <= metric.high:
            raise row.wrong(
                f"value = {row.value:g} {row.unit}: {means.metric} must be between "
                f"{metric.low:g} and {metric.high:g} ({metric.unit})"
            )
        return {
            "operator": operator, "region": self.regions[plain(row.region)],
            "metric": means.metric, "end": period.end,
            "start": period.end if metric.kind == STOCK else period.start,
            "end_share": period.end_share, "kind": metric.kind, "value": value,
            "source": row.source, "verified": row.verified, "published_as": row.metric,
            "file": row.path.name, "line": row.line,
        }  # fmt: skip
