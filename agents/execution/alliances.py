"""Alliances: proposals, their ends, and what partners change by themselves."""

from dataclasses import replace
from typing import TYPE_CHECKING

from agents.actions import EndAlliance, LogEntry, ProposeAlliance
from agents.execution.outcome import DONE, Outcome
from agents.partner import Alliance, Change, Partner

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


def propose(market: "Market", operator: "Operator", action: ProposeAlliance) -> Outcome:
    """Ask a partner, who answers at once."""
    partner = market.partner(action.partner)
    benefit = market.partner_names.index(action.partner)
    users, direct = market.reach_of(benefit)
    reply = partner.consider(action, operator.index, market.month, users, direct)
    if not reply.accepted:
        return Outcome("refused", f"{partner.name}: {reply.reason}")
    if action.exclusive:
        for other in [who for who in partner.alliances if who != operator.index]:
            del partner.alliances[other]
            ended = market.operators[other].name
            market.log.append(
                LogEntry(market.month, partner.name, "leaves", ended, "exclusive elsewhere")
            )
    if operator.index not in partner.alliances:
        setup = round(partner.settings.setup_yuan * 100.0 / market.scale)
        market.setup_fen[partner.name] = market.setup_fen.get(partner.name, 0) + setup
    partner.alliances[operator.index] = Alliance(
        reply.wholesale_fen, action.exclusive, market.month
    )
    return Outcome("accepted", f"{partner.name}: {reply.reason}")


def end(market: "Market", operator: "Operator", action: EndAlliance) -> Outcome:
    """End an alliance."""
    market.partner(action.partner).alliances.pop(operator.index, None)
    return DONE


def partner_changes(market: "Market", partner: Partner, change: Change) -> None:
    """Carry out what a partner decided by itself."""
    operator = market.operators[change.operator]
    if change.kind == "leave":
        partner.alliances.pop(change.operator, None)
    else:
        old = partner.alliances[change.operator]
        partner.alliances[change.operator] = replace(old, wholesale_fen=change.wholesale_fen)
    operator.answers.append(f"{partner.name} {change.kind}: {change.reason}")
    if change.kind != "renew":
        market.log.append(
            LogEntry(market.month, partner.name, change.kind, operator.name, change.reason)
        )
