"""The sentences of a report, made from findings that are numbers only."""

import math
from collections.abc import Sequence

from experiments.analysis.answer import QuestionLabels
from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.ranking import significant
from experiments.analysis.recommendation import Recommendation
from experiments.analysis.regret import CommonCondition, Contrast
from experiments.analysis.reliability import GROSS_MISFIT, FailedArm
from experiments.analysis.summary import Summary
from experiments.measures.counterfactuals import UpliftGroup
from experiments.report.horizon_words import horizon_sentence
from experiments.report.style import label, money, money_interval, number

GROUP_LABELS = {
    UpliftGroup.PERSUADABLES: "kept because of it",
    UpliftGroup.SURE_THINGS: "would have stayed anyway",
    UpliftGroup.WON: "won because of it",
    UpliftGroup.WON_ANYWAY: "would have come anyway",
    UpliftGroup.LOST_CAUSES: "lost anyway",
    UpliftGroup.SLEEPING_DOGS: "driven away by it",
    UpliftGroup.NEVER: "main line elsewhere",
}
"""The uplift groups in plain words, in the order in which a report shows them."""


def recommendation_sentences(summary: Summary) -> tuple[str, str]:
    """What to play and how far to trust that, in two sentences.

    A ranking that depends on the horizon is told in the second.
    """
    first, second = _recommended(summary)
    return first, " ".join(filter(None, (second, horizon_sentence(summary))))


def _recommended(summary: Summary) -> tuple[str, str]:
    advice, labels = summary.recommendation, summary.labels
    if advice.arm is None:
        return _none(summary)
    if advice.bolder:
        return _with_bolder(advice, advice.bolder, labels)
    best, months = advice.best, labels.months
    if len(advice.ranking) == 1:
        return (
            "Hold: no option ran in every market.",
            "What failed, and why, stands below and in the annex.",
        )
    second = advice.ranking[1]
    if best == HOLD:
        return _hold(advice, second, labels)
    gain = advice.difference_from_hold
    if gain.n < 2:
        return (
            f"Undecided: in a single run {label(best)} is worth "
            f"{money(gain.mean or 0.0, labels.currency)} more than holding over {months} months.",
            "One run cannot tell an effect from luck, so ask for more worlds before acting.",
        )
    worth = _amount(gain, labels.currency)
    if HOLD in advice.contenders:
        return (
            f"Undecided: no option can be told from holding; the best on average, {label(best)}, "
            f"is worth {worth} against it over {months} months.",
            f"It loses against holding in {_losses(advice, best)}{_nor(advice)}, so hold until a "
            "pilot or more worlds settle it.",
        )
    ahead = _amount(advice.lead[second], labels.currency)
    if second in advice.contenders:
        alike = [arm for arm in advice.contenders if (advice.versus_hold[arm].mean or 0.0) > 0]
        others = " or ".join(label(arm) for arm in alike)
        return (
            f"Play {label(best)} or {others}: they are not distinguishable, and {label(best)} is "
            f"worth {worth} more than holding over {months} months.",
            f"Its lead over {label(second)} is {ahead}; against holding it "
            f"loses in {_losses(advice, best)}, {label(second)} in {_losses(advice, second)}.",
        )
    lead = ""
    if second != HOLD:
        lead = f" and is ahead of the next best, {label(second)}, by {ahead}"
    return (
        f"Play {label(best)}: over {months} months it is worth {worth} more than holding.",
        f"It loses against holding in {_losses(advice, best)}{lead}.",
    )


def _none(summary: Summary) -> tuple[str, str]:
    """Why nothing is recommended, and what to do about it."""
    labels = summary.labels
    return (
        f"No recommendation: {misfit_reason(summary)}.",
        f"Ask for more subscribers (now {labels.subscribers:,}), or for targets and prices "
        f"that agree: counterplay experiment=calibrate market={labels.market} tells "
        "whether they do.",
    )


def misfit_reason(summary: Summary) -> str:
    """Why nothing is recommended; empty if something is."""
    if summary.recommendation.arm is not None:
        return ""
    return (
        f"before anybody moves a simulated figure is {_factor(summary.run.misfit)} times off the "
        f"published one in some world, and at most {_factor(GROSS_MISFIT)} times is allowed"
    )


def _factor(log_difference: float) -> str:
    return f"{math.exp(min(log_difference, 50.0)):.3g}"


