"""The recommendation in two sentences, and what would change it."""

from dataclasses import asdict
from math import ceil, sqrt
from typing import Any

import pandas as pd
from scipy import stats

from experiments.analysis.answer import Answer
from experiments.analysis.paired import (
    HOLD,
    Interval,
    arms_of,
    differences,
    interval,
    of_arm,
    outcomes_wide,
)
from experiments.analysis.regret import (
    losing_worlds,
    parameters_of,
    value_of_knowing,
    what_they_share,
    world_gains,
)
from experiments.analysis.reliability import failed_arms, misfit_reason, misfit_remedy
from experiments.report.style import label, money, money_interval

CRITERION = "npv_yuan"
PILOT_MONTHS = 3
POWER = 0.8
FALSE_POSITIVES = 0.05
FORMULA = "n = (z₁₋α⁄₂ √(2·p̄·(1−p̄)) + z₁₋β √(p₁(1−p₁) + p₂(1−p₂)))² ⁄ (p₁ − p₂)²"


def npv_draws(answer: Answer) -> dict[str, pd.Series]:
    """Paired NPV differences from `hold` of each arm that never failed, one an independent draw."""
    paired = differences(outcomes_wide(answer))
    arms = [HOLD, *(arm for arm in arms_of(answer) if arm not in {HOLD, *failed_arms(answer)})]
    draws = {arm: of_arm(paired, arm)[CRITERION].dropna() for arm in arms}
    return {arm: column for arm, column in draws.items() if len(column)}


def gap(draws: dict[str, pd.Series], first: str, second: str) -> Interval:
    """How far one arm is ahead of another in the same worlds."""
    return interval((draws[first] - draws[second]).dropna())


def recommend(answer: Answer) -> dict[str, Any]:
    """The arm to play by its NPV difference from `hold`, and how far to trust it.

    That is the arm with the highest mean, unless it cannot be told from holding while another can:
    then the best of those that surely pay, and the sentences name the bolder one too.

    An arm of which some run failed is never recommended; in a market that is grossly unlike the
    published one nothing is (`kind` is `none`, `arm` None, and `reason` says why).

    Returns:
        `kind` (`recommendation` or `none`), `reason` (empty but for `none`),
        `arm` (`hold` if nothing is above zero), `bolder` (a higher mean, not surely above zero, or
        None), `text` (two sentences), `verdict` (`act`, `hold`, `undecided` or `none`),
        `contenders` (every other arm the best cannot be told from at 95 %), `runner_up`,
        `difference_from_hold` and `ahead_of_runner_up` in yuan, `loses_in` of `worlds`, and
        `what_would_change`.
    """
    draws = npv_draws(answer)
    ranked = sorted(draws, key=lambda arm: (-float(draws[arm].mean()), arm != HOLD))
    ranked, bolder = sure_first(ranked, draws)
    best = ranked[0]
    runner_up = next((arm for arm in ranked[1:] if arm != bolder), None)
    gaps = {other: gap(draws, best, other) for other in ranked[1:]}
    contenders = [other for other, ahead in gaps.items() if _unsettled(ahead)]
    gains = world_gains(answer)
    # What loses on average is no rival for the best, however wide its interval.
    open_questions = {HOLD} if bolder else {runner_up, HOLD}
    open_questions &= set(contenders)
    verdict = "hold" if best == HOLD else "undecided" if open_questions else "act"
    shown = runner_up if best == HOLD and runner_up else best
    made: dict[str, Any] = {
        "kind": "recommendation",
        "reason": "",
        "arm": best,
        "verdict": verdict,
        "bolder": bolder,
        "text": " ".join(
            _with_bolder(answer, ranked, bolder, draws, gains)
            if bolder
            else _sentences(answer, ranked, draws, contenders, gains)
        ),
        "runner_up": runner_up,
        "contenders": contenders,
        "difference_from_hold": asdict(interval(draws[best])),
        "ahead_of_runner_up": asdict(gaps[runner_up]) if runner_up else None,
        "loses_in": len(losing_worlds(gains, shown)),
        "worlds": int(gains[shown].count()),
        "what_would_change": what_would_change(answer, ranked, gaps),
    }
    reason = misfit_reason(answer)
    return made | _none(answer, made, reason) if reason else made


