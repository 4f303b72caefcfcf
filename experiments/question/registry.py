"""The kinds of experiment: name and module. Each module has `run(question, console)`.

A new kind is one line here, the module, and `conf/experiment/<kind>.yaml`. Modules are imported on
use: composing a question should not wait for figures or reports.
"""

import importlib
from collections.abc import Callable

from pydantic import BaseModel, ValidationError
from rich.console import Console

from experiments.question.errors import validated
from experiments.question.question import Question
from sim.schema import lists_to_tuples
from strategies.names import unknown

Runner = Callable[[Question, Console], None]

KINDS = {
    "compare": "experiments.studies.compare",
    "calibrate": "experiments.studies.calibrate",
    "bench": "experiments.studies.bench.bench",
    "backtest": "experiments.studies.backtest.backtest",
    "equilibrium": "experiments.studies.equilibrium.equilibrium",
    "q_learning": "experiments.studies.q_learning.q_learning",
    "validate": "experiments.studies.validate.validate",
    "choices": "experiments.studies.choices",
    "recovery": "experiments.studies.recovery.recovery",
    "twin_check": "experiments.studies.recovery.twin_check",
    "ensemble": "experiments.studies.posterior.ensemble",
    "sbc": "experiments.studies.posterior.sbc",
    "elasticities": "experiments.studies.elasticities.elasticities",
    "facts": "experiments.studies.facts.report",
    "fighting_brands": "experiments.studies.fighting_brands.fighting_brands",
}

OPTIONS = {
    "bench": "BenchOptions",
    "choices": "ChoicesOptions",
    "elasticities": "ElasticitySettings",
    "ensemble": "EnsembleSettings",
    "equilibrium": "EquilibriumOptions",
    "facts": "FactsSettings",
    "fighting_brands": "FightingBrandsSettings",
    "q_learning": "LearningOptions",
    "recovery": "RecoveryOptions",
    "sbc": "SbcSettings",
    "twin_check": "TwinCheckOptions",
    "validate": "ValidateSettings",
}
"""The schema of a kind's own options, in its module."""


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


def check_options(question: Question) -> None:
    """The experiment's own options, without running it. Raises `MarketError`."""
    kind = question.experiment
    if kind not in OPTIONS:
        return
    schema: type[BaseModel] = getattr(importlib.import_module(KINDS[kind]), OPTIONS[kind])
    given = {key: value for key, value in question.options.items() if value is not None}
    try:
        schema.model_validate(given)
    except ValidationError:
        # Some studies have lists among their options, some tuples.
        validated(schema, lists_to_tuples(given), "experiment")
