"""The kinds of experiment: name and module, which is a `Study` (`experiments/runs/study.py`).

A new kind is one line here, the module, and `conf/experiment/<kind>.yaml`. Modules are imported on
use: composing a question should not wait for figures or reports.
"""

import importlib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from experiments.question.errors import explain_validation
from experiments.question.files import OUR_FILES
from experiments.question.question import Question
from sim.errors import QuestionError
from sim.names import nearest, unknown
from sim.schema import lists_to_tuples

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
    "pilot": "experiments.studies.pilot.pilot",
    "pilot_read": "experiments.studies.pilot_read.pilot_read",
    "prediction": "experiments.studies.prediction.prediction",
}

OPTIONS = {
    "bench": "BenchOptions",
    "choices": "ChoicesOptions",
    "elasticities": "ElasticitySettings",
    "ensemble": "EnsembleSettings",
    "equilibrium": "EquilibriumOptions",
    "facts": "FactsSettings",
    "fighting_brands": "FightingBrandsSettings",
    "pilot": "PilotSettings",
    "pilot_read": "PilotReadSettings",
    "prediction": "PredictionSettings",
    "q_learning": "LearningOptions",
    "recovery": "RecoveryOptions",
    "sbc": "SbcSettings",
    "twin_check": "TwinCheckOptions",
    "validate": "ValidateSettings",
}
"""The schema of a kind's own options, in its module."""


def check_kind(name: str) -> None:
    """Raise `QuestionError` for a kind of experiment that does not exist."""
    if name not in KINDS:
        raise unknown("experiment", name, KINDS)


def check_option_names(kind: str, options: Iterable[str]) -> None:
    """Raise `QuestionError` for an option that a kind of experiment does not have."""
    shipped = OUR_FILES.read(f"experiment/{kind}").data["experiment"]
    allowed = [key for key in shipped if key != "name"]
    unfamiliar = [option for option in options if option not in allowed]
    if unfamiliar and kind in OPTIONS:
        allowed += [key for key in _schema(kind).model_fields if key not in allowed]
    for option in unfamiliar:
        if option not in allowed:
            raise QuestionError(
                f"experiment.{option}: experiment '{kind}' has no such option"
                f"{nearest(option, allowed)}; allowed: {', '.join(allowed) or '-'}"
            )


def check_options(question: Question) -> None:
    """The experiment's own options, without running it. Raises `QuestionError`."""
    kind = question.experiment
    if kind not in OPTIONS:
        return
    schema = _schema(kind)
    given = {key: value for key, value in question.options.items() if value is not None}
    # Some studies have lists among their options, some tuples; YAML has lists only.
    errors: list[ValidationError] = []
    for data in (given, lists_to_tuples(given)):
        try:
            schema.model_validate(data)
        except ValidationError as error:
            errors.append(error)
        else:
            return
    raise QuestionError(explain_validation(min(errors, key=_of_form), schema, "experiment"))


def _of_form(error: ValidationError) -> int:
    """How many mistakes are about lists and tuples, which whoever writes YAML cannot make."""
    return sum(
        problem["type"] in {"list_type", "tuple_type"}
        and isinstance(problem["input"], list | tuple)
        for problem in error.errors()
    )


def _schema(kind: str) -> type[BaseModel]:
    schema: type[BaseModel] = getattr(importlib.import_module(KINDS[kind]), OPTIONS[kind])
    return schema
