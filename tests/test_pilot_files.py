"""A pilot's plan on paper and back: written, carried out in a CSV, read by its own rule."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from answers import make_answer
from pilots import (
    noise_of,
    piloted_answer,
    plan_for,
    planned,
    planted_effects,
    regional_table,
)
from pilots import (
    pilot_question as question,
)

from agents.market import Market
from experiments.analysis.pilot.effects import effects_of, regional_rows
from experiments.analysis.pilot.history import read_series
from experiments.analysis.pilot.results import registered, weigh
from experiments.analysis.pilot.settings import PilotSettings
from experiments.paths import ROOT
from experiments.question.compose import compose, question_of
from experiments.question.registry import check_options
from experiments.report import font
from experiments.report.pilot_json import KEYS
from experiments.runs.listener import SILENT
from experiments.runs.store import Store
from experiments.studies.pilot import pilot
from experiments.studies.pilot.pilot import PilotPlanned
from experiments.studies.pilot_read import pilot_read
from sim.errors import QuestionError
from strategies.registry import read as read_strategy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plan")
    planned().write_to(out, SILENT)
    return out


def test_the_plan_holds_what_is_promised(folder: Path) -> None:
    data = json.loads((folder / "plan.json").read_text())
    assert tuple(data) == KEYS
    assert data["verdict"] == "pilot"
    assert len(data["regions"]) == 3
    assert len(data["control_regions"]) == 5
    assert 0.0 < data["false_positive_rate"] < 0.1
    assert data["thresholds"]["stop"] <= data["thresholds"]["break_even"]
    assert data["thresholds"]["break_even"] <= data["thresholds"]["go"]
    book = openpyxl.load_workbook(folder / "plan.xlsx", read_only=True)
    assert book.sheetnames == ["plan", "effect", "designs", "worlds"]


def test_a_plan_in_chinese_has_all_its_glyphs(tmp_path: Path) -> None:
    planned("zh").write_to(tmp_path, SILENT)
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    lacking = {sign for sign in page if ord(sign) >= 0x2E80 and ord(sign) not in font.covered()}
    assert not lacking
    assert 'lang="zh-Hans"' in page


def test_the_export_is_what_geo_experiment_tools_read(folder: Path) -> None:
    table = pd.read_csv(folder / "geo_export.csv", parse_dates=["date"])
    assert list(table.columns) == ["date", "location", "value"]
    assert set(table.groupby("location").size()) == {12}
    groups = pd.read_csv(folder / "geo_assignment.csv")
    assert set(groups["location"]) == set(table["location"])
    assert dict(groups["group"].value_counts()) == {"control": 5, "treatment": 3}


def read(folder: Path, data: Path, launch: str = "2026-01") -> pilot_read.PilotRead:
    asked = question("pilot_read", plan=folder, data=data, launch=launch)
    return pilot_read.run(asked, Store(folder / "cells"), SILENT)


def test_the_example_is_read_as_its_truth_says(folder: Path, tmp_path: Path) -> None:
    found = read(folder, folder / "example_results.csv")
    truth = json.loads((folder / "example_truth.json").read_text())
    plan = found.registered
    planted = np.mean(truth["effect_by_month"][plan.counted[0] - 1 : plan.counted[1]])
    assert found.found.low < planted < found.found.high
    assert (found.found.decision == "go") == (truth["going_on_yuan"] > 0)
    assert not found.found.contradicted
    assert 1.0 <= found.found.effective_worlds <= 8.0
    found.write_to(tmp_path, SILENT)
    data = json.loads((tmp_path / "read.json").read_text())
    assert data["decision"] == found.found.decision
    assert (tmp_path / "read.html").read_text().count("<img") == 1


def changed(folder: Path, tmp_path: Path, factor: float, *, last_months: int = 6) -> Path:
    """The example with figures of pilot regions multiplied in the last months."""
    table = pd.read_csv(folder / "example_results.csv")
    pilots = json.loads((folder / "plan.json").read_text())["regions"]
    late = sorted(table["month"].unique())[-last_months:]
    inside = table["region"].isin(pilots) & table["month"].isin(late)
    table.loc[inside, "value"] *= factor
    path = tmp_path / "changed.csv"
    table.to_csv(path, index=False)
    return path


def test_what_no_world_predicted_is_said(folder: Path, tmp_path: Path) -> None:
    high = read(folder, changed(folder, tmp_path, 1.25)).found
    assert high.contradicted
    low = read(folder, changed(folder, tmp_path, 0.8)).found
    assert low.contradicted
    assert low.decision == "stop"
    assert not low.waves


def test_a_roll_out_reaches_every_region_once(folder: Path, tmp_path: Path) -> None:
    found = read(folder, changed(folder, tmp_path, 1.1))
    assert found.found.decision == "go"
    reached = [name for wave in found.found.waves for name in wave.regions]
    assert sorted(reached) == sorted(found.registered.control)
    months = [wave.month for wave in found.found.waves]
    assert months == sorted(months)


def test_a_pilot_of_single_customers_is_written_and_read(tmp_path: Path) -> None:
    effects = planted_effects(
        regions=8, effect=0.01, spread=0.02, yuan=2e8, yuan_spread=4e9, together=0.95,
        addressed=True,
    )  # fmt: skip
    plan = plan_for(effects, draws=200, counts=(3,), measures=("customer_bill",))
    assert plan.feasible
    labels = make_answer(np.random.default_rng(1), worlds=2, seeds=1).labels
    planned = PilotPlanned(
        question("pilot"), labels, plan, noise_of(effects, 200), None, PilotSettings()
    )
    planned.write_to(tmp_path, SILENT)
    data = json.loads((tmp_path / "plan.json").read_text())
    assert data["customers_per_group"] == 50_000
    assert data["control_regions"] == []
    assert "50,000 of our private customers drawn at random" in (tmp_path / "plan.html").read_text()
    found = read(tmp_path, tmp_path / "example_results.csv")
    truth = json.loads((tmp_path / "example_truth.json").read_text())
    first, last = found.registered.counted
    assert found.found.low < np.mean(truth["effect_by_month"][first - 1 : last]) < found.found.high
    table = pd.read_csv(tmp_path / "example_results.csv")
    groups = {name.partition(":")[2] for name in table["region"]}
    assert groups == {"offered", "held_out"}
    late = table["month"] >= "2026-01"
    table.loc[late & table["region"].str.endswith(":offered"), "value"] *= 1.2
    table.to_csv(tmp_path / "more.csv", index=False)
    more = read(tmp_path, tmp_path / "more.csv")
    assert more.found.decision == "go"
    assert sorted(r for wave in more.found.waves for r in wave.regions) == sorted(effects.regions)
    table[~table["region"].str.startswith(data["regions"][0] + ":held")].to_csv(
        tmp_path / "lacking.csv", index=False
    )
    with pytest.raises(QuestionError, match="is missing"):
        read(tmp_path, tmp_path / "lacking.csv")


def test_a_trend_before_the_launch_is_said(folder: Path, tmp_path: Path) -> None:
    table = pd.read_csv(folder / "example_results.csv")
    pilots = json.loads((folder / "plan.json").read_text())["regions"]
    order = table["month"].rank(method="dense")
    table.loc[table["region"].isin(pilots), "value"] *= 1.0 + 0.02 * order
    table.to_csv(tmp_path / "trend.csv", index=False)
    assert read(folder, tmp_path / "trend.csv").found.pre_trend_p < 0.05


def test_weights_favour_worlds_that_predicted_it() -> None:
    weights, contradicted = weigh(np.array([0.0, 0.02, 0.04]), 0.021, 0.01)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.argmax() == 1
    assert not contradicted
    assert weigh(np.array([0.0, 0.02]), 0.2, 0.01)[1]


REGIONS = ("east", "west")
GOOD = "region,month,measure,value\n" + "".join(
    f"{region},2024-{month:02d},churn,0.015\n" for region in REGIONS for month in range(1, 13)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("region,month,value\neast,2024-01,1\n", "column 'measure' is missing"),
        ("region,month,measure,value\n", "holds no rows"),
        (GOOD.replace("east,2024-03", "eats,2024-03"), "no 'eats'.*did you mean 'east'"),
        (GOOD.replace("churn", "chrun", 1), "no 'chrun'.*did you mean 'churn'"),
        (GOOD.replace("2024-05", "2024-13", 1), "line 6.*'2024-13' is not written as"),
        (GOOD.replace("0.015", "n/a", 1), "line 2.*'n/a' is no number"),
        (GOOD.replace("0.015", "-1", 1), "must be above zero"),
        (GOOD.replace("0.015", "nan", 1), "must be above zero and finite"),
        (GOOD.replace("0.015", "1e308"), "'1e308' is no figure of a region"),
        (GOOD.replace("0.015", "1e-300"), "is no figure of a region"),
        (GOOD + "east,2024-01,churn," + "9" * 140_000 + "\n", "line 26: field larger than"),
        (GOOD.replace(",", ";"), "column 'region' is missing.*and is region;month"),
        (GOOD.replace("east,2024-01,churn,0.015", "east"), "line 2: measure: there is no ''"),
        (GOOD + "east,2024-01,churn,0.02\n", "stands there twice"),
        (GOOD.replace("west,2024-07,churn,0.015\n", ""), "churn of west in 2024-07 is missing"),
        (GOOD.replace("2024-12", "2025-12"), "is missing"),
        ("".join(GOOD.splitlines(keepends=True)[:4]), "3 months; at least 12"),
    ],
)
def test_a_bad_file_gets_one_clear_message(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(QuestionError, match=said) as caught:
        read_series(path, "experiment.history", REGIONS)
    assert "\n" not in str(caught.value)


def test_results_that_do_not_fit_the_plan_are_refused(folder: Path, tmp_path: Path) -> None:
    whole = folder / "example_results.csv"
    with pytest.raises(QuestionError, match=r"ends in .* the plan reads"):
        read(folder, whole, launch="2026-05")
    with pytest.raises(QuestionError, match="at least 6 months before the launch"):
        read(folder, whole, launch="2025-02")
    table = pd.read_csv(whole)
    table["value"] *= np.where(table["month"] >= "2025-06", 2.0, 1.0)
    table.to_csv(tmp_path / "redefined.csv", index=False)
    with pytest.raises(QuestionError, match=r"moves by \+.* has its definition changed"):
        read(folder, tmp_path / "redefined.csv")
    with pytest.raises(QuestionError, match=r"plan.json is missing"):
        read(tmp_path, whole)
    with pytest.raises(QuestionError, match=r"experiment\.launch must be given"):
        pilot_read.check(question("pilot_read", plan="a", data="b"))


def test_a_verdict_without_a_pilot_cannot_be_read() -> None:
    with pytest.raises(QuestionError, match="no pilot is feasible"):
        registered({"verdict": "no_feasible_pilot", "reason": "too small"}, "plan")
    with pytest.raises(QuestionError, match="it is no plan of a pilot"):
        registered({"verdict": "pilot"}, "plan")


def test_effects_are_read_off_a_comparison_by_month_since_launch() -> None:
    table = regional_rows(regional_table(0.04), "china_unicom")
    found = effects_of(piloted_answer(), table, "bundle")
    assert found.launch == 2
    assert found.months == 10
    assert found.national["revenue_per_line"] == pytest.approx(0.04)
    assert found.national["churn"] == pytest.approx(0.0)
    assert found.share == pytest.approx([0.2, 0.2])
    assert found.gains == pytest.approx(1e7)


def test_too_few_worlds_and_an_option_that_does_nothing_are_refused() -> None:
    few = regional_rows(regional_table(0.04, worlds=3), "china_unicom")
    with pytest.raises(QuestionError, match="3 worlds: at least 5"):
        effects_of(piloted_answer(3), few, "bundle")
    silent = replace(piloted_answer(), log=piloted_answer().log.iloc[:0])
    with pytest.raises(QuestionError, match="nothing that customers see"):
        effects_of(silent, regional_rows(regional_table(0.0), "china_unicom"), "bundle")


def test_a_folder_without_an_answer_and_an_unknown_option_are_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"experiment\.answer '.*holds no answer"):
        pilot.run(question("pilot", answer=tmp_path), Store(tmp_path / "cells"), SILENT)
    with pytest.raises(QuestionError, match="did you mean 'retention'"):
        pilot.check(question("pilot", option="retenton"))


PAGE = (ROOT / "docs" / "pilot.md").read_text(encoding="utf-8")


def test_commands_on_the_page_can_be_asked() -> None:
    commands = re.findall(r"^counterplay (experiment=pilot.*)$", PAGE, flags=re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        asked = question_of(compose(command.split()))
        check_options(asked)
        (pilot_read if "pilot_read" in command else pilot).check(asked)


def test_strategies_on_the_page_can_be_played() -> None:
    lines = re.findall(r"^counterplay ('strategies=.*)$", PAGE, flags=re.MULTILINE)
    assert len(lines) == 2
    pilots: list[tuple[str, ...]] = []
    for line in lines:
        asked = question_of(compose([*shlex.split(line), "subscribers=600", "burn_in=1"]))
        market = Market(asked.market, 600, 1)
        market.run(1)
        played: Any = read_strategy(asked.strategies["pilot_then_decide"])
        market.fork({asked.focal: played}).run(2)
        pilots.append(played.pilot)
    assert pilots[0] == ("henan", "shandong")
    assert len(pilots[1]) == 4


def test_the_history_on_the_page_can_be_read(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```csv\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path / "history.csv"
    path.write_text(shown)
    with pytest.raises(QuestionError, match="2 months; at least 12"):
        read_series(path, "experiment.history", ["beijing", "shanghai"])


def test_the_page_names_every_file_that_is_written(folder: Path) -> None:
    named = set(re.findall(r"`(\w+\.(?:html|json|xlsx|csv|parquet))`", PAGE))
    assert named - {path.name for path in folder.iterdir()} == {"my_results.csv"}
