"""What counts as told apart, and the order of options that follows from it.

Several options are compared at once, and the best is looked for among them. So that no more than
5 % of such searches name an option that gains nothing, a single comparison is held to 5 % divided
by the number of options (Bonferroni). Intervals that are shown are of one option each, at 95 %.
"""

from collections.abc import Mapping

from scipy import special

from experiments.analysis.paired import CONFIDENCE, Interval
from experiments.question.question import HOLD


def significant(ahead: Interval, comparisons: int = 1) -> bool:
    """Whether a difference is above zero by more than chance.

    Args:
        ahead: a difference and its 95 % interval by Student's t.
        comparisons: how many are made at once.
    """
    if ahead.n < 2 or ahead.mean is None or ahead.high is None:
        return False
    if ahead.high == ahead.mean:
        return ahead.mean > 0
    usual = special.stdtrit(ahead.n - 1, (1 + CONFIDENCE) / 2)
    needed = special.stdtrit(ahead.n - 1, 1 - (1 - CONFIDENCE) / 2 / max(comparisons, 1))
    return ahead.mean > float(needed / usual) * (ahead.high - ahead.mean)


def comparisons(versus_hold: Mapping[str, Interval]) -> int:
    """How many options could be ahead of holding by luck: those that do anything at all.

    An option that is idle in this question, such as matching prices that nobody cuts, equals `hold`
    in every run.
    """
    return sum(
        (span.mean, span.low, span.high) != (0.0, 0.0, 0.0)
        for arm, span in versus_hold.items()
        if arm != HOLD
    )


def sure_first(
    ranked: list[str], versus_hold: Mapping[str, Interval]
) -> tuple[list[str], str | None]:
    """The ranking with the best sure gain in front if the best on average is none.

    Returns:
        The ranking, and the arm that lost the first place by it (or `None`).
    """
    best, options = ranked[0], comparisons({arm: versus_hold[arm] for arm in ranked})
    sure = [arm for arm in ranked if arm != HOLD and significant(versus_hold[arm], options)]
    if best == HOLD or not sure or sure[0] == best:
        return ranked, None
    return [sure[0], *(arm for arm in ranked if arm != sure[0])], best
