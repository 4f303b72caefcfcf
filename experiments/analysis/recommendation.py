"""Which arm to play by its NPV, how far to trust that, and what would change it: numbers only.

The sentences are made in `experiments/report/wording.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Literal

import pandas as pd
from scipy import special

from experiments.analysis.paired import Interval, PairedOutcomes, interval, of_arm
from experiments.analysis.ranking import significant, sure_first
from experiments.analysis.regret import CommonCondition, value_of_knowing, what_they_share
from experiments.question.question import HOLD

CRITERION = "npv_yuan"
PILOT_MONTHS = 3
POWER = 0.8
FALSE_POSITIVES = 0.05
FORMULA = "n = (z₁₋α⁄₂ √(2·p̄·(1−p̄)) + z₁₋β √(p₁(1−p₁) + p₂(1−p₂)))² ⁄ (p₁ − p₂)²"

Decision = Literal["act", "hold", "undecided", "none"]
"""`none`: the market is too unlike the published one for any recommendation."""


@dataclass(frozen=True)
class LosingWorlds:
    """In how many worlds an arm ends below `hold`."""

    losing: int
    worlds: int

    @property
    def at_most(self) -> float:
        """Share of all worlds in which it may lose, given how many were drawn.

        Upper 95 % bound of Clopper and Pearson (1934), one-sided: none of 8 excludes no more than
        losing in 31 of 100 and more.
        """
        if self.losing >= self.worlds:
            return 1.0
        return float(special.betaincinv(self.losing + 1, self.worlds - self.losing, 0.95))


@dataclass(frozen=True)
class Alternative:
    """An arm that is not recommended, compared with the one that is."""

    arm: str
    behind_by: Interval
    """NPV of the recommended arm less this one's, in yuan."""
    wins: CommonCondition
    """The worlds in which this arm is ahead, and what they share."""


@dataclass(frozen=True)
class PilotSize:
    """What a pilot needs to see an arm's effect on churn in a control and a test group."""

    arm: str
    months: int
    churn_hold: float
    """Share of the control group that leaves within the pilot's months."""
    churn_arm: float
    """The same in the test group."""
    per_group: int | None
    """Subscribers in each group; `None` if there is no difference to see."""
    per_group_cautious: int | None
    """The same for the end of the effect's 95 % interval nearer to zero; `None` where that
    interval includes zero."""
    power: float = POWER
    false_positives: float = FALSE_POSITIVES
    formula: str = FORMULA


@dataclass(frozen=True)
class Recommendation:
    """The arm to play, and everything that is said about it.

    That is the arm with the highest mean NPV, unless its gain over `hold` is not significant while
    another's is: then the best of those that surely pay, and `bolder` names the one with the higher
    mean. If no gain is significant, it is `hold`. An arm of which some run failed is never ranked.
    """

    arm: str | None
    """`hold` if nothing can be told from it; `None` if nothing may be recommended."""
    decision: Decision
    bolder: str | None
    """An arm with a higher mean whose gain may be none."""
    runner_up: str | None
    """The next best. If nothing can be told from holding, the best on average; if nothing may be
    recommended, the arm that would have been."""
    contenders: tuple[str, ...]
    """Every other arm that cannot be told from the best one (`ranking.significant`)."""
    ranking: tuple[str, ...]
    """All arms that ran everywhere, the best one first, the others by their mean."""
    versus_hold: Mapping[str, Interval]
    """Each arm's NPV less that of `hold`, in yuan."""
    lead: Mapping[str, Interval]
    """NPV of the best arm less every other arm's, in yuan."""
    ahead_of_runner_up: Interval | None
    """How far the best arm is ahead of the next, in yuan."""
    losses: Mapping[str, LosingWorlds]
    """For each arm, the worlds in which it loses against `hold`."""
    alternatives: tuple[Alternative, ...]
    value_of_knowing_the_world_yuan: float | None
    """Expected value of perfect information; `None` if no world has every arm, or if nothing may
    be recommended."""
    pilot: PilotSize | None

    @property
    def best(self) -> str:
        """The first of the ranking, whether or not it can be told from holding."""
        return self.ranking[0]

    @property
    def featured(self) -> str:
        """The arm a report looks into: the recommended one, or the nearest if there is none."""
        return self.arm if self.arm and self.arm != HOLD else self.runner_up or HOLD

    @property
    def difference_from_hold(self) -> Interval:
        """What the best arm gains over `hold`, in yuan."""
        return self.versus_hold[self.best]

    def withheld(self) -> "Recommendation":
        """The same ranking where nothing may be recommended; the arm shown is the nearest."""
        return replace(
            self,
            arm=None,
            decision="none",
            bolder=None,
            runner_up=self.runner_up if self.best == HOLD else self.best,
            alternatives=(),
            value_of_knowing_the_world_yuan=None,
            pilot=None,
        )


