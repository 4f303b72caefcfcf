"""The ensemble: recovers what was planted, with intervals that cover as often as they say."""

import json
from dataclasses import replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from rich.console import Console
from scipy import stats

from agents.tables import calibrated_behaviour
from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.studies.posterior import sbc
from experiments.studies.posterior.adjustment import Ensemble, adjusted, unadjusted
from experiments.studies.posterior.aggregates import Aggregates, read_aggregates
from experiments.studies.posterior.learned_summaries import learn
from experiments.studies.posterior.prior import market_at, prior_of
from experiments.studies.posterior.simulator import Luck, Simulator, seed_of
from experiments.studies.posterior.summaries import summarise, windows
from sim.errors import QuestionError

pytest.importorskip("pyabc")
from experiments.studies.posterior.smc import Populations, Simulated, sample

QUIET = Console(quiet=True)
LOOK = "behaviour.look_base"
SMALL: dict[str, Any] = {
    "parameters": [LOOK], "before": 3, "pilot": 60, "particles": 20, "populations": 1,
}  # fmt: skip


@cache
def composed(kind: str) -> Question:
    asked = [f"experiment={kind}", "market=duopoly", "subscribers=400", "months=3", "burn_in=3"]
    asked.append("market.life_cycle.chosen_share=1")  # lines that lapse say nothing of who looks
    return question_of(compose([*asked, "jobs=1"]))


def ask(
    out: Path, kind: str = "ensemble", *, seed: int = 1, jobs: int = 1, subscribers: int = 400,
    **options: Any,
) -> Question:  # fmt: skip
    request = replace(composed(kind), subscribers=subscribers)
    asked = request.options | SMALL | options
    return replace(request, out=out, seed=seed, jobs=jobs, options=asked)


# --- a problem with a known answer: normal summaries of normal truths -----------------------------

NOISE = 0.15


def toy_known(n: int = 600, parameters: int = 2) -> Simulated:
    rng = np.random.default_rng(3)
    points = rng.random((n, parameters))
    return Simulated(points, points / NOISE + rng.normal(size=points.shape))


def toy(observed: NDArray[np.float64], seed: int = 1, populations: int = 3) -> Populations:
    luck = np.random.default_rng(seed + 100)

    def simulate(point: NDArray[np.float64]) -> NDArray[np.float64]:
        return point / NOISE + luck.normal(size=len(point))

    known = toy_known(parameters=len(observed))
    return sample(observed, known, simulate, 150, populations, np.random.default_rng(seed))


def test_populations_close_in_and_adjustment_finds_the_posterior() -> None:
    observed = np.array([0.4, 0.6]) / NOISE
    found = toy(observed)
    assert len(found.tolerances) == 3
    assert list(found.tolerances) == sorted(found.tolerances, reverse=True)
    assert found.simulations > 150
    assert found.weights.sum() == pytest.approx(1.0)
    raw, result = unadjusted(found), adjusted(found, observed)
    assert result.mean() == pytest.approx([0.4, 0.6], abs=0.04)
    assert result.sd() == pytest.approx([NOISE] * 2, rel=0.25)
    assert (raw.sd() > result.sd()).all()  # the tolerance counts as uncertainty
    low, high = result.interval(0.9)
    assert high - low == pytest.approx([2 * 1.645 * NOISE] * 2, rel=0.25)


def test_the_same_seed_gives_the_same_populations_and_nobody_elses_luck_is_touched() -> None:
    state = attrgetter("random.get_state")(np)
    before = state()
    observed = np.array([0.3]) / NOISE
    one, again, other = toy(observed, 1), toy(observed, 1), toy(observed, 2)
    for a, b in zip(one[:3], again[:3], strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.points, other.points)
    after = state()
    np.testing.assert_array_equal(before[1], after[1])
    assert before[2:] == after[2:]


def test_pyabc_draws_nothing_from_the_global_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the global generator was used")

    for name in ("choice", "multivariate_normal", "rand", "uniform", "seed", "normal", "randint"):
        monkeypatch.setattr(f"numpy.random.{name}", refuse)
    assert len(toy(np.array([0.5, 0.5]) / NOISE).points) == 150


