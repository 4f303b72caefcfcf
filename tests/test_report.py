"""What a report must get right whatever the answer: pairing, honesty, pages that stand alone."""

import dataclasses
import json
import re
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from answers import ARMS, EFFECTS, make_answer
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from experiments.analysis.answer import Answer
from experiments.analysis.paired import differences, intervals, outcomes_wide, pair
from experiments.analysis.regret import (
    compare_worlds,
    parameters_of,
    regret_table,
    value_of_knowing,
    what_they_share,
    world_gains,
)
from experiments.analysis.summary import Summary, summarise
from experiments.measures.indicators import DIMENSIONS, KPIS
from experiments.plain_matplotlib import LATIN_FAMILY
from experiments.report import style
from experiments.report.figures import all_figures
from experiments.report.memo import draw, render_memo, write_report
from experiments.report.summary_json import as_json, plain
from experiments.report.wording import condition_sentence, recommendation_sentences
from experiments.report.words.numbers import Numbers
from experiments.report.words.words import Words

HOSTILE = "<script>alert(1)</script>"
DATA_URI = re.compile(r"data:(?:image/png|font/woff);base64,[A-Za-z0-9+/=]+")


def answer_of(seed: int = 1, **planted) -> Answer:
    return make_answer(np.random.default_rng(seed), **planted)


@pytest.fixture(scope="module")
def answer() -> Answer:
    return answer_of()


@pytest.fixture(scope="module")
def summary(answer: Answer) -> Summary:
    return summarise(answer)


@pytest.fixture(scope="module")
def pictures(summary: Summary) -> dict[str, bytes]:
    drawn, missing = draw(summary)
    assert not missing
    return drawn


@pytest.fixture(scope="module")
def memo(summary: Summary, pictures: dict[str, bytes]) -> str:
    return render_memo(summary, pictures)


def text_of(result: Summary) -> str:
    return " ".join(recommendation_sentences(result))


def words_of(page: str) -> str:
    return DATA_URI.sub("", page)


# Statistics


def test_summary_has_every_arm_and_kpi_and_is_plain_json(summary: Summary) -> None:
    written = json.loads(as_json(summary))
    assert written == plain(summary)
    assert set(written) == {
        "arms", "recommendation", "failures", "run", "damage", "horizons", "over_time", "costs",
        "attack_refused", "settings", "reactions", "channels",
    }  # fmt: skip
    assert list(written["arms"]) == list(ARMS)
    for arm in written["arms"].values():
        assert set(arm["kpis"]) == set(arm["vs_hold"]) == {kpi.name for kpi in KPIS}
        for row in (*arm["kpis"].values(), *arm["vs_hold"].values()):
            assert row["low"] <= row["mean"] <= row["high"]
    run = {"subscribers": 200_000, "months": 36, "seeds": 2, "worlds": 8, "runs": 96}
    run |= {"failures": 0, "misfit": 0.0}
    assert written["run"] == run
    assert written["recommendation"]["text"] == text_of(summary)


def test_a_summary_cannot_be_changed(summary: Summary) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(summary.recommendation, "arm", "hold")  # noqa: B010 - a plain assignment is a type error


@settings(max_examples=15)
@given(shift=st.floats(-1e9, 1e9), seed=st.integers(0, 5))
def test_luck_that_all_arms_share_cancels(shift: float, seed: int) -> None:
    plain = answer_of(seed, worlds=3)
    lucky = plain.outcomes.copy()
    lucky["value"] += shift * (1 + lucky["world"] + 0.3 * lucky["seed"])
    before, after = (
        differences(outcomes_wide(case))
        for case in (plain, dataclasses.replace(plain, outcomes=lucky))
    )
    pd.testing.assert_frame_equal(before, after, rtol=1e-6, atol=1e-3)


def test_hold_differs_from_itself_by_exactly_nothing(summary: Summary) -> None:
    for gap in summary.arms["hold"].vs_hold.values():
        assert gap.mean == gap.low == gap.high == 0


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    spans = intervals(pd.DataFrame(rng.normal(3.0, 2.0, (8, 4000))))
    covered = ((spans["low"] <= 3.0) & (spans["high"] >= 3.0)).mean()
    assert 0.93 < covered < 0.97


def test_one_world_falls_back_on_seeds_and_one_run_on_no_interval() -> None:
    seeds = summarise(answer_of(worlds=1, seeds=5)).arms["retention"].vs_hold["npv_yuan"]
    assert seeds.n == 5
    assert (seeds.low or 0) < (seeds.mean or 0) < (seeds.high or 0)
    single = summarise(answer_of(worlds=1, seeds=1))
    alone = single.arms["retention"].vs_hold["npv_yuan"]
    assert alone.n == 1
    assert alone.low == alone.mean == alone.high
    assert single.recommendation.decision == "undecided"
    assert "cannot tell" in text_of(single)


