"""How the starting population comes about: who people are, and where they stand at the start.

Accounts start on offers drawn from the same utility by which they later choose, without the cost of
moving; calibration shifts the appeals used here until operators' shares are the published ones
(Berry 1994).
"""

import math

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.billing import (
    carried_by_second_gb,
    expected_shortfall_yuan,
    plan_allowance_gb,
    plan_price_fen,
)
from agents.behaviour.environment import MarketTables, Surroundings
from agents.behaviour.preferences import Taste, benefit_liking, brand_liking, taste_of
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import may_hold_second
from agents.behaviour.valuation import (
    accepts,
    account_bill_fen,
    covers,
    is_customer_of,
    may_buy,
    plan_value_yuan,
)
from agents.fields import Account
from agents.limits import LONG_SINCE_LEFT, LONGEST_TENURE_AT_START, NO_REFERENCE
from agents.mechanisms.points import Collector, earned_points
from agents.state import Columns, Desk, load_account, save_account
from sim.compile import behaviour, kernel
from sim.draws import Purpose, gumbel, lognormal_around_one, normal_from, uniforms
from sim.lent import lent
from sim.offers import ANYBODYS
from sim.vocabulary import NOBODY, Segment


@behaviour
def first_plan(person: Account, taste: Taste, m: MarketTables, p: Behaviour) -> int:
    """The offer an account starts on: the best of all it may buy, or -1 if there is none."""
    o = m.offers
    s = m.around
    best_offer = NOBODY
    best = -1e300
    anywhere = person.broadband  # it would come from whom one is with, if that sells any
    for operator in range(len(s.firms)):
        if not covers(person.who, operator, person.region, s):
            continue
        if not accepts(person.who, operator, person.region, 0, s):
            continue
        liking = brand_liking(s.seed, person.who, operator, person.segment, p)
        sells_broadband = s.firms[operator].broadband_fen >= 0
        person.broadband = operator if anywhere >= 0 and sells_broadband else anywhere
        for offer in range(len(o.rows)):
            if o.rows[offer].operator != operator or o.rows[offer].newcomers_only == 1:
                continue
            if o.rows[offer].customers_of != ANYBODYS:  # nobody has come from anywhere yet
                continue
            if not may_buy(o, offer, person.segment, person.region):
                continue
            value = plan_value_yuan(o, offer, person, taste, liking, 0.0, 0.0, s, p)
            shock = gumbel(s.seed, person.who, 0, Purpose.BIRTH_CHOICE, o.rows[offer].key)
            value += taste.scale_yuan * shock
            if value > best:
                best = value
                best_offer = offer
    person.broadband = anywhere
    return best_offer


@behaviour
def first_second(person: Account, taste: Taste, m: MarketTables, p: Behaviour) -> int:
    """The second SIM an account starts with, or -1."""
    o = m.offers
    s = m.around
    growth = s.allowance_growth
    main_allowance = plan_allowance_gb(o, person.offer, 1, growth)
    fee = o.rows[person.offer].overage_fen_per_gb
    alone = expected_shortfall_yuan(person.usual_gb, main_allowance, fee, p)
    best_offer = NOBODY
    best = taste.scale_yuan * gumbel(s.seed, person.who, 0, Purpose.BIRTH_SECOND, 0)
    for offer in range(len(o.rows)):
        if o.rows[offer].second_line == 0 or o.rows[offer].operator == person.operator:
            continue
        if not is_customer_of(o, offer, person.operator, 0):
            continue
        if not may_buy(o, offer, person.segment, person.region):
            continue
        operator = o.rows[offer].operator
        if not covers(person.who, operator, person.region, s):
            continue
        if not accepts(person.who, operator, person.region, 0, s):
            continue
        carried = carried_by_second_gb(plan_allowance_gb(o, offer, 1, growth), person.usual_gb, p)
        rest = expected_shortfall_yuan(person.usual_gb - carried, main_allowance, fee, p)
        value = taste.second_yuan + o.rows[offer].appeal_yuan + alone - rest
        value += s.places[operator, person.region].appeal_yuan
        value -= plan_price_fen(o, offer, person.region, 1) / 100.0
        value += taste.scale_yuan * gumbel(
            s.seed, person.who, 0, Purpose.BIRTH_SECOND, o.rows[offer].key
        )
        if value > best:
            best = value
            best_offer = offer
    return best_offer


