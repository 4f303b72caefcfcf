"""Running a question: its worlds calibrated, its cells lived, their tables joined to an answer.

The one to read first in this room. A *world* is one draw of what nobody knows, a *cell* a world and
a seed; both are pieces of the store. Whatever is there already is taken over, and an answer is made
from exactly the cells asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from agents.market import Market
from experiments.measures.cohorts import TALLIES
from experiments.measures.schemas import CELL_TABLES, TEXT, WORLDS, write_table
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
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, fulfil, gather
from experiments.runs.playable import check_playable
from experiments.runs.store import Piece, Store
from experiments.runs.worlds import describe_worlds, draw_worlds
from sim.errors import QuestionError, RunError

TABLES = tuple(CELL_TABLES)
FILES = {name: f"{name}.parquet" for name in TABLES} | {"monthly": "results.parquet"}
_WARM_UP_ACCOUNTS = 200
_CODED = pa.dictionary(pa.int32(), TEXT)


@dataclass
class Swept:
    """What all cells of a question hold."""

    monthly: pd.DataFrame
    """Rows of the whole country and all segments; the full table is in the store."""
    outcomes: pd.DataFrame
    twins: pd.DataFrame
    switching: pd.DataFrame
    log: pd.DataFrame
    cohorts: pd.DataFrame
    money: pd.DataFrame
    reactions: pd.DataFrame
    worlds: pd.DataFrame
    regional: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Of the monthly table: what a pilot in single regions is planned on."""
    misfit: float = 0.0
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


@dataclass(frozen=True)
class Cells:
    """The cells of a question, finished or not, by the names that the store keeps them under."""

    question: Question
    store: Store
    tasks: tuple[Task, ...]

    def read[R](
        self,
        use: Callable[[Iterator[Piece]], R],
        listener: Listener,
        *,
        before: Callable[[], object] = lambda: None,
        good: Callable[[Piece], bool] = lambda _: True,
    ) -> R:
        """Hand all cells to `use` one by one, those that are missing run first."""
        label = f"{len(self.question.strategies)} options in {len(self.tasks)} markets"
        return fulfil(
            self.question, self.store, self.tasks, label, use, listener, good=good, before=before
        )

    def write_tables(self, into: Path, listener: Listener) -> None:
        """Write the joined tables of all cells to a folder, never all of them in memory."""
        taken_over = replace(self, question=replace(self.question, resume=True))
        taken_over.read(partial(_written, into=into), listener)
        write_table(
            into / "worlds.parquet",
            describe_worlds(self.question, draw_worlds(self.question)),
            WORLDS,
        )


def sweep(question: Question, store: Store, listener: Listener) -> tuple[Swept, Cells]:
    """Run what is not there yet; what was found, and the cells whose tables can be written.

    Raises:
        QuestionError: a strategy cannot be played in this market, or every run of `hold` failed, so
            that there is nothing to compare with.
        RunError: the workers of every run of `hold` were killed.
    """
    before = cache(partial(_before_all, question, listener))
    worlds = calibrated(question, store, listener, before)
    names = Names(live_cell, asked_of(question))
    tasks = [
        Task(
            cell_name(names, world, seed),
            live_cell,
            (question, world, seed),
            partial(lost_cell, question, world.index, seed),
        )
        for world in worlds
        for seed in range(question.seeds)
    ]
    cells = Cells(question, store, tuple(tasks))
    results = cells.read(
        partial(_joined, focal=question.focal), listener, before=before, good=_without_failures
    )
    results.worlds = describe_worlds(question, draw_worlds(question))
    results.misfit = max(results.misfit, *(world.worst for world in worlds))
    if results.outcomes.empty or HOLD not in set(results.outcomes["arm"]):
        held = [failure for failure in results.failures if failure["arm"] == HOLD]
        first = held[0]["error"] if held else "no cell was finished"
        if held and all(is_machines(failure) for failure in held):
            raise RunError(first)
        raise QuestionError(
            f"'{HOLD}' failed in every market, so there is nothing to compare with: {first}"
        )
    return results, cells


