"""The month of many subscribers in NumPy alone: what the benchmark measures the engine against.

Whole columns, Boolean masks, accounts that look around gathered and their options valued at once.

It leaves out campaigns (calls, perks, save desks) and refuses a month that has any. The rest agrees
with the kernel: integers and decisions exactly for all but very few accounts (a test asks for
99.9 %), satisfaction within 1e-6. It need not be all of them: NumPy's vectorised exp, log and cos
may differ from the C library's in the last bit, and where two options are as good as equal, or an
amount lies on the border between two fen, that bit decides.
"""

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.limits import LONG_SINCE_LEFT, LONGEST_TENURE, NEAR_FRIENDS
from agents.population import counters_for, show_friends
from agents.state import Columns, MonthRecord, copy_columns, new_record
from agents.tallies import Counters
from experiments.studies.bench.vectorised.accounts import (
    Accounts,
    allowance_gb,
    operator_of,
    price_fen,
    read_accounts,
    round_fen,
    second_carries_gb,
    standalone_fen,
    used_gb,
)
from experiments.studies.bench.vectorised.choosing import (
    choose_main,
    choose_second,
    exit_fee_fen,
    known_operators,
    tastes_of,
)
from experiments.studies.bench.vectorised.counting import Bills, Months, count
from experiments.studies.bench.vectorised.draws import (
    Bools,
    Floats,
    Ints,
    lognormal_around_one,
    normal_from,
    uniform,
    uniforms,
)
from sim.draws import Purpose
from sim.errors import QuestionError
from sim.vocabulary import Event, Segment

_CHUNK = 32_768
"""Accounts at a time: few enough for temporary arrays to stay in the processor's cache."""


class VectorisedPopulation:
    """Subscribers as columns, their month in plain NumPy."""

    def __init__(self, columns: Columns, chunk: int = _CHUNK) -> None:
        self._columns = columns
        self.record = new_record(len(columns.segment))
        self.chunk = chunk

    def __len__(self) -> int:
        return len(self._columns.segment)

    def columns(self) -> Columns:
        """The state itself: callers must not write to it."""
        return self._columns

    def hold(self, mechanism: str) -> None:
        """Refuse: it can hold nothing beside what every market has. Raises `QuestionError`."""
        raise QuestionError(f"the vectorised population cannot hold '{mechanism}'")

    def fork(self) -> Self:
        """An independent population in the same state."""
        return type(self)(copy_columns(self._columns), self.chunk)

    def live(self, m: MarketTables, p: Behaviour, contact: NDArray[np.int16]) -> Counters:
        """Let everybody live a month; returns what was counted.

        Raises `QuestionError` if there is something it does not know: campaigns, limited coverage,
        appeal by region, plans that were switched off, exit fees paid by newcomers' operators.
        """
        firms: Any = m.around.firms
        places, rows = m.around.places, m.offers.rows[np.arange(len(m.offers.rows))]
        if (
            (places["coverage"] < 1.0).any()
            or (places["reluctance"] > 0.0).any()
            or places["appeal_yuan"].any()
            or (rows.on_sale < 0).any()
            or rows.pays_exit_fee_fen.any()
        ):
            raise QuestionError(
                "the vectorised population knows no coverage, reluctance, "
                "appeal by region, ended service or "
                "exit fees paid by others: give it a market without"
            )
        if m.around.endings.chance > 0.0:
            raise QuestionError("the vectorised population knows no lines that lapse")
        if m.around.mechanisms:
            raise QuestionError("the vectorised population knows no optional mechanisms")
        if (contact >= 0).any() or (self._columns.perk >= 0).any() or (firms.save_desk >= 0).any():
            raise QuestionError(
                "the vectorised population knows no campaigns: give it a month without"
            )
        counters = counters_for(m)
        for start, stop in self._chunks():
            _live(self._columns, self.record, counters, m, p, start, stop)
        show_friends(self._columns, self.record, m)
        return counters

    def _chunks(self) -> Iterator[tuple[int, int]]:
        for start in range(0, len(self), self.chunk):
            yield start, min(len(self), start + self.chunk)


