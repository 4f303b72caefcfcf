"""Tidy tables of several markets turned into figures with intervals: plain rows."""

import json
from typing import Any

import pandas as pd

from experiments.analysis.paired import intervals

FigureRow = dict[str, Any]
"""One figure: its keys, and `mean`, `low`, `high`, `n` (None where nothing was measured)."""


def draw_of(found: pd.DataFrame) -> str:
    """The column of independent draws: worlds, or seeds if there is one world."""
    return "seed" if len(set(found["world"])) == 1 else "world"


def over_draws(found: pd.DataFrame, keys: list[str]) -> list[FigureRow]:
    """Mean and 95 % interval of `value` for each combination of keys; seeds averaged in worlds."""
    wide = found.pivot_table(index=draw_of(found), columns=keys, values="value", sort=False)
    return records(intervals(wide).reset_index())


def records(table: pd.DataFrame) -> list[FigureRow]:
    """A table's rows as plain data, without NumPy's types or NaN."""
    rows: list[FigureRow] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows


def pick(rows: list[FigureRow], **wanted: object) -> list[FigureRow]:
    """The rows whose keys have these values."""
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]