def _none(answer: Answer, made: dict[str, Any], reason: str) -> dict[str, Any]:
    """What a recommendation becomes where none may be given; the option shown is the nearest."""
    best = made["arm"]
    return {
        "kind": "none",
        "reason": reason,
        "arm": None,
        "verdict": "none",
        "bolder": None,
        "runner_up": made["runner_up"] if best == HOLD else best,
        "text": f"No recommendation: {reason}. {misfit_remedy(answer)}",
        "what_would_change": {
            "alternatives": [], "value_of_knowing_the_world_yuan": None, "pilot": None,
        },
    }  # fmt: skip


def sure_first(ranked: list[str], draws: dict[str, pd.Series]) -> tuple[list[str], str | None]:
    """The ranking with the best sure gain in front if the best on average is none; and that one."""
    best = ranked[0]
    sure = [arm for arm in ranked if arm != HOLD and not _unsettled(interval(draws[arm]))]
    if best == HOLD or not sure or sure[0] == best:
        return ranked, None
    return [sure[0], *(arm for arm in ranked if arm != sure[0])], best


def _with_bolder(
    answer: Answer,
    ranked: list[str],
    bolder: str,
    draws: dict[str, pd.Series],
    gains: pd.DataFrame,
) -> tuple[str, str]:
    """Two sentences for a sure gain beside a larger one that may be none."""
    currency, months = answer.labels.currency, answer.labels.months
    best = ranked[0]
    alike = [
        label(arm)
        for arm in ranked[1:]
        if arm != bolder
        and not _unsettled(interval(draws[arm]))
        and _unsettled(gap(draws, best, arm))
    ]
    equals = f"; {' and '.join(alike)} cannot be told from it" if alike else ""
    return (
        f"Play {label(best)}: over {months} months it is worth "
        f"{_amount(interval(draws[best]), currency)} more than holding and loses in "
        f"{_losses(gains, best)}{equals}.",
        f"{label(bolder).capitalize()} is worth more on average, "
        f"{_amount(interval(draws[bolder]), currency)}, but cannot be told from holding and loses "
        f"in {_losses(gains, bolder)}.",
    )


def _losses(gains: pd.DataFrame, arm: str) -> str:
    return f"{len(losing_worlds(gains, arm))} of {gains[arm].count()} worlds"


def _unsettled(ahead: Interval) -> bool:
    return ahead.n < 2 or ahead.low is None or ahead.low <= 0


def _amount(span: Interval, currency: str) -> str:
    """`1.20 bn yuan (95 % interval 0.40 to 2.00)`."""
    mean, low, high = span.mean or 0.0, span.low or 0.0, span.high or 0.0
    if span.n < 2:
        return f"{money(mean, currency)} (one run, no interval)"
    return money_interval(mean, low, high, currency)


def _sentences(
    answer: Answer,
    ranked: list[str],
    draws: dict[str, pd.Series],
    contenders: list[str],
    gains: pd.DataFrame,
) -> tuple[str, str]:
    currency, months = answer.labels.currency, answer.labels.months
    best = ranked[0]
    if len(ranked) == 1:
        return (
            "Hold: no option ran in every market.",
            "What failed, and why, stands below and in the annex.",
        )
    second = ranked[1]
    ahead = gap(draws, best, second)

    if best == HOLD:
        worse = gap(draws, HOLD, second)
        told = (
            "cannot be told from holding"
            if _unsettled(worse)
            else f"is worth less by {_amount(worse, currency)}"
        )
        others = len(ranked) - 1
        count = "the one option is not" if others == 1 else f"none of the {others} options is"
        return (
            f"Hold: {count} worth more than holding over {months} months.",
            f"The nearest, {label(second)}, {told} and loses in {_losses(gains, second)}.",
        )
    span = interval(draws[best])
    if span.n < 2:
        return (
            f"Undecided: in a single run {label(best)} is worth "
            f"{money(span.mean or 0.0, currency)} more than holding over {months} months.",
            "One run cannot tell an effect from luck, so ask for more worlds before acting.",
        )
    if HOLD in contenders:
        return (
            f"Undecided: no option can be told from holding; the best on average, {label(best)}, "
            f"is worth {_amount(span, currency)} against it over {months} months.",
            f"It loses against holding in {_losses(gains, best)}, so hold until a pilot or more "
            "worlds settle it.",
        )
    if second in contenders:
        alike = [arm for arm in contenders if float(draws[arm].mean()) > 0]
        others = " or ".join(label(arm) for arm in alike[:2])
        return (
            f"Play {label(best)} or {others}: they are not distinguishable, and {label(best)} is "
            f"worth {_amount(span, currency)} more than holding over {months} months.",
            f"Its lead over {label(second)} is {_amount(ahead, currency)}; against holding it "
            f"loses in {_losses(gains, best)}, {label(second)} in {_losses(gains, second)}.",
        )
    lead = ""
    if second != HOLD:
        lead = f" and is ahead of the next best, {label(second)}, by {_amount(ahead, currency)}"
    return (
        f"Play {label(best)}: over {months} months it is worth {_amount(span, currency)} more than "
        "holding.",
        f"It loses against holding in {_losses(gains, best)}{lead}.",
    )


