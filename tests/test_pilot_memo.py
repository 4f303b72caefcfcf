"""The memo and the plan of a pilot say the same of one answer."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from answers import make_answer
from markupsafe import escape
from pilots import pilot_question, piloted_answer, planned, regional_table

from experiments.analysis.pilot.effects import regional_rows
from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.summary import summarise
from experiments.report.front import front_page
from experiments.report.next_step import next_step
from experiments.report.pilot_page import render_plan
from experiments.report.pilot_texts import reason_text
from experiments.report.stored_plan import with_plan
from experiments.report.summary_json import as_json
from experiments.report.words.pairs import CODES
from experiments.report.words.words import Words
from experiments.runs.fingerprint import digest_of_file
from experiments.runs.listener import SILENT
from experiments.runs.store import Store
from experiments.studies.pilot import pilot
from experiments.studies.pilot.source import Source
from sim.errors import QuestionError


@pytest.mark.parametrize(
    ("effect", "worlds", "places", "reason"),
    [
        (0.05, 6, 8, "worth"), (1e-4, 6, 8, "unseen"), (0.05, 6, 2, "regions"), (0.05, 4, 8, "few"),
    ],
)  # fmt: skip
def test_memo_and_plan_say_the_same_of_an_answer(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    effect: float,
    worlds: int,
    places: int,
    reason: str,
) -> None:
    names = tuple("abcdefgh"[:places])
    base = make_answer(np.random.default_rng(1), worlds=worlds, seeds=1, effects={"bundle": 1e9})
    table = regional_table(effect, worlds, months=12, places=names)
    keys = ["arm", "world", "seed", "month", "operator", "measure"]
    whole = table.groupby(keys, as_index=False)["value"].sum().assign(region="all", segment="all")
    given = piloted_answer(worlds)
    labels = replace(given.labels, regions=names)
    given = replace(given, log=base.log, labels=labels, monthly=pd.concat([base.monthly, whole]))
    summary = summarise(replace(given, regional=table))
    assert summary.plan is not None
    assert summary.plan.reason == reason
    told = front_page(summary, Words(summary.labels, "en")).next
    assert reason_text(summary.plan, Words(summary.labels, "en")) in told
    source = Source(given, regional_rows(table, "china_unicom"))
    monkeypatch.setattr(pilot, "stored", lambda _: source)
    asked = pilot_question("pilot", answer=tmp_path)
    if reason == "few":
        with pytest.raises(QuestionError, match="at least 5"):
            pilot.run(asked, Store(tmp_path / "cells"), SILENT)
        return
    found = pilot.run(asked, Store(tmp_path / "cells"), SILENT)
    assert PilotSummary.of(found.plan) == summary.plan
    # And what is written is what is read back, in both languages.
    (tmp_path / "summary.json").write_text(as_json(summary))
    again = with_plan(replace(summary, plan=None), tmp_path)
    for code in CODES:
        words = Words(summary.labels, code)
        page = render_plan(found.plan, words, {}, before=12, reading_months=1)
        assert str(escape(reason_text(summary.plan, words))) in page
        assert front_page(again, words).next == front_page(summary, words).next


def test_the_memo_tells_the_plan_that_is_stored_beside_its_answer(tmp_path: Path) -> None:
    found = planned()
    found.write_to(tmp_path / "pilot", SILENT)
    summary = summarise(make_answer(np.random.default_rng(1), worlds=2, seeds=1))
    assert with_plan(summary, tmp_path).plan is None  # it is another option's
    path = tmp_path / "pilot" / "plan.json"
    data = json.loads(path.read_text())
    data["summary"]["option"] = summary.piloted
    path.write_text(json.dumps(data))
    told = with_plan(summary, tmp_path)
    assert told.plan is not None
    assert told.plan.regions == tuple(data["regions"])
    for code in CODES:
        words = Words(summary.labels, code)
        said = next_step(told.plan, words)
        assert words.numbers.percent(data["probability_right"]) in said[0]
        assert front_page(told, words).next == said
    others = replace(summary, labels=replace(summary.labels, months=7))
    assert with_plan(others, tmp_path).plan is None  # it is another question's
    answer = {"files": {"plan.json": digest_of_file(path)}}
    (path.parent / "manifest.json").write_text(json.dumps({"answer": answer}))
    assert with_plan(summary, tmp_path).plan is not None
    path.write_text(json.dumps(data | {"cost_yuan": 1.0}))
    assert with_plan(summary, tmp_path).plan is None  # somebody changed it
