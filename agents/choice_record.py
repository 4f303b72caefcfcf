"""Choice situations, replayed: what somebody compared this month, and what each offer was like.

The month itself is left alone. From the state before it, the same stages are lived again up to the
choice, and the same behaviour functions find the same offers and the same utilities; the offer that
comes out best is held against the one that the account is on afterwards.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.billing import expected_excess_gb, plan_allowance_gb
from agents.behaviour.choice import offer_value_yuan, second_operator_of
from agents.behaviour.consideration import (
    considers_offer,
    considers_operator,
    friends_at,
    is_promised,
)
from agents.behaviour.data_use import carried_now_gb
from agents.behaviour.environment import MarketTables
from agents.behaviour.month import until_choice
from agents.behaviour.preferences import Taste, brand_liking, taste_of
from agents.behaviour.settings import Behaviour
from agents.behaviour.valuation import account_bill_fen, fee_for_moving_fen
from agents.fields import Account, Diary, Seen
from agents.mechanisms.promises import perk_left_of, perk_of
from agents.mechanisms.registry import joining_yuan
from agents.state import Columns, Desk, load_account
from sim.compile import behaviour, kernel, whole
from sim.draws import Purpose, gumbel
from sim.lent import lent
from sim.records import Records
from sim.vocabulary import NOBODY, Event


class ChoiceRow(Protocol):
    """One offer that one account compared; money in yuan a month per line unless named otherwise.

    All of it can be observed but the last two numbers, which are the truth behind the choice.
    """

    who: int
    offer: int
    operator: int
    segment: int
    region: int
    lines: int
    usual_gb: float  # per line
    owned: int  # services bought directly, bit mask
    tenure_months: int
    contract_left: int  # months
    satisfaction: float  # with the present operator
    reference_yuan: float  # the bill one is used to
    looked: int  # 0: compares only what was promised
    saved: int  # 1: the save desk made it stay although another offer was best
    price_yuan: float  # of the whole account, broadband included
    above_reference_yuan: float  # by how much it exceeds what one is used to
    allowance_gb: float  # per line
    overage_yuan: float  # expected payment for data beyond the allowance
    given_up_gb: float  # expected data wished for and given up
    quality: float
    friends_share: float
    services: int  # partners' services that come with it, bit mask
    is_current_plan: int
    is_current_operator: int
    has_number: int  # a second SIM is there already
    exit_fee_yuan: float  # once, of the whole account
    points_lost: int
    moves_broadband: int
    welcome_yuan: float  # newcomer's discount, spread over the horizon
    promised_yuan: float  # money that campaigns add, spread over the horizon
    promised_gb: float  # extra data per line, while it lasts
    promised_services: int  # fresh services, bit mask
    promised_care: float
    chosen: int
    utility_yuan: float  # truth: everything but the shock
    shock_yuan: float  # truth: logit scale × Gumbel


class TasteRow(Protocol):
    """Lasting tastes of one account."""

    scale_yuan: float
    quality_yuan: float
    hassle_yuan: float


@behaviour
def _promises(
    row: ChoiceRow, campaign: int, months: int, credited: bool, m: MarketTables, p: Behaviour
) -> None:
    """Add what a campaign grants on an offer to the row (in place)."""
    c = m.campaigns[campaign]
    part = min(1.0, months / p.horizon_months)
    row.promised_yuan += part * (c.discount_fen - c.pack_fen) / 100.0
    row.promised_gb += c.gb
    granted = c.benefits & m.around.firms[c.operator].supplied
    row.promised_services |= granted & ~m.offers.rows[row.offer].benefits
    if credited:
        row.promised_yuan += c.credit_fen / (100.0 * p.horizon_months)
        row.promised_care += c.care


@behaviour
def _describe(
    row: ChoiceRow,
    person: Any,
    d: Diary,
    offer: int,
    carried_gb: float,
    second_operator: int,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Fill in what one offer looks like to the account that compares it (in place)."""
    o = m.offers
    operator = o.rows[offer].operator
    own = operator == person.operator
    bill = account_bill_fen(o, offer, person, m.around)
    wish = person.usual_gb * person.lines - carried_gb
    allowance = plan_allowance_gb(o, offer, person.lines, m.around.allowance_growth)
    excess = expected_excess_gb(wish, allowance, p)
    paid = excess * (1.0 - p.restraint) * o.rows[offer].overage_fen_per_gb / 100.0
    there = friends_at(d.friends, operator)
    row.offer = offer
    row.operator = operator
    row.price_yuan = bill / 100.0 / person.lines
    row.above_reference_yuan = max(0, bill - person.reference_fen) / 100.0 / person.lines
    row.allowance_gb = allowance / person.lines
    row.overage_yuan = paid / person.lines
    row.given_up_gb = excess * p.restraint / person.lines
    row.quality = m.around.places[operator, person.region].quality
    row.friends_share = there / max(1, m.around.friends + m.around.acquaintances)
    row.services = o.rows[offer].benefits & m.around.firms[operator].supplied
    row.is_current_plan = 1 if offer == person.offer else 0
    row.is_current_operator = 1 if own else 0
    row.has_number = 1 if operator == second_operator else 0
    row.exit_fee_yuan = 0.0
    if offer != person.offer:
        row.exit_fee_yuan = fee_for_moving_fen(o, person, offer) / 100.0
    row.points_lost = 0 if own else person.points
    brings = o.rows[offer].broadband == 1 and person.broadband >= 0
    installs = brings and person.broadband != operator and offer != person.offer
    row.moves_broadband = 1 if installs else 0
    row.welcome_yuan = joining_yuan(person, d, offer, m, p)
    row.promised_yuan = 0.0
    row.promised_gb = 0.0
    row.promised_services = 0
    row.promised_care = 0.0
    if offer == person.offer:
        for kind in range(m.around.promise_kinds):
            perk = perk_of(person, kind)
            if perk >= 0:
                _promises(row, perk, perk_left_of(person, kind), False, m, p)
    if d.promise >= 0 and is_promised(offer, d.promise, m):
        _promises(row, d.promise, m.campaigns[d.promise].months, True, m, p)


