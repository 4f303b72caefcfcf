"""What a study is: options → run → result → report.

`run` simulates and concludes. It writes nothing but finished pieces to the store it is given, has
no console, and tells a listener how far it is. Its result can write the files of an answer into a
folder and say what came out; `experiments/answering.py` is the one place that asks for either.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rich.console import RenderableType

from experiments.question.question import Question
from experiments.runs.listener import Listener
from experiments.runs.store import Store


class StudyResult(ABC):
    """What a study has found, in memory."""

    question: Question
    """What was asked."""

    @property
    def failed(self) -> int:
        """Parts that failed; an answer with such parts is worked out again when asked for."""
        return 0

    @abstractmethod
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write the answer's files into a folder that is empty and ours alone.

        Raises:
            OSError: the disk does not take one.
        """

    @abstractmethod
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """What a terminal shows in the end: sentences and tables; files stand in `out`."""


class Study(Protocol):
    """A module of `experiments/studies` that answers one kind of experiment."""

    def check(self, question: Question, /) -> None:
        """Refuse what cannot be answered, before any work. Raises `QuestionError`."""
        ...

    def run(self, question: Question, store: Store, listener: Listener, /) -> StudyResult:
        """Work the answer out.

        Raises:
            QuestionError: what is asked cannot be.
            RunError: the machine does not let us.
        """
        ...
