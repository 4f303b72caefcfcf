"""The horizon as part of the question: NPV and terminal value at several ends, and what changes.

NPV stops at the last month; what customers are worth who are with us then is the *terminal value*:
their margin for as long as they stay, from the run's own churn and margin of the year before, with
no customers to come (customer equity: Gupta, Lehmann & Stuart 2004). Nothing is extrapolated but
that: a horizon beyond the last month that was lived is not shown.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.cash import YEAR, Cash, break_even, last_year
from experiments.analysis.paired import Interval, differences, interval, monthly_wide, of_arm
from experiments.analysis.ranking import significant, sure_first
from experiments.question.question import HOLD, NO_ATTACK
from sim.ledger import Flow

HORIZONS = (12, 24, 36, 60)
"""Months at which options are ranked, where the run is long enough."""
_RECURRING = (
    Flow.MOBILE, Flow.BROADBAND, Flow.EXIT_FEE, Flow.TAX, Flow.SERVING, Flow.WHOLESALE, Flow.POINTS,
    Flow.CREDIT, Flow.CONTACTS, Flow.REPAIR,
)  # fmt: skip
"""What a present customer brings and costs each month. Left out: what wins new ones (commission,
advertising), and what does not depend on them (overhead, investment, fines)."""


@dataclass(frozen=True)
class HorizonValue:
    """What an arm is worth over holding at one end, in yuan of month 0."""

    npv_yuan: Interval
    """Up to the end."""
    terminal_yuan: Interval
    """Customers who are there at the end, from then on."""
    total_yuan: Interval


@dataclass(frozen=True)
class Horizon:
    """All arms at one end."""

    months: int
    arms: Mapping[str, HorizonValue]
    ranking: tuple[str, ...]
    """By NPV up to the end, as a recommendation ranks: the best sure gain first."""


@dataclass(frozen=True)
class RankingChange:
    """At another end another arm is better than the recommended one, by more than chance."""

    months: int
    """The end that it is about."""
    lifetime: bool
    """Whether customers who are there at the end are counted for as long as they stay."""
    leader: str
    ahead_by: Interval
    """Of the recommended arm, in yuan."""


@dataclass(frozen=True, eq=False)
class Horizons:
    """What the length of time changes."""

    at: Mapping[int, Horizon]
    """By months: those of `HORIZONS` that were lived, and the run's own length."""
    not_lived: tuple[int, ...]
    """Those of `HORIZONS` that are longer than the run: nothing is said about them."""
    break_even_month: Mapping[str, int | None]
    """After how many months an option has earned its cost for good; 0: it never costs anything;
    `None`: not within the run. From the mean over worlds of its discounted gains."""
    run_rate_yuan: Mapping[str, Interval]
    """Contribution over holding in the last year, not discounted."""
    changes: tuple[RankingChange, ...]

    @property
    def longest(self) -> Horizon:
        """At the end of the run."""
        return self.at[max(self.at)]


def horizons_of(
    answer: Answer, cash: Cash, arms: tuple[str, ...], failed: Collection[str], recommended: str
) -> Horizons | None:
    """What each arm is worth over holding at several ends; `None` if money was not stored.

    Args:
        answer: what was found.
        cash: its money.
        arms: the options that have results.
        failed: those of which some run failed; they are shown, not ranked.
        recommended: the arm that is recommended over the run's own length.
    """
    if not cash.measured:
        return None
    focal = answer.labels.focal
    discounted = differences(_options(cash.discounted(focal)))
    monthly = differences(_options(cash.by_month(focal)))
    base = _CustomerBase(answer, cash)
    at: dict[int, Horizon] = {}
    changes: list[RankingChange] = []
    for months in sorted({*(h for h in HORIZONS if h <= cash.months), cash.months}):
        table = differences(_options(base.value(months)))
        table["npv"] = discounted[list(range(months))].sum(axis=1)
        table["total"] = table["npv"] + table["terminal"]
        values = {arm: _value(of_arm(table, arm)) for arm in arms}
        ranked = [arm for arm in arms if arm == HOLD or arm not in failed]
        for kind, lifetime in (("npv", False), ("total", True)):
            by_arm = {arm: of_arm(table, arm)[kind].dropna() for arm in ranked}
            order = _ranking(by_arm)
            if not lifetime:
                at[months] = Horizon(months, values, tuple(order))
            if lifetime == (months == cash.months):
                changes += _change(months, by_arm, order[0], recommended, lifetime=lifetime)
    yearly = last_year(monthly)
    others = [arm for arm in arms if arm != HOLD]
    return Horizons(
        at=at,
        not_lived=tuple(h for h in HORIZONS if h > cash.months),
        break_even_month={arm: break_even(of_arm(discounted, arm).mean()) for arm in others},
        run_rate_yuan={arm: interval(of_arm(yearly, arm)["yuan"]) for arm in others},
        changes=tuple(changes),
    )


class _CustomerBase:
    """Lines, churn and margin of the focal operator, from which terminal values are made."""

    def __init__(self, answer: Answer, cash: Cash) -> None:
        self.cash = cash
        self.lines = monthly_wide(answer, "lines")
        self.churned = monthly_wide(answer, "churned_lines")
        self.margin = cash.by_month(answer.labels.focal, _RECURRING)

    def value(self, months: int) -> pd.DataFrame:
        """Worth of the customers at the end of so many months, in yuan of month 0: `terminal`.

        Each line stays with the chance 1 - churn a month and brings the margin of the last year.
        """
        year = list(range(max(0, months - YEAR), months))
        lines = self.lines[year].sum(axis=1)
        churn = self.churned[year].sum(axis=1) / lines
        margin = self.margin[year].sum(axis=1) / lines
        rate = self.cash.monthly_rate
        lifetime = (1.0 - churn) * (1.0 + rate) / (churn + rate).where(churn + rate > 0)
        worth = self.lines[months - 1] * margin * lifetime * (1.0 + rate) ** -float(months)
        return pd.DataFrame({"terminal": worth})


def _options(runs: pd.DataFrame) -> pd.DataFrame:
    """Without the runs in which nobody moves."""
    return runs[runs.index.get_level_values("arm") != NO_ATTACK]


def _value(draws: pd.DataFrame) -> HorizonValue:
    return HorizonValue(*(interval(draws[kind]) for kind in ("npv", "terminal", "total")))


def _ranking(draws: Mapping[str, pd.Series]) -> list[str]:
    means = {arm: float(np.mean(draw)) for arm, draw in draws.items() if len(draw)}
    ranked = sorted(means, key=lambda arm: (-means[arm], arm != HOLD))
    return sure_first(ranked, {arm: interval(draws[arm]) for arm in ranked})[0]


def _change(
    months: int, draws: Mapping[str, pd.Series], leader: str, recommended: str, *, lifetime: bool
) -> list[RankingChange]:
    if recommended not in draws or leader == recommended:
        return []
    ahead = interval((draws[leader] - draws[recommended]).dropna())
    surely = significant(ahead, len(draws) - 1)
    return [RankingChange(months, lifetime, leader, ahead)] if surely else []
