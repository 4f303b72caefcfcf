"""Finished pieces: whole or not at all, exactly as they were, and never taken for another's."""

import io
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from experiments import paths
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.runs import fingerprint
from experiments.runs.display import OnConsole
from experiments.runs.files import aside, clear_leftovers, write_atomically
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from sim.errors import QuestionError

NAME = "world-000-seed-001." + "0f" * 10
OTHER = "world-001-seed-001." + "0f" * 10


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cells")


def quiet_console() -> OnConsole:
    return OnConsole(Console(file=io.StringIO(), width=200))


def said_on(listener: OnConsole) -> str:
    assert isinstance(listener.console.file, io.StringIO)
    return listener.console.file.getvalue()


def some_piece(number: int = 0) -> Piece:
    table = pd.DataFrame(
        {
            "arm": pd.Categorical(["b", "a", "b"], categories=["c", "b", "a"]),
            "month": np.array([1, 2, 3 + number], dtype=np.int16),
            "value": [0.1, -0.0, np.nan],
            "yes": [True, False, True],
            "text": ["x", None, "中文"],
            "at": np.array(["2024-01-01", "2024-02-01", "NaT"], dtype="datetime64[ms]"),
        }
    )
    arrays = {"draws": np.arange(6, dtype=np.float32).reshape(2, 3), "none": np.empty((0, 4))}
    return Piece.of({"monthly": table, "empty": table.iloc[:0]}, arrays, {"error": "", "n": 3})


def path_of(store: Store, name: str = NAME) -> Path:
    return store.folder / f"{name}.piece"


def test_a_piece_comes_back_exactly(store):
    kept = some_piece()
    store.save(NAME, kept)
    found = store.load(NAME)
    assert found is not None
    assert found.facts == {"error": "", "n": 3}
    fresh = some_piece()
    for name in ("monthly", "empty"):
        pd.testing.assert_frame_equal(found.frame(name), fresh.frame(name), check_exact=True)
    frame = found.frame("monthly")
    assert frame.dtypes.astype(str).to_dict()["month"] == "int16"
    assert list(frame["arm"].cat.categories) == ["c", "b", "a"]
    assert np.signbit(frame["value"][1])
    assert found.array("draws").dtype == np.float32
    assert found.array("none").shape == (0, 4)
    assert store.kept() == {NAME}


def test_equal_content_is_equal_bytes(store):
    store.save(NAME, some_piece())
    first = path_of(store).read_bytes()
    store.save(NAME, some_piece())
    assert path_of(store).read_bytes() == first


