"""A subscriber as one Mesa agent: its state as attributes, its month as methods, in plain Python.

The reference against which the compiled engine is tested, account by account; both call the same
behaviour functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import mesa
import numpy as np

from agents.behaviour.attention import look_chance
from agents.behaviour.billing import is_bill_shock, second_idle_chance
from agents.behaviour.choice import Decision, choose_main, choose_second, service_ended
from agents.behaviour.environment import MarketTables, Person
from agents.behaviour.preferences import taste_of
from agents.behaviour.satisfaction import complaint_chance, next_satisfaction
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import (
    Bill,
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
from agents.state import DTYPES, Columns
from agents.tallies import Counters, Month, count_account
from sim.draws import Purpose, uniforms
from sim.vocabulary import NOBODY, Event, Segment

_NEAR_FRIENDS = 3
_LONGEST_TENURE = 32_000
_LONG_SINCE_LEFT = 255


class Today(NamedTuple):
    """What everybody has before them this month."""

    m: MarketTables
    p: Behaviour
    everybody: Sequence["Subscriber"]
    counters: Counters


@dataclass
class Diary:
    """What happens to one subscriber in one month; not part of its state."""

    person: Person
    """The account as it is by now."""
    origin: int
    before_offer: int
    before_second: int
    look_luck: float = 1.0
    wish_gb: float = 0.0
    fault: bool = False
    ran_out: bool = False
    shock: bool = False
    contract_ended: bool = False
    annoyed: int = 0
    promise: int = NOBODY
    """Campaign that promised something on a plan still to be chosen."""
    credited: int = NOBODY
    """Campaign whose promise was taken."""
    friends: int = 0
    """Friends by operator, packed (see `friends_at`)."""
    exit_fee_fen: int = 0
    left: int = NOBODY
    """Operator left with the main line."""
    events: int = 0
    main_fen: int = 0
    second_fen: int = 0
    broadband_fen: int = 0
    used_gb: float = 0.0


class Subscriber(mesa.Agent[Any]):
    """One account. Its attributes have the names and the meaning of `agents.state.Columns`."""

    segment: int
    region: int
    lines: int
    usage_gb: float
    owned: int
    consent: int
    offer: int
    second: int
    broadband: int
    tenure_months: int
    second_tenure_months: int
    contract_left: int
    satisfaction: float
    reference_fen: int
    bill_fen: int
    points: int
    perk: int
    perk_left: int
    welcome_fen: int
    welcome_left: int
    contacts: int
    left_operator: int
    left_months: int
    seen_operator: int
    seen_moved: int

    def __init__(self, model: Any, who: int, columns: Columns) -> None:
        super().__init__(model)
        self.who = who
        for name in DTYPES:
            setattr(self, name, getattr(columns, name)[who].item())
        self.diary: Diary | None = None

    def live(self, campaign: int, today: Today) -> None:
        """Live one month; `campaign` tries to reach this subscriber (-1: none does)."""
        d = self.diary = self.begin(today)
        self.use(d, today)
        if campaign >= 0:
            self.be_called(campaign, d, today)
        looks = self.notice(d, today)
        if looks or d.promise >= 0:
            self.choose(d, today, looking=looks)
        bill = self.pay(d, today)
        self.remember(bill, d, today)

    def begin(self, today: Today) -> Diary:
        """Open the diary: who one is this month."""
        s = today.m.around
        region = s.regions[self.region]
        operator = today.m.offers.rows[self.offer].operator
        person = Person(
            who=self.who,
            segment=self.segment,
            region=self.region,
            lines=self.lines,
            usual_gb=self.usage_gb * region.regional_usage * s.usage_growth,
            owned=self.owned,
            offer=self.offer,
            operator=operator,
            second=self.second,
            broadband=self.broadband,
            contract_left=self.contract_left,
            reference_fen=self.reference_fen,
            satisfaction=self.satisfaction,
            points=self.points,
            perk=self.perk,
            perk_left=self.perk_left,
        )
        return Diary(person, operator, self.offer, self.second)

    def use(self, d: Diary, today: Today) -> None:
        """Use data, perhaps suffer a fault or run out, and see last month's bill."""
        s = today.m.around
        u, v, fault_luck, d.look_luck = uniforms(s.seed, self.who, s.month, Purpose.MONTH, 0)
        d.wish_gb, d.fault = fortune(d.person, u, v, fault_luck, today.m, today.p)
        d.ran_out = runs_out(d.person, d.wish_gb, today.m, today.p)
        d.shock = is_bill_shock(self.bill_fen, self.reference_fen, today.p)
        d.contract_ended = self.contract_left == 1
        for happened, event in (
            (d.fault, Event.FAULT),
            (d.ran_out, Event.RAN_OUT),
            (d.shock, Event.BILL_SHOCK),
            (d.contract_ended, Event.CONTRACT_END),
        ):
            if happened:
                d.events |= event

    def be_called(self, campaign: int, d: Diary, today: Today) -> None:
        """Be reached by a campaign: take what it grants at once, or keep its promise in mind."""
        m = today.m
        call = contact_by(campaign, self.who, 0, m)
        d.annoyed = call.annoyed
        if not call.reached:
            return
        d.events |= Event.CONTACTED
        own = m.campaigns[campaign].operator == d.person.operator
        if own and call.persuaded and takes_perk(d.person, campaign, m, today.p):
            self._accept(campaign, d, today)
        elif call.persuaded:
            d.promise = campaign

    def _accept(self, campaign: int, d: Diary, today: Today) -> None:
        """Take what a campaign grants on the present plan."""
        d.events |= Event.ACCEPTED
        d.credited = campaign
        happier = cared_for(d.person.satisfaction, campaign, today.m)
        d.person = with_perk(d.person, campaign, happier, today.m)

    def notice(self, d: Diary, today: Today) -> bool:
        """Notice friends and adverts; whether one looks around this month."""
        s = today.m.around
        moved = 0
        for friend in self.friends_of(today):
            d.friends += 1 << (4 * friend.seen_operator)
            moved += friend.seen_moved
        advert = 0.0
        for operator in range(len(s.firms)):
            if operator != d.person.operator:
                advert += s.places[operator, self.region].advert
        looks = d.look_luck < look_chance(
            d.contract_ended,
            d.shock,
            d.fault,
            d.person.satisfaction,
            advert,
            moved,
            (d.events & Event.CONTACTED) != 0 and d.credited < 0,
            self.segment == Segment.ENTERPRISE,
            today.p,
        )
        return looks or service_ended(d.person, today.m.offers)

    def friends_of(self, today: Today) -> list["Subscriber"]:
        """One's friends, the same for life, and whom one meets this month."""
        s = today.m.around
        home = s.regions[self.region]
        near, far, _, _ = uniforms(s.seed, self.who, 0, Purpose.FRIENDS, 0)
        friends = [
            friend_index(self.who, k, home.start, home.end, near if k < _NEAR_FRIENDS else far)
            for k in range(s.friends)
        ]
        friends += [
            acquaintance_index(self.who, k, home.start, home.end, s) for k in range(s.acquaintances)
        ]
        return [today.everybody[who] for who in friends]

    def choose(self, d: Diary, today: Today, *, looking: bool) -> None:
        """Compare offers; stay, be talked into it, change plan or leave; think of a second SIM."""
        m, p, _, _ = today
        s = m.around
        if looking:
            d.events |= Event.LOOKED
        taste = taste_of(d.person, [0.0] * len(s.services), s, p)
        decision = choose_main(d.person, taste, d.friends, d.promise, looking, m, p)
        leaving = m.offers.rows[decision.offer].operator != d.person.operator
        stays = leaving and self.is_saved(decision, d, today)
        if not stays and decision.offer != d.person.offer:
            self.move(decision.offer, d, today)
        if looking and may_hold_second(self.segment, m):
            second = choose_second(d.person, taste, d.left, d.friends, m, p)
            d.person = with_second(d.person, second)

    def is_saved(self, decision: Decision, d: Diary, today: Today) -> bool:
        """Whether the save desk, on notice being given, makes one stay."""
        m = today.m
        desk = m.around.firms[d.person.operator].save_desk[self.segment]
        if desk < 0:
            return False
        talk = contact_by(desk, self.who, 1, m)
        if not talk.reached:
            return False
        d.events |= Event.SAVE_DESK
        if not desk_saves(d.person, decision, desk, talk.persuaded, m, today.p):
            return False
        self._accept(desk, d, today)
        return True

    def move(self, offer: int, d: Diary, today: Today) -> None:
        """Change to another plan, at the same operator or elsewhere."""
        m = today.m
        d.exit_fee_fen = fee_for_leaving(d.person, offer, m)
        operator = m.offers.rows[offer].operator
        if operator == d.person.operator:
            d.events |= Event.CHANGED_PLAN
        else:
            d.left = d.person.operator
            d.events |= Event.LEFT
            if operator == self.left_operator:
                d.events |= Event.RETURNED
        d.person = after_move(d.person, offer, d.promise, m, today.p)
        if d.person.perk >= 0:
            d.events |= Event.ACCEPTED
            d.credited = d.person.perk

    def pay(self, d: Diary, today: Today) -> Bill:
        """Pay the bills; a newcomer's discount begins with the move and ends with the plan."""
        offer = today.m.offers.rows[d.person.offer]
        if d.left >= 0:
            self.welcome_fen = offer.welcome_fen
            self.welcome_left = offer.welcome_months
        elif d.person.offer != d.before_offer:
            self.welcome_left = 0
        welcome = self.welcome_fen if self.welcome_left > 0 else 0
        bill = bill_of(d.person, d.wish_gb, welcome, today.m, today.p)
        d.main_fen = _net_fen(bill)
        if d.person.broadband == d.person.operator:
            d.main_fen += bill.standalone_fen
        else:
            d.broadband_fen = bill.standalone_fen
        d.second_fen = bill.second_fen
        d.used_gb = bill.used_gb
        return bill

    def remember(self, bill: Bill, d: Diary, today: Today) -> None:
        """Redeem points, complain, and keep what the next month has to know; be counted."""
        m, p, _, _ = today
        s, person = m.around, d.person
        active_luck, redeem_luck, complain_luck, _ = uniforms(
            s.seed, self.who, s.month, Purpose.AFTERMATH, 0
        )
        satisfaction = next_satisfaction(
            person.satisfaction,
            s.places[person.operator, self.region].quality,
            d.fault,
            d.shock,
            d.ran_out,
            self.contacts + d.annoyed,
            p,
        )
        if complain_luck < complaint_chance(satisfaction, d.fault, d.annoyed, p):
            d.events |= Event.COMPLAINED
        earned = earned_points(_net_fen(bill), m.offers.rows[person.offer].points_per_yuan)
        points = person.points + earned
        redeemed = points if points > 0 and redeem_luck < p.redeem_chance else 0
        if redeemed:
            d.events |= Event.REDEEMED
        idle = second_idle_chance(bill.carried_gb, person.usual_gb, p)
        second_used = person.second >= 0 and active_luck >= idle
        if person.second != d.before_second:
            if person.second >= 0:
                d.events |= Event.SECOND_ADDED
            if d.before_second >= 0:
                d.events |= Event.SECOND_DROPPED
        self.points = points - redeemed
        # The engine's column holds satisfaction in four bytes: what next month starts from is the
        # rounded number, and so it must be here. Everything else is whole or never changes.
        self.satisfaction = float(np.float32(satisfaction))
        total_fen = _net_fen(bill) + bill.standalone_fen
        self.reference_fen = reference_after(person, d.before_offer, self.bill_fen, p)
        self.bill_fen = total_fen
        self._keep(d)
        month = Month(
            origin=d.origin,
            before_second=d.before_second,
            events=d.events,
            satisfaction=satisfaction,
            exit_fee_fen=d.exit_fee_fen,
            credited=d.credited,
            earned=earned,
            redeemed=redeemed,
            second_used=second_used,
        )
        count_account(today.counters, person, bill, month, m, p)

    def _keep(self, d: Diary) -> None:
        """Where one stands at the end of the month; everything that runs, runs a month less."""
        person = d.person
        self.offer, self.second, self.broadband = person.offer, person.second, person.broadband
        same_second = person.second == d.before_second
        self.tenure_months = _older(self.tenure_months) if d.left < 0 else 0
        self.second_tenure_months = _older(self.second_tenure_months) if same_second else 0
        self.contract_left = max(0, person.contract_left - 1)
        self.perk_left = max(0, person.perk_left - 1)
        self.perk = person.perk if self.perk_left > 0 else NOBODY
        self.welcome_left = max(0, self.welcome_left - 1)
        self.contacts = (self.contacts + d.annoyed) // 2
        if d.left >= 0:
            self.left_operator, self.left_months = d.left, 0
        else:
            self.left_months = min(_LONG_SINCE_LEFT, self.left_months + 1)

    def show(self, today: Today) -> None:
        """Let friends see, from next month on, where one is and whether one has just moved."""
        self.seen_operator = today.m.offers.rows[self.offer].operator
        self.seen_moved = int(self.diary is not None and self.diary.left >= 0)


def _net_fen(bill: Bill) -> int:
    return bill.plan_fen + bill.overage_fen + bill.pack_fen - bill.discount_fen


def _older(months: int) -> int:
    return min(months + 1, _LONGEST_TENURE)