@kernel
def be_somebody(
    c: Columns,
    m: MarketTables,
    p: Behaviour,
    segment_edges: np.ndarray,
    household_lines: tuple[int, int],
    enterprise_lines: tuple[float, int],
    chances: tuple[float, float],
    start: int,
    stop: int,
) -> None:
    """Draw what never changes about accounts `start` to `stop`; `c.region` must be set.

    `segment_edges` are cumulative shares; `enterprise_lines` (mean, most); `chances` of consent and
    of household broadband.
    """
    m = lent(m)
    s = m.around
    for who in range(start, stop):
        kind, size, consents, wired = uniforms(s.seed, who, 0, Purpose.BIRTH, 0)
        u, v, _, _ = uniforms(s.seed, who, 0, Purpose.BIRTH, 1)
        segment = 0
        while kind >= segment_edges[segment] and segment < Segment.ENTERPRISE:
            segment += 1
        lines = 1
        if segment == Segment.HOUSEHOLD:
            lines = household_lines[0] + int(size * (household_lines[1] - household_lines[0] + 1))
        elif segment == Segment.ENTERPRISE:
            lines = min(
                enterprise_lines[1], 1 + int(0.5 - math.log(size) * (enterprise_lines[0] - 1.0))
            )
        c.segment[who] = segment
        c.lines[who] = lines
        c.consent[who] = 1 if consents < chances[0] else 0
        c.usage_gb[who] = p.usage_gb[segment] * lognormal_around_one(
            normal_from(u, v), p.usage_spread
        )
        owned = 0
        for benefit in range(len(s.services)):
            mean = s.services[benefit].liking_yuan[segment]
            if benefit_liking(s.seed, who, benefit, mean, p) > s.services[benefit].retail_yuan:
                owned |= 1 << benefit
        c.owned[who] = owned
        has_broadband = segment == Segment.HOUSEHOLD and wired < chances[1]
        c.broadband[who] = 0 if has_broadband else -1


@kernel
def take_first_plans(
    c: Columns,
    room: NDArray[np.float64],
    desk: Desk,
    m: MarketTables,
    p: Behaviour,
    churn_monthly: float,
    start: int,
    stop: int,
) -> int:
    """Put accounts `start` to `stop` on their starting plans, with a past.

    Returns how many found none. `room` and `desk` are for whoever's turn it is.
    """
    m = lent(m)
    s = m.around
    a = desk.account[0]
    without = 0
    for who in range(start, stop):
        a.who = who
        load_account(c, a, who)
        a.usual_gb = a.usage_gb * s.regions[a.region].regional_usage * s.usage_growth
        a.reference_fen = NO_REFERENCE
        a.satisfaction = p.usual_satisfaction
        a.broadband = _any_seller(s, who) if a.broadband >= 0 else NOBODY
        taste = taste_of(a, room, s, p)
        offer = first_plan(a, taste, m, p)
        if offer < 0:
            without += 1
            continue
        _come_to(a, offer, m)
        second = first_second(a, taste, m, p) if may_hold_second(a.segment, m) else NOBODY
        _give_past(a, churn_monthly, m, p)
        if second >= 0:
            a.second = second
            _, _, past, _ = uniforms(s.seed, who, 0, Purpose.BIRTH_LIFE, 0)
            a.second_tenure_months = int(-math.log(past) / churn_monthly)
        c.seen_operator[who] = a.operator
        save_account(c, a, who)
    return without


@behaviour
def _come_to(a: Account, offer: int, m: MarketTables) -> None:
    """Be on a plan, with broadband from its operator if that has any to give."""
    o = m.offers
    a.offer = offer
    a.operator = o.rows[offer].operator
    sells = m.around.firms[a.operator].broadband_fen >= 0
    if o.rows[offer].broadband == 1 or (a.broadband >= 0 and sells):
        a.broadband = a.operator


@behaviour
def _give_past(a: Collector, churn_monthly: float, m: MarketTables, p: Behaviour) -> None:
    """A past: tenure is geometric (constant hazard `churn_monthly`).

    What is left of a contract, and the points collected since they were last redeemed, follow.
    """
    plan = m.offers.rows[a.offer]
    past, since, _, _ = uniforms(m.around.seed, a.who, 0, Purpose.BIRTH_LIFE, 0)
    bill = account_bill_fen(m.offers, a.offer, a, m.around)
    tenure = min(LONGEST_TENURE_AT_START, int(-math.log(past) / churn_monthly))
    saved_months = min(float(tenure), -math.log(since) / max(p.redeem_chance, 1e-6))
    a.tenure_months = tenure
    a.contract_left = max(0, plan.contract_months - tenure)
    a.reference_fen = bill
    a.bill_fen = bill
    a.left_months = LONG_SINCE_LEFT
    a.points = int(earned_points(bill, plan.points_per_yuan) * saved_months)


@behaviour
def _any_seller(s: Surroundings, who: int) -> int:
    """Some operator that sells broadband, spread evenly over accounts; -1 if nobody does."""
    sellers = 0
    for operator in range(len(s.firms)):
        if s.firms[operator].broadband_fen >= 0:
            sellers += 1
    if sellers == 0:
        return -1
    pick = who % sellers
    for operator in range(len(s.firms)):
        if s.firms[operator].broadband_fen >= 0:
            if pick == 0:
                return operator
            pick -= 1
    return -1
