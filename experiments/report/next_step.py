"""The pilot on page one: the plan in short, as `experiment=pilot` finds it."""

from experiments.analysis.pilot.summary import PilotSummary
from experiments.report.stored_plan import plan_sentences
from experiments.report.words.words import Words


def next_step(plan: PilotSummary | None, words: Words) -> tuple[str, ...]:
    """The sentences under “next step”."""
    if plan is None:
        return (words("front.next.unplanned"),)
    return (*plan_sentences(plan, words), words("front.next.whole"))
