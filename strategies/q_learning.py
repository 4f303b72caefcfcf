"""Learn by trial and error what to charge: Q-learning on a grid of prices.

The strategy of Calvano, Calzolari, Denicolò & Pastorello (2020), month by month in any market. The
operator moves the prices of its plans together, as a factor on what they were at the start. It sees
where on its grid its own and its rivals' posted prices lie, and what the month earned it. It knows
neither demand nor that its rivals learn as well. Its rules are those of `sim/q_learning.py`.
"""

import zlib
from collections.abc import Iterable
from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from agents.actions import Action
from agents.observation import OfferView, OperatorView
from sim.errors import ActionError
from sim.money import round_fen
from sim.q_learning import Values, decide, learn, nearest_price, state_index
from sim.schema import Settings
from strategies.parameters import EVERYBODY, CustomerClass, Plan
from strategies.registry import strategy
from strategies.toolkit import reprice, select

MOST_VALUES = 50_000_000
"""Largest table of Q: 400 MB."""
_FEN = 100.0


class QLearningSettings(Settings):
    """Parameters of `q_learning`. A period is a month."""

    prices: Annotated[int, Field(ge=2, le=200)] = 15
    """How many prices it tells apart, equally spaced."""
    lowest: Annotated[float, Field(gt=0, le=10)] = 0.85
    """Lowest price, as a factor on the price at the start."""
    highest: Annotated[float, Field(gt=0, le=10)] = 1.15
    """Highest price, likewise."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.15
    """Learning rate: weight of the latest month."""
    beta: Annotated[float, Field(gt=0, le=1)] = 0.05
    """How fast trying random prices fades: in month t its chance is exp(-beta t)."""
    delta: Annotated[float, Field(ge=0, lt=1)] = 0.95
    """Discount factor of a month."""
    expected_yuan: tuple[float, ...] = ()
    """Contribution a month that it expects of each price before it knows, lowest price first.

    Empty: what the last month before the start earned, whatever the price.
    """
    customers: Annotated[tuple[CustomerClass, ...], Field(min_length=1)] = EVERYBODY
    """Whose plans it reprices."""
    plans: tuple[Plan, ...] = ()
    """Own plans that it reprices; empty: all on sale."""
    seed: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1
    """Its luck in trying prices; operators of other names have other luck."""

    @model_validator(mode="after")
    def _a_grid(self) -> Self:
        if self.lowest >= self.highest:
            raise ValueError(f"lowest = {self.lowest:g} must be below highest = {self.highest:g}")
        if self.expected_yuan and len(self.expected_yuan) != self.prices:
            raise ValueError(
                f"expected_yuan has {len(self.expected_yuan)} values, prices = {self.prices}: "
                "give one for each price, or none"
            )
        return self


@strategy("q_learning", QLearningSettings)
class QLearning:
    """One firm that learns. Deciding, it first learns from the month that is over."""

    def __init__(self, settings: QLearningSettings) -> None:
        self.settings = settings
        self.values: Values | None = None
        """Q `[state, price]`, from the first month on."""
        self.state = 0
        """What it saw when it last decided."""
        self.period = 0

    def act(self, view: OperatorView) -> list[Action]:
        """Learn from last month's profit, then ask this month's price."""
        s = self.settings
        seen = self._seen(view)
        state = state_index(seen, 0, s.prices)
        if self.values is None:
            self.values = self._start(view, len(seen))
        else:
            # The price in force, whatever became of the wish: a regulator may have refused it.
            profit = float(view.own.contribution_fen[-1]) / _FEN
            learn(self.values, self.state, int(seen[0]), profit, state, s.alpha, s.delta)
        key = firm_key(view.name)
        price = decide(self.values, state, s.beta, self.period, s.seed, 0, key)
        self.state = state
        self.period += 1
        return self._ask(view, price)

    def factor(self, price: int) -> float:
        """The factor on prices at the start that a price of the grid stands for."""
        s = self.settings
        return s.lowest + (s.highest - s.lowest) * price / (s.prices - 1)

    def _seen(self, view: OperatorView) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Where on the grid everybody's prices lie, its own first `[operator]`.

        Only rivals who ask for anything count; not, say, the choice of buying nothing.
        """
        s = self.settings
        own = {o.name for o in select(view, s.customers, s.plans)}
        levels = [price_level([o for o in view.offers if o.name in own], view.offers_before)]
        levels += [price_level(rival.offers, rival.offers_before) for rival in view.rivals]
        indices = [
            nearest_price(level, s.lowest, s.highest, s.prices)
            for level in levels
            if level is not None
        ]
        if levels[0] is None:
            raise ActionError(f"{view.name} has no plan with a price that q_learning could change")
        return np.array(indices, dtype=np.int64)

    def _start(self, view: OperatorView, firms: int) -> Values:
        """Q before anything is known: what is expected of each price, for ever after."""
        s = self.settings
        size = float(s.prices) ** (firms + 1)
        if size > MOST_VALUES:
            raise ActionError(
                f"strategy q_learning: {s.prices} prices of {firms} operators need {size:.3g} "
                f"values of Q, at most {MOST_VALUES:,}: take fewer prices"
            )
        if s.expected_yuan:
            expected = np.array(s.expected_yuan)
        else:
            earned = view.own.contribution_fen
            expected = np.full(s.prices, float(earned[-1]) / _FEN if len(earned) else 0.0)
        return np.tile(expected / (1.0 - s.delta), (s.prices**firms, 1))

    def _ask(self, view: OperatorView, price: int) -> list[Action]:
        s = self.settings
        factor = self.factor(price)
        before = {o.name: o.price_fen for o in view.offers_before}
        actions: list[Action] = []
        for mine in select(view, s.customers, s.plans):
            start = before.get(mine.name, mine.price_fen)
            prices = [max(1, round_fen(fen * factor)) if fen else 0 for fen in start]
            new = {
                region: fen
                for region, fen, posted in zip(view.regions, prices, mine.price_fen, strict=True)
                if fen != posted
            }
            actions += reprice(view, mine.name, new)
        return actions


def price_level(offers: Iterable[OfferView], before: Iterable[OfferView]) -> float | None:
    """Prices over what they were at the start, offers weighted by price; none if all were free.

    Offers that are new, or no longer sold, do not change the answer's being there: the number of
    operators that are watched must stay what it was.
    """
    start = {o.name: sum(o.price_fen) for o in before}
    known = [(sum(o.price_fen), start[o.name]) for o in offers if o.name in start]
    then = sum(old for _, old in known)
    return sum(new for new, _ in known) / then if then > 0 else None


def firm_key(name: str) -> int:
    """An operator's luck depends on its name alone, not on who else there is."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF
