"""Results on disk: each finished cell at once, the whole answer at the end, nothing half-written.

Cells are kept as Parquet with a fingerprint of the question, so an interrupted experiment goes on
where it stopped, and a changed question never picks up an old answer.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.paths import ROOT
from experiments.question.question import Question
from experiments.runs.cells import CellResult

TABLES = ("monthly", "outcomes", "twins", "switching", "log")
_FINAL = {"monthly": "results.parquet"}
# What a cell is computed by; how it is reported afterwards may change.
_DECISIVE = (
    "measures/counterfactuals",
    "measures/kpis",
    "question/question",
    "runs/calibration",
    "runs/cells",
    "runs/store",
    "runs/worlds",
)
_NOT_ASKED = ("out", "jobs", "resume", "resolved", "seeds", "folders")


def fingerprint(question: Question) -> str:
    """What a cell's content depends on: the question and the code that answers it."""
    asked = {
        name: value.model_dump(mode="json") if name == "market" else value
        for name, value in vars(question).items()
        if name not in _NOT_ASKED
    }
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode())
    paths = [p for floor in ("sim", "agents", "strategies") for p in (ROOT / floor).rglob("*.py")]
    paths += [ROOT / "experiments" / f"{name}.py" for name in _DECISIVE]
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:20]


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
    ) as handle:
        handle.write(text)
    Path(handle.name).replace(path)
    path.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class CellStore:
    """The finished cells of one experiment, below its output folder."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self.folder = folder / "cells"
        self.stamp = stamp

    def _cell(self, world: int, seed: int) -> Path:
        return self.folder / f"world-{world:03d}-seed-{seed:03d}"

    def save(self, cell: CellResult) -> None:
        """Keep a finished cell; its mark is written last."""
        folder = self._cell(cell.world, cell.seed)
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in cell.tables.items():
            _write_table(folder / f"{name}.parquet", table)
        mark = {
            "stamp": self.stamp,
            "failures": cell.failures,
            "misfit": cell.misfit,
            "tables": sorted(cell.tables),
        }
        write_atomically(folder / "done.json", json.dumps(mark, indent=1))

    def has(self, world: int, seed: int) -> bool:
        """Whether this cell is finished, without failures, for the same question."""
        mark = self._mark(world, seed)
        return bool(mark) and mark["stamp"] == self.stamp and not mark["failures"]

    def failures(self, cells: list[tuple[int, int]]) -> list[dict[str, str]]:
        """Failed runs of the given cells."""
        return [f for cell in cells for f in self._mark(*cell).get("failures", [])]

    def misfit(self, cells: list[tuple[int, int]]) -> float:
        """Largest log difference of any cell from the published figures before the shock."""
        return max(float(self._mark(*cell).get("misfit", 0.0)) for cell in cells)

    def _mark(self, world: int, seed: int) -> dict[str, Any]:
        try:
            text = (self._cell(world, seed) / "done.json").read_text(encoding="utf-8")
            mark: dict[str, Any] = json.loads(text)
        except (OSError, ValueError):
            return {}
        return mark

    def parts(self, name: str, cells: list[tuple[int, int]]) -> Iterator[Path]:
        """Files of one table, in the order of the cells, whichever was finished first."""
        for cell in cells:
            path = self._cell(*cell) / f"{name}.parquet"
            if self._mark(*cell).get("stamp") == self.stamp and path.exists():
                yield path

    def read(self, name: str, cells: list[tuple[int, int]]) -> pd.DataFrame:
        """One table of all cells."""
        tables = [pq.read_table(path).to_pandas() for path in self.parts(name, cells)]
        if not tables:
            return pd.DataFrame()
        return _plain(pd.concat([_plain(table) for table in tables], ignore_index=True))

    def totals(self, cells: list[tuple[int, int]]) -> pd.DataFrame:
        """Monthly rows for the whole country and all segments: what the memo draws."""
        whole = [("region", "==", "all"), ("segment", "==", "all")]
        tables = [
            pq.read_table(path, filters=whole).to_pandas() for path in self.parts("monthly", cells)
        ]
        return pd.concat([_plain(table) for table in tables], ignore_index=True)

    def merge(self, name: str, cells: list[tuple[int, int]], folder: Path) -> None:
        """Join one table of all cells into one file, a row group a cell, never all in memory."""
        target = folder / _FINAL.get(name, f"{name}.parquet")
        temporary = target.with_name(f".{target.name}.part")
        writer: pq.ParquetWriter | None = None
        for path in self.parts(name, cells):
            table = pq.read_table(path)
            if writer is None:
                writer = pq.ParquetWriter(temporary, _text_schema(table.schema), compression="zstd")
            writer.write_table(table.cast(writer.schema))
        if writer is not None:
            writer.close()
            temporary.replace(target)


def _text_schema(schema: pa.Schema) -> pa.Schema:
    """Words as plain text: a dictionary of one cell may lack the words of another."""
    fields = [
        pa.field(field.name, pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in schema
    ]
    return pa.schema(fields)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Categories as text."""
    words = {c: str for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)}
    return table.astype(words)


def _write_table(path: Path, table: pd.DataFrame) -> None:
    temporary = path.with_name(f".{path.name}.part")
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), temporary, compression="zstd")
    temporary.replace(path)
