"""Sell products besides the plan (价值套餐组合、智慧家庭1+N), on trial or not."""

from agents.actions import Action, StartProgramme, StopProgramme
from agents.causes import ENDED
from agents.mechanisms.addons import ADDONS, AddonSettings
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod


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
        if phase == "first":
            terms = {name: getattr(self.settings, name) for name in AddonSettings.model_fields}
            return [StartProgramme(ADDONS.name, AddonSettings.model_validate(terms))]
        return [StopProgramme(ADDONS.name, ENDED)] if phase == "last" else []
