"""The game that learning firms are put into: prices they may charge, profits, and where Q starts.

Profiles (one price for each firm) are numbered with the first firm's price as the leading digit.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.errors import QuestionError
from sim.logit import Logit
from sim.q_learning import state_index

MOST_VALUES = 100_000_000
"""Largest table of Q, all firms together: 800 MB."""


@dataclass(frozen=True)
class Game:
    """A repeated pricing game on a grid, and the two prices it is measured by."""

    grids: NDArray[np.float64]
    """Prices `[firm, price]`, equally spaced."""
    profits: NDArray[np.float64]
    """Profit `[profile, firm]` of a period."""
    states: NDArray[np.int64]
    """How each firm numbers the state `[firm, profile]` that a profile leads to."""
    nash_prices: NDArray[np.float64]
    monopoly_prices: NDArray[np.float64]
    nash_profits: NDArray[np.float64]
    monopoly_profits: NDArray[np.float64]

    @classmethod
    def of(cls, demand: Logit, prices: int, xi: float) -> Self:
        """Logit demand on `prices` points from xi below the Nash to xi above the monopoly price.

        xi is a share of the distance between the two.

        Raises:
            QuestionError: no outside good, one firm only, or too large a table of Q.
        """
        if demand.n < 2:
            raise QuestionError("learning to price needs two firms or more: lengthen quality")
        values = demand.n * float(prices) ** (demand.n + 1)
        if values > MOST_VALUES:
            raise QuestionError(
                f"{demand.n} firms with {prices} prices each need {values:.3g} values of Q, at "
                f"most {MOST_VALUES:,}: take fewer prices or firms"
            )
        nash, monopoly = demand.nash(), demand.monopoly()
        margin = xi * (monopoly - nash)
        grids = np.linspace(nash - margin, monopoly + margin, prices, axis=1)
        return cls(
            grids=grids,
            profits=demand.profits(charged(grids)),
            states=states_of(demand.n, prices),
            nash_prices=nash,
            monopoly_prices=monopoly,
            nash_profits=demand.profits(nash),
            monopoly_profits=demand.profits(monopoly),
        )

    @property
    def firms(self) -> int:
        """How many firms play."""
        return self.grids.shape[0]

    @property
    def prices(self) -> int:
        """How many prices each may charge."""
        return self.grids.shape[1]

    def profit_gain(self, profits: NDArray[np.float64]) -> float:
        """Delta: 0 when firms earn as in Nash equilibrium, 1 when as much as a monopolist.

        `profits` `[firm]`: average over firms first (Calvano et al. 2020, equation 9).
        """
        nash, monopoly = self.nash_profits.mean(), self.monopoly_profits.mean()
        return float((profits.mean() - nash) / (monopoly - nash))

    def expected_profits(self) -> NDArray[np.float64]:
        """What each firm earns `[firm, price]` when all the others draw their prices at random."""
        table = self.profits.reshape(*[self.prices] * self.firms, self.firms)
        means = [
            table[..., firm].mean(axis=tuple(k for k in range(self.firms) if k != firm))
            for firm in range(self.firms)
        ]
        return np.array(means)

    def with_price(self, profile: int, firm: int, price: int) -> int:
        """The profile that is left when one firm charges another price."""
        weight = self.prices ** (self.firms - 1 - firm)
        return profile + (price - profile // weight % self.prices) * weight

    def best_reply(self, profile: int, firm: int) -> int:
        """The firm's price, on the grid, that earns most in this period at the others' prices."""
        options = [self.with_price(profile, firm, price) for price in range(self.prices)]
        return int(self.profits[options, firm].argmax())

    def start_values(self, delta: float) -> NDArray[np.float64]:
        """Q0 `[firm, state, price]`: expected profits against random rivals, for ever after."""
        each = self.expected_profits() / (1.0 - delta)
        return np.repeat(each[:, None, :], self.prices**self.firms, axis=1)


def profiles(firms: int, prices: int) -> NDArray[np.int64]:
    """All combinations of prices `[profile, firm]`, in the order of their numbers."""
    return np.indices((prices,) * firms, dtype=np.int64).reshape(firms, -1).T.copy()


def charged(grids: NDArray[np.float64]) -> NDArray[np.float64]:
    """All combinations of prices as money `[profile, firm]`."""
    firms, prices = grids.shape
    return grids[np.arange(firms), profiles(firms, prices)]


def states_of(firms: int, prices: int) -> NDArray[np.int64]:
    """How each firm numbers the state `[firm, profile]` that a profile leads to."""
    every = list(profiles(firms, prices))
    return np.array([[state_index(p, firm, prices) for p in every] for firm in range(firms)])
