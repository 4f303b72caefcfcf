"""The one place that writes answers: a study is run, and its files published in a folder as a set.

The command line comes here with a console, Python (`experiments/api.py`) with a result.
"""

import importlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

from rich.console import Console, RenderableType

from experiments.question.question import Question
from experiments.question.registry import KINDS, check_kind
from experiments.runs.answer_folder import AnswerFolder
from experiments.runs.display import OnConsole
from experiments.runs.listener import Listener
from experiments.runs.store import CELLS
from experiments.runs.study import Study, StudyResult


def study_of(kind: str) -> Study:
    """The module that answers a kind of experiment. Raises `UnknownNameError`."""
    check_kind(kind)
    return cast("Study", importlib.import_module(KINDS[kind]))


def run_and_write(question: Question, console: Console) -> None:
    """Answer a question in its folder and say on the console what came out.

    A study with a function `shown_again(out)` is not run where its answer stands already.

    Raises:
        QuestionError: what is asked cannot be.
        RunError: the machine does not let us.
    """
    study, listener = study_of(question.experiment), OnConsole(console)
    study.check(question)
    again = cast(
        "Callable[[Path], Sequence[RenderableType]] | None", getattr(study, "shown_again", None)
    )
    with AnswerFolder(question, KINDS[question.experiment], listener) as folder:
        if again is not None and folder.is_answered():
            listener.say("This question is answered already, and every file is as it was written.")
            said = again(question.out)
        else:
            result = study.run(question, folder.store, listener)
            _fill(folder, result, listener)
            said = result.shown(question.out)
    for line in said:
        console.print(line)


def write(result: StudyResult, out: Path, listener: Listener) -> Path:
    """Write all files of a result to a folder, in the place of the last answer's.

    Raises:
        QuestionError: another run works in the folder, or it cannot be one.
        RunError: the machine does not let us write there.
    """
    question = replace(result.question, out=out)
    with AnswerFolder(question, KINDS[question.experiment], listener) as folder:
        _fill(folder, result, listener)
    with suppress(OSError):
        (out / CELLS).rmdir()  # where a run keeps its pieces; this one kept them elsewhere
    return out


def _fill(folder: AnswerFolder, result: StudyResult, listener: Listener) -> None:
    listener.say("Writing the answer …")
    result.write_to(folder.new, listener)
    folder.publish(failures=result.failed)
