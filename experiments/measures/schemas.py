"""The tables in an output folder: every column's type, unit and meaning, said once.

Four types are enough, and every reader has them: text, whole numbers of 32 bits (as R's), floating
point numbers, and true or false. A column of one name is of one type in all tables. Files carry no
index of pandas and no dictionaries, so that each reader sees the same plain columns.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

TEXT, WHOLE, NUMBER, FLAG = pa.string(), pa.int32(), pa.float64(), pa.bool_()
TYPE_NAMES = {TEXT: "text", WHOLE: "int32", NUMBER: "float64", FLAG: "bool"}
"""As docs/kpis.md calls the types."""


@dataclass(frozen=True)
class Column:
    """One column; a `*` in its name stands for several, such as one for each operator."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str


@dataclass(frozen=True)
class TableSchema:
    """One table: its columns in their order."""

    columns: tuple[Column, ...]

    def field_of(self, name: str) -> Column:
        """The column of a name. Raises `ValueError` if the table has none."""
        exact = (column for column in self.columns if column.name == name)
        families = (c for c in self.columns if "*" in c.name and fnmatchcase(name, c.name))
        for column in (*exact, *families):
            return column
        raise ValueError(f"column '{name}' is not declared; declared: {', '.join(self.names())}")

    def names(self) -> tuple[str, ...]:
        """Names of all columns, families as their pattern."""
        return tuple(column.name for column in self.columns)

    def arrow(self, names: Iterable[str] = ()) -> pa.Schema:
        """The Arrow schema of a table with these columns; without names: of an empty one.

        Raises:
            ValueError: a column is not declared, or a declared one is missing.
        """
        given = list(names) or [name for name in self.names() if "*" not in name]
        fields = [pa.field(name, self.field_of(name).type) for name in given]
        missing = [name for name in self.names() if "*" not in name and name not in given]
        if missing:
            raise ValueError(f"columns are missing: {', '.join(missing)}")
        return pa.schema(fields)

    def table(self, frame: pd.DataFrame) -> pa.Table:
        """A frame as a table of these types, without pandas' index or metadata.

        An empty frame, even one without columns, keeps the types.

        Raises:
            ValueError: a column is not declared, is missing, or holds what its type cannot.
        """
        plain = _plain(frame) if len(frame.columns) else self.arrow().empty_table().to_pandas()
        schema = self.arrow(str(name) for name in plain.columns)
        table = pa.Table.from_pandas(plain, schema=schema, preserve_index=False)
        return table.replace_schema_metadata(None)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as text: a dictionary of one cell may lack the words of another."""
    words = {c: str for c in frame.columns if isinstance(frame[c].dtype, pd.CategoricalDtype)}
    return frame.astype(words)


def write_table(path: Path, table: pd.DataFrame, schema: TableSchema) -> None:
    """Write a table as its schema says. Raises `ValueError` if it does not fit."""
    plain = schema.table(table)
    with path.open("wb") as file:  # Arrow would take a name with a colon for an address
        pq.write_table(plain, file, compression="zstd")


def documentation(schema: TableSchema) -> Iterator[str]:
    """The table of columns as docs/kpis.md prints it."""
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for column in schema.columns:
        yield f"| `{column.name}` | {TYPE_NAMES[column.type]} | {column.unit} | {column.meaning} |"


def columns(*rows: Sequence[Any] | Column) -> TableSchema:
    """A table of columns, each given as one or as name, type, unit and meaning."""
    return TableSchema(tuple(row if isinstance(row, Column) else Column(*row) for row in rows))


ARM = Column("arm", TEXT, "name", "what the focal operator plays; `no_attack`: nobody moves")
WORLD = Column("world", WHOLE, "–", "draw of what nobody knows, from 0")
SEED = Column("seed", WHOLE, "–", "draw of luck in that world, from 0")
MONTH = Column("month", WHOLE, "month", "0 is the shock")
OPERATOR = Column("operator", TEXT, "name", "whose figure it is; `all` is the market")
SEGMENT = Column("segment", TEXT, "name", "customer segment; `all` is the total")
REGION = Column("region", TEXT, "name", "region; `all` is the total")
RUN = (ARM, WORLD, SEED)

MONTHLY = columns(
    *RUN, MONTH, OPERATOR, REGION, SEGMENT,
    ("measure", TEXT, "name", "what was counted, see below"),
    ("value", NUMBER, "the measure's", "real people, lines and money"),
)  # fmt: skip
OUTCOMES = columns(
    *RUN, ("operator", TEXT, "name", "whose figure it is"),
    ("kpi", TEXT, "name", "one of the sixteen above"),
    ("value", NUMBER, "the KPI's", "over the horizon"),
)  # fmt: skip
TWINS = columns(
    *RUN, ("segment", TEXT, "name", "customer segment"),
    ("fate", TEXT, "name", "what became of the same people under `hold`"),
    ("people", NUMBER, "lines", "main lines of the accounts"),
    ("money_yuan", NUMBER, "yuan", "what they paid, net of tax, arm minus `hold`"),
    ("credit_yuan", NUMBER, "yuan", "one-off credits they got, arm minus `hold`"),
)  # fmt: skip
SWITCHING = columns(
    *RUN, ("origin", TEXT, "name", "operator that lines left"),
    ("destination", TEXT, "name", "operator they went to"),
    ("lines", NUMBER, "lines", "main lines over the horizon"),
)  # fmt: skip
COHORTS = columns(
    *RUN, MONTH,
    ("cohort", TEXT, "name", "`own`: the focal operator's private customers at the shock"),
    ("customers", NUMBER, "accounts", "how many they are; they stay the same"),
    ("here", NUMBER, "share", "of them whose main line is with the focal operator"),
    ("paid_yuan", NUMBER, "yuan a customer", "what it paid that operator on average, net of tax"),
    ("sd_yuan", NUMBER, "yuan a customer", "standard deviation of that between customers"),
    ("correlation", NUMBER, "–", "between customers, with what they paid in the month before 0"),
)  # fmt: skip
WORLDS = columns(
    WORLD, ("parameter", TEXT, "path", "what was drawn; `(factor)`: on the market's value"),
    ("value", NUMBER, "the parameter's", "the draw; 0 or 1 for each option of a choice"),
)  # fmt: skip
LOG = columns(
    *RUN, MONTH, ("decided_month", WHOLE, "month", "rules and lead time lie between"),
    ("actor", TEXT, "name", "operator or partner that acted"),
    ("action", TEXT, "name", "what it did; `leave` and `reprice` for partners"),
    ("target", TEXT, "name", "whom it concerns: a partner, or an operator"),
    ("offer", TEXT, "name", "offer that changes, or that a campaign invites to"),
    ("campaign", TEXT, "name", "campaign or mechanism"),
    ("regions", TEXT, "names", "where, joined by `+`, or `all`"),
    ("old_price_fen", NUMBER, "fen a month", "price before, on average over own lines there"),
    ("new_price_fen", NUMBER, "fen a month", "price from then on"),
    ("for_months", NUMBER, "months", "of a newcomers' discount or a promise"),
    ("gb", NUMBER, "GB a month", "of a new plan, added to a plan, or promised"),
    ("services", TEXT, "names", "partners' services that come in, joined by `+`"),
    ("services_out", TEXT, "names", "services that go"),
    ("cost_yuan", NUMBER, "yuan a month", "what it costs the actor if nobody changes, see below"),
    ("cause", TEXT, "word", "why, see below"),
    ("strategy", TEXT, "name", "strategy, or member of a portfolio, that acted"),
    ("trigger_operator", TEXT, "name", "whose move is answered"),
    ("trigger_move", TEXT, "word", "which move: `price`, `newcomers`, `data` …"),
    ("trigger_offer", TEXT, "name", "on which offer or partner"),
    ("trigger_month", NUMBER, "month", "in which the actor first saw it"),
    ("outcome", TEXT, "word", "what became of it, see below"),
    ("ground", TEXT, "word", "why regulator, partner or market decided so, see below"),
    ("wait_months", WHOLE, "months", "for which it is delayed"),
    ("note", TEXT, "–", "figures behind the ground, or the actor's note; for people"),
)  # fmt: skip
MONEY = columns(
    *RUN, MONTH, ("actor", TEXT, "name", "operator or partner"),
    ("flow", TEXT, "name", "what the money is for, see below"),
    ("yuan", NUMBER, "yuan", "received (positive) or paid (negative)"),
)  # fmt: skip
REACTIONS = columns(
    *RUN, ("attacker", TEXT, "name", "operator that moved first"),
    ("attack_month", WHOLE, "month", "in which it did; 0 is the shock"),
    ("attack_kind", TEXT, "word", "what it did: `price`, `newcomers`, `data` …"),
    ("operator", TEXT, "name", "any other operator"),
    ("months_to_answer", NUMBER, "months", "until it first moved; null: it never did"),
    ("answer_kind", TEXT, "words", "what it then did, joined by `+`"),
    ("share_followed", NUMBER, "share", "of the cut, at most; null: the attack was no cut"),
)  # fmt: skip
CHANNELS = columns(
    *RUN, ("operator", TEXT, "name", "whose campaigns"), ("channel", TEXT, "name", "through which"),
    ("segment", TEXT, "name", "whom they speak to; `all`: everybody"),
    ("contacts", NUMBER, "accounts", "attempts to reach somebody since the campaigns began"),
    ("accepted", NUMBER, "accounts", "that took what was promised"),
    ("lines_won", NUMBER, "lines", "that came from other operators with the promise"),
    ("contact_yuan", NUMBER, "yuan", "what the attempts cost"),
    ("spent_yuan", NUMBER, "yuan", "and credits, discounts, commissions; only of `all`"),
    ("yuan_per_accepted", NUMBER, "yuan", "spent, or else attempts, over `accepted`; null: none"),
    ("yuan_per_line_won", NUMBER, "yuan", "the same over `lines_won`; null: none"),
)  # fmt: skip
CELL_TABLES = {
    "monthly": MONTHLY, "outcomes": OUTCOMES, "twins": TWINS, "switching": SWITCHING, "log": LOG,
    "cohorts": COHORTS, "money": MONEY, "reactions": REACTIONS, "channels": CHANNELS,
}  # fmt: skip
"""What a cell of an experiment returns, by name."""
