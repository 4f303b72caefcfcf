"""Running a question: its worlds calibrated, its cells lived, their tables joined to an answer.

The one to read first in this room. A *world* is one draw of what nobody knows, a *cell* a world and
a seed; both are pieces of the store. Whatever is there already is taken over, and an answer is made
from exactly the cells asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from agents.market import Market
from experiments.question.question import Question
from experiments.runs.cells import World, as_world, live_cell, live_world, seed_number
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.pieces import Task, fulfil, gather
from experiments.runs.store import Piece, Store
from experiments.runs.worlds import describe_worlds, draw_worlds
from sim.schema import MarketError

TABLES = ("monthly", "outcomes", "twins", "switching", "log")
FILES = {name: f"{name}.parquet" for name in TABLES} | {"monthly": "results.parquet"}
_WARM_UP_ACCOUNTS = 200


@dataclass
class Swept:
    """What all cells of a question hold."""

    monthly: pd.DataFrame
    """Rows of the whole country and all segments; the full table is on disk."""
    outcomes: pd.DataFrame
    twins: pd.DataFrame
    switching: pd.DataFrame
    log: pd.DataFrame
    worlds: pd.DataFrame
    misfit: float = 0.0
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def sweep(question: Question, store: Store, into: Path, console: Console) -> Swept:
    """Run what is not there yet, and write the joined tables to the folder `into`.

    Raises:
        MarketError: every run of an arm failed, so that there is nothing to compare.
    """
    before = cache(partial(prepare, question, console))
    worlds = calibrated(question, store, console, before)
    cells = [(world, seed) for world in worlds for seed in range(question.seeds)]
    names = Names(live_cell, asked_of(question))
    tasks = [
        Task(cell_name(names, world, seed), live_cell, (question, world, seed))
        for world, seed in cells
    ]

    def join(pieces: Iterator[Piece]) -> Swept:
        return _joined(pieces, into)

    label = f"{len(question.strategies)} options in {len(cells)} markets"
    found = fulfil(
        question, store, tasks, label, join, console,
        good=_without_failures, before=before,
    )  # fmt: skip
    found.worlds = describe_worlds(question, draw_worlds(question))
    found.worlds.to_parquet(into / "worlds.parquet")
    found.misfit = max(found.misfit, *(world.worst for world in worlds))
    if found.outcomes.empty or set(question.strategies) - set(found.outcomes["arm"].unique()):
        first = found.failures[0]["error"] if found.failures else "no cell was finished"
        raise MarketError(f"an option failed in every market, so nothing can be compared: {first}")
    return found


def calibrated(
    question: Question,
    store: Store,
    console: Console,
    before: Callable[[], object] = lambda: None,
) -> list[World]:
    """The worlds of a question, each fitted to the published figures; kept like everything else."""
    names = Names(live_world, asked_of(question))
    tasks = [
        Task(names.of(f"world-{i:03d}", draw=draw), live_world, (question, i, draw))
        for i, draw in enumerate(draw_worlds(question))
    ]
    label = "Worlds that fit the published figures"
    return gather(question, store, tasks, label, as_world, console, before=before)


def prepare(question: Question, console: Console) -> None:
    """Compile (or load) the kernels once, before several workers would each do it."""
    console.print("Compiling the behaviour …" if question.jobs > 1 else "Preparing …")
    warm_up(question)


def warm_up(question: Question) -> None:
    """The same, without a word."""
    accounts = max(_WARM_UP_ACCOUNTS, len(question.market.regions))
    Market(question.market, min(accounts, question.subscribers), seed_number(question, 0, 0)).step()


def cell_name(names: Names, world: World, seed: int) -> str:
    """The name of what is found in one world with one seed."""
    label = f"world-{world.index:03d}-seed-{seed:03d}"
    return names.of(label, draw=world.draw, calibration=world.calibration)


def _without_failures(piece: Piece) -> bool:
    return not piece.facts["failures"]


def _joined(pieces: Iterator[Piece], into: Path) -> Swept:
    """Tables of all cells: each in one file, a row group a cell, and those that a memo needs."""
    files = {name: _Joined(into / FILES[name]) for name in TABLES}
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    misfit, failures = 0.0, list[dict[str, str]]()
    try:
        for piece in pieces:
            misfit = max(misfit, float(piece.array("misfit")[0]))
            failures += piece.facts["failures"]
            for name in piece.names:
                table = piece.table(name)
                files[name].add(table)
                parts[name].append(_plain(_whole(table) if name == "monthly" else table))
    finally:
        for file in files.values():
            file.close()
    tables = {
        name: _plain_frame(pd.concat(found, ignore_index=True)) if found else pd.DataFrame()
        for name, found in parts.items()
    }
    return Swept(**tables, worlds=pd.DataFrame(), misfit=misfit, failures=failures)


class _Joined:
    """One table of all cells, written as they come, never all in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        if self.writer is None:
            self.writer = pq.ParquetWriter(
                self.path, _text_schema(table.schema), compression="zstd"
            )
        self.writer.write_table(table.cast(self.writer.schema))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


def _whole(table: pa.Table) -> pa.Table:
    """Rows for the whole country and all segments: what the memo draws."""
    columns = [table[name].cast(pa.string()).to_numpy() for name in ("region", "segment")]
    return table.filter(pa.array((columns[0] == "all") & (columns[1] == "all")))


def _text_schema(schema: pa.Schema) -> pa.Schema:
    """Words as plain text: a dictionary of one cell may lack the words of another."""
    fields = [
        pa.field(f.name, pa.string()) if pa.types.is_dictionary(f.type) else f for f in schema
    ]
    return pa.schema(fields)


def _plain(table: pa.Table) -> pd.DataFrame:
    return _plain_frame(table.to_pandas())


def _plain_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Categories as text."""
    words: dict[str, Any] = {
        c: str for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)
    }
    return table.astype(words)