def test_what_no_draw_comes_near_shows_in_the_tolerance() -> None:
    found = toy(np.array([40.0, -40.0]), populations=2)
    assert found.tolerances[-1] > 30


# --- ensembles, intervals and ranks ---------------------------------------------------------------


def test_quantiles_and_draws_respect_weights() -> None:
    points = np.linspace(0.05, 0.95, 10)[:, None]
    even = Ensemble(points, np.full(10, 0.1))
    assert even.quantile(0.5)[0] == pytest.approx(0.5)
    assert even.effective_size == pytest.approx(10.0)
    skewed = Ensemble(points, np.array([0.91] + [0.01] * 9))
    assert skewed.mean()[0] < 0.15
    assert skewed.effective_size < 1.3
    draws = skewed.equal_draws(1000, np.random.default_rng(1))
    assert np.mean(draws == points[0]) == pytest.approx(0.91, abs=0.002)


def ranks_of(width: float, n: int = 400) -> NDArray[np.int64]:
    """Ranks of normal truths among posteriors that are `width` times as wide as they should be."""
    rng = np.random.default_rng(5)
    found: list[int] = []
    for _ in range(n):
        centre = rng.normal()
        posterior = Ensemble(centre + width * rng.normal(size=(200, 1)), np.full(200, 1 / 200))
        found.append(int(sbc.rank_of(centre + rng.normal(size=1), posterior, 99, rng)[0]))
    return np.array(found)


@pytest.mark.parametrize(("width", "right"), [(1.0, True), (0.6, False), (1.8, False)])
def test_ranks_tell_right_intervals_from_wrong_ones(width: float, right: bool) -> None:
    found = sbc.uniformity(ranks_of(width), 99, 10)
    assert (found["chi_square_p"] > 0.05) == right
    assert found["ecdf_p"] > 0.05 or not right


def test_a_biased_posterior_fails_the_ecdf_test() -> None:
    assert sbc.uniformity(np.minimum(ranks_of(1.0) + 12, 99), 99, 10)["ecdf_p"] < 0.01


# --- summaries ------------------------------------------------------------------------------------


def months(n: int = 18, seed: int = 1) -> Aggregates:
    rng = np.random.default_rng(seed)
    lines = 1000 + 100 * rng.random((n, 2))
    churned, won = (rate * lines * rng.uniform(0.5, 1.5, (n, 2)) for rate in (0.01, 0.012))
    return Aggregates(lines, churned, won, 40 * rng.uniform(0.9, 1.1, (n, 2)), lines * 0.2)


def test_windows_cover_every_month_once() -> None:
    for length in (1, 2, 3, 7, 12, 13, 24, 31):
        found = windows(4, length)
        covered = [month for window in found for month in range(window.start, window.stop)]
        assert covered == list(range(4 + length))


def test_levels_and_units_say_nothing() -> None:
    seen = months()
    assert seen.gross_adds is not None
    assert seen.arpu_yuan is not None
    lines = {name: 1e-6 * getattr(seen, name) for name in seen.known() if name != "arpu_yuan"}
    in_millions = seen._replace(**lines)
    dearer = seen._replace(arpu_yuan=seen.arpu_yuan * 1.7)
    np.testing.assert_allclose(summarise(in_millions, 6), summarise(seen, 6), atol=1e-9)
    np.testing.assert_allclose(summarise(dearer, 6), summarise(seen, 6), atol=1e-5)
    falling = np.exp(-0.02 * np.arange(18))[:, None]
    drifting = seen._replace(arpu_yuan=seen.arpu_yuan * falling)
    np.testing.assert_allclose(summarise(drifting, 6), summarise(seen, 6), atol=0.004)
    cheaper = seen.arpu_yuan.copy()
    cheaper[6:, 0] *= 0.7
    assert np.abs(summarise(seen._replace(arpu_yuan=cheaper), 6) - summarise(seen, 6)).max() > 0.1


