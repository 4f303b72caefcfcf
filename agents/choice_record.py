"""Choice situations, replayed: what somebody compared this month, and what each offer was like.

The month itself is left alone. From the state before it, the same behaviour functions find the same
offers and the same utilities again, and the offer that comes out best is held against the one that
the account is on afterwards.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.billing import expected_excess_gb, plan_allowance_gb
from agents.behaviour.choice import carried_now_gb, friends_at, is_promised
from agents.behaviour.consideration import considers_offer, considers_operator, offer_value_yuan
from agents.behaviour.environment import MarketTables, Person
from agents.behaviour.preferences import Taste, brand_liking, taste_of
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import (
    acquaintance_index,
    cared_for,
    contact_by,
    friend_index,
    takes_perk,
    with_perk,
)
from agents.behaviour.valuation import account_bill_fen, fee_for_moving_fen, welcome_yuan
from agents.state import Columns
from sim.compile import behaviour, kernel, whole
from sim.draws import Purpose, gumbel, uniforms
from sim.records import Records
from sim.vocabulary import Event


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


class _Mind(NamedTuple):
    """Somebody who is about to choose."""

    person: Person
    promise: int
    friends: int


@behaviour
def _about_to_choose(who: int, contact: int, c: Columns, m: MarketTables, p: Behaviour) -> _Mind:
    """The account as it stands when it compares offers: a call may have come before."""
    s = m.around
    region = whole(c.region[who])
    person = Person(
        who,
        whole(c.segment[who]),
        region,
        whole(c.lines[who]),
        np.float64(c.usage_gb[who]) * s.regions[region].regional_usage * s.usage_growth,
        whole(c.owned[who]),
        whole(c.offer[who]),
        m.offers.rows[c.offer[who]].operator,
        whole(c.second[who]),
        whole(c.broadband[who]),
        whole(c.contract_left[who]),
        whole(c.reference_fen[who]),
        np.float64(c.satisfaction[who]),
        whole(c.points[who]),
        whole(c.perk[who]),
        whole(c.perk_left[who]),
    )
    promise = -1
    if contact >= 0:
        call = contact_by(contact, who, 0, m)
        if call.persuaded and takes_perk(person, contact, m, p):
            person = with_perk(person, contact, cared_for(person.satisfaction, contact, m), m)
        elif call.persuaded:
            promise = contact
    friends = 0
    if s.friends > 0:
        near, far, _, _ = uniforms(s.seed, who, 0, Purpose.FRIENDS, 0)
        for k in range(s.friends):
            pick = near if k < 3 else far
            friend = friend_index(who, k, s.regions[region].start, s.regions[region].end, pick)
            friends += 1 << (4 * whole(c.seen_operator[friend]))
    for k in range(s.acquaintances):
        met = acquaintance_index(who, k, s.regions[region].start, s.regions[region].end, s)
        friends += 1 << (4 * whole(c.seen_operator[met]))
    return _Mind(person, promise, friends)


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
    row: ChoiceRow, offer: int, mind: _Mind, carried_gb: float, second_operator: int,
    m: MarketTables, p: Behaviour,
) -> None:  # fmt: skip
    """Fill in what one offer looks like to the account that compares it (in place)."""
    o = m.offers
    person = mind.person
    operator = o.rows[offer].operator
    own = operator == person.operator
    bill = account_bill_fen(o, offer, person, m.around)
    wish = person.usual_gb * person.lines - carried_gb
    allowance = plan_allowance_gb(o, offer, person.lines, m.around.allowance_growth)
    excess = expected_excess_gb(wish, allowance, p)
    paid = excess * (1.0 - p.restraint) * o.rows[offer].overage_fen_per_gb / 100.0
    there = friends_at(mind.friends, operator)
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
    row.welcome_yuan = welcome_yuan(o, offer, person, p)
    row.promised_yuan = 0.0
    row.promised_gb = 0.0
    row.promised_services = 0
    row.promised_care = 0.0
    if offer == person.offer and person.perk >= 0:
        _promises(row, person.perk, person.perk_left, False, m, p)
    if mind.promise >= 0 and is_promised(offer, mind.promise, m):
        _promises(row, mind.promise, m.campaigns[mind.promise].months, True, m, p)


@behaviour
def _identify(row: ChoiceRow, person: Person, c: Columns) -> None:
    """Fill in who compares (in place)."""
    row.who = person.who
    row.segment = person.segment
    row.region = person.region
    row.lines = person.lines
    row.usual_gb = person.usual_gb
    row.owned = person.owned
    row.tenure_months = whole(c.tenure_months[person.who])
    row.contract_left = person.contract_left
    row.satisfaction = person.satisfaction
    row.reference_yuan = person.reference_fen / 100.0 / person.lines


@kernel
def record_choices(  # noqa: C901 - one loop over all offers, as in `choose_main`
    rows: Records[ChoiceRow],
    people: NDArray[np.int64],
    before: Columns,
    taken: NDArray[np.int16],
    events: NDArray[np.int32],
    contact: NDArray[np.int16],
    room: NDArray[np.float64],
    m: MarketTables,
    p: Behaviour,
) -> tuple[int, int]:
    """Write down what `people` compared; returns how many rows, and how many replays went wrong.

    `before` is the state at the start of the month, `taken` the offer of each account after it.
    `rows` must have room for every offer for each of the people. A replay is wrong if its best
    offer is neither the one taken nor one that the save desk talked the account out of.
    """
    o = m.offers
    s = m.around
    count = 0
    wrong = 0
    for i in range(len(people)):
        who = people[i]
        looked = events[who] & Event.LOOKED != 0
        mind = _about_to_choose(who, whole(contact[who]), before, m, p)
        person, promise = mind.person, mind.promise
        if not looked and promise < 0:
            continue
        second_operator = o.rows[person.second].operator if person.second >= 0 else -1
        carried = carried_now_gb(person, o, s.allowance_growth, p)
        taste = taste_of(person, room, s, p)
        first = count
        best = -1e300
        best_offer = -1
        for operator in range(len(s.firms)):
            there = friends_at(mind.friends, operator)
            if not considers_operator(
                person, operator, second_operator, promise, there, looked, m, p
            ):
                continue
            liking = brand_liking(s.seed, who, operator, person.segment, p)
            share = there / max(1, s.friends + s.acquaintances)
            for offer in range(len(o.rows)):
                if o.rows[offer].operator != operator:
                    continue
                if not considers_offer(offer, person, promise, looked, m):
                    continue
                row = rows[count]
                _identify(row, person, before)
                _describe(row, offer, mind, carried, second_operator, m, p)
                row.utility_yuan = offer_value_yuan(
                    offer, person, taste, liking, share, carried, promise, second_operator, m, p
                )
                shock = gumbel(s.seed, who, s.month, Purpose.CHOICE, o.rows[offer].key)
                row.shock_yuan = taste.scale_yuan * shock
                row.chosen = 1 if offer == taken[who] else 0
                count += 1
                if row.utility_yuan + row.shock_yuan > best:
                    best = row.utility_yuan + row.shock_yuan
                    best_offer = offer
        talked = events[who] & Event.SAVE_DESK != 0 and taken[who] == before.offer[who]
        saved = talked and best_offer != taken[who]
        if best_offer != taken[who] and not saved:
            wrong += 1
        for k in range(first, count):
            rows[k].looked = 1 if looked else 0
            rows[k].saved = 1 if saved else 0
    return count, wrong


@kernel
def record_tastes(
    out: Records[TasteRow],
    liking_yuan: NDArray[np.float64],
    worth_yuan: NDArray[np.float64],
    people: NDArray[np.int64],
    c: Columns,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Write down the lasting tastes of `people`; changes the first three arguments in place.

    `liking_yuan` is `[person, operator]`, `worth_yuan` `[person, service]`: what a service adds for
    the whole account, net of what it owns.
    """
    for i in range(len(people)):
        person = _about_to_choose(people[i], -1, c, m, p).person
        taste: Taste = taste_of(person, worth_yuan[i], m.around, p)
        out[i].scale_yuan = taste.scale_yuan
        out[i].quality_yuan = taste.quality_yuan
        out[i].hassle_yuan = taste.hassle_yuan
        for operator in range(len(m.around.firms)):
            liking_yuan[i, operator] = brand_liking(
                m.around.seed, person.who, operator, person.segment, p
            )
