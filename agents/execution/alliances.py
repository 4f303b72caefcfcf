"""Alliances: proposals, their ends, and what partners change by themselves."""

from dataclasses import replace
from typing import TYPE_CHECKING

from agents.actions import EndAlliance, ProposeAlliance
from agents.causes import Cause, Ground, Outcome, Trigger, Why
from agents.execution.outcome import DONE, Execution
from agents.log import Facts, LogEntry
from agents.partner import Alliance, Change, Partner, Reach

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


def propose(market: "Market", operator: "Operator", action: ProposeAlliance) -> Execution:
    """Ask a partner, who answers at once."""
    partner = market.partner(action.partner)
    benefit = market.partner_names.index(action.partner)
    users, direct = market.reach_of(benefit)
    reply = partner.consider(action, operator.index, market.month, users, direct)
    if not reply.accepted:
        return Execution(Outcome.REFUSED, reply.ground, reply.reason)
    if action.exclusive:
        for other in [who for who in partner.alliances if who != operator.index]:
            ended = partner.alliances.pop(other)
            month = market.month - market.shock_month
            move = Trigger(operator.name, "exclusive", partner.name, month)
            change = Change(other, "leave", ended.wholesale_fen, Ground.BOUND_ELSEWHERE, "")
            _note(market, partner, change, ended, users, Why(Cause.EXCLUSIVE, move))
    if operator.index not in partner.alliances:
        setup = round(partner.settings.setup_yuan * 100.0 / market.scale)
        market.setup_fen[partner.name] = market.setup_fen.get(partner.name, 0) + setup
    partner.alliances[operator.index] = Alliance(
        reply.wholesale_fen, action.exclusive, market.month
    )
    return Execution(Outcome.ACCEPTED, reply.ground, reply.reason)


def end(market: "Market", operator: "Operator", action: EndAlliance) -> Execution:
    """End an alliance."""
    market.partner(action.partner).alliances.pop(operator.index, None)
    return DONE


def partner_changes(
    market: "Market", partner: Partner, change: Change, users: dict[int, Reach]
) -> None:
    """Carry out what a partner decided by itself; `users` are those it has, by operator."""
    operator = market.operators[change.operator]
    old = partner.alliances[change.operator]
    if change.kind == "leave":
        del partner.alliances[change.operator]
    else:
        partner.alliances[change.operator] = replace(old, wholesale_fen=change.wholesale_fen)
    operator.answers.append(f"{partner.name} {change.kind}: {change.reason}")
    if change.kind != "renew":
        _note(market, partner, change, old, users, Why())


def _note(
    market: "Market",
    partner: Partner,
    change: Change,
    old: Alliance,
    users: dict[int, Reach],
    why: Why,
) -> None:
    """Write a partner's change into the log. It costs the partner the fees it forgoes."""
    now_fen = 0 if change.kind == "leave" else change.wholesale_fen
    people = users[change.operator].given if change.operator in users else 0.0
    what = Facts(
        target=market.operators[change.operator].name,
        old_price_fen=float(old.wholesale_fen),
        new_price_fen=None if change.kind == "leave" else float(now_fen),
        cost_fen=people * (old.wholesale_fen - now_fen),
    )
    market.log.append(
        LogEntry(
            month=market.month, decided=market.month, actor=partner.name, action=change.kind,
            why=why, outcome=Outcome.DONE, ground=change.ground, remark=change.reason, what=what,
        )
    )  # fmt: skip