def test_a_learned_summary_finds_the_statistics_that_matter() -> None:
    rng = np.random.default_rng(2)
    points = rng.random((400, 2))
    noise = rng.normal(size=(400, 8))
    noise[:, 3] = 5.0  # never varies
    statistics = np.column_stack([3 * points[:, 0] + 0.1 * noise[:, 0], noise])
    summary = learn(points, statistics)
    assert summary.explained[0] > 0.95
    assert summary.explained[1] < 0.1
    assert np.corrcoef(summary(statistics)[:, 0], points[:, 0])[0, 1] > 0.98
    assert summary(statistics)[:, 0].std() * summary.error[0] == pytest.approx(0.29, abs=0.03)


# --- the simulator --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def market() -> Simulator:
    request = replace(composed("ensemble"), subscribers=1500)
    return Simulator(request, prior_of(request, [LOOK]), 3)


def test_a_simulation_is_a_function_of_parameters_seed_and_purpose(market: Simulator) -> None:
    here = np.array([0.5])
    one, again = market.live(here, Luck.SIMULATED), market.live(here, Luck.SIMULATED)
    np.testing.assert_array_equal(one.churned_lines, again.churned_lines)
    other = market.live(here, Luck.OBSERVED)
    assert not np.array_equal(one.churned_lines, other.churned_lines)
    assert len({seed_of(s, p, here + d) for s in (1, 2) for p in Luck for d in (0, 1e-9)}) == 24
    assert one.lines.shape == (6, 2)


def test_what_is_drawn_counts_instead_of_what_calibration_found(market: Simulator) -> None:
    found = market_at(market.question, market.prior, np.array([1.0]))
    calibrated = calibrated_behaviour(market.question.market).look_base
    assert calibrated != market.question.market.behaviour.look_base
    assert found.behaviour.look_base == pytest.approx(1.8 * calibrated)
    assert found.calibration.look_base is found.calibration.attention is None
    assert found.calibration.appeal_yuan == market.question.market.calibration.appeal_yuan


def test_who_looks_more_churns_more_and_the_cut_moves_revenue(market: Simulator) -> None:
    rare, often = (market.live(np.array([x]), Luck.SIMULATED) for x in (0.0, 1.0))
    assert often.churned_lines.sum() > 1.5 * rare.churned_lines.sum()
    assert often.arpu_yuan is not None
    assert often.arpu_yuan[3:, 0].mean() < 0.9 * often.arpu_yuan[:3, 0].mean()


# --- the commands ---------------------------------------------------------------------------------


