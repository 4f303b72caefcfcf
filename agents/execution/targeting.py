"""Whom campaigns try to reach this month: lists from an operator's own records, within budget."""

import zlib

import numpy as np
from numpy.typing import NDArray

from agents.execution.campaign_records import CampaignFile, held_out
from agents.execution.campaigns import CampaignBook, Running
from agents.prediction.crm import CustomerArchive, fits, observe, ranked
from agents.prediction.predictors import PREDICTORS
from agents.state import Columns, MonthRecord
from sim.money import to_fen
from sim.offers import OfferTable
from sim.records import column
from sim.vocabulary import NOBODY

_LONG_AGO = -1_000


class Spending:
    """What each campaign has cost so far, in simulated fen, against what its budget has allowed."""

    def __init__(self) -> None:
        self.spent_fen: dict[int, int] = {}
        self.allowed_fen: dict[int, float] = {}

    def allow(self, row: int, budget_yuan: float, scale: float) -> None:
        """Release one month's budget."""
        self.allowed_fen[row] = self.allowed_fen.get(row, 0.0) + budget_yuan * 100.0 / scale

    def left_fen(self, row: int) -> float:
        """Budget that has been released and not spent; negative if promises overran it."""
        return self.allowed_fen.get(row, 0.0) - self.spent_fen.get(row, 0)

    def add(self, row: int, fen: int) -> None:
        """Book what a campaign cost."""
        self.spent_fen[row] = self.spent_fen.get(row, 0) + fen


def draw_up_lists(
    columns: Columns,
    record: MonthRecord,
    offers: OfferTable,
    campaigns: CampaignBook,
    spending: Spending,
    archive: CustomerArchive,
    month: int,
    growth: float,
    seed: int,
    regions: tuple[str, ...],
) -> NDArray[np.int16]:
    """The campaign that tries to reach each account this month, or -1; `[account]`.

    Nobody is on two lists: operators that know a customer best (its own) come first, then in order
    of start.
    """
    desk = _Desk(columns, record, offers, archive, growth, regions)
    contact = np.full(len(columns.segment), NOBODY, dtype=np.int16)
    rows = [
        (campaigns.rows[row].campaign.who.customers == "former", campaigns.rows[row].operator, row)
        for row in campaigns.active.values()
        if campaigns.rows[row].campaign.when == "monthly"
    ]
    for _, operator, row in sorted(rows):
        running = campaigns.rows[row]
        last = campaigns.last_contact.setdefault(
            operator, np.full(len(contact), _LONG_AGO, dtype=np.int32)
        )
        free = (contact == NOBODY) & (month - last >= max(1, running.campaign.cooldown_months))
        chosen = desk.choose(running, free)[: _affordable(running, spending, row)]
        if running.campaign.holdout_share > 0.0:
            chosen = _without_holdout(chosen, campaigns, row, seed)
        contact[chosen] = row
        last[chosen] = month
        spending.add(row, len(chosen) * to_fen(running.channel.cost_yuan))
    return contact


class _Desk:
    """Draws up lists from each operator's own records, which are read once a month."""

    def __init__(
        self,
        columns: Columns,
        record: MonthRecord,
        offers: OfferTable,
        archive: CustomerArchive,
        growth: float,
        regions: tuple[str, ...],
    ) -> None:
        self.regions = regions
        self.columns = columns
        self.record = record
        self.offers = offers
        self.archive = archive
        self.growth = growth
        self.operators = column(offers.rows, "operator")[columns.offer]
        self.observed: dict[int, dict[str, NDArray[np.float64]]] = {}
        self.risks: dict[tuple[int, str], NDArray[np.float64] | None] = {}

    def choose(self, running: Running, free: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Accounts among the `free` ones that a campaign is for, best first."""
        who = running.campaign.who
        observed = self._records(running.operator, running.campaign.predictor)
        if _needs_risk(running) and "churn_risk" not in observed:
            return np.empty(0, dtype=np.int64)
        mine = self.operators == running.operator
        if who.customers == "former":
            mine = ~mine & (self.columns.left_operator == running.operator)
        base = mine & free & fits(who.conditions, observed)
        if running.campaign.regions:
            here = [self.regions.index(region) for region in running.campaign.regions]
            base &= np.isin(self.columns.region, here)
        if running.campaign.consent_only:
            base &= self.columns.consent == 1
        return ranked(who, np.flatnonzero(base), observed)

    def _records(self, operator: int, predictor: str) -> dict[str, NDArray[np.float64]]:
        """An operator's observables, with predicted churn once there is enough history."""
        if operator not in self.observed:
            self.observed[operator] = observe(
                self.columns, self.record, self.offers, operator, self.growth
            )
        observed = self.observed[operator]
        if (operator, predictor) not in self.risks:
            model = self.archive.train(operator, PREDICTORS[predictor])
            self.risks[operator, predictor] = None if model is None else model.risk(observed)
        risk = self.risks[operator, predictor]
        return observed if risk is None else observed | {"churn_risk": risk}


def _without_holdout(
    chosen: NDArray[np.int64], campaigns: CampaignBook, row: int, seed: int
) -> NDArray[np.int64]:
    """Those chosen, without the ones that the campaign leaves alone for comparison."""
    running = campaigns.rows[row]
    key = zlib.crc32(f"{running.operator}/{running.campaign.name}".encode()) & 0x7FFFFFFF
    alone = held_out(chosen, seed, key, running.campaign.holdout_share)
    file = campaigns.files.setdefault(row, CampaignFile())
    file.treated.update(chosen[~alone].tolist())
    file.alone.update(chosen[alone].tolist())
    return chosen[~alone]


def _needs_risk(running: Running) -> bool:
    who = running.campaign.who
    return who.rank_by == "churn_risk" or any(c.field == "churn_risk" for c in who.conditions)


def _affordable(running: Running, spending: Spending, row: int) -> int:
    """How many contacts the budget left allows, counting the compensation each may lead to."""
    what = running.campaign.what
    each = running.channel.cost_yuan + running.channel.reach * running.channel.persuasion * (
        what.credit_yuan + running.discount_fen / 100.0 * what.months
    )
    left_yuan = spending.left_fen(row) / 100.0
    if left_yuan <= 0.0:
        return 0
    return int(left_yuan / each) if each > 0.0 else 2**31
