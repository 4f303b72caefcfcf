"""Figures worked out from a file's own: regions added up, and shares of the lines in a region."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from experiments.studies.backtest.csv_rows import CsvRow, plain
from experiments.studies.backtest.metrics import Meaning

Means = Callable[[CsvRow], Meaning | None]
"""What a row's metric comes down to (see `metrics.meaning`)."""


def add_up_regions(
    rows: Iterable[CsvRow], parts: Mapping[str, tuple[str, ...]], means: Means
) -> list[CsvRow]:
    """Figures of a region that the file knows only in parts.

    Lines are added up; an active share is the mean of the parts', weighted by lines. Other metrics
    do not add up and are left out. A date counts only if every part has lines published at it; an
    operator without a row in a part has no lines there, one with several has those of the last.

    Args:
        rows: lines of one file.
        parts: region → the labels of its parts, `rows.plain`.
        means: what a row's metric comes down to.

    Returns:
        Rows of the whole regions, marked as worked out.
    """
    whole = {part: region for region, labels in parts.items() for part in labels}
    lines: dict[tuple[str, str, str], dict[str, CsvRow]] = {}
    active: dict[tuple[str, str, str], dict[str, CsvRow]] = {}
    published: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        part, meant = plain(row.region), means(row)
        if part not in whole or meant is None:
            continue
        key = (whole[part], row.operator, row.date)
        if meant.metric == "subscribers":
            lines.setdefault(key, {})[part] = row
            published.setdefault((whole[part], row.date), set()).add(part)
        elif meant.metric == "active_share":
            active.setdefault(key, {})[part] = row
    found: list[CsvRow] = []
    for (region, operator, date), own in lines.items():
        if len(published[region, date]) < len(parts[region]):
            continue
        found.append(
            _worked_out(next(iter(own.values())), region, sum(r.value for r in own.values()))
        )
        shares = active.get((region, operator, date), {})
        if shares and set(shares) >= {part for part, row in own.items() if row.value > 0}:
            weight = {part: own[part].value for part in shares if part in own}
            if sum(weight.values()) > 0:
                mean = sum(shares[part].value * w for part, w in weight.items())
                first = next(iter(shares.values()))
                found.append(_worked_out(first, region, mean / sum(weight.values())))
    return found


def _worked_out(like: CsvRow, region: str, value: float) -> CsvRow:
    return replace(like, region=region, value=value, verified="derived", worked_out=True)


def shares_of_lines(rows: Iterable[CsvRow], means: Means, everybody: str) -> list[CsvRow]:
    """Shares of lines by region, from the lines of all operators of the file.

    Operators that the market leaves out stay in the sum: a share is of everybody.

    Args:
        rows: lines of one file.
        means: what a row's metric comes down to.
        everybody: the operator of sums over operators, which must not be added to them.
    """
    counts = [
        row
        for row in rows
        if row.region and row.operator != everybody and _counts_lines(means(row))
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


def _counts_lines(meant: Meaning | None) -> bool:
    return meant is not None and meant.metric == "subscribers"
