"""Each option as an instruction: what it really did, in which month, at which price, how often.

Read off the log of the runs, not off the option's parameters: what was refused, delayed or answered
by others stands there as it came out. Steps that few runs took are left out.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agents.causes import CARRIED_OUT
from experiments.analysis.answer import Answer

LEAST_SHARE = 0.25
"""Of the runs, in which a step must have been taken to be part of the instruction."""
_KEYS = ["action", "offer", "campaign", "target"]


@dataclass(frozen=True)
class Step:
    """One thing to do; figures are medians over the runs that did it."""

    action: str
    """Name of the action."""
    offer: str
    """`operator/plan`; empty: none."""
    campaign: str
    target: str
    """A partner."""
    month: float
    """First in force; 0 is the month of the attack."""
    decided: float
    """Month in which it is decided."""
    old_price_yuan: float
    """NaN where no price is concerned, as for the next two."""
    new_price_yuan: float
    gb: float
    months: float
    """For how long, of a promise or discount; NaN: for good."""
    services: tuple[str, ...]
    """Partners' services that come in."""
    regions: tuple[str, ...]
    """Empty: everywhere."""
    cost_yuan: float
    """A month, as planned: NaN: not known."""
    runs: int
    of: int


@dataclass(frozen=True)
class Instruction:
    """What one option does, in the order in which it does it."""

    arm: str
    steps: tuple[Step, ...]

    @property
    def first(self) -> Step | None:
        """The first step to decide; `None`: nothing was done."""
        return min(self.steps, key=lambda step: step.decided, default=None)


def instruction_of(answer: Answer, arm: str) -> Instruction:
    """What the focal operator did under an arm, in enough of its runs."""
    log = answer.log
    ours = log[
        (log["arm"] == arm)
        & (log["actor"] == answer.labels.focal)
        & log["outcome"].isin(CARRIED_OUT)
    ]
    done = answer.outcomes[answer.outcomes["arm"] == arm]
    of = len(done[["world", "seed"]].drop_duplicates())
    steps = [
        _step([str(part) for part in key], rows, of)
        for key, rows in ours.groupby(_KEYS, sort=False, observed=True)
    ]
    kept = [step for step in steps if step.runs >= LEAST_SHARE * of]
    return Instruction(arm, tuple(sorted(kept, key=lambda s: (s.month, s.action, s.offer))))


def _step(key: list[str], rows: pd.DataFrame, of: int) -> Step:
    first = rows.sort_values("month").groupby(["world", "seed"], as_index=False).first()
    action, offer, campaign, target = key
    return Step(
        action=action,
        offer=offer,
        campaign=campaign,
        target=target,
        month=float(first["month"].median()),
        decided=float(first["decided_month"].median()),
        old_price_yuan=_median(first["old_price_fen"]) / 100.0,
        new_price_yuan=_median(first["new_price_fen"]) / 100.0,
        gb=_median(first["gb"]),
        months=_median(first["for_months"]),
        services=_names(first["services"], ""),
        regions=_names(first["regions"], "all"),
        cost_yuan=_median(first["cost_yuan"]),
        runs=len(first),
        of=of,
    )


def _median(values: "pd.Series[float]") -> float:
    known = values.dropna()
    return float(known.median()) if len(known) else float(np.nan)


def _names(values: "pd.Series[str]", none: str) -> tuple[str, ...]:
    """The most frequent list of names."""
    usual = str(values.astype(str).value_counts().index[0])
    return () if usual in {"", none} else tuple(usual.split("+"))
