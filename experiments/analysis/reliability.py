"""What an answer cannot be trusted with: a market unlike the published one, arms that failed.

Both limits are assumptions, in log differences between a simulated and a published figure (shares
of lines, revenue per line, second SIMs, churn), the worst of all worlds counting.
"""

import math
from dataclasses import dataclass
from typing import Any

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD

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
    def everywhere(self) -> bool:
        """Whether there is nothing to show of it."""
        return self.failed >= self.runs

    def sentence(self) -> str:
        """What became of it, in words, without its name."""
        if self.everywhere or not self.compared_in:
            return f"failed in {self.failed} of {self.runs} runs and cannot be compared"
        worlds = f"{self.compared_in} {'world' if self.compared_in == 1 else 'worlds'}"
        if self.arm == HOLD:
            return (
                f"failed in {self.failed} of {self.runs} runs: options are compared only where it "
                f"ran, in {worlds}"
            )
        return (
            f"failed in {self.failed} of {self.runs} runs: it is compared only where it ran, in "
            f"{worlds}, and not recommended"
        )

    def as_json(self) -> dict[str, Any]:
        """As `summary.json` holds it."""
        return {
            "arm": self.arm,
            "failed": self.failed,
            "runs": self.runs,
            "worlds": list(self.worlds),
            "compared_in": self.compared_in,
            "reason": self.reason,
        }


def failed_arms(answer: Answer) -> dict[str, FailedArm]:
    """The arms of which some run failed, in the order they were asked for."""
    runs = answer.labels.worlds * answer.labels.seeds
    done: dict[str, set[tuple[int, int]]] = {}
    if len(answer.outcomes):
        ran = answer.outcomes[["arm", "world", "seed"]].drop_duplicates()
        for arm, world, seed in ran.itertuples(index=False):
            done.setdefault(str(arm), set()).add((int(world), int(seed)))
    found: dict[str, FailedArm] = {}
    for arm in dict.fromkeys((HOLD, *answer.labels.arms)):
        mine = [f for f in answer.failures if f["arm"] == arm]
        if mine:
            pairs = done.get(arm, set()) & done.get(HOLD, set())
            found[arm] = FailedArm(
                arm=arm,
                failed=len({(f["world"], f["seed"]) for f in mine}),
                runs=runs,
                worlds=tuple(sorted({int(f["world"]) for f in mine})),
                compared_in=len({world for world, _ in pairs}),
                reason=mine[0]["error"],
            )
    return found


def misfit_reason(answer: Answer) -> str:
    """Why nothing can be recommended in a market like this; empty: it is near enough."""
    if answer.misfit <= GROSS_MISFIT:
        return ""
    return (
        f"before anybody moves a simulated figure is {_factor(answer.misfit)} times off the "
        f"published one in some world, and at most {_factor(GROSS_MISFIT)} times is allowed"
    )


def misfit_remedy(answer: Answer) -> str:
    """What to do about it."""
    return (
        f"Ask for more subscribers (now {answer.labels.subscribers:,}), or for targets and prices "
        f"that agree: counterplay experiment=calibrate market={answer.labels.market} tells "
        "whether they do."
    )


def _factor(log_difference: float) -> str:
    return f"{math.exp(min(log_difference, 50.0)):.3g}"
