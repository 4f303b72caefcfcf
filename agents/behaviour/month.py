"""One subscriber's month, in the order in which it happens: one function a stage.

`live` is the whole of it. The compiled kernel, the plain reference subscriber and whoever replays
choices all call these very functions. They read and change an account and its diary; what is held
beside a plan takes its turns through the registry of mechanisms.
"""

from agents.behaviour.attention import look_chance
from agents.behaviour.billing import (
    is_bill_shock,
    overage_fen,
    plan_allowance_gb,
    second_idle_chance,
    used_gb,
)
from agents.behaviour.choice import choose_second, compare
from agents.behaviour.consideration import service_ended
from agents.behaviour.data_use import carried_now_gb
from agents.behaviour.environment import MarketTables
from agents.behaviour.life_cycle import lines_end
from agents.behaviour.preferences import Room, taste_of
from agents.behaviour.satisfaction import complaint_chance, next_satisfaction, wished_gb
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import (
    acquaintance_index,
    friend_index,
    may_hold_second,
    reference_after,
    runs_out,
)
from agents.behaviour.valuation import account_bill_fen, fee_for_moving_fen
from agents.fields import Account, Diary, Seen
from agents.limits import LONG_SINCE_LEFT, LONGEST_TENURE, NEAR_FRIENDS
from agents.mechanisms import registry
from agents.tallies import Counters, count_account
from sim.compile import behaviour
from sim.draws import Purpose, normal_from, uniforms
from sim.vocabulary import NOBODY, Event, Segment

_opens, _speaks, _hears_notice = registry.opens, registry.speaks, registry.hears_notice
_moves, _bills, _closes, _passes = (
    registry.moves,
    registry.bills,
    registry.closes,
    registry.passes,
)
_stillness = registry.stillness


