"""A growth system (用户成长体系): points and levels that customers lose when they leave."""

from agents.actions import Action
from agents.mechanisms.growth_points import GROWTH_POINTS, GrowthSettings
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, programme


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
        return programme(phase, GROWTH_POINTS.name, GrowthSettings, self.settings)
