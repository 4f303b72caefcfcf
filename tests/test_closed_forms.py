"""Demand against closed forms: shares, elasticities and diversion of the market `textbook`.

The engine is the one that everything else runs on; the textbook's market only switches things off.
"""

import itertools
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from agents.actions import Action, Reprice
from agents.market import Market
from agents.observation import OperatorView
from agents.textbook import PLAN, TextbookMarket
from sim.vocabulary import Measure

ACCOUNTS = 50_000
RARE = 1e-5  # by chance a test fails this rarely; examples are fixed, so it fails always or never


def shares_of(market: Market) -> np.ndarray:
    """Accounts by operator in the latest month."""
    return market.tallies[-1][:, 0, :, Measure.LINES].sum(axis=1)


def misfit(counts: np.ndarray, probabilities: np.ndarray) -> float:
    """Chance of a worse fit than this, by Pearson's test; rare categories are put together."""
    expected = counts.sum() * probabilities
    order = np.argsort(-expected)
    expected, counts = expected[order], counts[order]
    while len(expected) > 1 and expected[-1] < 10:
        expected = np.append(expected[:-2], expected[-2:].sum())
        counts = np.append(counts[:-2], counts[-2:].sum())
    if len(expected) == 1:
        return 1.0
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return float(chi2.sf(statistic, len(expected) - 1))


