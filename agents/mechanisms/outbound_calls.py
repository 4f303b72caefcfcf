"""Calls that wake who does not use a line (智能外呼), and what calling does to people.

A call is heard out the less, the more were heard before. Who hears it out uses the line again if
what it grants is worth more than the trouble (`silence`). A call can annoy, as any contact; whoever
is annoyed once too often withdraws consent for good, and is contacted by that operator no more:
not by this campaign, not by another, not after leaving.
"""

from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour, Chance, Spread
from agents.fields import Diary, Stored
from agents.mechanisms.mechanism import Measured, Mechanism
from agents.mechanisms.promises import FurtherPromised, accept, contact_by, gain_yuan
from agents.mechanisms.silence import Idle, trouble_yuan, usual_gb
from sim.compile import behaviour
from sim.draws import Purpose, lognormal_around_one, normal, uniforms
from sim.schema import Settings
from sim.vocabulary import Event

MADE, REACHED, WOKEN, ANNOYED, COMPLAINTS, OPTED_OUT, OUT = range(7)
MOST_CALLS = 250
"""Calls that are told apart."""


class OutboundCallSettings(Settings):
    """How people take it to be called; what they are offered stands in the campaign."""

    weariness: Chance = 0.3
    """By which share each call heard before lowers the chance to hear out another."""
    tolerance_calls: Annotated[float, Field(ge=0, le=1000)] = 2.0
    """Mean number of contacts that somebody puts up with: an annoying one beyond it is the last."""
    tolerance_spread: Spread = 0.7
    """Spread (log sd) of that number over people, for life."""


class OutboundCallTerms(Protocol):
    """The same, as subscribers read it; `on` is 0 where an operator does not call."""

    on: int
    weariness: float
    tolerance_calls: float
    tolerance_spread: float


class Called(FurtherPromised, Idle, Protocol):
    """An account that may be called."""

    calls_heard: Annotated[int, Stored(np.uint8, "contacts that got through", "contacts")]
    opted_out: Annotated[int, Stored(np.uint16, "operators who may not contact it", "bit mask")]


class CallDiary(Diary, Protocol):
    """What calls did this month."""

    call_caller: int
    """Operator that ran the campaign, or -1."""
    call_made: int
    call_reached: int
    call_woken: int
    call_opted_out: int


@behaviour
def opens(a: Called, d: CallDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Nothing has happened yet."""
    d.call_caller = -1
    d.call_made = 0
    d.call_reached = 0
    d.call_woken = 0
    d.call_opted_out = 0


@behaviour
def hears_out(a: Called, campaign: int, weariness: float, m: MarketTables) -> bool:
    """Whether somebody who was reached listens: the more calls before, the less."""
    _, _, ear, _ = uniforms(m.around.seed, a.who, m.around.month, Purpose.CONTACT, 0)
    chance = m.campaigns[campaign].persuasion
    for _ in range(a.calls_heard):
        chance *= 1.0 - weariness
    return ear < chance


@behaviour
def wakes(a: Called, d: CallDiary, m: MarketTables, p: Behaviour) -> None:
    """Use the line again if what is granted is worth more than the trouble."""
    a.usual_gb = usual_gb(a, m)
    worth = gain_yuan(a, d.campaign, m, p) * p.horizon_months * a.lines
    if worth > trouble_yuan(a, m):
        accept(a, d, d.campaign, m)
        a.idle_months = 0
        d.call_woken = 1
    else:
        a.usual_gb = 0.0


@behaviour
def speaks(a: Called, d: CallDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Be called: listen or not, come back or not, perhaps have had enough."""
    if d.campaign < 0 or m.campaigns[d.campaign].repairs == 1:
        return
    c = m.campaigns[d.campaign]
    t = m.terms.outbound_calls[c.operator]
    if t.on == 0:
        return
    d.call_caller = c.operator
    d.call_made = c.wakes
    if not contact_by(d.campaign, a.who, 0, m).reached:
        return
    d.call_reached = c.wakes
    idle = c.wakes == 1 and a.idle_months > 0 and c.operator == a.operator
    if idle and hears_out(a, d.campaign, t.weariness, m):
        wakes(a, d, m, p)
    a.calls_heard = min(MOST_CALLS, a.calls_heard + 1)
    if d.annoyed == 1:
        z = normal(m.around.seed, a.who, 0, Purpose.CALLED, 0)
        if a.calls_heard > t.tolerance_calls * lognormal_around_one(z, t.tolerance_spread):
            a.opted_out |= 1 << c.operator
            d.call_opted_out = 1


@behaviour
def moves(a: Called, d: CallDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who leaves begins anew with another; what was withdrawn is withdrawn for good."""
    if d.left >= 0:
        a.calls_heard = 0


@behaviour
def counts(a: Called, d: CallDiary, held: NDArray[np.int64], m: MarketTables, p: Behaviour) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    held[a.operator, OUT] += (a.opted_out >> a.operator) & 1
    if d.call_caller < 0:
        return
    caller = held[d.call_caller]
    caller[MADE] += d.call_made
    caller[REACHED] += d.call_reached
    caller[WOKEN] += d.call_woken
    caller[OPTED_OUT] += d.call_opted_out
    if d.call_reached == 1:
        caller[ANNOYED] += d.annoyed
        caller[COMPLAINTS] += 1 if d.events & Event.COMPLAINED else 0


def compiled(settings: OutboundCallSettings) -> dict[str, Any]:
    """Settings as `OutboundCallTerms`."""
    return {"on": 1, **settings.model_dump()}


OUTBOUND_CALLS = Mechanism(
    name="outbound_calls", holds=Called, notes=CallDiary,
    settings=OutboundCallSettings, terms=OutboundCallTerms, compiled=compiled,
    measures=tuple(
        Measured(f"calls_{name}")
        for name in ("made", "reached", "woken", "annoyed", "complaints", "opted_out", "out")
    ),
    opens=opens, speaks=speaks, moves=moves, counts=counts,
)  # fmt: skip
