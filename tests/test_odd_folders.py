"""Odd things in an output folder, and odd names for one: replaced, or refused in one sentence."""

import io
import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from endings import NOISE
from rich.console import Console

from experiments import cli
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.runs import answer_folder, files
from experiments.runs.answer_folder import AnswerFolder
from experiments.runs.display import OnConsole
from experiments.runs.listener import SILENT
from experiments.runs.locks import LOCK
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from sim.errors import QuestionError

STUDY = "experiments.studies.compare"
OURS = ("manifest.json", "status.json", ".counterplay-publishing.json", ".counterplay-new")
THEIRS = ("memo", "figures", "figures/one")
ANSWER = {"memo": "A", "figures/one": "A"}


@pytest.fixture(scope="module")
def duopoly() -> Question:
    return question_of(compose(["market=duopoly", "jobs=1"]))


@pytest.fixture
def asked(duopoly: Question, tmp_path: Path) -> Question:
    return replace(duopoly, out=tmp_path / "out")


def answer(asked: Question) -> None:
    with AnswerFolder(asked, STUDY, SILENT) as folder:
        if folder.is_answered():
            return
        for name, text in ANSWER.items():
            files.write_atomically(folder.new / name, text)
        folder.publish()


def found(out: Path) -> dict[str, str]:
    return {name: (out / name).read_text() for name in ANSWER}


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def an_endless_file(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def a_deep_one(path: Path) -> None:
    path.write_text('{"answer":' * 100_000)


def a_list(path: Path) -> None:
    path.write_text("[1, 2]")


def a_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # its name is limited
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


HARMS = (a_pipe, an_endless_file, a_link_to_itself, a_deep_one, a_list, a_socket)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("name", [*OURS, *THEIRS])
def test_whatever_stands_in_the_place_of_a_file_is_not_waited_for_and_goes(
    name: str, harm: Callable[[Path], None], asked: Question
) -> None:
    answer(asked)
    place = asked.out / name
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    harm(place)
    answer(asked)
    assert found(asked.out) == ANSWER
    assert json.loads((asked.out / "status.json").read_text())["status"] == "done"
    assert not list(asked.out.glob(".counterplay*"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("harm", [a_pipe, a_link_to_itself, a_socket])
def test_a_lock_that_is_no_file_is_one_sentence(
    harm: Callable[[Path], None], asked: Question
) -> None:
    asked.out.mkdir()
    harm(asked.out / LOCK)
    with pytest.raises(Exception, match="cannot be reserved for this run") as raised:
        answer(asked)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["a\0b", "\ud800", "x" * 300, "/etc/passwd", "../x", "", ".", "cells", "cells/x", "status.json",
     LOCK, "memo/below", "manifest.json"],
)  # fmt: skip
def test_a_manifest_may_name_what_it_likes(name: str, asked: Question) -> None:
    victim = asked.out.parent / "x"
    for journal in (answer_folder.MANIFEST, answer_folder._PUBLISHING):
        answer(asked)
        victim.write_text("precious")
        kept = asked.out / "cells" / "x"
        kept.write_text("kept")
        told = {"question": "x", "files": {name: "0" * 64}}
        (asked.out / journal).write_text(json.dumps({"answer": told}))
        answer(asked)
        assert found(asked.out) == ANSWER
        assert victim.read_text() == "precious"
        assert kept.read_text() == "kept"


# Pieces with a right checksum and odd content ----------------------------------------------------

NAME = "n-0." + "0f" * 10
ODD = (
    Piece.of(facts={"odd": 1}),
    Piece({"facts.json": b'{"facts": null, "categories": {}}'}, {}),
    Piece({"facts.json": b"[1]"}, {}),
    Piece({"facts.json": b"[" * 100_000}, {}),
    Piece({"facts.json": b"{"}, {}),
    Piece({}, {}),
)


def three() -> Piece:
    return Piece.of(facts={"number": 3, "failures": []})


def broken() -> Piece:
    return Piece.of(facts={})


@pytest.mark.parametrize("odd", ODD)
def test_a_piece_of_odd_content_is_not_finished(odd: Piece, asked: Question) -> None:
    console = Console(file=io.StringIO(), width=200)
    for good in (lambda _: True, lambda piece: not piece.facts["failures"]):
        store = Store(asked.out / "cells")
        store.save(NAME, odd)
        task = Task(NAME, three, ())
        read = gather(
            asked,
            store,
            [task],
            "",
            lambda piece: piece.facts["number"],
            OnConsole(console),
            good=good,
        )
        assert read == [3]
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().count("1 finished part is damaged or foreign") == 2


def test_a_piece_just_made_that_cannot_be_read_is_a_fault_of_ours(asked: Question) -> None:
    store = Store(asked.out / "cells")
    with pytest.raises(KeyError, match="number"):
        gather(
            asked, store, [Task(NAME, broken, ())], "", lambda piece: piece.facts["number"],
            SILENT,
        )  # fmt: skip


# Names -------------------------------------------------------------------------------------------

TINY = [
    "market=duopoly", "subscribers=300", "months=2", "burn_in=2", "worlds=1", "seeds=1", "jobs=1",
    "strategies=[match_price]",
]  # fmt: skip


@pytest.mark.parametrize("name", ["a:b", "s3:/x", "[/red] 50%=中文 {a} 'b'"])
def test_an_output_folder_may_have_any_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    quoted = name.replace("'", "\\'")
    assert cli.run([*TINY, f"out='{quoted}'"]) == 0
    said = capfd.readouterr()
    assert said.out.endswith(f"Memo: {name}/memo.html\n")
    assert not any(word in said.err for word in NOISE)
    assert (Path(name) / "results.parquet").is_file()


@pytest.mark.parametrize("name", ["é", "中文", "emoji😀", "[red]x", "(x)", "{a}", "a;b", "#h"])
def test_a_name_that_needs_quotes_is_told_how(name: str) -> None:
    with pytest.raises(QuestionError) as raised:
        compose([f"out={name}"])
    assert f"\"out='{name}'\"" in str(raised.value)