def run_ensemble(out: Path, **options: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    run_and_write(ask(out, **options), QUIET)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return pq.read_table(out / "ensemble.parquet").to_pandas(), summary


def test_the_same_seed_gives_the_same_ensemble_also_from_the_file_it_wrote(tmp_path: Path) -> None:
    one, told = run_ensemble(tmp_path / "one", populations=2)
    observed = str(tmp_path / "one" / "observed.csv")
    again, _ = run_ensemble(tmp_path / "again", populations=2, observed=observed)
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    other, _ = run_ensemble(tmp_path / "other", seed=2)
    assert not one.equals(other)
    assert list(one.columns) == [LOOK, "weight"]
    assert one["weight"].sum() == pytest.approx(1.0)
    assert one[LOOK].between(0.3, 1.8).all()
    row = told["parameters"][LOOK]
    assert row["planted"] == 1.0
    assert row["interval_90"][0] < row["interval_50"][0] < row["mean"] < row["interval_90"][1]
    assert told["simulations"] > 60
    assert told["moves"] == {"north": "cuts its prices"}
    assert (tmp_path / "one" / "ensemble.png").stat().st_size > 10_000


def test_the_ensemble_moves_with_what_is_planted(tmp_path: Path) -> None:
    low, high = (
        run_ensemble(tmp_path / str(value), subscribers=1600, planted={LOOK: value})[1][
            "parameters"
        ][LOOK]["mean"]
        for value in (0.5, 1.6)
    )
    assert low < 0.95
    assert high > 1.15


def test_columns_that_nobody_observed_are_not_used(tmp_path: Path) -> None:
    rows = [
        {"month": m, "operator": o, "lines": 320.0, "churned_lines": 3.0 + m % 2}
        for m in range(-5, 8)
        for o in ("north", "south")
    ]
    path = tmp_path / "few.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    seen = read_aggregates(path, ["north", "south"], 3, 3)
    assert seen.known() == ("lines", "churned_lines")
    assert len(seen.lines) == 6
    _, told = run_ensemble(tmp_path, observed=str(path))
    assert told["observed"] == "file"
    assert "planted" not in told["parameters"][LOOK]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="lines"), "column 'lines' is missing"),
        (lambda f: f.replace("north", "nort"), r"did you mean 'north'"),
        (lambda f: f[f["month"] != 1], "month 1 is missing"),
        (lambda f: f.assign(churned_lines=-1.0), "no number of at least 0"),
        (lambda f: pd.concat([f, f.head(1)]), "is there twice"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, change: Any, said: str) -> None:
    rows = pd.DataFrame(
        [(m, o, 300.0, 3.0) for m in range(-3, 3) for o in ("north", "south")],
        columns=["month", "operator", "lines", "churned_lines"],
    )
    path = tmp_path / "seen.csv"
    change(rows).to_csv(path, index=False)
    with pytest.raises(QuestionError, match=said):
        read_aggregates(path, ["north", "south"], 3, 3)
    with pytest.raises(QuestionError, match="cannot be read"):
        read_aggregates(tmp_path / "none.csv", ["north", "south"], 3, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"parameters": ["behaviour.lok_base"]}, "did you mean 'behaviour.look_base'"),
        ({"parameters": ["rivals.*.reaction"]}, "does not exist"),
        ({"planted": {LOOK: 9.0}}, "outside its range 0.3 to 1.8"),
        ({"planted": {"behaviour.look": 1.0}}, "did you mean 'behaviour.look_base'"),
        ({"before": 4}, "at most burn_in = 3"),
        ({"particles": 31}, "at most half of pilot = 60"),
        ({"parameters": []}, "must be at least"),
        ({"particels": 31}, "did you mean 'particles'"),
    ],
)
def test_a_wrong_option_is_explained(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        run_and_write(ask(tmp_path, **options), QUIET)


def run_sbc(out: Path, **options: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    run_and_write(ask(out, "sbc", **options), QUIET)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return pq.read_table(out / "sbc.parquet").to_pandas(), summary


def test_sbc_ranks_planted_truths(tmp_path: Path) -> None:
    found, told = run_sbc(tmp_path, replicates=24, pilot=160, particles=60)
    row = told["parameters"][LOOK]
    assert len(found) == told["replicates"] == 24
    assert found["rank"].between(0, 99).all()
    covered = found["truth"].between(found["low_90"], found["high_90"]).mean()
    assert row["coverage_90"] == pytest.approx(covered)
    # 24 truths at 90 %: fewer than 17 happen once in 600 times by luck alone.
    assert covered >= 17 / 24
    assert row["correlation"] > 0.6
    assert row["contraction"] < 0.9
    for picture in ("ranks.png", "recovery.png"):
        assert (tmp_path / picture).stat().st_size > 10_000
    with pytest.raises(QuestionError, match="must divide"):
        run_sbc(tmp_path, bins=7)


@pytest.mark.slow
def test_processes_change_nothing(tmp_path: Path) -> None:
    serial, _ = run_sbc(tmp_path / "one", replicates=4, populations=2)
    parallel, _ = run_sbc(tmp_path / "two", replicates=4, populations=2, jobs=2)
    pd.testing.assert_frame_equal(serial, parallel, check_exact=True)


@pytest.mark.slow
def test_stated_coverage_of_the_behavioural_core(tmp_path: Path) -> None:
    request = question_of(
        compose(["experiment=sbc", "market=duopoly", "subscribers=1000", "months=6", "burn_in=4",
                 "experiment.before=4", "experiment.pilot=600", "experiment.particles=100",
                 "experiment.populations=1", "experiment.replicates=120"]), tmp_path,
    )  # fmt: skip
    run_and_write(request, QUIET)
    told = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for row in told["parameters"].values():
        for level in (50, 90):
            share = level / 100
            n = round(row[f"coverage_{level}"] * 120)
            assert stats.binomtest(n, 120, share).pvalue > 0.002
        assert row["ecdf_p"] > 0.002
