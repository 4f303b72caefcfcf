"""`counterplay experiment=choices`: what people compared and what they took, as a table.

For econometricians: one row an offer that an account really considered in a month, with what it
could see of it, and 1 for the one it took. The true tastes are shipped beside, never in, the table
(as Google's AMSS ships the true effect with every simulated data set), so that an estimator can be
compared with them. `experiment=recovery` does just that.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, override

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from rich.console import RenderableType

from agents.choice_recorder import RecordedPopulation, tastes_of
from agents.market import Market
from agents.tables import calibrated_behaviour
from experiments.measures import study_schemas
from experiments.measures.choice_table import (
    CHOICES,
    TASTES,
    TRUTH,
    UTILITIES,
    ChoiceFiles,
    tastes_table,
)
from experiments.measures.schemas import write_table
from experiments.question.errors import validated
from experiments.question.question import HOLD, Question
from experiments.runs.cells import seed_number
from experiments.runs.files import write_atomically
from experiments.runs.listener import Listener
from experiments.runs.scratch import Scratch
from experiments.runs.store import Store
from experiments.runs.study import StudyResult
from sim.errors import QuestionError
from sim.names import unknown
from sim.schema import Settings
from strategies.registry import read


class ChoicesOptions(Settings):
    """What is exported."""

    accounts: Annotated[int, Field(ge=1)] | None = None
    """How many accounts are watched, a random sample; null: all."""
    arm: str = HOLD
    """What the focal operator plays meanwhile; rivals play what they are set to."""
    truth: bool = True
    """Whether the true utility of every offer compared is written as well."""


@dataclass(frozen=True, eq=False)
class Export(StudyResult):
    """Every choice of one market, in tables too large for memory."""

    question: Question
    summary: dict[str, Any]
    truth: dict[str, Any]
    """The planted behaviour."""
    tastes: pd.DataFrame
    """What each watched account really likes."""
    tables: Scratch
    """Where the table of choices, and the one of utilities if asked for, are kept meanwhile."""

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write the tables, the truth beside them, and `summary.json`."""
        for path in self.tables.files():
            shutil.copyfile(path, folder / path.name)
        write_table(folder / TASTES, self.tastes, study_schemas.TASTES)
        for name, data in ((TRUTH, self.truth), ("summary.json", self.summary)):
            write_atomically(folder / name, json.dumps(data, indent=1, allow_nan=False))

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """How much was exported, and where it is."""
        beside = [TRUTH, TASTES, *(p.name for p in self.tables.files() if p.name == UTILITIES)]
        return [
            f"{self.summary['situations']} situations, {self.summary['rows']} offers compared; "
            f"{self.summary['situations_operator_changed']} changed operator",
            f"Table: {out / CHOICES}\nTruth: {', '.join(beside)}",
        ]


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    read_options(question)


def run(question: Question, store: Store, listener: Listener) -> Export:
    """Live the market and export every choice.

    Raises:
        QuestionError: an option is out of bounds, or more than one market is asked for.
    """
    options = read_options(question)
    market = start_market(question, options)
    people = sample(len(market.population), options.accounts, question.seed)
    behaviour, tables = market.behaviour, market.tables()
    tastes = tastes_of(market.population, people, tables, behaviour)
    listener.say(f"{len(people)} of {question.subscribers} accounts, {question.months} months …")
    scratch = Scratch(store.folder)
    with ChoiceFiles(scratch.folder, market, truth=options.truth) as files:
        market.population = RecordedPopulation(market.population, files.add, people)
        market.run(question.months)
    if not files.rows:
        raise QuestionError(
            "nobody looked around, so there is no choice to export; months is larger"
        )
    return Export(
        question,
        summarise(files, question, options, len(people)),
        truth_of(market),
        tastes_table(tastes, market).to_pandas(),
        scratch,
    )


def read_options(question: Question) -> ChoicesOptions:
    """The experiment's options, checked. Raises `QuestionError`."""
    options = validated(ChoicesOptions, question.options, "experiment")
    if question.worlds != 1 or question.seeds != 1:
        raise QuestionError(
            f"worlds={question.worlds} seeds={question.seeds}: experiment=choices exports one "
            "market as stated; allowed worlds=1 seeds=1 (another seed=… gives another market)"
        )
    if options.arm not in question.strategies:
        raise unknown("experiment.arm", options.arm, question.strategies)
    if options.accounts is not None and options.accounts > question.subscribers:
        raise QuestionError(
            f"experiment.accounts={options.accounts} exceeds subscribers={question.subscribers}"
        )
    return options


def start_market(question: Question, options: ChoicesOptions) -> Market:
    """The market after its burn-in, with everybody set to play."""
    market = Market(question.market, question.subscribers, seed_number(question, 0, 0))
    profile = {**question.rivals, **question.profiles.get(options.arm, {})}
    profile[question.focal] = question.strategies[options.arm]
    players = {name: read(plays) for name, plays in profile.items()}
    return market.run(question.burn_in).fork(players)


def sample(accounts: int, wanted: int | None, seed: int) -> NDArray[np.int64]:
    """Account numbers drawn without replacement, in order; all if `wanted` is `None`."""
    if wanted is None or wanted >= accounts:
        return np.arange(accounts, dtype=np.int64)
    drawn = np.random.default_rng(seed).choice(accounts, wanted, replace=False)
    return np.sort(drawn).astype(np.int64)


def truth_of(market: Market) -> dict[str, Any]:
    """The planted behaviour: every parameter, and the appeal of every offer, in yuan a month."""
    rows = market.book.table().rows
    return {
        "behaviour": calibrated_behaviour(market.settings).model_dump(mode="json"),
        "appeal_yuan": {
            name: float(rows[index].appeal_yuan) for index, name in enumerate(market.book.names)
        },
        "likings_yuan": {
            name: partner.liking_yuan.model_dump(mode="json")
            for name, partner in market.settings.partners.items()
        },
    }


def summarise(
    files: ChoiceFiles, question: Question, options: ChoicesOptions, watched: int
) -> dict[str, Any]:
    """What the export holds."""
    return {
        "market": question.market.name,
        "arm": options.arm,
        "accounts_simulated": question.subscribers,
        "accounts_watched": watched,
        "accounts_that_chose": len(files.chose),
        "months": question.months,
        "worlds": 1,
        "seed": question.seed,
        "situations": files.situations,
        "rows": files.rows,
        "offers_per_situation": files.rows / files.situations,
        "situations_looked_around": files.counts["looked"],
        "situations_plan_changed": files.counts["changed_plan"],
        "situations_operator_changed": files.counts["changed_operator"],
        "situations_saved_by_desk": files.counts["saved"],
    }
