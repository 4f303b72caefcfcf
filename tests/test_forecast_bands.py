"""Bands hold what they say: ranks, proper scores, and the discrepancy learnt from other markets."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.studies.backtest.bands import (
    bands,
    crps,
    interval_score,
    pit,
    pit_histogram,
    rank_quantiles,
)
from experiments.studies.backtest.discrepancy import (
    DEGREES,
    Discrepancy,
    errors_of,
    learn,
    off_scale,
    on_scale,
    widened,
)
from experiments.studies.backtest.learnt import (
    COLUMNS,
    read_errors,
    taught,
    wider,
    write_errors,
)
from sim.errors import QuestionError

FIGURES = 8_000


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("members", [24, 48])
@pytest.mark.parametrize("skewed", [False, True])
def test_a_perfect_ensemble_covers_what_its_bands_say(rng, members, skewed):
    drawn = rng.normal(size=(FIGURES, members + 1))
    drawn = np.exp(drawn) if skewed else drawn
    draws, truth = drawn[:, :-1], drawn[:, -1]
    found = bands(draws)
    for level in (50, 90):
        inside = (found[f"low{level}"] <= truth) & (truth <= found[f"high{level}"])
        error = np.sqrt(0.25 / FIGURES)
        assert abs(inside.mean() - level / 100.0) < 4 * error
    usual = np.quantile(draws, [0.05, 0.95], axis=1)
    if members == 24:  # what was used before
        assert ((usual[0] <= truth) & (truth <= usual[1])).mean() == pytest.approx(0.835, abs=0.01)
    assert (found["draws"] == members).all()


def test_ranks_stand_where_the_definition_says():
    draws = np.array([[4.0, 1.0, np.nan, 3.0, 2.0], [np.nan] * 5])
    found = rank_quantiles(draws, np.array([0.1, 0.2, 0.5, 0.7, 0.99]))
    assert found[:, 0] == pytest.approx([1.0, 1.0, 2.5, 3.5, 4.0])
    assert np.isnan(found[:, 1]).all()


def test_proper_scores_are_least_for_the_true_band(rng):
    truth = rng.normal(size=FIGURES)
    ends = {width: float(stats.norm.ppf(0.95)) * width for width in (0.4, 0.8, 1.0, 1.25, 2.5)}
    half = np.ones(FIGURES)
    mean = {
        width: interval_score(-end * half, end * half, truth, 0.9).mean()
        for width, end in ends.items()
    }
    assert min(mean, key=mean.__getitem__) == 1.0
    draws = np.tile(stats.norm.ppf((np.arange(99) + 0.5) / 99), (800, 1))
    scores = {width: crps(width * draws, truth[:800]).mean() for width in (0.3, 1.0, 3.0)}
    assert min(scores, key=scores.__getitem__) == 1.0
    # The closed form for a standard normal forecast (Gneiting & Raftery 2007, eq. 21).
    z = truth[:800]
    exact = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    assert scores[1.0] == pytest.approx(exact.mean(), rel=0.02)


def test_an_interval_score_is_the_width_and_what_lies_outside():
    low, high = np.array([1.0, 1.0, 1.0]), np.array([3.0, 3.0, 3.0])
    found = interval_score(low, high, np.array([2.0, 0.5, 4.0]), 0.9)
    assert found == pytest.approx([2.0, 2.0 + 20 * 0.5, 2.0 + 20 * 1.0])


def test_pit_is_flat_for_true_forecasts_and_hollow_for_narrow_ones(rng):
    drawn = rng.normal(size=(FIGURES, 25))
    flat = pit_histogram(*pit(drawn[:, :-1], drawn[:, -1]))
    assert flat.sum() == pytest.approx(FIGURES)
    assert flat == pytest.approx(np.full(10, FIGURES / 10), rel=0.1)
    hollow = pit_histogram(*pit(0.5 * drawn[:, :-1], drawn[:, -1]))
    assert hollow[[0, -1]].sum() > 2 * flat[[0, -1]].sum()
    assert np.isnan(pit(np.full((1, 3), np.nan), np.ones(1))).all()
    low, high = pit(np.array([[1.0, 2.0, 2.0]]), np.array([2.0]))
    assert (low[0], high[0]) == (0.25, 1.0)


@pytest.mark.parametrize("metric", ["subscribers", "subscriber_share", "net_adds", "churn_monthly"])
def test_scales_go_there_and_back(metric):
    values = np.array([0.002, 0.3, 0.9])
    there = on_scale(metric, values, 0.2)
    assert off_scale(metric, there, 0.2) == pytest.approx(values)
    assert (np.diff(there) > 0).all()


def planted(rng, market, scale, growth, n=400, spread=0.1):
    """Errors of one market: metric by metric a scale, growing with the horizon."""
    rows = []
    for metric, s in scale.items():
        years = rng.uniform(0.25, 3.0, n)
        size = np.hypot(spread, s * years**growth)
        rows.append(
            pd.DataFrame(
                {
                    "market": market,
                    "metric": metric,
                    "years": years,
                    "error": size * rng.standard_t(DEGREES, n),
                    "spread": spread,
                }
            )
        )
    return pd.concat(rows)


def test_the_discrepancy_that_was_planted_is_found_again(rng):
    scale = {"subscribers": 0.2, "churn_monthly": 0.6}
    found = learn(planted(rng, "a", scale, 0.5))
    assert found.growth == pytest.approx(0.5, abs=0.12)
    for metric, s in scale.items():
        assert found.scale[metric] == pytest.approx(s, rel=0.15)
    assert 0.2 < found.at("arpu_month", np.array([1.0]))[0] < 0.6  # never seen: as the others
    assert found.at("subscribers", np.array([4.0]))[0] > found.scale["subscribers"]


def test_a_market_is_not_taught_by_its_own_errors(rng):
    elsewhere = planted(rng, "a", {"subscribers": 0.2}, 0.5)
    own = planted(rng, "b", {"subscribers": 3.0}, 0.5)
    both = pd.concat([elsewhere, own])
    assert learn(both, but="b") == learn(elsewhere)
    assert learn(both, but="a").scale["subscribers"] > 5 * learn(both, but="b").scale["subscribers"]
    with pytest.raises(ValueError, match="other than 'a'"):
        learn(elsewhere, but="a")


def test_a_few_wild_figures_do_not_set_the_width_of_all_bands(rng):
    plain = planted(rng, "a", {"subscribers": 0.2}, 0.5)
    wild = plain.copy()
    wild.iloc[:8, wild.columns.get_loc("error")] = 5.0
    assert learn(wild).scale["subscribers"] < 1.3 * learn(plain).scale["subscribers"]


def test_widened_bands_hold_what_a_model_that_lacks_something_misses(rng):
    """Two markets with the same unknown error: what one teaches covers the other."""
    n, years = 800, 2.0
    metrics = pd.Series(["subscribers"] * n)
    units = np.ones(n)

    def market(name):
        median = rng.uniform(0.5, 20.0, n)
        draws = median[:, None] * np.exp(0.05 * rng.normal(size=(n, 24)))
        truth = median * np.exp(0.25 * rng.standard_t(DEGREES, n))
        rows = pd.DataFrame({"metric": metrics, "end": 1000 + 23, "value": truth})
        return draws, truth, errors_of(name, rows, draws, 1000, units)

    _, _, taught = market("elsewhere")
    draws, truth, own = market("here")
    known = learn(pd.concat([taught, own]), but="here")
    narrow = bands(draws)
    wide = bands(widened(draws, metrics, np.full(n, years), units, known))
    for level in (50, 90):
        inside = (wide[f"low{level}"] <= truth) & (truth <= wide[f"high{level}"])
        assert inside.mean() == pytest.approx(level / 100.0, abs=0.04)
    was = ((narrow["low90"] <= truth) & (truth <= narrow["high90"])).mean()
    assert was < 0.4
    assert wide["median"] == pytest.approx(narrow["median"], rel=0.03)
    score = [interval_score(b["low90"], b["high90"], truth, 0.9).mean() for b in (narrow, wide)]
    assert score[1] < score[0]


def test_what_is_not_ahead_is_not_widened_and_limits_hold():
    known = Discrepancy({"subscriber_share": 2.0}, 2.0, 0.5, 10, 1)
    draws = np.array([[0.4, 0.5, np.nan], [0.97, 0.98, np.nan]])
    wide = widened(
        draws, pd.Series(["subscriber_share"] * 2), np.array([0.0, 3.0]), np.ones(2), known
    )
    assert set(wide[0][np.isfinite(wide[0])]) == {0.4, 0.5}
    assert np.nanmax(wide[1]) <= 1.0
    assert np.nanmin(wide[1]) < 0.9
    assert np.isnan(wide).sum() == 2 * np.isnan(np.repeat(draws[0], wide.shape[1] // 3)).sum()


def test_each_forecast_is_taught_by_its_own_errors_in_other_markets(rng, tmp_path):
    parts = [
        planted(rng, market, {"subscribers": scale}, 0.3, n=80).assign(forecast=forecast)
        for market, forecast, scale in (
            ("a", "model", 0.1), ("a", "trend", 0.5), ("b", "model", 0.1), ("b", "trend", 0.5),
        )
    ]  # fmt: skip
    folders = []
    for market in ("a", "b"):
        folder = tmp_path / market
        folder.mkdir()
        made = pd.concat(parts)
        made[made["market"] == market][list(COLUMNS)].to_parquet(folder / "errors.parquet")
        folders.append(folder)
    file = tmp_path / "errors.csv"
    assert write_errors(folders, file) == 320
    assert write_errors(folders[:1], file) == 320  # again: in place of its own
    known = taught(read_errors(file), "a")
    assert {name: one.markets for name, one in known.items()} == {"model": 1, "trend": 1}
    assert known["trend"].scale["subscribers"] > 3 * known["model"].scale["subscribers"]
    assert taught(read_errors(file), "c")["model"].markets == 2
    assert taught(read_errors(tmp_path / "none.csv"), "a") == {}

    rows = pd.DataFrame({"metric": ["subscribers"], "end": [1011]})
    plain = {"model": np.array([[10.0, 11.0]]), "trend": np.array([[9.0]])}
    wide = wider(rows, plain, {"trend": known["trend"]}, 1000, 0.1)
    assert np.array_equal(wide["model"], plain["model"])
    assert wide["trend"].min() < 6.0
    assert wide["trend"].max() > 14.0
    assert np.median(wide["trend"]) == pytest.approx(9.0)


def test_a_file_of_errors_that_lacks_something_is_refused(tmp_path):
    file = tmp_path / "errors.csv"
    file.write_text("market,metric\na,b\n", encoding="utf-8")
    with pytest.raises(QuestionError, match="lacks the columns forecast, years, error, spread"):
        read_errors(file)
