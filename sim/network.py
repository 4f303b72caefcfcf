"""Networks: traffic fills capacity, a full one feels worse, investment relieves it with a lag."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Congestion(NamedTuple):
    """How felt quality falls with utilisation."""

    knee: float
    """Utilisation up to which nobody notices anything."""
    loss: float
    """Share of quality lost when the network is full (utilisation 1)."""


def felt_quality(base: FloatArray, utilisation: FloatArray, congestion: Congestion) -> FloatArray:
    """Quality as felt, `[operator, region]`.

    The loss beyond the knee is convex, as queueing makes delay convex:
    base × (1 − loss × x²), x = (utilisation − knee) / (1 − knee) held within 0 and √(1/loss).
    """
    x = np.clip((utilisation - congestion.knee) / (1.0 - congestion.knee), 0.0, None)
    return np.asarray(base * (1.0 - np.minimum(1.0, congestion.loss * x**2)))


class Network:
    """Capacity of all operators by region, with what has been ordered."""

    def __init__(
        self, base: FloatArray, upgrade_months: NDArray[np.int64], congestion: Congestion
    ) -> None:
        self.base = base
        self.capacity_gb = np.zeros_like(base)
        self.upgrade_months = upgrade_months
        self.congestion = congestion
        self._orders: list[tuple[int, int, int, float]] = []

    def build_for(self, traffic_gb: FloatArray, utilisation: FloatArray) -> None:
        """Size capacity so that the present traffic uses the given share of it (`[operator]`).

        Who has no traffic yet builds for what the others carry on average.
        """
        served = traffic_gb > 0
        average = traffic_gb.sum(axis=0) / np.maximum(served.sum(axis=0), 1)
        self.capacity_gb = np.maximum(np.where(served, traffic_gb, average), 1e-9)
        self.capacity_gb /= utilisation[:, None]

    def grow(self, factor: float) -> None:
        """Everyday expansion in step with the market's traffic trend."""
        self.capacity_gb *= factor

    def order(self, month: int, operator: int, region: int, share: float) -> float:
        """Order extra capacity as a share of what is there; returns it in gigabytes a month."""
        extra = float(self.capacity_gb[operator, region]) * share
        self._orders.append((month + int(self.upgrade_months[operator]), operator, region, extra))
        return extra

    def deliver(self, month: int) -> None:
        """Put orders that are due into service."""
        for due, operator, region, extra in self._orders:
            if due <= month:
                self.capacity_gb[operator, region] += extra
        self._orders = [order for order in self._orders if order[0] > month]

    def utilisation(self, traffic_gb: FloatArray) -> FloatArray:
        """Busy-hour load over capacity, `[operator, region]`."""
        return np.asarray(traffic_gb / np.maximum(self.capacity_gb, 1e-9))

    def quality(self, traffic_gb: FloatArray) -> FloatArray:
        """Felt quality under the given traffic."""
        return felt_quality(self.base, self.utilisation(traffic_gb), self.congestion)

    def copy(self) -> "Network":
        """An independent network in the same state."""
        twin = Network(self.base.copy(), self.upgrade_months, self.congestion)
        twin.capacity_gb = self.capacity_gb.copy()
        twin._orders = list(self._orders)
        return twin
