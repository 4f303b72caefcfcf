"""What an operator's own files say about its campaigns: contacts, take-up, cost, and a fair trial.

A campaign with a `holdout_share` leaves a random part of those chosen alone, the same people for
good. They differ from the others by nothing but the campaign, so what they do instead is the
comparison that a company could make itself.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agents.observation import CampaignView
from agents.prediction.response import Trial
from agents.state import Columns, MonthRecord
from sim.compile import kernel
from sim.draws import Purpose, uniform
from sim.vocabulary import N_SEGMENTS, Event


@kernel
def _draw(luck: NDArray[np.float64], people: NDArray[np.int64], seed: int, key: int) -> None:
    for i in range(len(people)):
        luck[i] = uniform(seed, people[i], 0, Purpose.HOLDOUT, key)


def held_out(people: NDArray[np.int64], seed: int, key: int, share: float) -> NDArray[np.bool_]:
    """Which of `people` a campaign of that key leaves alone: always the same."""
    luck = np.empty(len(people))
    _draw(luck, people, seed, key)
    return luck < share


def by_segment(
    contact: NDArray[np.int16],
    columns: Columns,
    record: MonthRecord,
    desks: NDArray[np.int64],
    owner: NDArray[np.int64],
) -> NDArray[np.int64]:
    """What came of a month's contacts: `[campaign, segment, (attempts, taken up, lines won)]`.

    A line is won if its holder came from another operator with the campaign's promise. `owner` is
    the operator of each campaign; the other arguments are as in `CampaignBook.note_month`.
    """
    attempts, taken, won = np.zeros((3, len(owner), N_SEGMENTS), dtype=np.int64)
    tried = np.flatnonzero(contact >= 0)
    np.add.at(attempts, (contact[tried], columns.segment[tried]), 1)
    talked = np.flatnonzero((record.events & Event.SAVE_DESK) != 0)
    at_desk = desks[record.origin[talked], columns.segment[talked]]
    np.add.at(attempts, (at_desk, columns.segment[talked]), 1)
    took = np.flatnonzero(record.credited >= 0)
    campaign, segment = record.credited[took], columns.segment[took]
    np.add.at(taken, (campaign, segment), 1)
    came = (record.events[took] & Event.LEFT != 0) & (record.origin[took] != owner[campaign])
    np.add.at(won, (campaign, segment), np.where(came, columns.lines[took], 0))
    return np.stack([attempts, taken, won], axis=-1)


@dataclass
class CampaignFile:
    """One campaign's months, oldest first; simulated accounts."""

    contacts: list[int] = field(default_factory=list[int])
    accepted: list[int] = field(default_factory=list[int])
    treated: set[int] = field(default_factory=set[int])
    """Accounts that were chosen and contacted, where some were left alone."""
    alone: set[int] = field(default_factory=set[int])
    trials: list[Trial] = field(default_factory=list[Trial])
    """Who was contacted and who was left alone, month by month."""

    responses: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((N_SEGMENTS, 3), dtype=np.int64)
    )
    """`[segment, (attempts, taken up, lines won)]` so far, of save desks too."""

    def note(self, contacts: int, accepted: int) -> None:
        """Add a month."""
        self.contacts.append(contacts)
        self.accepted.append(accepted)

    def view(
        self, name: str, channel: str, cost_fen: int, mine: NDArray[np.bool_], scale: float
    ) -> CampaignView:
        """What the operator may see; `mine` says who is its customer now, `[account]`."""
        difference = float("nan")
        if self.treated and self.alone:
            treated, alone = (np.array(sorted(s)) for s in (self.treated, self.alone))
            difference = float(mine[treated].mean() - mine[alone].mean())
        return CampaignView(
            name=name,
            channel=channel,
            lines_won=float(self.responses[:, 2].sum()) * scale,
            contacts=np.array(self.contacts, dtype=np.float64) * scale,
            accepted=np.array(self.accepted, dtype=np.float64) * scale,
            cost_fen=cost_fen * scale,
            treated=len(self.treated) * scale,
            held_out=len(self.alone) * scale,
            holdout_difference=difference,
        )
