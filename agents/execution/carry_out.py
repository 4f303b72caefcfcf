"""From decision to deed: what happens to an operator's action between wish and market."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from agents import actions
from agents.actions import Action, AddBenefits, Launch, StartProgramme, StopProgramme
from agents.causes import CARRIED_OUT, Outcome
from agents.execution import alliances, network, offers, start_stop
from agents.execution.facts import facts_of
from agents.execution.outcome import Execution
from agents.execution.review import case_of
from agents.log import Facts, LogEntry
from agents.observation import Rejection
from sim.errors import ActionError

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
"""What carries out each kind of action: `(market, operator, action) -> Execution`."""


class Pending(NamedTuple):
    """An action that waits for its time."""

    due: int
    operator: int
    action: Action
    decided: int


def submit(market: "Market", operator: "Operator", action: Action) -> None:
    """Let the regulator judge an action; queue it, with its delay and lead time, or log why not."""
    if operator.settings.platform and not isinstance(action, StartProgramme | StopProgramme):
        raise ActionError(
            f"{operator.name} is a platform without lines: it can start and stop selling add-ons, "
            f"and carry out no {type(action).__name__}"
        )
    verdict = market.regulator.judge(case_of(market, operator, action))
    pending = Pending(market.month, operator.index, action, market.month)
    if verdict.decision == "reject":
        operator.fine_fen += round(verdict.fine_yuan * 100.0 / market.scale)
        became = Execution(Outcome.REJECTED, verdict.ground, verdict.reason)
        _log(market, operator, pending, became, facts_of(market, operator, action))
        operator.answers.append(f"{type(action).__name__} rejected: {verdict.reason}")
        operator.rejected.append(Rejection(action, verdict.reason))
        return
    wait = verdict.months if verdict.decision == "delay" else 0
    if verdict.decision == "delay":
        became = Execution(Outcome.DELAYED, verdict.ground, verdict.reason)
        _log(market, operator, pending, became, facts_of(market, operator, action), wait)
    if isinstance(action, Launch | AddBenefits):
        wait += operator.settings.lead_months
    market.queue.append(pending._replace(due=market.month + wait))


def carry_out_due(market: "Market") -> None:
    """Do everything whose time has come, in the order it was decided."""
    due = [entry for entry in market.queue if entry.due <= market.month]
    market.queue = [entry for entry in market.queue if entry.due > market.month]
    for pending in due:
        operator, action = market.operators[pending.operator], pending.action
        facts = facts_of(market, operator, action)
        became: Execution = _CARRY_OUT[type(action)](market, operator, action)
        said = f"{type(action).__name__}: {became.outcome} {became.remark}"
        operator.answers.append(said.strip())
        _log(market, operator, pending, became, facts)


def _log(
    market: "Market",
    operator: "Operator",
    pending: Pending,
    became: Execution,
    what: Facts,
    wait_months: int = 0,
) -> None:
    """Write an action into the market's log. What is not carried out costs nothing."""
    why = pending.action.why
    market.log.append(
        LogEntry(
            month=market.month,
            decided=pending.decided,
            actor=operator.name,
            action=type(pending.action).__name__,
            why=why if why.strategy else replace(why, strategy=operator.plays),
            outcome=became.outcome,
            ground=became.ground,
            remark=became.remark,
            wait_months=wait_months,
            what=what if became.outcome in CARRIED_OUT else replace(what, cost_fen=None),
        )
    )
