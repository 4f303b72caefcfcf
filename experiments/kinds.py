"""The kinds of experiment: name and module. Each module has `run(request, console)`.

A new kind is one line here, the module, and `conf/experiment/<kind>.yaml`. Modules are imported on
use: composing a question should not wait for figures or reports.
"""

import importlib
from collections.abc import Callable

from rich.console import Console

from experiments.request import Request
from strategies.names import unknown

Runner = Callable[[Request, Console], None]

KINDS = {
    "compare": "experiments.compare",
    "calibrate": "experiments.calibrate",
    "bench": "experiments.bench",
    "backtest": "experiments.backtest",
    "equilibrium": "experiments.equilibrium",
    "q_learning": "experiments.q_learning",
    "validate": "experiments.validate",
    "choices": "experiments.choices",
    "recovery": "experiments.recovery",
    "twin_check": "experiments.twin_check",
    "ensemble": "experiments.ensemble",
    "sbc": "experiments.sbc",
    "elasticities": "experiments.elasticities",
    "facts": "experiments.facts_report",
    "fighting_brands": "experiments.fighting_brands",
}


def check_kind(name: str) -> None:
    """Raise `MarketError` for a kind of experiment that does not exist."""
    if name not in KINDS:
        raise unknown("experiment", name, KINDS)


def runner(name: str) -> Runner:
    """What runs an experiment of a kind."""
    check_kind(name)
    module = importlib.import_module(KINDS[name])
    run: Runner = module.run
    return run
