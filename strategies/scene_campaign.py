"""A campaign for products of a scene: told to whom tags point at, or demographics, or to anybody.

The products (三维标签营销) are for sale to everybody; the campaign decides who is told of them.
"""

from typing import Literal

from agents.actions import Action, Campaign, StartCampaign, StopCampaign, Treatment, Who
from agents.causes import ENDED
from agents.mechanisms.addon_settings import AddonSettings
from agents.mechanisms.addons import ADDONS
from agents.observation import OperatorView
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Months, Share
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, monthly_budget_yuan, programme, when

NAME = "scene"


class SceneCampaignSettings(BeginSettings, AddonSettings):
    """Parameters of `scene_campaign`: what is sold, and who is told of it."""

    scene: Literal["commute", "video", "creating", "gaming", "learning", "home"] = "video"
    """Whom the campaign is for: people of this scene, as far as records tell."""
    target: Literal["tags", "demographics", "coin"] = "coin"
    """What the list is ranked by: tags (traces of use, purchases, demographics), demographics
    alone, or a coin."""
    top_share: Share = 1.0
    """Share of those who do not hold such a product yet, from the top, told a month; the budget
    ends the list before."""
    records_months: Months = 6
    """Months of own records that traces are a mean of; at least 4."""
    learn_months: Months = 3
    """Months for which the products are only on sale: who buys is what is learnt from."""
    channel: str = "app"
    cooldown_months: Months = 3
    """A customer is not told again for so long."""
    consent_only: bool = True
    """Whether only customers who consented to personal targeting are told."""
    monthly_budget_share: Share = 0.0001
    """Most spent a month on messages, as a share of own mobile revenue."""


@strategy("scene_campaign", SceneCampaignSettings)
class SceneCampaign:
    """Sell, learn who buys, then tell; end it all when the time is over."""

    def __init__(self, settings: SceneCampaignSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)

    def act(self, view: OperatorView) -> list[Action]:
        """The catalogue opens, the campaign follows, and both end."""
        s = self.settings
        phase = phase_of(self.spell, view, s)
        actions = programme(phase, ADDONS.name, AddonSettings, s)
        begun = self.spell.begun
        if begun is not None and phase in {"first", "on"} and view.month - begun == s.learn_months:
            actions.append(StartCampaign(self.campaign(view)))
        if phase == "last" and NAME in view.running:
            actions.append(StopCampaign(NAME, ENDED))
        return actions

    def campaign(self, view: OperatorView) -> Campaign:
        """Told to those who hold nothing of the scene, the likeliest buyers first."""
        s = self.settings
        new = when(f"holds_{s.scene}", "==", 0)
        return Campaign(
            name=NAME,
            who=Who(conditions=(new,), rank_by="scene_interest", top_share=max(0.001, s.top_share)),
            what=Treatment(shows_addons=True),
            channel=s.channel,
            budget_yuan=monthly_budget_yuan(view, s.monthly_budget_share),
            cooldown_months=s.cooldown_months,
            consent_only=s.consent_only,
            records_months=max(4, s.records_months),
            scene=s.scene,
            interest_by=s.target,
        )
