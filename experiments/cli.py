"""The command line: `counterplay key=value ...`, with Hydra's grammar and sweeps, without its runs.

Exit codes: 0 done; 1 something broke; 2 the question cannot be asked as it stands; 130 interrupted.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from experiments.command import Command
from experiments.help import help_text
from experiments.runs.locks import FolderInUseError
from experiments.runs.status import DONE, FAILED, write_status
from sim.schema import MarketError

if TYPE_CHECKING:
    # Imported on use: `--help` must not wait for compilers, tables and figures.
    from experiments.question.files import Files
    from experiments.question.question import Question
    from experiments.question.registry import Runner

BROKEN, REFUSED, INTERRUPTED = 1, 2, 130


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code."""
    jobs = Jobs(Console(), Console(stderr=True))
    try:
        command = Command.read(arguments)
        if command.help or command.version:
            ours = f"counterplay {version('counterplay')}\n"
            sys.stdout.write(help_text() if command.help else ours)
        else:
            _answer(command, jobs)
    except MarketError as error:
        return jobs.refuse(error)
    except KeyboardInterrupt:
        jobs.interrupted()
        return INTERRUPTED
    return jobs.code


def runner(name: str) -> "Runner":
    """What runs an experiment of a kind."""
    from experiments.question.registry import runner as of_kind

    return of_kind(name)


def _answer(command: Command, jobs: "Jobs") -> None:
    """Print the question, or run the job or all jobs of a sweep."""
    from experiments.question.compose import compose, question_of
    from experiments.question.files import Files
    from experiments.question.show import shown

    files = Files.of(command.config_dir)
    if command.cfg is not None:
        composed = compose(command.overrides, files)
        sys.stdout.write(shown(composed, command.package, resolve=command.resolve))
    elif command.multirun:
        _sweep(command.overrides, files, jobs)
    else:
        jobs(question_of(compose(command.overrides, files).config, None, command.config_dir))


def _sweep(overrides: list[str], files: "Files", jobs: "Jobs") -> None:
    """Check all jobs of a sweep, then run one after the other."""
    from experiments.question.sweep import checked, jobs_of

    for job, question in checked(jobs_of(overrides, files), files):
        jobs(question, job.name)


class Jobs:
    """The experiments of one command: one, or one for each combination of a sweep."""

    def __init__(self, console: Console, errors: Console) -> None:
        self.console = console
        self.errors = errors
        self.code = 0
        self.out: Path | None = None
        """Folder of the experiment that runs now."""

    def __call__(self, question: "Question", name: str = "") -> None:
        """Run one experiment and note in its folder how it ended. Others of a sweep go on."""
        if name:
            self._say(self.console, f"— {name}")
        question.out.mkdir(parents=True, exist_ok=True)
        self.out = question.out.absolute()
        error: Exception | None = None
        try:
            runner(question.experiment)(question, self.console)
        except MarketError as trouble:
            error = trouble
            self.refuse(trouble)
        except Exception as trouble:  # noqa: BLE001 - one broken experiment must not take a sweep along
            error = trouble
            self.code = BROKEN
            traceback.print_exception(trouble)
        self._note(error)
        self.out = None

    def refuse(self, error: MarketError) -> int:
        """Say what is wrong with the question; returns the exit code."""
        if os.environ.get("COUNTERPLAY_DEBUG") == "1":
            traceback.print_exception(error)
        self._say(self.errors, f"counterplay: {error}")
        self.code = self.code or REFUSED
        return REFUSED

    def interrupted(self) -> None:
        """Say what is left of an interrupted experiment."""
        kept = ""
        if self.out is not None:
            self._note(KeyboardInterrupt("interrupted"))
            kept = (
                f" Finished cells are kept in {_short(self.out)}; the same command takes them over."
            )
        self._say(self.errors, f"\nInterrupted.{kept}")

    def _note(self, error: BaseException | None) -> None:
        if isinstance(error, FolderInUseError):
            return  # what is written there is about the other run
        if self.out is not None and self.out.is_dir():
            said = None if error is None else f"{error}" or type(error).__name__
            write_status(self.out, DONE if error is None else FAILED, said)

    @staticmethod
    def _say(console: Console, text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def _short(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


if __name__ == "__main__":
    main()
