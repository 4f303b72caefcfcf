"""Broadband lines that are watched (主动排障): a defect can be found before it becomes a fault.

Faults are those of every market, with the same luck. What is added is that a fault does not come
out of nothing: it begins as a defect some months before, which nobody feels, but which shows in the
line's errors. This is the delay-time model of maintenance (Christer & Waller 1984, "Delay time
models of industrial inspection maintenance problems"): who inspects the line in between finds the
defect and takes it away; who comes to a sound line comes for nothing. Where nobody watches, defects
become faults as ever.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Amount, Behaviour, Spread
from agents.fields import Account, Diary, Stored
from agents.mechanisms.mechanism import Measured, Mechanism
from agents.mechanisms.promises import contact_by
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.ledger import SUPPLIERS, Flow
from sim.money import round_fen
from sim.schema import Settings
from sim.vocabulary import NOBODY, Event

WATCHED, VISITS, FOUND, PREVENTED, FAULTS = range(5)


class LineMonitorSettings(Settings):
    """What an operator says when it begins to watch its broadband lines."""

    defect_months: Annotated[int, Field(ge=1, le=6)] = 2
    """From the month in which a defect can be found to the fault it becomes, both counted."""
    errors_sound: Annotated[float, Field(gt=0, le=1e6)] = 10.0
    """Errors counted on an ordinary sound line in a month."""
    errors_spread: Spread = 0.6
    """Lasting spread (log sd) of that count over lines: some are long, or old."""
    errors_noise: Spread = 0.5
    """Spread (log sd) of a line's count from month to month."""
    errors_factor: Annotated[float, Field(ge=1, le=100)] = 6.0
    """How many times as many errors a line shows in the month in which it is to fail; less before.
    1: errors say nothing."""
    urgent_visit_yuan: Amount = 100.0
    """What a technician costs who comes after a fault, contained in the cost of broadband."""


class LineMonitorTerms(Protocol):
    """The same, as subscribers' lines feel it; nothing where an operator watches none."""

    defect_months: int


class Watched(Account, Protocol):
    """An account whose broadband line may have been inspected."""

    line_sound: Annotated[int, Stored(np.int8, "for which an inspected line cannot fail", "months")]


class LineDiary(Diary, Protocol):
    """What happened to the line this month."""

    line_visited: int
    line_found: int
    line_prevented: int
    line_failed: int


@behaviour
def due_in(seed: int, who: int, month: int, sound: int, defect_months: int, rate: float) -> int:
    """Months until the fault of a defect that is in a line now; -1: there is none.

    A line inspected lately is `sound` for so many months more.
    """
    for k in range(sound, defect_months):
        _, _, luck, _ = uniforms(seed, who, month + k, Purpose.MONTH, 0)
        if luck < rate:
            return k
    return NOBODY


@behaviour
def opens(a: Watched, d: LineDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Nothing has happened yet."""
    d.line_visited = 0
    d.line_found = 0
    d.line_prevented = 0
    d.line_failed = 0


@behaviour
def speaks(a: Watched, d: LineDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Let the technician in, who takes a defect away; what was taken away does not fail."""
    months = m.terms.line_monitor[a.operator].defect_months
    if months == 0 or a.broadband != a.operator:
        a.line_sound = 0
        return
    c = m.campaigns
    visit = d.campaign >= 0 and c[d.campaign].repairs == 1
    if visit and contact_by(d.campaign, a.who, 0, m).persuaded:
        let_in(a, d, months, m)
    rate = m.around.places[a.operator, a.region].fault_rate
    if d.fault == 1 and due_in(m.around.seed, a.who, m.around.month, 0, 1, rate) >= 0:
        if a.line_sound > 0:
            d.fault = 0
            d.events -= d.events & Event.FAULT
            d.line_prevented = 1
        else:
            d.line_failed = 1


@behaviour
def let_in(a: Watched, d: LineDiary, months: int, m: MarketTables) -> None:
    """A visit: what is there to be found is found."""
    rate = m.around.places[a.operator, a.region].fault_rate
    d.line_visited = 1
    d.events |= Event.ACCEPTED
    d.credited = d.campaign
    if due_in(m.around.seed, a.who, m.around.month, a.line_sound, months, rate) >= 0:
        d.line_found = 1
    a.line_sound = months


@behaviour
def moves(a: Watched, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A line of somebody else is another line."""
    if a.broadband != a.operator:
        a.line_sound = 0


@behaviour
def counts(
    a: Watched, d: LineDiary, held: NDArray[np.int64], m: MarketTables, p: Behaviour
) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    if m.terms.line_monitor[a.operator].defect_months > 0 and a.broadband == a.operator:
        held[a.operator, WATCHED] += 1
    then = held[d.origin]  # before one may have left
    then[VISITS] += d.line_visited
    then[FOUND] += d.line_found
    then[PREVENTED] += d.line_prevented
    then[FAULTS] += d.line_failed


@behaviour
def passes(a: Watched, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A line is known to be sound for a month less."""
    a.line_sound = max(0, a.line_sound - 1)


def flows(sums: Mapping[str, int], terms: LineMonitorSettings) -> list[tuple[str, Flow, int]]:
    """Urgent visits that were not needed: suppliers are paid less. Visits themselves are contacts.

    The cost of broadband contains the repair of ordinary faults.
    """
    spared = round_fen(sums["line_prevented"] * terms.urgent_visit_yuan * 100.0)
    return [(SUPPLIERS, Flow.SERVING, -spared)]


def compiled(settings: LineMonitorSettings) -> dict[str, Any]:
    """Settings as `LineMonitorTerms`."""
    return {"defect_months": settings.defect_months}


LINE_MONITOR = Mechanism(
    name="line_monitor", holds=Watched, notes=LineDiary,
    settings=LineMonitorSettings, terms=LineMonitorTerms, compiled=compiled,
    measures=tuple(
        Measured(f"line_{name}") for name in ("watched", "visits", "found", "prevented", "faults")
    ),
    flows=flows, opens=opens, speaks=speaks, moves=moves, counts=counts, passes=passes,
)  # fmt: skip
