"""Loyalty points: earned by paying, redeemed now and then, lost on leaving."""

from typing import Annotated, Any, Protocol

import numpy as np

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Diary, Stored
from agents.mechanisms.mechanism import Mechanism
from sim.compile import behaviour
from sim.money import round_fen
from sim.vocabulary import Event, Measure


class Collector(Account, Protocol):
    """An account with points."""

    points: Annotated[int, Stored(np.int32, "loyalty points collected", "points")]


class PointsDiary(Diary, Protocol):
    """What points did this month."""

    earned: int
    redeemed: int


@behaviour
def earned_points(plan_fen: int, points_per_yuan: float) -> int:
    """Points that a payment earns."""
    return round_fen(plan_fen * points_per_yuan / 100.0)


@behaviour
def leaving_yuan(a: Collector, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """Points are lost with the operator."""
    return a.points * p.point_value_yuan


@behaviour
def moves(a: Collector, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who leaves leaves the points behind."""
    if d.left >= 0:
        a.points = 0


@behaviour
def closes(a: Collector, d: PointsDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Earn by paying; redeem all of them at once, sometimes."""
    d.earned = earned_points(d.net_fen, m.offers.rows[a.offer].points_per_yuan)
    a.points += d.earned
    d.redeemed = 0
    if a.points > 0 and d.redeem_luck < p.redeem_chance:
        d.redeemed = a.points
        a.points = 0
        d.events |= Event.REDEEMED


@behaviour
def counts(a: Collector, d: PointsDiary, k: Any, m: MarketTables, p: Behaviour) -> None:
    """Points earned and redeemed."""
    here = k.measures[a.operator, a.region, a.segment]
    here[Measure.POINTS_EARNED] += d.earned
    here[Measure.POINTS_REDEEMED] += d.redeemed


POINTS = Mechanism(
    name="points", holds=Collector, notes=PointsDiary, always=True,
    leaving_yuan=leaving_yuan, moves=moves, closes=closes, counts=counts,
)  # fmt: skip