def test_a_failed_run_leaves_its_pair_and_nothing_else(answer: Answer) -> None:
    table = answer.outcomes
    lost = (table["arm"] == "hold") & (table["world"] == 2) & (table["seed"] == 1)
    holed = dataclasses.replace(
        answer,
        outcomes=table[~lost],
        failures=[{"arm": "hold", "world": "2", "seed": "1", "error": HOSTILE}],
    )
    after = differences(outcomes_wide(holed))
    before = differences(outcomes_wide(answer))
    pd.testing.assert_frame_equal(after, before.loc[after.index])
    assert len(before) - len(after) == len(ARMS)
    assert summarise(holed).run.failures == 1
    page = render_memo(summarise(holed), {})
    assert HOSTILE not in page
    assert "Runs that failed" in page


def test_doubled_outcomes_are_refused(answer: Answer) -> None:
    doubled = pd.concat([answer.outcomes, answer.outcomes])
    with pytest.raises(ValueError, match="more than once"):
        summarise(dataclasses.replace(answer, outcomes=doubled))


def test_a_kpi_nobody_tallied_is_none_not_nan(answer: Answer) -> None:
    table = answer.outcomes.copy()
    table.loc[table["kpi"] == "acquisition_cost_yuan", "value"] = np.nan
    table.loc[(table["kpi"] == "nps") & (table["world"] == 0), "value"] = np.inf
    holed = dataclasses.replace(answer, outcomes=table)
    result = summarise(holed)
    assert result.arms["retention"].vs_hold["nps"].n == 7
    as_json(result)
    render_memo(result, {})


# Regret


def test_knowing_the_world_is_worth_what_the_recommended_arm_misses(answer: Answer) -> None:
    gains = world_gains(pair(answer))
    for arm in gains.columns:
        missed = gains.max(axis=1).mean() - gains[arm].mean()
        assert value_of_knowing(gains, str(arm)) == pytest.approx(missed)
    advice = summarise(answer).recommendation
    assert advice.arm is not None
    assert advice.value_of_knowing_the_world_yuan == value_of_knowing(gains, advice.arm)
    regret = regret_table(gains)
    assert regret.min(axis=1).to_list() == [0.0] * len(gains)
    assert regret.to_numpy().min() == 0


def test_finds_the_planted_condition_under_which_an_arm_loses() -> None:
    planted = ("bundle_benefits", "partner_appetite", 0.6, -9e9)
    case = answer_of(3, worlds=16, loss=planted)
    gains, parameters = world_gains(pair(case)), parameters_of(case)
    shared = what_they_share(gains["bundle_benefits"], parameters)
    assert (shared.evidence, shared.parameter, shared.above) == ("found", "partner_appetite", True)
    assert shared.threshold == pytest.approx(0.6, abs=0.08)
    assert shared.negative == shared.negative_inside == shared.inside
    words = Words(case.labels)
    assert "partner appetite" in condition_sentence(shared, words)
    compared = compare_worlds(gains["bundle_benefits"], parameters)
    assert compared.index[0] == "partner_appetite"
    result = summarise(case)
    wins = {other.arm: other.wins for other in result.recommendation.alternatives}
    assert "partner appetite <" in condition_sentence(wins["bundle_benefits"], words)
    page = render_memo(result, {})
    assert "partner appetite &lt;" in page.partition('id="annex"')[0]


def test_conditions_found_by_chance_are_as_rare_as_promised() -> None:
    rng = np.random.default_rng(11)
    result = [
        what_they_share(
            pd.Series(rng.normal(size=7)), pd.DataFrame(rng.uniform(size=(7, 4)))
        ).evidence
        == "found"
        for _ in range(120)
    ]
    assert np.mean(result) < 0.11


def test_says_when_there_are_too_few_worlds_to_tell() -> None:
    shared = what_they_share(
        pd.Series([1.0, -1.0, 2.0, -2.0]), pd.DataFrame({"taste": [0.1, 0.9, 0.2, 0.8]})
    )
    assert shared.evidence == "too_few"
    assert "too few" in condition_sentence(shared, Words(answer_of().labels))


# Uplift


def test_money_of_all_groups_adds_up_to_the_difference_in_revenue(summary: Summary) -> None:
    for arm in EFFECTS:
        uplift = summary.uplift[arm]
        assert uplift.bridge is not None
        assert uplift.bridge.unexplained_yuan == pytest.approx(0, abs=1.0)
        parts = uplift.people.drop(index="all").to_numpy().sum(axis=0)
        assert uplift.people.loc[["all"]].to_numpy()[0] == pytest.approx(parts)


