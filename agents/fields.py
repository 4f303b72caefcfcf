"""One subscriber, declared once: what is stored of it, and what a month brings.

From these declarations follow the population's columns, the account that behaviour functions read
and change, the reference subscriber's attributes, and everything that loads, saves, copies or
counts state (`agents/state.py`). `Whole` and `Real` are numbers in an account, arrays in columns.
What a mechanism stores is declared in the mechanism's own file, in the same way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Protocol,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
from numpy.typing import NDArray

from sim.vocabulary import NOBODY

Part = Literal["identity", "position", "shown"]
"""Who somebody is (never changes), where it stands, what friends saw at the end of last month."""


@dataclass(frozen=True)
class Stored:
    """How one value is kept as a column."""

    dtype: type[np.number[Any]]
    meaning: str
    unit: str = ""
    part: Part = "position"
    empty: int = 0
    """What it is for an account that holds nothing."""

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers."""
        return issubclass(self.dtype, np.integer)


class StateFields[Whole, Real](Protocol):
    """The state of an account, or of all accounts in order of region."""

    segment: Annotated[Whole, Stored(np.uint8, "see `Segment`", part="identity")]
    region: Annotated[Whole, Stored(np.uint8, "index of the region", part="identity")]
    lines: Annotated[Whole, Stored(np.int16, "main lines", "lines", "identity")]
    usage_gb: Annotated[
        Real,
        Stored(np.float32, "traffic wished for, at the market's start", "GB a line", "identity"),
    ]
    owned: Annotated[Whole, Stored(np.uint16, "services bought directly", "bit mask", "identity")]
    consent: Annotated[Whole, Stored(np.uint8, "1: to personal targeting", part="identity")]
    offer: Annotated[Whole, Stored(np.int16, "row of the present plan", empty=NOBODY)]
    second: Annotated[Whole, Stored(np.int16, "plan on the second SIM; -1 none", empty=NOBODY)]
    broadband: Annotated[Whole, Stored(np.int8, "operator of broadband; -1 none", empty=NOBODY)]
    tenure_months: Annotated[Whole, Stored(np.int16, "with the main operator", "months")]
    second_tenure_months: Annotated[Whole, Stored(np.int16, "with the second SIM's plan", "months")]
    contract_left: Annotated[Whole, Stored(np.int8, "that the contract still runs", "months")]
    satisfaction: Annotated[Real, Stored(np.float32, "with the main operator", "0 to 1")]
    reference_fen: Annotated[Whole, Stored(np.int32, "bill one is used to", "fen")]
    bill_fen: Annotated[Whole, Stored(np.int32, "last month's, all paid to operators", "fen")]
    contacts: Annotated[Whole, Stored(np.uint8, "calls remembered as a nuisance")]
    left_operator: Annotated[Whole, Stored(np.int8, "left last; -1 none", empty=NOBODY)]
    left_months: Annotated[Whole, Stored(np.uint8, "since then", "months")]
    dormant_months: Annotated[
        Whole, Stored(np.uint8, "until a lapsed main line is ended", "months")
    ]
    seen_operator: Annotated[Whole, Stored(np.int8, "main operator", part="shown")]
    seen_moved: Annotated[Whole, Stored(np.uint8, "1: changed operator", part="shown")]


class RecordFields[Whole, Real](Protocol):
    """What happened to an account this month; overwritten every month, no part of the state."""

    events: Annotated[Whole, Stored(np.int32, "see `Event`", "bit mask")]
    main_fen: Annotated[Whole, Stored(np.int32, "to the main operator, discounts off", "fen")]
    second_fen: Annotated[Whole, Stored(np.int32, "for the second SIM", "fen")]
    broadband_fen: Annotated[Whole, Stored(np.int32, "to another operator for broadband", "fen")]
    exit_fee_fen: Annotated[Whole, Stored(np.int32, "to the operator that was left", "fen")]
    origin: Annotated[Whole, Stored(np.int8, "main operator at the start of the month")]
    credited: Annotated[Whole, Stored(np.int16, "campaign taken up; -1 none", empty=NOBODY)]
    used_gb: Annotated[Real, Stored(np.float32, "on all main lines", "GB")]


class Account(StateFields[int, float], Protocol):
    """One account as behaviour functions read and change it: its state, and three handy facts."""

    who: int
    operator: int
    """Of the main plan."""
    usual_gb: float
    """Per line, this month's trend included."""


class Diary(RecordFields[int, float], Protocol):
    """What happens to one account in one month; no part of its state."""

    campaign: int
    """Tries to reach the account this month, or -1."""
    before_offer: int
    before_second: int
    wish_gb: float
    """Traffic wished for, whole account."""
    look_luck: float
    redeem_luck: float
    fault: int
    ran_out: int
    shock: int
    """1: last month's bill was a shock."""
    contract_ended: int
    ended: int
    """1: a lapsed main line is ended, and a line taken again."""
    silent: int
    """1: the main line has lapsed and is not ended yet: no use, no bill, no choice."""
    unused: int
    """1: the main line is paid for and not used (`mechanisms/silence`)."""
    replaced: int
    """Main lines that were replaced by others of the same operator and plan."""
    second_ended: int
    """1: the second SIM lapsed."""
    second_open: int
    """1: has to think of another second SIM though not looking around."""
    annoyed: int
    promise: int
    """Campaign that promised something on a plan still to be chosen, or -1."""
    friends: int
    """Friends by operator, packed (see `friends_at`)."""
    friends_moved: int
    looks: int
    """1: looks around this month."""
    chosen: int
    """Best offer of those compared, with what it and staying are worth, yuan a month per line."""
    value_yuan: float
    stay_yuan: float
    left: int
    """Operator left with the main line, or -1."""
    discount_fen: int
    """Taken off the bill, before it is cut to what there is to pay."""
    pack_fen: int
    """Sold on top of the plan."""
    extra_gb: float
    """Data on top of the plan's."""
    plan_fen: int
    """Mobile and included broadband, before discounts."""
    overage_fen: int
    standalone_fen: int
    """Broadband beside the plan, to whoever supplies it."""
    net_fen: int
    """Paid for the main plan, discounts off."""
    carried_gb: float
    """Traffic that the second SIM took off the main lines."""
    satisfaction: float
    """At the end of the month, before it is rounded to be stored."""
    second_used: int


class Seen(NamedTuple):
    """What everybody showed at the end of last month, by account: arrays, or plain lists."""

    operator: Sequence[int] | NDArray[Any]
    moved: Sequence[int] | NDArray[Any]


def stored_in(layout: type) -> dict[str, Stored]:
    """The columns that a class declares, base classes included, in order."""
    found: dict[str, Stored] = {}
    for name, hint in get_type_hints(layout, include_extras=True).items():
        if get_origin(hint) is Annotated:
            found.update((name, note) for note in get_args(hint)[1:] if isinstance(note, Stored))
    return found


def numbers_in(layout: type) -> Iterator[tuple[str, type]]:
    """Every number that a class declares, stored or not, with its 64-bit type."""
    for name, hint in get_type_hints(layout, include_extras=True).items():
        stored = [note for note in get_args(hint)[1:] if isinstance(note, Stored)]
        whole = stored[0].is_whole if stored else hint is int
        yield name, np.int64 if whole else np.float64
