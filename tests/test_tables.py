"""Tables are what docs/kpis.md says they are, in every tool that people read them with."""

import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.measures.schemas import (
    CELL_TABLES,
    FLAG,
    NUMBER,
    TEXT,
    WHOLE,
    WORLDS,
    TableSchema,
    documentation,
    write_table,
)
from experiments.measures.study_schemas import STUDY_TABLES
from experiments.question.compose import compose, question_of
from experiments.runs.cells import CellResult, as_piece
from experiments.runs.listener import SILENT
from experiments.runs.store import Store
from experiments.runs.sweep import FILES, _joined, _written, sweep

TABLES = {f"compare/{name}": schema for name, schema in CELL_TABLES.items()}
TABLES |= {"compare/worlds": WORLDS} | STUDY_TABLES
DOCS = Path(__file__).resolve().parents[1] / "docs" / "kpis.md"
MOST, LEAST = 2**31 - 1, -(2**31)
SAMPLES: dict[pa.DataType, list[Any]] = {
    TEXT: ["", "a 'b' \"c\"; é 中文", "1e5"],
    WHOLE: [0, MOST, LEAST],
    NUMBER: [0.1 + 0.2, -1.7e300, math.nan],
    FLAG: [True, False, True],
}
EVERY = pytest.mark.parametrize("schema", TABLES.values(), ids=TABLES.keys())


def sample(schema: TableSchema) -> pd.DataFrame:
    names = [name.replace("*", "video") for name in schema.names()]
    return pd.DataFrame({name: SAMPLES[schema.field_of(name).type] for name in names})


@pytest.fixture(params=["full", "empty"])
def written(request, schema: TableSchema, tmp_path: Path) -> tuple[Path, pd.DataFrame]:
    table = sample(schema)
    table = table if request.param == "full" else table.iloc[:0]
    write_table(tmp_path / "table.parquet", table, schema)
    return tmp_path / "table.parquet", table


@EVERY
def test_the_page_states_each_column_and_its_type(schema: TableSchema) -> None:
    assert "\n".join(documentation(schema)) in DOCS.read_text(encoding="utf-8")


def test_a_column_of_one_name_has_one_type_in_all_tables() -> None:
    types: dict[str, set[Any]] = {}
    for schema in TABLES.values():
        for column in schema.columns:
            types.setdefault(column.name, set()).add(column.type)
    # Lines of an account are counted, lines of a country are scaled up.
    assert {name for name, found in types.items() if len(found) > 1} == {"lines"}
    assert {kind for found in types.values() for kind in found} == {TEXT, WHOLE, NUMBER, FLAG}


@EVERY
def test_arrow_sees_plain_columns_and_nothing_of_pandas(schema, written) -> None:
    path, table = written
    found = pq.read_schema(path)
    assert found.metadata is None
    assert found.names == list(table.columns)
    assert [field.type for field in found] == [schema.field_of(n).type for n in found.names]


@EVERY
def test_pandas_reads_the_same_values(schema, written) -> None:
    path, table = written
    kinds = {TEXT: "str", WHOLE: "int32", NUMBER: "float64", FLAG: "bool"}
    expected = table.astype({n: kinds[schema.field_of(n).type] for n in table.columns})
    pd.testing.assert_frame_equal(pd.read_parquet(path), expected, check_exact=True)


@EVERY
def test_polars_reads_the_same_values(schema, written) -> None:
    polars = pytest.importorskip("polars")
    path, table = written
    kinds = {TEXT: polars.String, WHOLE: polars.Int32, NUMBER: polars.Float64, FLAG: polars.Boolean}
    found = polars.read_parquet(path)
    assert found.schema == {n: kinds[schema.field_of(n).type] for n in table.columns}
    same_values(found.to_dict(as_series=False), table)


@EVERY
def test_duckdb_reads_the_same_values(schema, written) -> None:
    duckdb = pytest.importorskip("duckdb")
    path, table = written
    kinds = {TEXT: "VARCHAR", WHOLE: "INTEGER", NUMBER: "DOUBLE", FLAG: "BOOLEAN"}
    with duckdb.connect() as connection:
        found = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description]
        assert [str(c[1]) for c in found.description] == [
            kinds[schema.field_of(n).type] for n in names
        ]
        rows = found.fetchall()
    same_values({n: [row[i] for row in rows] for i, n in enumerate(names)}, table)