def recommend(
    paired: PairedOutcomes,
    gains: pd.DataFrame,
    parameters: pd.DataFrame,
    versus_hold: Mapping[str, Interval],
    pilots: Mapping[str, PilotSize | None],
    failed: Collection[str],
) -> Recommendation:
    """Rank the arms by NPV and say what stands behind the first.

    Args:
        paired: every run and its `hold`.
        gains: NPV less that of `hold`; rows worlds, columns arms.
        parameters: what each world assumed; rows worlds, columns parameters.
        versus_hold: each arm's NPV less that of `hold`.
        pilots: the size of a pilot of each arm.
        failed: arms of which some run failed; they are not ranked.
    """
    draws = npv_draws(paired, failed)
    ranked = sorted(draws, key=lambda arm: (-float(draws[arm].mean()), arm != HOLD))
    ranked, bolder = sure_first(ranked, versus_hold)
    best, options = ranked[0], len(ranked) - 1
    runner_up = next((arm for arm in ranked[1:] if arm != bolder), None)
    lead = {other: distance(draws, best, other) for other in ranked[1:]}
    contenders = tuple(
        other
        for other, ahead in lead.items()
        if not significant(ahead, options if other == HOLD else 1)
    )
    # An arm that loses on average is no rival for the best, however wide its interval.
    open_questions = {HOLD} if bolder else {runner_up, HOLD}
    unsettled = bool(open_questions & set(contenders))
    tested = best if best != HOLD else runner_up
    unsure = best != HOLD and HOLD in contenders
    return Recommendation(
        arm=HOLD if unsure else best,
        decision="hold" if best == HOLD else "undecided" if unsettled else "act",
        bolder=bolder,
        runner_up=best if unsure else runner_up,
        contenders=contenders,
        ranking=tuple(ranked),
        versus_hold={arm: versus_hold[arm] for arm in ranked},
        lead=lead,
        ahead_of_runner_up=lead[runner_up] if runner_up else None,
        losses={
            str(arm): LosingWorlds(int((gains[arm] < 0).sum()), int(gains[arm].count()))
            for arm in gains.columns
        },
        alternatives=tuple(
            Alternative(other, lead[other], what_they_share(gains[best] - gains[other], parameters))
            for other in ranked[1:]
        ),
        value_of_knowing_the_world_yuan=value_of_knowing(
            gains[[arm for arm in gains.columns if arm in ranked]]
        ),
        pilot=pilots[tested] if tested else None,
    )


def npv_draws(paired: PairedOutcomes, failed: Collection[str]) -> dict[str, pd.Series]:
    """Paired NPV differences from `hold` of each arm that never failed, one an independent draw."""
    arms = [arm for arm in paired.arms if arm == HOLD or arm not in failed]
    draws = {arm: of_arm(paired.gaps, arm)[CRITERION].dropna() for arm in arms}
    return {arm: column for arm, column in draws.items() if len(column)}


def distance(draws: Mapping[str, pd.Series], first: str, second: str) -> Interval:
    """How far one arm is ahead of another in the same worlds, in yuan."""
    return interval((draws[first] - draws[second]).dropna())


def subscribers_per_group(p1: float, p2: float) -> int | None:
    """Subscribers each group of a pilot needs to tell two proportions apart.

    The two-sided two-proportion z-test (Fleiss, Levin and Paik 2003, section 4.2), without
    continuity correction, at 5 % false positives and 80 % power. `None` if there is no difference.
    """
    if p1 == p2:
        return None
    z_alpha, z_beta = special.ndtri(1 - FALSE_POSITIVES / 2), special.ndtri(POWER)
    middle = (p1 + p2) / 2
    root = z_alpha * sqrt(2 * middle * (1 - middle)) + z_beta * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return ceil(float(root) ** 2 / (p1 - p2) ** 2)


def pilot_size(arm: str, base: Interval | None, effect: Interval | None) -> PilotSize | None:
    """What a pilot would need to see the arm's effect on churn in a control and a test group.

    Monthly churn is added up over the pilot's months. A pilot sees each person in one group only,
    so the groups are independent and the full binomial spread counts.

    Args:
        arm: the arm to be tested.
        base: monthly churn under `hold`.
        effect: monthly churn of the arm less that of `hold`.

    Returns:
        `None` if churn was not measured.
    """
    if base is None or effect is None or base.mean is None:
        return None
    if effect.mean is None or effect.low is None or effect.high is None:
        return None

    def leaving(monthly: float) -> float:
        return 1 - (1 - min(max(monthly, 0.0), 1.0)) ** PILOT_MONTHS

    control, treated = leaving(base.mean), leaving(base.mean + effect.mean)
    excludes_zero = effect.n > 1 and effect.low * effect.high > 0
    nearer = leaving(base.mean + min(effect.low, effect.high, key=abs))
    return PilotSize(
        arm=arm,
        months=PILOT_MONTHS,
        churn_hold=control,
        churn_arm=treated,
        per_group=subscribers_per_group(control, treated),
        per_group_cautious=subscribers_per_group(control, nearer) if excludes_zero else None,
    )
