"""Planted tastes come back from the exported choices, by an estimator that is not ours."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import stats

from experiments.answering import run_and_write
from experiments.question import compose
from experiments.question.question import Question
from experiments.studies.recovery import recovery
from experiments.studies.recovery.cases import CASES, TERMS
from sim.errors import QuestionError

pytest.importorskip("xlogit")


@pytest.fixture(scope="module")
def request_for():
    asked = compose.question_of(compose.compose(["experiment=recovery"]))

    def build(**changes) -> Question:
        return replace(asked, **changes)

    return build


def recovered(request: Question, name: str, seeds: int, draws: int = 150) -> pd.DataFrame:
    options = recovery.RecoveryOptions(draws=draws)
    fits = [recovery.recover(request, options, name, seed) for seed in range(seeds)]
    return recovery.table_of([(name, seed) for seed in range(seeds)], fits)


def assert_recovered(table: pd.DataFrame) -> None:
    """As many intervals cover as chance allows; together and one by one estimates are plausible."""
    low, high = stats.binom.interval(0.999, len(table), 0.95)
    assert low <= table["covers"].sum() <= high
    assert table["z"].abs().max() < 5
    means = table.groupby("parameter")["z"].agg(["mean", "count"])
    assert (means["mean"].abs() * np.sqrt(means["count"])).max() < 4
    fits = table.drop_duplicates("seed")
    assert stats.kstest(fits["wald_p"], "uniform").pvalue > 0.001


def test_tastes_of_people_who_are_alike_are_recovered(request_for):
    table = recovered(request_for(subscribers=700, months=5), "tastes", seeds=12)
    assert len(table) == 12 * len(TERMS)
    assert_recovered(table)
    # The intervals are narrow enough to say something: no taste could be taken for none.
    assert (table["planted"] > 2.5 * table["standard_error"]).mean() > 0.8


def test_other_tastes_than_the_planted_ones_are_refused(request_for):
    request = request_for(subscribers=700, months=5)
    table = recovered(request, "tastes", seeds=4)
    money = table[table["parameter"] == "logit_scale_yuan"]
    doubled = (money["estimate"] - 2 * money["planted"]) / money["standard_error"]
    assert (doubled.abs() > 5).all()


def test_ignored_likings_are_mistaken_for_hassle(request_for):
    table = recovered(request_for(subscribers=700, months=5), "likings_ignored", seeds=2)
    hassle = table[table["parameter"] == "hassle_yuan"]
    assert (hassle["planted"] == 0).all()
    assert (hassle["z"] > 5).all()


def test_a_lognormal_price_sensitivity_is_recovered(request_for):
    table = recovered(
        request_for(subscribers=500, months=6), "price_sensitivity", seeds=2, draws=100
    )
    assert table["z"].abs().max() < 4
    spread = table[table["parameter"] == "price_spread"]
    assert (spread["planted"] > 4 * spread["standard_error"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", [case.name for case in CASES.values() if case.random])
def test_tastes_that_differ_between_people_are_recovered(name, request_for):
    assert_recovered(recovered(request_for(), name, seeds=10, draws=200))


def test_the_experiment_writes_what_it_found(request_for, tmp_path):
    request = request_for(
        subscribers=200, months=3, seeds=2, jobs=1, out=tmp_path / "new",
        options={"cases": ["tastes"]},
    )  # fmt: skip
    run_and_write(request, Console(quiet=True))
    summary = json.loads((tmp_path / "new" / "summary.json").read_text())
    table = pd.read_parquet(tmp_path / "new" / "recovery.parquet")
    found = summary["cases"]["tastes"]
    assert found["intervals"] == len(table) == 2 * len(TERMS)
    assert found["covered"] == table["covers"].sum()
    assert set(found["parameters"]) == set(TERMS)
    assert (tmp_path / "new" / "recovery.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"options": {"cases": ["taste"]}}, "did you mean 'tastes'?"),
        ({"options": {"draws": 5}}, "experiment.draws = 5"),
        ({"worlds": 2}, "worlds=2"),
    ],
)
def test_bad_options_are_named(changes, said, request_for):
    with pytest.raises(QuestionError) as error:
        recovery.read_options(request_for(**changes))
    assert said in str(error.value)


def test_a_market_of_people_who_differ_is_refused():
    request = compose.question_of(compose.compose(["experiment=recovery", "market=duopoly"]))
    with pytest.raises(QuestionError, match="market=laboratory is made for recoveries"):
        recovery.read_options(request)
