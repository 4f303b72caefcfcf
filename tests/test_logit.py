"""Closed forms of logit demand, against published figures and against their own definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from sim.errors import QuestionError
from sim.logit import Logit

BASELINE = Logit([2, 2], [1, 1], 0.25, 0.0)


@st.composite
def markets(draw: st.DrawFn, outside: bool | None = None) -> Logit:
    n = draw(st.integers(2, 8))
    money = st.floats(-3, 3, allow_nan=False)
    has = draw(st.booleans()) if outside is None else outside
    return Logit(
        quality=[draw(money) for _ in range(n)],
        cost=[draw(st.floats(0, 3)) for _ in range(n)],
        scale=draw(st.floats(0.02, 2)),
        outside=draw(money) if has else None,
    )


def test_baseline_of_calvano_and_others() -> None:
    nash, monopoly = BASELINE.nash(), BASELINE.monopoly()
    assert nash == pytest.approx([1.472927, 1.472927], abs=5e-7)
    assert monopoly == pytest.approx([1.924981, 1.924981], abs=5e-7)
    assert BASELINE.profits(nash) == pytest.approx([0.222927, 0.222927], abs=5e-7)
    assert BASELINE.profits(monopoly) == pytest.approx([0.337490, 0.337490], abs=5e-7)


@settings(max_examples=200, deadline=None)
@given(markets())
def test_nash_prices_solve_the_first_order_conditions(market: Logit) -> None:
    prices = market.nash()
    markup = prices - np.asarray(market.cost)
    assert markup * (1 - market.shares(prices)) == pytest.approx(market.scale, rel=1e-7)
    for firm in range(market.n):
        assert market.best_reply(prices, firm) == pytest.approx(prices[firm], rel=1e-7, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(markets())
def test_nobody_gains_by_leaving_the_nash_price(market: Logit) -> None:
    prices = market.nash()
    earned = market.profits(prices)
    for firm in range(market.n):
        for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0):
            other = prices.copy()
            other[firm] = market.cost[firm] + factor * (prices[firm] - market.cost[firm])
            assert market.profits(other)[firm] <= earned[firm] * (1 + 1e-9)


@settings(max_examples=100, deadline=None)
@given(markets(outside=True))
def test_monopoly_prices_solve_the_joint_first_order_conditions(market: Logit) -> None:
    prices = market.monopoly()
    markup = prices - np.asarray(market.cost)
    assert markup == pytest.approx(markup[0])
    assert market.shares(prices).sum() * markup[0] == pytest.approx(
        markup[0] - market.scale, rel=1e-7, abs=1e-9
    )
    assert market.profits(prices).sum() >= market.profits(market.nash()).sum() * (1 - 1e-9)


@pytest.mark.parametrize("outside", [None, -50.0, 0.0, 50.0])
@pytest.mark.parametrize("scale", [0.02, 2.0])
def test_nash_prices_of_firms_far_apart(outside: float | None, scale: float) -> None:
    market = Logit([40, 1, -20], [1, 0, 3], scale, outside)
    prices = market.nash()
    for firm in range(3):
        assert market.best_reply(prices, firm) == pytest.approx(prices[firm], rel=1e-7)


def test_closed_forms_agree_with_an_optimiser() -> None:
    market = Logit([2.2, 1.9, 2.5], [1.0, 0.8, 1.3], 0.3, 0.1)
    found = minimize(lambda p: -market.profits(p).sum(), np.full(3, 2.0), options={"gtol": 1e-10})
    assert market.monopoly() == pytest.approx(found.x, abs=1e-5)

    def loss(price: float) -> float:
        return -float(market.profits([price, 1.6, 2.0])[0])

    alone = minimize_scalar(loss, bounds=(1, 5), method="bounded", options={"xatol": 1e-10})
    assert market.best_reply([np.nan, 1.6, 2.0], 0) == pytest.approx(alone.x, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(markets())
def test_elasticities_and_diversion_are_the_derivatives(market: Logit) -> None:
    prices = market.nash()
    shares, step = market.shares(prices), 1e-6 * market.scale
    slopes = np.empty((market.n, market.n))
    for j in range(market.n):
        nudge = step * np.eye(market.n)[j]
        slopes[:, j] = (market.shares(prices + nudge) - market.shares(prices - nudge)) / (2 * step)
    if shares.min() > 1e-6:
        wanted = market.elasticities(prices)
        assert slopes * prices / shares[:, None] == pytest.approx(wanted, rel=1e-4, abs=1e-4)
        gained = -slopes.T / slopes.diagonal()[:, None]
        inside = market.diversion(prices)[:, :-1] - np.eye(market.n)
        assert gained == pytest.approx(inside, rel=1e-3, abs=1e-6)
    assert market.diversion(prices).sum(axis=1) == pytest.approx(np.ones(market.n))


def test_shares_of_many_price_profiles_at_once() -> None:
    prices = np.linspace(1, 2, 24).reshape(3, 4, 2)
    shares = BASELINE.shares(prices)
    assert shares.shape == (3, 4, 2)
    assert shares[1, 2] == pytest.approx(BASELINE.shares(prices[1, 2]))


def test_without_an_outside_good_everybody_buys() -> None:
    market = Logit([2, 1], [1, 1], 0.25)
    assert market.shares([3, 4]).sum() == pytest.approx(1)
    assert market.diversion([3, 4])[:, 2] == pytest.approx([0, 0])
    with pytest.raises(QuestionError, match="no maximum without an outside good"):
        market.monopoly()
    with pytest.raises(QuestionError, match="single product without an outside good"):
        Logit([2], [1], 0.25).nash()


def test_one_product_is_a_monopoly() -> None:
    alone = Logit([2], [1], 0.25, 0.0)
    assert alone.nash() == pytest.approx(alone.monopoly())


@pytest.mark.parametrize(
    ("quality", "cost", "scale", "says"),
    [
        ([2, 2], [1], 0.25, "one value per product"),
        ([], [], 0.25, "one value per product"),
        ([2, np.inf], [1, 1], 0.25, "finite"),
        ([2, 2], [1, 1], 0.0, "scale = 0.0 must be > 0"),
    ],
)
def test_bad_parameters_are_named(quality, cost, scale, says) -> None:
    with pytest.raises(QuestionError, match=says):
        Logit(quality, cost, scale, 0.0)
