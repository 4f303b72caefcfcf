"""The population of subscribers: state in columns, months lived by the compiled kernel."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.kernel import live_month
from agents.mechanisms.registry import n_measures
from agents.population_synthesis import be_somebody, take_first_plans
from agents.settings import PopulationSettings
from agents.state import (
    Columns,
    MonthRecord,
    copy_columns,
    new_columns,
    new_desk,
    new_record,
    with_mechanism,
)
from agents.tallies import Counters, add_counters, new_counters
from sim.errors import MarketError
from sim.records import column
from sim.vocabulary import Event, Segment

_CHUNK = 65_536


class Population(Protocol):
    """What a market needs of its subscribers, however they are implemented."""

    record: MonthRecord

    def __len__(self) -> int: ...

    def live(self, m: MarketTables, p: Behaviour, contact: NDArray[np.int16]) -> Counters:
        """Let everybody live a month; returns what was counted."""
        ...

    def columns(self) -> Columns:
        """The state as columns; read only."""
        ...

    def hold(self, mechanism: str) -> None:
        """Make room for what accounts can hold of an optional mechanism, if there is none yet."""
        ...

    def fork(self) -> Self:
        """An independent population in the same state."""
        ...


class ColumnPopulation:
    """Subscribers as columns. Threads change nothing but the time it takes."""

    def __init__(self, columns: Columns, threads: int = 1, chunk: int = _CHUNK) -> None:
        self._columns = columns
        self.record = new_record(len(columns.segment))
        self.threads = threads
        self.chunk = chunk

    def __len__(self) -> int:
        return len(self._columns.segment)

    def columns(self) -> Columns:
        """The state itself: callers must not write to it."""
        return self._columns

    def hold(self, mechanism: str) -> None:
        """Make room for what accounts can hold of an optional mechanism, if there is none yet."""
        self._columns = with_mechanism(self._columns, mechanism)

    def fork(self) -> Self:
        """An independent population in the same state."""
        return type(self)(copy_columns(self._columns), self.threads, self.chunk)

    def live(self, m: MarketTables, p: Behaviour, contact: NDArray[np.int16]) -> Counters:
        """Let everybody live a month; returns what was counted.

        `contact` is `[account]`: the campaign that tries to reach it, or -1.
        """

        def run(bounds: tuple[int, int]) -> Counters:
            counters = counters_for(m)
            room, desk = room_for(m), new_desk()
            live_month(self._columns, self.record, counters, contact, room, desk, m, p, *bounds)
            return counters

        if self.threads == 1:
            parts = [run(bounds) for bounds in self._chunks()]
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                parts = list(pool.map(run, self._chunks()))
        show_friends(self._columns, self.record, m)
        return add_counters(parts)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        n = len(self)
        size = min(self.chunk, -(-n // self.threads))
        for start in range(0, n, size):
            yield start, min(n, start + size)


def counters_for(m: MarketTables) -> Counters:
    """Empty counters of the right size."""
    n_operators, n_regions = m.around.places.shape
    return new_counters(
        n_operators,
        n_regions,
        len(m.offers.rows),
        len(m.around.services),
        len(m.campaigns),
        n_measures() if m.around.mechanisms else 0,
    )


def room_for(m: MarketTables) -> NDArray[np.float64]:
    """Where a kernel writes what each benefit is worth to whoever is choosing."""
    return np.zeros(len(m.around.services))


def show_friends(columns: Columns, record: MonthRecord, m: MarketTables) -> None:
    """Let friends see, next month, where everybody is now and who has just moved."""
    columns.seen_operator[:] = column(m.offers.rows, "operator")[columns.offer]
    columns.seen_moved[:] = (record.events & Event.LEFT) != 0


def region_blocks(n: int, shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """First account of each region (and `n`): accounts are laid out region by region.

    Every region gets at least one account. Raises `MarketError` if there are fewer accounts than
    regions.
    """
    if n < len(shares):
        raise MarketError(f"subscribers={n}: allowed at least {len(shares)}, one for each region")
    sizes = np.maximum(1, np.floor(shares * n).astype(np.int64))
    order = np.argsort(-(shares * n - sizes), kind="stable")
    for k in range(abs(n - int(sizes.sum()))):
        if sizes.sum() < n:
            sizes[order[k % len(shares)]] += 1
        else:
            sizes[np.argmax(sizes)] -= 1
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def unsettled(m: MarketTables, p: Behaviour, settings: PopulationSettings) -> Columns:
    """Accounts with tastes and habits but without a plan yet."""
    regions = m.around.regions
    columns = new_columns(int(regions[-1].end))
    for index, region in enumerate(regions):
        columns.region[region.start : region.end] = index
    shares = [getattr(settings, segment.name.lower()) for segment in Segment]
    be_somebody(
        columns,
        m,
        p,
        np.cumsum(shares),
        (settings.household_lines_min, settings.household_lines_max),
        (settings.enterprise_lines_mean, settings.enterprise_lines_max),
        (settings.consent, settings.household_broadband),
        0,
        len(columns.segment),
    )
    return columns


def settle(columns: Columns, m: MarketTables, p: Behaviour, churn_monthly: float) -> None:
    """Put everybody on a starting plan. Raises `MarketError` if somebody finds none to buy."""
    everybody = (0, len(columns.segment))
    without = take_first_plans(columns, room_for(m), new_desk(), m, p, churn_monthly, *everybody)
    if without:
        raise MarketError(
            f"{without} accounts find no plan they may buy: every region needs offers for persons, "
            "households and enterprises"
        )
