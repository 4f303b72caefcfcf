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
from agents.behaviour.environment import MarketTables, Person, Surroundings
from agents.behaviour.preferences import Taste, benefit_liking, brand_liking, taste_of
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import earned_points, may_hold_second, standing
from agents.behaviour.valuation import account_bill_fen, covers, may_buy, plan_value_yuan
from agents.state import Columns
from sim.compile import behaviour, kernel, whole
from sim.draws import Purpose, gumbel, lognormal_around_one, normal_from, uniforms
from sim.vocabulary import NOBODY, Segment

_NO_REFERENCE = 2_000_000_000
_LONGEST_TENURE = 240


@behaviour
def first_plan(person: Person, taste: Taste, m: MarketTables, p: Behaviour) -> int:
    """The offer an account starts on: the best of all it may buy, or -1 if there is none."""
    o = m.offers
    s = m.around
    best_offer = NOBODY
    best = -1e300
    for operator in range(len(s.firms)):
        if not covers(person.who, operator, person.region, s):
            continue
        liking = brand_liking(s.seed, person.who, operator, person.segment, p)
        at_home = _with_broadband_of(person, operator, s.firms[operator].broadband_fen)
        for offer in range(len(o.rows)):
            if o.rows[offer].operator != operator or o.rows[offer].newcomers_only == 1:
                continue
            if not may_buy(o, offer, person.segment, person.region):
                continue
            value = plan_value_yuan(o, offer, at_home, taste, liking, 0.0, 0.0, s, p)
            shock = gumbel(s.seed, person.who, 0, Purpose.BIRTH_CHOICE, o.rows[offer].key)
            value += taste.scale_yuan * shock
            if value > best:
                best = value
                best_offer = offer
    return best_offer


@behaviour
def _with_broadband_of(person: Person, operator: int, standalone_fen: int) -> Person:
    """The person with its broadband, if it has any, moved to that operator, if that sells any."""
    supplier = operator if person.broadband >= 0 and standalone_fen >= 0 else person.broadband
    return standing(
        person,
        person.offer,
        person.operator,
        person.second,
        supplier,
        person.contract_left,
        person.reference_fen,
        person.satisfaction,
        person.points,
        person.perk,
        person.perk_left,
    )


@behaviour
def first_second(person: Person, taste: Taste, m: MarketTables, p: Behaviour) -> int:
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
        if not may_buy(o, offer, person.segment, person.region):
            continue
        operator = o.rows[offer].operator
        if not covers(person.who, operator, person.region, s):
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
    m: MarketTables,
    p: Behaviour,
    churn_monthly: float,
    start: int,
    stop: int,
) -> int:
    """Put accounts `start` to `stop` on their starting plans, with a past.

    Returns how many found none. Tenure is geometric (constant hazard `churn_monthly`); what is left
    of a contract, and the points collected since they were last redeemed, follow from it. `room` is
    for whoever is choosing (see `taste_of`).
    """
    o = m.offers
    s = m.around
    without = 0
    for who in range(start, stop):
        segment = whole(c.segment[who])
        region = whole(c.region[who])
        usual = np.float64(c.usage_gb[who]) * s.regions[region].regional_usage * s.usage_growth
        anywhere = _any_seller(s, who) if c.broadband[who] >= 0 else -1
        person = Person(
            who, segment, region, whole(c.lines[who]), usual, whole(c.owned[who]),
            -1, -1, -1, anywhere, 0, _NO_REFERENCE, p.usual_satisfaction, 0, -1, 0,
        )  # fmt: skip
        taste = taste_of(person, room, s, p)
        offer = first_plan(person, taste, m, p)
        if offer < 0:
            without += 1
            continue
        operator = o.rows[offer].operator
        broadband = anywhere
        if o.rows[offer].broadband == 1 or (anywhere >= 0 and s.firms[operator].broadband_fen >= 0):
            broadband = operator
        settled = Person(
            who, segment, region, whole(c.lines[who]), usual, whole(c.owned[who]),
            offer, operator, -1, broadband, 0, _NO_REFERENCE, p.usual_satisfaction, 0, -1, 0,
        )  # fmt: skip
        past, since, second_past, _ = uniforms(s.seed, who, 0, Purpose.BIRTH_LIFE, 0)
        tenure = min(_LONGEST_TENURE, int(-math.log(past) / churn_monthly))
        bill = account_bill_fen(o, offer, settled, s)
        saved_months = min(float(tenure), -math.log(since) / max(p.redeem_chance, 1e-6))
        c.offer[who] = offer
        c.broadband[who] = broadband
        c.tenure_months[who] = tenure
        c.contract_left[who] = max(0, o.rows[offer].contract_months - tenure)
        c.satisfaction[who] = p.usual_satisfaction
        c.reference_fen[who] = bill
        c.bill_fen[who] = bill
        c.points[who] = int(earned_points(bill, o.rows[offer].points_per_yuan) * saved_months)
        c.seen_operator[who] = operator
        c.left_months[who] = 255
        if may_hold_second(segment, m):
            c.second[who] = first_second(settled, taste, m, p)
            if c.second[who] >= 0:
                c.second_tenure_months[who] = int(-math.log(second_past) / churn_monthly)
    return without


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
