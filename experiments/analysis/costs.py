"""What an option costs and what for, and what comes back: money of the horizon, not discounted.

Each yuan stands in one line: what customers who would have stayed anyway pay less is *price given
away*; what is left of the change in revenue is from customers kept, won and lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.cash import RUN, Cash
from experiments.analysis.damage import ratio
from experiments.analysis.paired import Interval, differences, interval, of_arm
from experiments.measures.counterfactuals import UpliftGroup
from experiments.question.question import NO_ATTACK
from sim.ledger import Flow


class Cost(StrEnum):
    """What an option spends more on than holding does."""

    PRICE = "price_given_away"
    """What customers who would have stayed anyway pay less."""
    SERVING = "serving"
    """Lines, traffic, broadband and visits to its lines."""
    COMMISSION = "commissions"
    PARTNERS = "partners"
    CAMPAIGNS = "campaigns"
    """Contacts and advertising."""
    GIFTS = "credits_and_points"
    OTHER = "other"
    """Investment, fines, overhead, set-up."""


_FLOWS = {
    Cost.SERVING: (Flow.SERVING, Flow.REPAIR),
    Cost.COMMISSION: (Flow.COMMISSION,),
    Cost.PARTNERS: (Flow.WHOLESALE,),
    Cost.CAMPAIGNS: (Flow.CONTACTS, Flow.ADVERTISING),
    Cost.GIFTS: (Flow.CREDIT, Flow.POINTS),
}
_REVENUE = (Flow.MOBILE, Flow.BROADBAND, Flow.EXIT_FEE, Flow.TAX)


@dataclass(frozen=True)
class CostBreakdown:
    """Where one option's money goes, compared with holding: yuan over the horizon."""

    arm: str
    revenue_yuan: Interval
    """Of customers kept, won and lost, net of tax, price given away not deducted."""
    costs_yuan: Mapping[Cost, Interval]
    """What is spent more (negative: less)."""
    cost_yuan: Interval
    """All of them together."""
    contribution_yuan: Interval
    """Revenue less costs."""
    return_on_cost: Interval
    """Contribution over cost; nothing was measured where the cost may be none."""
    partners_earn_yuan: Interval
    """What all partners receive more: from us, from other operators, from their own customers and
    from merchants. No partner pays an operator: what we earn by them is in revenue."""


def costs_of(answer: Answer, cash: Cash, arms: tuple[str, ...]) -> Mapping[str, CostBreakdown]:
    """The breakdown of every option; nothing if money or the comparison of people is missing."""
    if not cash.measured or answer.twins.empty:
        return {}
    focal = answer.labels.focal
    given = _given_away(answer)
    columns = {cost.value: (focal, flows) for cost, flows in _FLOWS.items()}
    spent = [cost.value for cost in _FLOWS]
    levels = cash.totals({**columns, "revenue": (focal, _REVENUE), "contribution": (focal, ())})
    levels[spent] = -levels[spent]
    levels["partners_earn"] = _partners_income(answer, cash)
    other = levels["revenue"] - levels[spent].sum(axis=1) - levels["contribution"]
    levels[Cost.OTHER.value] = other
    gaps = differences(levels[levels.index.get_level_values("arm") != NO_ATTACK])
    gaps[Cost.PRICE.value] = given.reindex(gaps.index).fillna(0.0)
    gaps["revenue"] += gaps[Cost.PRICE.value]
    gaps["cost"] = gaps[[cost.value for cost in Cost]].sum(axis=1)
    return {arm: _breakdown(arm, of_arm(gaps, arm)) for arm in arms}


def _breakdown(arm: str, draws: pd.DataFrame) -> CostBreakdown:
    return CostBreakdown(
        arm,
        interval(draws["revenue"]),
        {cost: interval(draws[cost.value]) for cost in Cost},
        interval(draws["cost"]),
        interval(draws["contribution"]),
        ratio(draws["contribution"], draws["cost"]),
        interval(draws["partners_earn"]),
    )


def _given_away(answer: Answer) -> pd.Series:
    """What those who stay anyway pay less, by run."""
    twins = answer.twins.astype({"arm": str, "fate": str, "segment": str})
    stay = twins[(twins["fate"] == UpliftGroup.SURE_THINGS.value) & (twins["segment"] != "all")]
    return -stay.groupby(RUN)["money_yuan"].sum()


def _partners_income(answer: Answer, cash: Cash) -> pd.Series:
    """What everybody who is no operator receives, by run."""
    table = cash.table[~cash.table["actor"].isin(list(answer.labels.operators))]
    received = table[table["yuan"] > 0].astype({"arm": str})
    index = cash.by_month(answer.labels.focal).index
    return received.groupby(RUN)["yuan"].sum().reindex(index).fillna(0.0)
