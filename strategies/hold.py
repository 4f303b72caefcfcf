"""Do nothing: the yardstick of every other strategy."""

from agents.actions import Action
from agents.observation import OperatorView
from sim.schema import Settings
from strategies.registry import strategy


class HoldSettings(Settings):
    """Nothing to set."""


@strategy("hold", HoldSettings)
class Hold:
    """Leave everything as it is."""

    passive = True
    """Never acts: the market need not even show it its view."""

    def __init__(self, settings: HoldSettings) -> None:
        self.settings = settings

    def act(self, view: OperatorView) -> list[Action]:  # noqa: ARG002 - the form of all strategies
        """No actions, whatever is seen."""
        return []