@EVERY
def test_a_workbook_keeps_the_values(schema, written) -> None:
    """Excel has text, numbers of 15 digits and true or false; a missing number is an empty cell."""
    pytest.importorskip("openpyxl")
    path, table = written
    table.insert(0, "row", range(len(table)))  # or a reader drops a row of nothing but gaps
    book = path.with_suffix(".xlsx")
    kept = pd.read_parquet(path)
    kept.insert(0, "row", range(len(kept)))
    kept.to_excel(book, index=False)
    found = pd.read_excel(book, keep_default_na=False, na_values={}, dtype=object)
    assert list(found.columns) == list(table.columns)
    assert len(found) == len(table)
    for name in table.columns[1:]:
        for cell, value in zip(found[name], table[name], strict=True):
            if isinstance(value, float):
                assert cell == pytest.approx(value, rel=1e-15) or (cell == "" and np.isnan(value))
            else:
                assert (cell, type(cell) is bool) == (value, schema.field_of(name).type == FLAG)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="could not run: no R")
@EVERY
def test_r_reads_the_same_types(schema, written) -> None:
    path, table = written
    code = (
        "if (!requireNamespace('arrow', quietly = TRUE)) quit(status = 7);"
        f"t <- arrow::read_parquet('{path}');"
        "cat(paste(names(t), sapply(t, function(x) class(x)[1])), sep = '\\n')"
    )
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    if done.returncode == 7:
        pytest.skip("could not run: R without arrow")
    kinds = {TEXT: "character", WHOLE: "integer", NUMBER: "numeric", FLAG: "logical"}
    expected = [f"{n} {kinds[schema.field_of(n).type]}" for n in table.columns]
    assert done.stdout.splitlines() == expected


def same_values(found: dict[str, list[Any]], table: pd.DataFrame) -> None:
    for name in table.columns:
        expected = [None if pd.isna(value) else value for value in table[name]]
        assert found[name] == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"worlds": 1}, "column 'worlds' is not declared"),
        ({"parameter": None}, "columns are missing: parameter"),
        ({"world": 2**31}, "overflow|out of bounds|too large|not in range"),
        ({"world": 0.5}, "truncated|would lose data"),
        ({"value": "much"}, "Conversion failed"),
    ],
)
def test_what_a_schema_does_not_hold_is_not_written(change: dict[str, Any], said: str) -> None:
    row = {"world": 0, "parameter": "x", "value": 1.0} | change
    row = {name: value for name, value in row.items() if value is not None}
    with pytest.raises((ValueError, pa.ArrowException), match=said):
        WORLDS.table(pd.DataFrame([row]))


def test_all_files_of_an_answer_are_as_declared_even_if_nothing_happened(tmp_path: Path) -> None:
    """Cells without rows, and a table that no cell has, keep their types."""
    row = dict.fromkeys(("arm", "operator", "region", "segment"), "all") | {"measure": "share"}
    filled = pd.DataFrame([row | {"world": 0, "seed": 1, "month": 0, "value": 1.0}])
    filled = filled[list(CELL_TABLES["monthly"].names())].astype({"arm": "category"})
    nothing = pd.DataFrame(columns=list(CELL_TABLES["log"].names()))
    cells = [CellResult(0, 0, {"log": nothing}), CellResult(0, 1, {"monthly": filled})]
    found = _joined((as_piece(cell) for cell in cells), "all")
    _written((as_piece(cell) for cell in cells), tmp_path)
    assert len(found.monthly) == 1
    for name, schema in CELL_TABLES.items():
        assert pq.read_schema(tmp_path / FILES[name]) == schema.arrow()
        assert list(getattr(found, name).columns) == list(schema.names())


def test_an_answer_is_written_by_its_schemas(tmp_path: Path) -> None:
    asked = ["market=duopoly", "subscribers=100", "worlds=2", "seeds=1", "months=2", "burn_in=1"]
    question = question_of(compose([*asked, "jobs=1", "strategies=[match_price]"]), tmp_path)
    found, cells = sweep(question, Store(tmp_path / "cells"), SILENT)
    cells.write_tables(tmp_path, SILENT)
    assert not found.failures
    for name, schema in CELL_TABLES.items():
        assert pq.read_schema(tmp_path / FILES[name]) == schema.arrow()
    worlds = pq.read_table(tmp_path / "worlds.parquet")
    assert worlds.schema == WORLDS.arrow()
    assert worlds.num_rows
