"""A subscriber as one Mesa agent: its state as attributes, its month the same stages, uncompiled.

The reference against which the compiled engine is tested, account by account.
"""

from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import mesa
import numpy as np

from agents.behaviour.environment import MarketTables
from agents.behaviour.month import live
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Seen
from agents.state import STATE, Columns
from agents.tallies import Counters
from sim.vocabulary import NOBODY

_ROUNDED = [
    name for name, stored in STATE.items() if stored.part == "position" and not stored.is_whole
]
"""Kept in four bytes by the engine: what next month starts from is the rounded number."""


class Today(NamedTuple):
    """What everybody has before them this month."""

    m: MarketTables
    p: Behaviour
    seen: Seen
    counters: Counters


class Subscriber(mesa.Agent[Any]):
    """One account. Its attributes are those of `Account`, and what mechanisms store of it."""

    def __init__(self, model: Any, who: int, columns: Columns) -> None:
        super().__init__(model)
        self.who = who
        for name, stored in STATE.items():
            column = getattr(columns, name)
            setattr(self, name, column[who].item() if len(column) else stored.empty)
        self.operator = NOBODY
        self.usual_gb = 0.0
        self.seen_operator: int
        self.seen_moved: int
        self.diary: Any = SimpleNamespace()

    def live(self, campaign: int, today: Today) -> None:
        """Live one month; `campaign` tries to reach this subscriber (-1: none does)."""
        me = cast("Account", self)
        room = [0.0] * len(today.m.around.services)
        live(me, self.diary, campaign, today.seen, room, today.counters, today.m, today.p)
        for name in _ROUNDED:
            setattr(self, name, float(np.float32(getattr(self, name))))

    def show(self) -> None:
        """Let friends see, from next month on, where one is and whether one has just moved."""
        self.seen_operator = self.operator
        self.seen_moved = int(self.diary.left >= 0)
