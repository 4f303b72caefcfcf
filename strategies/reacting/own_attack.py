"""An own attack that others answer: go on, go deeper, or take it back.

Whoever cuts first gains as long as others do not follow. Matched in full, an attack earns less and
wins nothing: one operator goes a step deeper, another returns to its old prices (as the kinked
demand curve has it, Sweezy 1939). Either is judged on what the operator sees and on its own books.
"""

from agents.causes import Cause, MoveKind, Trigger, Why
from agents.observation import OperatorView
from strategies.monitoring import alike
from strategies.reacting.books import contribution_fen, earns_less
from strategies.reacting.memory import MoveMemory
from strategies.reacting.moves import TOLERANCE
from strategies.reacting.settings import ReactionSettings
from strategies.reacting.terms import Terms
from strategies.toolkit import floor_fen

IN_FULL = 0.01
"""A cut is matched in full if the other's is no more than this share of the price less deep."""
CUTS: tuple[MoveKind, ...] = ("price", "newcomers")
RETURNS = ("match", "profit_rule", "punish_then_return")


class OwnAttack:
    """What becomes of the operator's own cuts."""

    def __init__(self, settings: ReactionSettings) -> None:
        self.settings = settings
        self.steps = 0
        """How often it was deepened."""
        self.taken_back: set[str] = set()
        """Offers whose old terms have returned, whatever the strategy asked for."""
        self._began: int | None = None
        self._matched: int | None = None
        self._by: Trigger | None = None
        """Who matched first."""

    def judge(self, view: OperatorView, memory: MoveMemory, *, settled: bool) -> None:
        """Look at the own attack once a month; `settled`: what was asked for is posted."""
        own = self._offers(view, memory)
        if not own:
            self._began = self._matched = None
            self.steps = 0
            return
        if self._began is None:
            self._began = view.month - 1  # what is posted was asked for a month ago
        followers = [r.name for r in view.rivals if _matched_by(view, memory, r.name, own)]
        if not followers:
            self._matched = self._by = None
        elif self._matched is None:
            self._matched = view.month
            self._by = Trigger(followers[0], next(iter(own.values())), "", view.month)
        if self._returns(view):
            self.taken_back |= own.keys()
        elif self._deepens(view) and settled:
            self.steps += 1
            self._matched = None

    def why(self, name: str) -> Why:
        """Why an offer's terms are not those that the strategy asked for."""
        cause = Cause.TAKEN_BACK if name in self.taken_back else Cause.DEEPENED
        return Why(cause, self._by)

    def wants(self, view: OperatorView, name: str, intended: Terms, usual: Terms) -> Terms:
        """What the strategy's terms become in the light of others' answers."""
        if name in self.taken_back:
            return usual
        if not self.steps:
            return intended
        mine = next(o for o in view.offers if o.name == name)
        floor = floor_fen(mine.offer, view)
        factor = (1.0 - self.settings.reaction_step) ** self.steps
        limit = 1.0 - self.settings.reaction_limit
        prices = tuple(
            _deeper(price, start, factor, max(floor, round(start * limit)))
            for price, start in zip(intended.price_fen, usual.price_fen, strict=True)
        )
        own = intended.newcomer_fen(usual.welcome_fen)
        gifts = [
            price - _deeper(newcomer, price, factor, max(floor, round(start * limit)))
            for newcomer, price, start in zip(own, prices, usual.price_fen, strict=True)
        ]
        gift = max(0, min(gifts)) if intended.welcome_fen > usual.welcome_fen else 0
        welcome = min(usual.welcome_fen, intended.welcome_fen) + gift
        return Terms(prices, welcome, intended.welcome_months)

    def changed(self, name: str) -> None:
        """The strategy has a new intention for an offer: what was taken back before is past."""
        self.taken_back.discard(name)

    def _offers(self, view: OperatorView, memory: MoveMemory) -> dict[str, MoveKind]:
        """Own offers that attack, and how."""
        return {
            o.name: kind
            for o in view.offers
            for kind in reversed(CUTS)
            for r in range(len(view.regions))
            if memory.attack_depth(view.name, kind, o.name, r) > TOLERANCE
        }

    def _returns(self, view: OperatorView) -> bool:
        s = self.settings
        assert self._began is not None
        over = s.gives_up_after > 0 and view.month - self._began >= s.gives_up_after
        matched = (
            s.reaction in RETURNS
            and self._matched is not None
            and view.month - self._matched >= s.reaction_patience_months
        )
        return (over or matched) and earns_less(view)

    def _deepens(self, view: OperatorView) -> bool:
        s = self.settings
        return (
            s.reaction == "escalate"
            and self._matched is not None
            and view.month - self._matched >= s.reaction_delay_months
            and contribution_fen(view)[1] > 0
        )


def _deeper(price: int, start: int, factor: float, least: int) -> int:
    """A cut price times a factor, but not under the least; a price that was not cut stays."""
    return price if price >= start else min(price, max(least, round(price * factor)))


def _matched_by(
    view: OperatorView, memory: MoveMemory, rival: str, own: dict[str, MoveKind]
) -> bool:
    """Whether a rival has followed on at least half of its offers that compare."""
    theirs = next(r for r in view.rivals if r.name == rival)
    mine = {o.name: o for o in view.offers_before}
    followed = compared = 0
    for name, kind in own.items():
        if name not in mine:
            continue
        for other in theirs.offers_before:
            if not alike(mine[name].offer, other.offer):
                continue
            for r in range(len(view.regions)):
                depth = memory.attack_depth(view.name, kind, name, r)
                if depth > TOLERANCE:
                    compared += 1
                    answer = max(memory.depth(rival, k, other.name, r) for k in ("price", kind))
                    followed += answer >= depth - IN_FULL
    return compared > 0 and 2 * followed >= compared
