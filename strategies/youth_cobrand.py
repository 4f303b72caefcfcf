"""Youth co-brand (青年联名卡): a plan with services and perks, sold in a partner's shop front.

The partner speaks to its own customers who are not ours, and gets a commission for each line that
comes. So the plan reaches people whom advertising does not, and who did not think of moving.
"""

from typing import Annotated

from pydantic import Field

from agents.actions import (
    Action,
    Campaign,
    Launch,
    ProposeAlliance,
    StartCampaign,
    StopCampaign,
    Treatment,
    Who,
)
from agents.causes import ENDED
from agents.observation import OfferView, OperatorView
from sim.money import to_yuan
from sim.names import check
from strategies.monitoring import phase_of
from strategies.parameters import BeginSettings, Months, Plan, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import (
    ActivePeriod,
    changed,
    middle_plan,
    monthly_budget_yuan,
    plan_of,
    withdraw,
)

CAMPAIGN = "shop_front"


class YouthCobrandSettings(BeginSettings):
    """Parameters of `youth_cobrand`. Amounts are per line."""

    partners: Annotated[tuple[str, ...], Field(min_length=1)] = ("ecommerce",)
    """Partners in whose shop fronts their customers are spoken to."""
    benefits: tuple[str, ...] = ("video",)
    """Partners whose services come with the plan, the most wanted first."""
    benefits_share: Share = 0.5
    """Most retail value of services in the plan, as a share of its price."""
    plan: Plan = "youth_cobrand"
    """Name of the new plan."""
    plan_like: Plan = ""
    """Own plan it is modelled on; empty: the middle personal tier."""
    price_share: Annotated[float, Field(gt=0, le=2)] = 0.9
    """Its price as a share of that plan's."""
    newcomers_only: bool = True
    """Whether it is closed to who is a customer already."""
    perk_yuan: Yuan = 20.0
    """Perk on arrival, such as a designer toy: worth to whoever gets it, and cost."""
    commission_yuan: Yuan = 50.0
    """Paid to the partner for a line that comes."""
    channel: str = "alliance"
    """Channel that the shop front is."""
    cooldown_months: Annotated[int, Field(ge=0, le=60)] = 6
    """Nobody is spoken to again for so long."""
    monthly_budget_share: Share = 0.005
    """Most spent a month on contacts, perks and commissions, as a share of own mobile revenue."""
    expected_share: Annotated[float, Field(gt=0, le=1)] = 0.01
    """Customers expected on the plan, as a share of ours, when partners are asked for services."""
    ask_again_months: Annotated[int, Field(ge=1, le=36)] = 6
    """Months after which a partner that is not allied is asked again."""
    perk_months: Months = 1
    """For how many months the perk is promised."""


@strategy("youth_cobrand", YouthCobrandSettings)
class YouthCobrand:
    """Ally, launch the plan, let the partners' shop fronts speak."""

    def __init__(self, settings: YouthCobrandSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)
        self.launched = False

    def act(self, view: OperatorView) -> list[Action]:
        """Everything begins with the plan on sale, and ends with it."""
        s = self.settings
        check("partner", (*s.partners, *s.benefits), [p.name for p in view.partners])
        phase = phase_of(self.spell, view, s)
        if phase in {"last", "after"}:
            running = [name for name in view.running if name.startswith(CAMPAIGN)]
            return [StopCampaign(name, ENDED) for name in running] + withdraw(view, s.plan, ENDED)
        if phase not in {"first", "on"}:
            return []
        actions = self._propose(view)
        if not self.launched:
            self.launched = True
            return [*actions, self._launch(view)]
        on_sale = [o for o in view.offers if o.on_sale and plan_of(o.name) == s.plan]
        return actions + (self._speak(view) if on_sale else [])

    def _propose(self, view: OperatorView) -> list[Action]:
        """Ask those who are to supply services and do not, at what they ask."""
        s = self.settings
        if (view.month - (self.spell.begun or 0)) % s.ask_again_months:
            return []
        people = s.expected_share * sum(o.accounts for o in view.offers)
        return [
            ProposeAlliance(p.name, p.wholesale_fen, people)
            for p in view.partners
            if p.name in s.benefits and not p.allied and not p.exclusive_elsewhere
        ]

    def _launch(self, view: OperatorView) -> Launch:
        """The plan, with as many of the services as its price carries."""
        s = self.settings
        model = middle_plan(view, s.plan_like, "personal")
        price = round(s.price_share * min(model.price_fen))
        offer = changed(
            model.offer,
            price_yuan=to_yuan(price),
            benefits=self._within(view, model, price),
            newcomers_only=s.newcomers_only,
            second_line=False,
        )
        return Launch(s.plan, offer, plan_of(model.name))

    def _within(self, view: OperatorView, model: OfferView, price_fen: int) -> tuple[str, ...]:
        room = self.settings.benefits_share * price_fen
        chosen: list[str] = []
        for name in (*self.settings.benefits, *model.offer.benefits):
            (partner,) = (p for p in view.partners if p.name == name)
            if name not in chosen and partner.retail_fen <= room:
                chosen.append(name)
                room -= partner.retail_fen
        return tuple(chosen)

    def _speak(self, view: OperatorView) -> list[Action]:
        """One campaign a shop front, its budget renewed every month."""
        s = self.settings
        budget = monthly_budget_yuan(view, s.monthly_budget_share) / len(s.partners)
        perk = Treatment(
            credit_yuan=s.perk_yuan, months=s.perk_months, invite_to=s.plan, kind="perk"
        )
        return [
            StartCampaign(
                Campaign(
                    name=f"{CAMPAIGN}_{partner}",
                    who=Who(customers="prospects"),
                    what=perk,
                    channel=s.channel,
                    budget_yuan=budget,
                    cooldown_months=s.cooldown_months,
                    partner=partner,
                    commission_yuan=s.commission_yuan,
                )
            )
            for partner in s.partners
        ]
