"""The main experiment: arms × worlds × seeds, and what to conclude from them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, override

from rich.console import RenderableType
from rich.text import Text

from experiments.analysis.answer import Answer, QuestionLabels, Title, Titles
from experiments.analysis.reliability import GROSS_MISFIT, POOR_FIT
from experiments.analysis.summary import summarise
from experiments.question.market_form import need_full_market
from experiments.question.pins import drawn_ranges
from experiments.question.question import HOLD, Question
from experiments.report.answer_files import write_answer_files
from experiments.report.comparison import ComparisonResult
from experiments.report.settings_words import settings_lines
from experiments.report.stored import FACTS, facts_of
from experiments.report.summary_json import as_json
from experiments.runs.files import write_atomically
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.study import StudyResult
from experiments.runs.sweep import Cells, Swept, sweep
from experiments.runs.worlds import attackers_of
from sim.errors import QuestionError
from sim.vocabulary import SEGMENTS
from strategies.registry import TEXTS


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
        self.cells.write_tables(folder, listener)
        write_atomically(folder / "summary.json", as_json(self.summary))
        write_answer_files(self.summary, folder, self.question.language)
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


def answer_of(question: Question, swept: Swept) -> Answer:
    """What was found, beside what was asked."""
    return Answer(labels=labels_of(question), **vars(swept))


def labels_of(question: Question) -> QuestionLabels:
    """The question in the words a report prints."""
    market = question.market
    return QuestionLabels(
        market=market.name,
        market_label=market.label,
        currency=market.currency,
        focal=question.focal,
        operators={name: o.label for name, o in market.operators.items()},
        rivals={
            name: str(plays.get("description") or plays["kind"])
            for name, plays in question.rivals.items()
        },
        arms={
            name: str(plays.get("description") or plays["kind"]) + _others(question, name)
            for name, plays in question.strategies.items()
        },
        months=question.months,
        subscribers=question.subscribers,
        lines_million=sum(o.target.lines_million for o in market.operators.values()),
        worlds=question.worlds,
        seeds=question.seeds,
        segments=SEGMENTS,
        regions=tuple(market.regions),
        titles=titles_of(question),
        plays=question.rivals,
        attackers=attackers_of(question),
        discount_yearly=market.discount_yearly,
        fixed=question.fixed,
        drawn=drawn_ranges(question),
    )


def _others(question: Question, arm: str) -> str:
    """What an arm says of other operators."""
    operators = question.market.operators
    said = [
        f"{operators[name].label}: {plays.get('description') or plays['kind']}"
        for name, plays in question.profiles.get(arm, {}).items()
    ]
    return f" ({'; '.join(said)})" if said else ""


def titles_of(question: Question) -> Titles:
    """What everything is called, in every language."""
    market = question.market
    return Titles(
        market=Title(market.label, market.label_zh),
        arms={name: _arm_title(question, name) for name in question.strategies},
        operators={n: Title(o.label, o.label_zh) for n, o in market.operators.items()},
        partners={n: Title(p.label, p.label_zh) for n, p in market.partners.items()},
        rivals={name: _title(plays) for name, plays in question.rivals.items()},
        others={n: Title(found.label, found.label_zh) for n, found in market.names.items()},
    )


def _arm_title(question: Question, arm: str) -> Title:
    """An option's own title, and what it says of other operators."""
    title, others = _title(question.strategies[arm]), _others(question, arm)
    if not others or not title.description:
        return title
    return replace(
        title,
        description=title.description + others,
        description_zh=title.description_zh and title.description_zh + others,
    )


def _title(plays: Mapping[str, Any]) -> Title:
    return Title(**{key: str(plays.get(key, "")) for key in TEXTS})
