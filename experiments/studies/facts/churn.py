"""Who leaves: by tenure, bundle, contract, satisfaction and complaint; how much of it is cause."""

import numpy as np
from numpy.typing import NDArray

from agents.tables import broadband_prices
from experiments.runs.baselines import Baseline, observe_months, operators_of
from experiments.studies.facts.registry import Criterion, Figures, fact
from sim.records import column
from sim.vocabulary import Event, Segment

_YEAR = 12
_QUARTER = 3
_OLD, _NEW = 36, 12  # months with the operator


@fact(
    claim="The longer somebody has been a customer, the less likely to leave; mostly selection",
    source="FADER2007",
    published="yearly churn in year 1 over year 6: 4.0 (regular), 2.1 (high-end customers)",
    unit="monthly churn of accounts in their first year over that of accounts after their third",
    criterion=Criterion(1.3, 4.0),
    why="2.1 to 4.0 in a subscription business; from a third of the lower excess, as the simulated "
    "past before the burn-in is drawn at random and selects nobody",
)
def churn_falls_with_tenure(baseline: Baseline) -> Figures:
    """Hazards by tenure in the panel's last year, and what giving old customers a fresh start does.

    `caused` is the same ratio for one and the same old customers: as newcomers, over as they are.
    """
    panel = baseline.panel
    months = slice(len(panel.events) - _YEAR, None)
    left = panel.happened(Event.LEFT)[months]
    tenure = panel.tenure_months[months]
    new, old = tenure < _NEW, tenure >= _OLD
    raw = float(left[new].mean() / left[old].mean())
    return {"model": raw, "caused": _fresh_start(baseline)}


def _fresh_start(baseline: Baseline) -> float:
    """Churn of old customers made newcomers (no points, new contract) over their twins' churn."""
    twin = baseline.fork()
    twin.run(len(baseline.panel.events) - _YEAR)
    as_they_are = twin.fork({})
    c = twin.population.columns()
    old = c.tenure_months >= _OLD
    contract = column(twin.book.table().rows, "contract_months")[c.offer]
    c.tenure_months[old] = 0
    c.points[old] = 0
    c.satisfaction[old] = baseline.market.behaviour.usual_satisfaction
    c.contract_left[old] = contract[old].astype(np.int8)
    fresh = observe_months(twin, _YEAR).leaves(0, _YEAR)[old].mean()
    usual = observe_months(as_they_are, _YEAR).leaves(0, _YEAR)[old].mean()
    return float(fresh / usual)


@fact(
    claim="Families with mobile and broadband from one operator switch it 40 to 50 % less",
    source="OFCOM_SWITCHING",
    published="−3.8 and −5.1 points on 9 to 10 % a year",
    unit="yearly switching of families with their operator's broadband over that of families with "
    "another's or none, less one",
    criterion=Criterion(-0.65, -0.25),
    why="−40 to −50 %, 15 points either way: regression estimates against a raw comparison",
)
def bundles_keep(baseline: Baseline) -> Figures:
    """Raw gap between converged and other families, and what converging causes.

    `caused`: families that buy the two separately from one operator, over themselves with the
    broadband from another supplier; the rest of the gap is who converges.
    """
    c = baseline.market.population.columns()
    operator = operators_of(baseline.market)
    family = c.segment == Segment.HOUSEHOLD
    converged = family & (c.broadband == operator)
    leaves = baseline.panel.leaves(0, _YEAR)
    bundle = column(baseline.market.book.table().rows, "broadband")[c.offer] == 1
    separate = converged & ~bundle
    apart = baseline.fork()
    suppliers = np.flatnonzero(broadband_prices(apart.settings) >= 0)
    other = np.where(operator == suppliers[0], suppliers[-1], suppliers[0])
    apart.population.columns().broadband[separate] = other[separate].astype(np.int8)
    without = observe_months(apart, _YEAR).leaves(0, _YEAR)
    others = family & ~converged
    return {
        "model": float(leaves[converged].mean() / leaves[others].mean() - 1.0),
        "caused": float(leaves[separate].mean() / without[separate].mean() - 1.0),
        "converged_yearly": float(leaves[converged].mean()),
    }


