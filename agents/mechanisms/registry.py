"""The mechanisms there are, one line each, and what they are taken together.

The order is that in which they take their turns; it never matters to what they are worth.
"""

from collections.abc import Mapping
from typing import Any

from agents.fields import Account
from agents.mechanisms.addons import ADDONS
from agents.mechanisms.growth_points import GROWTH_POINTS
from agents.mechanisms.line_monitor import LINE_MONITOR
from agents.mechanisms.mechanism import Mechanism, Step, in_turn, stillness_of, sum_of, union_of
from agents.mechanisms.outbound_calls import OUTBOUND_CALLS
from agents.mechanisms.points import POINTS
from agents.mechanisms.promises import FURTHER_PROMISES, PROMISES
from agents.mechanisms.silence import SILENCE
from agents.mechanisms.station_watch import STATION_WATCH
from agents.mechanisms.welcome import WELCOME
from sim.compile import behaviour
from sim.records import fill, named_tuple

MECHANISMS: tuple[Mechanism, ...] = (
    PROMISES,
    FURTHER_PROMISES,
    POINTS,
    WELCOME,
    GROWTH_POINTS,
    ADDONS,
    LINE_MONITOR,
    SILENCE,
    OUTBOUND_CALLS,
    STATION_WATCH,
)
OPTIONAL: dict[str, int] = {
    mechanism.name: bit
    for bit, mechanism in enumerate(mechanism for mechanism in MECHANISMS if not mechanism.always)
}
"""Mechanisms that can be off, each with its bit in `Surroundings.mechanisms`."""
_BITS = [OPTIONAL.get(mechanism.name, -1) for mechanism in MECHANISMS]


def measured(name: str) -> dict[str, int]:
    """Where a mechanism's measures stand in the last dimension of `Counters.held`, by name."""
    first = 0
    for one in MECHANISMS:
        if one.name == name:
            return {measure.name: first + i for i, measure in enumerate(one.measures)}
        first += len(one.measures)
    raise KeyError(name)


def _counting(one: Mechanism) -> Step | None:
    """An optional mechanism counts into its own measures, `[operator, measure]`."""
    if one.always or one.counts is None:
        return one.counts
    inner: Any = one.counts
    first = min(measured(one.name).values())

    @behaviour
    def count(a: Account, d: Any, k: Any, m: Any, p: Any) -> None:
        inner(a, d, k.held[:, a.region, a.segment, first:], m, p)

    return count


held_yuan = sum_of(zip(_BITS, [m.held_yuan for m in MECHANISMS], strict=True))
joining_yuan = sum_of(zip(_BITS, [m.joining_yuan for m in MECHANISMS], strict=True))
leaving_yuan = sum_of(zip(_BITS, [m.leaving_yuan for m in MECHANISMS], strict=True))
stillness = stillness_of(zip(_BITS, [m.look_chance for m in MECHANISMS], strict=True))
grants = union_of(zip(_BITS, [m.grants for m in MECHANISMS], strict=True))
opens = in_turn(zip(_BITS, [m.opens for m in MECHANISMS], strict=True))
speaks = in_turn(zip(_BITS, [m.speaks for m in MECHANISMS], strict=True))
hears_notice = in_turn(zip(_BITS, [m.hears_notice for m in MECHANISMS], strict=True))
moves = in_turn(zip(_BITS, [m.moves for m in MECHANISMS], strict=True))
bills = in_turn(zip(_BITS, [m.bills for m in MECHANISMS], strict=True))
closes = in_turn(zip(_BITS, [m.closes for m in MECHANISMS], strict=True))
counts = in_turn(zip(_BITS, [_counting(m) for m in MECHANISMS], strict=True))
passes = in_turn(zip(_BITS, [m.passes for m in MECHANISMS], strict=True))


_Terms = named_tuple("_Terms", [m.name for m in MECHANISMS if m.terms is not None], __name__)


def terms_of(records: Mapping[str, Any]) -> Any:
    """The terms of all mechanisms by name, from record arrays of those that are on."""
    values: list[Any] = [
        records.get(m.name, fill(m.terms, (0,), {})) for m in MECHANISMS if m.terms is not None
    ]
    return _Terms(*values)


def n_measures() -> int:
    """How many measures the mechanisms have together: the last index of `Counters.held`."""
    return sum(len(m.measures) for m in MECHANISMS)


def mechanism(name: str) -> Mechanism:
    """The mechanism called `name`. Raises `KeyError`."""
    return next(m for m in MECHANISMS if m.name == name)
