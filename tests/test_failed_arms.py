"""An arm that fails is told beside the others' results, and is never what is recommended."""

import io
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from answers import ARMS, make_answer
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD
from experiments.analysis.reliability import GROSS_MISFIT, POOR_FIT, failed_arms
from experiments.analysis.summary import summarise
from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of
from experiments.report.figures import all_figures
from experiments.report.memo import render_memo
from experiments.report.summary_json import as_json
from experiments.runs import cells
from sim.errors import QuestionError

WORLDS, SEEDS = 4, 2
CELLS = [(world, seed) for world in range(WORLDS) for seed in range(SEEDS)]
WHY = "QuestionError: no <plan>"
BEST = "bundle_benefits"


def planted() -> Answer:
    return make_answer(np.random.default_rng(1), worlds=WORLDS, seeds=SEEDS)


def failing(answer: Answer, arm: str, where: Iterable[tuple[int, int]] = CELLS) -> Answer:
    """The same answer as if some runs of an arm had failed."""
    gone = set(where)

    def left(table: pd.DataFrame) -> pd.DataFrame:
        runs = zip(table["arm"], table["world"], table["seed"], strict=True)
        return table[[not (name == arm and (w, s) in gone) for name, w, s in runs]]

    names = ("monthly", "outcomes", "twins", "switching", "log")
    failures = [
        {"arm": arm, "world": str(w), "seed": str(s), "error": WHY, "where": "act, line 1"}
        for w, s in sorted(gone)
    ]
    tables: dict[str, Any] = {name: left(getattr(answer, name)) for name in names}
    return replace(answer, **tables, failures=answer.failures + failures)


def report(answer: Answer) -> tuple[dict[str, Any], str]:
    """`summary.json` as data, and the memo."""
    summary = summarise(answer)
    assert all_figures(summary)
    return json.loads(as_json(summary)), render_memo(summary, {})


def test_who_failed_everywhere_is_told_and_the_others_are_compared() -> None:
    summary, memo = report(failing(planted(), "retention"))
    assert set(summary["arms"]) == set(ARMS) - {"retention"}
    assert summary["recommendation"]["arm"] == BEST
    assert summary["failures"] == [
        {"arm": "retention", "failed": 8, "runs": 8, "worlds": [0, 1, 2, 3], "compared_in": 0,
         "reason": WHY}
    ]  # fmt: skip
    first = memo.partition('id="annex"')[0]
    assert "Retention failed in 8 of 8 runs and cannot be compared" in first
    assert "no &lt;plan&gt;" in first


def test_who_failed_in_some_worlds_is_compared_where_both_ran_and_not_recommended() -> None:
    assert summarise(planted()).recommendation.arm == BEST
    summary, memo = report(failing(planted(), BEST, [(0, 0), (0, 1), (3, 1)]))
    assert summary["arms"][BEST]["vs_hold"]["npv_yuan"]["n"] == 3
    assert summary["failures"][0]["compared_in"] == 3
    assert summary["recommendation"]["arm"] not in {BEST, None}
    assert BEST not in summary["recommendation"]["contenders"]
    others = summary["recommendation"]["what_would_change"]["alternatives"]
    assert BEST not in {row["arm"] for row in others}
    assert "only where it ran, in 3 worlds, and not recommended" in memo.partition('id="annex"')[0]


def test_where_hold_failed_nothing_is_compared_there() -> None:
    summary, memo = report(failing(planted(), HOLD, [(0, 0), (0, 1)]))
    assert summary["arms"][BEST]["vs_hold"]["npv_yuan"]["n"] == WORLDS - 1
    assert summary["recommendation"]["worlds"] == WORLDS - 1
    assert "options are compared only where it ran, in 3 worlds" in memo


def test_if_all_others_failed_there_is_only_holding() -> None:
    answer = reduce(failing, set(ARMS) - {HOLD}, planted())
    summary, memo = report(answer)
    assert summary["recommendation"]["arm"] == HOLD
    assert "no option ran in every market" in memo
    assert len(summary["failures"]) == len(ARMS) - 1


