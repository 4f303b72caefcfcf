"""Which arm to play by its NPV, how far to trust that, and what would change it: numbers only.

The sentences are made in `experiments/report/wording.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd
from scipy import special

from experiments.analysis.paired import Interval, PairedOutcomes, interval, of_arm
from experiments.analysis.ranking import comparisons, significant, sure_first
from experiments.analysis.regret import CommonCondition, value_of_knowing, what_they_share
from experiments.question.question import HOLD

CRITERION = "npv_yuan"

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
    """Expected value of perfect information, compared with what is recommended; `None` if no world
    has every arm, or if nothing may be recommended."""

    @property
    def best(self) -> str:
        """The first of the ranking, whether or not it can be told from holding."""
        return self.ranking[0]

    @property
    def comparisons(self) -> int:
        """Options that do anything, from which the best was picked."""
        return comparisons(self.versus_hold)

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
        )


def recommend(
    paired: PairedOutcomes,
    gains: pd.DataFrame,
    parameters: pd.DataFrame,
    versus_hold: Mapping[str, Interval],
    failed: Collection[str],
) -> Recommendation:
    """Rank the arms by NPV and say what stands behind the first.

    Args:
        paired: every run and its `hold`.
        gains: NPV less that of `hold`; rows worlds, columns arms.
        parameters: what each world assumed; rows worlds, columns parameters.
        versus_hold: each arm's NPV less that of `hold`.
        failed: arms of which some run failed; they are not ranked.
    """
    draws = npv_draws(paired, failed)
    ranked = sorted(draws, key=lambda arm: (-float(draws[arm].mean()), arm != HOLD))
    ranked, bolder = sure_first(ranked, versus_hold)
    best, options = ranked[0], comparisons({arm: versus_hold[arm] for arm in ranked})
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
            gains[[arm for arm in gains.columns if arm in ranked]], HOLD if unsure else best
        ),
    )


def npv_draws(paired: PairedOutcomes, failed: Collection[str]) -> dict[str, pd.Series]:
    """Paired NPV differences from `hold` of each arm that never failed, one an independent draw."""
    arms = [arm for arm in paired.arms if arm == HOLD or arm not in failed]
    draws = {arm: of_arm(paired.gaps, arm)[CRITERION].dropna() for arm in arms}
    return {arm: column for arm, column in draws.items() if len(column)}


def distance(draws: Mapping[str, pd.Series], first: str, second: str) -> Interval:
    """How far one arm is ahead of another in the same worlds, in yuan."""
    return interval((draws[first] - draws[second]).dropna())
