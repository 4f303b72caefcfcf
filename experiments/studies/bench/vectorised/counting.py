"""Adding up a month over arrays: the same whole numbers as `agents.tallies`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.tallies import Counters
from experiments.studies.bench.vectorised.accounts import Accounts, operator_of
from experiments.studies.bench.vectorised.draws import Floats, Ints, uniform
from sim.draws import Purpose
from sim.vocabulary import Event, Measure


class Bills(NamedTuple):
    """What accounts pay this month, in whole fen, and what their second SIM carries."""

    plan_fen: Ints
    overage_fen: Ints
    discount_fen: Ints
    standalone_fen: Ints
    second_fen: Ints
    carried_gb: Floats
    used_gb: Floats

    @property
    def net_fen(self) -> Ints:
        """Paid for the plan, discounts off."""
        return self.plan_fen + self.overage_fen - self.discount_fen


class Months(NamedTuple):
    """Where accounts stood when the month began, and what it brought beside their new state."""

    before: Accounts
    events: Ints
    satisfaction: Floats
    exit_fee_fen: Ints
    earned: Ints
    redeemed: Ints
    second_used: NDArray[np.bool_]


_SATISFIED = (0.80, 0.60)
_EVENTS = {
    Event.COMPLAINED: Measure.COMPLAINTS,
    Event.FAULT: Measure.FAULTS,
    Event.LOOKED: Measure.LOOKED,
    Event.RAN_OUT: Measure.RAN_OUT,
    Event.BILL_SHOCK: Measure.BILL_SHOCKS,
}


def megabytes(gb: Floats) -> Ints:
    """Whole megabytes."""
    return (gb * 1000.0).astype(np.int64)


class _Measures:
    """Sums by operator, region and segment; those in double precision are exact here."""

    def __init__(self, k: Counters, a: Accounts) -> None:
        n_operators, n_regions, n_segments, n_measures = k.measures.shape
        self._sums = k.measures.reshape(-1, n_measures)
        self._main = a.operator
        self._home = a.region * n_segments + a.segment
        self._cells = n_regions * n_segments
        self._all = n_operators * self._cells

    def add(self, measure: Measure, operator: Ints, rows: Any, weights: Any = None) -> None:
        """Count accounts in `rows`, or add up their `weights`, at the operators given."""
        cell = operator * self._cells + self._home[rows]
        self._sums[:, measure] += np.bincount(cell, weights, self._all).astype(np.int64)

    def everybody(self, measure: Measure, weights: Any = None) -> None:
        """Count all accounts, or add up their weights, at their main operators."""
        self.add(measure, self._main, slice(None), weights)

    def those(self, measure: Measure, who: Any, weights: Any = None) -> None:
        """The same for those accounts of whom something is true."""
        rows = np.flatnonzero(who)
        self.add(measure, self._main[rows], rows, None if weights is None else weights[rows])


def count(
    k: Counters, a: Accounts, bill: Bills, month: Months, m: MarketTables, p: Behaviour
) -> None:
    """Add everybody's month to the counters, in place."""
    o: Any = m.offers.rows
    firms: Any = m.around.firms
    to = _Measures(k, a)
    net = bill.net_fen
    included = o.broadband[a.offer] == 1
    part = np.where(included, np.minimum(o.broadband_part_fen[a.offer], net), 0)
    given = o.benefits[a.offer] & firms.supplied[a.operator]
    traffic = megabytes(bill.used_gb)
    to.everybody(Measure.ACCOUNTS)
    to.everybody(Measure.LINES, a.lines)
    to.everybody(Measure.ACTIVE_LINES, a.lines)
    to.everybody(Measure.TRAFFIC_MB, traffic)
    to.everybody(Measure.SATISFACTION, (month.satisfaction * 10_000.0).astype(np.int64))
    to.everybody(Measure.MOBILE_FEN, net - part)
    to.everybody(Measure.OVERAGE_FEN, bill.overage_fen)
    to.everybody(Measure.POINTS_EARNED, month.earned)
    to.those(Measure.BROADBAND_FEN, included, part)
    to.those(Measure.DISCOUNT_FEN, bill.discount_fen > 0, bill.discount_fen)
    to.those(Measure.POINTS_REDEEMED, month.redeemed > 0, month.redeemed)
    to.those(Measure.CONTRACT_LINES, a.contract_left > 0, a.lines)
    to.those(Measure.PROMOTERS, month.satisfaction >= _SATISFIED[0])
    to.those(Measure.DETRACTORS, month.satisfaction < _SATISFIED[1])
    to.those(Measure.WITH_BENEFIT, (given != 0) | included)
    to.those(Measure.PLAN_CHANGES, month.events & Event.CHANGED_PLAN, a.lines)
    for event, measure in _EVENTS.items():
        to.those(measure, month.events & event)
    for column, weights in ((0, None), (1, a.lines), (3, traffic)):
        k.offers[:, column] += np.bincount(a.offer, weights, len(k.offers)).astype(np.int64)
    _count_beside(k, to, a, bill, month, m)
    _count_moves(k, to, a, month, m)
    _count_benefits(k, a, given, m, p)