@settings(max_examples=25)
@given(
    gone=st.lists(
        st.tuples(st.sampled_from(list(ARMS)), st.sets(st.sampled_from(CELLS), min_size=1)),
        max_size=4, unique_by=lambda item: item[0],
    ).filter(lambda items: all(len(where) < len(CELLS) for arm, where in items if arm == HOLD))
)  # fmt: skip
def test_whoever_fails_wherever_none_of_them_is_recommended(
    gone: list[tuple[str, set[tuple[int, int]]]],
) -> None:
    answer = reduce(lambda found, item: failing(found, *item), gone, planted())
    result = summarise(answer)
    summary, memo = json.loads(as_json(result)), render_memo(result, {})
    failed = {arm for arm, _ in gone}
    chosen = summary["recommendation"]
    assert chosen["arm"] not in failed - {HOLD}
    assert not failed & set(chosen["contenders"]) - {HOLD}
    assert set(failed_arms(answer)) == failed == {one["arm"] for one in summary["failures"]}
    assert memo.count("The first failure:") == len(failed)


@pytest.mark.parametrize("misfit", [GROSS_MISFIT * 1.001, 2.3, 30.0, 1e6])
def test_a_market_unlike_the_published_one_gets_no_recommendation(misfit: float) -> None:
    summary, memo = report(replace(planted(), misfit=misfit))
    chosen = summary["recommendation"]
    assert (chosen["kind"], chosen["arm"], chosen["verdict"]) == ("none", None, "none")
    assert chosen["reason"] in chosen["text"]
    assert "more subscribers (now 200,000)" in chosen["text"]
    assert "experiment=calibrate market=china_2024" in memo
    assert '<tr class="chosen"><td class="name">' not in memo


@pytest.mark.parametrize("misfit", [0.0, POOR_FIT * 1.01, GROSS_MISFIT])
def test_a_moderate_misfit_is_a_warning(misfit: float) -> None:
    summary, memo = report(replace(planted(), misfit=misfit))
    assert summary["recommendation"]["kind"] == "recommendation"
    assert summary["recommendation"]["arm"] == BEST
    assert ("Caution: in some world" in memo) == (misfit > POOR_FIT)


ASKED = [
    "market=duopoly", "subscribers=400", "worlds=2", "seeds=1", "months=3", "burn_in=2", "jobs=1",
    "strategies=[match_price,fighting_brand]",
]  # fmt: skip


@pytest.mark.parametrize(("arm", "where"), [("match_price", [0, 1]), ("match_price", [1])])
def test_a_run_reports_what_failed_beside_the_rest(
    arm: str, where: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, arm, where)
    run_and_write(question_of(compose(ASKED), tmp_path), Console(file=io.StringIO()))
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [(f["arm"], f["worlds"]) for f in summary["failures"]] == [(arm, where)]
    assert "fighting_brand" in summary["arms"]
    assert summary["run"]["failures"] == len(where)
    assert "Match price failed in" in (tmp_path / "memo.html").read_text(encoding="utf-8")
    outcomes = pd.read_parquet(tmp_path / "outcomes.parquet")
    failed = outcomes[outcomes["arm"] == arm]
    assert set(failed["world"]) == {0, 1} - set(where)


def test_if_hold_fails_everywhere_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, HOLD, [0, 1])
    question = question_of(compose(ASKED), tmp_path)
    with pytest.raises(
        QuestionError, match=r"'hold' failed in every market, .*: OSError: the roof"
    ):
        run_and_write(question, Console(file=io.StringIO()))


def fails(monkeypatch: pytest.MonkeyPatch, arm: str, where: list[int]) -> None:
    """Make an arm fail in some worlds, as a fault of ours would."""
    honest = cells.live

    def live(question: Any, start: Any, world: cells.World, playing: str) -> Any:
        if playing == arm and world.index in where:
            raise OSError("the roof fell in")
        return honest(question, start, world, playing)

    monkeypatch.setattr(cells, "live", live)
    monkeypatch.setattr(cells, "_EVALUATIONS", 6)
