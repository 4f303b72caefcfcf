"""An incentive for creators (创作者激励): paid to customers who create, for what others watch.

Who has the habit of creating makes something in a month if the pay covers what it costs them, or if
they like doing it anyway; the incentive is paid to both, since nobody can tell them apart. What is
made is content of the operator's own video products: the more creators are active there, relative
to those who would be without pay, the more these are worth and the more is watched (`Firm`'s
`content_worth` and `content_use`, from last month's counts). Without a video product that somebody
holds the pay buys nothing but the creators' own liking to stay.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.behaviour.environment import MarketTables
from agents.behaviour.scene_use import has_scene
from agents.behaviour.settings import Amount, Behaviour
from agents.fields import Account, Diary
from agents.mechanisms.mechanism import Measured, Mechanism
from sim.compile import behaviour
from sim.draws import Purpose, normal
from sim.ledger import SUBSCRIBERS, Flow
from sim.money import to_fen
from sim.schema import Settings
from sim.vocabulary import Scene

ACTIVE, ANYWAY, PAID_FEN = range(3)


class CreatorSettings(Settings):
    """What an operator says when it pays creators."""

    pay_yuan: Amount = 10.0
    """Paid a month to each customer who creates."""
    effort_yuan: Annotated[float, Field(ge=-1000, le=1000)] = 10.0
    """What a month of creating costs people with the habit on average, less their liking for it."""
    effort_spread_yuan: Annotated[float, Field(gt=0, le=1000)] = 20.0
    """Standard deviation of that over people; who is below 0 creates without pay."""


class CreatorTerms(Protocol):
    """The same, as subscribers read it; all nothing where an operator pays nobody."""

    pays: int
    pay_fen: int
    effort_yuan: float
    effort_spread_yuan: float


class Creator(Account, Protocol):
    """An account that may create; nothing of it is stored."""


class CreatorDiary(Diary, Protocol):
    """What an account created this month."""

    creates: int
    creates_anyway: int


@behaviour
def effort_yuan(a: Account, operator: int, m: MarketTables) -> float:
    """What creating costs somebody with the habit a month, net; fixed for life."""
    t = m.terms.creators[operator]
    z = normal(m.around.seed, a.who, 0, Purpose.CREATOR, 0)
    return t.effort_yuan + t.effort_spread_yuan * z


@behaviour
def gain_yuan(a: Account, operator: int, m: MarketTables) -> float:
    """What an operator's pay is worth to somebody, a month for the account, effort taken off."""
    t = m.terms.creators[operator]
    if t.pays == 0 or not has_scene(a, Scene.CREATING, m):
        return 0.0
    effort = effort_yuan(a, operator, m)
    return max(0.0, t.pay_fen / 100.0 - effort) - max(0.0, -effort)


@behaviour
def held_yuan(a: Creator, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """Pay at the own operator comes with every plan of it."""
    operator = m.offers.rows[offer].operator
    return gain_yuan(a, operator, m) / a.lines if operator == a.operator else 0.0


@behaviour
def joining_yuan(a: Creator, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """What another operator would pay."""
    operator = m.offers.rows[offer].operator
    return gain_yuan(a, operator, m) / a.lines if operator != a.operator else 0.0


@behaviour
def opens(a: Creator, d: CreatorDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Nothing has been made yet."""
    d.creates = 0
    d.creates_anyway = 0


@behaviour
def bills(a: Creator, d: CreatorDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Create, where it pays or is fun."""
    t = m.terms.creators[a.operator]
    if t.pays == 0 or not has_scene(a, Scene.CREATING, m):
        return
    effort = effort_yuan(a, a.operator, m)
    d.creates = 1 if effort < t.pay_fen / 100.0 or effort < 0.0 else 0
    d.creates_anyway = 1 if effort < 0.0 else 0


@behaviour
def counts(
    a: Creator, d: CreatorDiary, held: NDArray[np.int64], m: MarketTables, p: Behaviour
) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    held[a.operator, ACTIVE] += d.creates
    held[a.operator, ANYWAY] += d.creates_anyway
    held[a.operator, PAID_FEN] += d.creates * m.terms.creators[a.operator].pay_fen


def flows(sums: Mapping[str, int], terms: CreatorSettings) -> list[tuple[str, Flow, int]]:
    """Pay goes to people."""
    return [(SUBSCRIBERS, Flow.CREDIT, sums["creators_paid_fen"])]


def compiled(settings: CreatorSettings) -> dict[str, Any]:
    """Settings as `CreatorTerms`."""
    return {
        "pays": int(settings.pay_yuan > 0.0),
        "pay_fen": to_fen(settings.pay_yuan),
        "effort_yuan": settings.effort_yuan,
        "effort_spread_yuan": settings.effort_spread_yuan,
    }


CREATORS = Mechanism(
    name="creators", holds=Creator, notes=CreatorDiary,
    settings=CreatorSettings, terms=CreatorTerms, compiled=compiled,
    needs_scenes=lambda terms: True,  # noqa: ARG005 - whoever pays creators needs some
    measures=(
        Measured("creators_active"), Measured("creators_anyway"),
        Measured("creators_paid_fen", 0.01),
    ),
    flows=flows, held_yuan=held_yuan, joining_yuan=joining_yuan,
    opens=opens, bills=bills, counts=counts,
)  # fmt: skip
