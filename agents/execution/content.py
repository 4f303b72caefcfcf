"""What creators made last month, as factors that subscribers meet this month."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.execution.programmes import sums_of
from agents.mechanisms.creators import CREATORS

if TYPE_CHECKING:
    from agents.market import Market


def content_of(market: "Market") -> NDArray[np.float64]:
    """Creators who were active at each operator over those who would be without pay.

    One is added to both, so that there is always something to be more than. 1 where nobody is paid.
    """
    content = np.ones(len(market.operators))
    if CREATORS.name in market.programmes.on and market.last_counters is not None:
        for operator in range(len(content)):
            sums = sums_of(market.last_counters, operator, CREATORS.name)
            content[operator] = (1.0 + sums["creators_active"]) / (1.0 + sums["creators_anyway"])
    return content
