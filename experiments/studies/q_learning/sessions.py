"""Sessions: firms that learn against each other until none changes its mind any more."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.studies.q_learning.game import Game
from sim.compile import kernel
from sim.q_learning import decide, first_price, greedy, learn, state_index


class LearningRules(NamedTuple):
    """How firms learn and when a session is over."""

    alpha: float
    """Learning rate."""
    beta: float
    """How fast exploration fades, per period."""
    delta: float
    """Discount factor of a period."""
    stable_periods: int
    """A session has converged when no greedy price changed in any state for so many periods."""
    most_periods: int
    """A session that has not is given up after so many."""


class Learnt(NamedTuple):
    """What a session ends with."""

    policy: NDArray[np.int64]
    """Greedy price `[firm, state]`, states as the firm itself numbers them."""
    values: NDArray[np.float64]
    """Q `[firm, state, price]`."""
    charged: NDArray[np.int64]
    """Last prices `[firm]`."""
    periods: int
    converged: bool


@kernel
def play(
    values: NDArray[np.float64],
    policy: NDArray[np.int64],
    charged: NDArray[np.int64],
    states: NDArray[np.int64],
    profits: NDArray[np.float64],
    keys: NDArray[np.int64],
    luck: NDArray[np.int64],
    rules: LearningRules,
    trace: NDArray[np.int64],
) -> int:
    """Play until nothing changed for long enough; returns the number of periods.

    All firms decide on what they saw, then all learn from what they earned.

    Args:
        values: Q `[firm, state, price]`; changed.
        policy: greedy prices `[firm, state]`; changed.
        charged: prices of the period before the first, then of the last `[firm]`; changed.
        states: each firm's state `[firm]`; scratch.
        profits: `[profile, firm]`.
        keys: whose luck each firm has `[firm]`.
        luck: seed and session.
        rules: how they learn.
        trace: prices of the first periods `[period, firm]` are written here, as far as it goes.
    """
    firms, prices = len(charged), values.shape[2]
    seed, session = luck[0], luck[1]
    for firm in range(firms):
        states[firm] = state_index(charged, firm, prices)
    since = 0
    period = 0
    while period < rules.most_periods and since < rules.stable_periods:
        for firm in range(firms):
            charged[firm] = decide(
                values[firm], states[firm], rules.beta, period, seed, session, keys[firm]
            )
        profile = state_index(charged, 0, prices)
        since += 1
        for firm in range(firms):
            state, after = states[firm], state_index(charged, firm, prices)
            profit = profits[profile, firm]
            learn(values[firm], state, charged[firm], profit, after, rules.alpha, rules.delta)
            best = greedy(values[firm], state)
            if best != policy[firm, state]:
                policy[firm, state] = best
                since = 0
            states[firm] = after
            if period < len(trace):
                trace[period, firm] = charged[firm]
        period += 1
    return period


def play_session(
    game: Game,
    rules: LearningRules,
    seed: int,
    session: int,
    keys: NDArray[np.int64] | None = None,
    trace: NDArray[np.int64] | None = None,
) -> Learnt:
    """One session from Q0 and random prices. Its luck depends on seed, session and keys alone."""
    if keys is None:
        keys = np.arange(game.firms)
    values = game.start_values(rules.delta)
    policy = values.argmax(axis=2).astype(np.int64)
    first = [first_price(game.prices, seed, session, int(key)) for key in keys]
    charged = np.array(first, dtype=np.int64)
    if trace is None:
        trace = np.zeros((0, game.firms), dtype=np.int64)
    luck = np.array([seed, session], dtype=np.int64)
    states = np.zeros(game.firms, dtype=np.int64)
    periods = play(values, policy, charged, states, game.profits, keys, luck, rules, trace)
    return Learnt(policy, values, charged, int(periods), periods < rules.most_periods)