# Memo and pictures


def test_memo_names_every_arm_and_both_sentences(memo: str, summary: Summary) -> None:
    page = words_of(memo)
    for arm in ARMS:
        assert arm.replace("_", " ") in page
    for sentence in recommendation_sentences(summary):
        assert sentence in page
    for dimension in DIMENSIONS:
        assert dimension.label_zh in page


def test_memo_reaches_for_nothing_outside_itself(memo: str) -> None:
    page = words_of(memo)
    assert "http" not in page
    assert "//" not in page
    assert "url(" not in page.replace("url()", "")  # the glyphs, in the page
    assert "@import" not in page
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == [""] * memo.count("data:image/png")
    assert "nan" not in re.sub(r"<style>.*</style>", "", page, flags=re.DOTALL).lower().split()


def test_memo_is_the_same_bytes_every_time(summary: Summary, memo: str) -> None:
    assert render_memo(summary) == memo


def test_report_is_written_whole(summary: Summary, tmp_path: Path) -> None:
    memo = write_report(summary, tmp_path / "out")
    figures = {path.stem for path in (tmp_path / "out" / "figures").glob("*.png")}
    assert memo.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert figures == {
        "share_over_time", "arpu_over_time", "npv_forest", "money_bridge",
        "subscriber_waterfall", "switching_matrix", "regret",
    }  # fmt: skip
    assert not list(tmp_path.rglob("*.part"))


def test_every_picture_has_ink_a_finding_and_its_runs(summary: Summary) -> None:
    for name, figure in all_figures(summary).items():
        assert style.png(figure).startswith(b"\x89PNG")
        canvas = figure.canvas
        assert isinstance(canvas, FigureCanvasAgg)
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        assert np.unique(pixels.reshape(-1, 3), axis=0).shape[0] > 50, name
        assert (pixels < 250).any(axis=2).mean() > 0.02, name
        assert re.search(r"\d", figure.get_suptitle()), name
        assert "96 runs (6 options × 8 scenarios × 2 draws of luck)" in figure.get_supxlabel(), name


def test_hostile_names_are_escaped() -> None:
    hostile = {HOSTILE: "<img src=x onerror=alert(1)>", "a$_{b}$": "dollars & 'quotes'"}
    case = answer_of(effects={HOSTILE: 2e9, "a$_{b}$": 1e9}, names=hostile, worlds=4)
    page = words_of(render_memo(summarise(case)))
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("table", ["twins", "switching", "log", "worlds", "monthly"])
def test_a_memo_comes_out_even_if_a_table_is_empty(answer: Answer, table: str) -> None:
    empty = getattr(answer, table).iloc[:0]
    holed = dataclasses.replace(answer, **{table: empty})
    assert "</html>" in render_memo(summarise(holed))


def test_text_without_glyphs_falls_back_on_the_plain_name() -> None:
    assert style.drawable("中国联通 \U000f0000", "china unicom") == "china unicom"
    assert style.drawable("ARPU", "x") == "ARPU"
    assert "\U000f0000" not in style.drawable("\U000f0000")


def test_pictures_never_draw_boxes_where_no_font_has_the_glyphs(
    summary: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(style, "fonts", lambda: (LATIN_FAMILY,))
    style._drawable.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figures = all_figures(summary)
            for figure in figures.values():
                style.png(figure)
        assert "China Unicom" in figures["switching_matrix"].get_suptitle()
        assert "联通" not in figures["switching_matrix"].get_suptitle()
    finally:
        style._drawable.cache_clear()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.012e9, "+3.01 bn yuan"),
        (-4.5e6, "−4.50 m yuan"),
        (1236.0, "+1,236 yuan"),
        (0.0, "0.00 yuan"),
    ],
)
def test_money_is_shown_in_the_unit_that_suits_it(value: float, text: str) -> None:
    assert Numbers("en", "CNY").money(value, signed=True) == text


@pytest.mark.browser
@pytest.mark.parametrize("level", [-4e9, 0.05e9, 4e9])
def test_the_first_page_is_one_page_of_a4(level: float, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api")
    case = answer_of(effects=EFFECTS | dict.fromkeys(("retention", "convergence"), level))
    memo = write_report(summarise(case), tmp_path)
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 703, "height": 1039})  # A4 less its margins
        page.emulate_media(media="print")
        page.goto(memo.as_uri())
        height = page.evaluate("document.getElementById('memo').getBoundingClientRect().height")
        assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert height <= 1039