@fact(
    claim="Customers on a contract switch less than those who pay as they go",
    source="OFCOM_SWITCHING",
    published="−4.7 points on 15 % a year, which is −31 %",
    unit="yearly switching of persons on plans with a contract over that of others, less one",
    criterion=Criterion(-0.60, -0.10),
    why="−31 %, from a third to twice it: a raw comparison of unlike people",
)
def contracts_keep(baseline: Baseline) -> Figures:
    """Yearly switching of persons on plans that bind against persons on plans that do not.

    `caused`: those bound now, over themselves if their contracts had ended at the year's start.
    """
    c = baseline.market.population.columns()
    plan = column(baseline.market.book.table().rows, "contract_months")[c.offer] > 0
    leaves = baseline.panel.leaves(0, _YEAR)
    on_plan, free = plan & baseline.persons, ~plan & baseline.persons
    bound = (c.contract_left > 0) & baseline.persons
    released = baseline.fork()
    released.population.columns().contract_left[bound] = 0
    without = observe_months(released, _YEAR).leaves(0, _YEAR)
    return {
        "model": float(leaves[on_plan].mean() / leaves[free].mean() - 1.0),
        "caused": float(leaves[bound].mean() / without[bound].mean() - 1.0),
        "bound_now": float(leaves[bound].mean() / leaves[free].mean() - 1.0),
    }


@fact(
    claim="Leaving peaks when the contract ends",
    source="GERPOTT2015",
    published="notice is given for 'the next legally possible occasion'; no rate published",
    unit="churn in the contract's last month over churn while it still runs",
    criterion=Criterion(low=2.0, surely=True),
    why="a direction; at least a doubling, to be called a peak",
)
def contract_end_spike(baseline: Baseline) -> Figures:
    """Monthly churn in the last month of a contract, over that of the months before."""
    left, panel = baseline.panel.happened(Event.LEFT), baseline.panel
    ends, runs = panel.contract_left == 1, panel.contract_left > 1
    return {"model": float(left[ends].mean() / left[runs].mean()), "last": float(left[ends].mean())}


@fact(
    claim="The dissatisfied switch more: 6 to 7 points more of them in a year",
    source="OFCOM_SWITCHING",
    published="+6.4 (very) and +7.4 (fairly dissatisfied) points a year against the very satisfied",
    unit="yearly switching of the least satisfied tenth of each operator's customers less that of "
    "the most satisfied half",
    criterion=Criterion(0.03, 0.11),
    why="+6.4 to +7.4, from half of the lower to half above the upper",
)
def dissatisfied_leave(baseline: Baseline) -> Figures:
    """Yearly switching by satisfaction at the year's start, operator by operator.

    Between operators the comparison would show which of them is liked.
    """
    satisfaction = baseline.panel.satisfaction[0]
    low, high = np.zeros((2, len(satisfaction)), dtype=np.bool_)
    for operator in range(len(baseline.lines)):
        mine = baseline.panel.operator[0] == operator
        tenth, half = np.quantile(satisfaction[mine], [0.1, 0.5])
        low |= mine & (satisfaction <= tenth)
        high |= mine & (satisfaction > half)
    leaves, soon = baseline.panel.leaves(0, _YEAR), baseline.panel.leaves(0, _QUARTER)
    return {
        "model": float(leaves[low].mean() - leaves[high].mean()),
        "in_3_months": float(soon[low].mean() - soon[high].mean()),
    }


@fact(
    claim="Who complains leaves much more often in the three months after",
    source="IRAN_CHURN",
    published="83.0 against 10.1 %: ×8.2",
    unit="share leaving within 3 months after a complaint, over that of who did not complain",
    criterion=Criterion(2.0, 9.0),
    why="×8.2 in a small data set whose complaints are counted over nine months; at least ×2",
)
def complaints_foretell(baseline: Baseline) -> Figures:
    """Leaving within a quarter after a month with a complaint, over leaving after one without."""
    complained = baseline.panel.happened(Event.COMPLAINED)
    after, others = _after(baseline, complained), _after(baseline, ~complained)
    return {"model": after / others, "after_complaint": after}


def _after(baseline: Baseline, cause: NDArray[np.bool_]) -> float:
    """Share that leaves in the three months after a month in which `cause` held and it stayed."""
    left = baseline.panel.happened(Event.LEFT)
    gone = total = 0
    for month in range(len(left) - _QUARTER):
        at_risk = cause[month] & ~left[month]
        gone += int(baseline.panel.leaves(month + 1, _QUARTER)[at_risk].sum())
        total += int(at_risk.sum())
    return gone / max(1, total)
