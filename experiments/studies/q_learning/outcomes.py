"""What firms have learnt to do: prices they settle on, and what a firm that deviates meets with."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.runs.store import Piece
from experiments.studies.q_learning.game import Game, charged
from experiments.studies.q_learning.sessions import Learnt

_ENOUGH = 1e-9
"""What is discounted to less than this is left out."""


class Deviation(NamedTuple):
    """One firm leaves the settled prices for a period; means over the points of the cycle."""

    firm: int
    prices: NDArray[np.float64]
    """`[period, firm]`; row 0 is the cycle before, row 1 the deviation."""
    gain: float
    """Discounted profit of the deviator from row 1 on, relative to what it would have earned."""
    returned: bool
    """Whether the last row is back at the settled prices, from every point of the cycle."""


class Outcome(NamedTuple):
    """What a session has come to."""

    session: int
    periods: int
    converged: bool
    cycle_length: int
    profit_gain: float
    prices: NDArray[np.float64]
    """Mean over the cycle `[firm]`."""
    profits: NDArray[np.float64]
    deviations: tuple[Deviation, ...]
    """By the firm that deviates."""


def piece_of(outcomes: list[Outcome]) -> Piece:
    """Sessions as they are kept: arrays with one row each."""
    rows = {
        name: np.array([getattr(outcome, name) for outcome in outcomes])
        for name in Outcome._fields
        if name != "deviations"
    }
    for name in Deviation._fields:
        rows[f"deviation_{name}"] = np.array(
            [[getattr(d, name) for d in outcome.deviations] for outcome in outcomes]
        )
    return Piece.of(arrays=rows)


def outcomes_in(piece: Piece) -> list[Outcome]:
    """The sessions of a piece, as they were."""
    own = [name for name in Outcome._fields if name != "deviations"]
    rows = {name: piece.array(name) for name in own}
    arrays = {name: piece.array(f"deviation_{name}") for name in Deviation._fields}
    return [
        Outcome(
            **{name: _plain(rows[name][i]) for name in own},
            deviations=tuple(
                Deviation(**{name: _plain(arrays[name][i][d]) for name in Deviation._fields})
                for d in range(len(arrays["firm"][i]))
            ),
        )
        for i in range(len(rows["session"]))
    ]


def _plain(value: Any) -> Any:
    """A single number as Python's own."""
    return value if isinstance(value, np.ndarray) else value.item()


def outcome_of(game: Game, learnt: Learnt, session: int, delta: float, periods: int) -> Outcome:
    """What a session has come to; deviations are followed for so many periods."""
    ahead = successors(game, learnt.policy)
    cycle = limit_cycle(ahead, profile_of(learnt.charged, game.prices))
    profits = game.profits[cycle].mean(axis=0)
    return Outcome(
        session=session,
        periods=learnt.periods,
        converged=learnt.converged,
        cycle_length=len(cycle),
        profit_gain=game.profit_gain(profits),
        prices=charged(game.grids)[cycle].mean(axis=0),
        profits=profits,
        deviations=tuple(
            _deviation(game, ahead, cycle, firm, delta, periods) for firm in range(game.firms)
        ),
    )


def profile_of(prices_charged: NDArray[np.int64], prices: int) -> int:
    """The number of a profile `[firm]`."""
    number = 0
    for price in prices_charged:
        number = number * prices + int(price)
    return number


def successors(game: Game, policy: NDArray[np.int64]) -> list[int]:
    """The profile that follows each profile when all firms are greedy; `policy` `[firm, state]`."""
    following = np.zeros(game.states.shape[1], dtype=np.int64)
    for firm in range(game.firms):
        following = following * game.prices + policy[firm, game.states[firm]]
    return following.tolist()


def limit_cycle(ahead: list[int], start: int) -> list[int]:
    """The profiles that repeat for ever after, in their order."""
    seen: dict[int, int] = {}
    path: list[int] = []
    at = start
    while at not in seen:
        seen[at] = len(path)
        path.append(at)
        at = ahead[at]
    return path[seen[at] :]


def _deviation(
    game: Game, ahead: list[int], cycle: list[int], firm: int, delta: float, periods: int
) -> Deviation:
    """One firm plays its best reply of the moment, then both go by what they have learnt.

    Calvano et al. (2020), figure 4. The others charge in that period what they had meant to.
    """
    money = charged(game.grids)
    horizon = max(periods, int(np.ceil(np.log(_ENOUGH) / np.log(delta))) if delta > 0 else 1)
    weights = delta ** np.arange(horizon)
    followed: list[list[int]] = []
    gained, stayed = 0.0, 0.0
    for before in cycle:
        meant = ahead[before]
        defect = game.with_price(meant, firm, game.best_reply(meant, firm))
        path, usual = walk(ahead, defect, horizon), walk(ahead, meant, horizon)
        gained += float(weights @ game.profits[path, firm])
        stayed += float(weights @ game.profits[usual, firm])
        followed.append([before, *path[:periods]])
    return Deviation(
        firm=firm,
        prices=money[np.array(followed)].mean(axis=0),
        gain=gained / stayed - 1.0,
        returned=all(path[-1] in cycle for path in followed),
    )


def walk(ahead: list[int], start: int, length: int) -> list[int]:
    """So many profiles from `start` on, itself the first."""
    path = [start]
    for _ in range(length - 1):
        path.append(ahead[path[-1]])
    return path
