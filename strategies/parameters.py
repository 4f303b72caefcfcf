"""Parameters that several strategies share: numbers with their limits, and when to begin."""

from typing import Annotated, Literal

from pydantic import Field

from sim.schema import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Months = Annotated[int, Field(ge=0, le=120)]
"""0 stands for 'for good' where a duration is meant."""
Yuan = Annotated[float, Field(ge=0, le=10_000)]
Plan = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")]
CustomerClass = Literal["personal", "household", "enterprise"]
"""What an operator can tell apart at the counter; tastes it cannot see."""
EVERYBODY: tuple[CustomerClass, ...] = ("personal", "household", "enterprise")


class BeginSettings(Settings):
    """When a strategy of ours begins and ends."""

    begin: Literal["when_rival_cuts", "now"] = "when_rival_cuts"
    """Wait until the market monitor shows a rival's price cut, or begin in month 0."""
    seen_cut: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Smallest price cut of a rival (share of its price) that counts as one."""
    delay_months: Months = 0
    """Months between the cause and the beginning: how slow we are to decide."""
    months: Months = 0
    """How long it lasts; then everything is put back as it was. 0: for good."""


class Advertised(Settings):
    """Advertising for a move in its first months."""

    advert_reach: Share = 0.1
    """Chance a month that an account notices the advertising, on top of everyday advertising."""
    advert_yuan: Annotated[float, Field(ge=0, le=1000)] = 0.5
    """Cost of one account reached."""
    advert_months: Months = 3
    """For how many months."""


class AdvertSettings(Advertised, BeginSettings):
    """When a strategy of ours begins and ends, and how it is advertised when it comes on sale."""
