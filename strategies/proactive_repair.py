"""Proactive repair (主动排障): watch broadband lines, send a technician before one fails."""

from typing import Annotated, Literal

from pydantic import Field

from agents.actions import (
    Action,
    Campaign,
    StartCampaign,
    StopCampaign,
    Who,
)
from agents.causes import ENDED
from agents.mechanisms.line_monitor import LINE_MONITOR, LineMonitorSettings
from agents.observation import OperatorView
from agents.prediction.predictors import FAULT
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Months, Share
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, monthly_budget_yuan, programme, when


class ProactiveRepairSettings(BeginSettings, LineMonitorSettings):
    """Parameters of `proactive_repair`: how lines are watched, and where technicians are sent."""

    predictor: Literal["scorecard", "logistic", "gradient_boosting", "lstm", "coin", "oracle"] = (
        "logistic"
    )
    """What predicts that a line fails; `coin` and `oracle` are bounds to measure against."""
    records_months: Annotated[int, Field(ge=4, le=60)] = 12
    """Months of own records that it learns from."""
    retrain_months: Annotated[int, Field(ge=1, le=60)] = 3
    """How often it is trained again."""
    from_risk: Share = 0.5
    """Predicted chance from which a visit is made, within the budget; 0: `visits_share` decides."""
    visits_share: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Share of lines visited a month, the likeliest first, where `from_risk` is 0."""
    rest_months: Months = 2
    """A line is not visited again for so long."""
    channel: str = "technician"
    monthly_budget_share: Share = 0.01
    """Most spent a month on visits, as a share of own mobile revenue."""


@strategy("proactive_repair", ProactiveRepairSettings)
class ProactiveRepair:
    """Watch lines and send technicians, until the time is over."""

    def __init__(self, settings: ProactiveRepairSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """Programme and campaign begin and end together."""
        phase = phase_of(self.spell, view, self.settings)
        opened = programme(phase, LINE_MONITOR.name, LineMonitorSettings, self.settings)
        if phase == "first":
            return [*opened, StartCampaign(self.campaign(view))]
        return [StopCampaign("visits", ENDED), *opened] if phase == "last" else []

    def campaign(self, view: OperatorView) -> Campaign:
        """Visits to the lines that are likeliest to fail."""
        s = self.settings
        likely = Who(conditions=(when(FAULT, ">=", s.from_risk),), rank_by=FAULT)
        most = Who(rank_by=FAULT, top_share=s.visits_share)
        return Campaign(
            name="visits",
            who=likely if s.from_risk > 0 else most,
            when="fault_expected",
            channel=s.channel,
            budget_yuan=monthly_budget_yuan(view, s.monthly_budget_share),
            cooldown_months=s.rest_months,
            consent_only=False,  # repair of a line one pays for is no targeting
            predictor=s.predictor,
            records_months=s.records_months,
            retrain_months=s.retrain_months,
        )
