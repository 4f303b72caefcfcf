"""Sell products besides the plan (价值套餐组合、智慧家庭1+N), on trial or not."""

from agents.actions import Action
from agents.mechanisms.addon_settings import AddonSettings
from agents.mechanisms.addons import ADDONS
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, programme


class AddonsSettings(BeginSettings, AddonSettings):
    """Parameters of `addons`: when they are sold, and which."""


@strategy("addons", AddonsSettings)
class Addons:
    """Open the catalogue once; close it when the time is over."""

    def __init__(self, settings: AddonsSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The catalogue opens and closes."""
        phase = phase_of(self.spell, view, self.settings)
        return programme(phase, ADDONS.name, AddonSettings, self.settings)
