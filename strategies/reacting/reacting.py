"""A strategy with a reaction on top: what it intends, what rivals attack, the deeper of the two."""

from dataclasses import replace

from agents.actions import Action, Advertise, Reprice, Welcome
from agents.causes import ENDED, Cause, MoveKind, Why
from agents.observation import OfferView, OperatorView, Strategy
from strategies.reacting.books import lines_lost_monthly, margin_fen
from strategies.reacting.memory import Attack, MoveMemory
from strategies.reacting.other_moves import OtherMoves
from strategies.reacting.own_attack import OwnAttack
from strategies.reacting.prices import CutAnswers, given_away_fen
from strategies.reacting.settings import ReactionSettings
from strategies.reacting.success import Success
from strategies.reacting.terms import Terms, TermsDesk, deeper_of

ANSWERS_PRICES = ("match", "escalate", "profit_rule", "punish_then_return")
ANSWERS_OTHERS = ("match", "escalate", "profit_rule", "copy")


class Reacting:
    """Plays a strategy and answers rivals' moves besides."""

    def __init__(self, base: Strategy, settings: ReactionSettings) -> None:
        self.base = base
        self.settings = settings
        self.memory = MoveMemory(settings.reaction_memory_months)
        self.own = OwnAttack(settings)
        self.others = OtherMoves(settings)
        self.success = Success(settings)
        self.intended: dict[str, Terms] = {}
        """What the base strategy wants, by offer."""
        self.desk = TermsDesk()
        self.answered: set[str] = set()
        """Offers whose posted terms are, or were a month ago, an answer."""
        self.why: dict[str, Why] = {}
        """Why an offer was last asked to have other terms than the strategy wants."""

    def act(self, view: OperatorView) -> list[Action]:
        """The base strategy's actions, as far as they stand, and the answers to rivals."""
        self.memory.look(view)
        self.success.look(view)
        for mine in view.offers:
            self.intended.setdefault(mine.name, Terms.of(mine))
            self.desk.last_request.setdefault(mine.name, Terms.of(mine))
        passive = getattr(self.base, "passive", False)
        actions = [] if passive else self.base.act(self._without_answers(view))
        for action in actions:
            self._note(action, view)
        settled = all(self._is_posted(o) for o in view.offers)
        self.own.judge(view, self.memory, settled=settled)
        terms = self._wanted(view)
        kept = [a for a in actions if self._stands(a, terms)]
        for action in kept:
            if isinstance(action, Reprice | Welcome) and action.offer in self.desk.last_request:
                last = self.desk.last_request[action.offer]
                self.desk.note(action.offer, last.after(action, view.regions))
        for mine in view.offers:
            if mine.name in terms:
                kept += self.desk.post(view, mine, terms[mine.name], self._why(mine.name, terms))
                if terms[mine.name] != self.intended[mine.name]:
                    self.answered.add(mine.name)
        if self.settings.reaction in ANSWERS_OTHERS:
            kept += self.others.act(view, self._due)
        return kept

    @property
    def kind(self) -> str:
        """The name of what it plays, in the log."""
        return str(getattr(self.base, "kind", ""))

    def _why(self, name: str, wanted: dict[str, Terms]) -> Why:
        """Why an offer gets its terms: as in `_wanted`, or since that is over."""
        if wanted[name] != self.intended[name]:
            return self.why[name]
        return replace(self.why.get(name, ENDED), cause=Cause.ENDED)

    def _without_answers(self, view: OperatorView) -> OperatorView:
        """The view as the base strategy has a right to it: own offers as it left them.

        It would else cut by its share what is an answer already, or take back what it never gave.
        """
        offers: list[OfferView] = []
        for mine in view.offers:
            intended = self.intended[mine.name]
            if mine.name in self.answered:
                if Terms.of(mine) == intended == self.desk.last_request[mine.name]:
                    self.answered.discard(mine.name)
                mine = replace(mine, **vars(intended))  # noqa: PLW2901 - the same offer
            offers.append(self.others.left_out(mine, view))
        return replace(view, offers=tuple(offers))

    def _note(self, action: Action, view: OperatorView) -> None:
        """Keep what the base strategy wants of an offer."""
        if not isinstance(action, Reprice | Welcome) or action.offer not in self.intended:
            return
        self.own.changed(action.offer)
        self.intended[action.offer] = self.intended[action.offer].after(action, view.regions)

    def _stands(self, action: Action, wanted: dict[str, Terms]) -> bool:
        """Whether a base action is carried out as it is; others are posted with the answers."""
        if isinstance(action, Reprice | Welcome):
            name = action.offer
            return name not in wanted or wanted[name] == self.intended[name]
        return not (isinstance(action, Advertise) and self.own.taken_back)

    def _is_posted(self, mine: OfferView) -> bool:
        return Terms.of(mine) == self.desk.last_request.get(mine.name)

    def _wanted(self, view: OperatorView) -> dict[str, Terms]:
        """Terms of every offer on sale: the base strategy's and the answer's, the deeper of two."""
        usual = {o.name: Terms.of(o) for o in view.offers_before}
        answers = CutAnswers.to(view, self.settings, self.memory)
        prices = self.settings.reaction in ANSWERS_PRICES
        by_plan: dict[str, Terms] = {}
        without: dict[str, Terms] = {}
        for mine in view.offers:
            if not mine.on_sale:
                continue
            intended = self.intended[mine.name]
            start = usual.get(mine.name, intended)
            own = self.own.wants(view, mine.name, intended, start)
            by_plan[mine.name] = without[mine.name] = own
            if own != intended:
                self.why[mine.name] = self.own.why(mine.name)
            if prices and (answers.cuts or answers.gifts):
                price = answers.price(mine, own, start)
                newcomers = answers.newcomers(mine, own, start)
                if price.trigger or newcomers is not None:
                    by_plan[mine.name] = deeper_of(own, price.price_fen, newcomers, start)
                    trigger = price.trigger or (newcomers and newcomers.trigger) or None
                    self.why[mine.name] = Why(Cause.REACTION, trigger)
        if self.settings.reaction == "profit_rule" and not self._pays(view, by_plan):
            return {
                name: self._no_deeper(terms, without[name], name) for name, terms in by_plan.items()
            }
        return by_plan

    def _no_deeper(self, terms: Terms, own: Terms, name: str) -> Terms:
        """An answer that does not pay goes no deeper than it went before, or than is intended."""
        last = self.desk.last_request[name]
        if terms == own:
            return own
        prices = tuple(max(a, b) for a, b in zip(terms.price_fen, last.price_fen, strict=True))
        welcome = min(terms.welcome_fen, max(last.welcome_fen, own.welcome_fen))
        months = terms.welcome_months if welcome == terms.welcome_fen else last.welcome_months
        return Terms(prices, welcome, months)

    def _pays(self, view: OperatorView, wanted: dict[str, Terms]) -> bool:
        """Whether keeping lines is worth more than the revenue given away on the whole base."""
        horizon = self.settings.reaction_horizon_months
        kept = self.settings.reaction_stops_share * lines_lost_monthly(view)
        saved_line_months = kept * horizon * (horizon + 1) / 2
        given = sum(
            given_away_fen(
                view,
                mine,
                wanted[mine.name],
                self.desk.last_request[mine.name].price_fen,
                self.desk.last_request[mine.name].welcome_fen,
            )
            for mine in view.offers
            if mine.name in wanted
        )
        return saved_line_months * margin_fen(view) > horizon * given > 0

    def _due(self, view: OperatorView, kind: MoveKind) -> list[Attack]:
        """Attacks of a kind other than prices that are to be answered this month."""
        s = self.settings
        if kind not in s.reaction_to:
            return []
        return [
            a
            for a in self.memory.attacks(kind, by_others_than=view.name)
            if view.month - max(a.since) >= s.wait_months and self.success.worth(view, a)
        ]