def failure_sentence(arm: FailedArm) -> str:
    """What became of an arm that failed, without its name."""
    count = f"failed in {arm.failed} of {arm.runs} runs"
    if not arm.comparable:
        return f"{count} and cannot be compared"
    worlds = f"{arm.compared_in} {'world' if arm.compared_in == 1 else 'worlds'}"
    if arm.arm == HOLD:
        return f"{count}: options are compared only where it ran, in {worlds}"
    return f"{count}: it is compared only where it ran, in {worlds}, and not recommended"


def _hold(advice: Recommendation, second: str, labels: QuestionLabels) -> tuple[str, str]:
    worse = advice.lead[second]
    distance = (
        f"is worth less by {_amount(worse, labels.currency)}"
        if significant(worse)
        else "cannot be told from holding"
    )
    others = len(advice.ranking) - 1
    count = "the one option is not" if others == 1 else f"none of the {others} options is"
    return (
        f"Hold: {count} worth more than holding over {labels.months} months.",
        f"The nearest, {label(second)}, {distance} and loses in {_losses(advice, second)}.",
    )


def _with_bolder(advice: Recommendation, bolder: str, labels: QuestionLabels) -> tuple[str, str]:
    """Two sentences for a sure gain beside a larger one that may be none."""
    best = advice.best
    alike = [
        label(arm)
        for arm in advice.contenders
        if arm not in (bolder, HOLD) and (advice.versus_hold[arm].mean or 0.0) > 0
    ]
    equals = f"; {' and '.join(alike)} cannot be told from it" if alike else ""
    return (
        f"Play {label(best)}: over {labels.months} months it is worth "
        f"{_amount(advice.versus_hold[best], labels.currency)} more than holding and loses in "
        f"{_losses(advice, best)}{equals}.",
        f"{label(bolder).capitalize()} is worth more on average, "
        f"{_amount(advice.versus_hold[bolder], labels.currency)}, but cannot be told from holding "
        f"and loses in {_losses(advice, bolder)}.",
    )


def _nor(advice: Recommendation) -> str:
    """The options that cannot be told from the best on average either."""
    others = [label(arm) for arm in advice.contenders if arm != HOLD]
    return f" ({', '.join(others)} cannot be told from it)" if others else ""


def _losses(advice: Recommendation, arm: str) -> str:
    """In how many worlds it loses; where in none, what so few worlds can exclude."""
    found = advice.losses[arm]
    count = f"{found.losing} of {found.worlds} worlds"
    if found.losing or found.worlds < 2:
        return count
    return (
        f"{count} (so few exclude only that it loses in {100 * found.at_most:.0f} of 100 or more)"
    )


def _amount(span: Interval, currency: str) -> str:
    """`1.20 bn yuan (95 % interval 0.40 to 2.00)`."""
    mean, low, high = span.mean or 0.0, span.low or 0.0, span.high or 0.0
    if span.n < 2:
        return f"{money(mean, currency)} (one run, no interval)"
    return money_interval(mean, low, high, currency)


def condition_sentence(shared: CommonCondition, verb: str = "loses") -> str:
    """In how many worlds an arm `loses` (or `wins`), and what they have in common if anything."""
    count = f"{verb} in {shared.negative} of {shared.worlds} worlds"
    if shared.evidence in {"never", "always"}:
        return count
    if shared.evidence == "too_few":
        return f"{count}; too few worlds to tell what they have in common"
    if shared.evidence == "nothing":
        return (
            f"{count}; no single assumption tells them apart better than chance "
            f"(p = {shared.p_value:.2f})"
        )
    name = label(shared.parameter)
    chance = f"p {'< 0.001' if shared.p_value < 0.001 else f'= {shared.p_value:.3f}'}"
    if not shared.splits_cleanly:
        way = "low" if shared.correlation > 0 else "high"
        return (
            f"{count}, more where {name} is {way} "
            f"(rank correlation {number(shared.correlation)}, {chance})"
        )
    side = "≥" if shared.above else "<"
    return (
        f"{count}: {shared.negative_inside} of the {shared.inside} with {name} {side} "
        f"{shared.threshold:.3g}, {shared.negative_outside} of the other {shared.outside} "
        f"({chance})"
    )


def contrast_phrases(contrasts: Sequence[Contrast]) -> list[str]:
    """Each assumption in losing and in other worlds: `hassle 41 where it loses, 52 elsewhere`."""
    return [
        f"{label(c.parameter)} {c.losing:.3g} where it loses, {c.other:.3g} elsewhere "
        f"({number(c.standardised, signed=True)} sd)"
        for c in contrasts
    ]