@behaviour
def live(
    a: Account,
    d: Diary,
    campaign: int,
    seen: Seen,
    room: Room,
    k: Counters,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Live one month; changes account, diary and counters in place.

    `campaign` tries to reach the account this month (-1: none does); `room` is for whoever is
    choosing (see `taste_of`).
    """
    until_choice(a, d, campaign, seen, m, p)
    if d.looks == 1 or d.promise >= 0 or d.ended == 1 or d.second_open == 1:
        choose(a, d, room, m, p)
    pay(a, d, m, p)
    feel(a, d, m, p)
    _closes(a, d, 0, m, p)
    count_account(k, a, d, m, p)
    remember(a, d, p)
    _passes(a, d, 0, m, p)


@behaviour
def until_choice(
    a: Account, d: Diary, campaign: int, seen: Seen, m: MarketTables, p: Behaviour
) -> None:
    """The month up to the point at which one may compare offers."""
    begin(a, d, campaign, m)
    lines_end(a, d, m, p)
    _opens(a, d, 0, m, p)
    use(a, d, m, p)
    if d.silent == 0 and d.ended == 0:
        _speaks(a, d, 0, m, p)
    notice(a, d, seen, m, p)


@behaviour
def begin(a: Account, d: Diary, campaign: int, m: MarketTables) -> None:
    """Open the diary: who one is this month."""
    a.operator = m.offers.rows[a.offer].operator
    a.usual_gb = a.usage_gb * m.around.regions[a.region].regional_usage * m.around.usage_growth
    d.campaign = campaign
    d.origin = a.operator
    d.before_offer = a.offer
    d.before_second = a.second
    d.events = 0
    d.annoyed = 0
    d.unused = 0
    d.promise = NOBODY
    d.credited = NOBODY
    d.left = NOBODY
    d.exit_fee_fen = 0


@behaviour
def use(a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """Use data, perhaps suffer a fault or run out, and see last month's bill."""
    s = m.around
    u, v, fault_luck, d.look_luck = uniforms(s.seed, a.who, s.month, Purpose.MONTH, 0)
    d.wish_gb = 0.0
    if d.silent == 0:
        d.wish_gb = wished_gb(a.usual_gb * a.lines, 1.0, normal_from(u, v), p)
    place = s.places[a.operator, a.region]
    felt = fault_luck < place.fault_rate + place.outage and d.silent == 0
    d.fault = 1 if felt else 0
    d.ran_out = 1 if runs_out(a, d.wish_gb, m, p) else 0
    d.shock = 1 if is_bill_shock(a.bill_fen, a.reference_fen, p) else 0
    d.contract_ended = 1 if a.contract_left == 1 else 0
    d.events |= (
        d.fault * Event.FAULT
        | d.ran_out * Event.RAN_OUT
        | d.shock * Event.BILL_SHOCK
        | d.contract_ended * Event.CONTRACT_END
    )


@behaviour
def notice(a: Account, d: Diary, seen: Seen, m: MarketTables, p: Behaviour) -> None:
    """Notice friends and adverts; decide whether to look around this month."""
    s = m.around
    notice_friends(a, d, seen, m)
    advert = 0.0
    for operator in range(len(s.firms)):
        if operator != a.operator:
            advert += s.places[operator, a.region].advert
    chance = look_chance(
        d.contract_ended == 1,
        d.shock == 1,
        d.fault == 1,
        a.satisfaction,
        advert,
        d.friends_moved,
        (d.events & Event.CONTACTED) != 0 and d.credited < 0,
        _stillness(a, d, 0, m, p),
        a.segment == Segment.ENTERPRISE,
        p,
    )
    awake = d.silent == 0 and d.ended == 0
    d.looks = 1 if awake and (d.look_luck < chance or service_ended(a, m.offers)) else 0


@behaviour
def notice_friends(a: Account, d: Diary, seen: Seen, m: MarketTables) -> None:
    """Where friends and acquaintances were at the end of last month, and how many had moved."""
    s = m.around
    start, end = s.regions[a.region].start, s.regions[a.region].end
    d.friends = 0
    d.friends_moved = 0
    if s.friends > 0:
        near, far, _, _ = uniforms(s.seed, a.who, 0, Purpose.FRIENDS, 0)
        for k in range(s.friends):
            luck = near if k < NEAR_FRIENDS else far
            friend = friend_index(a.who, k, start, end, luck)
            d.friends += 1 << (4 * seen.operator[friend])
            d.friends_moved += seen.moved[friend]
    for k in range(s.acquaintances):
        met = acquaintance_index(a.who, k, start, end, s)
        d.friends += 1 << (4 * seen.operator[met])
        d.friends_moved += seen.moved[met]


@behaviour
def choose(a: Account, d: Diary, room: Room, m: MarketTables, p: Behaviour) -> None:
    """Compare offers; stay, be talked into it, change plan or leave; think of a second SIM.

    Whose line was ended takes one again, at the same operator or elsewhere, and gives no notice.
    """
    if d.looks == 1:
        d.events |= Event.LOOKED
    taste = taste_of(a, room, m.around, p)
    if d.looks == 1 or d.promise >= 0 or d.ended == 1:
        compare(a, d, taste, m, p)
        if d.ended == 0 and m.offers.rows[d.chosen].operator != a.operator:
            _hears_notice(a, d, 0, m, p)
        if d.chosen != a.offer or d.ended == 1:
            move(a, d, m, p)
    if d.second_open == 1 or (d.looks == 1 and may_hold_second(a.segment, m)):
        number_kept = d.left if d.ended == 0 else NOBODY
        a.second = choose_second(a, taste, number_kept, d.friends, m, p)


@behaviour
def move(a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """Come to the chosen plan, at the same operator or elsewhere.

    With the operator go satisfaction with it and a second SIM that would now be a duplicate; a
    bundle brings broadband over. Who chooses a plan knows what it costs, and is used to that.
    """
    o = m.offers
    operator = o.rows[d.chosen].operator
    if d.ended == 1:
        d.events |= Event.LAPSED
    else:
        d.exit_fee_fen = fee_for_moving_fen(o, a, d.chosen)
    if operator == a.operator:
        if d.ended == 0:
            d.events |= Event.CHANGED_PLAN
    else:
        d.left = a.operator
        d.events |= Event.LEFT
        if operator == a.left_operator:
            d.events |= Event.RETURNED
        a.satisfaction = p.usual_satisfaction
    if a.second >= 0 and o.rows[a.second].operator == operator:
        a.second = NOBODY
    if o.rows[d.chosen].broadband == 1:
        a.broadband = operator
    a.offer = d.chosen
    a.operator = operator
    a.contract_left = o.rows[a.offer].contract_months
    _moves(a, d, 0, m, p)
    a.reference_fen = account_bill_fen(o, a.offer, a, m.around)


@behaviour
def pay(a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """This month's bill on the plan the account is on now, in whole fen, tax included.

    Discounts never exceed what there is to pay.
    """
    o = m.offers
    s = m.around
    d.discount_fen = 0
    d.pack_fen = 0
    d.extra_gb = 0.0
    if d.silent == 0:
        _bills(a, d, 0, m, p)
    d.carried_gb = carried_now_gb(a, o, s.allowance_growth, p)
    allowance = plan_allowance_gb(o, a.offer, a.lines, s.allowance_growth) + d.extra_gb
    wish = d.wish_gb - d.carried_gb
    d.used_gb = used_gb(wish, allowance, p)
    d.overage_fen = overage_fen(wish, allowance, o.rows[a.offer].overage_fen_per_gb, p)
    d.standalone_fen = 0
    if a.broadband >= 0 and o.rows[a.offer].broadband == 0:
        d.standalone_fen = max(0, s.firms[a.broadband].broadband_fen)
    d.plan_fen = 0
    if d.silent == 0:
        d.plan_fen = account_bill_fen(o, a.offer, a, s) - d.standalone_fen
    d.second_fen = o.price_fen[a.second, a.region] if a.second >= 0 else 0
    d.discount_fen = min(d.discount_fen, d.plan_fen + d.overage_fen + d.pack_fen)
    d.net_fen = d.plan_fen + d.overage_fen + d.pack_fen - d.discount_fen
    d.main_fen = d.net_fen
    d.broadband_fen = d.standalone_fen
    if a.broadband == a.operator:
        d.main_fen += d.standalone_fen
        d.broadband_fen = 0


@behaviour
def feel(a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """Satisfaction after such a month, perhaps a complaint, and what became of the second SIM."""
    s = m.around
    active_luck, d.redeem_luck, complain_luck, _ = uniforms(
        s.seed, a.who, s.month, Purpose.AFTERMATH, 0
    )
    d.satisfaction = next_satisfaction(
        a.satisfaction,
        s.places[a.operator, a.region].quality,
        d.fault == 1,
        d.shock == 1,
        d.ran_out == 1,
        a.contacts + d.annoyed,
        p,
    )
    if d.silent == 1:
        d.satisfaction = a.satisfaction
    elif complain_luck < complaint_chance(d.satisfaction, d.fault == 1, d.annoyed, p):
        d.events |= Event.COMPLAINED
    idle = second_idle_chance(d.carried_gb, a.usual_gb, p)
    d.second_used = 1 if a.second >= 0 and active_luck >= idle else 0
    if d.before_second != a.second:
        if a.second >= 0:
            d.events |= Event.SECOND_ADDED
        if d.before_second >= 0:
            d.events |= Event.SECOND_DROPPED


@behaviour
def remember(a: Account, d: Diary, p: Behaviour) -> None:
    """What the next month has to know; everything that runs, runs a month less."""
    a.satisfaction = d.satisfaction
    if d.silent == 0 and d.ended == 0:
        a.reference_fen = reference_after(a, d.before_offer, a.bill_fen, p)
    a.bill_fen = d.net_fen + d.standalone_fen
    a.contract_left = max(0, a.contract_left - 1)
    a.contacts = (a.contacts + d.annoyed) // 2
    a.tenure_months = min(a.tenure_months + 1, LONGEST_TENURE)
    a.second_tenure_months = min(a.second_tenure_months + 1, LONGEST_TENURE)
    a.left_months = min(a.left_months + 1, LONG_SINCE_LEFT)
    if d.ended == 1:
        a.tenure_months = 0
    if d.left >= 0:
        a.tenure_months = 0
        a.left_operator = d.left
        a.left_months = 0
    if d.before_second != a.second or d.second_ended == 1:
        a.second_tenure_months = 0
