"""Strategies of experiments that make one move and then nothing: what is measured is the answer."""

from agents.actions import Action
from agents.views import OperatorView


class Once:
    """Makes its moves in the first month, whatever it sees."""

    def __init__(self, *actions: Action) -> None:
        self.actions = list(actions)

    def act(self, view: OperatorView) -> list[Action]:  # noqa: ARG002 - it looks at nothing
        """All moves at once, then none."""
        now, self.actions = self.actions, []
        return now
