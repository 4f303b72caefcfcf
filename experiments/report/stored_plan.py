"""The plan of a pilot that was stored beside an answer, and how the memo tells it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.summary import Summary
from experiments.report.pilot_texts import measure_name, relative
from experiments.report.stored import LABELS, labels_text
from experiments.report.words.words import Words
from experiments.runs.answer_folder import check_input
from sim.errors import QuestionError

FOLDER = "pilot"
"""Below an answer's folder: where its plan is looked for."""


def with_plan(summary: Summary, answer: Path) -> Summary:
    """A summary with the plan stored below its answer's folder, if it is this answer's.

    A plan of another question, another option, one that cannot be read or is not as it was written
    is left alone.
    """
    folder = answer / FOLDER
    try:
        for name in (LABELS, "plan.json"):
            check_input(folder / name, name)
        if (folder / LABELS).read_text(encoding="utf-8") != labels_text(summary.labels):
            return summary
        plan = PilotSummary.of(json.loads((folder / "plan.json").read_text(encoding="utf-8")))
    except (OSError, LookupError, TypeError, ValueError, QuestionError):
        return summary
    return replace(summary, plan=plan) if plan.option == summary.featured else summary


def plan_sentences(plan: PilotSummary, words: Words) -> Iterator[str]:
    """The plan in two sentences."""
    arm, numbers = words.arm(plan.option), words.numbers
    if not plan.feasible:
        yield words("plan.summary.none", arm=arm)
        return
    yield words(
        "plan.summary",
        arm=arm,
        regions=words.listed([words.thing(name) for name in plan.regions]),
        months=words.counted("month", plan.months),
        measure=measure_name(plan.measure, words),
        power=numbers.percent(plan.power),
        right=numbers.percent(plan.probability_right),
        cost=numbers.money(plan.cost_yuan),
        value=numbers.money(plan.value_yuan),
    )
    side = words("plan.side.least" if plan.above else "plan.side.most")
    yield words("plan.summary.go", side=side, go=relative(plan.go, words))
