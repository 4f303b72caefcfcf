"""Running a question: its worlds calibrated, its cells lived, their tables joined to an answer.

The one to read first in this room. A *world* is one draw of what nobody knows, a *cell* a world and
a seed; both are pieces of the store. Whatever is there already is taken over, and an answer is made
from exactly the cells asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from agents.market import Market
from experiments.measures.schemas import CELL_TABLES, WORLDS, write_table
from experiments.question.question import HOLD, Question
from experiments.runs.cells import (
    World,
    as_world,
    is_machines,
    live_cell,
    live_world,
    lost_cell,
    seed_number,
)
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.pieces import Task, fulfil, gather
from experiments.runs.playable import check_playable
from experiments.runs.store import Piece, Store
from experiments.runs.worlds import describe_worlds, draw_worlds
from sim.errors import QuestionError, RunError

TABLES = tuple(CELL_TABLES)
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
        QuestionError: a strategy cannot be played in this market, or every run of `hold` failed, so
            that there is nothing to compare with.
        RunError: the workers of every run of `hold` were killed.
    """
    before = cache(partial(_before_all, question, console))
    worlds = calibrated(question, store, console, before)
    cells = [(world, seed) for world in worlds for seed in range(question.seeds)]
    names = Names(live_cell, asked_of(question))
    tasks = [
        Task(
            cell_name(names, world, seed),
            live_cell,
            (question, world, seed),
            partial(lost_cell, question, world.index, seed),
        )
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
    write_table(into / "worlds.parquet", found.worlds, WORLDS)
    found.misfit = max(found.misfit, *(world.worst for world in worlds))
    if found.outcomes.empty or HOLD not in set(found.outcomes["arm"]):
        held = [failure for failure in found.failures if failure["arm"] == HOLD]
        first = held[0]["error"] if held else "no cell was finished"
        if held and all(is_machines(failure) for failure in held):
            raise RunError(first)
        raise QuestionError(
            f"'{HOLD}' failed in every market, so there is nothing to compare with: {first}"
        )
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


def _before_all(question: Question, console: Console) -> None:
    prepare(question, console)
    check_playable(question)


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
    files = {name: _Joined(into / FILES[name], CELL_TABLES[name].arrow()) for name in TABLES}
    parts = {name: [file.schema.empty_table()] for name, file in files.items()}
    misfit, failures = 0.0, list[dict[str, str]]()
    try:
        for piece in pieces:
            misfit = max(misfit, float(piece.array("misfit")[0]))
            failures += piece.facts["failures"]
            for name in piece.names:
                table = files[name].add(piece.table(name))
                parts[name].append(_whole(table) if name == "monthly" else table)
    finally:
        for file in files.values():
            file.close()
    tables = {name: pa.concat_tables(found).to_pandas() for name, found in parts.items()}
    return Swept(**tables, worlds=pd.DataFrame(), misfit=misfit, failures=failures)


class _Joined:
    """One table of all cells, written as they come, never all in memory."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.file = path.open("wb")  # Arrow would take a name with a colon for an address
        self.writer = pq.ParquetWriter(self.file, schema, compression="zstd")

    def add(self, table: pa.Table) -> pa.Table:
        """Write one cell's rows; returns them with the types that are declared."""
        declared = table.cast(self.schema)
        self.writer.write_table(declared)
        return declared

    def close(self) -> None:
        try:
            self.writer.close()
        finally:
            self.writer.is_open = False  # or it tries again, aloud, when it is collected
            self.file.close()


def _whole(table: pa.Table) -> pa.Table:
    """Rows for the whole country and all segments: what the memo draws."""
    columns = [table[name].to_numpy() for name in ("region", "segment")]
    return table.filter(pa.array((columns[0] == "all") & (columns[1] == "all")))
