"""The reference market: one Mesa agent a subscriber, nothing compiled, written to be believed.

It shares the supply side and the behaviour functions with the engine; state and loop are its own.
A test compares the two, account by account. It is hundreds of times slower: for checking, not for
running.
"""

import copy
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.fields import Seen
from agents.market import Market
from agents.population import counters_for
from agents.settings import MarketSettings
from agents.state import OPTIONAL_COLUMNS, RECORD, STATE, Columns, columns_of, new_record
from agents.subscriber import Subscriber, Today
from agents.tallies import Counters


class ReferencePopulation:
    """Subscribers as Mesa agents of a model, for a market in place of its columns.

    `order` is the order in which they live their month. It cannot matter: all that anybody sees of
    another subscriber is what that one showed at the end of last month.
    """

    def __init__(self, model: Any, columns: Columns) -> None:
        n = len(columns.segment)
        self.subscribers = [Subscriber(model, who, columns) for who in range(n)]
        self.order: Sequence[int] = range(n)
        self.record = new_record(n)
        self._columns: Columns | None = None
        self._held: set[str] = {n for n in OPTIONAL_COLUMNS if len(getattr(columns, n))}

    def __len__(self) -> int:
        return len(self.subscribers)

    def live(self, m: MarketTables, p: Behaviour, contact: NDArray[np.int16]) -> Counters:
        """Let everybody live a month; returns what was counted."""
        seen = Seen(
            [subscriber.seen_operator for subscriber in self.subscribers],
            [subscriber.seen_moved for subscriber in self.subscribers],
        )
        today = Today(plain_tables(m), _plain(p), seen, counters_for(m))
        campaigns = contact.tolist()
        for who in self.order:
            self.subscribers[who].live(campaigns[who], today)
        for subscriber in self.subscribers:
            subscriber.show()
        self._columns = None
        diaries = [subscriber.diary for subscriber in self.subscribers]
        for name, column in zip(RECORD, self.record, strict=True):
            column[:] = [getattr(diary, name) for diary in diaries]
        return today.counters

    def columns(self) -> Columns:
        """The state as columns; read only, since the agents hold the truth."""
        if self._columns is None:
            self._columns = columns_of(
                {name: self._column(name, stored.dtype) for name, stored in STATE.items()}
            )
        return self._columns

    def _column(self, name: str, kind: Any) -> NDArray[Any]:
        there = name not in OPTIONAL_COLUMNS or name in self._held
        values = [getattr(s, name) for s in self.subscribers] if there else []
        return np.array(values, dtype=kind)

    def hold(self, mechanism: str) -> None:
        """Make room for what accounts can hold of an optional mechanism, if there is none yet."""
        self._held |= {name for name, owner in OPTIONAL_COLUMNS.items() if owner == mechanism}
        self._columns = None

    def fork(self) -> Self:
        """An independent population in the same state, agents of a copy of their model."""
        return copy.deepcopy(self)


def reference_market(settings: MarketSettings, subscribers: int, seed: int) -> Market:
    """A market of Mesa agents that must live exactly what `Market` with these arguments lives."""
    market = Market(settings, subscribers, seed)
    market.population = ReferencePopulation(market, market.population.columns())
    return market


def plain_tables(m: MarketTables) -> MarketTables:
    """The month's tables as lists and objects of Python numbers, quicker to read one by one."""
    prices: Any = dict(np.ndenumerate(m.offers.price_fen.astype(object)))
    places: Any = dict(np.ndenumerate(m.around.places))
    around = m.around._replace(
        places={where: _plain(place) for where, place in places.items()},
        firms=_plain_rows(m.around.firms),
        services=_plain_rows(m.around.services),
        regions=_plain_rows(m.around.regions),
        habits=_plain_rows(m.around.habits),
    )
    offers = m.offers._replace(rows=_plain_rows(m.offers.rows), price_fen=prices)
    terms: Any = SimpleNamespace(
        **{name: _plain_rows(rows) for name, rows in m.terms._asdict().items()}
    )
    return MarketTables(offers, _plain_rows(m.campaigns), around, terms)


def _plain_rows(records: Any) -> Any:
    return [_plain(record) for record in records]


def _plain(record: Any) -> Any:
    return SimpleNamespace(**{name: record[name].tolist() for name in record.dtype.names})