@given(st.data())
def test_one_changed_bit_anywhere_is_not_finished(tmp_path_factory, data):
    store = Store(tmp_path_factory.mktemp("flips"))
    store.save(NAME, Piece.of({"t": pd.DataFrame({"a": [1]})}, facts={"x": 1}))
    content = bytearray(path_of(store).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path_of(store).write_bytes(bytes(content))
    assert store.load(NAME) is None
    assert store.distrusted == {NAME}


@given(st.data())
def test_one_cut_short_anywhere_is_not_finished(tmp_path_factory, data):
    store = Store(tmp_path_factory.mktemp("cuts"))
    store.save(NAME, Piece.of({"t": pd.DataFrame({"a": [1]})}, facts={"x": 1}))
    whole = path_of(store).read_bytes()
    path_of(store).write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert store.load(NAME) is None


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "somebody's").write_text("own")


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def more(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def another(path: Path) -> None:
    path.write_bytes(path.with_name(f"{OTHER}.piece").read_bytes())


@pytest.mark.parametrize("harm", [a_folder, a_link, a_pipe, more, another])
def test_whatever_stands_in_a_pieces_place_is_not_it_and_is_replaced(store, harm):
    store.save(NAME, some_piece())
    store.save(OTHER, some_piece(1))
    harm(path_of(store))
    assert store.load(NAME) is None
    assert store.distrusted == {NAME}
    again = Store(store.folder)
    again.save(NAME, some_piece())
    assert again.load(NAME) is not None
    assert stat.S_ISREG(path_of(store).lstat().st_mode)
    if harm is a_folder:
        assert list(store.folder.glob(".counterplay-*.aside/somebody's")), "not ours to delete"
    if harm is a_link:
        assert (store.folder / "elsewhere").read_bytes() == path_of(store).read_bytes()


def test_a_link_is_never_written_through(store, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    store.folder.mkdir()
    path_of(store).symlink_to(victim)
    store.save(NAME, some_piece())
    write_atomically(tmp_path / "out" / "x", "first")
    (tmp_path / "out" / "y").symlink_to(victim)
    write_atomically(tmp_path / "out" / "y", "second")
    assert victim.read_text() == "precious"


def test_old_and_foreign_entries_are_named_and_left_alone(store):
    store.save(NAME, some_piece())
    (store.folder / "world-000-seed-000").mkdir()
    (store.folder / "world-000-seed-000" / "done.json").write_text("{}")
    (store.folder / "notes.txt").write_text("mine")
    assert store.foreign() == ["notes.txt", "world-000-seed-000"]
    assert store.kept() == {NAME}


def test_a_folder_that_is_none_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a").write_text("")
    (tmp_path / "b").symlink_to(tmp_path)
    for name, said in (("a", "is a file"), ("b", "is a link")):
        with pytest.raises(QuestionError, match=said):
            Store(tmp_path / name).check_folder()


def test_a_failed_write_leaves_what_was_there_and_nothing_else(tmp_path):
    write_atomically(tmp_path / "x", "before")

    def interrupted() -> None:
        with aside(tmp_path / "x") as handle:
            handle.write(b"aft")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        interrupted()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_text() == "before"


def test_only_our_own_leftovers_are_cleared(tmp_path):
    for name in (".counterplay-12-3.part", ".counterplay-x.part", ".part", "a.part", ".b.12.part"):
        (tmp_path / name).write_text("")
    assert clear_leftovers(tmp_path) == 1
    assert not (tmp_path / ".counterplay-12-3.part").exists()
    assert len(list(tmp_path.iterdir())) == 4


def question(**changes: Any) -> Question:
    composed = compose(["market=duopoly", "jobs=1", "subscribers=500", "worlds=2", "seeds=1"])
    return replace(question_of(composed), **changes)


def number_piece(number: int) -> Piece:
    CALLED.append(number)
    return Piece.of(facts={"number": number})


CALLED: list[int] = []


@pytest.fixture
def tasks() -> Iterator[list[Task]]:
    CALLED.clear()
    names = fingerprint.Names(number_piece, {})
    yield [Task(names.of(f"n-{i}"), number_piece, (i,)) for i in range(4)]
    CALLED.clear()


def numbers(store: Store, tasks: list[Task], console: Any, **changes: Any) -> list[int]:
    asked = question(**changes)
    return gather(asked, store, tasks, "Numbers", lambda piece: piece.facts["number"], console)


def test_only_what_is_missing_or_damaged_is_run_and_it_is_said(store, tasks):
    console = quiet_console()
    assert numbers(store, tasks, console) == [0, 1, 2, 3]
    path_of(store, tasks[1].name).write_bytes(b"")
    path_of(store, tasks[2].name).unlink()
    CALLED.clear()
    assert numbers(store, tasks, console) == [0, 1, 2, 3]
    assert CALLED == [1, 2]
    assert "1 finished part is damaged or foreign, and worked out again." in said_on(console)
    CALLED.clear()
    assert numbers(store, tasks, console, resume=False) == [0, 1, 2, 3]
    assert CALLED == [0, 1, 2, 3]


def test_a_piece_that_vanishes_while_it_is_read_is_run_again(store, tasks):
    gone: list[str] = []

    def read(piece: Piece) -> int:
        if not gone:
            gone.append(tasks[3].name)
            path_of(store, gone[0]).unlink()
        return piece.facts["number"]

    found = gather(question(), store, tasks, "Numbers", read, quiet_console())
    assert found == [0, 1, 2, 3]
    assert sorted(CALLED) == [0, 1, 2, 3, 3]


def test_pieces_that_keep_vanishing_are_one_sentence_and_no_answer(store, tasks):
    def read(piece: Piece) -> int:
        path_of(store, tasks[3].name).unlink(missing_ok=True)
        return piece.facts["number"]

    with pytest.raises(QuestionError, match="vanish from"):
        gather(question(), store, tasks, "Numbers", read, quiet_console())


def test_a_piece_its_reader_cannot_use_is_run_again(store, tasks):
    store.save(tasks[0].name, Piece.of(facts={"odd": 1}))
    assert numbers(store, tasks, quiet_console()) == [0, 1, 2, 3]


def test_the_order_is_the_tasks_whatever_finishes_first(store, tasks):
    def backwards(asked: Question, jobs: list[Any], *_: Any) -> list[Any]:
        return [function(*given, **more) for function, given, more in reversed(jobs)]

    found = gather(
        question(), store, tasks, "", lambda p: p.facts["number"], quiet_console(), backwards
    )
    assert found == [0, 1, 2, 3]


# What decides a name.


@pytest.fixture
def copied(tmp_path, monkeypatch) -> Iterator[Callable[[str], None]]:
    """The project's own code in a folder where it can be changed."""
    import shutil

    for floor in fingerprint.FLOORS:
        shutil.copytree(
            paths.ROOT / floor, tmp_path / floor, ignore=shutil.ignore_patterns("__pycache__")
        )
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    cached = (
        fingerprint.code_of, fingerprint.sources_of, fingerprint._imports, fingerprint._files,
    )  # fmt: skip

    def change(name: str) -> None:
        path = tmp_path / name
        path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        for function in cached:
            function.cache_clear()

    for function in cached:
        function.cache_clear()
    yield change
    for function in cached:
        function.cache_clear()


DECISIVE = (
    "sim/draws.py",
    "agents/market.py",
    "agents/behaviour/steps.py",
    "strategies/match_price.py",
    "strategies/registry.py",
    "experiments/question/targets.py",
    "experiments/question/question.py",
    "experiments/runs/worlds.py",
    "experiments/runs/calibration.py",
    "experiments/measures/kpis.py",
)
TOLD = ("experiments/report/memo.py", "experiments/report/templates/memo.html.j2",
        "experiments/analysis/recommendation.py", "experiments/cli.py",
        "experiments/studies/compare.py")  # fmt: skip


def test_a_cell_is_renamed_by_all_code_that_decides_it_and_by_no_report(copied):
    def code() -> str:
        return fingerprint.code_of("experiments.runs.cells", "experiments.runs.store")

    before = code()
    for name in TOLD:
        copied(name)
        assert code() == before, name
    seen = {before}
    for name in DECISIVE:
        copied(name)
        assert code() not in seen, name
        seen.add(code())


def test_every_module_a_cell_really_imports_is_among_its_sources():
    import subprocess
    import sys

    program = (
        "import sys, experiments.runs.cells, strategies.registry as r; r.read({'kind': 'hold'}); "
        "print([m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=paths.ROOT, capture_output=True, text=True, check=True
    )
    loaded = {Path(name) for name in json.loads(done.stdout.replace("'", '"'))}
    ours = {p for p in loaded if p.is_relative_to(paths.ROOT) and ".venv" not in p.parts}
    sources = set(fingerprint.sources_of("experiments.runs.cells"))
    assert ours
    assert ours <= sources, sorted(ours - sources)


def test_the_answer_is_renamed_by_its_report(copied):
    before = fingerprint.code_of("experiments.studies.compare")
    copied("experiments/report/templates/memo.html.j2")
    assert fingerprint.code_of("experiments.studies.compare") != before


@pytest.mark.parametrize(
    "changes",
    [
        {"months": 9}, {"seed": 2}, {"subscribers": 501}, {"detail": "full"}, {"focal": "north"},
        {"burn_in": 3}, {"ranges": ()}, {"options": {"x": 1}}, {"strategies": {}},
    ],
)  # fmt: skip
def test_another_question_has_other_names(changes):
    asked = [fingerprint.asked_of(question(**c)) for c in ({}, changes)]
    names = {fingerprint.Names(number_piece, a).of("cell") for a in asked}
    assert len(names) == 2


@pytest.mark.parametrize(
    "changes", [{"jobs": 7}, {"out": Path("there")}, {"resume": False}, {"seeds": 9}, {"worlds": 3}]
)
def test_how_a_question_is_answered_changes_no_name(changes):
    asked = [fingerprint.asked_of(question(**c)) for c in ({}, changes)]
    names = {fingerprint.Names(number_piece, a).of("cell") for a in asked}
    assert len(names) == 1


def test_libraries_and_what_they_need_are_in_a_name():
    found = fingerprint.libraries_of("experiments.runs.cells", "experiments.runs.store")
    for name in ("numpy", "numba", "llvmlite", "scipy", "pandas", "pyarrow", "mesa", "python"):
        assert f"{name} " in found
    assert "matplotlib" not in found


def test_what_has_no_content_cannot_name_a_piece():
    with pytest.raises(TypeError, match="object cannot decide"):
        fingerprint.Names(number_piece, {"x": object()})
