"""The comparison that a pilot is planned on: stored in a folder, or asked through the store."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from experiments.analysis.answer import Answer
from experiments.analysis.labels import answer_of
from experiments.analysis.pilot.effects import regional_rows
from experiments.question.question import Question
from experiments.report.stored import read_answer
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.sweep import FILES, sweep


@dataclass(frozen=True, eq=False)
class Source:
    """A comparison, and its monthly figures of single regions."""

    answer: Answer
    regional: pd.DataFrame


def stored(folder: Path) -> Source:
    """A comparison in a folder. Raises `QuestionError` if there is none that can be read."""
    answer = read_answer(folder, "experiment.answer")
    wanted = [("region", "!=", "all"), ("segment", "==", "all")]
    with (folder / FILES["monthly"]).open("rb") as file:
        table = pq.read_table(file, filters=wanted).to_pandas()
    return Source(answer, regional_rows(table, answer.labels.focal))


def asked(question: Question, store: Store, listener: Listener) -> Source:
    """The question's comparison; what is in the store already is taken over.

    Its runs are those of `experiment=compare`, name by name.
    """
    compared = replace(question, experiment="compare", options={})
    swept, _ = sweep(compared, store, listener)
    answer = answer_of(compared, swept)
    return Source(answer, regional_rows(answer.regional, question.focal))
