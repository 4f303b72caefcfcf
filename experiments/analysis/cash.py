"""Money by run and month, from which damage, costs, horizons and break-even are worked out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.analysis.answer import Answer
from experiments.analysis.paired import independent
from sim.ledger import Flow

YEAR = 12
RUN = ["arm", "world", "seed"]


@dataclass(frozen=True, eq=False)
class Cash:
    """What everybody was paid and paid, in every run that has been lived."""

    table: pd.DataFrame
    """`arm, world, seed, month, account, flow, yuan`; received positive, paid negative."""
    months: int
    monthly_rate: float
    """Of interest."""

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The money of a comparison."""
        rate = (1.0 + answer.labels.discount_yearly) ** (1.0 / YEAR) - 1.0
        return cls(answer.money, answer.labels.months, rate)

    @property
    def measured(self) -> bool:
        """Whether money was stored."""
        return not self.table.empty

    def by_month(self, account: str, flows: Collection[Flow] = ()) -> pd.DataFrame:
        """One account's balance: index arm, world and seed; a column a month.

        Args:
            account: an operator or partner.
            flows: which payments; none: all, which is the contribution.
        """
        table = self.table[self.table["account"] == account]
        if flows:
            table = table[table["flow"].isin([flow.value for flow in flows])]
        index = pd.MultiIndex.from_frame(self.table[RUN].astype({"arm": str}).drop_duplicates())
        wide = table.astype({"arm": str}).pivot_table(
            index=RUN, columns="month", values="yuan", aggfunc="sum"
        )
        return wide.reindex(index=index, columns=range(self.months)).fillna(0.0).astype(float)

    def totals(self, columns: Mapping[str, tuple[str, Collection[Flow]]]) -> pd.DataFrame:
        """Sums over all months, not discounted: index arm, world and seed.

        Args:
            columns: an account and its flows (none: all) by the name that the column is to have.
        """
        return pd.DataFrame({name: self.by_month(*of).sum(axis=1) for name, of in columns.items()})

    def npv(self, accounts: Collection[str]) -> pd.DataFrame:
        """Discounted contribution: index arm, world and seed, a column for each account."""
        return pd.DataFrame({name: self.discounted(name).sum(axis=1) for name in accounts})

    def discounted(self, account: str) -> pd.DataFrame:
        """An account's contribution, each month at its value in month 0."""
        return self.by_month(account) * self.discount()

    def discount(self) -> NDArray[np.float64]:
        """What a yuan of each month is worth in month 0, `[month]`."""
        return (1.0 + self.monthly_rate) ** -np.arange(self.months, dtype=np.float64)


def break_even(gains: pd.Series) -> int | None:
    """After how many months what was gained stays at zero or above, summed from the start.

    0: it never falls below. `None`: not within these months.

    Args:
        gains: of each month, in order.
    """
    total = gains.to_numpy(float).cumsum()
    below = np.flatnonzero(total < 0)
    if not len(below):
        return 0
    return None if below[-1] == len(total) - 1 else int(below[-1]) + 1 + 1


def compared(runs: pd.DataFrame, arm: str, other: str) -> pd.DataFrame:
    """One arm less another in the same world and seed, as independent draws.

    Args:
        runs: index arm, world and seed; where either was not lived, there is no draw.
        arm: the arm.
        other: what it is compared with.
    """
    lived = runs.index.get_level_values("arm")
    if arm not in lived or other not in lived:
        return runs.iloc[:0].droplevel("arm")
    gaps = runs.loc[[arm]].droplevel("arm") - runs.loc[[other]].droplevel("arm")
    return independent(gaps.dropna())


def last_year(monthly: pd.DataFrame) -> pd.DataFrame:
    """A year's sum at the rate of the last twelve months (of all, if they are fewer): `yuan`."""
    months = min(YEAR, monthly.shape[1])
    last = monthly[list(monthly.columns)[-months:]]
    return (last.sum(axis=1) * YEAR / months).to_frame("yuan")
