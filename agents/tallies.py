"""Adding up a month: what one account contributes to the tallies. Whole numbers only."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.preferences import would_cancel
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import granted_benefits, lines_with
from agents.fields import Account, Diary
from agents.mechanisms.registry import counts as _count_held
from sim.compile import behaviour
from sim.vocabulary import N_MEASURES, N_SEGMENTS, Event, Measure

_PROMOTER = 0.80
_DETRACTOR = 0.60


class Counters(NamedTuple):
    """Where a month is added up. All integers, so sums do not depend on order or on threads."""

    measures: NDArray[np.int64]  # [operator, region, segment, measure]
    offers: NDArray[np.int64]  # [offer, (accounts, lines, second lines, megabytes)]
    moves: NDArray[np.int64]  # [from operator, to operator] main lines
    benefits: NDArray[
        np.int64
    ]  # [operator, benefit, (accounts given it, of these cancelled their own)]
    direct: NDArray[np.int64]  # [benefit] accounts that pay the partner directly
    campaigns: NDArray[np.int64]  # [campaign, (accepted, credit fen, discount fen, saved)]
    held: NDArray[np.int64]  # [operator, region, segment, measure of an optional mechanism]


def new_counters(
    n_operators: int, n_regions: int, n_offers: int, n_benefits: int, n_campaigns: int, n_held: int
) -> Counters:
    """Empty counters for a market of that size."""

    def zeros(*shape: int) -> NDArray[np.int64]:
        return np.zeros(shape, dtype=np.int64)

    return Counters(
        zeros(n_operators, n_regions, N_SEGMENTS, N_MEASURES),
        zeros(n_offers, 4),
        zeros(n_operators, n_operators),
        zeros(n_operators, n_benefits, 2),
        zeros(n_benefits),
        zeros(max(1, n_campaigns), 4),
        zeros(n_operators, n_regions, N_SEGMENTS, n_held),
    )


def add_counters(parts: list[Counters]) -> Counters:
    """The sum of the counters of several chunks."""
    return Counters._make(np.sum(arrays, axis=0) for arrays in zip(*parts, strict=True))


@behaviour
def count_account(k: Counters, a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """Add one account's month to the counters (in place)."""
    o = m.offers
    here = k.measures[a.operator, a.region, a.segment]
    _count_stock(here, a, d, m, p)
    _count_money(here, a, d, m)
    _count_life(here, a.lines, d.events)
    _count_moves(k, a, d, m)
    offer = k.offers[a.offer]
    offer[0] += 1
    offer[1] += a.lines
    offer[3] += _megabytes(d.used_gb)
    if a.second >= 0:
        k.offers[a.second, 2] += 1
        second = k.measures[o.rows[a.second].operator, a.region, a.segment]
        second[Measure.LINES] += 1
        second[Measure.SECOND_LINES] += 1
        second[Measure.ACTIVE_LINES] += d.second_used
        second[Measure.MOBILE_FEN] += d.second_fen
        second[Measure.TRAFFIC_MB] += _megabytes(d.carried_gb)
    if a.broadband >= 0:
        supplier = k.measures[a.broadband, a.region, a.segment]
        supplier[Measure.BROADBAND_LINES] += 1
        supplier[Measure.BROADBAND_FEN] += d.standalone_fen
        if a.broadband == a.operator:
            supplier[Measure.CONVERGED] += 1
    _count_benefits(k, a, d, m, p)
    _count_held(a, d, k, m, p)


@behaviour
def _megabytes(gb: float) -> int:
    return int(gb * 1000.0)


@behaviour
def _count_stock(
    here: NDArray[np.int64], a: Account, d: Diary, m: MarketTables, p: Behaviour
) -> None:
    here[Measure.ACCOUNTS] += 1
    here[Measure.LINES] += a.lines
    if d.silent == 0 and d.unused == 0:
        here[Measure.ACTIVE_LINES] += a.lines
    if a.contract_left > 0:
        here[Measure.CONTRACT_LINES] += a.lines
    here[Measure.TRAFFIC_MB] += _megabytes(d.used_gb)
    here[Measure.SATISFACTION] += int(d.satisfaction * 10_000.0)
    if d.satisfaction >= _PROMOTER:
        here[Measure.PROMOTERS] += 1
    elif d.satisfaction < _DETRACTOR:
        here[Measure.DETRACTORS] += 1
    if granted_benefits(a, d, m, p) != 0 or m.offers.rows[a.offer].broadband == 1:
        here[Measure.WITH_BENEFIT] += 1


@behaviour
def _count_money(here: NDArray[np.int64], a: Account, d: Diary, m: MarketTables) -> None:
    broadband = 0
    if m.offers.rows[a.offer].broadband == 1:
        broadband = min(m.offers.rows[a.offer].broadband_part_fen, d.net_fen)
    here[Measure.MOBILE_FEN] += d.net_fen - broadband
    here[Measure.BROADBAND_FEN] += broadband
    here[Measure.OVERAGE_FEN] += d.overage_fen
    here[Measure.PACK_FEN] += d.pack_fen
    here[Measure.DISCOUNT_FEN] += d.discount_fen


