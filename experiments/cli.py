"""The command line: `counterplay key=value ...`, with Hydra's grammar and sweeps, without its runs.

Exit codes: 0 done; 1 something broke (the program, or the machine: a full disk, no memory); 2 the
question cannot be asked as it stands; 130 interrupted (Ctrl-C), 143 by SIGTERM, 129 by SIGHUP.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.command import Command
from experiments.endings import BROKEN, INTERRUPTED, REFUSED, asked_to_end
from experiments.help import help_text
from experiments.jobs import Jobs
from experiments.terminal import Terminal
from experiments.version import version
from sim.errors import QuestionError

if TYPE_CHECKING:
    # Imported on use: `--help` must not wait for compilers, tables and figures.
    from experiments.question.files import Files


class _Finished:
    any = False


def wrote_results() -> bool:
    """Whether this process finished an experiment, so that more than words are there."""
    return _Finished.any


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code."""
    jobs = Jobs(Terminal(), Terminal(stderr=True))
    try:
        command = Command.read(arguments)
        if command.help or command.version:
            sys.stdout.write(help_text() if command.help else f"counterplay {version()}\n")
        else:
            _answer(command, jobs)
    except KeyboardInterrupt as error:
        return jobs.interrupted(error)
    except Exception as error:  # noqa: BLE001 - it is told: in a sentence, or where in the code
        if asked_to_end() is not None:  # whatever a library has made of it
            return jobs.interrupted(error)
        if isinstance(error, QuestionError):
            return jobs.refuse(error)
        jobs.broken(error)
    finally:
        _Finished.any = _Finished.any or jobs.done > 0
    return jobs.code


def _answer(command: Command, jobs: Jobs) -> None:
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
        jobs(question_of(compose(command.overrides, files), None, command.config_dir))


def _sweep(overrides: list[str], files: "Files", jobs: Jobs) -> None:
    """Check all jobs of a sweep, then run one after the other."""
    from experiments.question.sweep import checked, jobs_of

    for job, question in checked(jobs_of(overrides, files), files):
        jobs(question, job.name)


__all__ = ["BROKEN", "INTERRUPTED", "REFUSED", "run"]