@behaviour
def _identify(row: ChoiceRow, person: Account) -> None:
    """Fill in who compares (in place)."""
    row.who = person.who
    row.segment = person.segment
    row.region = person.region
    row.lines = person.lines
    row.usual_gb = person.usual_gb
    row.owned = person.owned
    row.tenure_months = person.tenure_months
    row.contract_left = person.contract_left
    row.satisfaction = person.satisfaction
    row.reference_yuan = person.reference_fen / 100.0 / person.lines


@kernel
def record_choices(
    rows: Records[ChoiceRow],
    people: NDArray[np.int64],
    before: Columns,
    taken: NDArray[np.int16],
    events: NDArray[np.int32],
    contact: NDArray[np.int16],
    room: NDArray[np.float64],
    desk: Desk,
    m: MarketTables,
    p: Behaviour,
) -> tuple[int, int]:
    """Write down what `people` compared; returns how many rows, and how many replays went wrong.

    `before` is the state at the start of the month, `taken` the offer of each account after it.
    `rows` must have room for every offer for each of the people. A replay is wrong if its best
    offer is neither the one taken nor one that the save desk talked the account out of, or if who
    looks in it is not who looked.
    """
    m = lent(m)
    seen = Seen(before.seen_operator, before.seen_moved)
    person = desk.account[0]
    d = desk.diary[0]
    count = 0
    wrong = 0
    for i in range(len(people)):
        who = people[i]
        person.who = who
        load_account(before, person, who)
        until_choice(person, d, whole(contact[who]), seen, m, p)
        if (d.looks == 1) != (events[who] & Event.LOOKED != 0):
            wrong += 1
        if d.looks == 0 and d.promise < 0:
            continue
        taste = taste_of(person, room, m.around, p)
        first = count
        count = _record_offers(rows, count, person, d, taste, whole(taken[who]), m, p)
        talked = events[who] & Event.SAVE_DESK != 0 and taken[who] == before.offer[who]
        saved = talked and d.chosen != taken[who]
        if d.chosen != taken[who] and not saved:
            wrong += 1
        for k in range(first, count):
            rows[k].looked = d.looks
            rows[k].saved = 1 if saved else 0
    return count, wrong


@behaviour
def _record_offers(
    rows: Records[ChoiceRow],
    count: int,
    person: Account,
    d: Diary,
    taste: Taste,
    taken: int,
    m: MarketTables,
    p: Behaviour,
) -> int:
    """Write down every offer compared, from row `count` on, the best into the diary.

    Returns the next free row.
    """
    o = m.offers
    s = m.around
    second_operator = second_operator_of(person, o)
    carried = carried_now_gb(person, o, s.allowance_growth, p)
    best = -1e300
    d.chosen = NOBODY
    for operator in range(len(s.firms)):
        if not considers_operator(person, d, operator, second_operator, m, p):
            continue
        liking = brand_liking(s.seed, person.who, operator, person.segment, p)
        share = friends_at(d.friends, operator) / max(1, s.friends + s.acquaintances)
        for offer in range(len(o.rows)):
            if o.rows[offer].operator != operator or not considers_offer(person, d, offer, m):
                continue
            row = rows[count]
            _identify(row, person)
            _describe(row, person, d, offer, carried, second_operator, m, p)
            row.utility_yuan = offer_value_yuan(
                person, d, offer, taste, liking, share, carried, second_operator, m, p
            )
            shock = gumbel(s.seed, person.who, s.month, Purpose.CHOICE, o.rows[offer].key)
            row.shock_yuan = taste.scale_yuan * shock
            row.chosen = 1 if offer == taken else 0
            count += 1
            if row.utility_yuan + row.shock_yuan > best:
                best = row.utility_yuan + row.shock_yuan
                d.chosen = offer
    return count


@kernel
def record_tastes(
    out: Records[TasteRow],
    liking_yuan: NDArray[np.float64],
    worth_yuan: NDArray[np.float64],
    people: NDArray[np.int64],
    c: Columns,
    desk: Desk,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Write down the lasting tastes of `people`; changes the first three arguments in place.

    `liking_yuan` is `[person, operator]`, `worth_yuan` `[person, service]`: what a service adds for
    the whole account, net of what it owns.
    """
    m = lent(m)
    person = desk.account[0]
    for i in range(len(people)):
        person.who = people[i]
        load_account(c, person, person.who)
        taste: Taste = taste_of(person, worth_yuan[i], m.around, p)
        out[i].scale_yuan = taste.scale_yuan
        out[i].quality_yuan = taste.quality_yuan
        out[i].hassle_yuan = taste.hassle_yuan
        for operator in range(len(m.around.firms)):
            liking_yuan[i, operator] = brand_liking(
                m.around.seed, person.who, operator, person.segment, p
            )
