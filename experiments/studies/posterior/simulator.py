"""From parameters to the statistics of one simulated market: the model that is inferred from."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from agents.market import Market
from experiments.question.question import HOLD, Question
from experiments.runs import progress
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from experiments.studies.posterior.aggregates import Aggregates, aggregates_of
from experiments.studies.posterior.prior import Prior, market_at
from experiments.studies.posterior.summaries import summarise
from strategies.registry import read

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_CHUNK = 25
_SEED_BITS = 62


class Luck(IntEnum):
    """What random numbers are for; each purpose has luck of its own."""

    SIMULATED = 1
    OBSERVED = 2
    PILOT = 3
    TRUTH = 4
    POPULATIONS = 5
    RANKS = 6


@dataclass(frozen=True)
class Simulator:
    """A market lived through a known event, as a function of where parameters lie.

    The luck of a simulation is a function of its parameters and its purpose. The same call always
    gives the same months, in whatever order or process it is made.
    """

    question: Question
    prior: Prior
    before: int
    """Months observed ahead of the event."""

    @property
    def moves(self) -> dict[str, str]:
        """What happens in month 0: operator and what it plays. Simulated, not inferred."""
        return {
            name: str(plays["description"])
            for name, plays in self.question.rivals.items()
            if plays["kind"] != HOLD
        }

    def live(self, positions: Vector, purpose: Luck) -> Aggregates:
        """The aggregates of a market with these parameters."""
        question = self.question
        seed = seed_of(question.seed, purpose, positions)
        market = Market(market_at(question, self.prior, positions), question.subscribers, seed)
        market.run(question.burn_in)
        market.play({name: read(question.rivals[name]) for name in self.moves})
        market.run(question.months)
        return aggregates_of(market, question.burn_in - self.before)

    def statistics(
        self, positions: Vector, like: Aggregates, purpose: Luck = Luck.SIMULATED
    ) -> Vector:
        """Statistics of one simulation, of what is observed in `like` only."""
        return summarise(seen_like(self.live(positions, purpose), like), self.before)

    def many(
        self, points: Matrix, purpose: Luck, store: Store, listener: Listener
    ) -> list[Aggregates]:
        """Simulate `points`, `[simulation, parameter]`, kept as they are finished."""
        question = self.question
        decides = {"prior": self.prior, "before": self.before, "purpose": int(purpose)}
        names = Names(_live_all, asked_of(question) | {"options": decides})
        starts = range(0, len(points), _CHUNK)
        tasks = [
            Task(
                names.of(f"{purpose.name.lower()}-{i:06d}", points=points[i : i + _CHUNK]),
                _live_all,
                (self, points[i : i + _CHUNK], purpose),
            )
            for i in starts
        ]
        parts = gather(question, store, tasks, "Simulations", _aggregates_in, listener)
        return [aggregates for part in parts for aggregates in part]


@dataclass(frozen=True)
class Pilot:
    """Simulations from the prior: what summaries are learned on, and the first generation."""

    points: Matrix
    """Positions, `[simulation, parameter]`."""
    months: list[Aggregates]
    """What each of them would have published."""

    def statistics(self, like: Aggregates, before: int) -> Matrix:
        """`[simulation, statistic]`, of what is observed in `like` only."""
        return np.array([summarise(seen_like(months, like), before) for months in self.months])


def pilot_of(simulator: Simulator, size: int, store: Store, listener: Listener) -> Pilot:
    """Simulate a Latin hypercube of the prior (McKay, Beckman & Conover 1979)."""
    rng = np.random.default_rng([simulator.question.seed, Luck.PILOT])
    sampler = qmc.LatinHypercube(len(simulator.prior.ranges), rng=rng)
    points = sampler.random(size)
    return Pilot(points, simulator.many(points, Luck.SIMULATED, store, listener))


def seed_of(seed: int, purpose: Luck, positions: Vector) -> int:
    """The engine's seed of one simulation, a hash of all that distinguishes it."""
    what = np.array([seed, int(purpose)], dtype="<i8").tobytes()
    where = np.ascontiguousarray(positions, dtype="<f8").tobytes()
    digest = hashlib.blake2b(what + where, digest_size=8).digest()
    return int.from_bytes(digest, "little") >> (64 - _SEED_BITS)


def seen_like(months: Aggregates, like: Aggregates) -> Aggregates:
    """The same months without what is not observed in `like`."""
    known = like.known()
    hidden = {name: None for name in Aggregates._fields if name not in known}
    return months._replace(**hidden)


def _live_all(simulator: Simulator, points: Matrix, purpose: Luck) -> Piece:
    progress.expect(len(points))
    aggregates: list[Aggregates] = []
    for point in points:
        aggregates.append(simulator.live(point, purpose))
        progress.step()
    arrays = {
        name: np.array([getattr(months, name) for months in aggregates])
        for name in Aggregates._fields
    }
    return Piece.of(arrays=arrays)


def _aggregates_in(piece: Piece) -> list[Aggregates]:
    columns = [piece.array(name) for name in Aggregates._fields]
    return [Aggregates(*rows) for rows in zip(*columns, strict=True)]
