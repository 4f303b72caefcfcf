"""The command line: `counterplay key=value ...`, with Hydra's grammar, sweeps and folders.

Exit codes: 0 done; 1 something broke; 2 the question cannot be asked as it stands; 130 interrupted.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig
from rich.console import Console

from experiments.question.compose import (
    CONF,
    VERSION_BASE,
    check_config_dir,
    compose,
    explained,
    parse,
    question_of,
    with_strategies,
)
from experiments.question.errors import COMPOSING
from experiments.question.registry import runner
from experiments.runs.locks import FolderInUseError
from experiments.runs.status import DONE, FAILED, write_status
from sim.schema import MarketError

BROKEN, REFUSED, INTERRUPTED = 1, 2, 130


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code."""
    # Hydra would print its own errors and leave; so it raises them, and they are told in our words.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    command = Command.read(arguments)
    jobs = Jobs(Console(), Console(stderr=True), command.config_dir)
    try:
        prepared = command.prepared()
        _hand_to_hydra(prepared, jobs)
    except MarketError as error:
        return jobs.refuse(error)
    except COMPOSING as error:
        return jobs.refuse(explained(error, command.fixed(), command.config_dir))
    except KeyboardInterrupt:
        jobs.interrupted()
        return INTERRUPTED
    finally:
        if command.sweep_dir is not None:
            _tidy(command.sweep_dir)
    return jobs.code


@dataclass
class Command:
    """A command line, taken apart as far as needed to find mistakes before any work."""

    overrides: list[str] = field(default_factory=list[str])
    config_dir: Path | None = None
    multirun: bool = False
    flags: list[str] = field(default_factory=list[str])
    """Everything from the first flag on that only Hydra understands: --help, --cfg job."""
    sweep_dir: Path | None = None

    @classmethod
    def read(cls, arguments: Sequence[str]) -> "Command":
        """Flags may stand anywhere among the overrides."""
        command = cls()
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if word in ("-m", "--multirun"):
                command.multirun = True
            elif word in ("-cd", "--config-dir") and rest:
                command.config_dir = Path(rest.pop(0))
            elif word.startswith("--config-dir="):
                command.config_dir = Path(word.partition("=")[2])
            elif word.startswith("-"):
                command.flags = [word, *rest]
                break
            else:
                command.overrides.append(word)
        return command

    def prepared(self) -> list[str]:
        """Arguments for Hydra, after a first look at them. Raises `MarketError`."""
        if self.config_dir is not None:
            check_config_dir(self.config_dir)
        if self.flags:
            overrides = with_strategies(self.overrides)
        elif self.multirun:
            overrides = [*self._with_looked_up(), self._folder_names()]
        elif any(text.startswith("hydra.") for text in self.overrides):
            overrides = self._with_looked_up()
        else:
            composed = compose(self.overrides, self.config_dir)
            question_of(composed.config, None, self.config_dir)
            overrides = composed.overrides
        folder = [] if self.config_dir is None else ["--config-dir", str(self.config_dir)]
        sweep = ["--multirun"] if self.multirun else []
        # Hydra's parser wants flags first.
        return [*sweep, *folder, *self.flags, *overrides]

    def fixed(self) -> list[str]:
        """Overrides that have one value."""
        return [
            o.input_line
            for o in parse(self.overrides)
            if o.input_line is not None and not o.is_sweep_override()
        ]

    def _with_looked_up(self) -> list[str]:
        """Overrides with look-ups for strategies that the command line or a file names."""
        known = with_strategies(self.overrides)
        try:
            alone = compose(self.fixed(), self.config_dir)
        except MarketError:
            return known  # Only together with what is swept does it make sense, or Hydra will say.
        self.sweep_dir = Path(str(alone.config.out)) if self.multirun else None
        return list(dict.fromkeys([*known, *alone.overrides]))

    def _folder_names(self) -> str:
        """Name each job's folder by what differs between jobs only."""
        parsed = parse(self.overrides)
        swept = {o.key_or_group for o in parsed if o.is_sweep_override()}
        fixed = {o.key_or_group for o in parsed} | {"strategy"}
        keys = ",".join(f"'{key}'" for key in sorted(fixed - swept))
        return f"hydra.job.config.override_dirname.exclude_keys=[{keys}]"


class Jobs:
    """The experiments of one command: one, or one for each combination of a sweep."""

    def __init__(self, console: Console, errors: Console, config_dir: Path | None = None) -> None:
        self.console = console
        self.errors = errors
        self.config_dir = config_dir
        self.code = 0
        self.out: Path | None = None
        """Folder of the experiment that runs now."""

    def __call__(self, config: DictConfig) -> None:
        """Run one experiment and note in its folder how it ended. Others of a sweep go on."""
        settings = HydraConfig.get()
        out = None
        if settings.mode == RunMode.MULTIRUN:
            out = Path(settings.sweep.dir) / settings.sweep.subdir
            self._say(self.console, f"— {settings.sweep.subdir}")
        self.out = Path(settings.runtime.output_dir)
        error: Exception | None = None
        try:
            question = question_of(config, out, self.config_dir)
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


def _hand_to_hydra(arguments: list[str], jobs: Jobs) -> None:
    """Let Hydra compose once more, for real, and run the job or all of a sweep."""

    def job(config: DictConfig) -> None:
        jobs(config)

    before = sys.argv
    sys.argv = [before[0], *arguments]
    try:
        hydra.main(config_path=str(CONF), config_name="config", version_base=VERSION_BASE)(job)()
    except SystemExit as leaving:
        # Hydra leaves by itself after --help and the like.
        jobs.code = leaving.code if isinstance(leaving.code, int) else 0
    finally:
        sys.argv = before


def _tidy(folder: Path) -> None:
    """Remove what Hydra leaves beside the jobs' folders and nobody reads."""
    try:
        (folder / "multirun.yaml").unlink(missing_ok=True)
        folder.rmdir()
    except OSError:
        pass  # There are jobs' folders in it, or it was never made.


def _short(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


if __name__ == "__main__":
    main()
