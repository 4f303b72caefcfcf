"""Predictions by a recurrent network over each customer's months (Hochreiter & Schmidhuber 1997).

Needs the extra `counterplay[lstm]`: JAX, Equinox and Optax, which are imported here and nowhere
else. One thread, a fixed key and a fixed order of rows make it the same in every run.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.prediction.history import Array, History
from sim.errors import ActionError

_NEEDS = ("jax", "equinox", "optax")
_UNITS, _BATCH, _EPOCHS, _RATE = 16, 512, 12, 5e-3
_DECIMALS = 6


def what_is_missing() -> str:
    """What to install where the extra is missing; empty: nothing."""
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if not missing:
        return ""
    return (
        f"predictor 'lstm' needs {', '.join(missing)}, not installed here: "
        "pip install 'counterplay[lstm]'; scorecard, logistic and gradient_boosting need no extra"
    )


def need_packages() -> None:
    """Raise `ActionError` where the extra is not installed."""
    if what_is_missing():
        raise ActionError(what_is_missing())


class Lstm:
    """A small LSTM: months in, chance to leave out."""

    months = 12

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:
        """Learn by Adam on the mean log loss; months before somebody came are marked as such."""
        need_packages()
        known = history.values.reshape(-1, history.values.shape[-1])
        self.mean = np.nanmean(known, axis=0)
        self.sd = np.maximum(np.nanstd(known, axis=0), 1e-6)
        x, y = self._ready(history), outcome.astype(np.float32)
        order = np.random.Generator(np.random.Philox(key=len(y)))
        self.network = _trained(x, y, order)

    def predict(self, history: History) -> Array:
        """Predicted chance to leave within `RISK_MONTHS`, `[customer]`."""
        if not len(history):
            return np.zeros(0)
        return np.asarray(np.round(_asked(self.network, self._ready(history)), _DECIMALS))

    def _ready(self, history: History) -> NDArray[np.float32]:
        """Standardised months `[customer, month, feature + 1]`; the last says whether known."""
        scaled = (history.values - self.mean) / self.sd
        known = ~np.isnan(history.values[:, :, :1])
        both = np.concatenate([np.where(np.isnan(scaled), 0.0, scaled), known], axis=2)
        return np.clip(both, -5.0, 5.0).astype(np.float32)


def _libraries() -> tuple[Any, Any, Any, Any]:
    """JAX, its arrays, Equinox and Optax, on the processor and on one thread."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    one = "--xla_cpu_multi_thread_eigen=false"
    if one not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {one}".strip()
    jax, jnp, equinox, optax = map(import_module, ("jax", "jax.numpy", "equinox", "optax"))
    return jax, jnp, equinox, optax


def _network(features: int) -> tuple[Any, Any]:
    """An untrained network, and the function that reads one customer's months."""
    jax, jnp, eqx, _ = _libraries()
    inner, outer = jax.random.split(jax.random.PRNGKey(0))
    cell = eqx.nn.LSTMCell(features, _UNITS, key=inner)
    head = eqx.nn.Linear(_UNITS, "scalar", key=outer)

    def read(network: Any, months: Any) -> Any:
        start = (jnp.zeros(_UNITS), jnp.zeros(_UNITS))
        (state, _), _ = jax.lax.scan(lambda s, x: (network[0](x, s), None), start, months)
        return network[1](state)

    return (cell, head), read


def _trained(x: NDArray[np.float32], y: NDArray[np.float32], order: np.random.Generator) -> Any:
    jax, jnp, eqx, optax = _libraries()
    network, read = _network(x.shape[2])
    optimiser = optax.adam(_RATE)
    state = optimiser.init(eqx.filter(network, eqx.is_array))

    def loss(net: Any, months: Any, left: Any) -> Any:
        logits = jax.vmap(lambda one: read(net, one))(months)
        return jnp.mean(optax.sigmoid_binary_cross_entropy(logits, left))

    @eqx.filter_jit
    def step(net: Any, state: Any, months: Any, left: Any) -> Any:
        gradient = eqx.filter_grad(loss)(net, months, left)
        change, state = optimiser.update(gradient, state)
        return eqx.apply_updates(net, change), state

    batch = min(_BATCH, len(y))
    for _ in range(_EPOCHS):
        rows = order.permutation(len(y))
        for first in range(0, len(y) - batch + 1, batch):
            chosen = rows[first : first + batch]
            network, state = step(network, state, x[chosen], y[chosen])
    return network


def _asked(network: Any, x: NDArray[np.float32]) -> Array:
    jax, _, eqx, _ = _libraries()
    _, read = _network(x.shape[2])
    logits = eqx.filter_jit(jax.vmap(lambda one: read(network, one)))(x)
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(logits, dtype=np.float64))))
