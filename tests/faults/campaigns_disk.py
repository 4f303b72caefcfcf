"""Disks that are full or broken, at every single operation and at every size."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

from harness import Counts, Ended, Lab, Study, campaign, compare
from studies import COMPARE

_CHECK_EVERY = 10
_FEWEST = 60
"""Operations on the disk that a run has at least."""
_BEGINNING = 20
"""More than the operations of any run before its first cell: they come in both kinds of run."""
_SIZES_KB = (
    4,
    8,
    16,
    24,
    32,
    48,
    64,
    80,
    96,
    112,
    128,
    160,
    192,
    224,
    256,
    320,
    384,
    448,
    512,
    640,
)


def _fails_at_operations(kind: int, step: int, which: str) -> None:
    @campaign(f"{errno.errorcode[kind]} at {which} operation on the disk")
    def disk(lab: Lab) -> Counts:
        """Operations of a run fail in turn; some of these folders are then asked again.

        Those after the last cell fail in runs that find all cells finished: no time is lost with
        simulating what is there.
        """
        study = lab.study("compare", COMPARE)
        counts, out, cells = Counts(), lab.new_folder(), lab.new_folder()
        lab.run(study.arguments, cells)
        _only_cells(cells)
        writing = _operations(lab, study, kind, out, cells)
        simulating = _operations(lab, study, kind, out, None) - writing + _BEGINNING
        turns = [(at, None) for at in range(1, simulating + 1, step)]
        turns += [(at, cells) for at in range(1, writing + 1, step)]
        for turn, (at, kept) in enumerate(turns):
            _begin(out, kept)
            failing = {"kind": kind, "at": at, "folder": str(out)}
            ended = lab.start(study.arguments, out, failing=failing).wait(lab.patience)
            counts += _one_sentence(ended, kind) + Counts(trials=1, faults=1)
            if ended.code == 0:
                counts += compare(study, out, ended)
            if turn % _CHECK_EVERY == 0:
                counts += compare(study, out, lab.run(study.arguments, out))
        if len(turns) * step < _FEWEST:
            counts.notes.append(f"only {len(turns) * step} operations: they are not seen")
            counts.wrong_without_word += 1
        return counts

    assert disk


_fails_at_operations(errno.ENOSPC, 1, "every")
_fails_at_operations(errno.EIO, 8, "every eighth")


def _operations(lab: Lab, study: Study, kind: int, out: Path, cells: Path | None) -> int:
    """How many operations a run has that nothing disturbs."""
    _begin(out, cells)
    run = lab.start(study.arguments, out, failing={"kind": kind, "at": 0, "folder": str(out)})
    run.wait(lab.patience)
    return run.operations()


def _begin(out: Path, cells: Path | None) -> None:
    """No folder, or a copy of one that holds finished cells and no answer."""
    shutil.rmtree(out, ignore_errors=True)
    if cells is not None:
        shutil.copytree(cells, out)


def _only_cells(out: Path) -> None:
    for path in out.iterdir():
        if path.name == "cells":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _one_sentence(ended: Ended, kind: int) -> Counts:
    """A run that could not go on ends with code 1 and one sentence with the system's reason."""
    counts = Counts.of_end(ended)
    said = [line for line in ended.text.splitlines() if line.startswith("counterplay: ")]
    good = ended.code == 0 or (
        ended.code == 1 and len(said) == 1 and os.strerror(kind) in ended.text
    )
    if not good:
        counts.wrong_without_word += 1
        counts.notes.append(f"exit code {ended.code}: {ended.text[-500:]}")
    return counts


@campaign("file systems of every size")
def small_disks(lab: Lab) -> Counts:
    """A file system fills up somewhere in a run; with more room the same command goes on."""
    study = lab.study("compare", COMPARE)
    counts = Counts()
    disk = lab.folder / "disk"
    disk.mkdir()
    for size in _SIZES_KB:
        if not _mount(disk, f"size={size}k"):
            return Counts(trials=1, faults=1, notes=["nobody may mount here"])
        try:
            out = disk / "o"
            ended = lab.run(study.arguments, out)
            counts += _one_sentence(ended, errno.ENOSPC)
            counts += Counts(trials=1, faults=int(ended.code != 0))
            _mount(disk, "remount,size=50m")
            counts += compare(study, out, lab.run(study.arguments, out))
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)
    return counts


def _mount(disk: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
    return not subprocess.run(command, capture_output=True, check=False).returncode
