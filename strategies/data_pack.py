"""A demand forecast (需求预测引擎): push a data pack to whoever is about to run out of data."""

from typing import Annotated, Literal

from pydantic import Field

from agents.actions import Action, Campaign, StartCampaign, StopCampaign, Treatment, Who
from agents.causes import ENDED
from agents.observation import OperatorView
from agents.prediction.predictors import USAGE
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, monthly_budget_yuan, when


class DataPackSettings(BeginSettings):
    """Parameters of `data_pack`."""

    from_share: Annotated[float, Field(ge=0, le=10)] = 0.9
    """Forecast use over the allowance from which the pack is pushed."""
    records_months: Annotated[int, Field(ge=4, le=60)] = 6
    """Months of own records whose mean is the forecast."""
    forecast: Literal["mean_of_months", "coin", "oracle"] = "mean_of_months"
    """What forecasts usage; `coin` and `oracle` are bounds to measure against."""
    pack_gb: Annotated[float, Field(gt=0, le=10_000)] = 5.0
    """Data of the pack, a line, for this month."""
    pack_yuan: Yuan = 10.0
    """Its price, a line."""
    channel: str = "app"
    consent_only: bool = True
    """Whether only customers who consented to personal targeting are asked."""
    monthly_budget_share: Share = 0.005
    """Most spent a month on messages, as a share of own mobile revenue."""


@strategy("data_pack", DataPackSettings)
class DataPack:
    """Start the campaign once; end it when the time is over."""

    def __init__(self, settings: DataPackSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The campaign begins and ends."""
        phase = phase_of(self.spell, view, self.settings)
        if phase == "first":
            return [StartCampaign(self.campaign(view))]
        return [StopCampaign("data_pack", ENDED)] if phase == "last" else []

    def campaign(self, view: OperatorView) -> Campaign:
        """Packs for whoever is forecast to run out."""
        s = self.settings
        return Campaign(
            name="data_pack",
            who=Who(conditions=(when(USAGE, ">=", s.from_share),), rank_by=USAGE),
            what=Treatment(gb=s.pack_gb, pack_yuan=s.pack_yuan, months=1, kind="data_pack"),
            when="running_low",
            channel=s.channel,
            budget_yuan=monthly_budget_yuan(view, s.monthly_budget_share),
            cooldown_months=1,
            consent_only=s.consent_only,
            predictor="scorecard" if s.forecast == "mean_of_months" else s.forecast,
            records_months=s.records_months,
        )
