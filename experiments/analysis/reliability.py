"""What an answer cannot be trusted with: a market unlike the published one, arms that failed.

Both limits are assumptions, in log differences between a simulated and a published figure (shares
of lines, revenue per line, second SIMs, churn), the worst of all worlds counting.
"""

from dataclasses import dataclass

from experiments.analysis.answer import Answer
from experiments.question.question import HOLD

POOR_FIT = 0.05
"""Above it a warning: what options change is itself of a few per cent of share or revenue."""
GROSS_MISFIT = 0.3
"""Above it no recommendation. A figure that is off by a factor of 1.35 before anybody moves is off
by more than any option moves it: the answer would be about another market."""


@dataclass(frozen=True)
class FailedArm:
    """An arm of which some run failed; it is shown, and never recommended."""

    arm: str
    failed: int
    """Runs that failed."""
    runs: int
    """Runs that were asked for."""
    worlds: tuple[int, ...]
    """Worlds in which some run of it failed."""
    compared_in: int
    """Worlds in which it is compared: it and `hold` ran there, with the same luck."""
    reason: str
    """What the first failure said."""

    @property
    def comparable(self) -> bool:
        """Whether there is anything to show of it."""
        return self.failed < self.runs and self.compared_in > 0


def failed_arms(answer: Answer) -> dict[str, FailedArm]:
    """The arms of which some run failed, in the order they were asked for."""
    runs = answer.labels.worlds * answer.labels.seeds
    done: dict[str, set[tuple[int, int]]] = {}
    if len(answer.outcomes):
        ran = answer.outcomes[["arm", "world", "seed"]].drop_duplicates()
        for arm, world, seed in ran.itertuples(index=False):
            done.setdefault(str(arm), set()).add((int(world), int(seed)))
    failed: dict[str, FailedArm] = {}
    for arm in dict.fromkeys((HOLD, *answer.labels.arms)):
        mine = [f for f in answer.failures if f["arm"] == arm]
        if mine:
            pairs = done.get(arm, set()) & done.get(HOLD, set())
            failed[arm] = FailedArm(
                arm=arm,
                failed=len({(f["world"], f["seed"]) for f in mine}),
                runs=runs,
                worlds=tuple(sorted({int(f["world"]) for f in mine})),
                compared_in=len({world for world, _ in pairs}),
                reason=mine[0]["error"],
            )
    return failed


def grossly_unlike(answer: Answer) -> bool:
    """Whether some market is so far from the published figures that nothing may be recommended."""
    return answer.misfit > GROSS_MISFIT
