"""Lines of an observation file: their columns checked, their dates and numbers read."""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments.studies.backtest.dates import Period, read_period
from sim.errors import QuestionError
from sim.names import nearest

REQUIRED = ("date", "operator", "metric", "value", "unit", "source", "verified")
OPTIONAL = ("market", "region", "note")


@dataclass(frozen=True)
class CsvRow:
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
    market: str = ""
    worked_out: bool = False
    """Whether this figure is not in the file but follows from others there."""

    def wrong(self, text: object) -> QuestionError:
        """The error to raise about this line."""
        return QuestionError(f"{self.path}, line {self.line}: {text}")


def plain(text: str) -> str:
    """A name without case and punctuation, so that `Uttar Pradesh (East)` is found by its key."""
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def read_rows(path: Path) -> Iterator[CsvRow]:
    """The lines of a file. Raises `QuestionError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, list(reader.fieldnames or []))
            for cells in reader:
                if None in cells:
                    raise QuestionError(f"{path}, line {reader.line_num}: too many cells")
                yield _row(path, reader.line_num, {k: v or "" for k, v in cells.items() if k})
    except OSError as error:
        raise QuestionError(f"cannot read the observations '{path}': {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise QuestionError(f"{path}: not a CSV file in UTF-8: {error}") from None


def check_separator(path: Path, names: list[str]) -> None:
    """Refuse a file whose cells are not separated by commas, as spreadsheets like to write them."""
    if len(names) == 1:
        other = next((sign for sign in (";", "\t", "|") if sign in names[0]), None)
        if other is not None:
            said = "tabs" if other == "\t" else f"'{other}'"
            raise QuestionError(
                f"'{path.name}': cells are separated by {said}; they must be by commas, and "
                "decimals by points"
            )


def _check_columns(path: Path, columns: list[str]) -> None:
    check_separator(path, columns)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise QuestionError(
            f"{path}, line 1: column '{missing[0]}' is missing{nearest(missing[0], columns)}; "
            f"needed: {', '.join(REQUIRED)}; allowed besides: {', '.join(OPTIONAL)}"
        )
    allowed = [*REQUIRED, *OPTIONAL]
    for name in columns:
        if name not in allowed:
            raise QuestionError(
                f"{path}, line 1: column '{name}' is not known{nearest(name, allowed)}; "
                f"allowed: {', '.join(allowed)}"
            )


def _row(path: Path, line: int, cells: Mapping[str, str]) -> CsvRow:
    where = f"{path}, line {line}"
    for name in ("date", "operator", "metric", "value", "source", "verified"):
        if not cells.get(name, "").strip():
            raise QuestionError(f"{where}: {name} is missing")
    try:
        period = read_period(cells["date"])
    except QuestionError as error:
        raise QuestionError(f"{where}: date = {error}") from None
    try:
        value = float(cells["value"])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise QuestionError(f"{where}: value = '{cells['value']}': must be a finite number")
    text = {name: cells.get(name, "").strip() for name in (*REQUIRED, *OPTIONAL)}
    return CsvRow(
        path, line, text["date"], period, text["operator"], text["region"], text["metric"], value,
        text["unit"], text["source"], text["verified"], text["market"],
    )  # fmt: skip
