"""The page of checks: every verdict can fail, what fails or breaks is said, commands compose."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiments.question.compose import compose, question_of
from experiments.runs.listener import SILENT
from experiments.studies.validate import evidence, theory
from experiments.studies.validate.checks import CHECKS, GROUPS
from experiments.studies.validate.page import Section, write_page
from experiments.studies.validate.result import CheckResult, CheckRow
from experiments.studies.validate.run import run_checks, run_tests
from experiments.studies.validate.validate import read_options
from sim.errors import QuestionError

SIZE = {"market": "m", "worlds": 1, "seeds": 3, "subscribers": 100, "accounts": 100, "months": 6}


def equilibrium() -> dict[str, Any]:
    nash = {"prices": [1.5, 1.5], "profits": [0.2, 0.2]}
    return SIZE | {
        "nash": nash, "prices": [1.501, 1.499], "profits": [0.201, 0.2], "price_step": 0.001,
        "largest_price_error": 0.0007, "largest_gain_from_another_price": -0.001,
        "settled": True,
    }  # fmt: skip


def q_learning() -> dict[str, Any]:
    path = [{"others_price": p, "deviator_price": p} for p in (1.8, 1.8, 1.6, 1.7, 1.8)]
    return SIZE | {
        "published": {"profit_gain_mean": 0.849, "profit_gain_sd": 0.112, "sessions": 1000},
        "profit_gain_mean": 0.85, "profit_gain_sd": 0.11, "profit_gain_standard_error": 0.0035,
        "converged_share": 1.0, "deviation": path, "deviation_unprofitable_share": 0.95,
        "sessions": 1000, "periods_mean": 2e6,
    }  # fmt: skip


def recovery() -> dict[str, Any]:
    case = {
        "model": "conditional logit", "intervals": 100, "chance_allows": [90, 99], "covered": 95,
        "worst_z": 2.5, "model_is_wrong_on_purpose": False, "parameters": {},
    }  # fmt: skip
    wrong = case | {"covered": 30, "model_is_wrong_on_purpose": True}
    return SIZE | {"estimator": "xlogit", "cases": {"right": case, "wrong": wrong}}


def twin_check() -> dict[str, Any]:
    exact = {"kind": "identity", "known": 5.0, "reported": 5.0, "largest_difference": 0.0}
    mean = {"kind": "in the mean", "known": 5.0, "reported": 5.2, "low": -1.0, "high": 1.4}
    agrees = {"agrees": True}
    return SIZE | {
        "unit": "lines",
        "cases": {"a case": {"saved": exact | agrees, "holdout": mean | agrees}},
    }


def sbc() -> dict[str, Any]:
    parameter = {
        "coverage_50": 0.52, "coverage_50_error": 0.05, "coverage_90": 0.88,
        "coverage_90_error": 0.03, "chi_square_p": 0.4, "ecdf_p": 0.5, "contraction": 0.4,
        "correlation": 0.9,
    }  # fmt: skip
    return SIZE | {
        "parameters": {"behaviour.x": parameter}, "replicates": 100, "simulations": 9000,
        "months_before": 6, "months_after": 12, "particles": 150,
    }  # fmt: skip


def elasticities() -> dict[str, Any]:
    row = {
        "figure": "plan", "first_month": -0.1, "long_run": -2.5, "low": -2.6, "high": -2.4,
        "published": "France", "published_low": -3.9, "published_high": -2.3, "inside": True,
    }  # fmt: skip
    return SIZE | {"literature": [row]}


def fighting_brands() -> dict[str, Any]:
    return SIZE | {
        "claims": [{"claim": "c", "source": "S", "figure": "1 bn", "verdict": "PASS"}],
    }


def facts() -> dict[str, Any]:
    fact = {
        "name": "f", "claim": "c", "unit": "u", "criterion": "above 0", "source": "S",
        "published": "1", "model": {"mean": 1.0, "low": 0.9, "high": 1.1}, "verdict": "PASS",
    }  # fmt: skip
    return SIZE | {"facts": [fact]}


def backtest() -> dict[str, Any]:
    metric = {
        "metric": "subscribers", "scope": "national", "n": 10, "coverage90": 0.9, "n_common": 8,
        "mae_common": 1.0, "mae_no_change": 2.0, "mae_trend": 1.5,
    }  # fmt: skip
    return SIZE | {
        "by_metric": [metric],
        "behind": {"members": 24, "seeds": 1, "runs": 24, "accounts": 20000},
        "months": ["2011-01", "2014-12"],
        "event": {"month": "2012-01", "label": "e"},
        "ensemble": {
            "members": 24, "failed": [], "left_out_for_misfit": 0, "misfit_median": 0.02,
            "largest_misfit_allowed": 0.15,
        },
        "overall_verified": {"n": 10, "inside90": 9},
    }  # fmt: skip


def cases() -> dict[str, Any]:
    return {"cases": [{"name": "shares[1]", "outcome": "passed"}]}


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(summary: dict[str, Any]) -> None:
        at: Any = summary
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


Tell = Callable[[dict[str, Any]], CheckResult]


@pytest.mark.parametrize(
    ("read_result", "good", "spoilt"),
    [
        (theory.tests, cases, put("cases", 0, "outcome", value="failure")),
        (theory.tests, cases, put("cases", 0, "outcome", value="skipped")),
        (theory.equilibrium, equilibrium, put("largest_price_error", value=0.011)),
        (theory.equilibrium, equilibrium, put("profits", value=[0.25, 0.2])),
        (theory.q_learning, q_learning, put("profit_gain_mean", value=0.80)),
        (theory.q_learning, q_learning, put("profit_gain_sd", value=0.05)),
        (theory.q_learning, q_learning, put("converged_share", value=0.9)),
        (theory.q_learning, q_learning, put("deviation", 2, "others_price", value=1.8)),
        (theory.q_learning, q_learning, put("deviation", -1, "others_price", value=1.6)),
        (theory.q_learning, q_learning, put("deviation_unprofitable_share", value=0.5)),
        (theory.recovery, recovery, put("cases", "right", "covered", value=80)),
        (theory.recovery, recovery, put("cases", "right", "covered", value=100)),
        (theory.recovery, recovery, put("cases", "wrong", "covered", value=95)),
        (theory.twin_check, twin_check, put("cases", "a case", "saved", "agrees", value=False)),
        (theory.twin_check, twin_check, put("cases", "a case", "holdout", "agrees", value=False)),
        (theory.sbc, sbc, put("parameters", "behaviour.x", "coverage_90", value=0.7)),
        (theory.sbc, sbc, put("parameters", "behaviour.x", "coverage_50", value=0.7)),
        (theory.sbc, sbc, put("parameters", "behaviour.x", "ecdf_p", value=0.001)),
        (evidence.elasticities, elasticities, put("literature", 0, "inside", value=False)),
        (evidence.fighting_brands, fighting_brands, put("claims", 0, "verdict", value="FAIL")),
        (evidence.facts, facts, put("facts", 0, "verdict", value="FAIL")),
        (evidence.backtest, backtest, put("by_metric", 0, "mae_common", value=1.6)),
        (evidence.backtest, backtest, put("by_metric", 0, "mae_trend", value=0.9)),
        (evidence.backtest, backtest, put("by_metric", 0, "coverage90", value=0.5)),
    ],
)
def test_every_verdict_can_fail(
    read_result: Tell, good: Callable[[], dict[str, Any]], spoilt: Callable[[dict[str, Any]], None]
) -> None:
    summary = good()
    told = read_result(copy.deepcopy(summary))
    assert "holds" in {row.verdict for row in told.rows}
    assert "fails" not in {row.verdict for row in told.rows}
    assert told.behind, "how many runs stand behind it"
    spoilt(summary)
    assert "fails" in {row.verdict for row in read_result(summary).rows}


def test_a_bias_that_is_shown_on_purpose_is_no_failure() -> None:
    summary = twin_check()
    summary["cases"]["a case"]["holdout"] |= {"kind": "naive", "agrees": False}
    assert {row.verdict for row in theory.twin_check(summary).rows} == {"holds", "shown"}


def section(folder: Path, name: str, *rows: CheckRow, error: str = "") -> Section:
    told = None if error else CheckResult(list(rows), "two runs", pictures=["a.png", "missing.png"])
    return Section(name, f"About {name}", ("experiment=facts",), folder, told, error)


def test_what_fails_stands_first_and_what_broke_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    page = tmp_path / "docs" / "validation.md"
    page.parent.mkdir()
    bad, good = CheckRow("a | claim", "1", "2", "fails"), CheckRow("another", "1", "1", "holds")
    sections = [
        section(tmp_path, "one", good, bad),
        section(tmp_path, "two", error="exit code 1: no such market"),
    ]
    write_page(sections, [("1. All", ("one", "two"))], page)
    text = page.read_text(encoding="utf-8")
    top, _, rest = text.partition("## 1. All")
    assert "**1 hold, 1 fail, 0 are shown without a mark.** Could not be run: two." in top
    assert "- a | claim: expected 1, measured 2" in top
    assert "| a \\| claim | 1 | 2 | **fails** |" in rest
    assert "**Could not be run:** exit code 1: no such market" in rest
    assert "counterplay experiment=facts" in rest
    assert "two runs" in rest
    assert "missing.png" not in rest
    copied = page.parent / "images" / "validation" / "one_a.png"
    assert copied.read_bytes() == b"picture"
    assert f"(images/validation/{copied.name})" in rest


def test_a_failing_test_is_a_failing_line(tmp_path: Path) -> None:
    file = tmp_path / "test_two.py"
    file.write_text("def test_good():\n    pass\n\n\ndef test_bad():\n    assert False\n")
    assert run_tests((str(file),), tmp_path / "out") == ""
    told = theory.tests(json.loads((tmp_path / "out" / "summary.json").read_text("utf-8")))
    assert {row.claim: row.verdict for row in told.rows} == {"good": "holds", "bad": "fails"}


def test_a_check_that_breaks_is_recorded_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.studies.validate import run

    def pretend(arguments: tuple[str, ...], folder: Path, *_: Any) -> str:
        folder.mkdir(parents=True)
        if arguments[0].startswith("tests/"):
            return "exit code 1: broken"
        (folder / "summary.json").write_text("{}" if "recovery" in folder.name else "not json")
        return ""

    monkeypatch.setattr(run, "_run", pretend)
    some = [c for c in CHECKS if c.name in ("closed_forms", "recovery", "facts")]
    found = run_checks(some, tmp_path, 1, SILENT, small=False, resume=False)
    assert [one.told for one in found] == [None] * 3
    assert "broken" in found[0].error
    assert all("cannot be read" in one.error for one in found[1:])


def test_every_check_stands_once_on_the_page_and_its_command_composes(tmp_path: Path) -> None:
    assert sorted(name for _, names in GROUPS for name in names) == sorted(c.name for c in CHECKS)
    for check in CHECKS:
        if check.arguments[0].startswith("tests/"):
            assert all(Path(__file__).with_name(Path(f).name).is_file() for f in check.arguments)
        else:
            for more in ((), check.small):
                question_of(compose([*check.arguments, *more]), tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("experiment.only=[factss]", "did you mean 'facts'?"),
        ("experiment.small=true experiment.page=x.md", "its figures mean nothing"),
        ("+experiment.big=true", "experiment.big"),
    ],
)
def test_bad_options_are_named(options: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(QuestionError) as refused:
        read_options(question_of(compose(["experiment=validate", *options.split()]), tmp_path))
    assert said in str(refused.value)
