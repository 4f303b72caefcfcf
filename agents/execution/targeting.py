"""Whom campaigns try to reach this month: lists from an operator's own records, within budget."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.actions import Campaign
from agents.execution.campaign_records import CampaignFile, held_out
from agents.execution.campaigns import CampaignBook, Running, Waiting
from agents.prediction.crm import fits, observe, ranked
from agents.prediction.forecaster import Forecaster
from agents.prediction.predictors import RESPONSE, USAGE, predicted
from agents.prediction.response import Trial
from agents.prediction.tags import INTEREST, interest
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


class Enquiries(NamedTuple):
    """What is found out by asking the market, accounts as `[account]`."""

    leaving: Callable[[int], NDArray[np.bool_]]
    """Who will leave an operator; only an oracle asks."""
    running_out: Callable[[], NDArray[np.bool_]]
    """Who runs out of data this month; only an oracle asks."""
    prospects: Callable[[Running], NDArray[np.bool_]]
    """Customers of a campaign's partner who are not ours."""
    by_scene: Callable[[int, int], dict[str, NDArray[np.float64]]]
    """An operator's records by scene, of so many months."""
    defect_months: dict[int, int]
    """From defect to fault, of each operator that watches its broadband lines."""


def draw_up_lists(
    columns: Columns,
    record: MonthRecord,
    offers: OfferTable,
    campaigns: CampaignBook,
    spending: Spending,
    forecaster: Forecaster,
    month: int,
    growth: float,
    seed: int,
    regions: tuple[str, ...],
    ask: Enquiries,
) -> NDArray[np.int16]:
    """The campaign that tries to reach each account this month, or -1; `[account]`.

    Nobody is on two lists: operators that know a customer best (its own) come first, then in order
    of start.
    """
    desk = _Desk(
        columns, record, offers, campaigns, forecaster, month, growth, regions, ask,
    )  # fmt: skip
    contact = np.full(len(columns.segment), NOBODY, dtype=np.int16)
    rows = [
        (campaigns.rows[row].campaign.who.customers != "own", campaigns.rows[row].operator, row)
        for row in campaigns.active.values()
        if campaigns.rows[row].campaign.when != "notice"
    ]
    for _, operator, row in sorted(rows):
        running = campaigns.rows[row]
        last = campaigns.last_contact.setdefault(
            operator, np.full(len(contact), _LONG_AGO, dtype=np.int32)
        )
        free = (contact == NOBODY) & (month - last >= max(1, running.campaign.cooldown_months))
        chosen = desk.choose(row, free)[
            : _affordable(running, spending, row, campaigns.files.get(row))
        ]
        if running.campaign.holdout_share > 0.0:
            chosen, alone = _without_holdout(chosen, campaigns, row, seed, month)
            # They rest as long as the others, or they would be chosen more often.
            last[alone] = month
        last[chosen] = month
        spending.add(row, len(chosen) * to_fen(running.channel.cost_yuan))
        if running.channel.wait_months:
            later = Waiting(month + running.channel.wait_months, chosen)
            campaigns.waiting.setdefault(row, []).append(later)
        else:
            contact[chosen] = row
    _hear_now(contact, campaigns, desk, month)
    return contact


def _hear_now(
    contact: NDArray[np.int16], campaigns: CampaignBook, desk: "_Desk", month: int
) -> None:
    """Let those hear of it who were contacted through a slow channel, if they are still meant."""
    for row, waiting in campaigns.waiting.items():
        for due in [one for one in waiting if one.due == month]:
            meant = desk.meant(campaigns.rows[row])
            who = due.accounts[meant[due.accounts] & (contact[due.accounts] == NOBODY)]
            contact[who] = row
        campaigns.waiting[row] = [one for one in waiting if one.due > month]


