"""From decision to deed: what happens to an operator's action between wish and market."""

from typing import TYPE_CHECKING, Any

from agents import actions
from agents.actions import Action, AddBenefits, Launch, LogEntry, StartCampaign
from agents.execution import alliances, network, offers, start_stop
from agents.execution.review import case_of
from agents.observation import Rejection

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


_CARRY_OUT: dict[type, Any] = {
    actions.Launch: offers.launch,
    actions.Reprice: offers.reprice,
    actions.Welcome: offers.welcome,
    actions.AddBenefits: offers.add_benefits,
    actions.Withdraw: offers.withdraw,
    actions.EndService: offers.end_service,
    actions.MergeInto: offers.merge,
    actions.StartCampaign: start_stop.start,
    actions.StopCampaign: start_stop.stop,
    actions.StartProgramme: start_stop.start_programme,
    actions.StopProgramme: start_stop.stop_programme,
    actions.ProposeAlliance: alliances.propose,
    actions.EndAlliance: alliances.end,
    actions.Advertise: network.advertise,
    actions.Invest: network.invest,
    actions.Cover: network.cover,
}
"""What carries out each kind of action: `(market, operator, action) -> Outcome`."""


def submit(market: "Market", operator: "Operator", action: Action) -> None:
    """Let the regulator judge an action; queue it, with its delay and lead time, or log why not."""
    verdict = market.regulator.judge(case_of(market, operator, action))
    if verdict.decision == "reject":
        operator.fine_fen += round(verdict.fine_yuan * 100.0 / market.scale)
        note(market, operator.name, action, "rejected", verdict.reason)
        operator.answers.append(f"{type(action).__name__} rejected: {verdict.reason}")
        operator.rejected.append(Rejection(action, verdict.reason))
        return
    wait = verdict.months if verdict.decision == "delay" else 0
    if verdict.decision == "delay":
        note(market, operator.name, action, f"delayed {verdict.months} months", verdict.reason)
    if isinstance(action, Launch | AddBenefits):
        wait += operator.settings.lead_months
    market.queue.append((market.month + wait, operator.index, action))


def carry_out_due(market: "Market") -> None:
    """Do everything whose time has come, in the order it was decided."""
    due = [entry for entry in market.queue if entry[0] <= market.month]
    market.queue = [entry for entry in market.queue if entry[0] > market.month]
    for _, index, action in due:
        operator = market.operators[index]
        outcome, reason = _CARRY_OUT[type(action)](market, operator, action)
        operator.answers.append(f"{type(action).__name__}: {outcome} {reason}".strip())
        note(market, operator.name, action, outcome, reason or action.reason)


def note(market: "Market", actor: str, action: Action, outcome: str, reason: str) -> None:
    """Write an action into the market's log."""
    what = {
        name: str(value)
        for name, value in vars(action).items()
        if name in ("offer", "plan", "price_fen", "partner", "region", "name", "wholesale_fen")
        and isinstance(value, str | int | float)
    }
    if isinstance(action, StartCampaign):
        what["name"] = action.campaign.name
    market.log.append(LogEntry(market.month, actor, type(action).__name__, outcome, reason, what))