def nodes(points: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Hermite nodes and weights of a standard normal; a single one where nothing varies."""
    if spread == 0:
        return np.zeros(1), np.ones(1)
    z, w = np.polynomial.hermite_e.hermegauss(points)
    return z, w / w.sum()


def mixed_logit_shares(t: TextbookMarket, prices: np.ndarray) -> np.ndarray:
    """Choice probabilities by quadrature over tastes, operators as in the market (outside last).

    Over the scale and the taste for quality by product rule; liking for operators, which enters as
    a normal of as many dimensions as there are operators, by product rule as well.
    """
    n = len(t.quality)
    scale_z, scale_w = nodes(41, t.price_spread)
    taste_z, taste_w = nodes(41, t.quality_spread)
    options = n + (t.outside is not None)
    brand_z, brand_w = nodes(9, t.brand_sd)
    liking = np.array(list(itertools.product(brand_z, repeat=options))) * t.brand_sd
    weight = np.array([math.prod(c) for c in itertools.product(brand_w, repeat=options)])
    if t.brand_sd == 0:
        liking, weight = np.zeros((1, options)), np.ones(1)
    mu = t.scale * np.exp(t.price_spread * scale_z - 0.5 * t.price_spread**2)
    taste = np.exp(t.quality_spread * taste_z - 0.5 * t.quality_spread**2)
    worth = np.outer(taste, t.quality) - prices
    if t.outside is not None:
        worth = np.column_stack([worth, np.full(len(taste), t.outside)])
    total = np.zeros(options)
    for m, wm in zip(mu, scale_w, strict=True):
        for v, wv in zip(worth, taste_w, strict=True):
            u = (v + liking) / m
            e = np.exp(u - u.max(axis=1, keepdims=True))
            total += wm * wv * weight @ (e / e.sum(axis=1, keepdims=True))
    return total


unit = st.floats(0, 1)


@st.composite
def textbooks(draw, *, mixed: bool) -> TextbookMarket:
    """Random markets of two to five firms; of mixed ones those smooth enough for quadrature."""
    n = draw(st.integers(2, 3 if mixed else 5))
    scale = (0.3 + 0.7 * draw(unit)) if mixed else (0.05 + 0.95 * draw(unit))
    quality = [2 * draw(unit) for _ in range(n)]
    price = [max(0.01, q - scale * (2 * draw(unit) - 0.5)) for q in quality]
    spreads = (0.6 * draw(unit), 0.5 * draw(unit), 0.8 * scale * draw(unit)) if mixed else (0, 0, 0)
    return TextbookMarket.model_validate(
        {
            "quality": [q + 0.01 for q in quality],
            "cost": [0.0] * n,
            "outside": draw(st.sampled_from([None, 0.0, scale])),
            "scale": scale,
            "price": price,
            "price_spread": spreads[0],
            "quality_spread": spreads[1],
            "brand_sd": spreads[2],
        }
    )


@settings(max_examples=12)
@given(textbooks(mixed=False), st.integers(0, 10**6))
def test_shares_are_logit_probabilities(t: TextbookMarket, seed: int) -> None:
    counts = shares_of(Market(t.market(), ACCOUNTS, seed).run(1))
    inside = t.logit().shares(np.round(np.array(t.start) * t.yuan_per_unit, 2) / t.yuan_per_unit)
    whole = inside if t.outside is None else np.append(inside, 1.0 - inside.sum())
    assert misfit(counts, whole) > RARE


@settings(max_examples=8)
@given(textbooks(mixed=True), st.integers(0, 10**6))
def test_shares_are_mixed_logit_probabilities(t: TextbookMarket, seed: int) -> None:
    counts = shares_of(Market(t.market(), ACCOUNTS, seed).run(1))
    assert misfit(counts, mixed_logit_shares(t, np.array(t.start))) > RARE


def test_plain_logit_would_not_pass_for_the_mixed_one() -> None:
    # The comparison above has teeth: without the spread of tastes it would have failed.
    t = TextbookMarket.model_validate(
        {
            "quality": [2.0, 1.0],
            "cost": [0.0, 0.0],
            "outside": 0.0,
            "scale": 0.3,
            "price": [1.5, 0.7],
            "price_spread": 0.6,
        }
    )
    counts = shares_of(Market(t.market(), ACCOUNTS, 1).run(1))
    inside = t.logit().shares(t.start)
    assert misfit(counts, np.append(inside, 1.0 - inside.sum())) < RARE
    assert misfit(counts, mixed_logit_shares(t, np.array(t.start))) > RARE


# --- what a price does ----------------------------------------------------------------------------

THREE = TextbookMarket.model_validate(
    {
        "quality": [2.0, 2.2, 1.5],
        "cost": [1.0, 1.0, 0.5],
        "outside": 0.0,
        "scale": 0.4,
        "price": [1.6, 1.7, 1.2],
    }
)
STEP = 0.02
PAIRED = 80_000


class Ask:
    """Posts a price in the first month."""

    def __init__(self, price: float) -> None:
        self.fen = round(price * THREE.yuan_per_unit * 100)

    def act(self, view: OperatorView) -> list[Action]:
        return [] if view.month else [Reprice(PLAN, self.fen)]


@cache
def operators_at(firm: int, factor: float, month: int) -> np.ndarray:
    """Where everybody is if one firm's price is changed by a factor; the same luck in each."""
    market = Market(THREE.market(), PAIRED, 3).run(1 + month)
    market = market.fork({THREE.firms[firm]: Ask(THREE.start[firm] * factor)}).run(1)
    return market.book.table().rows[market.population.columns().offer].operator


@pytest.mark.parametrize("firm", range(3))
def test_elasticities_by_paired_runs_are_those_of_the_formula(firm: int) -> None:
    months = range(3)
    up, down = (
        np.mean([np.bincount(operators_at(firm, f, t), minlength=4) for t in months], axis=0)
        for f in (1 + STEP, 1 - STEP)
    )
    width = math.log((1 + STEP) / (1 - STEP))
    measured = (np.log(up / down) / width)[:3]
    expected = THREE.logit().elasticities(THREE.start)[:, firm]
    # Paired runs differ by those who switch, about a Poisson number of them.
    shares = THREE.logit().shares(THREE.start)
    n = PAIRED * len(months)
    error = np.sqrt(np.abs(expected) * width / (shares * n)) / width
    assert (np.abs(measured - expected) < 4.5 * error).all()
    assert (error < 0.08 * np.abs(expected)).all(), "too noisy to tell anything"


@pytest.mark.parametrize("firm", range(3))
def test_whom_a_price_drives_away_goes_in_proportion_to_share(firm: int) -> None:
    # Independence of irrelevant alternatives, account by account: the same people, the same luck.
    taken = np.zeros(4)
    for month in range(3):
        before, after = operators_at(firm, 1 - STEP, month), operators_at(firm, 1 + STEP, month)
        left = (before == firm) & (after != firm)
        assert (after[before != firm] == before[before != firm]).all(), "others have no reason"
        taken += np.bincount(after[left], minlength=4)
    expected = THREE.logit().diversion(THREE.start)[firm]
    keep = np.arange(4) != firm
    assert taken[firm] == 0
    assert misfit(taken[keep], expected[keep]) > RARE
    assert taken.sum() > 2_000
