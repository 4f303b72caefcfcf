"""What a pilot can measure in a region: monthly figures that the operator's own books hold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PilotMeasure:
    """One figure of a region and month, as a ratio of what the tallies hold."""

    name: str
    """As in the operator's CSV."""
    over: str
    """Tally above the line."""
    under: str = ""
    """Tally below the line; empty: none."""
    good: int = 1
    """1: more of it is better; -1: less is."""

    def of(self, tallies: Mapping[str, Floats]) -> Floats:
        """The figure from tallies of one shape; missing where the tally below the line is zero."""
        over = tallies[self.over]
        if not self.under:
            return np.where(over > 0, over, np.nan)
        under = tallies[self.under]
        return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


MEASURES: dict[str, PilotMeasure] = {
    measure.name: measure
    for measure in (
        PilotMeasure("revenue_per_line", "service_revenue_yuan", "lines"),
        PilotMeasure("revenue", "service_revenue_yuan"),
        PilotMeasure("churn", "churned_lines", "lines", good=-1),
        PilotMeasure("gross_adds", "gross_adds"),
        PilotMeasure("lines", "lines"),
    )
}
"""By name, of whole regions. Acceptance is not among them: without the option nobody can accept
anything, so that no region can be compared with another. Contribution is not: costs are
booked for the whole country."""
CUSTOMER_MEASURES = ("customer_bill", "customer_kept")
"""Of customers drawn at random: what each pays us a month (nothing once gone), and how many are
still here. Others' customers cannot be drawn: nobody has a list of them."""


def good_sign(measure: str) -> int:
    """1 if more of a measure is better, else -1."""
    return MEASURES[measure].good if measure in MEASURES else 1
