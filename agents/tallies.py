"""Adding up a month: what one account contributes to the tallies. Whole numbers only."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables, Person
from agents.behaviour.preferences import would_cancel
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import Bill, granted_benefits, lines_with
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


class Month(NamedTuple):
    """Results of one account's month that are not part of its state."""

    origin: int
    before_second: int
    events: int
    satisfaction: float
    exit_fee_fen: int
    credited: int  # campaign whose promise was taken this month, or -1
    earned: int
    redeemed: int
    second_used: bool


def new_counters(
    n_operators: int, n_regions: int, n_offers: int, n_benefits: int, n_campaigns: int
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
    )


def add_counters(parts: list[Counters]) -> Counters:
    """The sum of the counters of several chunks."""
    return Counters._make(np.sum(arrays, axis=0) for arrays in zip(*parts, strict=True))


@behaviour
def count_account(
    k: Counters, person: Person, bill: Bill, month: Month, m: MarketTables, p: Behaviour
) -> None:
    """Add one account's month to the counters (in place)."""
    o = m.offers
    here = k.measures[person.operator, person.region, person.segment]
    lines = person.lines
    _count_stock(here, person, bill, month, m)
    _count_money(here, person, bill, month, m)
    _count_life(here, lines, month)
    _count_moves(k, person, month, m)
    offer = k.offers[person.offer]
    offer[0] += 1
    offer[1] += lines
    offer[3] += _megabytes(bill.used_gb)
    if person.second >= 0:
        k.offers[person.second, 2] += 1
        second = k.measures[o.rows[person.second].operator, person.region, person.segment]
        second[Measure.LINES] += 1
        second[Measure.SECOND_LINES] += 1
        second[Measure.ACTIVE_LINES] += 1 if month.second_used else 0
        second[Measure.MOBILE_FEN] += bill.second_fen
        second[Measure.TRAFFIC_MB] += _megabytes(bill.carried_gb)
    if person.broadband >= 0:
        supplier = k.measures[person.broadband, person.region, person.segment]
        supplier[Measure.BROADBAND_LINES] += 1
        supplier[Measure.BROADBAND_FEN] += bill.standalone_fen
        if person.broadband == person.operator:
            supplier[Measure.CONVERGED] += 1
    _count_benefits(k, person, m, p)
    _count_campaign(k, person, bill, month, m)


@behaviour
def _megabytes(gb: float) -> int:
    return int(gb * 1000.0)


@behaviour
def _count_stock(
    here: NDArray[np.int64], person: Person, bill: Bill, month: Month, m: MarketTables
) -> None:
    here[Measure.ACCOUNTS] += 1
    here[Measure.LINES] += person.lines
    here[Measure.ACTIVE_LINES] += person.lines
    if person.contract_left > 0:
        here[Measure.CONTRACT_LINES] += person.lines
    here[Measure.TRAFFIC_MB] += _megabytes(bill.used_gb)
    here[Measure.SATISFACTION] += int(month.satisfaction * 10_000.0)
    if month.satisfaction >= _PROMOTER:
        here[Measure.PROMOTERS] += 1
    elif month.satisfaction < _DETRACTOR:
        here[Measure.DETRACTORS] += 1
    if granted_benefits(person, m) != 0 or m.offers.rows[person.offer].broadband == 1:
        here[Measure.WITH_BENEFIT] += 1


@behaviour
def _count_money(
    here: NDArray[np.int64], person: Person, bill: Bill, month: Month, m: MarketTables
) -> None:
    net = bill.plan_fen + bill.overage_fen + bill.pack_fen - bill.discount_fen
    broadband = 0
    if m.offers.rows[person.offer].broadband == 1:
        broadband = min(m.offers.rows[person.offer].broadband_part_fen, net)
    here[Measure.MOBILE_FEN] += net - broadband
    here[Measure.BROADBAND_FEN] += broadband
    here[Measure.OVERAGE_FEN] += bill.overage_fen
    here[Measure.PACK_FEN] += bill.pack_fen
    here[Measure.DISCOUNT_FEN] += bill.discount_fen
    here[Measure.POINTS_EARNED] += month.earned
    here[Measure.POINTS_REDEEMED] += month.redeemed


@behaviour
def _count_life(here: NDArray[np.int64], lines: int, month: Month) -> None:
    events = month.events
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
def _count_moves(k: Counters, person: Person, month: Month, m: MarketTables) -> None:
    """Lines that came and went, by operator: what an account holds now against what it held."""
    o = m.offers
    was_second = o.rows[month.before_second].operator if month.before_second >= 0 else -1
    is_second = o.rows[person.second].operator if person.second >= 0 else -1
    if month.origin != person.operator:
        k.moves[month.origin, person.operator] += person.lines
    if month.exit_fee_fen > 0:
        left = k.measures[month.origin, person.region, person.segment]
        left[Measure.EXIT_FEE_FEN] += month.exit_fee_fen
        if month.origin != person.operator:
            most = o.rows[person.offer].pays_exit_fee_fen * person.lines
            here = k.measures[person.operator, person.region, person.segment]
            here[Measure.CREDIT_FEN] += min(most, month.exit_fee_fen)
    if month.origin == person.operator and was_second == is_second:
        return
    for operator in range(k.moves.shape[0]):
        _count_lines(k, operator, was_second, is_second, person, month)
    if was_second != is_second:
        if is_second >= 0:
            k.measures[is_second, person.region, person.segment, Measure.SECOND_ADDS] += 1
        if was_second >= 0:
            k.measures[was_second, person.region, person.segment, Measure.SECOND_DROPS] += 1


@behaviour
def _count_lines(
    k: Counters, operator: int, was_second: int, is_second: int, person: Person, month: Month
) -> None:
    """Lines that one operator won or lost with an account."""
    change = lines_with(operator, person.operator, person.lines, is_second) - lines_with(
        operator, month.origin, person.lines, was_second
    )
    there = k.measures[operator, person.region, person.segment]
    if change > 0:
        there[Measure.GROSS_ADDS] += change
        if operator == is_second and operator != person.operator:
            there[Measure.GROSS_ADDS_SECOND] += change
    elif change < 0:
        there[Measure.CHURNED_LINES] -= change


@behaviour
def _count_benefits(k: Counters, person: Person, m: MarketTables, p: Behaviour) -> None:
    given = granted_benefits(person, m)
    for benefit in range(len(m.around.services)):
        has = (person.owned >> benefit) & 1 == 1
        cancelled = False
        if (given >> benefit) & 1:
            k.benefits[person.operator, benefit, 0] += 1
            if has and would_cancel(m.around.seed, person.who, benefit, p):
                cancelled = True
                k.benefits[person.operator, benefit, 1] += 1
        if has and not cancelled:
            k.direct[benefit] += 1


@behaviour
def _count_campaign(k: Counters, person: Person, bill: Bill, month: Month, m: MarketTables) -> None:
    if month.credited >= 0:
        campaign = k.campaigns[month.credited]
        credit = m.campaigns[month.credited].credit_fen * person.lines
        campaign[0] += 1
        campaign[1] += credit
        payer = m.campaigns[month.credited].operator  # who took it may have left in the same month
        k.measures[payer, person.region, person.segment, Measure.CREDIT_FEN] += credit
        if m.around.firms[payer].save_desk[person.segment] == month.credited:
            campaign[3] += 1
    if person.perk >= 0:
        discount = m.campaigns[person.perk].discount_fen * person.lines
        k.campaigns[person.perk, 2] += min(discount, bill.discount_fen)
