"""What campaigns do: recommendations that backfire, calls that help, offers to those who leave."""

from itertools import pairwise

import numpy as np

from agents.actions import Campaign, Treatment
from agents.prediction.archive import SHORTEST_MONTHS
from agents.prediction.crm import RISK_FEATURES
from agents.prediction.history import History
from agents.prediction.scorecard import Scorecard
from experiments.runs.baselines import Baseline
from experiments.studies.facts.registry import Criterion, Figures, fact
from experiments.studies.facts.trials import customers, highest, one_off, records, start, treat
from sim.vocabulary import Event

_QUARTER, _HALF_YEAR, _YEAR = 3, 6, 12
_OFFER = Treatment(discount_share=0.2, months=6)
"""A usual retention offer: a fifth off the average bill for half a year, as in conf/strategy."""
_DESK = Treatment(discount_share=0.5, months=12, contract_months=12)
"""What keeps customers who give notice: half off for a year, against a year's contract. What the
German operator offered is not published; it went with a new contract, usually of two years."""


@fact(
    claim="Recommending a better plan, unasked, raises churn",
    source="ASCARZA2016",
    published="6.4 to 10.0 % within 3 months (+56 %), 65,000 customers",
    unit="rise of 3-month churn among customers reached with a recommendation, over the same "
    "customers without it",
    criterion=Criterion(0.15, 1.10),
    why="+56 %, from a quarter of it to twice it",
)
def recommendations_backfire(baseline: Baseline) -> Figures:
    """Call customers who overspend on the smaller plans and recommend the next larger one."""
    market, operator = baseline.market, baseline.leader
    observed = records(market, operator)
    plans = sorted(
        (float(market.book.prices_fen[row].mean()), row)
        for row in range(len(market.book))
        if market.book.operators[row] == operator
        and market.book.offers[row].customers == "personal"
    )
    offer = market.population.columns().offer
    reached = rise = base = 0.0
    for (_, small), (_, larger) in pairwise(plans):
        overspend = (offer == small) & (observed["bill_over_plan"] > 1.0)
        chosen = customers(market, operator) & overspend
        if not chosen.any():
            continue
        invite = Treatment(invite_to=market.book.names[larger], credit_yuan=5.0)
        trial = treat(
            market, operator, one_off("advice", invite, "outbound_call"), chosen, _QUARTER
        )
        among = trial.chosen & trial.reached
        reached += float(among.sum())
        rise += float(trial.left[among].sum()) - float(trial.left_untreated[among].sum())
        base += float(trial.left_untreated[among].sum())
    return {
        "model": rise / max(1.0, base),
        "points": rise / max(1.0, reached),
        "base": base / max(1.0, reached),
    }


@fact(
    claim="A call with an offer keeps some of the likely churners",
    source="DEMATOS2018",
    published="17.2 to 15.3 %: −11 % relative",
    unit="change of 6-month churn among likely churners called with an offer, relative",
    criterion=Criterion(-0.25, -0.03),
    why="−11 %, from a quarter of it to somewhat over twice it",
)
def calls_keep_some(baseline: Baseline) -> Figures:
    """Call the tenth of customers most at risk by the operator's own scorecard, with an offer."""
    market, operator = baseline.market, baseline.leader
    observed = records(market, operator)
    lessons = market.archive.lessons(operator, SHORTEST_MONTHS, Scorecard.months)
    if lessons is None:
        return {"model": float("nan")}
    scorecard = Scorecard()
    scorecard.fit(*lessons)
    known = {name: observed[name] for name in RISK_FEATURES}
    chosen = highest(scorecard.predict(History.of(known)), customers(market, operator), 0.1)
    trial = treat(market, operator, one_off("call", _OFFER, "outbound_call"), chosen, _HALF_YEAR)
    base = float(trial.left_untreated[chosen].mean())
    stayed = trial.accepted & ~trial.left
    return {
        "model": trial.effect(chosen) / base,
        "base": base,
        "stayed_anyway_among_takers": float(1.0 - trial.left_untreated[stayed].mean()),
    }


@fact(
    claim="Offers to those who give notice save about half of them",
    source="GERPOTT2015",
    published="45.5 % fully and 6.7 % partly restored, 607,948 notices",
    unit="share of those who spoke to the save desk that stayed",
    criterion=Criterion(0.35, 0.60),
    why="45.5 to 52.2 %, ten points below and eight above",
)
def notices_are_withdrawn(baseline: Baseline) -> Figures:
    """Talks and saves of a save desk in its first year, and how many are still there a year on."""
    market, operator = baseline.fork(), baseline.leader
    desk = Campaign(name="desk", what=_DESK, when="notice", channel="save_desk", consent_only=False)
    start(market, operator, desk)
    talks = saves = 0
    saved = np.zeros(len(market.population), dtype=np.bool_)
    for _ in range(_YEAR):
        market.step()
        events = market.population.record.events
        talked = (events & Event.SAVE_DESK) != 0
        stayed = talked & ((events & Event.LEFT) == 0)
        talks += int(talked.sum())
        saves += int(stayed.sum())
        saved |= stayed
    kept = customers(market.run(_YEAR), operator)[saved].mean() if saved.any() else float("nan")
    return {
        "model": saves / max(1, talks),
        "talks": float(talks),
        "of_these_customers_a_year_later": float(kept),
    }
