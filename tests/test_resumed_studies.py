"""Studies that keep finished work: taken over is uninterrupted, bit for bit, by the command line.

`counterplay.testing.check_study` asks the same of every study from Python.
"""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.runs.store import Piece, Store

SLOW = pytest.mark.slow
SMALL = ("market=duopoly", "subscribers=300", "months=2", "burn_in=2")
ENSEMBLE = (
    *SMALL, "experiment.before=2", "experiment.pilot=50", "experiment.particles=20",
    "experiment.parameters=[behaviour.hassle_yuan]",
)  # fmt: skip
TEXTBOOK = (
    "market=textbook", "market.quality=[2,2]", "market.cost=[1,1]", "market.outside=0",
    "market.scale=0.25", "subscribers=500", "months=6", "experiment.months_held=2",
)  # fmt: skip
SESSIONS = (
    "experiment.prices=4", "experiment.stable_periods=500", "experiment.beta=0.001",
    "experiment.sessions=25",
)  # fmt: skip

STUDIES = (
    pytest.param("compare", (*SMALL, "worlds=2", "seeds=1", "strategies=[match_price]"), 4),
    pytest.param("q_learning", SESSIONS, 3),
    pytest.param("sbc", (*ENSEMBLE, "experiment.replicates=4"), 6),
    pytest.param("equilibrium", (*TEXTBOOK, "seeds=2"), 2),
    pytest.param("twin_check", ("subscribers=400", "seeds=2", "experiment.cases=[nothing]"), 2),
    pytest.param("ensemble", (*ENSEMBLE, "experiment.populations=3"), 4, marks=SLOW),
    pytest.param("recovery", ("subscribers=600", "seeds=2", "experiment.cases=[tastes]"), 2,
                 marks=SLOW),
    pytest.param("elasticities", ("subscribers=1000", "seeds=2", "experiment.at_months=[1]"), 2,
                 marks=SLOW),
    pytest.param("facts", ("subscribers=1000", "seeds=2", "experiment.facts=[yearly_switching]"), 2,
                 marks=SLOW),
    pytest.param("fighting_brands", ("subscribers=1000", "seeds=2", "months=3",
                                     "experiment.brand_price_shares=[0.6]"), 2, marks=SLOW),
    pytest.param("pilot", (*SMALL, "months=6", "worlds=5", "seeds=1", "strategies=[match_price]",
                           "experiment.pilots=100"), 10, marks=SLOW),
    pytest.param("calibrate", ("market=duopoly", "subscribers=1500", "months=6"), 7, marks=SLOW),
)  # fmt: skip


def ask(kind: str, overrides: tuple[str, ...], out: Path) -> Question:
    composed = compose([f"experiment={kind}", "jobs=1", *overrides])
    return replace(question_of(composed), out=out)


def run(asked: Question) -> None:
    run_and_write(asked, Console(file=io.StringIO(), width=120))


def files_in(out: Path) -> dict[str, bytes]:
    """The whole folder but what tells of the run itself."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "status.json")
    }


@pytest.mark.parametrize(("kind", "overrides", "pieces"), STUDIES)
def test_interrupted_and_taken_over_is_uninterrupted(
    kind: str,
    overrides: tuple[str, ...],
    pieces: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, resumed = (ask(kind, overrides, tmp_path / name) for name in ("whole", "resumed"))
    run(whole)
    kept = sorted((whole.out / "cells").iterdir())
    assert len(kept) == pieces
    (resumed.out / "cells").mkdir(parents=True)
    there = [path for path in kept if path != kept[-1]]
    for path in there:
        shutil.copy(path, resumed.out / "cells")
    saved: list[str] = []
    honest = Store.save

    def save(self: Store, name: str, piece: Piece) -> None:
        saved.append(name)
        honest(self, name, piece)

    monkeypatch.setattr(Store, "save", save)
    run(resumed)
    assert saved == [kept[-1].name.removesuffix(".piece")], "only what was missing"
    assert files_in(resumed.out) == files_in(whole.out)


@SLOW
@pytest.mark.parametrize(("kind", "overrides", "pieces"), STUDIES)
def test_two_processes_are_one(
    kind: str, overrides: tuple[str, ...], pieces: int, tmp_path: Path
) -> None:
    one, two = (ask(kind, overrides, tmp_path / name) for name in ("one", "two"))
    run(one)
    run(replace(two, jobs=2))
    assert files_in(two.out) == files_in(one.out)
    assert len(list((two.out / "cells").iterdir())) == pieces
