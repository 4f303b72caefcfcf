"""Whom to call: by risk, or by what a call changes; learned from the operator's own pilot."""

import numpy as np

from agents.actions import Treatment
from experiments.facts.registry import Criterion, Figures, fact
from experiments.facts.trials import card, customers, highest, one_off, records, treat
from experiments.scenes import Scene
from sim.draws import Purpose, uniform
from sim.vocabulary import Segment

_QUARTER = 3
_SHARE = 0.3  # of the customers, for whom there is money
_CALL = Treatment(discount_share=0.2, months=6)


@fact(
    claim="Calling by responsiveness keeps more than calling by risk",
    source="ASCARZA2018",
    published="two field experiments: the riskiest are not the most responsive",
    unit="customers kept per 100 called by predicted lift, less by predicted risk, at one budget",
    criterion=Criterion(low=0.0, surely=True),
    why="a direction",
)
def lift_beats_risk(scene: Scene) -> Figures:
    """A pilot that calls half at random, two scorecards learned from it, then the true effects.

    The pilot is what an operator can run and see; the campaign that follows, three months later, is
    judged by its true effect on the very people called, which no operator sees.
    """
    market, operator = scene.fork(), scene.leader
    mine = customers(market, operator)
    mine &= market.population.columns().segment < Segment.ENTERPRISE
    half = np.array(
        [uniform(market.seed_number, who, 0, Purpose.MONITOR, 99) < 0.5 for who in range(len(mine))]
    )
    observed = records(market, operator)
    campaign = one_off("pilot", _CALL, "outbound_call")
    pilot = treat(market, operator, campaign, mine & half, _QUARTER)
    left = np.where(half, pilot.left, pilot.left_untreated)  # each is seen in one future only
    called = card(observed, mine & half, left)
    alone = card(observed, mine & ~half, left)

    market.run(_QUARTER)
    now = records(market, operator)
    mine = customers(market, operator)
    mine &= market.population.columns().segment < Segment.ENTERPRISE
    risk = alone.risk(now)
    by_risk = highest(risk, mine, _SHARE)
    by_lift = highest(risk - called.risk(now), mine, _SHARE)
    everybody = treat(market, operator, campaign, mine, _QUARTER)
    kept = {
        "by_lift": -100.0 * everybody.effect(by_lift),
        "by_risk": -100.0 * everybody.effect(by_risk),
        "at_random": -100.0 * everybody.effect(mine),
    }
    overlap = float((by_risk & by_lift).sum() / by_risk.sum())
    return {"model": kept["by_lift"] - kept["by_risk"], "overlap": overlap, **kept}
