"""Partners: companies whose service comes with a plan, each deciding by its own profit.

For a beneficiary a partner earns the wholesale fee and what reach is worth to it, and pays for
those who really use the service. A direct buyer who cancels because the service now comes with the
plan costs it the retail margin. The functions here are the decisions; `Partner` only remembers.
What is agreed is for the market to carry out: asking commits nobody.

What a partner cannot know it conjectures, and only this:

- *Who would cancel.* Its experience with all operators; a prior counts like a tenth of the people
  proposed.
- *What an operator bears.* Its first price was the best one for the facts it first saw, as markups
  are inferred from prices in empirical work. With demand that falls linearly in its fee and ends at
  L, the best fee at a cost c per beneficiary is (L + c) / 2, so L = 2 × first price - first cost.
  Hence it passes on half of any change in its cost, and while nothing changes nor does its price.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import mesa

from agents.actions import ProposeAlliance
from agents.causes import Ground
from agents.settings import PartnerSettings
from sim.money import round_fen, to_fen

HORIZON_MONTHS = 24
"""Over which setting up must pay, and over which what an exclusive forgoes is counted."""
PRIOR_WEIGHT = 0.1
"""Weight of the prior cancel share, as a share of the people proposed."""
PRIOR_OWNED = 0.2
"""Share of beneficiaries believed to buy directly when the number of accounts is not known."""
PRIOR_CANCEL = 0.5
"""Of these, the share believed to cancel."""
ROOM = 1.25
"""An operator is believed to bear at least this multiple of what it pays now, but never retail."""
STEPS_PERCENT = (0, -5, 5, -10, 10, -15, 15, -20, 20)
"""Price changes weighed at a review, the smallest first, which wins a tie."""
WORTH_A_CHANGE = 0.05
"""A new price must promise this much more: chance alone moves a few customers."""
ASK_STEP = 0.05
"""The asked price is posted anew when it is off by this share."""
NO_PRICE = 0
"""Stands in a refusal for which no price would make up."""


@dataclass(frozen=True)
class Alliance:
    """What a partner and an operator have agreed."""

    wholesale_fen: int
    exclusive: bool
    since_month: int


@dataclass(frozen=True)
class Reach:
    """One operator's customers, in real accounts, last month."""

    given: float
    """Accounts that receive the benefit."""
    cancelled: float
    """Of these, direct buyers who cancelled their own subscription."""


@dataclass(frozen=True)
class Reply:
    """A partner's answer to a proposal."""

    accepted: bool
    wholesale_fen: int
    """The agreed price, or the lowest it would take; `NO_PRICE` in a refusal: none would do."""
    ground: Ground
    reason: str


@dataclass(frozen=True)
class Change:
    """What a review of one alliance decided."""

    operator: int
    kind: Literal["leave", "reprice", "renew"]
    wholesale_fen: int
    """From now on; what it was, if the partner leaves."""
    ground: Ground
    reason: str


@dataclass(frozen=True)
class Position:
    """What a partner has and has seen when it decides."""

    settings: PartnerSettings
    alliances: Mapping[int, Alliance]
    reach: Mapping[int, Reach]
    direct: float
    """Accounts that pay the partner directly."""
    accounts: float | None = None
    """Accounts in the whole market, where known."""
    remembered: Mapping[int, Reach] = field(default_factory=dict[int, Reach])
    """Reach as last seen with every operator ever served: leaving teaches, and is not forgotten."""


NOBODY_REACHED = Reach(0.0, 0.0)


def profit_fen(alliance: Alliance, reach: Reach, settings: PartnerSettings) -> int:
    """What one month of an alliance is worth to the partner."""
    per_head = alliance.wholesale_fen - _serving_fen(settings, alliance.exclusive)
    return round_fen(reach.given * per_head - reach.cancelled * _direct_margin_fen(settings))


def unit_cost_fen(settings: PartnerSettings, cancel_share: float, exclusive: bool = False) -> float:
    """The fee at which a beneficiary earns nothing; negative: the partner would pay for reach."""
    lost_sales = cancel_share * _direct_margin_fen(settings)
    return _serving_fen(settings, exclusive) + lost_sales


