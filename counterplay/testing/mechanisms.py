"""The contracts of a mechanism: what can be held, promised, collected or lost beside a plan."""

from typing import Any

import numpy as np

from agents.actions import Action, StartProgramme
from agents.fields import Account, stored_in
from agents.mechanisms.registry import MECHANISMS, OPTIONAL, measured, mechanism
from agents.observation import OperatorView, Strategy
from counterplay.testing.contracts import Month, need, need_conserved, need_same
from counterplay.testing.contracts import month_of as left_by
from counterplay.testing.contracts import trace as traced
from counterplay.testing.small_market import SmallMarket
from experiments.question.play import Playable
from sim.errors import QuestionError
from sim.names import unknown
from sim.schema import Settings

_LATER = 2
"""Month in which it is switched on, so that there is a before."""


def check_mechanism(
    name: str, terms: Settings | None = None, play: Playable | None = None, **asking: Any
) -> list[str]:
    """Check a mechanism's contracts in a small market; returns what was checked.

    Args:
        name: its name in `agents/mechanisms/registry.py`.
        terms: its settings, where they cannot be left out.
        play: a strategy that switches it on in month 2 or later; default: its programme is
            started in month 2.
        **asking: another market or size, as in `counterplay.compare`.

    Raises:
        ContractError: a contract is broken.
        UnknownNameError: there is no such mechanism.
        QuestionError: nobody can switch it on and no `play` is given.
    """
    known = [one.name for one in MECHANISMS]
    if name not in known:
        raise unknown("mechanism", name, known)
    small = SmallMarket.of(
        _switching(name, terms) if play is None else play, **{"months": 10} | asking
    )
    start = small.market()
    quiet_market = start.fork(small.players(None))
    quiet = traced(quiet_market, small.months)
    before = left_by(start)
    market = start.fork(small.players(small.strategy()))
    months = traced(market, small.months)
    done = []
    if name in OPTIONAL:
        _need_absent(name, [before, *quiet])
        need_same(quiet[:_LATER], months[:_LATER], "it acts before it is switched on", but=["log"])
        _need_at_work(name, months)
        done = ["off: no column and no bit", "on: it is counted"]
    need_conserved(market, before, months)
    small.need_one_engine(months)
    return [
        *done,
        "money, accounts and lines are conserved",
        "two threads are one",
        "engine and reference agree",
    ]


def _switching(name: str, terms: Settings | None) -> Strategy:
    schema = mechanism(name).settings
    if schema is None:
        raise QuestionError(
            f"mechanism '{name}': no operator can switch it on by itself; give `play`, a strategy "
            "that brings it about"
        )
    return _Switches(name, schema() if terms is None else terms)


class _Switches:
    """Starts one programme, once."""

    def __init__(self, name: str, terms: Settings) -> None:
        self.name, self.terms = name, terms

    def act(self, view: OperatorView) -> list[Action]:
        """The programme opens in month 2."""
        return [StartProgramme(self.name, self.terms)] if view.month == _LATER else []


def _need_absent(name: str, months: list[Month]) -> None:
    """While it is off nothing is allocated for it."""
    for column in _columns(name):
        held = max(len(month[f"state {column}"]) for month in months)
        need(held == 0, f"while it is off, everybody has a column '{column}'")


def _need_at_work(name: str, months: list[Month]) -> None:
    """What it counts, or else holds, is not nothing: or the other contracts said little."""
    places = list(measured(name).values())
    if not places and not _columns(name):
        return  # nothing of it is customers': what it does, its operator does
    counted = any(
        month["counted held"].size and month["counted held"][..., places].any() for month in months
    )
    columns = [month[f"state {column}"] for column in _columns(name) for month in months]
    held = any(len(column) and np.any(column != column[0]) for column in columns)
    need(counted or held, "switched on it does nothing in this market: give other terms or months")


def _columns(name: str) -> list[str]:
    """Its own columns of everybody's state: those that nothing else declares."""
    others = [one.holds for one in MECHANISMS if one.name != name]
    shared = {column for layout in (Account, *others) for column in stored_in(layout)}
    return [column for column in stored_in(mechanism(name).holds) if column not in shared]
