"""An output folder: one run at a time, one question's files at a time, all of them or none."""

import io
import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from experiments import cli
from experiments.answering import run_and_write
from experiments.paths import ROOT
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.runs import answer_folder, locks
from experiments.runs.answer_folder import AnswerFolder
from experiments.runs.display import OnConsole
from experiments.runs.files import replace as rename
from experiments.runs.files import write_atomically
from experiments.runs.listener import SILENT
from experiments.runs.locks import LOCK, FolderInUseError
from experiments.runs.status import read_status
from experiments.studies import compare
from sim.errors import QuestionError

STUDY = "experiments.studies.compare"
HOLD_LOCK = (
    "import sys; from pathlib import Path; from experiments.runs.listener import SILENT;"
    "from experiments.runs.locks import FolderLock;"
    "FolderLock(Path(sys.argv[1]), SILENT).acquire(); print('held', flush=True);"
    "sys.stdin.read()"
)


@pytest.fixture
def asked(tmp_path: Path) -> Question:
    overrides = ["market=duopoly", "jobs=1", "subscribers=400", "worlds=1", "months=2"]
    composed = compose([*overrides, "strategies=[match_price]", "burn_in=2"])
    return replace(question_of(composed), out=tmp_path / "out")


def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def answer(asked: Question, files: dict[str, str], failures: int = 0) -> None:
    with AnswerFolder(asked, STUDY, SILENT) as folder:
        for name, text in files.items():
            (folder.new / name).parent.mkdir(exist_ok=True)
            (folder.new / name).write_text(text)
        folder.publish(failures)


def files_in(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): path.read_text()
        for path in out.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "status.json")
    }


A = {"memo": "A", "results": "A", "figures/one": "A", "figures/two": "A"}
B = {"memo": "B", "other": "B", "figures/one": "B"}


def other(asked: Question) -> Question:
    return replace(asked, months=3)


def is_answered(asked: Question) -> bool:
    with AnswerFolder(asked, STUDY, SILENT) as folder:
        return folder.is_answered()


def test_an_answer_takes_the_last_ones_place_as_a_whole(asked):
    answer(asked, A)
    assert files_in(asked.out) == A
    assert read_status(asked.out)["status"] == "done"
    answer(other(asked), B)
    assert files_in(asked.out) == B
    manifest = json.loads((asked.out / "manifest.json").read_text())
    assert set(manifest["answer"]["files"]) == set(B)
    assert manifest["fingerprint"] == read_status(asked.out)["question"]


def test_until_then_the_last_answer_stands_whole(asked):
    answer(asked, A)

    def broken() -> None:
        with AnswerFolder(other(asked), STUDY, SILENT) as folder:
            (folder.new / "memo").write_text("B")
            assert files_in(asked.out) | {"memo": "A"} == A | {
                k: v for k, v in files_in(asked.out).items() if k.startswith(".counterplay")
            }
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        broken()
    assert files_in(asked.out) == A
    assert read_status(asked.out)["status"] == "failed"
    assert is_answered(asked)
    assert not is_answered(other(asked))


@pytest.mark.parametrize("steps", range(9))
def test_killed_at_any_step_of_publishing_no_two_questions_mix(asked, monkeypatch, steps):
    answer(asked, A)
    done = 0

    class KilledError(BaseException):
        pass

    def maybe(part: Path, target: Path) -> None:
        nonlocal done
        if done == steps:
            raise KilledError
        done += 1
        rename(part, target)

    original = answer_folder.remove_folder
    with monkeypatch.context() as patched:
        patched.setattr(answer_folder, "replace", maybe)
        # A kill leaves everything as it is: nothing is tidied on the way out.
        patched.setattr(
            answer_folder.AnswerFolder, "__exit__", lambda self, *_: self._lock.release()
        )
        try:
            answer(other(asked), B)
        except KilledError:
            texts = {v for k, v in files_in(asked.out).items() if not k.startswith(".counter")}
            assert len(texts) <= 1, "files of two questions stand side by side"
    assert answer_folder.remove_folder is original
    assert is_answered(other(asked)), "the next run completes what was being published"
    assert files_in(asked.out) == B


def test_a_damaged_or_missing_file_is_no_answer(asked):
    answer(asked, A)
    assert is_answered(asked)
    for harm in (lambda p: p.write_text("a"), Path.unlink, lambda p: (p.unlink(), p.mkdir())):
        answer(asked, A)
        harm(asked.out / "memo")
        assert not is_answered(asked)
    answer(asked, A)
    assert files_in(asked.out) == A


@pytest.mark.parametrize("text", ["", "{", "[]", '{"answer": 3}', '{"answer": {"files": [1]}}'])
def test_a_manifest_that_cannot_be_read_is_none(asked, text):
    answer(asked, A)
    (asked.out / "manifest.json").write_text(text)
    assert not is_answered(asked)
    answer(asked, A)
    assert is_answered(asked)


