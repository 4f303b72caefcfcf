"""The guide to markets of history says what files are held to."""

import csv

import pytest

from experiments.studies.backtest.limits_doc import GUIDE, main, table, written
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.moves import COLUMNS, USES


def test_the_table_of_limits_is_what_files_are_held_to(tmp_path):
    text = GUIDE.read_text(encoding="utf-8")
    assert written(text) == text, "run make docs"
    assert "| moves | `contract_months` | whole number, ≥ 0, ≤ 60 |" in table()
    assert "| moves | `welcome_months` | whole number, ≥ 0, ≤ 36 |" in table()
    old = tmp_path / "guide.md"
    old.write_text(text.replace("≤ 36 |", "≤ 24 |"), encoding="utf-8")
    main(old)
    assert old.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("move", sorted(USES))
def test_the_guide_names_each_move_and_its_columns(move: str):
    text = GUIDE.read_text(encoding="utf-8")
    assert f"| `{move}` |" in text
    for column in USES[move]:
        assert f"`{column}`" in text


def test_the_guide_names_each_metric():
    text = GUIDE.read_text(encoding="utf-8")
    assert not [name for name in METRICS if f"`{name}`" not in text]


def test_no_shipped_move_uses_a_column_that_is_not_there():
    for path in (GUIDE.parents[1] / "conf" / "history").glob("*_moves.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert set(next(csv.reader(file))) <= set(COLUMNS)
