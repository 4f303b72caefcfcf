"""A population that is watched while it chooses: the same months, and a record of every choice."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.choice_record import ChoiceRow, TasteRow, record_choices, record_tastes
from agents.population import Population, room_for
from agents.state import Columns, MonthRecord, copy_columns, new_desk
from agents.tallies import Counters
from sim.records import Records, fill, record_dtype
from sim.vocabulary import Event

_AT_ONCE = 4_096
"""Situations replayed at once: what bounds the memory that a recording takes."""

Sink = Callable[[Records[ChoiceRow], MarketTables], None]
"""Takes rows of finished situations, and the tables of their month. Keep copies, not the rows."""


class Tastes(NamedTuple):
    """True tastes of some accounts, in yuan a month."""

    people: NDArray[np.int64]
    lasting: Any  # records of TasteRow
    liking_yuan: NDArray[np.float64]  # [person, operator]
    worth_yuan: NDArray[np.float64]  # [person, service], for the account


class RecordedPopulation:
    """A population in whose place it stands, whose choices go to a `sink`.

    Recording changes nothing: the population lives the month first, and the choices are replayed
    from a copy of the state before it.

    Args:
        population: who lives the months.
        sink: what is done with the rows.
        people: the accounts to watch; `None`: all.
    """

    def __init__(
        self, population: Population, sink: Sink, people: NDArray[np.int64] | None = None
    ) -> None:
        self._population = population
        self.record: MonthRecord = population.record
        """What happened to each account this month."""
        self._sink = sink
        self._watched = np.ones(len(population), dtype=bool)
        if people is not None:
            self._watched[:] = False
            self._watched[people] = True
        self._rows: Records[ChoiceRow] = fill(ChoiceRow, (0,), {})

    def __len__(self) -> int:
        return len(self._population)

    def columns(self) -> Columns:
        """The state as columns; read only."""
        return self._population.columns()

    def hold(self, mechanism: str) -> None:
        """Make room for what accounts can hold of an optional mechanism, if there is none yet."""
        self._population.hold(mechanism)

    def fork(self) -> Self:
        """An independent population in the same state, of which nobody is watched."""
        return type(self)(self._population.fork(), _ignore, np.empty(0, dtype=np.int64))

    def live(self, m: MarketTables, p: Behaviour, contact: NDArray[np.int16]) -> Counters:
        """Let everybody live a month and record the choices; returns what was counted.

        Raises `RuntimeError` if a replay does not end where the account ended.
        """
        before = copy_columns(self._population.columns())
        counters = self._population.live(m, p, contact)
        taken = self._population.columns().offer
        events = self._population.record.events
        may_choose = events & (Event.LOOKED | Event.CONTACTED) != 0
        people = np.flatnonzero(may_choose & self._watched)
        for start in range(0, len(people), _AT_ONCE):
            some = people[start : start + _AT_ONCE]
            rows = self._room(len(some) * len(m.offers.rows))
            count, wrong = record_choices(
                rows, some, before, taken, events, contact, room_for(m), new_desk(), m, p
            )
            if wrong:
                raise RuntimeError(
                    f"{wrong} replayed choices of month {m.around.month} differ from those made"
                )
            self._sink(rows[np.arange(count)], m)
        return counters

    def _room(self, rows: int) -> Records[ChoiceRow]:
        if len(self._rows) < rows:
            self._rows = fill(ChoiceRow, (rows,), {})
        return self._rows


def _ignore(rows: Records[ChoiceRow], m: MarketTables) -> None:
    """Take no note."""


def tastes_of(
    population: Population, people: NDArray[np.int64], m: MarketTables, p: Behaviour
) -> Tastes:
    """The true lasting tastes of some accounts: what an estimate may be held against."""
    n_operators = len(m.around.firms)
    found = Tastes(
        people,
        np.zeros(len(people), dtype=record_dtype(TasteRow)).view(np.recarray),
        np.zeros((len(people), n_operators)),
        np.zeros((len(people), len(m.around.services))),
    )
    record_tastes(
        found.lasting,
        found.liking_yuan,
        found.worth_yuan,
        people,
        population.columns(),
        new_desk(),
        m,
        p,
    )
    return found
