"""Firms that play `best_response` reach Bertrand-Nash prices, and nobody tells them the demand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.market import Market
from agents.textbook import TextbookMarket
from experiments import cli
from experiments.question.compose import compose, question_of
from experiments.studies.equilibrium.equilibrium import EquilibriumOptions, Run, settle
from sim.errors import QuestionError
from strategies.best_response import best_price

BASELINE = {"quality": [2.0, 2.0], "cost": [1.0, 1.0], "outside": 0.0, "scale": 0.25}


def played(values: dict[str, Any], accounts: int, seed: int = 1) -> Run:
    t = TextbookMarket.model_validate(values)
    market = Market(t.market(), accounts, seed).run(1)
    return settle(market, t, {"kind": "best_response"}, EquilibriumOptions(tolerance=0.03), 360)


def assert_nash(values: dict[str, Any], accounts: int, found: Run) -> None:
    """Prices within the sampling error of the slopes they rest on, and never far off.

    A round of short steps measures the scale with a standard error of noise / (4 × step) relative
    to it, noise being that of a month's log odds; three rounds at least count, one of them long.
    """
    logit = TextbookMarket.model_validate(values).logit()
    nash = logit.nash()
    shares = logit.shares(nash)
    noise = 1.0 / np.sqrt(accounts * shares * (1.0 - shares))
    step = np.clip(8.0 * noise, 0.2, 0.45) / 1.25
    relative = noise / (4.0 * step * np.sqrt(3.0))
    off = np.abs(found.prices - nash) / (nash - logit._c)
    assert found.settled
    assert (off < 4.5 * relative + 0.004).all(), (off, relative)
    assert found.profits == pytest.approx(logit.profits(nash), rel=0.05, abs=0.003)


@pytest.fixture(scope="module")
def baseline() -> Run:
    return played(BASELINE, 20_000)


def test_two_firms_reach_nash_prices(baseline: Run) -> None:
    assert_nash(BASELINE, 20_000, baseline)
    assert baseline.prices == pytest.approx([1.472927] * 2, rel=0.01)


def test_nobody_would_have_gained_by_another_price(baseline: Run) -> None:
    # Half the taste shock's scale away, a month's profit is lower by several hundredths.
    far = baseline.tries[baseline.tries["step"].abs() == 0.5]
    assert (far["gain"] < -0.03 * baseline.profits.mean()).all()


def test_six_firms_reach_nash_prices() -> None:
    values = BASELINE | {"quality": [2.0] * 6, "cost": [1.0] * 6}
    assert_nash(values, 10_000, played(values, 10_000))


def test_unlike_firms_reach_nash_prices_from_prices_far_away() -> None:
    values = {
        "quality": [3.0, 2.0, 1.5],
        "cost": [1.0, 0.8, 0.2],
        "outside": 0.5,
        "scale": 0.6,
        "price": [9.0, 0.81, 2.0],
    }
    accounts = 12_000
    assert_nash(values, accounts, played(values, accounts))


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("draw", range(3))
def test_any_firms_reach_nash_prices(n: int, draw: int) -> None:
    rng = np.random.default_rng([n, draw])
    scale = float(np.exp(rng.uniform(np.log(0.05), 0.0)))
    cost = rng.uniform(0.2, 2.0, n)
    quality = cost + scale * rng.uniform(-1.0, 6.0, n)
    outside = [0.0, 0.5 * scale, None][draw] if n > 1 else 0.0
    values = {
        "quality": quality.tolist(),
        "cost": cost.tolist(),
        "outside": outside,
        "scale": scale,
    }
    accounts = 60_000
    assert_nash(values, accounts, played(values, accounts, seed=draw + 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        {"quality": [100.0], "cost": [1.0], "outside": 0.0, "scale": 0.25},
        {"quality": [10.0, 1.0], "cost": [1.0, 1.0], "outside": 0.0, "scale": 0.05},
        BASELINE | {"price": [1000.0, 5.0]},
        BASELINE | {"outside": 5.0},
        {"quality": [2.0, 2.0], "cost": [100.0, 101.0], "outside": None, "scale": 0.05},
    ],
    ids=["alone", "giant", "far_too_dear", "nobody_buys", "dear_to_make"],
)
def test_extremes_are_found_by_search(values: dict[str, Any]) -> None:
    found = played(values, 60_000)
    nash = TextbookMarket.model_validate(values).logit().nash()
    assert found.settled
    assert found.prices == pytest.approx(nash, rel=0.01)


def test_the_best_price_is_the_closed_forms() -> None:
    t = TextbookMarket.model_validate(BASELINE | {"quality": [2.0, 2.4], "cost": [1.0, 1.3]})
    prices = np.array([1.6, 1.9])
    share = float(t.logit().shares(prices)[0])
    reply = best_price(np.log(share / (1 - share)), prices[0], 1.0, t.scale)
    assert reply == pytest.approx(t.logit().best_reply(prices, 0))


# --- mixed logit, against PyBLP -------------------------------------------------------------------


def pyblp_prices(t: TextbookMarket, draws: int) -> np.ndarray:
    """Equilibrium prices of the same mixed logit by PyBLP (Conlon & Gortmaker 2020).

    Tastes enter as agents' demographics, so that any distribution can: 1/mu_i on what quality is
    worth and on the price, likings over mu_i on dummies of products. Liking for the outside option
    is a dislike of all products. Halton draws.
    """
    import pyblp  # of the extra `validation`; not skipped where it is missing
    from scipy.stats import norm, qmc

    pyblp.options.verbose = False
    n = len(t.quality)
    z = norm.ppf(qmc.Halton(n + 3, rng=np.random.default_rng(0)).random(draws))
    inverse = 1.0 / (t.scale * np.exp(t.price_spread * z[:, 0] - 0.5 * t.price_spread**2))
    taste = np.exp(t.quality_spread * z[:, 1] - 0.5 * t.quality_spread**2)
    liking = t.brand_sd * z[:, 2:]
    dummies = {f"d{j}": np.eye(n)[j] for j in range(n)}
    assert t.outside == 0.0, "the outside option's utility is PyBLP's zero"
    agents = {
        "market_ids": np.zeros(draws),
        "weights": np.full(draws, 1.0 / draws),
        "nodes": np.zeros((draws, n + 3)),
        "worth": inverse * taste,
        "dear": inverse,
        "none": -inverse * liking[:, n],
        **{f"like{j}": inverse * liking[:, j] for j in range(n)},
    }
    terms = ["worth", "dear", "none", *(f"like{j}" for j in range(n))]
    pi = np.zeros((n + 3, len(terms)))
    pi[0, 0], pi[1, 1], pi[2, 2] = 1.0, -1.0, 1.0
    pi[3:, 3:] = np.eye(n)
    simulation = pyblp.Simulation(
        product_formulations=(
            pyblp.Formulation("1"),
            pyblp.Formulation("0 + quality + prices + one + " + " + ".join(dummies)),
            pyblp.Formulation("0 + cost"),
        ),
        product_data={
            "market_ids": np.zeros(n),
            "firm_ids": np.arange(n),
            "quality": np.array(t.quality),
            "cost": np.array(t.cost),
            "one": np.ones(n),
            **dummies,
        },
        beta=[0.0],
        sigma=np.zeros((n + 3, n + 3)),
        pi=pi,
        gamma=[1.0],
        agent_formulation=pyblp.Formulation("0 + " + " + ".join(terms)),
        agent_data=agents,
        xi=np.zeros(n),
        omega=np.zeros(n),
    )
    solved = simulation.replace_endogenous(prices=np.array(t.cost)[:, None] + t.scale)
    return solved.product_data.prices.ravel()


MIXED = {
    "price_spread": BASELINE | {"price_spread": 0.5},
    "all": {
        "quality": [2.0, 2.5],
        "cost": [1.0, 1.4],
        "outside": 0.0,
        "scale": 0.3,
        "price_spread": 0.4,
        "quality_spread": 0.2,
        "brand_sd": 0.3,
    },
    "three": {
        "quality": [2.0, 2.5, 1.6],
        "cost": [1.0, 1.2, 0.9],
        "outside": 0.0,
        "scale": 0.25,
        "price_spread": 0.3,
        "brand_sd": 0.4,
    },
}


@pytest.mark.parametrize(
    ("name", "accounts", "off"),
    [
        ("all", 40_000, 0.06),
        *(pytest.param(name, 200_000, 0.03, marks=pytest.mark.slow) for name in MIXED),
    ],
)
def test_with_mixed_tastes_firms_reach_the_prices_that_pyblp_finds(
    name: str, accounts: int, off: float
) -> None:
    values = MIXED[name]
    t = TextbookMarket.model_validate(values)
    expected = pyblp_prices(t, 10_000)
    margin = expected - np.array(t.cost)
    plain = np.abs(t.logit().nash() - expected) / margin
    assert plain.max() > 2.0 * off, "tastes must matter"
    found = played(values, accounts)
    assert (np.abs(found.prices - expected) / margin < off).all()


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_prices_and_profits(tmp_path: Path) -> None:
    words = ["market.quality=[2,2]", "market.cost=[1,1]", "market.outside=0", "market.scale=0.25"]
    size = ["subscribers=8000", "seeds=2", "jobs=1", "experiment.tolerance=0.05"]
    asked = ["experiment=equilibrium", "market=textbook", *words, *size, f"out={tmp_path}"]
    assert cli.run(asked) == 0
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["prices"] == pytest.approx([1.472927] * 2, rel=0.02)
    assert summary["profits"] == pytest.approx([0.222927] * 2, rel=0.06)
    assert summary["nash"]["prices"] == pytest.approx([1.472927] * 2, abs=1e-6)
    assert summary["nash"]["profits"] == pytest.approx([0.222927] * 2, abs=1e-6)
    assert (summary["subscribers"], summary["seeds"]) == (8000, 2)
    assert len(summary["standard_errors"]["prices"]) == 2
    names = {path.name for path in tmp_path.iterdir()}
    assert {"prices.parquet", "deviations.parquet", "equilibrium.png", "status.json"} <= names


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("market.cost=[1]", "market: cost has 1 values, quality has 2"),
        ("market.cost=[1,-1]", "market.cost.1 = -1: must be greater than or equal to 0"),
        ("market.quality=[]", "market.quality = ()"),
        ("market.quality=2", "market.quality = 2: must be a list such as [a,b]"),
        ("market.quality=[2,many]", "market.quality.1 = 'many': must be a number"),
        ("market.scale=0", "market.scale = 0: must be greater than 0"),
        ("market.scale=-1", "market.scale = -1: must be greater than 0"),
        ("market.scale=null", "market.scale = None: must be a number"),
        ("market.scale=nan", "market.scale = nan: must be a finite number"),
        ("market.scale=1e-9", "scale = 1e-09 is too small beside the other amounts"),
        ("market.price=[1]", "market: price has 1 values"),
        ("market.outside=none", "market.outside = 'none': must be a number"),
        ("market.price_spread=9", "market.price_spread = 9: must be less than or equal to 3"),
        ("+market.mu=1", "market.mu: no such key"),
        ("market.form=textbok", "(did you mean 'textbook'?)"),
        ("focal=firm_3", "focal: operator 'firm_3' does not exist"),
    ],
)
def test_a_market_that_cannot_be_is_refused_clearly(override: str, said: str) -> None:
    with pytest.raises(QuestionError) as refused:
        question_of(compose(["experiment=equilibrium", "market=textbook", override]))
    assert said in str(refused.value), str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"quality": [1.0] * 8, "cost": [1.0] * 8}, "8 firms, allowed 1 to 7"),
        ({"quality": [1.0], "cost": [1.0], "outside": None}, "one firm and no outside option"),
        ({"quality": [-1.0, 1.0], "quality_spread": 0.2}, "qualities of at least 0"),
    ],
)
def test_how_many_firms_and_which_tastes_can_be(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TextbookMarket.model_validate(BASELINE | values)


def test_eight_firms_fit_where_everybody_buys() -> None:
    t = TextbookMarket.model_validate(
        BASELINE | {"quality": [1.0] * 8, "cost": [1.0] * 8, "outside": None}
    )
    assert len(t.market().operators) == 8


def test_other_markets_and_options_are_refused(tmp_path: Path, capfd) -> None:
    out = f"out={tmp_path / 'answer'}"
    assert cli.run(["experiment=equilibrium", "market=duopoly", out]) == cli.REFUSED
    assert "write market=textbook" in capfd.readouterr().err
    wrong = "experiment.tolerance=0"
    assert cli.run(["experiment=equilibrium", "market=textbook", wrong, out]) == cli.REFUSED
    assert "experiment.tolerance = 0" in capfd.readouterr().err