@dataclass
class _Desk:
    """Draws up lists from each operator's own records, which are read once a month."""

    columns: Columns
    record: MonthRecord
    offers: OfferTable
    campaigns: CampaignBook
    forecaster: Forecaster
    month: int
    growth: float
    regions: tuple[str, ...]
    ask: Enquiries
    observed: dict[int, dict[str, NDArray[np.float64]]] = field(
        default_factory=dict[int, dict[str, NDArray[np.float64]]]
    )

    def __post_init__(self) -> None:
        self.operators = column(self.offers.rows, "operator")[self.columns.offer]

    def choose(self, row: int, free: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Accounts among the `free` ones that a campaign is for, best first."""
        running = self.campaigns.rows[row]
        who = running.campaign.who
        customers = self.meant(running)
        observed = self._records(running.operator)
        if asks_for(USAGE, running.campaign):
            observed = observed | {USAGE: self._usage(running, customers, observed)}
        if running.campaign.scene:
            observed = observed | self._scenes(running, customers, observed)
        said = predicted(running.campaign.predictor, running.campaign.when)
        if asks_for(said, running.campaign):
            found = self._predicted(row, customers, observed)
            if found is None:
                return np.empty(0, dtype=np.int64)
            observed = observed | {said: found}
        base = customers & free & fits(who.conditions, observed)
        if running.campaign.regions:
            here = [self.regions.index(region) for region in running.campaign.regions]
            base &= np.isin(self.columns.region, here)
        if running.campaign.consent_only:
            base &= self.columns.consent == 1
        if len(self.columns.opted_out):
            base &= (self.columns.opted_out >> running.operator) & 1 == 0
        return ranked(who, np.flatnonzero(base), observed)

    def meant(self, running: Running) -> NDArray[np.bool_]:
        """The operator's own customers, its former ones, or those of a partner, `[account]`."""
        if running.campaign.who.customers == "prospects":
            return self.ask.prospects(running)
        mine = self.operators == running.operator
        if running.campaign.when == "fault_expected":
            return mine & (self.columns.broadband == running.operator)
        if running.campaign.who.customers == "former":
            return ~mine & (self.columns.left_operator == running.operator)
        return mine

    def _records(self, operator: int) -> dict[str, NDArray[np.float64]]:
        """An operator's observables."""
        if operator not in self.observed:
            self.observed[operator] = observe(
                self.columns, self.record, self.offers, operator, self.growth
            )
        return self.observed[operator]

    def _scenes(
        self,
        running: Running,
        customers: NDArray[np.bool_],
        observed: dict[str, NDArray[np.float64]],
    ) -> dict[str, NDArray[np.float64]]:
        """What the operator knows by scene, and if asked for, who is interested."""
        campaign = running.campaign
        known = self.ask.by_scene(running.operator, campaign.records_months)
        if not asks_for(INTEREST, campaign):
            return known
        interested = np.full(len(customers), np.nan)
        who = np.flatnonzero(customers)
        interested[who] = interest(
            campaign.scene, campaign.interest_by, who, observed | known, self.forecaster.seed,
            self.month,
        )  # fmt: skip
        return known | {INTEREST: interested}

    def _usage(
        self,
        running: Running,
        customers: NDArray[np.bool_],
        observed: dict[str, NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Forecast of this month's use over the allowance, `[account]`, of `customers`."""
        who = np.flatnonzero(customers)
        forecast = np.full(len(customers), np.nan)
        forecast[who] = self.forecaster.usage(
            running.operator, running.campaign, who, observed, self.month, self.ask.running_out
        )
        return forecast

    def _predicted(
        self, row: int, customers: NDArray[np.bool_], observed: dict[str, NDArray[np.float64]]
    ) -> NDArray[np.float64] | None:
        """What the campaign's predictor says, `[account]`, of `customers`; None: too early."""
        running = self.campaigns.rows[row]
        operator, campaign = running.operator, running.campaign
        who = np.flatnonzero(customers)
        if campaign.when == "fault_expected":
            ahead = self.ask.defect_months.get(operator, 0)
            found = self.forecaster.faults(operator, campaign, ahead, who, self.month)
        elif campaign.predictor == RESPONSE:
            trials = self.campaigns.files.setdefault(row, CampaignFile()).trials
            found = self.forecaster.response(
                operator, row, campaign, trials, who, observed, self.month
            )
        else:
            found = self.forecaster.risk(
                operator, campaign, who, observed, self.month, lambda: self.ask.leaving(operator)
            )
        if found is None:
            return None
        everybody = np.full(len(customers), np.nan)
        everybody[who] = found
        return everybody


def _without_holdout(
    chosen: NDArray[np.int64], campaigns: CampaignBook, row: int, seed: int, month: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Those chosen: who is contacted, and who is left alone for comparison."""
    running = campaigns.rows[row]
    key = zlib.crc32(f"{running.operator}/{running.campaign.name}".encode()) & 0x7FFFFFFF
    alone = held_out(chosen, seed, key, running.campaign.holdout_share)
    file = campaigns.files.setdefault(row, CampaignFile())
    file.treated.update(chosen[~alone].tolist())
    file.alone.update(chosen[alone].tolist())
    file.trials.append(Trial(month, chosen[~alone], chosen[alone]))
    return chosen[~alone], chosen[alone]


def asks_for(field: str, campaign: Campaign) -> bool:
    """Whether a campaign chooses by an observable."""
    who = campaign.who
    return field in {who.rank_by, *(c.field for c in who.conditions)}


def _affordable(running: Running, spending: Spending, row: int, file: CampaignFile | None) -> int:
    """How many contacts the budget left allows, counting the compensation each may lead to.

    Own customers take what they would gain from if they hear of it; of prospects, who would have to
    move, as many are expected to come as did so far.
    """
    what = running.campaign.what
    taken = running.channel.reach * running.channel.persuasion
    if running.campaign.who.customers == "prospects":
        tried, took, _ = (0, 0, 0) if file is None else file.responses.sum(axis=0).tolist()
        taken = took / max(1, tried)
    each = running.channel.cost_yuan + taken * (
        what.credit_yuan
        + running.discount_fen / 100.0 * what.months
        + running.campaign.commission_yuan
    )
    left_yuan = spending.left_fen(row) / 100.0
    if left_yuan <= 0.0:
        return 0
    return int(left_yuan / each) if each > 0.0 else 2**31
