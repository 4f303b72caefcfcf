"""Calls by AI (智能外呼) that wake who does not use a line, with a benefit."""

from typing import Annotated

from pydantic import Field

from agents.actions import Action, Campaign, StartCampaign, StopCampaign, Treatment, Who
from agents.causes import ENDED
from agents.mechanisms.outbound_calls import OUTBOUND_CALLS, OutboundCallSettings
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Months, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, monthly_budget_yuan, programme, when


class AiOutboundSettings(BeginSettings, OutboundCallSettings):
    """Parameters of `ai_outbound`: who is called how often, with what, and how people take it."""

    silent_from_months: Annotated[int, Field(ge=1, le=120)] = 3
    """Months without use from which somebody is called."""
    rest_months: Months = 3
    """Nobody is called again for so long."""
    benefits: tuple[str, ...] = ("video",)
    """Partners' services granted to who comes back."""
    gb: Annotated[float, Field(ge=0, le=10_000)] = 10.0
    """Data granted, a month."""
    discount_yuan: Yuan = 0.0
    """Taken off the bill, a month."""
    benefit_months: Annotated[int, Field(ge=1, le=60)] = 3
    """For how long."""
    channel: str = "ai_call"
    consent_only: bool = True
    """Whether only customers who consented to personal targeting are called."""
    monthly_budget_share: Share = 0.002
    """Most spent a month on calls and discounts, as a share of own mobile revenue."""


@strategy("ai_outbound", AiOutboundSettings)
class AiOutbound:
    """Begin to call, and stop when the time is over."""

    def __init__(self, settings: AiOutboundSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """Programme and campaign begin and end together."""
        phase = phase_of(self.spell, view, self.settings)
        opened = programme(phase, OUTBOUND_CALLS.name, OutboundCallSettings, self.settings)
        if phase == "first":
            return [*opened, StartCampaign(self.campaign(view))]
        return [StopCampaign("wake", ENDED), *opened] if phase == "last" else []

    def campaign(self, view: OperatorView) -> Campaign:
        """Calls to who has not used the line for months."""
        s = self.settings
        what = Treatment(
            benefits=s.benefits,
            gb=s.gb,
            discount_yuan=s.discount_yuan,
            months=s.benefit_months,
            kind="wake",
        )
        return Campaign(
            name="wake",
            who=Who(conditions=(when("silent_months", ">=", s.silent_from_months),)),
            what=what,
            when="silent",
            channel=s.channel,
            budget_yuan=monthly_budget_yuan(view, s.monthly_budget_share),
            cooldown_months=s.rest_months,
            consent_only=s.consent_only,
        )
