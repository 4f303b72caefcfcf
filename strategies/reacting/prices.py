"""Answers to cuts: a lower price for everybody by one, a discount for newcomers by another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.observation import OfferView, OperatorView
from sim.money import round_fen
from strategies.monitoring import YEAR, price_for
from strategies.reacting.memory import Attack, MoveMemory
from strategies.reacting.moves import TOLERANCE, meets
from strategies.reacting.settings import ReactionSettings
from strategies.reacting.terms import NewcomerAnswer, PriceAnswer, Terms
from strategies.toolkit import floor_fen

Due = Callable[[Attack, int], bool]
"""Whether an attack is to be answered in a region this month."""


@dataclass(frozen=True)
class CutAnswers:
    """Answers to the attacks on prices that stand this month."""

    view: OperatorView
    settings: ReactionSettings
    cuts: list[Attack]
    gifts: list[Attack]

    @classmethod
    def to(cls, view: OperatorView, settings: ReactionSettings, memory: MoveMemory) -> "CutAnswers":
        """To what is remembered of this month, as far as it is to be answered at all."""
        answers = {
            kind: memory.attacks(kind, by_others_than=view.name)
            if kind in settings.reaction_to
            else []
            for kind in ("price", "newcomers")
        }
        return cls(view, settings, answers["price"], answers["newcomers"])

    def price(self, mine: OfferView, intended: Terms, usual: Terms) -> PriceAnswer:
        """The price for everybody that the cuts ask for, by region; `intended` where none does."""
        attacks = [a for a in self.cuts if meets("price", mine.offer, a.offer.offer)]
        if not attacks:
            return PriceAnswer(intended.price_fen, None)
        floor = floor_fen(mine.offer, self.view)
        prices: list[int] = []
        deepest: tuple[float, Attack] | None = None
        for r, price in enumerate(intended.price_fen):
            start = max(price, usual.price_fen[r])
            least = max(floor, self._limit(start))
            answers = [
                (self._against(a, r, mine, price, start), i)
                for i, a in enumerate(attacks)
                if self.due(a, r)
            ]
            lowest, which = min(answers, default=(price, 0))
            prices.append(min(price, max(least, lowest)))
            cut = 1.0 - prices[-1] / price if prices[-1] < price else 0.0
            if cut > 0 and (deepest is None or cut > deepest[0]):
                deepest = cut, attacks[which]
        return PriceAnswer(tuple(prices), deepest[1].trigger() if deepest else None)

    def newcomers(self, mine: OfferView, intended: Terms, usual: Terms) -> NewcomerAnswer | None:
        """The newcomers' price that newcomers' discounts ask for; `None`: none does.

        A newcomers' discount holds everywhere: so an answer is to what holds everywhere.
        """
        own = intended.newcomer_fen(usual.welcome_fen)
        floor = floor_fen(mine.offer, self.view)
        best: NewcomerAnswer | None = None
        for a in self.gifts:
            everywhere = all(self.due(a, r) for r in range(len(own)))
            if not everywhere or not meets("newcomers", mine.offer, a.offer.offer):
                continue
            share = min(a.depths) * YEAR / max(1, min(a.offer.welcome_months, YEAR))
            theirs = [
                price_for(a.offer, r, mine.offer.lines, newcomer=False)
                - round_fen(a.offer.welcome_fen)
                for r in range(len(own))
            ]
            if all(t >= o for t, o in zip(theirs, own, strict=True)):
                continue
            if self.settings.reaction == "escalate":
                share = 1.0 - (1.0 - share) * (1.0 - self.settings.reaction_step)
            share = min(share * self.settings.reaction_follow, self.settings.reaction_limit)
            prices = tuple(
                min(o, max(floor, round_fen(max(p, start) * (1.0 - share))))
                for o, p, start in zip(own, intended.price_fen, usual.price_fen, strict=True)
            )
            if best is None or sum(prices) < sum(best.price_fen):
                best = NewcomerAnswer(prices, a.offer.welcome_months, a.trigger())
        return best if best is not None and sum(best.price_fen) < sum(own) else None

    def due(self, attack: Attack, region: int) -> bool:
        """Whether an attack is old enough to be answered, and not yet punished enough."""
        if attack.depths[region] <= TOLERANCE:
            return False
        age = self.view.month - attack.since[region] - self.settings.reaction_delay_months
        if self.settings.reaction == "punish_then_return":
            return 0 <= age < self.settings.reaction_punish_months
        return age >= 0

    def _limit(self, start: int) -> int:
        return round_fen(start * (1.0 - self.settings.reaction_limit))

    def _against(self, attack: Attack, r: int, mine: OfferView, price: int, start: int) -> int:
        """The answer to one rival's cut.

        A match does not go deeper than the rival did: who used to be dearer stays dearer. So two
        who match, each by its own measure, do not drive each other down.
        """
        share = 1.0 - attack.depths[r]
        theirs = _price_of_attack(attack, r, mine.offer.lines)
        if theirs >= price or share >= price / max(1, start) - TOLERANCE:
            return price
        if self.settings.reaction == "escalate":
            answer = round_fen(theirs * (1.0 - self.settings.reaction_step))
        else:
            answer = max(theirs, round_fen(start * share))
        return price - round_fen(self.settings.reaction_follow * (price - answer))


def _price_of_attack(attack: Attack, region: int, lines: int) -> int:
    """What the attack alone would cost an account; the rest of a lower price is an answer."""
    posted = price_for(attack.offer, region, lines, newcomer=False)
    if attack.before is None:
        return posted
    before = price_for(attack.before, region, lines, newcomer=False)
    return max(posted, round_fen(before * (1.0 - attack.depths[region])))


def given_away_fen(
    view: OperatorView, mine: OfferView, wanted: Terms, asked: Sequence[int], asked_welcome: int
) -> float:
    """Monthly revenue, net of tax, that new terms give away on those who pay the old ones."""
    weights = view.own.lines_by_region
    total = float(weights.sum()) if len(weights) else 0.0
    payers = mine.lines if mine.offer.extra_line_yuan is None else mine.accounts
    drop = sum(
        max(0, old - new) * (float(weights[r]) / total if total else 1.0 / len(asked))
        for r, (new, old) in enumerate(zip(wanted.price_fen, asked, strict=True))
    )
    gift = max(0, wanted.welcome_fen - asked_welcome)
    if gift and len(view.own.gross_adds):
        part = mine.lines / max(1.0, float(view.own.lines[-1]))
        newcomers = float(view.own.gross_adds[-YEAR:].mean()) * part * wanted.welcome_months
        return (payers * drop + newcomers * gift) / (1.0 + view.vat_rate)
    return payers * drop / (1.0 + view.vat_rate)