def _serving_fen(settings: PartnerSettings, exclusive: bool) -> float:
    per_user = settings.service_cost_yuan - settings.reach_value_yuan
    gain = settings.exclusive_gain_yuan if exclusive else 0.0
    return 100.0 * (settings.activity * per_user - gain)


def _direct_margin_fen(settings: PartnerSettings) -> float:
    return 100.0 * (settings.retail_yuan - settings.service_cost_yuan)


def cancel_share(position: Position, people: float) -> float:
    """Share of `people` further beneficiaries who are expected to cancel what they pay directly.

    (cancelled so far + w × prior) / (given so far + w), with w = `PRIOR_WEIGHT` × people; the
    prior is `PRIOR_CANCEL` × the share of all accounts that buy, or bought, directly.
    """
    seen = {**position.remembered, **_reached_now(position.reach)}
    given = sum(reach.given for reach in seen.values())
    cancelled = sum(reach.cancelled for reach in seen.values())
    owned = PRIOR_OWNED
    if position.accounts is not None:
        lost = sum(reach.cancelled for reach in position.reach.values())
        owned = min(1.0, (position.direct + lost) / max(1.0, position.accounts))
    weight = PRIOR_WEIGHT * people
    if given + weight <= 0.0:
        return PRIOR_CANCEL * owned
    return (cancelled + weight * PRIOR_CANCEL * owned) / (given + weight)


def expected_reach(proposal: ProposeAlliance, operator: int, position: Position) -> Reach:
    """Whom the partner expects to serve: whom it serves there now, and whoever is to be added.

    No more people can cancel than still pay directly.
    """
    there = _reached(position, operator) if operator in position.alliances else NOBODY_REACHED
    people = max(proposal.expected_people, there.given)
    added = people - there.given
    cancelling = min(position.direct, added * cancel_share(position, added))
    return Reach(people, there.cancelled + cancelling)


def weigh(proposal: ProposeAlliance, operator: int, position: Position) -> Reply:
    """Answer a proposal: yes if it pays and is worth at least what would be given up for it.

    Given up is the present alliance with the same operator (these terms replace it) and, for
    an exclusive, every profitable alliance with others. A first connection costs its set-up.
    """
    settings, alliances = position.settings, position.alliances
    for other, alliance in alliances.items():
        if alliance.exclusive and other != operator:
            since = f"since month {alliance.since_month}"
            why = f"bound exclusively to another operator {since}"
            return Reply(False, NO_PRICE, Ground.BOUND_ELSEWHERE, why)
    reach = expected_reach(proposal, operator, position)
    if reach.given < 1.0:
        why = f"nobody to reach: {reach.given:.1f} people expected"
        return Reply(False, NO_PRICE, Ground.NOBODY_TO_REACH, why)
    replaced = [who for who in alliances if proposal.exclusive or who == operator]
    given_up = HORIZON_MONTHS * sum(
        max(0, profit_fen(alliances[who], _reached(position, who), settings)) for who in replaced
    )
    setup = 0 if operator in alliances else to_fen(settings.setup_yuan)

    def gain(wholesale_fen: int) -> int:
        terms = Alliance(wholesale_fen, proposal.exclusive, 0)
        return HORIZON_MONTHS * profit_fen(terms, reach, settings) - setup

    def acceptable(wholesale_fen: int) -> bool:
        return wholesale_fen >= 0 and gain(wholesale_fen) >= max(1, given_up)

    offered = proposal.wholesale_fen
    lost = _percent(reach.cancelled, reach.given)
    people = f"{reach.given:,.0f} people, {lost} of them cancelling"
    terms = f"{_yuan(offered)} for {people}: {_sum(gain(offered))} in {HORIZON_MONTHS} months"
    if given_up:
        terms += f", giving up {_sum(given_up)}"
    if acceptable(offered):
        return Reply(True, offered, Ground.PAYS, terms)
    at_nothing = profit_fen(Alliance(0, proposal.exclusive, 0), reach, settings)
    needed = (max(1, given_up) + setup) / HORIZON_MONTHS - at_nothing
    lowest = _lowest(acceptable, math.ceil(needed / reach.given))
    return Reply(False, lowest, Ground.DOES_NOT_PAY, f"{terms}; would take {_yuan(lowest)}")


