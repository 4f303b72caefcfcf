"""Convergence: invite own households into the family bundle, hard to leave once inside."""

from typing import Annotated

from pydantic import Field

from agents.actions import Action, Campaign, StartCampaign, StopCampaign, Treatment, Who
from agents.causes import ENDED
from agents.observation import OperatorView
from sim.errors import ActionError
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Plan, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, monthly_budget_yuan, own_offer, select, when

CAMPAIGN = "family_bundle"


class ConvergenceSettings(BeginSettings):
    """Parameters of `convergence`. Amounts are per line."""

    bundle: Plan = ""
    """Family plan with broadband they are invited to; empty: the cheapest on sale."""
    own_broadband_only: bool = False
    """Invite only households whose broadband is ours already (nothing must be installed)."""
    monthly_budget_share: Share = 0.003
    """Most spent a month on contacts and what they promise, as a share of own mobile revenue."""
    gift_yuan: Yuan = 20.0
    """One-off gift."""
    discount_share: Share = 0.1
    """Discount in the first months, as a share of the average bill."""
    discount_months: Annotated[int, Field(ge=0, le=60)] = 6
    commitment_months: Annotated[int, Field(ge=0, le=60)] = 24
    """Contract asked in return."""
    top_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of those concerned, from the highest predicted churn risk down, invited a month."""
    channel: str = "outbound_call"
    cooldown_months: Annotated[int, Field(ge=0, le=60)] = 6
    """A household is not invited again for so long."""


@strategy("convergence", ConvergenceSettings)
class Convergence:
    """One campaign to own households outside the bundle."""

    def __init__(self, settings: ConvergenceSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The campaign begins and ends."""
        phase = phase_of(self.spell, view, self.settings)
        if phase == "first":
            return [StartCampaign(self.campaign(view))]
        if phase == "last":
            return [StopCampaign(CAMPAIGN, ENDED)]
        return []

    def campaign(self, view: OperatorView) -> Campaign:
        """The invitation."""
        s = self.settings
        outside = [when("customer_class", "==", 1), when("in_bundle", "==", 0)]
        if s.own_broadband_only:
            outside.append(when("has_broadband", "==", 1))
        return Campaign(
            name=CAMPAIGN,
            who=Who(conditions=tuple(outside), rank_by="churn_risk", top_share=s.top_share),
            what=Treatment(
                invite_to=self._bundle(view),
                credit_yuan=s.gift_yuan,
                discount_share=s.discount_share,
                months=s.discount_months,
                contract_months=s.commitment_months,
            ),
            channel=s.channel,
            budget_yuan=monthly_budget_yuan(view, s.monthly_budget_share),
            cooldown_months=s.cooldown_months,
        )

    def _bundle(self, view: OperatorView) -> str:
        bundles = [o for o in select(view, ("household",)) if o.offer.broadband]
        if self.settings.bundle:
            chosen = own_offer(view, self.settings.bundle)
            if chosen in bundles:
                return chosen.name
            raise ActionError(f"'{chosen.name}' is not a family plan with broadband on sale")
        if not bundles:
            raise ActionError(f"{view.name} sells no family plan with broadband to invite to")
        return min(bundles, key=lambda o: (min(o.price_fen), o.name)).name
