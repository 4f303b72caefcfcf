"""The month of many subscribers: the behaviour functions, compiled over columns.

`live_month` is the one loop of the engine. It reads last month's state of friends from `seen_*`, so
the order in which accounts are visited, and in how many chunks or threads, cannot matter.
"""

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.attention import look_chance
from agents.behaviour.billing import is_bill_shock, second_idle_chance
from agents.behaviour.choice import choose_main, choose_second, service_ended
from agents.behaviour.environment import MarketTables, Person
from agents.behaviour.preferences import taste_of
from agents.behaviour.satisfaction import complaint_chance, next_satisfaction
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import (
    acquaintance_index,
    after_move,
    bill_of,
    cared_for,
    contact_by,
    desk_saves,
    earned_points,
    fee_for_leaving,
    fortune,
    friend_index,
    may_hold_second,
    reference_after,
    runs_out,
    takes_perk,
    with_perk,
    with_second,
)
from agents.state import Columns, MonthRecord
from agents.tallies import Counters, Month, count_account
from sim.compile import kernel, whole
from sim.draws import Purpose, uniforms
from sim.vocabulary import Event, Segment


@kernel
def live_month(  # noqa: C901, PLR0912, PLR0915 - the one loop of the engine, in the month's order
    c: Columns,
    r: MonthRecord,
    counters: Counters,
    contact: NDArray[np.int16],
    room: NDArray[np.float64],
    m: MarketTables,
    p: Behaviour,
    start: int,
    stop: int,
) -> None:
    """Let accounts `start` to `stop` live one month; changes `c`, `r` and `counters` in place.

    `contact[who]` is the campaign that tries to reach an account this month, or -1; `room` is for
    whoever is choosing (see `taste_of`).
    """
    o = m.offers
    s = m.around
    n_operators = len(s.firms)
    for who in range(start, stop):
        segment = whole(c.segment[who])
        region = whole(c.region[who])
        origin = o.rows[c.offer[who]].operator
        person = Person(
            who,
            segment,
            region,
            whole(c.lines[who]),
            np.float64(c.usage_gb[who]) * s.regions[region].regional_usage * s.usage_growth,
            whole(c.owned[who]),
            whole(c.offer[who]),
            origin,
            whole(c.second[who]),
            whole(c.broadband[who]),
            whole(c.contract_left[who]),
            whole(c.reference_fen[who]),
            np.float64(c.satisfaction[who]),
            whole(c.points[who]),
            whole(c.perk[who]),
            whole(c.perk_left[who]),
        )
        before_offer = person.offer
        before_second = person.second
        events = 0

        # use, suffer a fault, run out of data
        u, v, fault_luck, look_luck = uniforms(s.seed, who, s.month, Purpose.MONTH, 0)
        luck = fortune(person, u, v, fault_luck, m, p)
        ran_out = runs_out(person, luck.wish_gb, m, p)
        shock = is_bill_shock(whole(c.bill_fen[who]), person.reference_fen, p)
        ended = person.contract_left == 1
        if luck.fault:
            events |= Event.FAULT
        if ran_out:
            events |= Event.RAN_OUT
        if shock:
            events |= Event.BILL_SHOCK
        if ended:
            events |= Event.CONTRACT_END

        # be called
        annoyed = 0
        promise = -1
        credited = -1
        campaign = whole(contact[who])
        if campaign >= 0:
            call = contact_by(campaign, who, 0, m)
            annoyed = call.annoyed
            if call.reached:
                events |= Event.CONTACTED
                if m.campaigns[campaign].operator == person.operator:
                    happier = cared_for(person.satisfaction, campaign, m)
                    if call.persuaded and takes_perk(person, campaign, m, p):
                        events |= Event.ACCEPTED
                        credited = campaign
                        person = with_perk(person, campaign, happier, m)
                if call.persuaded and credited < 0:
                    promise = campaign

        # notice friends and adverts, perhaps look around
        friends = 0
        friends_moved = 0
        if s.friends > 0:
            near, far, _, _ = uniforms(s.seed, who, 0, Purpose.FRIENDS, 0)
            for k in range(s.friends):
                pick = near if k < 3 else far
                friend = friend_index(who, k, s.regions[region].start, s.regions[region].end, pick)
                friends += 1 << (4 * whole(c.seen_operator[friend]))
                friends_moved += whole(c.seen_moved[friend])
        for k in range(s.acquaintances):
            met = acquaintance_index(who, k, s.regions[region].start, s.regions[region].end, s)
            friends += 1 << (4 * whole(c.seen_operator[met]))
            friends_moved += whole(c.seen_moved[met])
        advert = 0.0
        for operator in range(n_operators):
            if operator != person.operator:
                advert += s.places[operator, region].advert
        looks = look_luck < look_chance(
            ended,
            shock,
            luck.fault,
            person.satisfaction,
            advert,
            friends_moved,
            (events & Event.CONTACTED) != 0 and credited < 0,
            segment == Segment.ENTERPRISE,
            p,
        )
        looks = looks or service_ended(person, o)

        # choose, stay or go
        exit_fee = 0
        left = -1
        if looks or promise >= 0:
            if looks:
                events |= Event.LOOKED
            taste = taste_of(person, room, s, p)
            decision = choose_main(person, taste, friends, promise, looks, m, p)
            chosen = decision.offer
            if o.rows[chosen].operator != person.operator:
                desk = whole(s.firms[person.operator].save_desk[segment])
                if desk >= 0:
                    talk = contact_by(desk, who, 1, m)
                    if talk.reached:
                        events |= Event.SAVE_DESK
                        if desk_saves(person, decision, desk, talk.persuaded, m, p):
                            events |= Event.ACCEPTED
                            credited = desk
                            person = with_perk(
                                person, desk, cared_for(person.satisfaction, desk, m), m
                            )
                            chosen = person.offer
            if chosen != person.offer:
                exit_fee = fee_for_leaving(person, chosen, m)
                if o.rows[chosen].operator != person.operator:
                    left = person.operator
                    events |= Event.LEFT
                    if o.rows[chosen].operator == whole(c.left_operator[who]):
                        events |= Event.RETURNED
                else:
                    events |= Event.CHANGED_PLAN
                person = after_move(person, chosen, promise, m, p)
                if person.perk >= 0:
                    events |= Event.ACCEPTED
                    credited = person.perk
            if looks and may_hold_second(segment, m):
                person = with_second(person, choose_second(person, taste, left, friends, m, p))

        # pay
        if left >= 0:
            c.welcome_fen[who] = o.rows[person.offer].welcome_fen
            c.welcome_left[who] = o.rows[person.offer].welcome_months
        elif person.offer != before_offer:
            c.welcome_left[who] = 0
        welcome = whole(c.welcome_fen[who]) if c.welcome_left[who] > 0 else 0
        bill = bill_of(person, luck.wish_gb, welcome, m, p)
        mine = person.broadband == person.operator
        net = bill.plan_fen + bill.overage_fen + bill.pack_fen - bill.discount_fen
        main_fen = net + (bill.standalone_fen if mine else 0)
        total_fen = net + bill.standalone_fen

        # redeem, complain, remember
        active_luck, redeem_luck, complain_luck, _ = uniforms(
            s.seed, who, s.month, Purpose.AFTERMATH, 0
        )
        satisfaction = next_satisfaction(
            person.satisfaction,
            s.places[person.operator, region].quality,
            luck.fault,
            shock,
            ran_out,
            whole(c.contacts[who]) + annoyed,
            p,
        )
        if complain_luck < complaint_chance(satisfaction, luck.fault, annoyed, p):
            events |= Event.COMPLAINED
        earned = earned_points(net, o.rows[person.offer].points_per_yuan)
        points = person.points + earned
        redeemed = 0
        if points > 0 and redeem_luck < p.redeem_chance:
            redeemed = points
            points = 0
            events |= Event.REDEEMED
        idle = second_idle_chance(bill.carried_gb, person.usual_gb, p)
        second_used = person.second >= 0 and active_luck >= idle
        if before_second != person.second:
            if person.second >= 0:
                events |= Event.SECOND_ADDED
            if before_second >= 0:
                events |= Event.SECOND_DROPPED

        # write down
        moved = left >= 0
        c.offer[who] = person.offer
        c.second[who] = person.second
        c.broadband[who] = person.broadband
        c.tenure_months[who] = 0 if moved else min(whole(c.tenure_months[who]) + 1, 32000)
        c.second_tenure_months[who] = (
            0
            if before_second != person.second
            else min(whole(c.second_tenure_months[who]) + 1, 32000)
        )
        c.contract_left[who] = max(0, person.contract_left - 1)
        c.satisfaction[who] = satisfaction
        c.reference_fen[who] = reference_after(person, before_offer, whole(c.bill_fen[who]), p)
        c.bill_fen[who] = total_fen
        c.points[who] = points
        left_perk = max(0, person.perk_left - 1)
        c.perk[who] = person.perk if left_perk > 0 else -1
        c.perk_left[who] = left_perk
        c.welcome_left[who] = max(0, whole(c.welcome_left[who]) - 1)
        c.contacts[who] = (whole(c.contacts[who]) + annoyed) // 2
        if moved:
            c.left_operator[who] = left
            c.left_months[who] = 0
        elif c.left_months[who] < 255:  # the column's largest value
            c.left_months[who] += 1
        r.events[who] = events
        r.main_fen[who] = main_fen
        r.second_fen[who] = bill.second_fen
        r.broadband_fen[who] = 0 if mine else bill.standalone_fen
        r.exit_fee_fen[who] = exit_fee
        r.origin[who] = origin
        r.credited[who] = credited
        r.used_gb[who] = bill.used_gb

        month = Month(
            origin,
            before_second,
            events,
            satisfaction,
            exit_fee,
            credited,
            earned,
            redeemed,
            second_used,
        )
        count_account(counters, person, bill, month, m, p)