def _reached_now(reach: Mapping[int, Reach]) -> dict[int, Reach]:
    return {operator: seen for operator, seen in reach.items() if seen.given > 0.0}


def _reached(position: Position, operator: int) -> Reach:
    return position.reach.get(operator, NOBODY_REACHED)


def _lowest(acceptable: Callable[[int], bool], guess: int) -> int:
    """The lowest acceptable whole price; `guess` is right but for rounding."""
    price = max(0, guess)
    while not acceptable(price):
        price += 1
    while acceptable(price - 1):
        price -= 1
    return price


def inferred_limit_fen(settings: PartnerSettings, first_cancel_share: float) -> int:
    """The fee at which an operator would take no more, if the first price was the best one."""
    first_price = to_fen(settings.wholesale_yuan)
    return round_fen(2 * first_price - unit_cost_fen(settings, first_cancel_share))


def most_borne_fen(now_fen: int, limit_fen: int, settings: PartnerSettings) -> int:
    """The most that an operator who pays `now_fen` is believed to bear; at least what it pays."""
    room = max(limit_fen, round_fen(ROOM * now_fen))
    return max(now_fen, min(to_fen(settings.retail_yuan), room))


def conjectured_profit_fen(
    price_fen: int, alliance: Alliance, reach: Reach, most_fen: int, settings: PartnerSettings
) -> int:
    """Monthly profit at another price: reach falls linearly, to nobody at `most_fen`."""
    now = alliance.wholesale_fen
    if price_fen == now or (most_fen == now and price_fen < now):
        kept = 1.0
    elif price_fen >= most_fen:
        kept = 0.0
    else:
        kept = (most_fen - price_fen) / (most_fen - now)
    at_price = profit_fen(replace(alliance, wholesale_fen=price_fen), reach, settings)
    return round_fen(kept * at_price)


def reconsider(
    operator: int,
    alliance: Alliance,
    reach: Reach,
    earned_fen: int,
    limit_fen: int,
    settings: PartnerSettings,
) -> Change:
    """Leave, reprice or renew; `earned_fen` is the profit since the last review.

    A profitable alliance moves by at most a fifth, and only where that is worth it. After a
    loss any price that the operator is believed to bear is open; if none would earn anything, the
    partner leaves.
    """
    now = alliance.wholesale_fen
    if reach.given <= 0.0:
        why = "nobody receives it at present"
        return Change(operator, "renew", now, Ground.NOBODY_TO_REACH, why)
    most = most_borne_fen(now, limit_fen, settings)
    cost = now - profit_fen(alliance, reach, settings) / reach.given
    prices = [round_fen(now * (100 + step) / 100) for step in STEPS_PERCENT]
    if earned_fen < 0:
        prices.append(round_fen((most + cost) / 2))
    promises = {
        price: conjectured_profit_fen(price, alliance, reach, most, settings)
        for price in prices
        if 0 <= price <= most
    }
    best = max(promises, key=promises.__getitem__)
    lost = _percent(reach.cancelled, reach.given)
    facts = f"a beneficiary costs {_yuan(cost)} a month with {lost} cancelling"
    if earned_fen < 0 and promises[best] <= 0:
        why = f"lost {_sum(-earned_fen)} since the last review: {facts}"
        why += f", and nobody would pay over {_yuan(most)}"
        return Change(operator, "leave", now, Ground.DOES_NOT_PAY, why)
    more = promises[best] - promises[now]
    if more < max(1.0, WORTH_A_CHANGE * abs(promises[now])):
        why = f"{_sum(earned_fen)} since the last review: {facts}"
        return Change(operator, "renew", now, Ground.PAYS, why)
    why = f"{facts}: {_yuan(best)} instead of {_yuan(now)} promises {_sum(promises[best])} a month"
    return Change(
        operator, "reprice", best, Ground.BETTER_PRICE, f"{why} instead of {_sum(promises[now])}"
    )


