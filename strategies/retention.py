"""Retention: predict who may leave, decide by cause, offer what fits the cause, within a budget."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from agents.actions import Action, Campaign, Condition, StartCampaign, StopCampaign, Treatment, Who
from agents.causes import ENDED
from agents.observation import OperatorView
from agents.prediction.lstm import what_is_missing
from agents.prediction.predictors import RESPONSE, PredictorName, predicted
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Months, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import ActivePeriod, monthly_budget_yuan, when


class RetentionSettings(BeginSettings):
    """Parameters of `retention`. Amounts are per line and month."""

    monthly_budget_share: Share = 0.005
    """Most spent a month on contacts and on what they promise, as a share of own mobile revenue."""
    price_share: Share = 0.2
    """Part of the budget for who may leave although the service is fine: the price is the cause."""
    care_share: Share = 0.1
    """Part for the dissatisfied: who complained, who had a fault."""
    renewal_share: Share = 0.2
    """Part for contracts about to end."""
    save_share: Share = 0.5
    """Part for the save desk, which speaks to customers who give notice."""
    top_share: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Share of those who are neither bound nor dissatisfied, from the highest predicted churn risk
    down, that is contacted a month. Other causes concern few: all of them, while money lasts."""
    discount_share: Share = 0.2
    """Time-limited discount, as a share of the average bill."""
    discount_months: Annotated[int, Field(ge=1, le=60)] = 6
    benefits: tuple[str, ...] = ("video",)
    """Benefits given with the discount, as far as their partners supply us."""
    care: Share = 0.5
    """How far an expert's call lifts satisfaction towards full."""
    credit_yuan: Yuan = 10.0
    """One-off compensation of a line for who is dissatisfied."""
    commitment_months: Annotated[int, Field(ge=0, le=60)] = 12
    """Contract asked for a renewal."""
    renewal_notice_months: Months = 2
    """How long before a contract's end the renewal is offered."""
    channel: str = "app"
    """Channel for discounts and renewals."""
    care_channel: str = "outbound_call"
    """Channel of the expert."""
    save_channel: str = "save_desk"
    """Channel of the save desk: its reach is the share of leavers who give notice."""
    save_discount_share: Share = 0.3
    """Discount of the save desk, share of the average bill; it asks a renewal's commitment."""
    cooldown_months: Annotated[int, Field(ge=0, le=60)] = 6
    """A customer is not contacted again for so long."""
    predictor: PredictorName = "scorecard"
    """What predicts who leaves. `response` predicts whom a contact keeps, and needs a holdout;
    `coin` and `oracle` are bounds to measure against, which nobody can buy."""
    records_months: Annotated[int, Field(ge=4, le=60)] = 4
    """Months of own records that the prediction is trained on."""
    retrain_months: Annotated[int, Field(ge=1, le=60)] = 1
    """How often it is trained again."""
    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Random part of those chosen that is left alone, for good, for comparison."""
    win_back_share: Share = 0.0
    """Part of the budget for customers who have left: the discount, if they come back."""
    win_back_months: Months = 6
    """How long after leaving they are asked."""

    @model_validator(mode="after")
    def _parts(self) -> Self:
        total = self.price_share + self.care_share + self.renewal_share + self.save_share
        total += self.win_back_share
        if total > 1 + 1e-9:
            raise ValueError(
                "price_share + care_share + renewal_share + save_share + win_back_share is "
                f"{total:.2f}, must not exceed 1"
            )
        if self.predictor == RESPONSE and self.holdout_share == 0:
            raise ValueError(
                "holdout_share is 0, must be above 0 with predictor 'response', which learns from "
                "those left alone"
            )
        if self.predictor == "lstm" and what_is_missing():
            raise ValueError(what_is_missing())
        return self


@strategy("retention", RetentionSettings)
class Retention:
    """Start the campaigns once; end them when the time is over."""

    def __init__(self, settings: RetentionSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)
        self.started: list[str] = []

    def act(self, view: OperatorView) -> list[Action]:
        """Campaigns begin and end."""
        phase = phase_of(self.spell, view, self.settings)
        if phase == "first":
            campaigns = self.campaigns(view)
            self.started = [campaign.name for campaign in campaigns]
            return [StartCampaign(campaign) for campaign in campaigns]
        if phase == "last":
            return [StopCampaign(name, ENDED) for name in self.started]
        return []

    def campaigns(self, view: OperatorView) -> list[Campaign]:
        """One campaign for each cause that has a part of the budget."""
        s = self.settings
        budget = monthly_budget_yuan(view, s.monthly_budget_share)
        allied = {p.name for p in view.partners if p.allied}
        discount = Treatment(
            discount_share=s.discount_share,
            months=s.discount_months,
            benefits=tuple(b for b in s.benefits if b in allied),
        )
        renewal = discount.model_copy(update={"contract_months": s.commitment_months})
        expert = Treatment(care=s.care, credit_yuan=s.credit_yuan)
        fine = (when("complained", "==", 0), when("fault", "==", 0))
        free = when("contract_left", "<=", s.renewal_notice_months)
        bound = when("contract_months_of_plan", ">", 0)
        unbound = when("contract_months_of_plan", "==", 0)
        soft, expensive = s.channel, s.care_channel
        plan = [
            ("price", s.price_share, s.top_share, (*fine, unbound), discount, soft),
            ("complaint", s.care_share / 2, 1.0, (when("complained", "==", 1),), expert, expensive),
            ("repair", s.care_share / 2, 1.0, (fine[0], when("fault", "==", 1)), expert, expensive),
            ("renewal", s.renewal_share, 1.0, (*fine, free, bound), renewal, soft),
        ]
        campaigns = [
            self._campaign(name, part * budget, top, conditions, what, channel)
            for name, part, top, conditions, what, channel in plan
            if part > 0
        ]
        if s.save_share > 0:
            desk = Campaign(
                name="save_desk",
                what=renewal.model_copy(update={"discount_share": s.save_discount_share}),
                when="notice",
                channel=s.save_channel,
                budget_yuan=s.save_share * budget,
                cooldown_months=s.cooldown_months,
                consent_only=False,  # customers who give notice speak to us; nobody was targeted
            )
            campaigns.append(desk)
        if s.win_back_share > 0:
            campaigns.append(self._win_back(s.win_back_share * budget, discount))
        return campaigns

    def _win_back(self, budget_yuan: float, what: Treatment) -> Campaign:
        s = self.settings
        lately = (when("months_since_left", "<=", s.win_back_months),)
        return Campaign(
            name="win_back",
            who=Who(conditions=lately, customers="former"),
            what=what,
            channel=s.channel,
            budget_yuan=budget_yuan,
            cooldown_months=s.cooldown_months,
            holdout_share=s.holdout_share,
        )

    def _campaign(
        self,
        name: str,
        budget_yuan: float,
        top_share: float,
        conditions: tuple[Condition, ...],
        what: Treatment,
        channel: str,
    ) -> Campaign:
        s = self.settings
        return Campaign(
            name=name,
            who=Who(conditions=conditions, rank_by=predicted(s.predictor), top_share=top_share),
            what=what,
            channel=channel,
            budget_yuan=budget_yuan,
            cooldown_months=s.cooldown_months,
            holdout_share=s.holdout_share,
            predictor=s.predictor,
            records_months=s.records_months,
            retrain_months=s.retrain_months,
        )
