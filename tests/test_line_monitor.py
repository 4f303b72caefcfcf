"""Broadband faults found before they happen: by a defect that is there, and by nothing else."""

from typing import Any

import numpy as np
import pytest

from agents.actions import Campaign, StartCampaign, StartProgramme, Treatment, Who
from agents.market import Market
from agents.mechanisms.line_monitor import LineMonitorSettings
from agents.mechanisms.registry import measured
from experiments.runs.scheduled import Scheduled
from sim.errors import ActionError
from sim.ledger import Flow
from sim.money import to_fen
from sim.vocabulary import Event
from strategies.registry import read

OURS, NAME = "china_unicom", "line_monitor"
BARE: dict[str, Any] = {
    "kind": "proactive_repair", "begin": "now", "from_risk": 0.0, "visits_share": 0.05,
    "monthly_budget_share": 1.0, "retrain_months": 6,
}  # fmt: skip
MONTHS = 13


@pytest.fixture(scope="module")
def start(restless):
    """Families with broadband, many faults, and everybody at home when the technician comes."""
    homes = restless.model_dump()
    people = homes["population"]
    people.update(household=0.7, price=0.05, benefit=0.05, household_broadband=1.0)
    people["experience"] = 0.2 - people["enterprise"]
    homes["channels"]["technician"].update(reach=1.0, persuasion=1.0)
    for operator in homes["operators"].values():
        operator["network"]["fault_rate"] = 0.06
    return Market(type(restless).model_validate(homes), 2000, seed=6).run(1)


def plays(start: Market, months: int = MONTHS, **fields: Any) -> Market:
    return start.fork({OURS: read(BARE | fields)}).run(months)


def sums(market: Market, months: int = MONTHS) -> dict[str, int]:
    ours = market.operator(OURS).index
    held = [month[ours].sum(axis=(0, 1)) for month in market.held[-months:] if month.size]
    return {k: int(sum(h[place] for h in held)) for k, place in measured(NAME).items()}


def precision(market: Market) -> float:
    found = sums(market)
    return found["line_found"] / found["line_visits"]


def recall(market: Market) -> float:
    found = sums(market)
    return found["line_prevented"] / (found["line_prevented"] + found["line_faults"])


@pytest.fixture(scope="module")
def markets(start):
    names = ("coin", "scorecard", "logistic", "gradient_boosting", "oracle")
    return {name: plays(start, predictor=name) for name in names}


def test_methods_lie_between_a_coin_and_a_perfect_detector(markets):
    for name in ("scorecard", "logistic", "gradient_boosting"):
        assert 2 * precision(markets["coin"]) < precision(markets[name]), name
        assert recall(markets["coin"]) < recall(markets[name]) < recall(markets["oracle"]), name


def test_a_coin_finds_no_more_than_there_is_to_find(markets, start):
    """Defects of two months are there at any time: by chance a visit meets one of them."""
    rate = float(start.fault_rate[start.operator(OURS).index].mean())
    found = sums(markets["coin"])
    assert found["line_visits"] > 100
    chance = 1.0 - (1.0 - rate) ** 2
    error = (chance * (1.0 - chance) / found["line_visits"]) ** 0.5
    assert precision(markets["coin"]) == pytest.approx(chance, abs=3 * error)


def test_a_perfect_detector_comes_to_no_sound_line(start):
    found = sums(plays(start, predictor="oracle", from_risk=0.5))
    assert found["line_found"] == found["line_visits"] > 0


def test_errors_that_say_nothing_leave_a_coin(start, markets):
    deaf = plays(start, predictor="logistic", errors_factor=1.0)
    assert precision(deaf) < 2 * precision(markets["coin"])
    assert precision(deaf) < 0.6 * precision(markets["logistic"])


def test_without_faults_nobody_is_sent(restless):
    sound = restless.model_dump()
    for operator in sound["operators"].values():
        operator["network"]["fault_rate"] = 0.0
    market = Market(type(restless).model_validate(sound), 600, seed=6).run(1)
    for name in ("logistic", "oracle"):
        assert not sums(plays(market, 8, predictor=name), 8)["line_visits"]


def _sound(market: Market) -> np.ndarray:
    sound = market.population.columns().line_sound
    return sound > 0 if len(sound) else np.zeros(len(market.population), dtype=bool)


def test_visits_change_the_lines_they_come_to_and_no_others(start):
    """The same faults with and without, but for those that were prevented."""
    quiet, repaired = start.fork({}), start.fork({OURS: read(BARE | {"predictor": "oracle"})})
    for _ in range(6):
        spared = _sound(repaired)
        one, other = quiet.run(1), repaired.run(1)
        spared |= _sound(repaired)
        faults = [(m.population.record.events & Event.FAULT) != 0 for m in (one, other)]
        same = one.population.columns().offer == other.population.columns().offer
        assert not (faults[1] & ~faults[0] & same).any()
        assert not (faults[0] & ~faults[1] & same & ~spared).any()
    assert sums(repaired, 6)["line_prevented"] > 0


def test_who_is_spared_a_fault_is_more_content(start, markets):
    def content(market: Market) -> float:
        c = market.population.columns()
        return float(c.satisfaction[c.broadband == market.operator(OURS).index].mean())

    held = start.fork({}).run(MONTHS)
    assert content(markets["oracle"]) > content(held)


def test_visits_are_paid_and_urgent_ones_spared(start):
    market = plays(start, predictor="oracle", urgent_visit_yuan=100.0)
    ours, month = market.operator(OURS), market.month - 1
    attempts = int(market.campaigns.files[0].contacts[-1])
    cost = to_fen(market.settings.channels["technician"].cost_yuan)
    assert market.ledger.paid(OURS, month)[Flow.REPAIR] == attempts * cost > 0
    spared = sums(market, 1)["line_prevented"] * 10_000
    assert market.ledger.received(OURS, month).get(Flow.SERVING, 0) == spared
    assert sum(market.ledger.balance(name, month) for name in market.ledger.accounts) == 0
    assert ours.contact_fen == 0


def test_off_there_is_no_column_and_worth_nothing_it_changes_nothing(start, traced):
    assert not len(start.fork({}).run(1).population.columns().line_sound)
    watch = StartProgramme(NAME, LineMonitorSettings())
    for one, other in zip(
        traced(start.fork({}), 4),
        traced(start.fork({OURS: Scheduled({0: [watch]})}), 4),
        strict=True,
    ):
        for name in one:
            if name not in ("log", "counted held", "state line_sound"):
                assert np.array_equal(one[name], other[name]), name


@pytest.mark.parametrize(
    ("first", "fields", "words"),
    [
        ([], {}, "needs the programme 'line_monitor'"),
        ([StartProgramme(NAME, LineMonitorSettings())], {"what": Treatment(gb=1.0)}, "nothing"),
        ([StartProgramme(NAME, LineMonitorSettings())], {"who": Who(rank_by="churn_risk")},
         "predicts 'fault_risk', not 'churn_risk'"),
        ([StartProgramme(NAME, LineMonitorSettings())], {"who": Who(customers="former")}, "'own'"),
    ],
)  # fmt: skip
def test_a_visit_that_cannot_be_is_refused(start, first, fields, words):
    campaign = Campaign(name="visits", when="fault_expected", channel="technician", **fields)
    moves = [*first, StartCampaign(campaign)]
    with pytest.raises(ActionError, match=words):
        start.fork({OURS: Scheduled({0: moves})}).run(1)