def _live(
    c: Columns, r: MonthRecord, k: Counters, m: MarketTables, p: Behaviour, start: int, stop: int
) -> None:
    s = m.around
    here = slice(start, stop)
    before = read_accounts(c, m, start, stop)

    # use, suffer a fault, run out of data
    u, v, fault_luck, look_luck = uniforms(s.seed, before.who, s.month, Purpose.MONTH)
    wish = before.usual_gb * before.lines * lognormal_around_one(normal_from(u, v), p.usage_shock)
    fault = fault_luck < s.places.fault_rate[before.operator, before.region]
    carried = second_carries_gb(before.second, before.usual_gb, m, p)
    ran_out = wish - carried > allowance_gb(before.offer, before.lines, m)
    shock = c.bill_fen[here] > before.reference_fen * (1.0 + p.bill_shock_share)
    ended = before.contract_left == 1
    events = (
        fault * Event.FAULT
        + ran_out * Event.RAN_OUT
        + shock * Event.BILL_SHOCK
        + ended * Event.CONTRACT_END
    )

    # notice friends and adverts, perhaps look around
    friends = _friends(before, m)
    moved = c.seen_moved[friends].sum(axis=0)
    looks = look_luck < _look_chances(before, ended, shock, fault, moved, m, p)
    events[looks] |= Event.LOOKED

    # choose, stay or go
    rows = np.flatnonzero(looks)
    after, exit_fees = _decide(before, rows, c.seen_operator[friends[:, rows]], m, p)
    left = after.operator != before.operator
    events[left] |= Event.LEFT
    events[left & (after.operator == c.left_operator[here])] |= Event.RETURNED
    events[~left & (after.offer != before.offer)] |= Event.CHANGED_PLAN
    swapped = before.second != after.second
    events[swapped & (after.second >= 0)] |= Event.SECOND_ADDED
    events[swapped & (before.second >= 0)] |= Event.SECOND_DROPPED

    # pay
    bill = _bills(c, before, after, wish, here, m, p)

    # redeem, complain, remember
    active_luck, redeem_luck, complain_luck, _ = uniforms(
        s.seed, before.who, s.month, Purpose.AFTERMATH
    )
    contacts = c.contacts[here].astype(np.int64)
    satisfaction = _next_satisfaction(after, fault, shock, ran_out, contacts, m, p)
    unhappy = np.maximum(0.0, p.usual_satisfaction - satisfaction)
    chance = p.complaint_base + np.where(fault, p.complaint_fault, 0.0)
    events[complain_luck < chance + p.complaint_dissatisfied * unhappy] |= Event.COMPLAINED
    o: Any = m.offers.rows
    earned = round_fen(bill.net_fen * o.points_per_yuan[after.offer] / 100.0)
    points = after.points + earned
    redeems = (points > 0) & (redeem_luck < p.redeem_chance)
    events[redeems] |= Event.REDEEMED
    redeemed = np.where(redeems, points, 0)
    most = np.maximum(before.usual_gb * p.second_offload, 1e-300)
    idle = p.second_idle * (1.0 - np.minimum(1.0, bill.carried_gb / most))
    used = (after.second >= 0) & (active_luck >= idle)

    month = Months(before, events, satisfaction, exit_fees, earned, redeemed, used)
    _write_down(c, r, here, after, bill, month, m, p)
    count(k, after, bill, month, m, p)


