"""`counterplay experiment=recovery`: does an independent estimator find the tastes we planted?

Every seed is a market of its own, whose choices are exported by the same recorder and files as
`experiment=choices` and estimated by xlogit. An interval of 95 % must contain the planted value 95
times in a hundred: reported are how many do, beside what chance allows.
"""

import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field, field_validator
from rich.table import Table
from scipy import stats

from agents.choice_recorder import RecordedPopulation
from agents.market import Market
from agents.settings import MarketSettings
from experiments.measures.choice_table import CHOICES, ChoiceFiles
from experiments.measures.study_schemas import RECOVERY
from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from experiments.studies.recovery.cases import CASES, RecoveryCase, check_market, market_for
from experiments.studies.recovery.estimates import Estimate, LogitFit, estimate, xlogit
from experiments.studies.recovery.figure import draw
from sim.errors import QuestionError
from sim.names import unknown
from sim.schema import Settings

_LEVEL = 0.95
_CHANCE = 0.99
"""How much of chance is allowed for when covered intervals are counted."""


class RecoveryOptions(Settings):
    """What is recovered, and how hard the estimator tries."""

    cases: Annotated[tuple[str, ...], Field(min_length=1)] = tuple(CASES)
    """What is planted: see `experiments/studies/recovery/cases.py`."""
    mixed_seeds: Annotated[int, Field(ge=1, le=1000)] = 10
    """Markets of each mixed case (at most `seeds`)."""
    draws: Annotated[int, Field(ge=50, le=20_000)] = 300
    """Halton draws an account, in mixed cases."""

    @field_validator("cases", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    read_options(question)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Plant, export and estimate.

    Raises:
        QuestionError: an option is out of bounds, the market's people differ in ways that no case
            plants, or the estimator is missing.
    """
    options = read_options(question)
    jobs = [
        (case, seed)
        for name in options.cases
        for case in (CASES[name],)
        for seed in range(
            min(question.seeds, options.mixed_seeds) if case.random else question.seeds
        )
    ]
    listener.say(f"{len(jobs)} markets of {question.subscribers} accounts …")
    names = Names(recovered, asked_of(question) | {"options": {"draws": options.draws}})
    tasks = [
        Task(names.of(f"{case.name}-{seed:03d}"), recovered, (question, options, case, seed))
        for case, seed in jobs
    ]
    fits = gather(question, store, tasks, "Markets estimated", as_fit, listener)
    table = table_of([(case.name, seed) for case, seed in jobs], fits)
    summary = summarise(table, question, options)
    return Findings(
        question,
        summary,
        {"recovery": table},
        {"recovery": RECOVERY},
        pictures={"recovery": lambda: draw(table, summary)},
        said=[_shown(name, summary["cases"][name]) for name in options.cases],
        main="recovery.png",
    )


def recovered(question: Question, options: RecoveryOptions, case: RecoveryCase, seed: int) -> Piece:
    """One market estimated, as it is kept."""
    fit = recover(question, options, case.name, seed)
    columns = [field.name for field in fields(Estimate)]
    rows = [[getattr(one, name) for name in columns] for one in fit.estimates]
    figures = np.array([fit.wald_p, fit.log_likelihood])
    return Piece.of(
        {"estimates": pd.DataFrame(rows, columns=columns)},
        {"figures": figures},
        {"situations": fit.situations},
    )


def as_fit(piece: Piece) -> LogitFit:
    """The estimation in a piece."""
    rows = piece.frame("estimates").to_dict("records")
    wald, likelihood = piece.array("figures").tolist()
    estimates = tuple(Estimate(**{str(k): v for k, v in row.items()}) for row in rows)
    return LogitFit(estimates, wald, piece.facts["situations"], likelihood)


def read_options(question: Question) -> RecoveryOptions:
    """The experiment's options, checked. Raises `QuestionError`."""
    options = validated(RecoveryOptions, question.options, "experiment")
    for name in options.cases:
        if name not in CASES:
            raise unknown("experiment.cases", name, CASES)
    if question.worlds != 1:
        raise QuestionError(f"worlds={question.worlds}: experiment=recovery plants one; allowed 1")
    check_market(question.market)
    xlogit()
    return options


def recover(question: Question, options: RecoveryOptions, name: str, seed: int) -> LogitFit:
    """One market of a case: planted, lived, exported, read again and estimated."""
    case = CASES[name]
    settings = market_for(case, question.market)
    number = question.seed * 1_000_000 + list(CASES).index(name) * 10_000 + seed
    with tempfile.TemporaryDirectory() as folder:
        export(settings, question.subscribers, question.months, number, Path(folder))
        choices = pd.read_parquet(Path(folder) / CHOICES)
    return estimate(case, choices, settings, options.draws)


def export(
    settings: MarketSettings, subscribers: int, months: int, seed: int, folder: Path
) -> None:
    """Export every choice from a market's first month on, so that no past is out of sight."""
    market = Market(settings, subscribers, seed)
    with ChoiceFiles(folder, market, truth=False) as files:
        market.population = RecordedPopulation(market.population, files.add)
        market.run(months)


def table_of(names: list[tuple[str, int]], fits: list[LogitFit]) -> pd.DataFrame:
    """One row an estimate, with its interval and whether that covers what was planted."""
    rows = [
        {
            "case": case,
            "seed": seed,
            "parameter": e.parameter,
            "unit": e.unit,
            "planted": e.planted,
            "estimate": e.estimate,
            "standard_error": e.standard_error,
            "low": e.interval()[0],
            "high": e.interval()[1],
            "z": e.z,
            "covers": e.covers,
            "wald_p": fit.wald_p,
            "situations": fit.situations,
        }
        for (case, seed), fit in zip(names, fits, strict=True)
        for e in fit.estimates
    ]
    return pd.DataFrame(rows)


def summarise(table: pd.DataFrame, question: Question, options: RecoveryOptions) -> dict[str, Any]:
    """Coverage by case, and of all cases in which the estimator's model is the market's."""
    cases = {name: _case(CASES[name], table[table["case"] == name]) for name in options.cases}
    fair = table[[not CASES[name].wrong_model for name in table["case"]]]
    return {
        "market": question.market.name,
        "accounts": question.subscribers,
        "months": question.months,
        "seed": question.seed,
        "draws": options.draws,
        "estimator": "xlogit",
        **({"all": _coverage(fair)} if len(fair) else {}),
        "cases": cases,
    }


def _coverage(table: pd.DataFrame) -> dict[str, Any]:
    """Covered intervals beside what chance allows, were they all independent."""
    count = len(table)
    low, high = stats.binom.interval(_CHANCE, count, _LEVEL)
    covered = int(table["covers"].sum())
    return {
        "intervals": count,
        "covered": covered,
        "share": covered / count,
        "chance_allows": [int(low), int(high)],
        "plausible": bool(low <= covered <= high),
        "worst_z": float(table["z"].abs().max()),
    }


def _case(case: RecoveryCase, table: pd.DataFrame) -> dict[str, Any]:
    fits = table.drop_duplicates("seed")
    parameters: dict[str, Any] = {}
    for name in table["parameter"].unique():
        part = table[table["parameter"] == name]
        spread = part["estimate"].std() if len(part) > 1 else 0.0
        parameters[name] = {
            "unit": part["unit"].iloc[0],
            "planted": float(part["planted"].iloc[0]),
            "mean_estimate": float(part["estimate"].mean()),
            "mean_standard_error": float(part["standard_error"].mean()),
            "sd_of_estimates": float(spread),
            "mean_z_times_root_n": float(part["z"].mean() * np.sqrt(len(part))),
            "covered": int(part["covers"].sum()),
            "intervals": len(part),
        }
    return {
        "model": "mixed logit" if case.random else "conditional logit",
        "model_is_wrong_on_purpose": case.wrong_model,
        "seeds": len(fits),
        "situations_a_seed": int(fits["situations"].mean()),
        **_coverage(table),
        "wald_p_below_0.05": int((fits["wald_p"] < 1 - _LEVEL).sum()),
        "wald_p_smallest": float(fits["wald_p"].min()),
        "parameters": parameters,
    }


def _shown(name: str, found: dict[str, Any]) -> Table:
    """A case as a table for the terminal."""
    low, high = found["chance_allows"]
    wrong = ", a wrong model on purpose" if found["model_is_wrong_on_purpose"] else ""
    table = Table(title=f"{name} ({found['model']}{wrong}, {found['seeds']} markets)")
    for column in ("taste", "planted", "mean estimate", "standard error", "covered"):
        table.add_column(column, justify="left" if column == "taste" else "right")
    for parameter, p in found["parameters"].items():
        table.add_row(
            f"{parameter}",
            f"{p['planted']:.3g}",
            f"{p['mean_estimate']:.3f}",
            f"{p['mean_standard_error']:.3f}",
            f"{p['covered']} of {p['intervals']}",
        )
    table.caption = (
        f"{found['covered']} of {found['intervals']} intervals of 95 % cover (chance allows {low} "
        f"to {high}); largest |z| {found['worst_z']:.2f}"
    )
    return table
