"""What each channel brought and what that cost: by operator, channel and segment."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.execution.campaign_records import CampaignFile
from agents.market import Market
from experiments.measures.kpis import ALL
from sim.vocabulary import N_SEGMENTS, SEGMENTS

_NAMES = ["operator", "channel", "segment", "contacts", "accepted", "lines_won", "contact_yuan"]


def channel_table(market: Market) -> pd.DataFrame:
    """Campaigns by channel since they started: real accounts, lines and yuan.

    Returns:
        Columns `operator, channel, segment` (each, and `all`), `contacts` (attempts), `accepted`,
        `lines_won` (from other operators), `contact_yuan` (what the attempts cost), `spent_yuan`
        (with credits, discounts and commissions; only of `all`, else NaN), `yuan_per_accepted` and
        `yuan_per_line_won` (of what was spent, of attempts where that is all one knows; NaN: none).
    """
    sums: dict[tuple[int, str], NDArray[np.float64]] = {}
    spent: dict[tuple[int, str], float] = {}
    for row, running in enumerate(market.campaigns.rows):
        key = (running.operator, running.campaign.channel)
        file = market.campaigns.files.get(row, CampaignFile())
        counted = np.zeros((N_SEGMENTS, 4))
        counted[:, :3] = file.responses
        counted[:, 3] = file.responses[:, 0] * running.channel.cost_yuan
        sums[key] = sums.get(key, np.zeros((N_SEGMENTS, 4))) + counted
        fen = market.spending.spent_fen.get(row, 0)
        if not running.campaign.partner:  # our own channels get the usual commission
            costs = market.operators[running.operator].settings.costs
            fen += round(float(file.responses[:, 2].sum()) * costs.commission_yuan * 100.0)
        spent[key] = spent.get(key, 0.0) + fen / 100.0
    rows: list[tuple[object, ...]] = []
    for (operator, channel), counted in sums.items():
        name = market.operators[operator].name
        for segment, each in zip(SEGMENTS, counted * market.scale, strict=True):
            rows.append((name, channel, segment, *each, np.nan))
        total = counted.sum(axis=0) * market.scale
        rows.append((name, channel, ALL, *total, spent[operator, channel] * market.scale))
    table = pd.DataFrame(rows, columns=[*_NAMES, "spent_yuan"])
    numbers = dict.fromkeys(table.columns[3:], np.float64)
    table = table.astype({**numbers, "operator": str, "channel": str, "segment": str})
    cost = table["spent_yuan"].fillna(table["contact_yuan"])
    for name, count in (("yuan_per_accepted", "accepted"), ("yuan_per_line_won", "lines_won")):
        table[name] = cost / table[count].where(table[count] > 0.0)
    return table
