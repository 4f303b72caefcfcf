"""The plan of a pilot that was stored with an answer, and how the memo tells it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.summary import Summary
from experiments.report.pilot_texts import measure_name, reason_text, relative
from experiments.report.stored import LABELS, labels_text
from experiments.report.words.words import Words
from experiments.runs.answer_folder import check_input
from sim.errors import QuestionError

FOLDER = "pilot"
"""Below an answer's folder: where its plan is looked for first."""
_NO_PLAN = (OSError, LookupError, TypeError, ValueError, QuestionError)


def with_plan(summary: Summary, answer: Path) -> Summary:
    """A summary with the plan below its answer's folder, else with the one that was found with it.

    A plan of another question, another option, one that cannot be read or is not as it was written
    is left alone.
    """
    plan = _own_plan(summary, answer) or summary.plan or _told_plan(answer)
    fits = plan is not None and plan.option == summary.piloted
    return replace(summary, plan=plan if fits else None)


def _own_plan(summary: Summary, answer: Path) -> PilotSummary | None:
    """What `experiment=pilot` wrote below the answer."""
    folder = answer / FOLDER
    try:
        for name in (LABELS, "plan.json"):
            check_input(folder / name, name)
        if (folder / LABELS).read_text(encoding="utf-8") != labels_text(summary.labels):
            return None
        plan = PilotSummary.read(json.loads((folder / "plan.json").read_bytes())["summary"])
    except _NO_PLAN:
        return None
    return plan if plan.option == summary.piloted else None


def _told_plan(answer: Path) -> PilotSummary | None:
    """What `summary.json` holds."""
    try:
        check_input(answer / "summary.json", "summary.json")
        told = json.loads((answer / "summary.json").read_bytes())
        return PilotSummary.read(told["recommendation"]["what_would_change"]["pilot"]["plan"])
    except _NO_PLAN:
        return None


def plan_sentences(plan: PilotSummary, words: Words) -> Iterator[str]:
    """The plan in two sentences: the pilot and its line, or that there is none and why."""
    arm, numbers = words.arm(plan.option), words.numbers
    if not plan.feasible:
        yield words("plan.summary.none", arm=arm)
        yield reason_text(plan, words)
        return
    everywhere = len(plan.regions) == plan.region_count
    yield words(
        "plan.summary.customers" if plan.customers else "plan.summary",
        arm=arm,
        n=f"{plan.customers:,}",
        regions=words("plan.summary.everywhere")
        if everywhere
        else words.listed([words.thing(name) for name in plan.regions]),
        months=words.counted("month", plan.months),
        measure=measure_name(plan.measure, words),
        power=numbers.percent(plan.power),
        right=numbers.percent(plan.probability_right),
        cost=numbers.money(plan.cost_yuan),
        value=numbers.money(plan.value_yuan),
    )
    if plan.go is not None:
        side = words("plan.side.least" if plan.above else "plan.side.most")
        yield words("plan.summary.go", side=side, go=relative(plan.go, words))
