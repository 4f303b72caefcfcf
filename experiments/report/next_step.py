"""The pilot on page one: what to measure, in how many customers, or that none is feasible."""

from collections.abc import Iterator

from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.ramp import PilotPlan, Ramp
from experiments.report.stored_plan import plan_sentences
from experiments.report.words.numbers import number
from experiments.report.words.words import Words


def next_step(ramp: Ramp | None, words: Words, plan: PilotSummary | None = None) -> tuple[str, ...]:
    """The sentences under “next step”: the stored plan's where there is one."""
    if plan is not None:
        return tuple(plan_sentences(plan, words))
    return tuple(_sentences(ramp, words)) if ramp is not None else (words("front.next.none"),)


def _sentences(ramp: Ramp, words: Words) -> Iterator[str]:
    plan = ramp.usual
    arm = words.arm(ramp.arm)
    said = {
        "arm": arm,
        "months": words.counted("month", plan.months),
        "measure": words(f"pilot.{plan.measure}"),
        "effect": _effect(plan, words),
        "size": f"{plan.per_group or 0:,}",
        "whom": words(f"pilot.{_cohort(plan)}"),
        "available": words.numbers.count(plan.available, unit=words.numbers.lines_word),
    }
    if plan.feasible:
        yield words("front.pilot", **said)
        yield words("front.pilot.months", launch=number(ramp.launch, 0))
        if plan.per_group_cautious is None:
            yield words("front.pilot.unsure")
        else:
            yield words("front.pilot.cautious", size=f"{plan.per_group_cautious:,}")
    else:
        key = "front.pilot.nothing" if plan.per_group is None else "front.pilot.none"
        yield words(key, **said)
        longer, longest = ramp.shortest, ramp.plans[-1]
        if longer is not None:
            months = words.counted("month", longer.months)
            yield words("front.pilot.longer", months=months, size=f"{longer.per_group or 0:,}")
        else:
            yield words("front.pilot.never", months=words.counted("month", longest.months))
    if plan.feasible and (plan.effect.mean or 0.0) < 0 and plan.measure.startswith("paid"):
        yield words("front.pilot.price")
    if plan.tells is None and plan.feasible:
        yield words("front.pilot.untold")
    elif plan.tells is not None:
        key = "front.pilot.tells" if ramp.known_early else "front.pilot.early"
        yield words(key, r=number(plan.tells, 2))
    yield words("front.pilot.rivals")


def _cohort(plan: PilotPlan) -> str:
    return plan.measure.partition("_")[2]


def _effect(plan: PilotPlan, words: Words) -> str:
    mean = plan.effect.mean or 0.0
    if plan.measure.startswith("paid"):
        amount = f"{number(mean, signed=True)}"
        text = words.numbers.joined(amount, words.numbers.money_word)
        return words("pilot.effect", amount=text)
    return words.numbers.points(mean)