def asked_fen(asked_now_fen: int, limit_fen: int, cost_fen: float) -> int:
    """What the partner asks of anybody new: at least its cost; kept if about right."""
    best = max(0, math.ceil(cost_fen), round_fen((limit_fen + cost_fen) / 2))
    return best if abs(best - asked_now_fen) > ASK_STEP * asked_now_fen else asked_now_fen


class Partner(mesa.Agent[mesa.Model[Any, Any]]):
    """One partner: its alliances, the price it asks, and what it has learnt."""

    def __init__(
        self,
        model: mesa.Model[Any, Any],
        name: str,
        settings: PartnerSettings,
        accounts: float | None = None,
    ) -> None:
        super().__init__(model)
        self.name = name
        self.settings = settings
        self.accounts = accounts
        self.alliances: dict[int, Alliance] = {}
        self.asks_fen = to_fen(settings.wholesale_yuan)
        self.limit_fen: int | None = None
        """What it believes operators to bear; unknown until it has served somebody."""
        self._earned_fen: dict[tuple[int, int], int] = {}
        self._remembered: dict[int, Reach] = {}

    @property
    def retail_fen(self) -> int:
        """What its service costs when bought directly."""
        return to_fen(self.settings.retail_yuan)

    def consider(
        self,
        proposal: ProposeAlliance,
        operator: int,
        month: int,  # noqa: ARG002  an answer depends on what was seen, not on the date
        reach: dict[int, Reach],
        direct: float,
    ) -> Reply:
        """Answer a proposal; nothing is agreed until the market signs it."""
        return weigh(proposal, operator, self._position(reach, direct))

    def review(self, month: int, reach: dict[int, Reach], direct: float) -> list[Change]:
        """What to change. To be asked every month, in which the partner keeps its books.

        An alliance is reviewed every `review_months` after it began. The first facts ever seen tell
        the partner what operators bear.
        """
        self._book_month(month, reach)
        share = cancel_share(self._position(reach, direct), 0.0)
        if self.limit_fen is None:
            if not self._remembered:
                return []
            self.limit_fen = inferred_limit_fen(self.settings, share)
        changes: list[Change] = []
        for operator, alliance in sorted(self.alliances.items()):
            age = month - alliance.since_month
            if age <= 0 or age % self.settings.review_months != 0:
                continue
            earned = self._earned_fen.pop((operator, alliance.since_month), 0)
            seen = reach.get(operator, NOBODY_REACHED)
            changes.append(
                reconsider(operator, alliance, seen, earned, self.limit_fen, self.settings)
            )
        if changes:
            cost = unit_cost_fen(self.settings, share)
            self.asks_fen = asked_fen(self.asks_fen, self.limit_fen, cost)
        return changes

    def _position(self, reach: dict[int, Reach], direct: float) -> Position:
        return Position(
            self.settings, self.alliances, reach, direct, self.accounts, self._remembered
        )

    def _book_month(self, month: int, reach: dict[int, Reach]) -> None:
        books: dict[tuple[int, int], int] = {}
        for operator, alliance in self.alliances.items():
            if month > alliance.since_month:
                key = (operator, alliance.since_month)
                seen = reach.get(operator, NOBODY_REACHED)
                earned = profit_fen(alliance, seen, self.settings)
                books[key] = self._earned_fen.get(key, 0) + earned
        self._earned_fen = books
        self._remembered.update(_reached_now(reach))


def _yuan(fen: float) -> str:
    return f"{fen / 100:.2f} yuan"


def _sum(fen: float) -> str:
    yuan = fen / 100
    return f"{yuan / 1e6:,.2f} million yuan" if abs(yuan) >= 1e5 else f"{yuan:,.0f} yuan"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"
