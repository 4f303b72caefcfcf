"""Records: rows of named numbers that read the same in Python and in compiled code."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Protocol, cast, get_args, get_origin, get_type_hints, overload

import numpy as np
from numpy.typing import NDArray

from sim.vocabulary import N_SEGMENTS

_KINDS: dict[Any, Any] = {int: np.int64, float: np.float64}


class Records[Row](Protocol):
    """A record array, as the checker sees it: rows one by one, or many at once.

    `records[3].price` is a number; `records[indices].price` is an array, typed `Any`.
    """

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Row]: ...

    @overload
    def __getitem__(self, index: int, /) -> Row: ...
    @overload
    def __getitem__(self, index: NDArray[np.integer[Any]], /) -> Any: ...


def column(records: Records[Any], name: str) -> NDArray[Any]:
    """One field of all rows, a view.

    Take the field first and the rows then: `records[rows].field` copies whole rows to read one
    number of each.
    """
    return cast("NDArray[Any]", cast("Any", records)[name])


@dataclass(frozen=True)
class Entries:
    """How many numbers a sequence in a record has: `Annotated[Sequence[int], Entries(8)]`."""

    n: int


def _entries(kind: Any) -> int:
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((note.n for note in notes if isinstance(note, Entries)), N_SEGMENTS)


@cache
def record_dtype(layout: type) -> np.dtype[Any]:
    """The NumPy record type of a class of annotated numbers.

    `int` and `float` become 64-bit fields, `Sequence[int]` and `Sequence[float]` one number a
    segment, or as many as `Entries` says.
    """
    fields: list[tuple[Any, ...]] = []
    noted = get_type_hints(layout, include_extras=True)
    for name, kind in get_type_hints(layout).items():
        if kind in _KINDS:
            fields.append((name, _KINDS[kind]))
        elif kind in (Sequence[int], Sequence[float]):
            fields.append((name, _KINDS[get_args(kind)[0]], (_entries(noted[name]),)))
        else:
            raise TypeError(f"{layout.__name__}.{name}: {kind} cannot stand in a record")
    return np.dtype(fields)


def named_tuple(name: str, fields: Iterable[str], module: str) -> Callable[..., Any]:
    """A class of tuples with these fields, for compiled code; what is in them is said elsewhere.

    It must be called `name` in `module`: compiled kernels are found again by the classes they were
    compiled for, and these by their names.
    """
    return cast("Callable[..., Any]", namedtuple(name, list(fields), module=module))  # pyright: ignore[reportUntypedNamedTuple]


def fill[Row](layout: type[Row], shape: tuple[int, ...], values: dict[str, Any]) -> Records[Row]:
    """A record array of the given shape from values by field name."""
    records = np.zeros(shape, dtype=record_dtype(layout))
    for name, value in values.items():
        records[name] = value
    return cast("Records[Row]", records.view(np.recarray))
