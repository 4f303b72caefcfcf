"""Whom to call: by risk, or by what a call changes; learned from the operator's own pilot."""

import numpy as np
from numpy.typing import NDArray

from agents.actions import Treatment
from agents.market import Market
from agents.prediction.crm import RISK_FEATURES
from agents.prediction.history import History
from agents.prediction.scorecard import Scorecard
from experiments.runs.baselines import Baseline
from experiments.studies.facts.registry import Criterion, Figures, fact
from experiments.studies.facts.trials import Flags, customers, highest, one_off, records, treat
from sim.draws import Purpose, uniform
from sim.vocabulary import Segment

_QUARTER = 3
_WAVES = 4
"""Quarters of pilot to learn from, and as many of the campaign to judge by."""
_SHARE = 0.3  # of the customers, for whom there is money
_CALL = one_off("call", Treatment(discount_share=0.2, months=6), "outbound_call")
_COIN = 99
"""Item under which the pilot's coin is drawn, among the monitor's draws of an operator."""


@fact(
    claim="Calling by responsiveness keeps more than calling by risk",
    source="ASCARZA2018",
    published="two field experiments: the riskiest are not the most responsive",
    unit="customers kept per 100 called by predicted lift, less by predicted risk, at one budget",
    criterion=Criterion(low=0.0, surely=True),
    why="a direction",
)
def lift_beats_risk(baseline: Baseline) -> Figures:
    """A pilot that calls half at random, two scorecards learned from it, then the true effects.

    The pilot is what an operator can run and see. The campaign that follows is judged by its true
    effect on the very people called, which no operator sees.
    """
    market, operator = baseline.fork(), baseline.leader
    called, alone = _pilot(market, operator)
    counts: dict[str, int] = {"by_lift": 0, "by_risk": 0, "at_random": 0}
    calls: dict[str, int] = {"by_lift": 0, "by_risk": 0, "at_random": 0}
    both = 0
    for _ in range(_WAVES):
        mine, now = _private(market, operator), records(market, operator)
        now_of = History.of({name: now[name] for name in RISK_FEATURES})
        risk = alone.predict(now_of)
        lists = {
            "by_lift": highest(risk - called.predict(now_of), mine, _SHARE),
            "by_risk": highest(risk, mine, _SHARE),
            "at_random": mine,
        }
        both += int((lists["by_lift"] & lists["by_risk"]).sum())
        everybody = treat(market, operator, _CALL, mine, _QUARTER)
        kept = everybody.left_untreated.astype(np.int64) - everybody.left
        for name, chosen in lists.items():
            counts[name] += int(kept[chosen].sum())
            calls[name] += int(chosen.sum())
        market.run(_QUARTER)
    per_100 = {name: 100.0 * counts[name] / calls[name] for name in counts}
    gain = per_100["by_lift"] - per_100["by_risk"]
    return {"model": gain, "overlap": both / calls["by_risk"], **per_100}


def _pilot(market: Market, operator: int) -> tuple[Scorecard, Scorecard]:
    """Scorecards of who leaves when called and when left alone, from quarters of a random half.

    `market` moves on by the pilot's quarters, in which it stays as it would have been: what is not
    seen of a customer is the other future, and half of them are called in each.
    """
    seen: dict[str, list[NDArray[np.float64]]] = {name: [] for name in RISK_FEATURES}
    treated: list[Flags] = []
    left: list[Flags] = []
    for wave in range(_WAVES):
        mine, now = _private(market, operator), records(market, operator)
        half = np.array(
            [
                uniform(market.seed_number, who, wave, Purpose.MONITOR, _COIN) < 0.5
                for who in range(len(mine))
            ]
        )
        trial = treat(market, operator, _CALL, mine & half, _QUARTER)
        for name, values in seen.items():
            values.append(now[name][mine])
        treated.append(half[mine])
        left.append(np.where(half, trial.left, trial.left_untreated)[mine])
        market.run(_QUARTER)
    features = {name: np.concatenate(values) for name, values in seen.items()}
    was_called, gone = np.concatenate(treated), np.concatenate(left)

    def learned(among: Flags) -> Scorecard:
        card = Scorecard()
        card.fit(History.of({name: v[among] for name, v in features.items()}), gone[among])
        return card

    return learned(was_called), learned(~was_called)


def _private(market: Market, operator: int) -> Flags:
    """An operator's customers, firms left out."""
    firms = market.population.columns().segment == Segment.ENTERPRISE
    return customers(market, operator) & ~firms
