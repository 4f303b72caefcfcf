"""Base stations that are watched (基站故障预测), and what an operator says when it does so.

Nothing is held by customers: they only feel a fault less. The book of base stations is in
`agents/execution/stations.py`.
"""

from typing import Annotated, Literal, Protocol

from pydantic import Field

from agents.behaviour.settings import Chance, Spread
from agents.fields import Account
from agents.mechanisms.mechanism import Mechanism
from sim.schema import Settings


class StationWatchSettings(Settings):
    """What an operator says when it watches the base stations of its regions."""

    defect_months: Annotated[int, Field(ge=1, le=6)] = 2
    """From the month in which a defect can be found to the failure it becomes, both counted."""
    alarms_usual: Annotated[float, Field(gt=0, le=1e6)] = 50.0
    """Alarms in a month in an ordinary region whose base stations are sound."""
    alarms_spread: Spread = 0.4
    """Lasting spread (log sd) of that over regions."""
    alarms_noise: Spread = 0.4
    """Spread (log sd) from month to month."""
    alarms_factor: Annotated[float, Field(ge=1, le=100)] = 5.0
    """How many times as many there are in the month of a failure; less before. 1: they say
    nothing."""
    station_predictor: Literal["scorecard", "logistic", "gradient_boosting", "coin", "oracle"] = (
        "logistic"
    )
    """What predicts that a region's base stations fail; `coin` and `oracle` are bounds."""
    station_records_months: Annotated[int, Field(ge=4, le=60)] = 24
    """Months of own records, of all its regions, that it learns from."""
    station_retrain_months: Annotated[int, Field(ge=1, le=60)] = 3
    station_from_risk: Chance = 0.5
    """Predicted chance from which a crew is sent."""
    crews: Annotated[int, Field(ge=1, le=62)] = 3
    """Most regions to which crews are sent in a month, the likeliest first."""
    crew_yuan: Annotated[float, Field(ge=0, le=1e12)] = 2e6
    """What it costs to send crews to a region (whole market, not scaled)."""


class Served(Account, Protocol):
    """An account that base stations serve: it holds nothing."""


STATION_WATCH = Mechanism(name="station_watch", holds=Served, settings=StationWatchSettings)
