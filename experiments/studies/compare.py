"""The main experiment: arms × worlds × seeds, and what to conclude from them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import override

from rich.console import RenderableType
from rich.text import Text

from experiments.analysis.answer import Answer
from experiments.analysis.labels import answer_of, labels_of
from experiments.analysis.reliability import GROSS_MISFIT, POOR_FIT
from experiments.analysis.summary import summarise
from experiments.question.market_form import need_full_market
from experiments.question.question import HOLD, Question
from experiments.report.comparison import ComparisonResult
from experiments.report.settings_words import settings_lines
from experiments.report.stored import FACTS, facts_of
from experiments.report.stored_plan import with_plan
from experiments.report.summary_json import as_json
from experiments.runs.files import write_atomically
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.study import StudyResult
from experiments.runs.sweep import Cells, sweep
from sim.errors import QuestionError


@dataclass(frozen=True, eq=False)
class Comparison(ComparisonResult, StudyResult):
    """What a comparison has found, and the cells behind it."""

    question: Question
    tables: Answer
    """The tables that everything is read from (columns: docs/decisions/0003)."""
    cells: Cells
    """Where the full monthly table is kept."""

    @property
    @override
    def failed(self) -> int:
        """How many runs failed."""
        return len(self.tables.failures)

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write the tables, `summary.json`, memo, slides, workbook and figures."""
        # What draws and lays out is slow to load, and an answer that stands needs none of it.
        from experiments.report.answer_files import write_answer_files

        self.cells.write_tables(folder, listener)
        summary = with_plan(self.summary, self.question.out)
        write_atomically(folder / "summary.json", as_json(summary))
        write_answer_files(summary, folder, self.question.language)
        write_atomically(folder / FACTS, facts_of(self.tables))

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """The recommendation, what went wrong, and where the memo is."""
        return _said(as_json(self.summary), out)


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    need_full_market(question)
    if set(question.strategies) == {HOLD}:
        raise QuestionError(
            "strategies names nothing to compare with 'hold'; name at least one more, for instance "
            "strategies=[match_price]"
        )


def run(question: Question, store: Store, listener: Listener) -> Comparison:
    """Compare all arms in all worlds.

    Raises:
        QuestionError: a strategy cannot be played in this market, or every run of `hold` failed.
    """
    check(question)
    for line in settings_lines(labels_of(question)):
        listener.say(line)
    swept, cells = sweep(question, store, listener)
    tables = answer_of(question, swept)
    return Comparison(summarise(tables), question, tables, cells)


def shown_again(out: Path) -> Sequence[RenderableType]:
    """What is said of an answer that stands in a folder already."""
    return _said((out / "summary.json").read_text(encoding="utf-8"), out)


def _said(written: str, out: Path) -> list[RenderableType]:
    summary = json.loads(written)
    said: list[RenderableType] = [f"\n{summary['recommendation']['text']}\n"]
    misfit, failures = summary["run"]["misfit"], summary["run"]["failures"]
    if POOR_FIT < misfit <= GROSS_MISFIT:
        text = (
            f"In some world the market departs from the published figures by {misfit:.1%} before "
            "anybody moves."
        )
        said.append(Text(text, style="yellow"))
    if failures:
        said.append(Text(f"{failures} runs failed: see the end of memo.html", style="red"))
    return [*said, f"Memo: {out / 'memo.html'}"]
