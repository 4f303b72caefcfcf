"""What a pilot would see: the focal operator's customers and everybody else, as at the shock.

Each cohort stays what it was, whoever its members belong to later; so its mean payment falls when
some leave. The spread between customers decides how many a pilot needs, and how far a customer's
bill before the shock tells the one after it decides how much of that spread is known beforehand.
Business customers are left out: their bills differ by factors of a hundred, and a pilot takes them
one by one.
"""

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.market import Market
from experiments.measures.counterfactuals import main_operator, paid_fen
from sim.vocabulary import Segment

Cohort = Literal["own", "others"]
TALLIES = ("service_revenue_yuan", "lines", "churned_lines", "gross_adds")
"""What a pilot in single regions reads of the monthly table."""
COLUMNS = ("month", "cohort", "customers", "here", "paid_yuan", "sd_yuan", "correlation")


@dataclass
class CohortBook:
    """Monthly figures of both cohorts of one run; arrays `[account]`."""

    focal: int
    cohorts: dict[Cohort, NDArray[np.bool_]]
    """Who belongs to each: private customers."""
    before_fen: NDArray[np.int64]
    """What each account paid the focal operator in the month before the shock."""
    rows: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    @classmethod
    def begin(cls, market: Market, focal: int) -> Self:
        """A book that starts at the shock, after at least one month was lived."""
        private = market.population.columns().segment != Segment.ENTERPRISE
        own = main_operator(market) == focal
        members: dict[Cohort, NDArray[np.bool_]] = {"own": private & own, "others": private & ~own}
        return cls(focal, members, paid_fen(market, focal))

    def note(self, market: Market, paid: NDArray[np.int64]) -> None:
        """Add the month that was just lived, in which each account paid `paid` fen."""
        here = main_operator(market) == self.focal
        net_yuan = 100.0 * (1.0 + market.settings.vat_rate)
        month = market.month - market.shock_month - 1
        for cohort, members in self.cohorts.items():
            if not members.any():
                continue
            now, before = paid[members] / net_yuan, self.before_fen[members] / net_yuan
            self.rows.append(
                (
                    month, cohort, float(members.sum()) * market.scale, float(here[members].mean()),
                    float(now.mean()), float(now.std()), _correlation(now, before),
                )
            )  # fmt: skip

    def table(self) -> pd.DataFrame:
        """One row a month and cohort."""
        return pd.DataFrame(self.rows, columns=list(COLUMNS))


def _correlation(now: NDArray[np.float64], before: NDArray[np.float64]) -> float:
    """Pearson's; zero where either does not vary."""
    spread = float(now.std() * before.std())
    if not spread:
        return 0.0
    return float(((now - now.mean()) * (before - before.mean())).mean() / spread)
