"""Q-learning of prices: the rules by which a firm learns what to charge, one month at a time.

After Watkins & Dayan (1992) as Calvano, Calzolari, Denicolò & Pastorello (2020, AER 110: 3267-97,
section II) use it. A firm keeps a value Q for each of its prices in each state; the state is the
prices that all firms charged last. Prices are counted 0 … m - 1, from the lowest.

The rules are about one firm and one period. The strategy `q_learning` follows them in a market's
months, and sessions of millions of periods compile them (`experiments/learning`).
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compile import behaviour
from sim.draws import Purpose, uniforms

Values = NDArray[np.float64]
"""Q `[state, price]`: what charging a price in a state is worth, all that follows included."""


@behaviour
def state_index(charged: NDArray[np.int64], firm: int, prices: int) -> int:
    """The state in the eyes of `firm`: its own last price first, then the others' in their order.

    `charged` is each firm's price, `[firm]`; with m prices and n firms there are m^n states.
    """
    state = int(charged[firm])
    for other in range(len(charged)):
        if other != firm:
            state = state * prices + int(charged[other])
    return state


@behaviour
def exploration(beta: float, period: int) -> float:
    """Chance that a firm tries a random price in a period: it fades as exp(-beta t)."""
    return math.exp(-beta * period)


@behaviour
def greedy(values: Values, state: int) -> int:
    """The price of highest value in a state; of several the lowest."""
    best = 0
    most = values[state, 0]
    for price in range(1, values.shape[1]):
        if values[state, price] > most:
            best = price
            most = values[state, price]
    return best


@behaviour
def decide(
    values: Values, state: int, beta: float, period: int, seed: int, session: int, firm_key: int
) -> int:
    """The price a firm charges: mostly the greedy one, sometimes any (epsilon-greedy).

    Its luck is a function of seed, session, period and `firm_key` alone.
    """
    luck, which, _, _ = uniforms(seed, session, period, Purpose.LEARNING, firm_key)
    if luck < exploration(beta, period):
        return int(which * values.shape[1])
    return greedy(values, state)


@behaviour
def first_price(prices: int, seed: int, session: int, firm_key: int) -> int:
    """A random price with which a session begins."""
    _, _, which, _ = uniforms(seed, session, 0, Purpose.LEARNING, firm_key)
    return int(which * prices)


@behaviour
def learn(
    values: Values,
    state: int,
    price: int,
    profit: float,
    next_state: int,
    alpha: float,
    delta: float,
) -> None:
    """Move Q(state, price) a step `alpha` towards profit plus what the next state is worth.

    Q <- (1 - alpha) Q + alpha (profit + delta max Q(next state)).
    """
    ahead = profit + delta * values[next_state, greedy(values, next_state)]
    values[state, price] = (1.0 - alpha) * values[state, price] + alpha * ahead


@behaviour
def nearest_price(level: float, lowest: float, highest: float, prices: int) -> int:
    """The grid's price that is nearest to a level, for a grid of equal steps."""
    step = (highest - lowest) / (prices - 1)
    return max(0, min(prices - 1, int(math.floor((level - lowest) / step + 0.5))))  # noqa: RUF046
