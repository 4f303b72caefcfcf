"""Choice situations on disk: a tidy table to estimate from, and apart from it the truth behind it.

One row an offer compared, in Parquet, written as the market lives: nothing is held in memory but
the situations of one batch. What cannot be observed goes to files of its own.
"""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.choice_record import ChoiceRow
from agents.choice_recorder import Tastes
from agents.market import Market
from experiments.measures import study_schemas
from experiments.measures.schemas import TableSchema
from sim.records import Records
from sim.vocabulary import SEGMENTS

CHOICES, UTILITIES, TASTES, TRUTH = (
    "choices.parquet",
    "truth_utilities.parquet",
    "truth_tastes.parquet",
    "truth.json",
)
_WHOLE = ("lines", "tenure_months", "contract_left", "points_lost")
_FLAGS = (
    "looked", "saved", "is_current_plan", "is_current_operator", "has_number", "moves_broadband",
    "chosen",
)  # fmt: skip
_NUMBERS = (
    "usual_gb", "satisfaction", "reference_yuan", "price_yuan", "above_reference_yuan",
    "allowance_gb", "overage_yuan", "given_up_gb", "quality", "friends_share", "exit_fee_yuan",
    "welcome_yuan", "promised_yuan", "promised_gb", "promised_care",
)  # fmt: skip
_MASKS = {"services": "with_", "promised_services": "promised_", "owned": "owns_"}
"""Bit masks of partners' services, each spread over one 0/1 column a partner."""
Batch = dict[str, pa.Array]


class ChoiceFiles:
    """The files of one export, filled month by month; use as a context manager.

    Args:
        folder: where the files go.
        market: whose choices they are.
        truth: whether the true utility of every offer compared is written too.
    """

    def __init__(self, folder: Path, market: Market, *, truth: bool = True) -> None:
        self.market = market
        self.first_month = market.month + 1
        self.situations = 0
        self.rows = 0
        self.chose: set[int] = set()
        self.counts = {"changed_plan": 0, "changed_operator": 0, "saved": 0, "looked": 0}
        self.incomes = np.array([r.income for r in market.settings.regions.values()])
        folder.mkdir(parents=True, exist_ok=True)
        self._main = _Writer(folder / CHOICES, study_schemas.CHOICES)
        self._truth = _Writer(folder / UTILITIES, study_schemas.UTILITIES) if truth else None

    def __enter__(self) -> "ChoiceFiles":
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        for writer in (self._main, self._truth):
            if writer is not None:
                writer.close(keep=failed is None)

    def add(self, rows: Records[ChoiceRow], m: MarketTables) -> None:
        """Write the rows of finished situations; a sink for `RecordedPopulation`."""
        table: Any = rows
        if not len(table):
            return
        starts = np.concatenate(([True], table["who"][1:] != table["who"][:-1]))
        situation = self.situations + np.cumsum(starts) - 1
        self.situations += int(starts.sum())
        self.rows += len(table)
        self._count(table)
        names = self._names(situation, table)
        self._main.write(names | self._columns(table, m))
        if self._truth is not None:
            self._truth.write(
                names | {k: pa.array(table[k]) for k in ("utility_yuan", "shock_yuan")}
            )

    def _count(self, table: Any) -> None:
        taken = table[table["chosen"] == 1]
        self.chose.update(taken["who"].tolist())
        self.counts["changed_plan"] += int((taken["is_current_plan"] == 0).sum())
        self.counts["changed_operator"] += int((taken["is_current_operator"] == 0).sum())
        self.counts["saved"] += int(taken["saved"].sum())
        self.counts["looked"] += int(taken["looked"].sum())

    def _names(self, situation: NDArray[np.int64], table: Any) -> Batch:
        """What identifies a row: its situation, and the offer compared."""
        book = self.market.book
        operators = [operator.name for operator in self.market.operators]
        plans = [name.split("/", 1)[1] for name in book.names]
        return {
            "situation": pa.array(situation),
            "operator": _words(table["operator"], operators),
            "plan": _words(table["offer"], plans),
        }

    def _columns(self, table: Any, m: MarketTables) -> Batch:
        """Everything else that can be observed, and what was taken."""
        columns: Batch = {
            "account": pa.array(table["who"]),
            "month": pa.array(np.full(len(table), m.around.month - self.first_month, np.int16)),
            "segment": _words(table["segment"], list(SEGMENTS)),
            "region": _words(table["region"], list(self.market.regions)),
            "income": pa.array(self.incomes[table["region"]]),
        }
        columns |= {name: pa.array(table[name]) for name in _WHOLE}
        columns |= {name: pa.array(table[name]) for name in _NUMBERS}
        for field, prefix in _MASKS.items():
            for bit, partner in enumerate(self.market.partner_names):
                columns[prefix + partner] = pa.array((table[field] >> bit) & 1)
        columns["available"] = pa.array(np.ones(len(table), np.int8))
        return columns | {name: pa.array(table[name]) for name in _FLAGS}


class _Writer:
    """A Parquet file that is there whole or not at all, a row group a batch."""

    def __init__(self, path: Path, schema: TableSchema) -> None:
        self.path = path
        self.schema = schema
        self.part = path.with_name(f".{path.name}.part")
        self.writer: pq.ParquetWriter | None = None
        self.file: BinaryIO

    def write(self, columns: Batch) -> None:
        table = pa.table(columns).cast(self.schema.arrow(columns))
        if self.writer is None:
            # Arrow would take a name with a colon for an address.
            self.file = self.part.open("wb")
            self.writer = pq.ParquetWriter(self.file, table.schema, compression="zstd")
        self.writer.write_table(table)

    def close(self, *, keep: bool) -> None:
        if self.writer is None:
            return
        try:
            self.writer.close()
        finally:
            self.writer.is_open = False  # or it tries again, aloud, when it is collected
            self.file.close()
        if keep:
            self.part.replace(self.path)
        else:
            self.part.unlink()


def _words(codes: NDArray[np.int64], words: list[str]) -> pa.Array:
    """Codes as the words they stand for; plain text, since the words may grow in number."""
    return pa.array(np.array(words, dtype=object)[codes], pa.string())


def tastes_table(tastes: Tastes, market: Market) -> pa.Table:
    """True lasting tastes, one row an account: `liking_<operator>`, `worth_<partner>` and scales.

    `worth_` is what a service adds for the whole account, net of what it owns; the rest is in yuan
    a month per line.
    """
    columns: dict[str, Any] = {"account": tastes.people.astype(np.int32)}
    columns |= {name: np.asarray(tastes.lasting[name]) for name in tastes.lasting.dtype.names}
    for index, operator in enumerate(market.operators):
        columns[f"liking_{operator.name}"] = tastes.liking_yuan[:, index]
    for index, partner in enumerate(market.partner_names):
        columns[f"worth_{partner}"] = tastes.worth_yuan[:, index]
    return pa.table(columns)
