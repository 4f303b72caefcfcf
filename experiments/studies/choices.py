"""`counterplay experiment=choices`: what people compared and what they took, as a table.

For econometricians: one row an offer that an account really considered in a month, with what it
could see of it, and 1 for the one it took. The true tastes are shipped beside, never in, the table
(as Google's AMSS ships the true effect with every simulated data set), so that an estimator can be
compared with them. `experiment=recovery` does just that.
"""

import json
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from rich.console import Console

from agents.choice_recorder import RecordedPopulation, tastes_of
from agents.market import Market, calibrated_behaviour
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
from experiments.runs.answer_folder import AnswerFolder
from experiments.runs.cells import seed_number
from experiments.runs.files import write_atomically
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


def run(question: Question, console: Console) -> None:
    """Live the market and write every choice to `question.out`.

    Raises:
        QuestionError: an option is out of bounds, or more than one market is asked for.
    """
    options = read_options(question)
    with AnswerFolder(question, __name__, console) as folder:
        market = start_market(question, options)
        people = sample(len(market.population), options.accounts, question.seed)
        behaviour, tables = market.behaviour, market.tables()
        tastes = tastes_of(market.population, people, tables, behaviour)
        console.print(
            f"{len(people)} of {question.subscribers} accounts, {question.months} months …"
        )
        with ChoiceFiles(folder.new, market, truth=options.truth) as files:
            market.population = RecordedPopulation(market.population, files.add, people)
            market.run(question.months)
        if not files.rows:
            raise QuestionError(
                "nobody looked around, so there is no choice to export; months is larger"
            )
        true_tastes = tastes_table(tastes, market).to_pandas()
        write_table(folder.new / TASTES, true_tastes, study_schemas.TASTES)
        write_atomically(
            folder.new / TRUTH, json.dumps(truth_of(market), indent=1, allow_nan=False)
        )
        summary = summarise(files, question, options, len(people))
        write_atomically(
            folder.new / "summary.json", json.dumps(summary, indent=1, allow_nan=False)
        )
        folder.publish()
    console.print(
        f"{files.situations} situations, {files.rows} offers compared; "
        f"{files.counts['changed_operator']} changed operator\n"
        f"Table: {question.out / CHOICES}\nTruth: {TRUTH}, {TASTES}"
        + (f", {UTILITIES}" if options.truth else "")
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
    players = {name: read(plays) for name, plays in question.rivals.items()}
    players[question.focal] = read(question.strategies[options.arm])
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
