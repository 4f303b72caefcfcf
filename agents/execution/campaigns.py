"""Campaigns as they run: from the record a strategy wrote to the table subscribers read."""

import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.actions import Campaign
from agents.behaviour.environment import CampaignRow
from agents.execution.campaign_records import CampaignFile
from agents.limits import PROMISE_KINDS
from agents.settings import ChannelSettings
from sim.errors import ActionError
from sim.money import to_fen
from sim.names import unknown
from sim.offers import OfferBook
from sim.records import Records, fill


@dataclass(frozen=True)
class Running:
    """A campaign with the figures that were fixed when it started."""

    operator: int
    campaign: Campaign
    discount_fen: int
    channel: ChannelSettings


class CampaignBook:
    """All campaigns ever started; a row is never removed, since promises outlive campaigns."""

    def __init__(self, channels: dict[str, ChannelSettings]) -> None:
        self.channels = channels
        self.rows: list[Running] = []
        self.active: dict[tuple[int, str], int] = {}
        self.last_contact: dict[int, NDArray[np.int32]] = {}
        self.files: dict[int, CampaignFile] = {}
        self._table: Records[CampaignRow] | None = None

    def start(self, operator: int, campaign: Campaign, bill_fen_per_line: float) -> int:
        """Start a campaign and return its row; an unchanged one goes on in its row.

        Raises `UnknownNameError` for its channel, `ActionError` if its kind is one too many.
        """
        if campaign.channel not in self.channels:
            raise unknown(f"campaign '{campaign.name}': channel", campaign.channel, self.channels)
        kinds = self._kinds(operator)
        if campaign.what.kind not in kinds and len(kinds) >= PROMISE_KINDS:
            raise ActionError(
                f"campaign '{campaign.name}': kind '{campaign.what.kind}' is one too many; an "
                f"operator has at most {PROMISE_KINDS} kinds of promise: {', '.join(kinds)}"
            )
        running = self.active.get((operator, campaign.name))
        if running is not None and _same_but_budget(self.rows[running].campaign, campaign):
            self.rows[running] = replace(self.rows[running], campaign=campaign)
            return running
        share = campaign.what.discount_share * bill_fen_per_line
        discount = to_fen(campaign.what.discount_yuan) + round(share)
        self.rows.append(Running(operator, campaign, discount, self.channels[campaign.channel]))
        self.active[operator, campaign.name] = len(self.rows) - 1
        self._table = None
        return len(self.rows) - 1

    def stop(self, operator: int, name: str) -> bool:
        """End a campaign; False if none of that name was running."""
        return self.active.pop((operator, name), None) is not None

    def running(self, operator: int) -> list[int]:
        """Rows of an operator's running campaigns, in order of start."""
        return sorted(row for (who, _), row in self.active.items() if who == operator)

    def names(self, operator: int) -> tuple[str, ...]:
        """Names of an operator's running campaigns."""
        return tuple(name for (who, name) in self.active if who == operator)

    def copy(self) -> "CampaignBook":
        """An independent book in the same state."""
        twin = CampaignBook(self.channels)
        twin.rows = list(self.rows)
        twin.active = dict(self.active)
        twin.last_contact = {k: v.copy() for k, v in self.last_contact.items()}
        twin.files = copy.deepcopy(self.files)
        return twin

    def note_month(self, contact: NDArray[np.int16], accepted: NDArray[np.int64]) -> None:
        """Write this month's contacts `[account]` and take-up `[campaign]` into the files."""
        attempts = np.bincount(contact[contact >= 0], minlength=len(self.rows))
        for row in self.active.values():
            file = self.files.setdefault(row, CampaignFile())
            file.note(int(attempts[row]), int(accepted[row]))

    def save_desk_of(self, operator: int) -> str:
        """Name of the save desk that an operator has open; empty: none."""
        for (who, name), row in self.active.items():
            if who == operator and self.rows[row].campaign.when == "notice":
                return name
        return ""

    def kind_of(self, row: int) -> int:
        """Number of a campaign's kind of promise among its operator's, in order of first use."""
        return self._kinds(self.rows[row].operator).index(self.rows[row].campaign.what.kind)

    def _kinds(self, operator: int) -> list[str]:
        mine = [row.campaign.what.kind for row in self.rows if row.operator == operator]
        return list(dict.fromkeys(mine))

    def promise_kinds(self) -> int:
        """Kinds of promise that any operator has made so far, at least 1."""
        return 1 + max((self.kind_of(row) for row in range(len(self.rows))), default=0)

    def save_desks(self, n_operators: int, n_segments: int) -> NDArray[np.int64]:
        """Campaign offered to who gives notice, `[operator, segment]`, -1 where there is none."""
        desks = np.full((n_operators, n_segments), -1, dtype=np.int64)
        for (operator, _), row in self.active.items():
            if self.rows[row].campaign.when == "notice":
                desks[operator, :] = row
        return desks

    def table(self, book: OfferBook) -> Records[CampaignRow]:
        """The campaigns as columns. Raises `ActionError` for an unknown benefit or offer."""
        if self._table is None or len(self._table) != max(1, len(self.rows)):
            self._table = self._build(book)
        return self._table

    def _build(self, book: OfferBook) -> Records[CampaignRow]:
        rows = self.rows or [_NOTHING]
        what = [row.campaign.what for row in rows]
        values = {
            "operator": [row.operator for row in rows],
            "running_low": [int(row.campaign.when == "running_low") for row in rows],
            "repairs": [int(row.campaign.when == "fault_expected") for row in rows],
            "wakes": [int(row.campaign.when == "silent") for row in rows],
            "kind": [self.kind_of(row) for row in range(len(self.rows))] or [0],
            "discount_fen": [row.discount_fen for row in rows],
            "months": [w.months for w in what],
            "benefits": [book.benefit_mask(w.benefits) for w in what],
            "gb": [w.gb for w in what],
            "pack_fen": [to_fen(w.pack_yuan) for w in what],
            "contract_months": [w.contract_months for w in what],
            "target_offer": [book.row(w.invite_to) if w.invite_to else -1 for w in what],
            "reach": [row.channel.reach for row in rows],
            "persuasion": [row.channel.persuasion for row in rows],
            "irritation": [row.channel.irritation for row in rows],
            "care": [w.care for w in what],
            "credit_fen": [to_fen(w.credit_yuan) for w in what],
        }
        return fill(CampaignRow, (len(rows),), values)


def _same_but_budget(old: Campaign, new: Campaign) -> bool:
    """A changed budget is no new campaign: what it has spent and promised goes on."""
    return old.model_copy(update={"budget_yuan": new.budget_yuan}) == new


_NOTHING = Running(
    -1, Campaign(name="none"), 0, ChannelSettings(cost_yuan=0.0, reach=0.0, persuasion=0.0)
)
