"""An option held to some regions: its actions limited, widened to further regions, or undone.

Offers, prices, campaigns, advertising, coverage and investment can be limited. What holds for all
customers of a plan or operator cannot: newcomers' discounts, benefits and data added to a plan on
sale, programmes, and the save desk. Partners supply an operator, not a region.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from agents.actions import (
    Action,
    AddBenefits,
    Advertise,
    Cover,
    Invest,
    Launch,
    Reprice,
    StartCampaign,
    StartProgramme,
    StopCampaign,
    Welcome,
    Withdraw,
)
from agents.causes import OWN, Why
from agents.observation import OperatorView
from sim.errors import ActionError
from sim.offers import Offer
from strategies.toolkit import plan_of


@dataclass
class RegionalPlay:
    """What an option has done in the regions that are open to it, and wants elsewhere."""

    open: tuple[str, ...]
    launches: dict[str, Launch] = field(default_factory=dict[str, Launch])
    """By plan, as asked for."""
    copies: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Plans under which each was launched in further regions."""
    prices: dict[str, dict[str, Reprice]] = field(default_factory=dict[str, dict[str, Reprice]])
    """Last price asked for, by plan and region."""
    campaigns: dict[str, StartCampaign] = field(default_factory=dict[str, StartCampaign])
    """Those that run, as asked for."""

    def limited(self, asked: Iterable[Action], regions: Sequence[str]) -> list[Action]:
        """The actions, held to the open regions; what only concerns others is left out.

        Raises:
            ActionError: an action holds everywhere and cannot be limited.
        """
        done: list[Action] = []
        for action in asked:
            done += self._limited(action, regions)
        return done

    def _limited(self, action: Action, regions: Sequence[str]) -> list[Action]:
        match action:
            case Launch(plan=plan, offer=offer):
                self.launches[plan] = action
                where = self._inside(offer.regions)
                return [replace(action, offer=_sold_in(action, where))] if where else []
            case Reprice(offer=offer, regions=asked):
                plan = plan_of(offer) or offer
                for region in asked or regions:
                    self.prices.setdefault(plan, {})[region] = action
                return self._repriced(plan, self._inside(asked))
            case StartCampaign(campaign=campaign):
                if campaign.when == "notice":
                    raise _everywhere(f"save desk '{campaign.name}'")
                self.campaigns[campaign.name] = action
                return [_contacting(action, self._inside(campaign.regions))]
            case StopCampaign(name=name):
                self.campaigns.pop(name, None)
                return [action]
            case Advertise() | Cover():
                where = self._inside(action.regions)
                return [replace(action, regions=where)] if where else []
            case Invest(region=region):
                return [action] if region in self.open else []
            case Welcome() | AddBenefits() | StartProgramme():
                raise _everywhere(type(action).__name__)
            case _:
                return [action]

    def widened(self, more: Collection[str], why: Why = OWN) -> list[Action]:
        """Open further regions: everything that was done is done there too."""
        fresh = tuple(region for region in more if region not in self.open)
        self.open = (*self.open, *fresh)
        done: list[Action] = []
        for plan, launch in self.launches.items():
            where = tuple(r for r in launch.offer.regions or fresh if r in fresh)
            if where:
                copies = self.copies.setdefault(plan, [])
                copies.append(f"{plan}_{len(copies) + 2}")
                offer = _sold_in(launch, where)
                done.append(replace(launch, plan=copies[-1], offer=offer, like=plan, why=why))
        for plan in self.prices:
            done += self._repriced(plan, fresh)
        for start in self.campaigns.values():
            done.append(_contacting(start, self._inside(start.campaign.regions)))
        return done

    def undone(self, view: OperatorView, why: Why = OWN) -> list[Action]:
        """Put prices back, end campaigns, and sell no more of what was launched."""
        done: list[Action] = []
        before = {plan_of(offer.name): offer.price_fen for offer in view.offers_before}
        for plan in self.prices:
            for region, fen in zip(view.regions, before.get(plan, ()), strict=False):
                if region in self.open:
                    done.append(Reprice(plan, fen, (region,), why))
        done += [StopCampaign(name, why) for name in self.campaigns]
        for plan in self.launches:
            done += [Withdraw(name, why) for name in (plan, *self.copies.get(plan, ()))]
        self.campaigns.clear()
        return done

    def hidden(self, view: OperatorView) -> OperatorView:
        """The view without the copies, of which the option knows nothing."""
        copies = {name for names in self.copies.values() for name in names}
        if not copies:
            return view
        return replace(view, offers=tuple(o for o in view.offers if plan_of(o.name) not in copies))

    def _repriced(self, plan: str, regions: Sequence[str]) -> list[Action]:
        """Prices as asked for in regions, for a plan and its copies."""
        wanted = self.prices[plan]
        return [
            replace(wanted[region], offer=name, regions=(region,))
            for region in regions
            if region in wanted
            for name in (plan, *self.copies.get(plan, ()))
        ]

    def _inside(self, regions: Sequence[str]) -> tuple[str, ...]:
        return tuple(region for region in self.open if not regions or region in regions)


def _sold_in(launch: Launch, regions: tuple[str, ...]) -> Offer:
    return launch.offer.model_copy(update={"regions": regions})


def _contacting(start: StartCampaign, regions: tuple[str, ...]) -> StartCampaign:
    campaign = start.campaign.model_copy(update={"regions": regions})
    return replace(start, campaign=campaign)


def _everywhere(what: str) -> ActionError:
    return ActionError(
        f"{what} holds in all regions and cannot be tried in some; pilot an option made of offers, "
        "prices, campaigns to a list, advertising, coverage or investment"
    )
