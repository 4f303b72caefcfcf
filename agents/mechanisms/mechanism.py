"""What a mechanism is, and how the mechanisms of a market become one.

A mechanism never learns of another. They meet on a customer through a few quantities in money, and
in the stages of a month, each a function `(account, diary, x, tables, behaviour)`; `x` is what the
stage or quantity is about. Functions of a family are put together once, when this package is
imported: plain functions that call plain functions, so they compile into the kernel and run as they
stand in the reference.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.fields import Account, Stored, stored_in
from agents.liabilities import Owed
from sim.compile import behaviour
from sim.ledger import Flow
from sim.schema import Settings

Step = Callable[..., None]
Yuan = Callable[..., float]

Flows = Callable[[Mapping[str, int], Any], list[tuple[str, Flow, int]]]
"""From an operator's measures of the month and its terms: payee, purpose and fen of payments.

Below 0: the payee pays so much back."""


@dataclass(frozen=True)
class Measured:
    """A whole number that a mechanism adds up each month, by operator, region and segment."""

    name: str
    factor: float = 1.0
    """What it is shown in, per unit counted (0.01: fen as yuan)."""


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One mechanism, as its file declares it. What is not named it does not do."""

    name: str
    holds: type
    """A protocol on top of `Account`, whose own stored fields are the mechanism's columns."""
    notes: type | None = None
    """A protocol on top of `Diary`: what it writes down during a month."""
    always: bool = False
    """Whether every market has it. Else its columns are empty until somebody switches it on."""
    settings: type[Settings] | None = None
    """What an operator says when it switches it on; none: nobody can."""
    terms: type | None = None
    """Layout of the record, one an operator, that subscribers read instead of the settings."""
    compiled: Callable[[Any], dict[str, Any]] | None = None
    """From settings to the record's values."""
    measures: tuple[Measured, ...] = ()
    flows: Flows | None = None
    owes: Callable[[Mapping[str, int], Any], Owed] | None = None
    """What an operator owes its customers by it, from the same: claims not redeemed yet."""

    # quantities in yuan; x is an offer
    held_yuan: Yuan | None = None
    """A month per line: what one holds on an offer, or has been promised with it."""
    joining_yuan: Yuan | None = None
    """A month per line: what an offer adds for somebody who comes from another operator."""
    leaving_yuan: Yuan | None = None
    """Once, for the account: what is forfeited by leaving the operator for an offer elsewhere."""
    look_chance: Yuan | None = None
    """Chance that it makes one look around this month."""
    grants: Callable[..., int] | None = None
    """Bit mask of partners' services that come with it."""

    # the month, in its order
    opens: Step | None = None
    """The month begins: clear one's notes."""
    speaks: Step | None = None
    """Before one looks around."""
    hears_notice: Step | None = None
    """The best offer is elsewhere: what makes one stay after all (`diary.chosen`)."""
    moves: Step | None = None
    """The account has just come to another plan; `diary.left` says whether it left somebody."""
    bills: Step | None = None
    """What is added to the bill or taken off it, and data on top of the plan's."""
    closes: Step | None = None
    """After paying: earn, collect, redeem."""
    counts: Step | None = None
    """Add to the counters, which are x."""
    passes: Step | None = None
    """Everything that runs, runs a month less."""

    def columns(self) -> dict[str, Stored]:
        """Its columns by name, in order."""
        return {k: v for k, v in stored_in(self.holds).items() if k in self.holds.__annotations__}


def sum_of(parts: Iterable[tuple[int, Yuan | None]]) -> Yuan:
    """The sum of a quantity over mechanisms (bit, function), from the first to the last."""
    total: Any = _nothing
    for bit, part in parts:
        if part is not None:
            total = _plus(total, part, bit)
    return total


def stillness_of(parts: Iterable[tuple[int, Yuan | None]]) -> Yuan:
    """The chance that none of the mechanisms makes one look: they are independent reasons."""
    total: Any = _certain
    for bit, part in parts:
        if part is not None:
            total = _without(total, part, bit)
    return total


def union_of(parts: Iterable[tuple[int, Callable[..., int] | None]]) -> Callable[..., int]:
    """All bits that any of the mechanisms sets."""
    total: Any = _no_bits
    for bit, part in parts:
        if part is not None:
            total = _with_bits(total, part, bit)
    return total


def in_turn(parts: Iterable[tuple[int, Step | None]]) -> Step:
    """One stage of the month, mechanism by mechanism."""
    stage: Any = _rest
    for bit, part in parts:
        if part is not None:
            stage = _then(stage, part, bit)
    return stage


@behaviour
def _nothing(a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
    return 0.0


@behaviour
def _certain(a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
    return 1.0


@behaviour
def _no_bits(a: Account, d: Any, x: Any, m: Any, p: Any) -> int:
    return 0


@behaviour
def _rest(a: Account, d: Any, x: Any, m: Any, p: Any) -> None:
    pass


@behaviour
def is_on(bit: int, m: Any) -> bool:
    """Whether a mechanism works in this market this month; a negative bit always does."""
    return bit < 0 or (m.around.mechanisms >> bit) & 1 == 1


def _plus(before: Any, part: Any, bit: int) -> Any:
    @behaviour
    def both(a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
        total = before(a, d, x, m, p)
        if is_on(bit, m):
            total += part(a, d, x, m, p)
        return total

    return both


def _without(before: Any, part: Any, bit: int) -> Any:
    @behaviour
    def both(a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
        still = before(a, d, x, m, p)
        if is_on(bit, m):
            still *= 1.0 - part(a, d, x, m, p)
        return still

    return both


def _with_bits(before: Any, part: Any, bit: int) -> Any:
    @behaviour
    def both(a: Account, d: Any, x: Any, m: Any, p: Any) -> int:
        mask = before(a, d, x, m, p)
        if is_on(bit, m):
            mask |= part(a, d, x, m, p)
        return mask

    return both


def _then(before: Any, part: Any, bit: int) -> Any:
    @behaviour
    def both(a: Account, d: Any, x: Any, m: Any, p: Any) -> None:
        before(a, d, x, m, p)
        if is_on(bit, m):
            part(a, d, x, m, p)

    return both
