"""What holds in every market, whoever plays: the same bits where they must be, nothing lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from agents.market import Market
from sim.ledger import SUBSCRIBERS, Flow
from sim.vocabulary import Measure

type Month = Mapping[str, Any]
"""All that a month leaves behind, by name: state, record, counters, ledger, log."""

_PAID = (Flow.MOBILE, Flow.BROADBAND, Flow.EXIT_FEE)


class ContractError(AssertionError):
    """A contract is broken; the message says which, and where it shows first."""


def need(holds: object, sentence: str) -> None:
    """Raise `ContractError` unless something holds."""
    if not holds:
        raise ContractError(sentence)


def month_of(market: Market) -> Month:
    """Everything that the month just lived has left behind."""
    assert market.last_counters is not None
    parts = {
        "state": market.population.columns(),
        "record": market.population.record,
        "counted": market.last_counters,
    }
    settings: dict[str, Any] = {
        f"{kind} {name}": value.copy()
        for kind, part in parts.items()
        for name, value in part._asdict().items()
    }
    return settings | {"ledger": market.ledger.postings(), "log": list(market.log)}


def trace(market: Market, months: int) -> list[Month]:
    """Run a market and keep everything of every month."""
    return [month_of(market.run(1)) for _ in range(months)]


def need_same(
    one: Sequence[Month], other: Sequence[Month], broken: str, but: Sequence[str] = ()
) -> None:
    """Raise `ContractError` unless two traces agree to the last bit.

    Args:
        one: a trace.
        other: the trace that must be the same.
        broken: what it means if they are not.
        but: names of parts that may differ.
    """
    for month, (left, right) in enumerate(zip(one, other, strict=True)):
        for name in left.keys() | right.keys():
            if name in but:
                continue
            need(
                name in left and name in right and alike(left[name], right[name]),
                f"{broken}: '{name}' differs first in month {month}",
            )


def alike(one: Any, other: Any) -> bool:
    """Whether two values hold the same, arrays and missing numbers included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype != other.dtype or one.shape != other.shape:
            return False
        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
    if is_dataclass(one):
        return all(alike(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, dict):
        mine, theirs = cast("dict[Any, Any]", one), cast("dict[Any, Any]", other)
        return mine.keys() == theirs.keys() and all(alike(mine[k], theirs[k]) for k in mine)
    if isinstance(one, list | tuple):
        pairs = cast("Iterable[tuple[Any, Any]]", zip(one, other, strict=False))
        return len(one) == len(other) and all(alike(a, b) for a, b in pairs)
    same_number = isinstance(one, float) and one != one and other != other  # noqa: PLR0124 - NaN
    return same_number or bool(one == other)


def need_conserved(market: Market, before: Month, months: Sequence[Month]) -> None:
    """Raise `ContractError` unless accounts, lines and money are conserved, to the last fen.

    Args:
        market: as it is after the last of `months`.
        before: the month ahead of them.
        months: what they left behind.
    """
    first = market.month - len(months)
    for number, (was, now) in enumerate(zip([before, *months[:-1]], months, strict=True)):
        where = f"in month {number}"
        accounts = _counted(now, Measure.ACCOUNTS).sum()
        need(accounts == len(market.population), f"{accounts} accounts are counted {where}")
        gained = _counted(now, Measure.GROSS_ADDS) - _counted(now, Measure.CHURNED_LINES)
        lines = _counted(now, Measure.LINES)
        need(
            np.array_equal(lines, _counted(was, Measure.LINES) + gained),
            f"lines appear or vanish {where}: {lines.tolist()} by operator",
        )
        ledger = market.ledger
        over = sum(ledger.balance(account, first + number) for account in ledger.accounts)
        need(over == 0, f"{over} fen appear or vanish {where}")
        record = ("main_fen", "second_fen", "broadband_fen", "exit_fee_fen")
        billed = int(sum(now[f"record {name}"].astype(np.int64).sum() for name in record))
        paid = ledger.paid(SUBSCRIBERS, first + number)
        booked = sum(paid.get(flow, 0) for flow in _PAID)
        need(booked == billed, f"subscribers pay {billed} fen {where}, the ledger says {booked}")


def _counted(month: Month, measure: Measure) -> NDArray[np.int64]:
    """A measure of one month by operator."""
    return month["counted measures"][..., measure].sum(axis=(1, 2)).astype(np.int64)
