"""`import counterplay`: the command line's questions and answers, with nothing written or said."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import counterplay as cp
from experiments import paths
from experiments.question.ask import Asking
from experiments.question.compose import compose, question_of
from experiments.question.play import Play
from experiments.runs.fingerprint import asked_of, plain
from strategies.price_cut import PriceCutSettings

SMALL: dict[str, Any] = {
    "market": "duopoly", "subscribers": 300, "months": 3, "burn_in": 1, "worlds": 1, "seeds": 1,
    "jobs": 1,
}  # fmt: skip
TYPED = [f"{name}={value}" for name, value in SMALL.items()]


class Undercut:
    """Ask a tenth less for every plan. Takes notes."""

    def __init__(self) -> None:
        self.months: list[int] = []

    def act(self, view: cp.OperatorView) -> list[cp.Action]:
        self.months.append(view.month)
        assert self.months == list(range(view.month + 1)), "played in more than one market"
        if view.month:
            return []
        return [cp.Reprice(o.name, round(90 * o.offer.price_yuan)) for o in view.offers]


def undercut() -> Undercut:
    return Undercut()


# The same question as on the command line ---------------------------------------------------------

ASKED = [
    ({}, []),
    ({"strategies": ["match_price", "retention"]}, ["strategies=[match_price,retention]"]),
    (
        {"rivals": {"north": cp.price_cut(depth=0.2)}},
        ["rival@rivals.north=price_cut", "rivals.north.depth=0.2"],
    ),
    (
        {"rivals": {"north": "match"}, "focal": "south", "unknowns": "literature"},
        ["rival@rivals.north=match", "focal=south", "unknowns=literature"],
    ),
    (
        {"settings": {"market.behaviour.transparency": 0.9, "detail": "full"}},
        ["market.behaviour.transparency=0.9", "detail=full"],
    ),
    (
        {
            "unknowns": {
                "behaviour.plan_hassle_yuan": {"low": 0.5, "high": 2.0, "scale": "factor"}
            },
            "settings": {"market.behaviour.plan_hassle_yuan": 3.0},
        },
        [
            "~unknowns.ranges",
            "+unknowns.ranges={behaviour.plan_hassle_yuan: {low: 0.5, high: 2.0, scale: factor}}",
            "market.behaviour.plan_hassle_yuan=3.0",
        ],
    ),
    (
        {"strategies": [cp.bundle_benefits(extra_gb=3.0)]},
        ["strategies=[bundle_benefits]", "strategy.bundle_benefits.extra_gb=3.0"],
    ),
]


@pytest.mark.parametrize(("said", "typed"), ASKED, ids=lambda x: str(x)[:40])
def test_python_asks_what_the_command_line_asks(
    said: dict[str, Any], typed: list[str], tmp_path: Path
) -> None:
    numbers = {name: value for name, value in SMALL.items() if name != "market"} | {"worlds": 2}
    numbers |= {name: said[name] for name in ("focal",) if name in said}
    rest = {name: value for name, value in said.items() if name not in numbers}
    asked = Asking("compare", "duopoly", **rest, numbers=numbers)
    ours = asked.resolve(tmp_path, resume=True).question
    theirs = question_of(compose([*TYPED, "worlds=2", *typed]), tmp_path)
    assert plain(asked_of(ours)) == plain(asked_of(theirs))
    assert {value.path for value in ours.fixed} == {value.path for value in theirs.fixed}
    assert json.loads(json.dumps(plain(ours.resolved))) == json.loads(
        json.dumps(plain(theirs.resolved))
    )


BOTH: dict[str, cp.Playable] = {"south": "match_price", "north": "match"}


def test_an_arm_is_a_profile_of_operators(tmp_path: Path) -> None:
    asking = Asking("compare", "duopoly", arms={"both match": BOTH})
    question = asking.resolve(tmp_path, resume=True).question
    assert list(question.strategies) == ["hold", "both match"]
    assert question.strategies["both match"]["kind"] == "match_price"
    assert question.profiles["both match"]["north"]["reaction"] == "match"


# Answers ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found() -> Any:
    return cp.compare(**SMALL, strategies=["match_price"])


def test_a_result_is_frames_and_named_objects(found: Any) -> None:
    assert set(found.kpis["arm"]) == {"hold", "match_price"}
    assert set(found.paired["arm"]) == {"match_price"}
    assert found.recommendation.featured in {"hold", "match_price"}
    assert found.tables.monthly["month"].max() == SMALL["months"] - 1


def test_what_is_written_is_what_the_command_line_writes(found: Any, tmp_path: Path) -> None:
    from rich.console import Console

    from experiments.answering import run_and_write

    ours = cp.write(found, tmp_path / "ours")
    typed = compose([*TYPED, "strategies=[match_price]"])
    run_and_write(question_of(typed, tmp_path / "theirs"), Console(quiet=True))
    names = {p.relative_to(ours) for p in ours.rglob("*") if p.is_file()}
    there = {p.relative_to(tmp_path / "theirs") for p in (tmp_path / "theirs").rglob("*.p*")}
    assert names >= {p for p in there if p.parts[0] != "cells"}
    for name in names - {Path("manifest.json"), Path("status.json")}:
        assert (ours / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes(), name


def test_a_store_keeps_what_is_finished_and_another_call_takes_it_over(tmp_path: Path) -> None:
    first = cp.compare(**SMALL, strategies=["retention"], store=tmp_path)
    told: list[cp.Progress] = []
    again = cp.compare(**SMALL, strategies=["retention"], store=tmp_path, progress=told.append)
    assert not [str(line) for line in told if line.jobs], "nothing is worked out again"
    pd.testing.assert_frame_equal(first.kpis, again.kpis)
    assert {path.name for path in tmp_path.iterdir()} == {"cells"}


def test_an_error_of_the_callback_ends_the_run_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def enough(told: cp.Progress) -> None:
        if told.share > 0:
            raise InterruptedError(str(told))

    with pytest.raises(InterruptedError, match=r"\d+ of \d+, \d+ %"):
        cp.compare(**SMALL, strategies=["match_price"], progress=enough)
    assert not list(tmp_path.iterdir())


def test_strategies_of_ones_own_are_played_afresh_in_every_market() -> None:
    settings = PriceCutSettings(depth=0.1)
    own = {"object": Undercut(), "class": Undercut, "made": undercut, "set": settings}
    result = cp.compare(**SMALL | {"seeds": 2, "jobs": 2}, strategies=own)  # type: ignore[arg-type]
    assert not result.failures
    npv = result.paired[result.paired["kpi"] == "npv_yuan"].set_index("arm")["mean"]
    assert npv["object"] == npv["class"] == npv["made"] != 0.0
    assert npv["set"] not in {0.0, npv["object"]}


def test_what_ones_own_played_is_kept_in_no_store(tmp_path: Path) -> None:
    with pytest.raises(cp.QuestionError, match="leave store out"):
        cp.compare(**SMALL, strategies=[Undercut], store=tmp_path)
    assert not list(tmp_path.iterdir())


def test_another_study_is_run_by_name(tmp_path: Path) -> None:
    options = {"months_held": 1, "steps": [-0.25]}
    result = cp.run("equilibrium", market="textbook", subscribers=500, months=10, seeds=1, jobs=1,
                    options=options)  # fmt: skip
    assert result.summary["seeds"] == 1  # type: ignore[attr-defined]
    assert set(result.tables) == {"prices", "deviations"}  # type: ignore[attr-defined]
    written = {path.name for path in cp.write(result, tmp_path).iterdir()}
    assert {"summary.json", "prices.parquet", "equilibrium.png", "manifest.json"} <= written


# Mistakes -----------------------------------------------------------------------------------------


def ask(**said: Any) -> object:
    return cp.compare(**SMALL | said)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (lambda: cp.price_cut(dept=0.3), "did you mean 'depth'"),
        (lambda: cp.price_cut(depth=3), "depth = 3"),
        (lambda: cp.play("mach"), "did you mean 'match'"),
        (lambda: cp.market("duopolly"), "did you mean 'duopoly'"),
        (lambda: cp.run("compar"), "did you mean 'compare'"),
        (lambda: cp.run("facts", month=3), "did you mean 'months'"),
        (lambda: ask(strategies=["match"], rivals={"nort": "hold"}), "did you mean 'north'"),
        (lambda: ask(strategies="match_price"), "must be a list"),
        (lambda: ask(strategies=["hold"]), "nothing to compare with"),
        (lambda: ask(strategies=[3]), "3 is no strategy"),
        (lambda: ask(strategies=[{"depth": 0.3}]), "needs 'kind'"),
        (lambda: ask(strategies=["retention", "retention"]), "named twice"),
        (lambda: ask(settings={"market.behavior.transparency": 1}), "did you mean 'market.behav"),
        (lambda: ask(settings={"mnths": 1}), "did you mean 'months'"),
        (lambda: ask(months=0), "months = 0"),
        (lambda: ask(market=cp.market("france_2012")), "give its name"),
        (lambda: ask(unknowns="literatur"), "did you mean 'literature'"),
    ],
)
def test_a_mistake_is_one_sentence(mistake: Any, said: str) -> None:
    with pytest.raises(cp.QuestionError) as error:
        mistake()
    assert said in str(error.value)
    assert isinstance(error.value, cp.CounterplayError)


def test_every_kind_is_a_function_that_says_what_it_takes() -> None:
    assert {"price_cut", "match_price", "growth_points", "compare"} <= set(dir(cp))
    assert "depth: number" in str(cp.price_cut.__doc__)
    assert repr(cp.match_price(follow=0.5)) == "match_price(follow=0.5)"
    assert isinstance(cp.hold(), Play)
    with pytest.raises(AttributeError, match="did you mean 'price_cut'"):
        cp.price_cat()


def test_a_market_of_ones_own_keeps_the_rivals_of_its_name(tmp_path: Path) -> None:
    mine = cp.market("duopoly").model_copy(update={"churn_monthly": 0.02})
    asked = Asking("compare", mine).resolve(tmp_path, resume=True).question
    assert asked.market.churn_monthly == 0.02
    assert [value.path for value in asked.fixed] == ["market.churn_monthly"]
    assert asked.rivals["north"]["kind"] == "price_cut"
    other = mine.model_copy(update={"name": "other"})
    with pytest.raises(cp.QuestionError, match="write focal="):
        Asking("compare", other).resolve(tmp_path, resume=True)


# Another process ----------------------------------------------------------------------------------

ALONE = """
import signal, sys, threading
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("hydra", "omegaconf", "antlr4"):
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, Blocked())
before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
import counterplay as cp
found = []
def ask(jobs):
    result = cp.compare(market="duopoly", subscribers=300, months=2, burn_in=1, worlds=1, seeds=2,
                        jobs=jobs, strategies=["match_price"])
    result.figures.share()
    found.append(result.kpis)
ask(1)
for _ in range(2):
    thread = threading.Thread(target=ask, args=(2,))
    thread.start()
    thread.join()
assert len(found) == 3 and found[0].equals(found[1]) and found[0].equals(found[2])
assert before == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
"""


def alone(code: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False
    )


def test_without_hydra_from_threads_nothing_is_said_written_or_left(tmp_path: Path) -> None:
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    done = alone(ALONE, here, TMPDIR=str(temporary))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(here.iterdir())
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", ["agents", "sim", "experiments"])
def test_a_package_that_stands_before_ours_is_one_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    code = f"import sys; sys.path.append({str(paths.ROOT)!r}); import counterplay"
    done = alone(code, tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: counterplay: its package '{name}' is found at"), last
    assert "environment of its own" in last


def test_two_threads_at_once_are_served_one_after_the_other() -> None:
    found: list[pd.DataFrame] = []

    def ask_once() -> None:
        found.append(cp.compare(**SMALL, strategies=["match_price"]).kpis)

    threads = [threading.Thread(target=ask_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pd.testing.assert_frame_equal(found[0], found[1])
