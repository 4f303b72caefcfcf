"""Newcomers' discounts: begin with a move from another operator, end with the plan."""

from typing import Annotated, Protocol

import numpy as np

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Diary, Stored
from agents.mechanisms.mechanism import Mechanism
from sim.compile import behaviour


class Newcomer(Account, Protocol):
    """An account with a newcomer's discount, or one that has run out."""

    welcome_fen: Annotated[int, Stored(np.int32, "newcomer's discount", "fen a month")]
    welcome_left: Annotated[int, Stored(np.int8, "that it still runs", "months")]


@behaviour
def joining_yuan(a: Newcomer, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """Worth per line of an offer's discount for newcomers, spread over people's horizon."""
    plan = m.offers.rows[offer]
    if plan.operator == a.operator:
        return 0.0
    months = min(float(plan.welcome_months), p.horizon_months)
    return plan.welcome_fen * months / (100.0 * p.horizon_months * a.lines)


@behaviour
def moves(a: Newcomer, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who comes from elsewhere gets it; another plan of the same operator ends it."""
    a.welcome_left = 0
    if d.left >= 0:
        a.welcome_fen = m.offers.rows[a.offer].welcome_fen
        a.welcome_left = m.offers.rows[a.offer].welcome_months


@behaviour
def bills(a: Newcomer, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Taken off the bill while it runs."""
    if a.welcome_left > 0:
        d.discount_fen += a.welcome_fen


@behaviour
def passes(a: Newcomer, d: Diary, x: int, m: MarketTables, p: Behaviour) -> None:
    """It runs a month less."""
    a.welcome_left = max(0, a.welcome_left - 1)


WELCOME = Mechanism(
    name="welcome", holds=Newcomer, always=True,
    joining_yuan=joining_yuan, moves=moves, bills=bills, passes=passes,
)  # fmt: skip
