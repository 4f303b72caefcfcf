"""`counterplay experiment=validate`: every check, and the page that tells what came out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import override

from rich.console import RenderableType
from rich.text import Text

from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.study import StudyResult
from experiments.studies.validate.checks import CHECKS, GROUPS
from experiments.studies.validate.digest import PAGE, write_digest
from experiments.studies.validate.page import Section, write_page
from experiments.studies.validate.run import run_checks
from sim.errors import QuestionError
from sim.names import check as check_names
from sim.schema import Settings, lists_to_tuples


class ValidateSettings(Settings):
    """Options of `experiment=validate`."""

    only: tuple[str, ...] = ()
    """Names of checks; none: all of them."""
    page: str | None = None
    """Where the page is written; none: `validation.md` in the output folder."""
    small: bool = False
    """A trial of the machinery with tiny markets, whose figures mean nothing."""


@dataclass(frozen=True, eq=False)
class Validation(StudyResult):
    """What became of every check."""

    question: Question
    options: ValidateSettings
    sections: list[Section]

    @property
    @override
    def failed(self) -> int:
        """How many checks could not be run."""
        return sum(section.told is None for section in self.sections)

    @property
    def _page(self) -> Path | None:
        return Path(self.options.page).absolute() if self.options.page else None

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write the page with its pictures, there or where `page` says."""
        to = self._page or folder / "validation.md"
        write_page(self.sections, GROUPS, to, _remark(self.options))
        if to == PAGE.absolute() and not self.options.only:
            write_digest(to)

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """What fails, and where the page is."""
        rows = [row for section in self.sections if section.told for row in section.told.rows]
        failing = [row for row in rows if row.verdict == "fails"]
        broken = [section.name for section in self.sections if section.told is None]
        to = self._page or (out / "validation.md").absolute()
        said: list[RenderableType] = [
            f"{len(rows)} figures, {len(failing)} fail; written: {to}",
            *(f"  fails: {row.claim} ({row.measured})" for row in failing),
        ]
        if broken:
            said.append(Text(f"could not be run: {', '.join(broken)}", style="red"))
        return said


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    read_options(question)


def run(question: Question, store: Store, listener: Listener) -> Validation:
    """Run the checks, each in a folder of its own beside the store.

    Raises:
        QuestionError: an option cannot be.
    """
    options = read_options(question)
    names = options.only or tuple(one.name for one in CHECKS)
    chosen = [one for one in CHECKS if one.name in names]
    beside = store.folder.absolute().parent
    sections = run_checks(
        chosen, beside, question.jobs, listener, small=options.small, resume=question.resume
    )
    return Validation(question, options, sections)


def _remark(options: ValidateSettings) -> str:
    if options.small:
        return "A trial of the machinery with tiny markets: the figures mean nothing."
    return f"Only these checks: {', '.join(options.only)}." if options.only else ""


def read_options(question: Question) -> ValidateSettings:
    """The experiment's own options. Raises `QuestionError`."""
    options = validated(ValidateSettings, lists_to_tuples(question.options), "experiment")
    check_names("experiment.only: check", options.only, [one.name for one in CHECKS])
    if options.small and options.page:
        raise QuestionError(
            "experiment.small = true: its figures mean nothing; leave experiment.page out"
        )
    return options
