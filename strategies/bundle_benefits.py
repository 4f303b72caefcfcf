"""The playbook's answer to a cheap rival: more data and partners' services, and no price war."""

from typing import Annotated

from pydantic import Field

from agents.actions import Action, AddBenefits, EndAlliance, Launch, ProposeAlliance
from agents.causes import ENDED
from agents.observation import OfferView, OperatorView, PartnerView
from sim.money import to_yuan
from sim.names import check
from strategies.monitoring import phase_of
from strategies.parameters import AdvertSettings, CustomerClass, Plan, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import (
    ActivePeriod,
    advertise,
    changed,
    mid_tiers,
    middle_plan,
    own_offer,
    plan_of,
    withdraw,
)


class BundleBenefitsSettings(AdvertSettings):
    """Parameters of `bundle_benefits`."""

    partners: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "video",
        "ecommerce",
        "ride_hailing",
    )
    """Partners whose services are wanted, the most wanted first."""
    exclusive: bool = False
    """Whether partners are asked to supply nobody else."""
    ask_again_months: Annotated[int, Field(ge=1, le=36)] = 6
    """Months after which a partner that is not allied is asked again."""
    customers: Annotated[tuple[CustomerClass, ...], Field(min_length=1)] = ("personal", "household")
    """Whose mid tiers are enriched, where `plans` is empty."""
    plans: tuple[Plan, ...] = ()
    """Own plans that are enriched; empty: the mid tiers."""
    extra_gb: Annotated[float, Field(ge=0, le=10_000)] = 10.0
    """Data a month that is added to each of them, and to the new bundle."""
    benefits_share: Share = 0.5
    """Most retail value of benefits in a plan, as a share of its price."""
    bundle: Plan = "benefit_bundle"
    """Name of the new plan; empty: none is launched."""
    bundle_like: Plan = ""
    """Own plan it is modelled on; empty: the middle personal tier."""
    bundle_premium_yuan: Yuan = 25.0
    """What it costs more than that plan."""


@strategy("bundle_benefits", BundleBenefitsSettings)
class BundleBenefits:
    """Ally with partners at what they ask, put their services into plans, advertise the bundle."""

    def __init__(self, settings: BundleBenefitsSettings) -> None:
        self.settings = settings
        self.spell = ActivePeriod.of(settings)
        self.added: dict[str, set[str]] = {}
        """Benefits asked for so far, by offer."""
        self.brought: list[str] = []
        """Partners that were not allied before."""
        self.launched = False

    def act(self, view: OperatorView) -> list[Action]:
        """Propose, enrich, launch, advertise; end what can be ended."""
        s = self.settings
        check("partner", s.partners, [p.name for p in view.partners])
        phase = phase_of(self.spell, view, s)
        if phase in {"last", "after"}:
            ended = self._end(view) if phase == "last" else []
            return ended + (withdraw(view, s.bundle, ENDED) if s.bundle else [])
        if phase not in {"first", "on"}:
            return []
        actions = self._propose(view) + self._launch(view)
        for mine in self._targets(view):
            actions += self._enrich(view, mine)
        return actions + advertise(s, self.spell, view)

    def _wanted(self, view: OperatorView) -> list[PartnerView]:
        return [p for name in self.settings.partners for p in view.partners if p.name == name]

    def _targets(self, view: OperatorView) -> list[OfferView]:
        s = self.settings
        if s.plans:
            targets = [own_offer(view, plan) for plan in s.plans]
        elif self.added:
            targets = [o for o in view.offers if o.name in self.added]
        else:
            targets = [o for customers in s.customers for o in mid_tiers(view, customers)]
        bundle = [o for o in view.offers if s.bundle and plan_of(o.name) == s.bundle]
        return [*targets, *(o for o in bundle if o not in targets)]

    def _propose(self, view: OperatorView) -> list[Action]:
        s = self.settings
        months = view.month - (self.spell.begun or 0)
        if months % s.ask_again_months:
            return []
        people = sum(o.accounts for o in self._targets(view))
        actions: list[Action] = []
        for partner in self._wanted(view):
            if not partner.allied and not partner.exclusive_elsewhere:
                if partner.name not in self.brought:
                    self.brought.append(partner.name)
                fee = partner.wholesale_fen
                actions.append(ProposeAlliance(partner.name, fee, people, s.exclusive))
        return actions

    def _within(self, view: OperatorView, price_fen: int, taken: set[str]) -> list[str]:
        """Wanted partners that are allied and fit under the value limit, besides those `taken`."""
        room = self.settings.benefits_share * price_fen
        room -= sum(p.retail_fen for p in view.partners if p.name in taken)
        chosen: list[str] = []
        for partner in self._wanted(view):
            if partner.allied and partner.name not in taken and partner.retail_fen <= room:
                chosen.append(partner.name)
                room -= partner.retail_fen
        return chosen

    def _enrich(self, view: OperatorView, mine: OfferView) -> list[Action]:
        s = self.settings
        first = mine.name not in self.added
        taken = self.added.setdefault(mine.name, set(mine.offer.benefits))
        new = self._within(view, min(mine.price_fen), taken)
        gb = s.extra_gb if first and plan_of(mine.name) != s.bundle else 0.0
        taken.update(new)
        if not new and gb == 0.0:
            return []
        return [AddBenefits(mine.name, tuple(new), gb)]

    def _launch(self, view: OperatorView) -> list[Action]:
        """The new bundle, once there is a partner to fill it."""
        s = self.settings
        if self.launched or not s.bundle:
            return []
        model = middle_plan(view, s.bundle_like, "personal")
        price = min(model.price_fen) + round(s.bundle_premium_yuan * 100)
        taken = set(model.offer.benefits)
        fresh = self._within(view, price, taken)
        if not fresh:
            return []
        self.launched = True
        offer = changed(
            model.offer,
            price_yuan=to_yuan(price),
            allowance_gb=model.offer.allowance_gb + s.extra_gb,
            benefits=(*model.offer.benefits, *fresh),
        )
        return [Launch(s.bundle, offer, plan_of(model.name))]

    def _end(self, view: OperatorView) -> list[Action]:
        """Take data and benefits back and end the alliances that it brought."""
        actions: list[Action] = []
        for start in view.offers_before:
            for now in view.offers:
                if now.name != start.name or now.name not in self.added:
                    continue
                more = now.offer.allowance_gb - start.offer.allowance_gb
                new = tuple(b for b in now.offer.benefits if b not in start.offer.benefits)
                if more > 0 or new:
                    actions.append(AddBenefits(now.name, (), -more, ENDED, new))
        allied = {p.name for p in view.partners if p.allied}
        actions += [EndAlliance(name, ENDED) for name in self.brought if name in allied]
        return actions
