"""The moves that were made: a CSV with one dated move a line, read as scripts of the operators."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agents.history import HistoryMarket
from experiments.errors import explain_validation
from experiments.history.dates import read_month
from sim.schema import MarketError
from strategies.names import nearest, unknown
from strategies.scripted import Move

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
    "quality": "quality",
    "advert_reach": "advert_reach",
}
WHOLE = ("contract_months", "welcome_months", "advert_months")
WORDS = ("plan", "like", "into")
COLUMNS = (*REQUIRED, *NUMBERS, *WHOLE, *WORDS, "second_line", "regions", "verified", "note")
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def read_moves(
    path: Path, market: HistoryMarket, start: int, until: int
) -> dict[str, tuple[Move, ...]]:
    """Each operator's script, months counted from the market's start.

    Args:
        path: the CSV; empty cells say nothing.
        market: whose operators move.
        start: month of the simulation's beginning.
        until: last month that is simulated; later moves are left out.

    Raises:
        MarketError: a column, date, name or number that cannot be used, with file and line.
    """
    scripts: dict[str, list[tuple[int, Move]]] = {name: [] for name in market.operators}
    for line, row in _rows(path):
        where = f"'{path.name}', line {line}"
        operator = _operator(row["operator"], market, where)
        try:
            month = read_month(row["date"]) - start
        except MarketError as error:
            raise MarketError(f"{where}: date = {error}") from None
        if month < 0:
            raise MarketError(
                f"{where}: date = {row['date']}: before the market's start ({market.start}); what "
                "was done then belongs in the market file"
            )
        if not row["source"]:
            raise MarketError(f"{where}: source is empty: a code of the sources, or 'assumption'")
        move = _move(row, month, where, market)
        if month <= until - start:
            scripts[operator].append((month, move))
    return {
        name: tuple(move for _, move in sorted(script, key=lambda pair: pair[0]))
        for name, script in scripts.items()
    }


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = [str(name).strip() for name in reader.fieldnames or ()]
            for name in names:
                if name not in COLUMNS:
                    raise MarketError(
                        f"'{path.name}': no such column '{name}'{nearest(name, COLUMNS)}; "
                        f"allowed: {', '.join(COLUMNS)}"
                    )
            for name in REQUIRED:
                if name not in names:
                    raise MarketError(f"'{path.name}': column '{name}' is missing")
            for row in reader:
                if None in row:
                    raise MarketError(f"'{path.name}', line {reader.line_num}: too many cells")
                filled = {str(k).strip(): (v or "").strip() for k, v in row.items()}
                if any(filled.values()):
                    yield reader.line_num, filled
    except (OSError, UnicodeDecodeError) as error:
        raise MarketError(f"'{path}' cannot be read: {error}") from None


def _operator(label: str, market: HistoryMarket, where: str) -> str:
    wanted = label.casefold()
    for name, operator in market.operators.items():
        if wanted in (name.casefold(), operator.label.casefold()):
            return name
    raise unknown(f"{where}: operator", label, market.operators)


def _move(row: Mapping[str, str], month: int, where: str, market: HistoryMarket) -> Move:
    data = _figures(row, where)
    data |= {"month": month, "move": row["move"], "reason": row.get("note", "")}
    data |= {column: row[column] for column in WORDS if row.get(column)}
    if row.get("regions"):
        data["regions"] = tuple(part.strip() for part in row["regions"].split(";"))
        for region in data["regions"]:
            if region not in market.regions:
                raise unknown(f"{where}: region", region, market.regions)
    if data.get("into"):
        data["into"] = _operator(data["into"], market, f"{where}: into")
    try:
        return Move.model_validate(data)
    except ValidationError as error:
        raise MarketError(f"{where}: {explain_validation(error, Move)}") from None


def _figures(row: Mapping[str, str], where: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for column, name in NUMBERS.items():
        if row.get(column):
            data[name] = _number(row[column], f"{where}: {column}")
    if "brand_distance_yuan" in data:
        data["brand_distance_yuan"] = -data["brand_distance_yuan"]
    for column in WHOLE:
        if row.get(column):
            value = _number(row[column], f"{where}: {column}")
            data[column] = int(value) if value == int(value) else value
    if row.get("second_line"):
        word = row["second_line"].casefold()
        if word not in _YES:
            raise MarketError(f"{where}: second_line = '{word}': must be yes or no")
        data["second_line"] = _YES[word]
    return data


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise MarketError(f"{where} = '{text}': must be a number") from None
