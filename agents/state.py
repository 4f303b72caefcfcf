"""The population as columns: one value per account and attribute, at most 64 bytes an account."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Columns(NamedTuple):
    """State of all accounts, in order of region. `who` is the row."""

    # who they are; never changes
    segment: NDArray[np.uint8]
    region: NDArray[np.uint8]
    lines: NDArray[np.int16]
    usage_gb: NDArray[np.float32]  # per line, at the market's start
    owned: NDArray[np.uint16]  # services bought directly, bit mask
    consent: NDArray[np.uint8]
    # where they stand
    offer: NDArray[np.int16]
    second: NDArray[np.int16]  # offer on the second SIM, -1 none
    broadband: NDArray[np.int8]  # operator of fixed broadband, -1 none
    tenure_months: NDArray[np.int16]
    second_tenure_months: NDArray[np.int16]
    contract_left: NDArray[np.int8]  # months
    satisfaction: NDArray[np.float32]
    reference_fen: NDArray[np.int32]
    bill_fen: NDArray[np.int32]  # last month's, all that was paid to operators
    points: NDArray[np.int32]
    perk: NDArray[np.int16]  # campaign whose promise is being enjoyed, -1 none
    perk_left: NDArray[np.int8]  # months
    welcome_fen: NDArray[np.int32]  # newcomer's discount a month
    welcome_left: NDArray[np.int8]  # months
    contacts: NDArray[np.uint8]  # calls remembered as a nuisance
    left_operator: NDArray[np.int8]  # operator left last, -1 none
    left_months: NDArray[np.uint8]  # months since then
    # what friends could see at the end of last month
    seen_operator: NDArray[np.int8]
    seen_moved: NDArray[np.uint8]


class MonthRecord(NamedTuple):
    """What happened to each account this month; overwritten every month, no part of the state."""

    events: NDArray[np.int32]
    main_fen: NDArray[np.int32]  # paid to the main operator, discounts off
    second_fen: NDArray[np.int32]
    broadband_fen: NDArray[np.int32]  # paid to another operator for stand-alone broadband
    exit_fee_fen: NDArray[np.int32]  # exit fee, to the operator that was left
    origin: NDArray[np.int8]  # main operator at the start of the month
    credited: NDArray[np.int16]  # campaign whose promise was taken, -1 none
    used_gb: NDArray[np.float32]  # whole account, main lines


DTYPES = {
    "segment": np.uint8,
    "region": np.uint8,
    "lines": np.int16,
    "usage_gb": np.float32,
    "owned": np.uint16,
    "consent": np.uint8,
    "offer": np.int16,
    "second": np.int16,
    "broadband": np.int8,
    "tenure_months": np.int16,
    "second_tenure_months": np.int16,
    "contract_left": np.int8,
    "satisfaction": np.float32,
    "reference_fen": np.int32,
    "bill_fen": np.int32,
    "points": np.int32,
    "perk": np.int16,
    "perk_left": np.int8,
    "welcome_fen": np.int32,
    "welcome_left": np.int8,
    "contacts": np.uint8,
    "left_operator": np.int8,
    "left_months": np.uint8,
    "seen_operator": np.int8,
    "seen_moved": np.uint8,
}
_RECORD_DTYPES = {
    "events": np.int32,
    "main_fen": np.int32,
    "second_fen": np.int32,
    "broadband_fen": np.int32,
    "exit_fee_fen": np.int32,
    "origin": np.int8,
    "credited": np.int16,
    "used_gb": np.float32,
}
_EMPTY_RECORD = {"credited": -1}
_EMPTY = {"second": -1, "broadband": -1, "perk": -1, "left_operator": -1, "offer": -1}


def new_columns(n: int) -> Columns:
    """Columns for `n` accounts, holding nobody yet."""
    values: dict[str, Any] = {
        name: np.full(n, _EMPTY.get(name, 0), dtype=kind) for name, kind in DTYPES.items()
    }
    return Columns(**values)


def new_record(n: int) -> MonthRecord:
    """An empty record of a month for `n` accounts."""
    values: dict[str, Any] = {
        name: np.full(n, _EMPTY_RECORD.get(name, 0), dtype=kind)
        for name, kind in _RECORD_DTYPES.items()
    }
    return MonthRecord(**values)


def copy_columns(columns: Columns) -> Columns:
    """An independent copy of the state."""
    return Columns._make(column.copy() for column in columns)


def state_bytes() -> int:
    """Bytes of state held per account."""
    return sum(np.dtype(t).itemsize for t in DTYPES.values())
