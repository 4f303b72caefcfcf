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
    needs_scenes: Callable[[Any], bool] | None = None
    """Whether what an operator says works only in a market with scenes."""
    measures: tuple[Measured, ...] = ()
    flows: Flows | None = None
    owes: Callable[[Mapping[str, int], Any], Owed] | None = None
    """What an operator owes its customers by it, from the same: claims not redeemed yet."""
    receipts: Flows | None = None
    """The same of what the operator is paid outside the bill: payer, purpose and fen."""

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
    add = _joined([_adding(part, bit) for bit, part in parts if part is not None])

    @behaviour
    def total(a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
        return add(0.0, a, d, x, m, p)

    return total


def stillness_of(parts: Iterable[tuple[int, Yuan | None]]) -> Yuan:
    """The chance that none of the mechanisms makes one look: they are independent reasons."""
    reduce = _joined([_reducing(part, bit) for bit, part in parts if part is not None])

    @behaviour
    def still(a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
        return reduce(1.0, a, d, x, m, p)

    return still


def union_of(parts: Iterable[tuple[int, Callable[..., int] | None]]) -> Callable[..., int]:
    """All bits that any of the mechanisms sets."""
    add = _joined([_adding_bits(part, bit) for bit, part in parts if part is not None])

    @behaviour
    def mask(a: Account, d: Any, x: Any, m: Any, p: Any) -> int:
        return add(0, a, d, x, m, p)

    return mask


def in_turn(parts: Iterable[tuple[int, Step | None]]) -> Step:
    """One stage of the month, mechanism by mechanism."""
    take_turns = _joined([_taking_turn(part, bit) for bit, part in parts if part is not None])

    @behaviour
    def stage(a: Account, d: Any, x: Any, m: Any, p: Any) -> None:
        take_turns(0, a, d, x, m, p)

    return stage


def _joined(parts: list[Any]) -> Any:
    """One function of many, each given what the one before returned.

    They are joined two by two, and the pairs again: a chain nests calls as deep as there are
    mechanisms, and the compiler, which works from the inside out, can nest only so deep.
    """
    while len(parts) > 1:
        pairs = [_both(*parts[i : i + 2]) for i in range(0, len(parts) - 1, 2)]
        parts = pairs + parts[len(pairs) * 2 :]
    return parts[0] if parts else _unchanged


def _both(first: Any, second: Any) -> Any:
    @behaviour
    def both(so_far: Any, a: Account, d: Any, x: Any, m: Any, p: Any) -> Any:
        return second(first(so_far, a, d, x, m, p), a, d, x, m, p)

    return both


@behaviour
def _unchanged(so_far: Any, a: Account, d: Any, x: Any, m: Any, p: Any) -> Any:
    return so_far


@behaviour
def is_on(bit: int, m: Any) -> bool:
    """Whether a mechanism works in this market this month; a negative bit always does."""
    return bit < 0 or (m.around.mechanisms >> bit) & 1 == 1


def _adding(part: Any, bit: int) -> Any:
    @behaviour
    def add(total: float, a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
        if is_on(bit, m):
            total += part(a, d, x, m, p)
        return total

    return add


def _reducing(part: Any, bit: int) -> Any:
    @behaviour
    def reduce(still: float, a: Account, d: Any, x: Any, m: Any, p: Any) -> float:
        if is_on(bit, m):
            still *= 1.0 - part(a, d, x, m, p)
        return still

    return reduce


def _adding_bits(part: Any, bit: int) -> Any:
    @behaviour
    def add(mask: int, a: Account, d: Any, x: Any, m: Any, p: Any) -> int:
        if is_on(bit, m):
            mask |= part(a, d, x, m, p)
        return mask

    return add


def _taking_turn(part: Any, bit: int) -> Any:
    @behaviour
    def turn(nothing: int, a: Account, d: Any, x: Any, m: Any, p: Any) -> int:
        if is_on(bit, m):
            part(a, d, x, m, p)
        return nothing

    return turn
