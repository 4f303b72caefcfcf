"""The small market in which contracts are checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.market import Market
from agents.observation import Strategy
from agents.reference import reference_market
from agents.settings import MarketSettings
from counterplay.testing.contracts import Month, need_same, trace
from experiments.question.ask import Asking
from experiments.question.play import Playable
from experiments.question.question import Question
from strategies import registry

type Makes = Callable[[], Strategy]


@dataclass(frozen=True)
class SmallMarket:
    """A market as it begins, and what rivals play in it."""

    question: Question
    own: Mapping[str, Makes]
    arm: str
    months: int

    @property
    def settings(self) -> MarketSettings:
        """The market's settings."""
        return self.question.market

    @classmethod
    def of(cls, given: Playable, **asking: Any) -> "SmallMarket":
        """A small market in which the focal operator may play `given`; `asking` as in `compare`."""
        from pathlib import Path

        numbers: dict[str, Any] = {"subscribers": 240, "months": 6, "burn_in": 3, "seed": 1}
        names = (*numbers, "focal")
        numbers |= {name: asking.pop(name) for name in names if name in asking}
        resolved = Asking(
            "compare",
            asking.pop("market", "china_2024"),
            {"checked": given},
            numbers=numbers | {"worlds": 1, "seeds": 1, "jobs": 1},
            **asking,
        ).resolve(Path("unused"), resume=False)
        return cls(
            resolved.question,
            resolved.own.makes,
            "checked",
            resolved.question.months,
        )

    def strategy(self) -> Strategy:
        """A fresh one of the strategy that is checked."""
        return self._read(self.question.strategies[self.arm])

    def players(self, ours: Strategy | None) -> dict[str, Strategy]:
        """Fresh rivals, and what the focal operator plays, if anything."""
        playing = {name: self._read(plays) for name, plays in self.question.rivals.items()}
        return playing if ours is None else playing | {self.question.focal: ours}

    def market(self, *, threads: int = 1, reference: bool = False) -> Market:
        """The market at month 0."""
        q = self.question
        if reference:
            market = reference_market(q.market, q.subscribers, q.seed)
        else:
            market = Market(q.market, q.subscribers, q.seed, threads=threads)
        market.keep_customer_records = True
        return market.run(q.burn_in)

    def need_one_engine(self, months: Sequence[Month]) -> None:
        """Two threads, and the reference, live the same months. Raises `ContractError`."""
        two = self.market(threads=2).fork(self.players(self.strategy()))
        need_same(months, trace(two, self.months), "two threads are not one")
        plain = self.market(reference=True).fork(self.players(self.strategy()))
        need_same(months, trace(plain, self.months), "engine and reference disagree")

    def _read(self, plays: Mapping[str, Any]) -> Strategy:
        with registry.registered(self.own):
            return registry.read(plays)
