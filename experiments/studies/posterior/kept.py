"""Simulations of one inference, kept as they are made, so that an interrupted one goes on.

The sampler draws from a generator of ours and asks for one position after the other, so a run that
starts again asks for the same ones in the same order: up to where the last one got it is answered
from the store, and the sampler's own state need not be kept.
"""

import numpy as np
from numpy.typing import NDArray

from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.store import UNREADABLE, Piece, Store
from experiments.studies.posterior.aggregates import Aggregates
from experiments.studies.posterior.infer import InferenceSettings
from experiments.studies.posterior.simulator import Simulator

Vector = NDArray[np.float64]

_BATCH = 25


class KeptSimulations:
    """Statistics at a position, simulated once.

    Args:
        simulator: what simulates.
        settings: of the inference that asks.
        observed: what is observed; statistics are of that only.
        store: where batches of simulations are kept.
    """

    def __init__(
        self,
        simulator: Simulator,
        settings: InferenceSettings,
        observed: Aggregates,
        store: Store,
    ) -> None:
        self.simulator = simulator
        self.observed = observed
        self.store = store
        decides = {"settings": settings, "prior": simulator.prior, "observed": list(observed)}
        decisive = asked_of(simulator.question) | {"options": decides}
        self._names = Names(_simulate, decisive)
        self._known: dict[bytes, Vector] = {}
        self._points: list[Vector] = []
        self._found: list[Vector] = []
        self._batches = 0
        if simulator.question.resume:
            self._take_over()

    def __call__(self, point: Vector) -> Vector:
        """The statistics of a simulation at a position, `[statistic]`."""
        known = self._known.get(point.tobytes())
        if known is not None:
            return known
        summaries = _simulate(self.simulator, point, self.observed)
        self._points.append(point)
        self._found.append(summaries)
        if len(self._points) == _BATCH:
            self._keep()
        return summaries

    def _keep(self) -> None:
        arrays = {"points": np.array(self._points), "found": np.array(self._found)}
        self.store.save(self._name(), Piece.of(arrays=arrays))
        self._batches += 1
        self._points, self._found = [], []

    def _take_over(self) -> None:
        """Earlier batches in their order; those after one that cannot be used are made again."""
        while (piece := self.store.load(self._name())) is not None:
            try:
                points, summaries = piece.array("points"), piece.array("found")
            except UNREADABLE:
                return
            self._known |= {p.tobytes(): row for p, row in zip(points, summaries, strict=True)}
            self._batches += 1

    def _name(self) -> str:
        return self._names.of(f"simulations-{self._batches:05d}")


def _simulate(simulator: Simulator, point: Vector, observed: Aggregates) -> Vector:
    return simulator.statistics(point, observed)
