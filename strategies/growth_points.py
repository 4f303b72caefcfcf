"""A growth system (用户成长体系): points and levels that customers lose when they leave."""

from agents.actions import Action, StartProgramme, StopProgramme
from agents.causes import ENDED
from agents.mechanisms.growth_points import GROWTH_POINTS, GrowthSettings
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod


class GrowthPointsSettings(BeginSettings, GrowthSettings):
    """Parameters of `growth_points`: when the programme opens and closes, and its terms."""


@strategy("growth_points", GrowthPointsSettings)
class GrowthPoints:
    """Open the programme once; close it when the time is over."""

    def __init__(self, settings: GrowthPointsSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The programme opens and closes."""
        phase = phase_of(self.spell, view, self.settings)
        if phase == "first":
            terms = {name: getattr(self.settings, name) for name in GrowthSettings.model_fields}
            settings = GrowthSettings.model_validate(terms)
            return [StartProgramme(GROWTH_POINTS.name, settings)]
        if phase == "last":
            return [StopProgramme(GROWTH_POINTS.name, ENDED)]
        return []
