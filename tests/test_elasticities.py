"""Elasticities and fighting brands: what a change of prices must do in any market."""

import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.analysis.intervals import over_draws, pick
from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of
from experiments.runs.baselines import baseline_of, worlds_of
from experiments.runs.listener import SILENT
from experiments.runs.price_changes import futures, reprice
from experiments.runs.store import Store
from experiments.studies.fighting_brands.report import claims
from sim.errors import QuestionError


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    def build(*overrides):
        asked = ["market=duopoly", "subscribers=1500", "seeds=2", "months=12", "jobs=1", "worlds=1"]
        return question_of(compose([*asked, *overrides]), tmp_path_factory.mktemp("prices"))

    return build


@pytest.fixture(scope="module")
def measured(small):
    options = ["experiment=elasticities", "experiment.at_months=[1,24]", "experiment.change=0.1"]
    request = small(*options)
    run_and_write(request, Console(record=True))
    return request, json.loads((request.out / "summary.json").read_text(encoding="utf-8"))


def test_dearer_plans_lose_lines_and_more_so_in_the_long_run(measured):
    rows = measured[1]["figures"]
    for level in ("plan", "operator"):
        late = pick(rows, level=level, name="mean by lines", figure="elasticity", month=24)[0]
        now = pick(rows, level=level, name="mean by lines", figure="elasticity", month=1)[0]
        assert late["mean"] < -0.1
        assert abs(now["mean"]) < abs(late["mean"])


def test_what_a_plan_loses_goes_somewhere(measured):
    rows = measured[1]["figures"]
    for month in (1, 24):
        parts = [
            pick(rows, level="plan", figure=f"diversion_{to}", month=month)[0]["mean"]
            for to in ("own", "rivals", "none")
        ]
        assert sum(parts) == pytest.approx(1.0)


def test_the_page_sets_ours_beside_the_literature(measured):
    request, summary = measured
    assert {row["source"] for row in summary["literature"]} >= {"ELLIOTT2025", "DEWENTER2004"}
    assert "## Beside the literature" in (request.out / "elasticities.md").read_text("utf-8")
    assert (request.out / "elasticities.png").stat().st_size > 10_000


def test_the_same_prices_are_the_same_future(small):
    request = small("experiment=elasticities", "seeds=1")
    (world, *_) = worlds_of(request, Store(request.out / "cells"), SILENT)
    baseline = baseline_of(request, world, 0)
    one, other = futures(baseline, (), 1.0, [3]), futures(baseline, range(4), 1.0, [3])
    np.testing.assert_array_equal(one[3].total, other[3].total)
    dearer = reprice(baseline.fork(), [0], 1.25)
    assert (dearer.book.prices_fen[0] > baseline.market.book.prices_fen[0]).all()
    assert (dearer.book.prices_fen[1] == baseline.market.book.prices_fen[1]).all()


@pytest.mark.parametrize("option", ["experiment.change=0", "experiment.at_months=[0]"])
def test_options_out_of_range_are_refused(small, option):
    request = small("experiment=elasticities", option)
    with pytest.raises(QuestionError, match=r"experiment\."):
        run_and_write(request, Console(record=True))


def test_fighting_brands_are_launched_with_and_without_entry(small):
    request = small(
        "experiment=fighting_brands", "experiment.entrant=north",
        "experiment.brand_price_shares=[0.6]",
    )  # fmt: skip
    run_and_write(request, Console(record=True))
    summary = json.loads((request.out / "summary.json").read_text(encoding="utf-8"))
    gains = pick(summary["figures"], figure="gain_yuan", who="south")
    assert {row["entry"] for row in gains} == {False, True}
    assert gains[0]["mean"] != gains[1]["mean"]
    own = pick(summary["figures"], figure="own_share", who="south", entry=False)[0]
    assert 0.0 < own["mean"] < 1.0
    assert {claim["verdict"] for claim in summary["claims"]} <= {"PASS", "FAIL"}


def test_an_entrant_that_does_not_exist_is_refused(small):
    request = small("experiment=fighting_brands", "experiment.entrant=nroth")
    with pytest.raises(QuestionError, match="north"):
        run_and_write(request, Console(record=True))


def test_claims_read_the_signs():
    rows = [
        {"world": 0, "seed": seed, "entry": entry, "price_share": 0.5, "who": who,
         "figure": "gain_yuan", "value": value + 0.01 * seed}
        for seed in range(4)
        for entry, who, value in (
            (False, "a", -1.0), (True, "a", 2.0), (False, "together", -5.0),
            (True, "together", -3.0),
        )
    ]  # fmt: skip
    found = pd.DataFrame(rows)
    figures = over_draws(found, ["entry", "price_share", "who", "figure"])
    assert [claim.verdict for claim in claims(found, figures)] == ["PASS", "PASS", "PASS"]
    worse = found.assign(value=-found["value"])
    figures = over_draws(worse, ["entry", "price_share", "who", "figure"])
    assert [claim.verdict for claim in claims(worse, figures)] == ["FAIL", "FAIL", "FAIL"]
