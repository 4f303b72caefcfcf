"""The moves that were made: a CSV with one dated move a line, read as scripts of the operators."""

import csv
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.history import HistoryMarket
from experiments.question.errors import explain_validation
from experiments.studies.backtest.csv_rows import check_separator
from experiments.studies.backtest.dates import effective_month, read_month
from experiments.studies.backtest.dry_run import Dated, dry_run
from sim.errors import QuestionError
from sim.names import nearest, unknown
from strategies.scripted import ScriptedMove

REQUIRED = ("date", "operator", "move", "source")
NUMBERS = {
    "price": "price_yuan",
    "allowance_gb": "allowance_gb",
    "overage_per_gb": "overage_yuan_per_gb",
    "exit_fee_per_month": "exit_fee_yuan_per_month",
    "welcome": "welcome_yuan",
    "pays_exit_fee": "pays_exit_fee_yuan",
    "equivalent": "equivalent_yuan",
    "worth": "brand_distance_yuan",
    "coverage": "coverage",
    "acceptance": "acceptance",
    "quality": "quality",
    "advert_reach": "advert_reach",
    "cap_million": "cap_million",
}
MONEY = (
    "price", "overage_per_gb", "exit_fee_per_month", "welcome", "pays_exit_fee", "equivalent",
    "worth",
)  # fmt: skip
"""In the market's currency; the model may count in another unit (`HistoryMarket.money_unit`)."""
MOST_MONEY = 10_000.0
WHOLE = ("contract_months", "welcome_months", "advert_months")
WORDS = ("plan", "like", "into")
NAMES = ("regions", "customers_of")
COLUMNS = (*REQUIRED, *NUMBERS, *WHOLE, *WORDS, "second_line", *NAMES, "verified", "note")
_TERMS = (
    "price", "allowance_gb", "overage_per_gb", "contract_months", "exit_fee_per_month",
    "second_line", "worth", "welcome", "welcome_months", "pays_exit_fee",
)  # fmt: skip
USES: dict[str, tuple[str, ...]] = {
    "launch": ("plan", "like", "equivalent", "regions", "customers_of", "cap_million", *_TERMS),
    "replace": ("plan", "like", "regions", "customers_of", "cap_million", *_TERMS),
    "reprice": ("plan", "price", "allowance_gb", "regions"),
    "withdraw": ("plan",),
    "welcome": ("plan", "welcome", "welcome_months", "pays_exit_fee", "cap_million"),
    "cover": ("coverage", "quality", "acceptance", "regions"),
    "advertise": ("advert_reach", "advert_months", "regions"),
    "end_service": ("plan",),
    "merge": ("into",),
}
"""Columns that each kind of move reads; a figure in another would be lost without a word."""
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_moves(
    path: Path, market: HistoryMarket, start: int, until: int
) -> dict[str, tuple[ScriptedMove, ...]]:
    """Each operator's script, months counted from the market's start.

    Args:
        path: the CSV; empty cells say nothing.
        market: whose operators move.
        start: month of the simulation's beginning.
        until: last month that is simulated; later moves are left out.

    Raises:
        QuestionError: a column, date, name or number that cannot be used, with file and line.
    """
    made: list[Dated] = []
    for line, row in _rows(path):
        where = f"'{path.name}', line {line}"
        operator = _operator(row["operator"], market, where)
        try:
            dated, month = read_month(row["date"]) - start, effective_month(row["date"]) - start
        except QuestionError as error:
            raise QuestionError(f"{where}: date = {error}") from None
        if dated < 0:
            raise QuestionError(
                f"{where}: date = {row['date']}: before the market's start ({market.start}); what "
                "was done then belongs in the market file"
            )
        if not row["source"]:
            raise QuestionError(f"{where}: source is empty: a code of the sources, or 'assumption'")
        if month <= until - start:
            made.append(
                Dated(where, operator, _move(row, month, where, market, late=month > dated))
            )
    dry_run(made, market, start)
    made.sort(key=lambda dated: dated.move.month)
    return {
        name: tuple(dated.move for dated in made if dated.operator == name)
        for name in market.operators
    }


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = [str(name).strip() for name in reader.fieldnames or ()]
            _check_columns(path, names)
            for row in reader:
                if None in row:
                    raise QuestionError(f"'{path.name}', line {reader.line_num}: too many cells")
                filled = {str(k).strip(): (v or "").strip() for k, v in row.items()}
                if any(filled.values()):
                    yield reader.line_num, filled
    except OSError as error:
        raise QuestionError(f"'{path}' cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise QuestionError(f"'{path}' is not a CSV file in UTF-8: {error}") from None


def _check_columns(path: Path, names: list[str]) -> None:
    check_separator(path, names)
    for name in names:
        if names.count(name) > 1:
            raise QuestionError(f"'{path.name}': column '{name}' comes twice")
        if name not in COLUMNS:
            raise QuestionError(
                f"'{path.name}': no such column '{name}'{nearest(name, COLUMNS)}; "
                f"allowed: {', '.join(COLUMNS)}"
            )
    for name in REQUIRED:
        if name not in names:
            raise QuestionError(
                f"'{path.name}': column '{name}' is missing; needed: {', '.join(REQUIRED)}"
            )


def _operator(label: str, market: HistoryMarket, where: str) -> str:
    wanted = label.casefold()
    for name, known in market.labels().items():
        if wanted in (name.casefold(), known.casefold()):
            return name
    raise unknown(f"{where}: operator", label, market.operators)


def _move(
    row: Mapping[str, str], month: int, where: str, market: HistoryMarket, *, late: bool
) -> ScriptedMove:
    _check_used(row, where)
    data = _figures(row, where, market.money_unit())
    notes = [row.get("note", ""), f"dated {row['date']}: from the next month on" if late else ""]
    data |= {"month": month, "move": row["move"], "reason": "; ".join(filter(None, notes))}
    if "cap_million" in data:  # published of the market as it was then, which the model's is not
        data["cap_million"] /= (1.0 + market.lines_growth_yearly) ** (month / 12.0)
    data |= {column: row[column] for column in WORDS if row.get(column)}
    if row.get("regions"):
        data["regions"] = tuple(part.strip() for part in row["regions"].split(";"))
        for region in data["regions"]:
            if region not in market.regions:
                raise unknown(f"{where}: region", region, market.regions)
    if row.get("customers_of"):
        whose = (part.strip() for part in row["customers_of"].split(";"))
        data["customers_of"] = tuple(_operator(w, market, f"{where}: customers_of") for w in whose)
    if data.get("into"):
        data["into"] = _operator(data["into"], market, f"{where}: into")
    try:
        return ScriptedMove.model_validate(data)
    except ValidationError as error:
        raise QuestionError(f"{where}: {_in_words_of_the_file(error)}") from None


def _check_used(row: Mapping[str, str], where: str) -> None:
    used = USES.get(row["move"])
    for column in (*NUMBERS, *WHOLE, *WORDS, "second_line", *NAMES):
        if used is not None and row.get(column) and column not in used:
            raise QuestionError(
                f"{where}: {column} = '{row[column]}': move '{row['move']}' does not use it; it "
                f"uses: {', '.join(used)}"
            )


def _in_words_of_the_file(error: ValidationError) -> str:
    said = explain_validation(error, ScriptedMove)
    for column, name in NUMBERS.items():
        said = re.sub(rf"\b{name}\b", column, said)
    return said


def _figures(row: Mapping[str, str], where: str, money_unit: float) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for column, name in NUMBERS.items():
        if row.get(column):
            value = _number(row[column], f"{where}: {column}")
            if column in MONEY and abs(value) * money_unit > MOST_MONEY:
                most = MOST_MONEY / money_unit
                raise QuestionError(
                    f"{where}: {column} = {row[column]}: must be at most {most:,.0f}"
                )
            data[name] = value * money_unit if column in MONEY else value
    if "brand_distance_yuan" in data:
        data["brand_distance_yuan"] = -data["brand_distance_yuan"]
    for column in WHOLE:
        if row.get(column):
            value = _number(row[column], f"{where}: {column}")
            data[column] = int(value) if value == int(value) else value
    if row.get("second_line"):
        word = row["second_line"].casefold()
        if word not in _YES:
            raise QuestionError(f"{where}: second_line = '{word}': must be yes or no")
        data["second_line"] = _YES[word]
    return data


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise QuestionError(f"{where} = '{text}': must be a number, decimals after a point")
    return value
