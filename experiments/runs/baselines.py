"""Markets at the moment an experiment starts, one for each world and seed, and forks of them.

Several kinds of experiment measure the calibrated market rather than compare strategies. Each asks
a *baseline*: one draw of people and luck, lived to month 0, from which any number of futures fork.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.behaviour.steps import friend_index
from agents.limits import NEAR_FRIENDS
from agents.market import Market
from experiments.question.question import Question
from experiments.runs.cells import World, before_the_shock
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from experiments.runs.sweep import calibrated, cell_name, prepare
from experiments.runs.worlds import draw_worlds
from sim.draws import Purpose, uniforms
from sim.records import column
from sim.schema import Settings
from sim.vocabulary import Event, Segment


class Panel(NamedTuple):
    """Everybody's months with nobody moving; arrays are `[month, account]`.

    States are those in which an account enters the month, events what happened in it.
    """

    operator: NDArray[np.int8]
    offer: NDArray[np.int16]
    tenure_months: NDArray[np.int16]
    contract_left: NDArray[np.int8]
    satisfaction: NDArray[np.float32]
    broadband: NDArray[np.int8]
    friends_moved: NDArray[np.int8]
    events: NDArray[np.int32]
    used_gb: NDArray[np.float32]

    def happened(self, event: Event) -> NDArray[np.bool_]:
        """Whether an event happened, `[month, account]`."""
        return (self.events & event) != 0

    def leaves(self, month: int, months: int) -> NDArray[np.bool_]:
        """Who changes operator in the `months` from `month`, `[account]`."""
        return self.happened(Event.LEFT)[month : month + months].any(axis=0)


@dataclass
class Baseline:
    """One market at month 0. `market` itself is never stepped: futures are forks of it."""

    world: int
    seed: int
    market: Market
    months: int
    """How long the panel is."""
    kept: dict[tuple[str, int], Any] = field(default_factory=dict[tuple[str, int], Any])
    """Futures that more than one measure needs, by name and operator."""

    def fork(self) -> Market:
        """A future of its own, without the customer records that only scorecards need."""
        twin = self.market.fork({})
        twin.keep_customer_records = False
        return twin

    @cached_property
    def panel(self) -> Panel:
        """Everybody's months with nobody moving."""
        return observe_months(self.fork(), self.months)

    @cached_property
    def lines(self) -> NDArray[np.int64]:
        """Main and second lines by operator at month 0."""
        return np.array([operator.books.lines[-1] for operator in self.market.operators])

    @property
    def leader(self) -> int:
        """The operator with the most lines."""
        return int(np.argmax(self.lines))

    @property
    def smallest(self) -> int:
        """The operator with the fewest lines."""
        return int(np.argmin(self.lines))

    @cached_property
    def persons(self) -> NDArray[np.bool_]:
        """Accounts of single persons."""
        return np.asarray(self.market.population.columns().segment < Segment.HOUSEHOLD)


def observe_months(market: Market, months: int) -> Panel:
    """Live `months` and write down what each account met and did."""
    rows: list[tuple[NDArray[np.generic], ...]] = []
    for _ in range(months):
        c = market.population.columns()
        before = (
            operators_of(market).astype(np.int8),
            c.offer.copy(),
            c.tenure_months.copy(),
            c.contract_left.copy(),
            c.satisfaction.copy(),
            c.broadband.copy(),
            friends_who_moved(market),
        )
        market.step()
        record = market.population.record
        rows.append((*before, record.events.copy(), record.used_gb.copy()))
    return Panel(*(np.array(values) for values in zip(*rows, strict=True)))


def operators_of(market: Market) -> NDArray[np.int64]:
    """Operator of each account's main line."""
    offers = market.population.columns().offer.astype(np.int64)
    operators = column(market.book.table().rows, "operator")
    return np.asarray(operators[offers], dtype=np.int64)


def friends_who_moved(market: Market) -> NDArray[np.int8]:
    """How many friends of each account changed operator last month."""
    moved = market.population.columns().seen_moved
    count = np.zeros(len(moved), dtype=np.int8)
    for friend in friends_of(market):
        count += moved[friend].astype(np.int8)
    return count


def friends_of(market: Market) -> list[NDArray[np.int64]]:
    """Friends of each account, one array `[account]` for each place among them.

    The same small world as `agents.behaviour.steps.friend_index`, which is asked one account
    at a time.
    """
    starts = market.region_start
    circles: list[list[int]] = [[] for _ in range(market.settings.population.friends)]
    region = market.population.columns().region
    for who in range(len(region)):
        start, end = int(starts[region[who]]), int(starts[region[who] + 1])
        near, far, _, _ = uniforms(market.seed_number, who, 0, Purpose.FRIENDS, 0)
        for k, friends in enumerate(circles):
            friends.append(friend_index(who, k, start, end, near if k < NEAR_FRIENDS else far))
    return [np.array(friends, dtype=np.int64) for friends in circles]


def worlds_of(question: Question, store: Store, listener: Listener) -> list[World]:
    """The worlds of a question; a single one is the market as it was calibrated."""
    if question.worlds == 1:
        calibration = question.market.calibration.model_dump(mode="json")
        return [World(0, draw_worlds(question)[0], calibration, 0.0)]
    return calibrated(question, store, listener, cache(partial(prepare, question, listener)))


def in_every_baseline[Options: Settings](
    question: Question,
    store: Store,
    measure: Callable[[Baseline, Options], pd.DataFrame],
    options: Options,
    listener: Listener,
) -> list[pd.DataFrame]:
    """What `measure` finds in every world and seed, in their order; baselines share no luck.

    Args:
        question: what is asked.
        store: where finished baselines' tables are kept.
        measure: a module's function, which travels to other processes; the code that it reaches is
            part of a table's name.
        options: its settings.
        listener: who is told how far it is.
    """
    worlds = worlds_of(question, store, listener)
    cells = [(world, seed) for world in worlds for seed in range(question.seeds)]
    listener.say(
        f"{len(cells)} markets of {question.subscribers:,} accounts, lived to month 0 and forked …"
    )
    names = Names(measure, asked_of(question) | {"measured": options})
    tasks = [
        Task(cell_name(names, world, seed), _in_baseline, (question, world, seed, measure, options))
        for world, seed in cells
    ]
    return gather(question, store, tasks, "Markets", _table, listener)


def baseline_of(question: Question, world: World, seed: int) -> Baseline:
    """One market, its people placed on the published shares, lived to month 0."""
    market, _ = before_the_shock(question, world, seed)
    return Baseline(world.index, seed, market, question.months)


def _in_baseline[Options: Settings](
    question: Question,
    world: World,
    seed: int,
    measure: Callable[[Baseline, Options], pd.DataFrame],
    options: Options,
) -> Piece:
    return Piece.of({"found": measure(baseline_of(question, world, seed), options)})


def _table(piece: Piece) -> pd.DataFrame:
    return piece.frame("found")
