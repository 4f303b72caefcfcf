"""The floor under any month: a pass that reads all columns, writes what changes, thinks nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.state import OPTIONAL_COLUMNS, RECORD, STATE, Columns, MonthRecord, Visit, each_column
from sim.compile import behaviour, kernel


def _read(name: str, index: int, rest: Visit) -> Visit:  # noqa: ARG001
    @behaviour
    def read(c: Any, total: Any, who: int) -> None:
        total[0] += c[index][who]
        rest(c, total, who)

    return read


def _change(name: str, index: int, rest: Visit) -> Visit:
    one = 1 if STATE[name].is_whole else np.float32(1.0)

    @behaviour
    def change(c: Any, total: Any, who: int) -> None:
        c[index][who] += one
        rest(c, total, who)

    return change


def _write(name: str, index: int, rest: Visit) -> Visit:  # noqa: ARG001
    @behaviour
    def write(r: Any, total: Any, who: int) -> None:
        r[index][who] = total[0]
        rest(r, total, who)

    return write


_there = [name for name in STATE if name not in OPTIONAL_COLUMNS]
_read_all = each_column([n for n in _there if STATE[n].part == "identity"], STATE, _read)
_change_all = each_column([n for n in _there if STATE[n].part != "identity"], STATE, _change)
_write_all = each_column(RECORD, RECORD, _write)


@kernel
def read_and_write(
    c: Columns,
    r: MonthRecord,
    contact: NDArray[np.int16],
    total: NDArray[np.float64],
    start: int,
    stop: int,
) -> None:
    """Read and write accounts `start` to `stop` as a month does; `total` is one number of room.

    Every value written differs from the one read, or the compiler would leave the pass out.
    """
    for who in range(start, stop):
        total[0] = contact[who]
        _read_all(c, total, who)
        _change_all(c, total, who)
        _write_all(r, total, who)
