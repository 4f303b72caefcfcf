"""Who would take an operator's line at all, wherever its network reaches.

Reach is not coverage. A newcomer without shops, or a brand sold online without a phone, is no
option for many people whom its network covers; fewer of them hold out as it grows older, opens
shops, and as their friends go there. Kept as odds, people who would not over people who would, so
that acceptance grows along a logistic curve (Rogers 2003: the bell of adopters) and no range of it
ever leaves the interval from none to all.
"""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.behaviour.settings import Chance
from sim.records import column
from sim.schema import Settings

if TYPE_CHECKING:
    from agents.settings import MarketSettings

Accepting = Annotated[float, Field(gt=0, le=1)]
"""Share of people who would take a line of an operator."""
LEAST_ACCEPTING = 0.001


class AcceptanceSettings(Settings):
    """How far people are from taking a line of an operator."""

    reluctance: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """Odds against: people who would not take it over people who would; 0: everybody would."""
    fades_monthly: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How fast the odds fall while it sells: their logarithm, a month."""
    friend_relief: Chance = 0.0
    """By which share each friend who is there lowers one's own odds against."""


class Newcomers(Settings):
    """The same of operators without a record, as a market of history says it."""

    start: Accepting = 1.0
    """Share of people who would take a line of it on its first day."""
    fades_monthly: Annotated[float, Field(ge=0, le=1)] = 0.0
    friend_relief: Chance = 0.0

    def of(self, start: float | None) -> AcceptanceSettings:
        """What holds for an operator that `start` of all people would take; none: the usual."""
        return AcceptanceSettings(
            reluctance=odds_against(self.start if start is None else start),
            fades_monthly=self.fades_monthly,
            friend_relief=self.friend_relief,
        )


def odds_against(accepting: float) -> float:
    """Odds against taking a line where a share of people would."""
    share = max(accepting, LEAST_ACCEPTING)
    return (1.0 - share) / share


def fade(reluctance: NDArray[np.float64], settings: "MarketSettings", offers: Any) -> None:
    """Let a month pass in which operators with anything on sale were seen (in place).

    `offers` are the rows of the offer table.
    """
    selling = column(offers, "operator")[column(offers, "on_sale") == 1]
    for index, operator in enumerate(settings.operators.values()):
        if operator.acceptance.fades_monthly > 0.0 and index in selling:
            reluctance[index] *= np.exp(-operator.acceptance.fades_monthly)
