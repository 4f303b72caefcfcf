"""Pay customers who create (创作者激励), and sell what others watch of it."""

from agents.actions import Action
from agents.mechanisms.addon_settings import AddonSettings
from agents.mechanisms.addons import ADDONS
from agents.mechanisms.creators import CREATORS, CreatorSettings
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, programme


class CreatorsSettings(BeginSettings, AddonSettings, CreatorSettings):
    """Parameters of `creators`: when it begins, what is sold, and what is paid."""


@strategy("creators", CreatorsSettings)
class Creators:
    """Open the catalogue and begin to pay; end both when the time is over."""

    def __init__(self, settings: CreatorsSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """Both programmes open and close."""
        phase = phase_of(self.spell, view, self.settings)
        return [
            *programme(phase, ADDONS.name, AddonSettings, self.settings),
            *programme(phase, CREATORS.name, CreatorSettings, self.settings),
        ]
