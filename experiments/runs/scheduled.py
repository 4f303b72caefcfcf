"""Strategies of experiments that play what is written: what is measured is the market's answer."""

from collections.abc import Mapping, Sequence

from agents.actions import Action, Reprice
from agents.observation import OperatorView
from agents.textbook import PLAN


class Scheduled:
    """Makes given moves in given months, counted from the fork, whatever it sees."""

    def __init__(self, moves: Mapping[int, Sequence[Action]]) -> None:
        self.moves = moves

    def act(self, view: OperatorView) -> list[Action]:
        """This month's moves."""
        return list(self.moves.get(view.month, ()))


class PostedPrice:
    """Posts one price for the plan of a textbook firm in the first month and keeps it."""

    def __init__(self, price_fen: int) -> None:
        self.price_fen = price_fen

    def act(self, view: OperatorView) -> list[Action]:
        """The price, in the first month."""
        return [] if view.month else [Reprice(PLAN, self.price_fen)]
