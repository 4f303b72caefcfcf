"""Strategies of experiments that play what is written: what is measured is the market's answer."""

from collections.abc import Mapping, Sequence

from agents.actions import Action
from agents.observation import OperatorView


class GivenMoves:
    """Makes given moves in given months, counted from the fork, whatever it sees."""

    def __init__(self, moves: Mapping[int, Sequence[Action]]) -> None:
        self.moves = moves

    def act(self, view: OperatorView) -> list[Action]:
        """This month's moves."""
        return list(self.moves.get(view.month, ()))
