"""Stylised facts: the registry, the criteria, and a few facts that a small market shows."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.console import Console

from agents.settings import MarketSettings
from experiments.analysis.paired import Interval
from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.runs.baselines import Baseline, baseline_of, friends_of, operators_of, worlds_of
from experiments.runs.listener import SILENT
from experiments.runs.store import Store
from experiments.studies.facts.registry import Criterion, all_facts, chosen
from experiments.studies.facts.trials import one_off, treat
from sim.errors import QuestionError

CONF = Path(__file__).resolve().parents[1] / "conf"
CHEAP = ("yearly_switching", "leavers_had_faults", "contract_end_spike")


@pytest.fixture(scope="module")
def request_for(tmp_path_factory):
    def build(*overrides: str) -> Question:
        asked = ["market=duopoly", "subscribers=3000", "seeds=2", "months=14", "jobs=1", "worlds=1"]
        return question_of(compose([*asked, *overrides]), tmp_path_factory.mktemp("facts"))

    return build


@pytest.fixture(scope="module")
def baseline(request_for) -> Baseline:
    request = request_for("experiment=facts", "seeds=1")
    (world, *_) = worlds_of(request, Store(request.out / "cells"), SILENT)
    return baseline_of(request, world, 0)


def test_there_are_more_than_a_dozen_facts_each_with_a_known_source():
    lines = (CONF / "data" / "sources.csv").read_text(encoding="utf-8").splitlines()
    known = {line.partition(",")[0] for line in lines}
    facts = all_facts()
    assert len(facts) >= 14
    for fact in facts.values():
        assert set(fact.source.split("+")) <= known, fact.name
        assert fact.published
        assert fact.why
        assert fact.criterion.low < fact.criterion.high


def test_a_band_judges_the_mean_and_a_direction_the_whole_interval():
    band, direction = Criterion(0.1, 0.3), Criterion(low=0.0, surely=True)
    wide = Interval(0.2, -0.5, 0.9, 4)
    assert band.judge(wide) == "PASS"
    assert direction.judge(wide) == "FAIL"
    assert direction.judge(Interval(0.2, 0.1, 0.3, 4)) == "PASS"
    assert band.judge(Interval(0.4, 0.35, 0.45, 4)) == "FAIL"
    assert band.judge(Interval(None, None, None, 0)) == "FAIL"


def test_an_unknown_fact_is_refused_with_the_nearest_name():
    with pytest.raises(QuestionError, match="yearly_switching"):
        chosen(("yearly_swiching",))


def test_the_panel_says_what_the_months_did(baseline):
    panel = baseline.panel
    left = panel.happened(16)
    changed = panel.operator[1:] != panel.operator[:-1]
    np.testing.assert_array_equal(left[:-1], changed)
    assert panel.leaves(0, 3).sum() <= left[:3].sum()
    assert panel.friends_moved[1:].sum() > 0
    assert baseline.market.month == 12  # futures are forks: the baseline itself does not move


def test_friends_are_others_in_the_same_region(baseline):
    region = baseline.market.population.columns().region
    for friend in friends_of(baseline.market):
        assert (friend != np.arange(len(region))).mean() > 0.99
        np.testing.assert_array_equal(region[friend], region)


def test_a_trial_contacts_only_whom_it_chose_and_changes_nobody_else(baseline):
    operator = 0
    chosen_accounts = operators_of(baseline.market) == operator
    chosen_accounts[::2] = False
    nothing = one_off("nothing", facts_trial_offer(), "outbound_call")
    trial = treat(baseline.market, operator, nothing, chosen_accounts, 1)
    assert trial.reached.any()
    assert not trial.reached[~chosen_accounts].any()
    untouched = ~trial.reached
    np.testing.assert_array_equal(trial.left[untouched], trial.left_untreated[untouched])


def facts_trial_offer():
    from agents.actions import Treatment

    return Treatment(discount_yuan=5.0, months=3)


def test_the_table_is_written_with_a_verdict_for_each_fact(request_for):
    request = request_for("experiment=facts", f"experiment.facts=[{','.join(CHEAP)}]")
    run_and_write(request, Console(record=True))
    summary = json.loads((request.out / "summary.json").read_text(encoding="utf-8"))
    assert [fact["name"] for fact in summary["facts"]] == list(CHEAP)
    assert summary["of"] == 3
    assert (request.out / "facts.parquet").exists()
    by_name = {fact["name"]: fact for fact in summary["facts"]}
    assert by_name["contract_end_spike"]["model"]["mean"] > 2.0
    assert by_name["leavers_had_faults"]["model"]["mean"] > 1.0
    assert 0.0 < by_name["yearly_switching"]["model"]["mean"] < 0.5
    page = (request.out / "facts.md").read_text(encoding="utf-8")
    assert all(all_facts()[name].claim in page for name in CHEAP)


@pytest.mark.slow
def test_the_chinese_market_shows_the_facts_it_is_said_to_show(tmp_path):
    """The facts that docs/decisions/0011 reports as holding, not those it reports as missed."""
    asked = ["experiment=facts", "market=china_2024", "subscribers=20000", "seeds=4"]
    request = question_of(compose(asked), tmp_path)
    run_and_write(request, Console(record=True))
    facts = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["facts"]
    passed = {fact["name"] for fact in facts if fact["verdict"] == "PASS"}
    assert {
        "leavers_had_faults", "churn_falls_with_tenure", "bundles_keep", "contract_end_spike",
        "recommendations_backfire", "calls_keep_some", "notices_are_withdrawn",
        "first_month_is_small", "attackers_curve_is_concave", "winner_congests",
        "revenue_falls_before_counts",
    } <= passed  # fmt: skip
    assert all(math.isfinite(fact["model"]["mean"]) for fact in facts)


def test_the_literatures_rows_have_known_sources():
    lines = (CONF / "data" / "sources.csv").read_text(encoding="utf-8").splitlines()
    known = {line.partition(",")[0] for line in lines} | {"assumption"}
    rows = (CONF / "data" / "literature.csv").read_text(encoding="utf-8").splitlines()
    for row in rows[1:]:
        assert set(row.rsplit(",", 2)[1].split("+")) <= known, row


def test_the_market_is_one_that_can_be_validated():
    data = yaml.safe_load((CONF / "market" / "china_2024.yaml").read_text(encoding="utf-8"))
    assert MarketSettings.model_validate({"calibration": {}, **data["market"]})
