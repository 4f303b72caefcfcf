"""Kills, damage and meetings in one folder: what the store must survive."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from harness import Counts, Lab, Run, Study, campaign, compare, flip, pieces_in
from studies import COMPARE, NAMES, Q_LEARNING, study_of

_SIGNALS = (signal.SIGKILL, signal.SIGTERM)
_SAID = re.compile(r"(\d+) finished parts? (?:is|are) damaged or foreign")


def _kills_of(name: str) -> None:
    @campaign(f"kills of {name}")
    def kills(lab: Lab) -> Counts:
        """70 kills, five a trial: start, kill at a random moment, start …, finish and compare."""
        counts = Counts()
        study = study_of(lab, name)
        for _ in range(14):
            counts += _killed_often(lab, study, kills=5)
        return counts

    assert kills


for _name in NAMES:
    _kills_of(_name)


def _killed_often(lab: Lab, study: Study, kills: int) -> Counts:
    out = lab.new_folder()
    counts = Counts(trials=1)
    seen: frozenset[str] = frozenset()
    usual = study.seconds
    while counts.faults < kills:
        run = lab.start(study.arguments, out)
        code = _until(run, float(lab.rng.uniform(0.02, 1.0)) * usual)
        if code is None:
            run.kill(_SIGNALS[int(lab.rng.integers(2))])
        ended = run.wait(lab.patience)
        counts.faults += int(code is None)
        counts += Counts.of_end(ended)
        counts.orphans += run.orphans()
        counts.lost += len(seen - pieces_in(out))
        seen |= pieces_in(out)
        if code is not None:  # it was faster than the kill: the next one meets a new folder
            usual = min(usual, ended.seconds)
            counts += compare(study, out, ended)
            shutil.rmtree(out)
            seen = frozenset()
    counts += compare(study, out, lab.run(study.arguments, out))
    shutil.rmtree(out)
    return counts


def _until(run: Run, seconds: float) -> int | None:
    """Let a run live so long; its exit code if it ends before."""
    while time.monotonic() - run.began < seconds:
        code = run.poll()
        if code is not None:
            return code
        time.sleep(0.002)
    return None


@campaign("kills of parents and workers, two processes")
def worker_kills(lab: Lab) -> Counts:
    """24 kills of a run in interpreters of its own: of the parent, or of one of its workers."""
    study = lab.study("compare", COMPARE)
    parallel = [*study.arguments[:-1], "jobs=2"]
    lab.run(parallel, lab.new_folder(), fresh=True)  # it may compile
    usual = lab.run(parallel, lab.new_folder(), fresh=True).seconds
    counts = Counts()
    for trial in range(1, 9):
        out = lab.new_folder()
        counts.trials += 1
        while counts.faults < 3 * trial:
            run = lab.start(parallel, out, fresh=True)
            code = _until(run, float(lab.rng.uniform(0.2, 0.95)) * usual)
            if code is None:
                workers = run.children()
                victim = None
                if workers and lab.rng.random() < 0.5:
                    victim = workers[int(lab.rng.integers(len(workers)))]
                run.kill(_SIGNALS[int(lab.rng.integers(2))], victim)
                counts.faults += 1
            ended = run.wait(lab.patience)
            counts += Counts.of_end(ended)
            counts.orphans += run.orphans()
            if ended.code == 0:  # it was faster, or had lost a worker only: a new folder
                usual = min(usual, ended.seconds) if code is not None else usual
                counts += compare(study, out, ended)
                shutil.rmtree(out)
        counts += compare(study, out, lab.run(study.arguments, out))
        shutil.rmtree(out)
    return counts


@campaign("every stored file damaged or gone")
def damage(lab: Lab) -> Counts:
    """Each piece and each file of the answer cut short, flipped, emptied, replaced, deleted.

    All of a folder at once, each in another way, and once more with ways and files shifted, until
    each file has met each harm: no piece depends on another's file.
    """
    counts = Counts()
    for study in (study_of(lab, name) for name in NAMES):
        clean = lab.new_folder()
        lab.run(study.arguments, clean)
        files = [p.relative_to(clean) for p in sorted(clean.rglob("*")) if p.is_file()]
        pieces = [name for name in files if name.parts[0] == "cells"]
        answer = [name for name in files if name not in pieces]
        for shift in range(len(_HARMS)):
            ways = [_HARMS[(place + shift) % len(_HARMS)] for place in range(len(files))]
            counts += _pieces_damaged(lab, study, clean, list(zip(pieces, ways, strict=False)))
            counts += _answer_damaged(lab, study, clean, list(zip(answer, ways, strict=False)))
        shutil.rmtree(clean)
    return counts


def _cut(path: Path, lab: Lab) -> None:
    os.truncate(path, int(lab.rng.integers(1, path.stat().st_size)))


def _emptied(path: Path, lab: Lab) -> None:
    os.truncate(path, 0)


def _flipped(path: Path, lab: Lab) -> None:
    flip(path, int(lab.rng.integers(path.stat().st_size)), int(lab.rng.integers(8)))


def _flipped_head(path: Path, lab: Lab) -> None:
    flip(path, int(lab.rng.integers(min(90, path.stat().st_size))), int(lab.rng.integers(8)))


def _deleted(path: Path, lab: Lab) -> None:
    path.unlink()


def _a_folder(path: Path, lab: Lab) -> None:
    path.unlink()
    path.mkdir()
    (path / "somebody's").write_text("file")


def _a_link(path: Path, lab: Lab) -> None:
    elsewhere = lab.folder / f"elsewhere-{lab.number()}"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _foreign(path: Path, lab: Lab) -> None:
    others = [p for p in path.parent.iterdir() if p.is_file() and p != path]
    path.write_bytes(others[0].read_bytes() if others else b"PK\3\4 of somebody else")


_HARMS = (_cut, _emptied, _flipped, _flipped_head, _deleted, _a_folder, _a_link, _foreign)
Damage = list[tuple[Path, Callable[[Path, Lab], None]]]


def _pieces_damaged(lab: Lab, study: Study, clean: Path, damage: Damage) -> Counts:
    """Damaged pieces are worked out again, and the line says how many there were."""
    out = lab.new_folder()
    shutil.copytree(clean, out, symlinks=True)
    for name, harm in damage:
        harm(out / name, lab)
    (out / "summary.json").unlink()  # or nobody would need the pieces
    ended = lab.run(study.arguments, out)
    counts = Counts(trials=1, faults=len(damage)) + compare(study, out, ended)
    odd = sum(harm is not _deleted for _, harm in damage)
    said = sum(int(number) for number in _SAID.findall(ended.text))
    if ended.code == 0 and said != odd:
        counts.wrong_without_word += 1
        counts.notes.append(f"{study.name}: {odd} damaged, {said} said: {ended.text[:600]}")
    shutil.rmtree(out)
    return counts


def _answer_damaged(lab: Lab, study: Study, clean: Path, damage: Damage) -> Counts:
    """Damaged files of an answer, its manifest and its status are written again."""
    out = lab.new_folder()
    shutil.copytree(clean, out, symlinks=True)
    for name, harm in damage:
        harm(out / name, lab)
    ended = lab.run(study.arguments, out)
    counts = Counts(trials=1, faults=len(damage)) + compare(study, out, ended)
    shutil.rmtree(out)
    return counts


@campaign("cells deleted while a run lasts")
def deleted_meanwhile(lab: Lab) -> Counts:
    """Finished pieces are deleted at random moments of a run, which must do them again."""
    counts = Counts()
    study = lab.study("compare", COMPARE)
    for _ in range(8):
        out = lab.new_folder()
        run = lab.start(study.arguments, out)
        counts.trials += 1
        while run.poll() is None:
            for name in pieces_in(out):
                if lab.rng.random() < 0.05 and counts.faults < 300:
                    (out / "cells" / name).unlink(missing_ok=True)
                    counts.faults += 1
                    break
            if _until(run, time.monotonic() - run.began + 0.15) is not None:
                break
        ended = run.wait(lab.patience)
        if ended.code == 2 and "vanish" in ended.text:
            counts += Counts.of_end(ended)  # refused in one sentence: no answer, no mix
            shutil.rmtree(out)
            continue
        found = compare(study, out, ended)
        found.lost -= min(found.lost, len(study.pieces - pieces_in(out)))  # we deleted those
        counts += found
        shutil.rmtree(out)
    return counts


@campaign("two and three runs on one folder")
def together(lab: Lab) -> Counts:
    """Runs that start at once in one folder: one answers, the others say so and end."""
    counts = Counts()
    for study in (study_of(lab, name) for name in NAMES):
        for several in (2, 3, 2, 3):
            out = lab.new_folder()
            runs = []
            for _ in range(several):
                runs.append(lab.start(study.arguments, out))
                time.sleep(float(lab.rng.uniform(0.0, 0.15)))
            counts.trials += 1
            counts.faults += several - 1
            ends = [run.wait(lab.patience) for run in runs]
            done = [ended for ended in ends if ended.code == 0]
            refused = [ended for ended in ends if ended.code == 2]
            for ended in refused:
                counts += Counts.of_end(ended)
                if "another run is working in this folder" not in ended.text:
                    counts.wrong_without_word += 1
                    counts.notes.append(f"refused without the reason: {ended.text[-300:]}")
            if not done or len(done) + len(refused) != several:
                counts.lost += 1
                counts.notes.append(f"{study.name}: ended with {[e.code for e in ends]}")
            counts += compare(study, out, (done or ends)[-1])
            shutil.rmtree(out)
    return counts


@campaign("question A, B interrupted, A again")
def another_question(lab: Lab) -> Counts:
    """B is killed at a random moment in A's folder; A must then be A's, and so must B."""
    counts = Counts()
    tiny = lab.study("compare", COMPARE)
    changes = (
        ("months=4",), ("seeds=2",), ("worlds=1",), ("seed=7",), ("rivals.north.depth=0.2",),
        ("strategies=[retention,match_price]",), ("detail=full",),
    )  # fmt: skip
    pairs: list[tuple[Study, Study]] = []
    for more in changes:
        key = more[0].partition("=")[0]
        kept = [word for word in tiny.arguments if not word.startswith(f"{key}=")]
        pairs.append((tiny, lab.study(f"compare {more[0]}", [*kept, *more])))
    pairs.append((tiny, lab.study("q_learning", Q_LEARNING)))
    for a, b in pairs:
        out = lab.new_folder()
        counts.trials += 1
        counts += compare(a, out, lab.run(a.arguments, out), other_pieces=True)
        run = lab.start(b.arguments, out)
        if _until(run, float(lab.rng.uniform(0.2, 1.1)) * b.seconds) is None:
            run.kill(_SIGNALS[int(lab.rng.integers(2))])
            counts.faults += 1
            counts += Counts.of_end(run.wait(lab.patience))
        else:
            counts += compare(b, out, run.wait(lab.patience), other_pieces=True)
        counts += compare(a, out, lab.run(a.arguments, out), other_pieces=True)
        counts += compare(b, out, lab.run(b.arguments, out), other_pieces=True)
        shutil.rmtree(out)
    return counts
