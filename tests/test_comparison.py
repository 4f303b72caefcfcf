"""The result object: the same findings as every other reader sees, and no file unasked."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from answers import ARMS, make_answer
from matplotlib.figure import Figure

from experiments.analysis.summary import summarise
from experiments.measures.indicators import KPIS
from experiments.report.comparison import ComparisonResult
from experiments.report.memo import render_memo


@pytest.fixture(scope="module")
def result() -> ComparisonResult:
    return ComparisonResult(summarise(make_answer(np.random.default_rng(1), worlds=3)))


def test_frames_hold_every_arm_and_kpi_of_the_summary(result: ComparisonResult) -> None:
    assert len(result.kpis) == len(ARMS) * len(KPIS)
    assert set(result.paired["arm"]) == set(ARMS) - {"hold"}

    def mean(table: pd.DataFrame, arm: str, kpi: str) -> float:
        return float(table[(table["arm"] == arm) & (table["kpi"] == kpi)]["mean"].item())

    npv = result.recommendation.versus_hold["retention"].mean
    assert mean(result.paired, "retention", "npv_yuan") == npv
    gap = mean(result.kpis, "retention", "share") - mean(result.kpis, "hold", "share")
    assert mean(result.paired, "retention", "share") == pytest.approx(gap)


def test_nothing_is_written_until_the_memo_is_asked_for(
    result: ComparisonResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert result.failures == []
    assert isinstance(result.figures.npv(), Figure)
    assert not list(tmp_path.rglob("*"))
    page = result.memo("deep/memo.html")
    assert page.read_text(encoding="utf-8") == render_memo(result.summary)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["memo.html"]
