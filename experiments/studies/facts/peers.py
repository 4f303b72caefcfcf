"""What a friend's move does: the raw hazard, and what the friend causes."""

import numpy as np

from experiments.runs.baselines import Baseline, friends_of
from experiments.studies.facts.registry import Criterion, Figures, fact
from sim.vocabulary import Event

_MONTHS = 12


@fact(
    claim="A friend who defects nearly doubles the hazard",
    source="NITZAN2011",
    published="hazard ×1.80, strongest in the first month",
    unit="churn in the month after a friend moved over churn of those without such a friend",
    criterion=Criterion(1.3, 2.4),
    why="×1.8; from a third of the excess to three quarters above it, as ours have four friends",
)
def friends_who_defect(baseline: Baseline) -> Figures:
    """Monthly churn with at least one friend who has just moved, over churn with none."""
    left, moved = baseline.panel.happened(Event.LEFT), baseline.panel.friends_moved > 0
    return {
        "model": float(left[moved].mean() / left[~moved].mean()),
        "churn_with": float(left[moved].mean()),
        "churn_without": float(left[~moved].mean()),
    }


@fact(
    claim="The part of it that a friend causes is small",
    source="FERREIRA2019",
    published="+0.06 points a month for each friend who churned (instrumented; base 2.15 %)",
    unit="points of churn in the month after, caused by one friend's move being seen",
    criterion=Criterion(0.0002, 0.0018),
    why="0.06 points, from a third of it to three times it",
)
def friends_cause_little(baseline: Baseline) -> Figures:
    """Churn in the month after, less that of the same people had they not seen the move.

    In the twin, whoever left still looks as if they had stayed; all luck is shared.
    """
    market = baseline.fork()
    friends = friends_of(market)
    caused = exposed = 0
    for _ in range(_MONTHS):
        before = market.population.columns().seen_operator.copy()
        market.step()
        unseen = market.fork({})
        c = unseen.population.columns()
        moved = c.seen_moved == 1
        c.seen_operator[moved] = before[moved]
        c.seen_moved[:] = 0
        exposed += sum(int(moved[friend].sum()) for friend in friends)
        seen = market.fork({})
        for twin, sign in ((seen, 1), (unseen, -1)):
            twin.step()
            caused += sign * int(((twin.population.record.events & Event.LEFT) != 0).sum())
    return {"model": caused / max(1, exposed), "exposed": float(np.float64(exposed))}
