"""The population as columns, one value an account and attribute: all of it follows from `fields`.

At most 64 bytes an account; the columns of a mechanism that is off are empty and cost nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from agents.fields import (
    Account,
    Diary,
    RecordFields,
    StateFields,
    Stored,
    numbers_in,
    stored_in,
)
from agents.mechanisms.registry import MECHANISMS
from sim.compile import behaviour
from sim.records import named_tuple

Column = NDArray[Any]


class _Columns(Protocol):
    """What any named tuple of columns can do."""

    def __iter__(self) -> Iterator[Column]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Column: ...

    @property
    def _fields(self) -> tuple[str, ...]: ...

    def _asdict(self) -> dict[str, Column]: ...


class Columns(StateFields[Column, Column], _Columns, Protocol):
    """State of all accounts, in order of region, mechanisms at the end; `who` is the row."""

    def __getattr__(self, name: str) -> Any: ...


class MonthRecord(RecordFields[Column, Column], _Columns, Protocol):
    """What happened to each account this month; overwritten every month, no part of the state."""


STATE: dict[str, Stored] = stored_in(StateFields) | {
    name: stored for mechanism in MECHANISMS for name, stored in mechanism.columns().items()
}
"""Every column by name, in the order of the columns."""
RECORD: dict[str, Stored] = stored_in(RecordFields)
OPTIONAL_COLUMNS: dict[str, str] = {
    name: mechanism.name
    for mechanism in MECHANISMS
    if not mechanism.always
    for name in mechanism.columns()
}
"""Mechanism of each column that is empty while that mechanism is off."""

# Compiled code wants tuples with names; the classes above say what is in them.
_ColumnsTuple = named_tuple("_ColumnsTuple", STATE, __name__)
_RecordTuple = named_tuple("_RecordTuple", RECORD, __name__)


def columns_of(values: Mapping[str, Column]) -> Columns:
    """Columns from arrays by name; every column must be given."""
    return cast("Columns", _ColumnsTuple(**values))


def new_columns(n: int, mechanisms: Iterable[str] = ()) -> Columns:
    """Columns for `n` accounts, holding nobody yet, those of the named optional mechanisms too."""
    on = set(mechanisms)
    return columns_of(
        {
            name: np.full(n if _allocated(name, on) else 0, stored.empty, stored.dtype)
            for name, stored in STATE.items()
        }
    )


def _allocated(name: str, on: set[str]) -> bool:
    return name not in OPTIONAL_COLUMNS or OPTIONAL_COLUMNS[name] in on


def with_mechanism(columns: Columns, mechanism: str) -> Columns:
    """The same state with the columns of a mechanism, empty-handed; as it is if they are there."""
    n = len(columns.segment)
    new = {
        name: np.full(n, STATE[name].empty, STATE[name].dtype)
        for name, owner in OPTIONAL_COLUMNS.items()
        if owner == mechanism and not len(getattr(columns, name))
    }
    return columns_of(dict(zip(STATE, columns, strict=True)) | new)


def new_record(n: int) -> MonthRecord:
    """An empty record of a month for `n` accounts."""
    values = {name: np.full(n, stored.empty, stored.dtype) for name, stored in RECORD.items()}
    return cast("MonthRecord", _RecordTuple(**values))


def copy_columns(columns: Columns) -> Columns:
    """An independent copy of the state."""
    return columns_of({name: column.copy() for name, column in zip(STATE, columns, strict=True)})


def state_bytes(mechanisms: Iterable[str] = ()) -> int:
    """Bytes of state held per account, with the named optional mechanisms on."""
    on = set(mechanisms)
    return sum(np.dtype(s.dtype).itemsize for name, s in STATE.items() if _allocated(name, on))


# --- one account at a time ----------------------------------------------------------------------


class Desk(NamedTuple):
    """Where a kernel lays out the account and the diary it is at; records of one row each."""

    account: Any
    diary: Any


def new_desk() -> Desk:
    """A desk for one kernel; accounts hold nothing of mechanisms that are off."""
    account, diary = (np.zeros(1, layout) for layout in _desk_layouts())
    for name, stored in STATE.items():
        account[name] = stored.empty
    return Desk(account.view(np.recarray), diary.view(np.recarray))


@cache
def _desk_layouts() -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Of an account and of a diary; worked out once, since every month asks for a desk."""
    layouts = (Account, *(m.holds for m in MECHANISMS)), (Diary, *_diaries())
    account, diary = (
        np.dtype(list(dict(pair for layout in some for pair in numbers_in(layout)).items()))
        for some in layouts
    )
    return account, diary


def _diaries() -> Iterator[type]:
    return (mechanism.notes for mechanism in MECHANISMS if mechanism.notes is not None)


Visit = Callable[[Any, Any, int], None]
"""Does something with (columns, account or diary, who)."""


def each_column(
    names: Iterable[str], order: Iterable[str], visit: Callable[[str, int, Visit], Visit]
) -> Visit:
    """One function that visits the named columns one by one; `order` is that of the tuple.

    Compiled code cannot loop over columns of different types, so each has a function of its own,
    and these call one another: two by two, since a chain of them all would be nested too deep for
    the compiler. `visit` is given the name of a column, its place in the tuple, and what is to be
    called afterwards.
    """
    places = {name: index for index, name in enumerate(order)}
    parts = [visit(name, places[name], _no_more) for name in names]
    while len(parts) > 1:
        pairs = [_both(*parts[i : i + 2]) for i in range(0, len(parts) - 1, 2)]
        parts = pairs + parts[len(pairs) * 2 :]
    return parts[0] if parts else _no_more


def _both(first: Any, second: Any) -> Visit:
    @behaviour
    def both(c: Any, a: Any, who: int) -> None:
        first(c, a, who)
        second(c, a, who)

    return both


@behaviour
def _no_more(c: Any, a: Any, who: int) -> None:
    pass


def _load(name: str, index: int, rest: Visit) -> Visit:
    optional = name in OPTIONAL_COLUMNS

    @behaviour
    def load(c: Any, a: Any, who: int) -> None:
        if not optional or len(c[index]) > 0:
            a[name] = c[index][who]
        rest(c, a, who)

    return load


def _save(name: str, index: int, rest: Visit) -> Visit:
    optional = name in OPTIONAL_COLUMNS

    @behaviour
    def save(c: Any, a: Any, who: int) -> None:
        if not optional or len(c[index]) > 0:
            c[index][who] = a[name]
        rest(c, a, who)

    return save


_CHANGING = [name for name, stored in STATE.items() if stored.part == "position"]
_OWN = [name for name, stored in STATE.items() if stored.part != "shown"]
load_account = each_column(_OWN, STATE, _load)
"""Load everything an account knows of itself from columns into its record."""
save_account = each_column(_CHANGING, STATE, _save)
"""Save what can have changed."""
save_record = each_column(RECORD, RECORD, _save)
"""Save what the diary says of the month."""
