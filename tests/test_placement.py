"""Each draw of people is placed on the published shares: sooner where the response is known."""

from dataclasses import replace

import numpy as np
import pytest

from agents.settings import MarketSettings
from experiments.question.compose import compose, question_of
from experiments.runs import placement
from experiments.runs.calibration import _part, birth_problem, with_calibration
from experiments.runs.placement import EVALUATIONS, TOLERANCE, place

ACCOUNTS, BURN_IN = 3_000, 4


@pytest.fixture(scope="module")
def duopoly() -> MarketSettings:
    return question_of(compose(["market=duopoly"])).market


def forgetful(settings, response=()):
    return with_calibration(
        settings, settings.calibration.model_copy(update={"birth_response": response})
    )


def plainly(settings, seed):
    problem = birth_problem(settings, ACCOUNTS, seed, BURN_IN, shares_only=True)
    usual = replace(problem, response=np.diag(problem.steps))
    return usual.solve(TOLERANCE, EVALUATIONS)


def test_a_part_of_a_known_response_solves_what_is_free_in_one_step():
    slopes = np.random.default_rng(3).normal(0.0, 0.05, (5, 5)) + 0.2 * np.eye(5)
    free = np.array([True, False, True, False, True])
    part = _part(tuple(map(tuple, np.linalg.inv(slopes))), free)
    assert part is not None
    x = np.array([0.7, -1.3, 2.0])
    np.testing.assert_allclose(part @ slopes[np.ix_(free, free)] @ x, x)


@pytest.mark.parametrize("response", [(), ((1.0, 2.0),), ((0.0,) * 3,) * 3])
def test_what_cannot_be_inverted_is_no_known_response(response):
    assert _part(response, np.array([True, False, True])) is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_placed_from_the_known_response_shares_are_closer_than_before(duopoly, seed):
    found, before = place(duopoly, ACCOUNTS, seed, BURN_IN), plainly(duopoly, seed)
    assert found.worst <= max(TOLERANCE / 4, before.worst)
    assert found.evaluations <= 12
    again = birth_problem(
        with_calibration(duopoly, found.calibration), ACCOUNTS, seed, BURN_IN, shares_only=True
    )
    assert np.abs(again.distance(again.start)).max() == pytest.approx(found.worst)


def test_without_a_known_response_the_search_is_the_usual_one(duopoly):
    market = forgetful(duopoly)
    assert place(market, ACCOUNTS, 1, BURN_IN) == plainly(market, 1)


def test_a_response_that_leads_astray_costs_time_and_nothing_else(duopoly):
    known = np.array(duopoly.calibration.birth_response)
    astray = forgetful(duopoly, tuple(map(tuple, (-known).tolist())))
    usual = plainly(duopoly, 1)
    found = place(astray, ACCOUNTS, 1, BURN_IN)
    assert found.worst <= usual.worst
    assert found.evaluations > usual.evaluations


def test_no_search_is_longer_than_both_ways(duopoly, monkeypatch):
    monkeypatch.setattr(placement, "TOLERANCE", 0.0)
    monkeypatch.setattr(placement, "_AIM", 0.0)
    found = place(duopoly, ACCOUNTS, 1, 0)
    assert found.evaluations <= EVALUATIONS + placement._QUICK