def calibrated(
    question: Question,
    store: Store,
    listener: Listener,
    before: Callable[[], object] = lambda: None,
) -> list[World]:
    """The worlds of a question, each fitted to the published figures; kept like everything else."""
    names = Names(live_world, asked_of(question))
    tasks = [
        Task(names.of(f"world-{i:03d}", draw=draw), live_world, (question, i, draw))
        for i, draw in enumerate(draw_worlds(question))
    ]
    label = "Worlds that fit the published figures"
    return gather(question, store, tasks, label, as_world, listener, before=before)


def _before_all(question: Question, listener: Listener) -> None:
    prepare(question, listener)
    for line in check_playable(question):
        listener.say(line)


def prepare(question: Question, listener: Listener) -> None:
    """Compile (or load) the kernels once, before several workers would each do it."""
    listener.say("Compiling the behaviour …" if question.jobs > 1 else "Preparing …")
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


def _joined(pieces: Iterator[Piece], focal: str) -> Swept:
    """The tables of all cells, of the monthly one the rows that a memo and a pilot need."""
    schemas = {name: CELL_TABLES[name].arrow() for name in TABLES}
    parts = {name: [schema.empty_table()] for name, schema in schemas.items()}
    regional = [schemas["monthly"].empty_table()]
    misfit, failures = 0.0, list[dict[str, str]]()
    for piece in pieces:
        misfit = max(misfit, float(piece.array("misfit")[0]))
        failures += piece.facts["failures"]
        for name in piece.names:
            table = piece.table(name, _words(schemas[name]))
            kept = table
            if name == "monthly":
                kept = _whole(table)
                regional.append(_by_region(table, focal).cast(schemas[name]))
            parts[name].append(kept.cast(schemas[name]))
    tables = {name: pa.concat_tables(frames).to_pandas() for name, frames in parts.items()}
    single = pa.concat_tables(regional).to_pandas()
    return Swept(**tables, worlds=pd.DataFrame(), regional=single, misfit=misfit, failures=failures)


def _written(pieces: Iterator[Piece], into: Path) -> None:
    """Each table of all cells in one file, a row group a cell."""
    files = {name: _Joined(into, name) for name in TABLES}
    try:
        for piece in pieces:
            for name in piece.names:
                files[name].add(piece)
    finally:
        for file in files.values():
            file.close()


class _Joined:
    """One table of all cells, written as they come, never all in memory.

    Text goes from file to file as dictionaries, which is twice as fast; that it was so is not
    written down, so readers see the plain types that are declared.
    """

    def __init__(self, into: Path, name: str) -> None:
        schema = CELL_TABLES[name].arrow()
        self.name = name
        self.words = _words(schema)
        self.schema = pa.schema(
            pa.field(field.name, _CODED if field.type == TEXT else field.type) for field in schema
        )
        self.file = (into / FILES[name]).open("wb")  # Arrow would take `a:b` for an address
        self.writer = pq.ParquetWriter(
            self.file, self.schema, compression="zstd", store_schema=False
        )

    def add(self, piece: Piece) -> None:
        """Write one cell's rows with the types that are declared."""
        self.writer.write_table(piece.table(self.name, self.words).cast(self.schema))

    def close(self) -> None:
        try:
            self.writer.close()
        finally:
            self.writer.is_open = False  # or it tries again, aloud, when it is collected
            self.file.close()


def _whole(table: pa.Table) -> pa.Table:
    """Rows for the whole country and all segments: what the memo draws."""
    return table.filter((pc.field("region") == "all") & (pc.field("segment") == "all"))


def _by_region(table: pa.Table, focal: str) -> pa.Table:
    """Rows of single regions that a pilot is planned on: our tallies, and everybody's lines."""
    field = pc.field
    ours = (field("operator") == focal) & field("measure").isin(TALLIES)
    all_lines = (field("operator") == "all") & (field("measure") == "lines")
    single = (field("region") != "all") & (field("segment") == "all")
    return table.filter(single & (ours | all_lines))


def _words(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if field.type == TEXT]
