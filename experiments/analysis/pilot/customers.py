"""A pilot of single customers: two groups drawn at random in some regions, one without the option.

What hits a region hits both groups, so regional shocks fall out; what is left is how bills differ
between customers and who leaves by chance. Prices on show, advertising and coverage reach everybody
in a region: an option that uses them cannot be kept from half of its customers. Those who are left
out hear of it from friends, and rivals answer both groups alike: neither is in the estimate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import special

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD
from experiments.analysis.pilot.estimators import POWER, SIGNIFICANCE, Estimates
from experiments.analysis.pilot.measures import Floats

_FOR_EVERYBODY = ("Reprice", "Withdraw", "Advertise", "Cover", "Invest")
"""What nobody in a region can be left without."""
_DONE = ("done", "accepted", "passed")


@dataclass(frozen=True, eq=False)
class CustomerEffects:
    """What an option does to those who were our private customers at the decision."""

    national: Mapping[str, Floats]
    """Relative effect of each measure, `[world, month since launch]`; empty: not kept."""
    levels: Mapping[str, float]
    """Each measure without the option before the launch."""
    kept: Floats
    """Share still here without the option, `[month since launch]`."""
    customers: float
    addressed: bool

    @classmethod
    def of(cls, answer: Answer, arm: str, worlds: tuple[int, ...], launch: int) -> Self:
        """From a comparison's cohorts; effects from `launch` on, in months since the decision."""
        table = answer.cohorts
        if table.empty:
            return cls({}, {}, np.ones(0), 0.0, addressed=False)
        own = table[(table["cohort"] == "own") & table["arm"].isin([arm, HOLD])]

        def by_world(column: str, name: str) -> Floats:
            rows = own[own["arm"] == name]
            wide = rows.pivot_table(index="world", columns="month", values=column, aggfunc="mean")
            return wide.reindex(list(worlds)).to_numpy(np.float64)[:, launch:]

        def effect(column: str) -> Floats:
            now, held = by_world(column, arm), by_world(column, HOLD)
            return np.divide(now, held, out=np.ones_like(held), where=held > 0) - 1.0

        held = own[own["arm"] == HOLD]
        return cls(
            national={"customer_bill": effect("paid_yuan"), "customer_kept": effect("here")},
            levels={
                "customer_bill": float(held.loc[held["month"] == 0, "paid_yuan"].mean()),
                "customer_kept": 1.0,
            },
            kept=by_world("here", HOLD).mean(axis=0),
            customers=float(held["customers"].mean()),
            addressed=_addressed(answer, arm),
        )


def _addressed(answer: Answer, arm: str) -> bool:
    """Whether all that it did in any run can be kept from single customers."""
    log = answer.log
    own = log[
        (log["arm"] == arm) & (log["actor"] == answer.labels.focal) & log["outcome"].isin(_DONE)
    ]
    return not own["action"].isin(_FOR_EVERYBODY).any()


def group_error(measure: str, customers: int, bill_sd: float, kept: float) -> float:
    """Standard deviation of the relative difference between two groups.

    Args:
        measure: one of `CUSTOMER_MEASURES`.
        customers: in each group.
        bill_sd: of bills between customers over their mean, what earlier bills explain taken out.
        kept: share of customers still here without the option.
    """
    one = bill_sd if measure == "customer_bill" else np.sqrt((1.0 - kept) / max(kept, 1e-9))
    return float(max(one, 1e-6) * np.sqrt(2.0 / customers))


def compared(effect: float, error: float, luck: Floats) -> Estimates:
    """What two groups would show of an effect, with this luck; tested by the normal distribution.

    Args:
        effect: relative, as it is put in.
        error: standard deviation of the difference.
        luck: standard normal, `[pilot]`.
    """
    found = effect + error * luck
    p = 2.0 * special.ndtr(-np.abs(found) / error)
    return Estimates(found, p, np.full(len(luck), error))


def least_found(error: float) -> float:
    """Effect that the comparison of two groups finds with 80 % power."""
    return float(error * (special.ndtri(1.0 - SIGNIFICANCE / 2.0) + special.ndtri(POWER)))
