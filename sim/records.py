"""Records: rows of named numbers that read the same in Python and in compiled code."""

from collections.abc import Sequence
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from sim.vocabulary import N_SEGMENTS

_KINDS: dict[Any, Any] = {int: np.int64, float: np.float64}


def record_dtype(layout: type) -> np.dtype[Any]:
    """The NumPy record type of a class of annotated numbers.

    `int` and `float` become 64-bit fields, `Sequence[int]` and `Sequence[float]` one number a segment.
    """
    fields: list[tuple[Any, ...]] = []
    for name, kind in get_type_hints(layout).items():
        if kind in _KINDS:
            fields.append((name, _KINDS[kind]))
        elif kind in (Sequence[int], Sequence[float]):
            fields.append((name, _KINDS[kind.__args__[0]], (N_SEGMENTS,)))
        else:
            raise TypeError(f"{layout.__name__}.{name}: {kind} cannot stand in a record")
    return np.dtype(fields)


def fill(layout: type, shape: tuple[int, ...], values: dict[str, Any]) -> NDArray[Any]:
    """A record array of the given shape from values by field name."""
    records = np.zeros(shape, dtype=record_dtype(layout))
    for name, value in values.items():
        records[name] = value
    return records.view(np.recarray)
