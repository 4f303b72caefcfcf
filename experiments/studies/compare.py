"""The main experiment: arms × worlds × seeds, and the answer written to the output folder."""

import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from experiments.analysis.answer import Answer, QuestionLabels, Title, Titles
from experiments.analysis.reliability import GROSS_MISFIT, POOR_FIT
from experiments.analysis.summary import summarise
from experiments.question.market_form import need_full_market
from experiments.question.question import HOLD, Question
from experiments.report.memo import write_report
from experiments.report.summary_json import as_json
from experiments.runs.answer_folder import AnswerFolder
from experiments.runs.files import write_atomically
from experiments.runs.sweep import Swept, sweep
from sim.errors import QuestionError
from sim.vocabulary import SEGMENTS
from strategies.registry import TEXTS


def run(question: Question, console: Console) -> None:
    """Answer a question and write everything a reader needs to `question.out`.

    Raises:
        QuestionError: a strategy cannot be played in this market, or every run of `hold` failed.
    """
    need_full_market(question)
    if set(question.strategies) == {HOLD}:
        raise QuestionError(
            "strategies names nothing to compare with 'hold'; name at least one more, for instance "
            "strategies=[match_price]"
        )
    with AnswerFolder(question, __name__, console) as folder:
        if folder.is_answered():
            console.print("This question is answered already, and every file is as it was written.")
            written = (question.out / "summary.json").read_text(encoding="utf-8")
        else:
            answer = answer_of(question, sweep(question, folder.store, folder.new, console))
            summary = summarise(answer)
            written = as_json(summary)
            write_atomically(folder.new / "summary.json", written)
            console.print("Writing the memo …")
            write_report(summary, folder.new, question.language)
            folder.publish(failures=len(answer.failures))
    _say(question, json.loads(written), console)


def _say(question: Question, summary: dict[str, Any], console: Console) -> None:
    console.print(f"\n{summary['recommendation']['text']}\n")
    misfit, failures = summary["run"]["misfit"], summary["run"]["failures"]
    if POOR_FIT < misfit <= GROSS_MISFIT:
        console.print(
            f"In some world the market departs from the published figures by "
            f"{misfit:.1%} before anybody moves.",
            style="yellow",
        )
    if failures:
        console.print(f"{failures} runs failed: see the end of memo.html", style="red")
    console.print(f"Memo: {question.out / 'memo.html'}")


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
            name: str(plays.get("description") or plays["kind"]) + _perhaps(question, name)
            for name, plays in question.rivals.items()
        },
        arms={
            name: str(plays.get("description") or plays["kind"])
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
    )


def titles_of(question: Question) -> Titles:
    """What everything is called, in every language."""
    market = question.market
    return Titles(
        market=Title(market.label, market.label_zh),
        arms={name: _title(plays) for name, plays in question.strategies.items()},
        operators={n: Title(o.label, o.label_zh) for n, o in market.operators.items()},
        partners={n: Title(p.label, p.label_zh) for n, p in market.partners.items()},
        rivals={name: _title(plays) for name, plays in question.rivals.items()},
        others={n: Title(found.label, found.label_zh) for n, found in market.names.items()},
    )


def _title(plays: Mapping[str, Any]) -> Title:
    return Title(**{key: str(plays.get(key, "")) for key in TEXTS})


def _perhaps(question: Question, rival: str) -> str:
    """A word on a rival whose reaction the worlds draw."""
    if question.worlds == 1:
        return ""
    holds = question.rivals[rival].get("kind") == "hold"
    for wanted in question.ranges:
        if wanted.options and wanted.path.endswith(".reaction"):
            who = wanted.path.split(".")[1]
            if who == rival or (who == "*" and not holds):
                return " (in some worlds it answers others' moves)"
    return ""