def _write_down(
    c: Columns,
    r: MonthRecord,
    here: slice,
    after: Accounts,
    bill: Bills,
    month: Months,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """What accounts take into the next month, and the record of this one."""
    before = month.before
    left = after.operator != before.operator
    swapped = before.second != after.second
    mine = after.broadband == after.operator
    c.offer[here] = after.offer
    c.second[here] = after.second
    c.broadband[here] = after.broadband
    c.tenure_months[here] = np.where(left, 0, np.minimum(c.tenure_months[here] + 1, LONGEST_TENURE))
    tenure = np.minimum(c.second_tenure_months[here] + 1, LONGEST_TENURE)
    c.second_tenure_months[here] = np.where(swapped, 0, tenure)
    c.contract_left[here] = np.maximum(0, after.contract_left - 1)
    c.satisfaction[here] = month.satisfaction
    memory = p.reference_memory
    kept = round_fen(memory * before.reference_fen + (1.0 - memory) * c.bill_fen[here])
    chosen = price_fen(after.offer, after, m) + bill.standalone_fen
    c.reference_fen[here] = np.where(after.offer != before.offer, chosen, kept)
    c.bill_fen[here] = bill.net_fen + bill.standalone_fen
    c.points[here] = after.points + month.earned - month.redeemed
    c.welcome_left[here] = np.maximum(0, c.welcome_left[here] - 1)
    c.contacts[here] = c.contacts[here].astype(np.int64) // 2
    c.left_operator[here] = np.where(left, before.operator, c.left_operator[here])
    since = c.left_months[here]
    c.left_months[here] = np.where(left, 0, since + (since < LONG_SINCE_LEFT))
    r.events[here] = month.events
    r.main_fen[here] = bill.net_fen + np.where(mine, bill.standalone_fen, 0)
    r.second_fen[here] = bill.second_fen
    r.broadband_fen[here] = np.where(mine, 0, bill.standalone_fen)
    r.exit_fee_fen[here] = month.exit_fee_fen
    r.origin[here] = before.operator
    r.used_gb[here] = bill.used_gb


def _friends(a: Accounts, m: MarketTables) -> Ints:
    """Everybody's friends, `[friend, account]`, those met only this month last.

    Neighbours in a ring, every third one anywhere in the region; acquaintances are anywhere.
    """
    s = m.around
    regions: Any = s.regions
    first = regions.start[a.region]
    size = regions.end[a.region] - first
    luck = uniforms(s.seed, a.who, 0, Purpose.FRIENDS)
    friends = np.empty((s.friends + s.acquaintances, len(a.who)), dtype=np.int64)
    for k in range(s.friends):
        if k % 3 == 2:
            anywhere = (luck[0 if k < NEAR_FRIENDS else 1] * size).astype(np.int64)
            friends[k] = first + np.minimum(size - 1, anywhere)
        else:
            step = k // 3 + 1 if k % 3 == 0 else -(k // 3 + 1)
            friends[k] = first + (a.who - first + step) % size
    for k in range(s.acquaintances):
        met = (uniform(s.seed, a.who, s.month, Purpose.FRIENDS, 1 + k) * size).astype(np.int64)
        friends[s.friends + k] = first + np.minimum(size - 1, met)
    return friends


def _look_chances(
    a: Accounts,
    ended: Bools,
    shock: Bools,
    fault: Bools,
    moved: Ints,
    m: MarketTables,
    p: Behaviour,
) -> Floats:
    """Chance to look around: one minus the chance that no cause makes one look."""
    adverts = m.around.places.advert
    rivals = np.stack([np.delete(adverts, i, axis=0).sum(axis=0) for i in range(len(adverts))])
    keep = np.full(len(a.who), 1.0 - p.look_base)
    keep *= np.where(ended, 1.0 - p.look_contract_end, 1.0)
    keep *= np.where(shock, 1.0 - p.look_bill_shock, 1.0)
    keep *= np.where(fault, 1.0 - p.look_fault, 1.0)
    unhappy = np.maximum(0.0, p.usual_satisfaction - a.satisfaction) / p.usual_satisfaction
    keep *= 1.0 - p.look_dissatisfied * unhappy
    keep *= 1.0 - p.look_advert * np.minimum(1.0, rivals[a.operator, a.region])
    keep *= (1.0 - p.look_friend) ** moved
    return (1.0 - keep) * np.where(a.segment == Segment.ENTERPRISE, p.enterprise_pace, 1.0)


def _decide(
    before: Accounts, rows: Ints, seen: NDArray[np.int8], m: MarketTables, p: Behaviour
) -> tuple[Accounts, Ints]:
    """All accounts once those in `rows` have looked around, and the exit fees they pay.

    `seen` is `[friend, looking account]`: where its friends are.
    """
    o: Any = m.offers.rows
    looking = before.at(rows)
    taste = tastes_of(looking, m, p)
    friends = np.stack([(seen == operator).sum(axis=0) for operator in range(len(m.around.firms))])
    known = known_operators(looking, friends, m, p)
    offer = choose_main(looking, taste, friends, known, m, p)
    operator = o.operator[offer]
    changed, left = offer != looking.offer, operator != looking.operator
    settled = looking._replace(
        offer=offer,
        operator=operator,
        second=np.where(changed & (operator_of(looking.second, m) == operator), -1, looking.second),
        broadband=np.where(changed & (o.broadband[offer] == 1), operator, looking.broadband),
        contract_left=np.where(changed, o.contract_months[offer], looking.contract_left),
        satisfaction=np.where(left, p.usual_satisfaction, looking.satisfaction),
        points=np.where(left, 0, looking.points),
    )
    if m.around.second_lines == 1:
        persons = np.flatnonzero(looking.segment < Segment.HOUSEHOLD)
        gone = np.where(left, looking.operator, -1)[persons]
        settled.second[persons] = choose_second(
            settled.at(persons), gone, taste.at(persons), known[:, persons], m, p
        )
    after = before.copy()
    for column, values in zip(after, settled, strict=True):
        column[rows] = values
    exit_fees = np.zeros(len(before.who), dtype=np.int64)
    exit_fees[rows] = np.where(changed, exit_fee_fen(offer, looking, m), 0)
    return after, exit_fees


def _bills(
    c: Columns,
    before: Accounts,
    after: Accounts,
    wish: Floats,
    here: slice,
    m: MarketTables,
    p: Behaviour,
) -> Bills:
    """What everybody pays; newcomers' discounts start and end in `c`."""
    o: Any = m.offers.rows
    left = after.operator != before.operator
    moved = after.offer != before.offer
    c.welcome_fen[here] = np.where(left, o.welcome_fen[after.offer], c.welcome_fen[here])
    months = np.where(left, o.welcome_months[after.offer], 0)
    c.welcome_left[here] = np.where(moved, months, c.welcome_left[here])
    welcome = np.where(c.welcome_left[here] > 0, c.welcome_fen[here], 0)
    carried = second_carries_gb(after.second, after.usual_gb, m, p)
    beyond = np.maximum(0.0, wish - carried - allowance_gb(after.offer, after.lines, m))
    over = round_fen(beyond * (1.0 - p.restraint) * o.overage_fen_per_gb[after.offer])
    plan = price_fen(after.offer, after, m)
    second = np.where(after.second >= 0, m.offers.price_fen[after.second, after.region], 0)
    discount = np.minimum(welcome, plan + over)
    allowance = allowance_gb(after.offer, after.lines, m)
    used = used_gb(wish - carried, allowance, p)
    alone = standalone_fen(after.offer, after, m)
    return Bills(plan, over, discount, alone, second, carried, used)


def _next_satisfaction(
    a: Accounts,
    fault: Bools,
    shock: Bools,
    ran_out: Bools,
    contacts: Ints,
    m: MarketTables,
    p: Behaviour,
) -> Floats:
    quality = m.around.places.quality[a.operator, a.region]
    felt = p.satisfaction_base + p.satisfaction_quality * quality
    felt -= np.where(fault, p.satisfaction_fault, 0.0)
    felt -= np.where(shock, p.satisfaction_shock, 0.0)
    felt -= np.where(ran_out, p.satisfaction_ran_out, 0.0)
    felt -= p.satisfaction_contact * contacts
    felt = np.clip(felt, 0.0, 1.0)
    return p.satisfaction_memory * a.satisfaction + (1.0 - p.satisfaction_memory) * felt
