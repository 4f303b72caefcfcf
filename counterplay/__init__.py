"""Counterplay from Python: a rival moves, what do we do, and is it worth a pilot?

    import counterplay as cp

    result = cp.compare(
        market="china_2024",
        rivals={"china_mobile": cp.price_cut(depth=0.3)},
        strategies=["match_price"],
        worlds=8,
    )
    result.kpis, result.paired, result.recommendation
    result.memo("memo.html")

Every kind of strategy is a function here (`price_cut`, `match_price`, …; `dir(counterplay)` lists
them): its arguments are the parameters of the kind, checked at once. See docs/python.md.
"""

from collections.abc import Callable
from typing import Any

from counterplay._ours import check_packages

check_packages()

# What follows imports packages that another distribution could stand before.
from agents.actions import Action, Advertise, Launch, Reprice, Withdraw  # noqa: E402
from agents.observation import OperatorView, Strategy  # noqa: E402
from agents.settings import MarketSettings  # noqa: E402
from experiments import api as _api  # noqa: E402
from experiments.api import (  # noqa: E402
    compare,
    market,
    markets,
    run,
    strategies,
    studies,
    write,
)
from experiments.api import played as play  # noqa: E402
from experiments.question.play import Play, Playable  # noqa: E402
from experiments.runs.listener import Progress  # noqa: E402
from experiments.version import version as _version  # noqa: E402
from sim.errors import (  # noqa: E402
    ActionError,
    CalibrationError,
    CounterplayError,
    MarketError,
    QuestionError,
    RunError,
    UnknownNameError,
    WorkerLostError,
)
from sim.names import nearest as _nearest  # noqa: E402

__version__ = _version()

__all__ = [
    "Action",
    "ActionError",
    "Advertise",
    "CalibrationError",
    "CounterplayError",
    "Launch",
    "MarketError",
    "MarketSettings",
    "OperatorView",
    "Play",
    "Playable",
    "Progress",
    "QuestionError",
    "Reprice",
    "RunError",
    "Strategy",
    "UnknownNameError",
    "Withdraw",
    "WorkerLostError",
    "compare",
    "market",
    "markets",
    "play",
    "run",
    "strategies",
    "studies",
    "write",
]


def __getattr__(name: str) -> Callable[..., Play]:
    """A kind of strategy as a function of its parameters."""
    if name.startswith("_") or name not in _api.constructors():
        near = _nearest(name, __dir__())
        raise AttributeError(f"module 'counterplay' has no attribute '{name}'{near}")
    return _constructor(name)


def __dir__() -> list[str]:
    """Public names, the kinds of strategy among them."""
    return sorted({*__all__, *_api.constructors()})


def _constructor(kind: str) -> Callable[..., Play]:
    def made(**parameters: Any) -> Play:
        return play(kind, **parameters)

    made.__name__ = made.__qualname__ = kind
    made.__doc__ = _api.described(kind)
    made.__module__ = __name__
    return made
