"""Base stations that fail region by region: foreseen from alarms, or felt by everybody there."""

from typing import Any

import numpy as np
import pytest

from agents.market import Market
from sim.ledger import Flow
from sim.vocabulary import Event
from strategies.registry import read

OURS = "china_unicom"
WATCH: dict[str, Any] = {
    "kind": "station_watch", "begin": "now", "station_from_risk": 0.0, "crews": 5,
    "station_retrain_months": 6,
}  # fmt: skip
MONTHS = 24


def failing(settings: Any, monthly: float = 0.06) -> Any:
    return settings.model_copy(
        update={"outages": settings.outages.model_copy(update={"monthly": monthly})}
    )


@pytest.fixture(scope="module")
def start(restless):
    return Market(failing(restless), 400, seed=5).run(1)


def plays(start: Market, months: int = MONTHS, **fields: Any) -> Market:
    return start.fork({OURS: read(WATCH | fields)}).run(months)


def total(market: Market, name: str) -> int:
    return sum(getattr(m, name) for m in market.stations.tallies[market.operator(OURS).index])


@pytest.fixture(scope="module")
def markets(start):
    names = ("coin", "logistic", "oracle")
    return {name: plays(start, station_predictor=name) for name in names}


def test_a_forecast_lies_between_a_coin_and_a_perfect_detector(markets):
    prevented = [total(markets[name], "prevented") for name in ("coin", "logistic", "oracle")]
    assert prevented[0] < prevented[1] <= prevented[2]
    found = {name: total(m, "found") / total(m, "crews") for name, m in markets.items()}
    assert found["coin"] < found["logistic"]


def test_what_is_prevented_does_not_fail_and_nothing_else_changes(start, markets):
    """The failures of holding are those prevented and those that were not."""
    for market in markets.values():
        assert total(market, "prevented") + total(market, "failed") == total(
            markets["coin"], "prevented"
        ) + total(markets["coin"], "failed")


def test_a_region_that_fails_is_felt_there_and_nowhere_else(start):
    market = start.fork({})
    rate = start.fault_rate[0].max()
    for _ in range(6):
        market.run(1)
        felt = market.stations.felt
        if not felt.any():
            continue
        c, record = market.population.columns(), market.population.record
        there = felt[record.origin, c.region] > 0.0
        fault = (record.events & Event.FAULT) != 0
        assert fault[there].mean() > 0.15 > rate + 0.05 > fault[~there].mean() - 0.05
        return
    pytest.fail("no region failed")


def test_a_region_spared_is_more_content(start, markets):
    def content(market: Market) -> float:
        c = market.population.columns()
        mine = np.array(market.book.operators)[c.offer] == market.operator(OURS).index
        return float(c.satisfaction[mine].mean())

    assert content(markets["oracle"]) > content(start.fork({}).run(MONTHS))


def test_crews_are_paid(markets):
    market = markets["logistic"]
    months = market.stations.tallies[market.operator(OURS).index]
    each = round(2e6 * 100.0 / market.scale)
    for month, tally in enumerate(months, start=1):
        paid = market.ledger.paid(OURS, month).get(Flow.REPAIR, 0)
        assert paid == pytest.approx(tally.crews * each, abs=3)


def test_where_base_stations_never_fail_nothing_is_done_and_nothing_changes(restless, traced, same):
    still = Market(restless, 300, seed=5).run(1)
    watched = traced(still.fork({OURS: read(WATCH)}), 4)
    for one, other in zip(traced(still.fork({}), 4), watched, strict=True):
        for name in one:
            if name not in ("log", "counted held"):
                assert np.array_equal(one[name], other[name]), name


def test_alarms_that_say_nothing_leave_a_coin(start, markets):
    deaf = plays(start, alarms_factor=1.0)
    assert total(deaf, "prevented") < total(markets["logistic"], "prevented")
