"""Forecast failures of base stations (基站故障预测), and send crews before they happen."""

from agents.actions import Action
from agents.mechanisms.station_watch import STATION_WATCH, StationWatchSettings
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, programme


class StationsSettings(BeginSettings, StationWatchSettings):
    """Parameters of `station_watch`: when it begins and ends, and how it is done."""


@strategy("station_watch", StationsSettings)
class StationWatch:
    """Begin to watch, and stop when the time is over."""

    def __init__(self, settings: StationsSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The programme opens and closes."""
        phase = phase_of(self.spell, view, self.settings)
        return programme(phase, STATION_WATCH.name, StationWatchSettings, self.settings)
