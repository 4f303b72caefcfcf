"""The experiment as a whole: one answer however it is computed; no run takes others down."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from ruamel.yaml import YAML

from agents.settings import MarketSettings
from experiments.answering import run_and_write
from experiments.measures.counterfactuals import UpliftGroup
from experiments.question.question import Question, Range
from experiments.runs import cells, sweep
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.store import Store
from experiments.runs.worlds import draw_worlds, market_of

CONF = Path(__file__).resolve().parent.parent / "conf"
TABLES = ("results", "outcomes", "twins", "switching", "log")


def load(group, name):
    return YAML(typ="safe").load(CONF / group / f"{name}.yaml")


def duopoly():
    data = load("market", "duopoly")["market"] | {"calibration": load("calibration", "duopoly")}
    return MarketSettings.model_validate(data)


def make_request(folder, **changes):
    request = Question(
        experiment="compare",
        market=duopoly(),
        focal="south",
        rivals={"north": {"kind": "price_cut", "depth": 0.3}},
        strategies={
            "hold": {"kind": "hold"},
            "nothing": {"kind": "portfolio", "members": {"idle": {"kind": "hold"}}},
            "match": {"kind": "match_price"},
            "keep": load("strategy", "retention"),
        },
        subscribers=1500,
        months=8,
        burn_in=5,
        worlds=2,
        seeds=2,
        seed=3,
        jobs=1,
        ranges=(
            Range("behaviour.hassle_yuan", 0.6, 1.5, "factor"),
            Range("behaviour.loss_aversion", 0.0, 1.0, "value"),
            Range("rivals.*.reaction", 0.0, 0.0, "value", ("none", "escalate")),
        ),
        out=folder,
    )
    return replace(request, **changes)


def quiet():
    return Console(file=io.StringIO(), width=120)


def tables(folder):
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answer")
    request = make_request(folder)
    run_and_write(request, quiet())
    return request, folder


def test_an_answer_is_complete(answered):
    request, folder = answered
    summary = json.loads((folder / "summary.json").read_text())
    assert set(summary["arms"]) == set(request.strategies)
    assert summary["run"]["subscribers"] == 1500
    assert {"mean", "low", "high"} <= set(summary["arms"]["match"]["vs_hold"]["npv_yuan"])
    assert (folder / "memo.html").stat().st_size > 10_000
    assert len(list((folder / "figures").glob("*.png"))) >= 6
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["seeds"] == [[3_000_000, 3_000_001], [3_001_000, 3_001_001]]
    assert not [path for path in folder.rglob("*") if path.name.endswith(".part")]


def test_a_portfolio_of_nothing_is_holding_bit_for_bit(answered):
    _, folder = answered
    for name, table in tables(folder).items():
        if name == "log":
            continue
        values = ("arm", "value", "people", "money_yuan", "credit_yuan", "lines")
        key = [c for c in table.columns if c not in values]
        hold = (
            table[table.arm == "hold"].drop(columns="arm").sort_values(key).reset_index(drop=True)
        )
        same = (
            table[table.arm == "nothing"]
            .drop(columns="arm")
            .sort_values(key)
            .reset_index(drop=True)
        )
        pd.testing.assert_frame_equal(hold, same, check_exact=True)


def test_parallel_equals_serial(answered, tmp_path):
    request, folder = answered
    run_and_write(replace(request, out=tmp_path, jobs=2), quiet())
    for name, table in tables(folder).items():
        pd.testing.assert_frame_equal(
            table, pd.read_parquet(tmp_path / f"{name}.parquet"), check_exact=True
        )


def test_resumed_equals_uninterrupted(answered, tmp_path, monkeypatch):
    request, folder = answered
    request = replace(request, out=tmp_path)
    honest, calls = cells.run_cell, []

    def interrupted(*arguments):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(arguments)
        return honest(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(cells, "run_cell", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_and_write(request, quiet())
    assert not (tmp_path / "results.parquet").exists()
    seen = []
    monkeypatch.setattr(cells, "run_cell", lambda *a: seen.append(a) or honest(*a))
    run_and_write(request, quiet())
    assert len(seen) == 2, "only the cells that were missing are run"
    for name, table in tables(folder).items():
        pd.testing.assert_frame_equal(
            table, pd.read_parquet(tmp_path / f"{name}.parquet"), check_exact=True
        )
    theirs, ours = ((f / "cells").iterdir() for f in (folder, tmp_path))
    assert {p.name: p.read_bytes() for p in theirs} == {p.name: p.read_bytes() for p in ours}


def test_more_seeds_keep_the_cells_that_are_there(answered, tmp_path, monkeypatch):
    request, folder = answered
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    honest, seen = cells.run_cell, []
    monkeypatch.setattr(cells, "run_cell", lambda *a: seen.append(a[2]) or honest(*a))
    run_and_write(replace(request, out=tmp_path, seeds=3), quiet())
    assert seen == [2, 2]
    before, now = (pd.read_parquet(f / "outcomes.parquet") for f in (folder, tmp_path))
    pd.testing.assert_frame_equal(
        now[now.seed < 2].reset_index(drop=True), before, check_exact=True
    )


def names_of(request):
    names = Names(cells.live_cell, asked_of(request))
    world = cells.World(0, draw_worlds(request)[0], {}, 0.0)
    return {sweep.cell_name(names, world, seed) for seed in range(request.seeds)}


def test_another_question_never_takes_over_old_cells(answered):
    request, folder = answered
    assert len(Store(folder / "cells").kept()) == 2 + 4
    for changes in ({"months": 9}, {"seed": 4}, {"worlds": 3}, {"ranges": request.ranges[:1]}):
        assert not names_of(replace(request, **changes)) & names_of(request), changes
    assert names_of(replace(request, jobs=2, seeds=3)) > names_of(request)


def test_twins_account_for_every_fen_of_the_difference(answered):
    _, folder = answered
    twins, outcomes = (pd.read_parquet(folder / f"{n}.parquet") for n in ("twins", "outcomes"))
    revenue = outcomes[(outcomes.kpi == "service_revenue_yuan") & (outcomes.operator == "south")]
    wide = revenue.pivot_table(index=["world", "seed"], columns="arm", values="value")
    explained = twins.pivot_table(
        index=["world", "seed"], columns="arm", values="money_yuan", aggfunc="sum"
    )
    for arm in ("match", "keep"):
        np.testing.assert_allclose(explained[arm], wide[arm] - wide["hold"], rtol=1e-9, atol=1.0)
    assert set(twins.fate) == {group.value for group in UpliftGroup}
    people = twins.groupby(["arm", "world", "seed"]).people.sum()
    assert people.groupby(["world", "seed"]).std().max() == pytest.approx(0.0, abs=1e-3)


def test_a_failing_arm_is_recorded_and_the_others_go_on(tmp_path):
    campaign = {"kind": "retention", "channel": "carrier_pigeon"}
    request = make_request(
        tmp_path, worlds=1, seeds=1, strategies={"hold": {"kind": "hold"}, "bad": campaign}
    )
    world = cells.calibrate_world(request, 0, {})
    result = cells.run_cell(request, world, 0)
    assert [failure["arm"] for failure in result.failures] == ["bad"]
    assert "carrier_pigeon" in result.failures[0]["error"]
    assert set(result.tables["outcomes"].arm.astype(str)) == {"hold", "no_attack"}


def test_worlds_differ_only_in_what_is_not_known(tmp_path):
    request = make_request(tmp_path, worlds=6)
    draws = draw_worlds(request)
    assert draws == draw_worlds(request)
    markets = [market_of(request, draw) for draw in draws]
    assert len({m.behaviour.loss_aversion for m in markets}) == 6
    ratio = {
        round(m.behaviour.hassle_yuan.price / request.market.behaviour.hassle_yuan.price, 9)
        for m in markets
    }
    assert all(0.6 <= value <= 1.5 for value in ratio)
    assert {m.behaviour.look_base for m in markets} == {request.market.behaviour.look_base}


def test_replications_are_not_secretly_identical(answered):
    _, folder = answered
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    share = outcomes[
        (outcomes.kpi == "share") & (outcomes.arm == "match") & (outcomes.operator == "south")
    ]
    assert share.value.nunique() == 4
