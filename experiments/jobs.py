"""The experiments of one command, each with a word in its folder on how it ended."""

import os
import signal
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from experiments import endings
from experiments.endings import BROKEN, REFUSED, InterruptedRun, explained_fault
from experiments.runs.locks import FolderInUseError
from experiments.runs.status import REFUSED as REFUSED_WORD
from experiments.runs.status import end_status
from sim.errors import QuestionError

if TYPE_CHECKING:
    # Imported on use: `--help` must not wait for what runs an experiment.
    from experiments.question.question import Question


class Jobs:
    """The experiments of one command: one, or one for each combination of a sweep."""

    def __init__(self, console: Console, errors: Console) -> None:
        self.console = console
        self.errors = errors
        self.code = 0
        self.done = 0
        """How many experiments were finished."""
        self.out: Path | None = None
        """Folder of the experiment that runs now."""

    def __call__(self, question: "Question", name: str = "") -> None:
        """Run one experiment and note in its folder how it ended. Others of a sweep go on."""
        from experiments.answering import run_and_write

        if name:
            self.console.print(f"— {name}", markup=False, highlight=False, soft_wrap=True)
        endings.obey()
        self.out = folder = question.out.absolute()
        endings.on_forced_end(self._forced)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            run_and_write(question, self.console)
        except Exception as error:  # noqa: BLE001 - it is told, and others of a sweep go on
            endings.obey()
            self._ended(folder, error)
        else:
            self.done += 1
            self._note(folder, None)
        endings.on_forced_end(None)
        self.out = None

    def _ended(self, folder: Path, error: Exception) -> None:
        if isinstance(error, QuestionError):
            self.refuse(error)
            if not isinstance(error, FolderInUseError):  # what is written is about the other run
                self._note(folder, error, word=REFUSED_WORD)
        else:
            self._note(folder, error, self.broken(error))

    @staticmethod
    def _note(folder: Path, error: BaseException | None, said: str = "", word: str = "") -> None:
        if folder.is_dir():
            end_status(folder, error, said, word)

    def refuse(self, error: QuestionError) -> int:
        """Say what is wrong with the question; returns the exit code."""
        if _debugging():
            traceback.print_exception(error)
        self._say(f"counterplay: {error}")
        self.code = self.code or REFUSED
        return REFUSED

    def broken(self, error: BaseException) -> str:
        """Say what broke: a sentence if the machine did, else where in the code; returns it."""
        self.code = BROKEN
        said = explained_fault(error, self.out)
        if said is None or _debugging():
            traceback.print_exception(error)
        if said is not None:
            self._say(f"counterplay: {said}")
        return said or f"{error}" or type(error).__name__

    def interrupted(self, error: BaseException) -> int:
        """Say what is left of an interrupted experiment; returns the exit code."""
        number = endings.asked_to_end()
        if number is None:
            number = error.number if isinstance(error, InterruptedRun) else signal.SIGINT
        name = signal.Signals(number).name
        kept = ""
        if self.out is not None:
            self._note(self.out, InterruptedRun(number))
            kept = _what_is_kept(self.out)
        how = "" if number == signal.SIGINT else f" by {name}"
        self._say(f"\nInterrupted{how}.{kept}")
        self.code = 128 + number
        return self.code

    def _forced(self) -> None:
        self.interrupted(InterruptedRun(endings.asked_to_end() or signal.SIGINT))

    def _say(self, text: str) -> None:
        self.errors.print(text, markup=False, highlight=False, soft_wrap=True)


def _what_is_kept(folder: Path) -> str:
    from experiments.runs.store import CELLS

    try:
        anything = any((folder / CELLS).iterdir())
    except OSError:
        anything = False
    if not anything:
        return " Nothing was finished yet; the same command starts again."
    return f" Finished cells are kept in {_short(folder)}; the same command takes them over."


def _short(folder: Path) -> Path:
    try:
        here = Path.cwd()
    except OSError:
        return folder
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _debugging() -> bool:
    return os.environ.get("COUNTERPLAY_DEBUG") == "1"
