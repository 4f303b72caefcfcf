"""Actions on the network and on advertising: invest, cover, be seen."""

from typing import TYPE_CHECKING

import numpy as np

from agents.acceptance import odds_against
from agents.actions import Advertise, Cover, Invest
from agents.execution.outcome import DONE, Execution, region_index, where_of
from sim.money import to_fen

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


def invest(market: "Market", operator: "Operator", action: Invest) -> Execution:
    """Order capacity."""
    region = region_index(market, action.region)
    extra = market.network.order(market.month, operator.index, region, action.capacity_share)
    operator.invest_fen += to_fen(extra * operator.settings.network.capacity_yuan_per_gb)
    return DONE


def cover(market: "Market", operator: "Operator", action: Cover) -> Execution:
    """Change coverage, quality, and how many would take a line."""
    where = where_of(market, action.regions)
    if action.coverage is not None:
        market.coverage[operator.index, where] = action.coverage
    if action.quality is not None:
        market.network.base[operator.index, where] = action.quality
    if action.acceptance is not None:
        market.reluctance[operator.index, where] = odds_against(action.acceptance)
    return DONE


def advertise(market: "Market", operator: "Operator", action: Advertise) -> Execution:
    """Advertise this month."""
    where = where_of(market, action.regions)
    row = market.advert[operator.index]
    row[where] = np.minimum(1.0, row[where] + action.reach)
    accounts = np.diff(market.region_start)[where].sum()
    operator.advert_fen += round(float(accounts) * action.reach * action.cost_fen_per_account)
    return DONE
