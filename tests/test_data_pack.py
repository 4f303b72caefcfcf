"""Packs before data runs out: worth what the month takes, and what overage would have cost."""

from typing import Any

import numpy as np
import pytest

from agents.actions import Campaign, StartCampaign, Treatment, Who
from agents.execution.foresight import who_runs_out
from agents.market import Market
from experiments.measures.counterfactuals import main_operator
from experiments.runs.scheduled import Scheduled
from sim.vocabulary import Event, Measure
from strategies.toolkit import when

OURS = "china_unicom"


def pack(**fields: Any) -> StartCampaign:
    base: dict[str, Any] = {
        "name": "pack",
        "who": Who(conditions=(when("usage_forecast", ">=", 0.9),)),
        "what": Treatment(gb=6.0, pack_yuan=6.0, months=1),
        "when": "running_low",
        "cooldown_months": 1,
        "records_months": 6,
    }
    return StartCampaign(Campaign.model_validate(base | fields))


@pytest.fixture(scope="module")
def filed(restless):
    market = Market(restless, 3000, seed=6)
    market.keep_customer_records = True
    market.archive.keep(6)
    return market.run(6)


def plays(start: Market, *first: Any) -> Market:
    return start.fork({OURS: Scheduled({0: list(first)})})


def told(market: Market) -> np.ndarray:
    record = market.population.record
    ours = record.origin == market.operator(OURS).index
    return ((record.events & Event.CONTACTED) != 0) & ours


def counted(market: Market, measure: Measure, months: int) -> int:
    ours = market.operator(OURS).index
    return int(sum(t[ours, :, :, measure].sum() for t in market.tallies[-months:]))


def right(filed: Market, predictor: str) -> float:
    """Share of those told in the first month who would have run out."""
    low = who_runs_out(filed.fork({}))
    top = Who(rank_by="usage_forecast", top_share=0.05)
    market = plays(filed, pack(predictor=predictor, who=top)).run(1)
    assert told(market).any()
    return float(low[told(market)].mean())


def test_a_forecast_lies_between_a_coin_and_an_oracle(filed):
    ours = main_operator(filed) == filed.operator(OURS).index
    base = who_runs_out(filed.fork({}))[ours].mean()
    coin, mean, oracle = (right(filed, name) for name in ("coin", "scorecard", "oracle"))
    assert coin == pytest.approx(base, abs=0.15)
    assert coin + 0.1 < mean < oracle == 1.0


def test_packs_are_bought_against_overage_and_spare_shocks(filed):
    without, pushed = plays(filed).run(9), plays(filed, pack()).run(9)
    assert counted(pushed, Measure.PACK_FEN, 9) > counted(without, Measure.PACK_FEN, 9)
    assert counted(pushed, Measure.OVERAGE_FEN, 9) < counted(without, Measure.OVERAGE_FEN, 9)
    assert counted(pushed, Measure.RAN_OUT, 9) < counted(without, Measure.RAN_OUT, 9)
    shocks = [counted(m, Measure.BILL_SHOCKS, 8) for m in (pushed, without)]
    assert shocks[0] < shocks[1]


def test_only_who_runs_out_buys(filed):
    market = plays(filed, pack(who=Who())).run(1)
    low = who_runs_out(filed.fork({}))
    bought = (market.population.record.events & Event.ACCEPTED) != 0
    assert bought.any()
    assert not (bought & ~low).any()


def test_without_overage_nobody_buys(restless):
    free = restless.model_dump()
    free["behaviour"]["restraint"] = 0.0  # nobody holds back from what costs nothing
    for operator in free["operators"].values():
        for plan in operator["plans"].values():
            plan["overage_yuan_per_gb"] = 0.0
    market = Market(type(restless).model_validate(free), 1500, seed=6)
    market.keep_customer_records = True
    market = plays(market.run(6), pack(who=Who())).run(4)
    assert market.operator(OURS).view().campaigns[0].contacts.sum() > 0
    assert market.operator(OURS).view().campaigns[0].accepted.sum() == 0


def test_without_consent_nobody_is_told(restless):
    population = restless.population.model_copy(update={"consent": 0.0})
    market = Market(restless.model_copy(update={"population": population}), 900, seed=6).run(3)
    market = plays(market, pack(consent_only=True, who=Who())).run(3)
    assert market.operator(OURS).view().campaigns[0].contacts.sum() == 0