def what_would_change(
    answer: Answer, ranked: list[str], gaps: dict[str, Interval]
) -> dict[str, Any]:
    """The next best arms and where they win, the value of knowing the world, and a pilot's size."""
    gains = world_gains(answer)
    gains = gains[[arm for arm in gains.columns if arm in ranked]]
    parameters = parameters_of(answer)
    best = ranked[0]
    alternatives = []
    for other in ranked[1:]:
        shared = what_they_share(gains[best] - gains[other], parameters)
        alternatives.append(
            {
                "arm": other,
                "behind_by": asdict(gaps[other]),
                "wins_in": shared.negative,
                "wins": shared.sentence("wins"),
            }
        )
    tried = best if best != HOLD else ranked[1] if len(ranked) > 1 else None
    return {
        "alternatives": alternatives,
        "value_of_knowing_the_world_yuan": _or_none(value_of_knowing(gains)),
        "pilot": pilot(answer, tried) if tried else None,
    }


def _or_none(value: float) -> float | None:
    return value if value == value else None  # noqa: PLR0124 - NaN


def subscribers_per_group(p1: float, p2: float) -> int | None:
    """Subscribers each group of a pilot needs to tell two proportions apart.

    The two-sided two-proportion z-test (Fleiss, Levin and Paik 2003, section 4.2), without
    continuity correction, at 5 % false positives and 80 % power. `None` if there is no difference.
    """
    if p1 == p2:
        return None
    z_alpha, z_beta = stats.norm.ppf(1 - FALSE_POSITIVES / 2), stats.norm.ppf(POWER)
    middle = (p1 + p2) / 2
    root = z_alpha * sqrt(2 * middle * (1 - middle)) + z_beta * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return ceil(float(root) ** 2 / (p1 - p2) ** 2)


def pilot(answer: Answer, arm: str) -> dict[str, Any] | None:
    """What a pilot would need to see the arm's effect on churn in a control and a test group.

    Monthly churn is added up over the pilot's months. In a pilot nobody has a twin, so the groups
    are independent and the full binomial spread counts. `per_group_cautious` takes the end of the
    effect's 95 % interval nearer to zero; `None` where that interval includes zero.
    """
    wide = outcomes_wide(answer)
    if "churn_rate" not in wide.columns or not len(of_arm(wide, arm)):
        return None
    base = interval(of_arm(wide, HOLD)["churn_rate"]).mean
    effect = interval(of_arm(differences(wide), arm)["churn_rate"])
    if base is None or effect.mean is None or effect.low is None or effect.high is None:
        return None

    def leaving(monthly: float) -> float:
        return 1 - (1 - min(max(monthly, 0.0), 1.0)) ** PILOT_MONTHS

    excludes_zero = effect.n > 1 and effect.low * effect.high > 0
    nearer = min(effect.low, effect.high, key=abs)
    return {
        "arm": arm,
        "months": PILOT_MONTHS,
        "churn_hold": leaving(base),
        "churn_arm": leaving(base + effect.mean),
        "per_group": subscribers_per_group(leaving(base), leaving(base + effect.mean)),
        "per_group_cautious": (
            subscribers_per_group(leaving(base), leaving(base + nearer)) if excludes_zero else None
        ),
        "power": POWER,
        "false_positives": FALSE_POSITIVES,
        "formula": FORMULA,
    }
