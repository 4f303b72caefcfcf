"""`counterplay experiment=validate`: every check, and the page that tells what came out."""

from pathlib import Path

from rich.console import Console

from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.runs.answer_folder import AnswerFolder
from experiments.studies.validate.checks import CHECKS, GROUPS
from experiments.studies.validate.digest import PAGE, write_digest
from experiments.studies.validate.page import write_page
from experiments.studies.validate.run import run_checks
from sim.errors import QuestionError
from sim.names import check
from sim.schema import Settings, lists_to_tuples


class ValidateSettings(Settings):
    """Options of `experiment=validate`."""

    only: tuple[str, ...] = ()
    """Names of checks; none: all of them."""
    page: str | None = None
    """Where the page is written; none: `validation.md` in the output folder."""
    small: bool = False
    """A trial of the machinery with tiny markets, whose figures mean nothing."""


def run(question: Question, console: Console) -> None:
    """Run the checks and write the page. Raises `QuestionError` for an option that cannot be."""
    options = read_options(question)
    names = options.only or tuple(one.name for one in CHECKS)
    chosen = [one for one in CHECKS if one.name in names]
    out = question.out.absolute()
    to = Path(options.page).absolute() if options.page else out / "validation.md"
    with AnswerFolder(question, __name__, console) as folder:
        sections = run_checks(
            chosen, out, question.jobs, console, small=options.small, resume=question.resume
        )
        write_page(sections, GROUPS, to, _remark(options))
        if to == PAGE.absolute() and not options.only:
            write_digest(to)
        folder.publish(failures=sum(section.told is None for section in sections))
    rows = [row for section in sections if section.told for row in section.told.rows]
    failing = [row for row in rows if row.verdict == "fails"]
    broken = [section.name for section in sections if section.told is None]
    console.print(f"{len(rows)} figures, {len(failing)} fail; written: {to}")
    for row in failing:
        console.print(f"  fails: {row.claim} ({row.measured})", markup=False)
    if broken:
        console.print(f"could not be run: {', '.join(broken)}", style="red")


def _remark(options: ValidateSettings) -> str:
    if options.small:
        return "A trial of the machinery with tiny markets: the figures mean nothing."
    return f"Only these checks: {', '.join(options.only)}." if options.only else ""


def read_options(question: Question) -> ValidateSettings:
    """The experiment's own options. Raises `QuestionError`."""
    options = validated(ValidateSettings, lists_to_tuples(question.options), "experiment")
    check("experiment.only: check", options.only, [one.name for one in CHECKS])
    if options.small and options.page:
        raise QuestionError(
            "experiment.small = true: its figures mean nothing; leave experiment.page out"
        )
    return options
