"""What a customer won or a promise taken costs through each channel, by option."""

from dataclasses import dataclass

import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import Interval, arms_of, independent, interval
from experiments.measures.kpis import ALL


@dataclass(frozen=True)
class ChannelCost:
    """One channel of the focal operator's campaigns under one option; money in yuan."""

    arm: str
    channel: str
    contacts: Interval
    accepted: Interval
    lines_won: Interval
    yuan_per_accepted: Interval
    """Contacts, credits, discounts and commissions over promises taken."""
    yuan_per_line_won: Interval
    """The same over lines that came from other operators."""


def channel_costs(answer: Answer) -> tuple[ChannelCost, ...]:
    """Every channel that the focal operator used, by option; none if none was or it is not stored.

    A draw (a world, or a seed if there is one world) without an acquisition has no cost of one.
    """
    table = answer.channels
    if table.empty:
        return ()
    mine = table[(table["operator"] == answer.labels.focal) & (table["segment"] == ALL)]
    found: list[ChannelCost] = []
    for arm in arms_of(answer):
        for channel, rows in mine[mine["arm"] == arm].groupby("channel", sort=True, observed=True):
            found.append(_cost(arm, str(channel), rows))
    return tuple(found)


def _cost(arm: str, channel: str, rows: pd.DataFrame) -> ChannelCost:
    sums = ["contacts", "accepted", "lines_won", "spent_yuan"]
    draws = independent(rows.set_index(["world", "seed"])[sums])

    def over(count: str) -> Interval:
        return interval(draws["spent_yuan"] / draws[count].where(draws[count] > 0.0))

    return ChannelCost(
        arm=arm,
        channel=channel,
        contacts=interval(draws["contacts"]),
        accepted=interval(draws["accepted"]),
        lines_won=interval(draws["lines_won"]),
        yuan_per_accepted=over("accepted"),
        yuan_per_line_won=over("lines_won"),
    )
