"""Inertia: how many switch, how many sit on a plan that costs them more than it need."""

import numpy as np
from numpy.typing import NDArray

from agents.market import Market
from experiments.runs.baselines import Baseline
from experiments.studies.facts.registry import Criterion, Figures, fact
from sim.vocabulary import Event, Segment

_YEAR = 12


@fact(
    claim="One subscriber in six changes operator in a year",
    source="OFCOM_SWITCHING+CCS2019",
    published="15 to 16 % (UK tracker), 18 % (UK survey)",
    unit="share of persons and families that change operator within 12 months",
    criterion=Criterion(0.12, 0.20),
    why="15 to 18 %, and a fifth of it either way; monthly churn is calibrated to an assumption",
)
def yearly_switching(baseline: Baseline) -> Figures:
    """Share of accounts, firms left out, that change operator at least once in a year."""
    people = baseline.market.population.columns().segment < Segment.ENTERPRISE
    return {"model": float(baseline.panel.leaves(0, _YEAR)[people].mean())}


@fact(
    claim="Three in four could have had the same use for less on another plan",
    source="BILLMONITOR2012",
    published="74 % of 69,831 bills",
    unit="share of persons whose use of last month would have cost less on some plan in the market",
    criterion=Criterion(0.60, 0.90),
    why="74 %, 15 points either way: plans of another country and year",
)
def on_a_dearer_plan(baseline: Baseline) -> Figures:
    """Share of persons for whom another plan was cheaper, in the market and at their operator."""
    costs = plan_costs(baseline.market, baseline.panel.used_gb[0])
    who = np.flatnonzero(baseline.persons)
    offer = baseline.panel.offer[1][who].astype(np.int64)
    own = costs[offer, who]
    book = baseline.market.book
    sold = np.array([book.offers[row].customers == "personal" for row in range(len(book))])
    anywhere = costs[sold][:, who].min(axis=0)
    operators = np.array(book.operators)
    same = sold[:, None] & (operators[:, None] == operators[offer][None, :])
    at_own = np.where(same, costs[:, who], np.inf).min(axis=0)
    return {
        "model": float((anywhere < own - 0.005).mean()),
        "at_own_operator": float((at_own < own - 0.005).mean()),
        "yuan_too_much_a_month": float((own - anywhere).mean()),
    }


@fact(
    claim="Who changes plan within an operator moves to a dearer one as often as not",
    source="ESRI_IRELAND_PLANS",
    published="a slight majority move to a plan that costs more",
    unit="share of persons' plan changes at one operator after which the same use costs more",
    criterion=Criterion(0.40, 0.65),
    why="a slight majority, 10 to 15 points either way",
)
def moves_to_a_worse_plan(baseline: Baseline) -> Figures:
    """Share of plan changes that raise what the use of the month before would cost."""
    panel, worse, changes = baseline.panel, 0, 0
    for month in range(1, _YEAR + 1):
        costs = plan_costs(baseline.market, panel.used_gb[month - 1])
        changed = panel.happened(Event.CHANGED_PLAN)[month] & baseline.persons
        who = np.flatnonzero(changed)
        before = costs[panel.offer[month][who], who]
        after = costs[panel.offer[month + 1][who], who]
        worse += int((after > before + 0.005).sum())
        changes += len(who)
    return {"model": worse / max(1, changes), "changes": float(changes)}


@fact(
    claim="Who leaves had trouble with the network twice as often as others",
    source="OPENSIGNAL2022",
    published="time without signal ×2 (two carriers) to ×3.4 (the third)",
    unit="share of leavers with a fault in the month they leave, over that of all accounts",
    criterion=Criterion(1.5, 3.5),
    why="×2 to ×3.4, from half the excess of the lower one",
)
def leavers_had_faults(baseline: Baseline) -> Figures:
    """Faults among those who leave over faults among all, in the same months."""
    fault, left = baseline.panel.happened(Event.FAULT), baseline.panel.happened(Event.LEFT)
    return {"model": float(fault[left].mean() / fault.mean())}


def plan_costs(market: Market, used_gb: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the same use of one line would cost on each plan, in yuan, `[offer, account]`.

    Use beyond a plan's allowance is charged by the gigabyte.
    """
    offers = market.book.table()
    plans = offers.rows[np.arange(len(offers.rows))]
    region = market.population.columns().region.astype(np.int64)
    growth = market.allowance_growth()
    beyond = used_gb[None, :] - plans.allowance_gb[:, None] * growth
    overage = np.maximum(0.0, beyond) * plans.overage_fen_per_gb[:, None]
    return (offers.price_fen[:, region] + overage) / 100.0
