"""Counterfactuals: every account of an arm compared with itself under `hold`.

Arms share all luck, so the counterfactual under `hold` is the same person in the same months.
What an offer saved, gave away or drove off is therefore counted, not estimated.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.market import Market
from sim.records import column
from sim.vocabulary import SEGMENTS


class UpliftGroup(StrEnum):
    """What an arm did to a main line, by where it is at the end under the arm and under `hold`.

    The first four are the field's groups of own customers; the values are those of the column
    `fate` in `twins.parquet`.
    """

    PERSUADABLES = "kept"
    """Ours at the shock, stay under the arm and would have left."""
    SURE_THINGS = "anyway"
    """Ours at the shock, stay either way."""
    LOST_CAUSES = "lost_anyway"
    """Ours at the shock, leave either way."""
    SLEEPING_DOGS = "driven_away"
    """Leave, or do not come, because of the arm."""
    WON = "won"
    """Elsewhere at the shock, come because of the arm."""
    WON_ANYWAY = "won_anyway"
    """Elsewhere at the shock, come either way."""
    NEVER = "never"
    """Elsewhere at the shock and at the end; may still pay for a second SIM or broadband."""


GROUPS = tuple(UpliftGroup)


@dataclass
class AccountPaths:
    """What each account paid the focal operator so far, and got from it; `[account]`."""

    focal: int
    start: NDArray[np.int64]
    paid_fen: NDArray[np.int64]
    credit_fen: NDArray[np.int64]
    """One-off credits, which are paid out and are no part of any bill."""

    @classmethod
    def begin(cls, market: Market, focal: int) -> "AccountPaths":
        """A diary that starts now."""
        main = main_operator(market)
        nothing = np.zeros(len(main), dtype=np.int64)
        return cls(focal, main, nothing, nothing.copy())

    def note(self, market: Market) -> NDArray[np.int64]:
        """Add the month that was just lived; returns what each account paid in it, in fen."""
        record = market.population.record
        columns = market.population.columns()
        paid = paid_fen(market, self.focal)
        self.paid_fen += paid
        campaigns = market.campaigns.table(market.book)
        taken = np.maximum(record.credited.astype(np.int64), 0)
        ours = (record.credited >= 0) & (column(campaigns, "operator")[taken] == self.focal)
        credit = column(campaigns, "credit_fen")[taken]
        self.credit_fen += np.where(ours, credit * columns.lines.astype(np.int64), 0)
        return paid


def paid_fen(market: Market, focal: int) -> NDArray[np.int64]:
    """What each account paid an operator in the month that was just lived, tax included."""
    record = market.population.record
    columns = market.population.columns()
    rows = market.book.table().rows
    main = main_operator(market)
    second = columns.second.astype(np.int64)
    second_operator = np.where(second >= 0, column(rows, "operator")[np.maximum(second, 0)], -1)
    paid = np.where(main == focal, record.main_fen, 0).astype(np.int64)
    paid += np.where(second_operator == focal, record.second_fen, 0)
    elsewhere = (columns.broadband == focal) & (main != focal)
    paid += np.where(elsewhere, record.broadband_fen, 0)
    return paid + np.where(record.origin == focal, record.exit_fee_fen, 0)


def main_operator(market: Market) -> NDArray[np.int64]:
    """Operator of each account's main line."""
    offers = market.population.columns().offer.astype(np.int64)
    return np.asarray(column(market.book.table().rows, "operator")[offers], dtype=np.int64)


def groups_of(
    focal: int, start: NDArray[np.int64], hold: NDArray[np.int64], arm: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Index into `GROUPS` of each account, from the operators its main line was and ended up with.

    Args:
        focal: the operator whose customers are meant.
        start: operator of each account at the shock; `[account]`, as the two others.
        hold: operator at the end under `hold`.
        arm: operator at the end under the arm.
    """
    was, stays, stays_held = start == focal, arm == focal, hold == focal
    order = {
        UpliftGroup.PERSUADABLES: was & stays & ~stays_held,
        UpliftGroup.SURE_THINGS: was & stays & stays_held,
        UpliftGroup.LOST_CAUSES: was & ~stays & ~stays_held,
        UpliftGroup.SLEEPING_DOGS: ~stays & stays_held,
        UpliftGroup.WON: ~was & stays & ~stays_held,
        UpliftGroup.WON_ANYWAY: ~was & stays & stays_held,
    }
    places = [GROUPS.index(group) for group in order]
    return np.select(list(order.values()), places, default=GROUPS.index(UpliftGroup.NEVER))


def compare_counterfactuals(
    market: Market, diary: AccountPaths, hold: AccountPaths, hold_main: NDArray[np.int64]
) -> pd.DataFrame:
    """Table `segment, fate, people, money_yuan, credit_yuan` of a run and its `hold`.

    People are real lines; money is what accounts paid the focal operator, net of tax, arm minus
    hold. Over all rows it adds up to the difference in service revenue: whole fen are added up,
    then scaled. Credits are what the operator paid out to them, arm minus hold.
    """
    group = groups_of(diary.focal, diary.start, hold_main, main_operator(market))
    columns = market.population.columns()
    cell = columns.segment.astype(np.int64) * len(GROUPS) + group
    size = len(SEGMENTS) * len(GROUPS)
    people = np.bincount(cell, weights=columns.lines, minlength=size)
    money = _added_up(diary.paid_fen - hold.paid_fen, cell, size)
    credit = _added_up(diary.credit_fen - hold.credit_fen, cell, size)
    return pd.DataFrame(
        {
            "segment": np.repeat(SEGMENTS, len(GROUPS)),
            "fate": np.tile([group.value for group in GROUPS], len(SEGMENTS)),
            "people": people * market.scale,
            "money_yuan": money / 100.0 / (1.0 + market.settings.vat_rate) * market.scale,
            "credit_yuan": credit / 100.0 * market.scale,
        }
    )


def _added_up(fen: NDArray[np.int64], cell: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Whole fen by cell."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, cell, fen)
    return total
