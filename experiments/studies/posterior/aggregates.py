"""Monthly aggregates by operator: what is published about a market, and all a calibration sees.

A file of them is CSV with one row for each month and operator. `month` counts from the event: 0 is
the first month with the new prices, −1 the last before them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.market import Market
from experiments.runs.answer_folder import check_input
from sim.errors import QuestionError
from sim.names import check
from sim.vocabulary import Measure

Table = NDArray[np.float64]

KEYS = ("month", "operator")
REQUIRED = ("lines", "churned_lines")
OPTIONAL = ("gross_adds", "arpu_yuan", "second_lines")
COLUMNS = (*KEYS, *REQUIRED, *OPTIONAL)


class Aggregates(NamedTuple):
    """One market's months, each `[month, operator]`; `None`: not observed."""

    lines: Table
    """Lines at the end of the month, second SIMs included; any unit."""
    churned_lines: Table
    """Lines lost during the month, in the unit of `lines`."""
    gross_adds: Table | None
    """Lines won during the month, in the unit of `lines`."""
    arpu_yuan: Table | None
    """Mobile revenue net of tax per line and month."""
    second_lines: Table | None
    """Lines that are somebody's second SIM, in the unit of `lines`."""

    def known(self) -> tuple[str, ...]:
        """Names of what is observed."""
        return tuple(name for name, table in self._asdict().items() if table is not None)


def aggregates_of(market: Market, first: int) -> Aggregates:
    """What a market's months from `first` on would have published, in simulated lines."""
    sums = np.array([tally.sum(axis=(1, 2)) for tally in market.tallies[first:]], dtype=np.float64)
    lines = sums[:, :, Measure.LINES]
    net = 100.0 * (1.0 + market.settings.vat_rate)
    return Aggregates(
        lines,
        sums[:, :, Measure.CHURNED_LINES],
        sums[:, :, Measure.GROSS_ADDS],
        sums[:, :, Measure.MOBILE_FEN] / np.maximum(lines, 1.0) / net,
        sums[:, :, Measure.SECOND_LINES],
    )


def as_table(found: Aggregates, operators: Sequence[str], before: int) -> pd.DataFrame:
    """Aggregates as rows of `COLUMNS`, the first of them `before` months ahead of the event."""
    months, n = found.lines.shape
    frame = pd.DataFrame(
        {
            "month": np.repeat(np.arange(-before, months - before), n),
            "operator": np.tile(list(operators), months),
        }
    )
    for name in found.known():
        frame[name] = getattr(found, name).reshape(-1)
    return frame


def read_aggregates(path: Path, operators: Sequence[str], before: int, months: int) -> Aggregates:
    """Read a file of monthly aggregates from `before` months ahead of the event to `months` after.

    Months outside that window are left out.

    Raises:
        QuestionError: the file cannot be read, or lacks an operator, a month or a number.
    """
    said = f"experiment.observed = '{path}'"
    check_input(path, said)
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise QuestionError(f"{said}: cannot be read: {error}") from None
    missing = [name for name in (*KEYS, *REQUIRED) if name not in frame.columns]
    if missing:
        raise QuestionError(
            f"{said}: column '{missing[0]}' is missing; needed: {', '.join((*KEYS, *REQUIRED))}; "
            f"used if there: {', '.join(OPTIONAL)}"
        )
    check(f"{said}: operator", frame["operator"].astype(str), operators)
    if frame.duplicated(list(KEYS)).any():
        twice = frame[frame.duplicated(list(KEYS))].iloc[0]
        raise QuestionError(f"{said}: month {twice['month']} of {twice['operator']} is there twice")
    index = pd.MultiIndex.from_product([range(-before, months), operators], names=list(KEYS))
    rows = frame.set_index(list(KEYS)).reindex(index)
    return Aggregates(
        *(
            _numbers(rows, name, said, before, len(operators)) if name in frame.columns else None
            for name in Aggregates._fields
        )  # pyright: ignore[reportArgumentType]
    )


def _numbers(rows: pd.DataFrame, name: str, said: str, before: int, n: int) -> Table:
    """A column as `[month, operator]`. Raises `QuestionError` for a gap or a number below zero."""
    values = pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64, copy=True)
    least = 0.0 if name in {"churned_lines", "gross_adds", "second_lines"} else 1e-12
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= least)))
    if len(wrong):
        month, operator = rows.index[int(wrong[0])]
        raise QuestionError(
            f"{said}: {name} of {operator} in month {month} is missing or no number "
            f"{'above' if least else 'of at least'} 0; the window is month {-before} to "
            f"{len(rows) // n - before - 1} (experiment.before, months)"
        )
    return values.reshape(-1, n)