@behaviour
def _count_life(here: NDArray[np.int64], lines: int, events: int) -> None:
    if events & Event.COMPLAINED:
        here[Measure.COMPLAINTS] += 1
    if events & Event.FAULT:
        here[Measure.FAULTS] += 1
    if events & Event.LOOKED:
        here[Measure.LOOKED] += 1
    if events & Event.CONTACTED:
        here[Measure.CONTACTS] += 1
    if events & Event.ACCEPTED:
        here[Measure.ACCEPTED] += 1
    if events & Event.CHANGED_PLAN:
        here[Measure.PLAN_CHANGES] += lines
    if events & Event.RAN_OUT:
        here[Measure.RAN_OUT] += 1
    if events & Event.BILL_SHOCK:
        here[Measure.BILL_SHOCKS] += 1


@behaviour
def _count_moves(k: Counters, a: Account, d: Diary, m: MarketTables) -> None:
    """Lines that came and went, by operator: what an account holds now against what it held."""
    o = m.offers
    was_second = o.rows[d.before_second].operator if d.before_second >= 0 else -1
    is_second = o.rows[a.second].operator if a.second >= 0 else -1
    if d.origin != a.operator:
        k.moves[d.origin, a.operator] += a.lines
        if d.ended == 0:
            k.measures[d.origin, a.region, a.segment, Measure.PORTED_OUT] += a.lines
            k.measures[a.operator, a.region, a.segment, Measure.PORTED_IN] += a.lines
    if d.exit_fee_fen > 0:
        _count_exit_fee(k, a, d, o.rows[a.offer].pays_exit_fee_fen * a.lines)
    if d.ended == 1 or d.second_ended == 1 or d.replaced > 0:
        _count_endings(k, was_second, is_second, a, d)
        return
    if d.origin == a.operator and was_second == is_second:
        return
    for operator in range(k.moves.shape[0]):
        _count_lines(k, operator, was_second, is_second, a, d)
    if was_second != is_second:
        if is_second >= 0:
            k.measures[is_second, a.region, a.segment, Measure.SECOND_ADDS] += 1
        if was_second >= 0:
            k.measures[was_second, a.region, a.segment, Measure.SECOND_DROPS] += 1


@behaviour
def _count_exit_fee(k: Counters, a: Account, d: Diary, most_paid_fen: int) -> None:
    """The fee to who was left; its part that the new operator pays."""
    k.measures[d.origin, a.region, a.segment, Measure.EXIT_FEE_FEN] += d.exit_fee_fen
    if d.origin != a.operator:
        here = k.measures[a.operator, a.region, a.segment]
        here[Measure.CREDIT_FEN] += min(most_paid_fen, d.exit_fee_fen)


@behaviour
def _count_endings(k: Counters, was_second: int, is_second: int, a: Account, d: Diary) -> None:
    """Lines that came and went in a month in which some lapsed: each is counted at its operator.

    A line that is ended and taken again at the same operator is one lost and one won, as operators
    count them. Nothing is netted, as it is where somebody only changes which line is the main one.
    """
    lost = d.replaced
    if d.ended == 1 or d.origin != a.operator:
        lost += a.lines
    if d.ended == 1 or d.replaced > 0:
        k.measures[d.origin, a.region, a.segment, Measure.LAPSED_LINES] += (
            a.lines if d.ended == 1 else d.replaced
        )
    k.measures[d.origin, a.region, a.segment, Measure.CHURNED_LINES] += lost
    k.measures[d.origin, a.region, a.segment, Measure.GROSS_ADDS] += d.replaced
    k.measures[a.operator, a.region, a.segment, Measure.GROSS_ADDS] += lost - d.replaced
    if d.second_ended == 0 and was_second == is_second:
        return
    if was_second >= 0:
        there = k.measures[was_second, a.region, a.segment]
        there[Measure.CHURNED_LINES] += 1
        there[Measure.SECOND_DROPS] += 1
        there[Measure.LAPSED_LINES] += d.second_ended
    if is_second >= 0:
        here = k.measures[is_second, a.region, a.segment]
        here[Measure.GROSS_ADDS] += 1
        here[Measure.GROSS_ADDS_SECOND] += 1
        here[Measure.SECOND_ADDS] += 1


@behaviour
def _count_lines(
    k: Counters, operator: int, was_second: int, is_second: int, a: Account, d: Diary
) -> None:
    """Lines that one operator won or lost with an account."""
    change = lines_with(operator, a.operator, a.lines, is_second) - lines_with(
        operator, d.origin, a.lines, was_second
    )
    there = k.measures[operator, a.region, a.segment]
    if change > 0:
        there[Measure.GROSS_ADDS] += change
        if operator == is_second and operator != a.operator:
            there[Measure.GROSS_ADDS_SECOND] += change
    elif change < 0:
        there[Measure.CHURNED_LINES] -= change


@behaviour
def _count_benefits(k: Counters, a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    given = granted_benefits(a, d, m, p)
    for benefit in range(len(m.around.services)):
        has = (a.owned >> benefit) & 1 == 1
        cancelled = False
        if (given >> benefit) & 1:
            k.benefits[a.operator, benefit, 0] += 1
            if has and would_cancel(m.around.seed, a.who, benefit, p):
                cancelled = True
                k.benefits[a.operator, benefit, 1] += 1
        if has and not cancelled:
            k.direct[benefit] += 1
