"""The months ahead, lived in a market of its own: what an oracle knows, and nobody else."""

import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.prediction.crm import RISK_MONTHS
from sim.records import column
from sim.vocabulary import Event

if TYPE_CHECKING:
    from agents.market import Market


def who_leaves(market: "Market", operator: int) -> NDArray[np.bool_]:
    """Who has left an operator in `RISK_MONTHS`, were nobody contacted from now on; `[account]`.

    Asked after this month's moves and before its contacts. Rivals go on playing; the operator does
    nothing more, though its save desk stays open and its promises run on. All luck is shared, so
    the foresight is exact for whoever is in fact not contacted.
    """
    twin = _without_contacts(market, operator)
    twin.operators[operator].strategy = None
    before = _main(twin)
    twin.live_month()
    twin.run(RISK_MONTHS - 1)
    return (before == operator) & (_main(twin) != operator)


def who_runs_out(market: "Market") -> NDArray[np.bool_]:
    """Who runs out of data this month, were nobody contacted; `[account]`."""
    twin = _without_contacts(market)
    twin.live_month()
    return np.asarray((twin.population.record.events & Event.RAN_OUT) != 0)


def _without_contacts(market: "Market", operator: int | None = None) -> "Market":
    """A copy in which an operator (`None`: none at all) runs its save desk alone."""
    twin = copy.deepcopy(market)
    book = twin.campaigns
    book.active = {
        key: row
        for key, row in book.active.items()
        if book.rows[row].campaign.when == "notice" or operator not in {None, key[0]}
    }
    twin.recording = False
    return twin


def _main(market: "Market") -> NDArray[np.int64]:
    operators = column(market.book.table().rows, "operator")
    return np.asarray(operators[market.population.columns().offer], dtype=np.int64)
