"""A whole backtest on a made-up market: what is asked, what is found, what is written and drawn."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.report import style
from experiments.studies.backtest import figures, report
from experiments.studies.backtest.dates import month_index
from experiments.studies.backtest.evaluation import Backtest, Evaluation, Move, evaluate, questions
from experiments.studies.backtest.observations import Naming, read_observations
from experiments.studies.backtest.predictions import COUNTS, Member, predict_member
from experiments.studies.backtest.report_table import console_table
from sim.errors import QuestionError

START, EVENT, LAST = month_index(2016, 1), month_index(2016, 9), month_index(2017, 8)
NAMING = Naming(
    operators={"blue": "Blue Mobile", "new": "Newcomer"},
    regions={"north": "North", "south": "South"},
    currency="EUR",
)
RUNS = 6


def truth(month: int) -> tuple[float, float]:
    """Lines of blue and of the newcomer: what 'really' happened."""
    since = max(month - EVENT + 1, 0)
    return 40.0 - 0.5 * since, 2.0 * since


def files(folder: Path) -> Path:
    lines = ["date,region,operator,metric,value,unit,source,verified"]
    for month in range(START - 6, LAST + 3):
        date = f"{month // 12}-{month % 12 + 1:02d}"
        blue, new = truth(month)
        lines.append(f"{date},,Blue Mobile,subscribers,{blue},million,X1,yes")
        lines += [
            f"{date},{region},{name},subscribers,{lines_million / 2},million,X1,derived"
            for region in ("North", "South")
            for name, lines_million in (("Blue Mobile", blue), ("Newcomer", new))
            if lines_million
        ]
        if new:
            lines.append(f"{date},,Newcomer,subscribers,{new},million,X1,yes")
    lines += [
        "2016-Q2,,Blue Mobile,arpu_month,20,EUR,X1,yes",
        "2016-Q4,,Blue Mobile,arpu_month,19,EUR,X1,no",
        "2017-Q1,,Blue Mobile,arpu_month,18,EUR,X1,yes",
        "2017-Q1,,Blue Mobile,price_index,90,points,X1,yes",
    ]
    path = folder / "figures.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(number: int) -> pd.DataFrame:
    """One simulated history: the truth, up to 5 % off."""
    off = 1.0 + 0.02 * (number - (RUNS - 1) / 2)
    rows: list[dict[str, Any]] = []
    for month in range(START, LAST + 1):
        for name, lines in zip(("blue", "new"), truth(month), strict=True):
            for region in ("north", "south"):
                own = off * lines / 2
                counts = dict.fromkeys(COUNTS, 0.01 * own) | {
                    "lines_million": own,
                    "mobile_revenue_million": 18.5 * own,
                }
                rows.append({"month": month, "region": region, "operator": name} | counts)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    observations = read_observations([files(tmp_path_factory.mktemp("data"))], NAMING)
    test = Backtest(
        name="made_up", label="Made-up market", currency="EUR", observations=observations,
        event_month=EVENT, event_label="Newcomer opens", first_month=START, last_month=LAST,
        members=3, seeds=2, accounts=1000, moves=(Move(EVENT + 3, "blue cuts its price"),),
        spotlight="new",
    )  # fmt: skip
    asked = questions(test)
    draws = [predict_member(asked, Member(run(number)), NAMING) for number in range(RUNS)]
    return evaluate(test, asked, np.column_stack(draws))


def test_figures_are_split_at_the_event_and_paths_scored_nowhere(found: Evaluation) -> None:
    assert (found.fit["end"] < EVENT).all()
    assert (found.rows["end"] >= EVENT).all()
    assert found.rows["value"].notna().all()
    assert found.paths["value"].isna().all()
    assert set(found.paths["end"]) == set(range(START, LAST + 1))
    regional = found.paths[found.paths["region"] != ""]
    assert set(regional["operator"]) == {"new"}


def test_a_good_model_is_found_good_and_late_figures_unpredicted(found: Evaluation) -> None:
    table = report.summary(found)["by_metric"]
    lines = next(r for r in table if (r["scope"], r["metric"]) == ("national", "subscribers"))
    assert lines["figures"] == 2 * (LAST + 3 - EVENT)
    assert lines["n"] == 2 * (LAST + 1 - EVENT)
    assert lines["n_common"] == LAST + 1 - EVENT, "the newcomer has no case"
    assert lines["coverage90"] == 1.0
    assert lines["skill_no_change"] > 0.5
    assert lines["mae"] == pytest.approx(0.0, abs=1e-9)


def test_errors_made_elsewhere_widen_the_bands_and_their_own_do_not(found: Evaluation) -> None:
    made = found.errors
    assert set(made["forecast"]) == {"model", "no_change", "trend"}
    assert set(made["market"]) == {"made_up"}
    asked = questions(found.backtest)
    draws = np.column_stack(
        [predict_member(asked, Member(run(number)), NAMING) for number in range(RUNS)]
    )
    own = evaluate(found.backtest, asked, draws, made)
    assert own.known == {}
    assert own.rows["high90"].equals(found.rows["high90"])
    off = made.assign(market="elsewhere", error=made["error"] + 0.3)
    wide = evaluate(found.backtest, asked, draws, off)
    there = found.rows["median"].notna()
    assert (wide.rows["high90"] > found.rows["high90"])[there].all()
    assert wide.rows["median"].equals(found.rows["median"])
    assert wide.rows["in90_alone"].equals(found.rows["in90"])
    page = report.markdown(wide, [])
    assert "1 other markets teach" in page
    json.dumps(report.summary(wide), allow_nan=False)


def test_the_summary_is_plain_and_says_what_stands_behind_it(found: Evaluation) -> None:
    summary = report.summary(found)
    json.dumps(summary, allow_nan=False)
    assert summary["behind"] == {"members": 3, "seeds": 2, "runs": 6, "accounts": 1000}
    assert summary["figures"]["not_predicted"] == [
        {"metric": "price_index", "reason": "metric has no counterpart", "rows": 1}
    ]
    grounds = {(g["metric"], g["no_change_from"]) for g in summary["naive"]}
    assert {("subscribers", "last value"), ("subscribers", "no history")} <= grounds
    assert summary["overall"]["national"]["n"] > summary["overall_verified"]["n"] > 0


def test_the_page_and_the_console_tell_errors_beside_the_naive(found: Evaluation) -> None:
    page = report.markdown(found, ["over_time_subscribers.png"])
    assert "# Made-up market: predicted against observed" in page
    assert "3 members of the ensemble × 2 seeds = 6 runs of 1,000 simulated accounts" in page
    assert "![over_time_subscribers.png](over_time_subscribers.png)" in page
    assert "| price_index | metric has no counterpart | 1 |" in page
    assert "| lines, national | million | 24 | 0.00 | 0 % |" in page
    assert "| 24 (100 %) | 24 (100 %) | 12 |" in page
    assert "nan" not in page.lower()
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(console_table(found))
    said = console.export_text()
    assert "MAPE" in said
    assert "in 50" in said
    assert "in 90" in said
    assert re.search(r"all figures +122 +– +– +98 +98 ", said)
    assert "lines, by region" in said
    assert "…" not in said, "nothing is cut off on an ordinary terminal"


def test_an_entrant_is_held_against_nobody_coming_and_nowhere_else(found: Evaluation) -> None:
    table = report.without_past(found)
    assert set(table["operator"]) == {"new"}
    row = table[(table["scope"] == "national") & (table["metric"] == "subscribers")].iloc[0]
    assert row["n"] == LAST + 1 - EVENT
    assert row["mae_zero"] == pytest.approx(np.mean([truth(m)[1] for m in range(EVENT, LAST + 1)]))
    assert row["mae"] == pytest.approx(0.0, abs=1e-9)


def test_tables_hold_every_figure_and_path(found: Evaluation) -> None:
    tables = report.tables(found)
    assert set(tables["figures"]["phase"]) == {"before", "after"}
    assert len(tables["figures"]) == len(found.rows) + len(found.fit)
    assert len(tables["paths"]) == len(found.paths)


def test_pictures_are_drawn_and_their_keys_cover_nothing(found: Evaluation) -> None:
    painted = {name: paint() for name, paint in figures.painters(found).items()}
    drawn = {name: figure for name, figure in painted.items() if figure is not None}
    assert {"over_time_subscribers", "by_region_subscribers", "over_time_arpu_month"} <= set(drawn)
    for name, figure in drawn.items():
        assert style.png(figure).startswith(b"\x89PNG"), name
        keys = [axes for axes in figure.axes if axes.get_legend() is not None]
        assert len(keys) == 1
        assert not keys[0].axison, "the key has a panel of its own"
        legend = keys[0].get_legend()
        assert legend is not None
        box = legend.get_window_extent()
        for axes in figure.axes:
            if axes.axison:
                assert not box.overlaps(axes.get_window_extent()), name
        assert box.x1 <= figure.bbox.x1 + 1, name


def test_without_a_figure_from_after_the_event_there_is_nothing_to_ask(found: Evaluation) -> None:
    late = Backtest(**{**vars(found.backtest), "event_month": LAST + 20})
    with pytest.raises(QuestionError, match="nothing to predict"):
        questions(late)


def test_draws_must_answer_the_questions(found: Evaluation) -> None:
    with pytest.raises(ValueError, match="answer"):
        evaluate(found.backtest, questions(found.backtest), np.zeros((3, 2)))
