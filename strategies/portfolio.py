"""A portfolio: several strategies played together, their campaigns within one budget."""

from dataclasses import replace
from typing import Any

from agents.actions import (
    Action,
    Campaign,
    StartCampaign,
    StartProgramme,
    StopCampaign,
    StopProgramme,
)
from agents.observation import OperatorView
from sim.errors import QuestionError
from sim.schema import Settings
from strategies.composition import SharedProgrammes, check_together
from strategies.parameters import Share
from strategies.registry import read, strategy
from strategies.toolkit import monthly_budget_yuan


class PortfolioSettings(Settings):
    """Parameters of `portfolio`."""

    monthly_budget_share: Share = 1.0
    """Most that all campaigns together may spend a month, as a share of own mobile revenue."""
    members: dict[str, dict[str, Any]] = {}
    """Strategies by a name of your choice: each with its `kind` and its parameters."""


@strategy("portfolio", PortfolioSettings)
class Portfolio:
    """Members act in their order; campaign budgets are scaled pro rata to stay within the whole.

    A campaign is called `member.campaign`, so two members never stop each other's. A programme that
    several members run is one (`strategies/composition.py`), and ends when the last of them ends
    it. Without members nothing is ever done: the same market as under `hold`.
    """

    def __init__(self, settings: PortfolioSettings) -> None:
        self.settings = settings
        self.members = {name: _member(name, data) for name, data in settings.members.items()}
        check_together(self.members)
        self.passive = not self.members
        self.programmes = SharedProgrammes()
        self.campaigns: dict[str, StartCampaign] = {}
        """Campaigns as members asked for them."""
        self.budgets: dict[str, float] = {}
        """What each of them was given, in yuan a month."""

    def act(self, view: OperatorView) -> list[Action]:
        """What the members do, with campaigns cut to the common budget."""
        actions: list[Action] = []
        refused: list[Action] = []
        started: set[str] = set()
        requests = {name: self._requests(name, view) for name in self.members}
        for name, asked in requests.items():
            self.programmes.end(name, asked)
        for name, asked in requests.items():
            prefix = f"{name}."
            for action in asked:
                match action:
                    case StartCampaign(campaign, why):
                        full = prefix + campaign.name
                        named = campaign.model_copy(update={"name": full})
                        if self._is_second_desk(named):
                            refused.append(StartCampaign(named, why))
                            continue
                        self.campaigns[full] = StartCampaign(named, why)
                        started.add(full)
                    case StopCampaign(campaign, why):
                        self.campaigns.pop(prefix + campaign, None)
                        actions.append(StopCampaign(prefix + campaign, why))
                    case StartProgramme():
                        actions.append(self.programmes.started(name, action))
                    case StopProgramme():
                        actions.append(self.programmes.stopped(action))
                    case _:
                        actions.append(action)
        return actions + self._campaigns(view, started) + refused

    def _requests(self, name: str, view: OperatorView) -> list[Action]:
        """What a member asks for, that sees only its own campaigns."""
        prefix = f"{name}."
        own = tuple(c.removeprefix(prefix) for c in view.running if c.startswith(prefix))
        asked = self.members[name].act(replace(view, running=own))
        return [_asked_by(name, request) for request in asked]

    def _is_second_desk(self, campaign: Campaign) -> bool:
        """Whether another member has opened the save desk, of which an operator has one.

        The market refuses the second and says so in the log; it takes no part of the budget.
        """
        desks = [n for n, s in self.campaigns.items() if s.campaign.when == "notice"]
        return campaign.when == "notice" and desks not in ([], [campaign.name])

    def _campaigns(self, view: OperatorView, started: set[str]) -> list[Action]:
        """Campaigns that are new, or whose part of the budget has changed."""
        if self.budgets.keys() == self.campaigns.keys() and not started:
            return []
        self.budgets = {name: b for name, b in self.budgets.items() if name in self.campaigns}
        whole = monthly_budget_yuan(view, self.settings.monthly_budget_share)
        budgets = {name: min(whole, s.campaign.budget_yuan) for name, s in self.campaigns.items()}
        scale = min(1.0, whole / max(1e-9, sum(budgets.values())))
        actions: list[Action] = []
        for name, start in self.campaigns.items():
            budget = budgets[name] * scale
            if name in started or self.budgets.get(name) != budget:
                self.budgets[name] = budget
                actions.append(StartCampaign(_with_budget(start.campaign, budget), start.why))
        return actions


def _asked_by(member: str, action: Action) -> Action:
    """An action that says in the log which member asked for it."""
    return replace(action, why=replace(action.why, strategy=action.why.strategy or member))


def _with_budget(campaign: Campaign, budget_yuan: float) -> Campaign:
    return campaign.model_copy(update={"budget_yuan": budget_yuan})


def _member(name: str, data: dict[str, Any]) -> Any:
    try:
        return read(data)
    except QuestionError as error:
        raise QuestionError(f"portfolio member '{name}': {error}") from None