def test_a_manifest_cannot_lead_out_of_the_folder(asked, tmp_path):
    answer(asked, A)
    for name in ("precious", "linked/precious"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    (asked.out / "link").symlink_to(tmp_path / "linked")
    manifest = json.loads((asked.out / "manifest.json").read_text())
    names = ("../precious", str(tmp_path / "precious"), "link/precious", "..", "")
    manifest["answer"]["files"] = dict.fromkeys(names, "0" * 64)
    (asked.out / "manifest.json").write_text(json.dumps(manifest))
    answer(other(asked), B)
    assert (tmp_path / "precious").read_text() == "mine"
    assert (tmp_path / "linked" / "precious").read_text() == "mine"


def test_a_link_in_the_folder_is_replaced_not_followed(asked, tmp_path):
    asked.out.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "victim").write_text("mine")
    (asked.out / "figures").symlink_to(tmp_path / "elsewhere")
    (asked.out / "memo").symlink_to(tmp_path / "victim")
    (asked.out / "status.json").symlink_to(tmp_path / "victim")
    answer(asked, A)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (tmp_path / "victim").read_text() == "mine"
    assert files_in(asked.out) == A


def test_failures_are_no_reason_to_stop_trying(asked):
    answer(asked, A, failures=1)
    assert not is_answered(asked)


def test_leftovers_of_a_crashed_run_are_cleared(asked):
    (asked.out / ".counterplay-new").mkdir(parents=True)
    (asked.out / ".counterplay-new" / "memo").write_text("half")
    (asked.out / ".counterplay-1-2.part").write_text("half")
    (asked.out / "cells").mkdir()
    (asked.out / "cells" / ".counterplay-1-3.part").write_text("half")
    (asked.out / LOCK).write_text('{"pid": 1}')
    answer(asked, A)
    assert files_in(asked.out) == A


def test_a_second_run_says_so_and_touches_nothing(asked, capfd):
    asked.out.mkdir()
    command = [sys.executable, "-c", HOLD_LOCK, str(asked.out)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FolderInUseError, match=rf"process {holder.pid}"):
            answer(asked, A)
        assert [path.name for path in asked.out.iterdir()] == [LOCK]
        overrides = ["market=duopoly", "strategies=[match_price]", "jobs=1", "months=2"]
        assert cli.run([*overrides, f"out={asked.out}"]) == cli.REFUSED
        assert [path.name for path in asked.out.iterdir()] == [LOCK]
        said = capfd.readouterr().err
        assert "another run is working in this folder" in said
        assert said.count("\n") == 1
        holder.kill()
        holder.wait()
    answer(asked, A)  # a dead process' lock holds nobody up
    assert files_in(asked.out) == A


def test_where_there_are_no_locks_it_is_said_and_done(asked, monkeypatch):
    def refuses(*_: Any) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", refuses)
    screen = console()
    with AnswerFolder(asked, STUDY, OnConsole(screen)):
        pass
    assert "knows no locks" in screen.file.getvalue()  # type: ignore[attr-defined]
    assert not (asked.out / LOCK).exists()


def test_a_folder_that_cannot_be_reserved_is_one_sentence(asked):
    (asked.out / LOCK).mkdir(parents=True)
    with pytest.raises(QuestionError, match="cannot be reserved for this run"):
        answer(asked, A)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(asked):
    asked.out.mkdir()
    asked.out.chmod(0o500)
    with pytest.raises(QuestionError, match="cannot be reserved"):
        answer(asked, A)


def test_asked_again_nothing_is_run_and_nothing_changes(asked, monkeypatch):
    run_and_write(asked, console())
    before = {p: p.read_bytes() for p in asked.out.rglob("*") if p.is_file()}
    with monkeypatch.context() as patched:
        patched.delattr(compare, "sweep")
        screen = console()
        run_and_write(asked, screen)
    assert "answered already" in screen.file.getvalue()  # type: ignore[attr-defined]
    after = {p: p.read_bytes() for p in asked.out.rglob("*") if p.is_file()}
    assert {p.name for p in before} == {p.name for p in after}
    changed = {p.name for p in before if before[p] != after[p]}
    assert changed <= {"status.json"}


def test_a_then_b_cut_off_then_a_gives_as_numbers(asked, tmp_path, monkeypatch):
    run_and_write(asked, console())
    reference = (asked.out / "results.parquet").read_bytes()
    from experiments.runs.store import Store

    saved = Store.save

    def cut_off(self: Store, name: str, piece: Any) -> None:
        if "seed" in name:
            raise KeyboardInterrupt
        saved(self, name, piece)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "save", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run_and_write(other(asked), console())
    assert (asked.out / "results.parquet").read_bytes() == reference
    (asked.out / "summary.json").unlink()
    run_and_write(asked, console())
    assert (asked.out / "results.parquet").read_bytes() == reference


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device to try it on")
def test_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    device = tmp_path / "null"
    os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    with pytest.raises(OSError, match="not replaced"):
        write_atomically(device, "text")
    assert device.is_char_device()
    assert [path.name for path in tmp_path.iterdir()] == ["null"]
