"""Lines that are not used (沉默用户): paid for, counted, and idle, until their holder is roused.

A state of the market, no operator's programme (`market.silence`): some people, light users first,
stop using their line for months, and some take it up again by themselves. While it lies idle they
need no data, so that a cheaper plan, or none, seems as good; now and then the bill makes them look.
"""

from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Amount, Behaviour, Chance, Spread
from agents.fields import Account, Diary, Stored
from agents.mechanisms.mechanism import Measured, Mechanism
from sim.compile import behaviour
from sim.draws import Purpose, lognormal_around_one, normal, uniform
from sim.schema import Settings
from sim.vocabulary import Event, Segment

IDLE, BEGAN, RESUMED = range(3)
LONGEST_IDLE = 120
"""Months that are told apart."""


class SilenceSettings(Settings):
    """How people stop using a line they pay for, and take it up again."""

    falls_monthly: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Chance a month that somebody of average use stops; 0: nobody ever does."""
    light_factor: Annotated[float, Field(ge=1, le=20)] = 3.0
    """It is as many times that as one uses less than one's segment, at most so many."""
    resumes_monthly: Chance = 0.08
    """Chance a month that one takes it up again by oneself."""
    trouble_yuan: Amount = 20.0
    """Mean of what taking it up again costs in trouble: what a benefit must outweigh, once."""
    trouble_spread: Spread = 0.8
    """Spread (log sd) of that over people, for life."""
    look_chance: Chance = 0.03
    """Chance a month that paying for nothing makes one look around."""


class SilenceTerms(Protocol):
    """The same, as subscribers read it; all nothing where lines are always used."""

    falls_monthly: float
    light_factor: float
    resumes_monthly: float
    trouble_yuan: float
    trouble_spread: float
    look_chance: float


class Idle(Account, Protocol):
    """An account whose line may lie idle."""

    idle_months: Annotated[int, Stored(np.uint8, "for which the line was not used", "months")]


class SilenceDiary(Diary, Protocol):
    """What became of the line's use this month."""

    idle_began: int
    idle_resumed: int


@behaviour
def usual_gb(a: Account, m: MarketTables) -> float:
    """What one uses, a line, when one uses it."""
    return a.usage_gb * m.around.regions[a.region].regional_usage * m.around.usage_growth


@behaviour
def trouble_yuan(a: Account, m: MarketTables) -> float:
    """What taking the line up again costs somebody in trouble."""
    t = m.terms.silence[a.operator]
    z = normal(m.around.seed, a.who, 0, Purpose.SILENCE, 1)
    return t.trouble_yuan * lognormal_around_one(z, t.trouble_spread)


@behaviour
def opens(a: Idle, d: SilenceDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Whether the line is used this month; who does not use it needs no data."""
    t = m.terms.silence[a.operator]
    d.idle_began = 0
    d.idle_resumed = 0
    if t.falls_monthly <= 0.0 or a.segment >= Segment.HOUSEHOLD or d.silent == 1 or d.ended == 1:
        a.idle_months = 0
        return
    luck = uniform(m.around.seed, a.who, m.around.month, Purpose.SILENCE, 0)
    if a.idle_months > 0:
        if luck < t.resumes_monthly:
            a.idle_months = 0
            d.idle_resumed = 1
        else:
            a.idle_months = min(LONGEST_IDLE, a.idle_months + 1)
    else:
        lighter = min(t.light_factor, p.usage_gb[a.segment] / max(1e-9, a.usage_gb))
        if luck < t.falls_monthly * lighter:
            a.idle_months = 1
            d.idle_began = 1
    if a.idle_months > 0:
        d.unused = 1
        a.usual_gb = 0.0


@behaviour
def speaks(a: Idle, d: SilenceDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """A fault of a mobile line that is not used is not felt."""
    if d.unused == 1 and d.fault == 1 and a.broadband != a.operator:
        d.fault = 0
        d.events -= d.events & Event.FAULT


@behaviour
def look_chance(a: Idle, d: SilenceDiary, x: int, m: MarketTables, p: Behaviour) -> float:
    """Paying for nothing makes some people look."""
    return m.terms.silence[a.operator].look_chance if a.idle_months > 0 else 0.0


@behaviour
def moves(a: Idle, d: SilenceDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who takes a line elsewhere takes it to use it."""
    if d.left >= 0:
        a.idle_months = 0


@behaviour
def counts(
    a: Idle, d: SilenceDiary, held: NDArray[np.int64], m: MarketTables, p: Behaviour
) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    held[a.operator, IDLE] += 1 if a.idle_months > 0 else 0
    held[d.origin, BEGAN] += d.idle_began
    held[d.origin, RESUMED] += d.idle_resumed


def compiled(settings: SilenceSettings) -> dict[str, Any]:
    """Settings as `SilenceTerms`."""
    return settings.model_dump()


SILENCE = Mechanism(
    name="silence", holds=Idle, notes=SilenceDiary,
    settings=SilenceSettings, terms=SilenceTerms, compiled=compiled,
    measures=(Measured("idle_accounts"), Measured("idle_began"), Measured("idle_resumed")),
    look_chance=look_chance, opens=opens, speaks=speaks, moves=moves, counts=counts,
)  # fmt: skip
