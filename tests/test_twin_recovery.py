"""Campaigns whose true effect is known: the twins must report it, and a trial must find it."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.analysis.uplift import by_group, total, windfall
from experiments.answering import run_and_write
from experiments.measures.counterfactuals import compare_counterfactuals, main_operator
from experiments.question import compose
from experiments.question.question import Question
from experiments.studies.recovery import twin_check
from experiments.studies.recovery.twin_cases import CASES, settings_for, solve
from experiments.studies.recovery.twin_measure import EXACT, NAIVE, live, measure
from sim.errors import QuestionError
from sim.vocabulary import SEGMENTS

ZERO_ROUNDING = 0.01  # fen are whole; scaling to the country and back costs a few last bits


@pytest.fixture(scope="module")
def request_for():
    asked = compose.question_of(compose.compose(["experiment=twin_check"]))

    def build(**changes) -> Question:
        return replace(asked, **({"subscribers": 900, "months": 4, "burn_in": 2} | changes))

    return build


def records(request: Question, name: str, seed: int) -> list[Any]:
    return measure(request, name, seed).to_dict("records")


@pytest.mark.parametrize("name", ["nothing", "credit", "everything"])
def test_a_known_effect_is_reported_to_the_last_fen(name, request_for):
    rows = records(request_for(), name, 1)
    known = {row["quantity"]: row["known"] for row in rows}
    assert {row["kind"] for row in rows} == {EXACT}
    for row in rows:
        assert row["reported"] == pytest.approx(row["known"], abs=ZERO_ROUNDING), row["quantity"]
    if name == "everything":
        assert known["saved lines"] > 5
        assert known["windfall, in yuan"] > 0
    else:
        assert known["cost, in yuan"] > 0
    assert (known.get("windfall, in yuan", 0) > 0) == (name != "nothing")


def test_the_twins_agree_with_the_logit_formula(request_for):
    rows = [r for s in range(8) for r in records(request_for(subscribers=2000), "formula", s)]
    table = pd.DataFrame(rows)
    for quantity in ("saved lines", "revenue, in yuan"):
        part = table[table["quantity"] == quantity]
        gap = part["reported"] - part["known"]
        error = gap.std(ddof=1) / np.sqrt(len(gap))
        assert abs(gap.mean()) < 4 * error, quantity
        assert part["known"].mean() > 5 * error, "too few to tell"  # so half of it would be noticed


def test_the_formula_has_the_right_limits(request_for):
    case = CASES["formula"]
    settings = settings_for(case, request_for().market)
    none, some, all_ = (solve(settings, discount, 6) for discount in (0.0, 12.0, 400.0))
    np.testing.assert_allclose(none.stays_taken, none.stays_hold, rtol=1e-12)
    np.testing.assert_allclose(none.paid_taken_yuan, none.paid_hold_yuan, rtol=1e-12)
    np.testing.assert_allclose(all_.stays_taken, 1.0, rtol=1e-9)
    assert (some.stays_taken > none.stays_hold).all()
    assert (some.stays_taken < 1).all()
    assert (none.stays_hold > 0.3).all()


def test_nobody_who_was_not_called_lives_otherwise(request_for):
    pair = live(request_for(), CASES["everything"], number=5)
    hold, arm = pair.diaries
    lucky = (arm.paid_fen != hold.paid_fen).nonzero()[0]
    assert 0 < len(lucky) < 0.5 * len(arm.paid_fen)
    assert (hold.start[lucky] == 0).all()


def test_a_random_holdout_finds_the_twins_number_and_naive_comparisons_do_not(request_for):
    request = request_for(subscribers=3000, months=6, burn_in=6)
    rows = [r for s in range(16) for r in records(request, "trial", s)]
    table = pd.DataFrame(rows)
    for quantity, part in table.groupby("quantity"):
        gap = part["reported"] - part["known"]
        z = gap.mean() / max(gap.std(ddof=1) / np.sqrt(len(gap)), 1e-9)
        if "holdout" in str(quantity):
            assert abs(z) < 3.5
            assert part["known"].mean() > 0
            assert ((gap / part["standard_error"]).abs() < 2).mean() > 0.8
        elif part["kind"].iloc[0] == NAIVE:
            assert z < -4, quantity


def test_the_experiment_writes_what_it_found(request_for, tmp_path):
    request = request_for(
        subscribers=300, seeds=2, jobs=1, out=tmp_path / "new", options={"cases": ["everything"]}
    )
    run_and_write(request, Console(quiet=True))
    summary = json.loads((tmp_path / "new" / "summary.json").read_text())
    assert all(q["agrees"] for q in summary["cases"]["everything"].values())
    answer = {"twin_check.parquet", "twin_check.png", "summary.json"}
    kept = {"cells", "manifest.json", "status.json"}
    assert answer | kept == {path.name for path in (tmp_path / "new").iterdir()}
    table = pd.read_parquet(tmp_path / "new" / "twin_check.parquet")
    wrong = table.assign(known=table["known"] + 1.0)
    again = twin_check.summarise(wrong, request, twin_check.read_options(request))
    assert not any(q["agrees"] for q in again["cases"]["everything"].values())


def test_the_windfall_of_reports_counts_credits(request_for):
    pair = live(request_for(), CASES["credit"], number=3)
    hold, arm = pair.diaries
    table = compare_counterfactuals(pair.arm, arm, hold, main_operator(pair.hold))
    twins = table.assign(arm="credit", world=0, seed=0)
    answer: Any = SimpleNamespace(twins=twins, labels=SimpleNamespace(segments=SEGMENTS))
    given = arm.credit_fen.sum() / 100 * pair.arm.scale
    assert given > 0
    money, credit = (
        total(by_group(answer, "credit", quantity)) for quantity in ("money_yuan", "credit_yuan")
    )
    assert windfall(money, credit) == pytest.approx(given)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"options": {"cases": ["evrything"]}}, "did you mean 'everything'?"),
        ({"options": {"case": ["trial"]}}, "experiment.case"),
        ({"seeds": 1}, "at least 2"),
    ],
)
def test_bad_options_are_named(changes, said, request_for):
    with pytest.raises(QuestionError) as error:
        twin_check.read_options(request_for(**changes))
    assert said in str(error.value)