def _count_beside(
    k: Counters, to: _Measures, a: Accounts, bill: Bills, month: Months, m: MarketTables
) -> None:
    """Second SIMs and broadband, at those who supply them."""
    o: Any = m.offers.rows
    two = np.flatnonzero(a.second >= 0)
    second = a.second[two]
    supplier = o.operator[second]
    k.offers[:, 2] += np.bincount(second, minlength=len(k.offers))
    to.add(Measure.LINES, supplier, two)
    to.add(Measure.SECOND_LINES, supplier, two)
    to.add(Measure.ACTIVE_LINES, supplier, two, month.second_used[two])
    to.add(Measure.MOBILE_FEN, supplier, two, bill.second_fen[two])
    to.add(Measure.TRAFFIC_MB, supplier, two, megabytes(bill.carried_gb[two]))
    wired = np.flatnonzero(a.broadband >= 0)
    to.add(Measure.BROADBAND_LINES, a.broadband[wired], wired)
    to.add(Measure.BROADBAND_FEN, a.broadband[wired], wired, bill.standalone_fen[wired])
    to.those(Measure.CONVERGED, a.broadband == a.operator)


def _count_moves(k: Counters, to: _Measures, a: Accounts, month: Months, m: MarketTables) -> None:
    """Lines that came and went: what accounts hold after, against what they held before."""
    origin = month.before.operator
    was, now = operator_of(month.before.second, m), operator_of(a.second, m)
    moved = np.flatnonzero(origin != a.operator)
    np.add.at(k.moves, (origin[moved], a.operator[moved]), a.lines[moved])
    paid = np.flatnonzero(month.exit_fee_fen)
    to.add(Measure.EXIT_FEE_FEN, origin[paid], paid, month.exit_fee_fen[paid])
    rows = np.flatnonzero((origin != a.operator) | (was != now))
    lines = a.lines[rows]
    for operator in range(len(k.moves)):
        after = lines * (a.operator[rows] == operator) + (now[rows] == operator)
        before = lines * (origin[rows] == operator) + (was[rows] == operator)
        there = np.full(len(rows), operator)
        to.add(Measure.GROSS_ADDS, there, rows, np.maximum(after - before, 0))
        to.add(Measure.CHURNED_LINES, there, rows, np.maximum(before - after, 0))
        fresh = (after > before) & (now[rows] == operator) & (a.operator[rows] != operator)
        to.add(Measure.GROSS_ADDS_SECOND, there, rows, (after - before) * fresh)
    for measure, holder in ((Measure.SECOND_ADDS, now), (Measure.SECOND_DROPS, was)):
        changed = np.flatnonzero((was != now) & (holder >= 0))
        to.add(measure, holder[changed], changed)


def _count_benefits(k: Counters, a: Accounts, given: Ints, m: MarketTables, p: Behaviour) -> None:
    for benefit in range(len(m.around.services)):
        gets = (given >> benefit) & 1 == 1
        owns = (a.owned >> benefit) & 1 == 1
        doubled = np.flatnonzero(gets & owns)
        luck = uniform(m.around.seed, a.who[doubled], 1, Purpose.BENEFIT, benefit)
        cancelled = doubled[luck < p.overlap_cancel]
        for column, operators in ((0, a.operator[gets]), (1, a.operator[cancelled])):
            k.benefits[:, benefit, column] += np.bincount(operators, minlength=len(k.benefits))
        k.direct[benefit] += np.count_nonzero(owns) - len(cancelled)
