"""A month's contacts: budgets are released, lists drawn up, and attempts charged."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.execution.foresight import who_leaves, who_runs_out
from agents.execution.line_watch import count_errors
from agents.execution.scene_records import scene_records
from agents.execution.shop_front import prospects_of
from agents.execution.targeting import Enquiries, draw_up_lists
from sim.money import to_fen

if TYPE_CHECKING:
    from agents.market import Market


def contacts_of(market: "Market") -> NDArray[np.int16]:
    """The campaign that tries to reach each account this month, or -1; `[account]`."""
    for row in market.campaigns.active.values():
        budget = market.campaigns.rows[row].campaign.budget_yuan
        market.spending.allow(row, budget, market.scale)
    contact = draw_up_lists(
        market.population.columns(),
        market.population.record,
        market.book.table(),
        market.campaigns,
        market.spending,
        market.forecaster,
        market.month,
        market.allowance_growth(),
        market.seed_number,
        market.regions,
        Enquiries(
            leaving=partial(who_leaves, market),
            running_out=partial(who_runs_out, market),
            prospects=partial(prospects_of, market),
            by_scene=partial(scene_records, market),
            defect_months=count_errors(market),
        ),
    )
    _charge(market, contact)
    return contact


def _charge(market: "Market", contact: NDArray[np.int16]) -> None:
    """Book what attempts cost: visits to broadband lines as repair, others as contacts."""
    attempts = np.bincount(contact[contact >= 0], minlength=len(market.campaigns.rows))
    for row, count in enumerate(attempts):
        running = market.campaigns.rows[row]
        fen = int(count) * to_fen(running.channel.cost_yuan)
        if running.campaign.when == "fault_expected":
            market.operators[running.operator].repair_fen += fen
        else:
            market.operators[running.operator].contact_fen += fen
