"""A partner's shop front: it speaks to its own customers who are not ours, for a commission.

Advertising reaches whoever notices it and looks around; a campaign of ours knows our customers. A
partner knows those who buy from it, whoever their operator is.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.actions import Campaign
from agents.execution.campaigns import Running
from sim.errors import ActionError
from sim.money import to_fen
from sim.records import column
from sim.vocabulary import Event

if TYPE_CHECKING:
    from agents.market import Market


def check_shop_front(market: "Market", campaign: Campaign) -> None:
    """Raise for a campaign that speaks to prospects and cannot.

    Raises:
        ActionError: no partner for prospects, prospects for no partner, or a choice among people
            of whom one has no records.
        UnknownNameError: there is no such partner.
    """
    name = f"campaign '{campaign.name}'"
    asked = campaign.who.customers == "prospects"
    if asked != bool(campaign.partner):
        raise ActionError(
            f"{name}: partner = '{campaign.partner}', customers = '{campaign.who.customers}': "
            "prospects are customers of a partner, who must be named, and nobody else's"
        )
    if not asked:
        if campaign.commission_yuan:
            raise ActionError(
                f"{name}: commission_yuan = {campaign.commission_yuan:g}: must be 0 without a "
                "partner to pay it to"
            )
        return
    market.partner(campaign.partner)
    if campaign.who.conditions or campaign.who.rank_by or campaign.when != "monthly":
        raise ActionError(
            f"{name}: prospects are no customers yet: there are no records to choose them by; "
            "'conditions' and 'rank_by' must be empty, 'when' must be monthly"
        )


def prospects_of(market: "Market", running: Running) -> NDArray[np.bool_]:
    """Who buys from a campaign's partner and has no line of its operator, `[account]`.

    Nobody where the partner does not let us in: an ally does, and whoever earns a commission by it
    and is not bound exclusively to somebody else.
    """
    columns = market.population.columns()
    partner = market.partner(running.campaign.partner)
    bound = any(alliance.exclusive for alliance in partner.alliances.values())
    earns = running.campaign.commission_yuan > 0.0 and not bound
    if running.operator not in partner.alliances and not earns:
        return np.zeros(len(columns.owned), dtype=np.bool_)
    buys = (columns.owned >> market.partner_names.index(partner.name)) & 1 == 1
    operators = column(market.book.table().rows, "operator")
    second = np.where(columns.second >= 0, operators[columns.second], -1)
    ours = (operators[columns.offer] == running.operator) | (second == running.operator)
    return np.asarray(buys & ~ours)


def charge_commissions(market: "Market") -> None:
    """Book what partners get for lines that came through them this month."""
    record, columns = market.population.record, market.population.columns()
    for row, running in enumerate(market.campaigns.rows):
        if not running.campaign.partner:
            continue
        came = (record.credited == row) & ((record.events & Event.LEFT) != 0)
        came &= record.origin != running.operator
        lines = int(columns.lines[came].sum())
        fen = lines * to_fen(running.campaign.commission_yuan)
        operator = market.operators[running.operator]
        operator.referred_lines += lines
        referred = operator.referred_fen
        referred[running.campaign.partner] = referred.get(running.campaign.partner, 0) + fen
        market.spending.add(row, fen)
