"""What every campaign of faults uses: runs that can be killed, references, and what is counted.

A campaign is a function marked `@campaign("name")` that takes a `Lab` and returns `Counts`; put a
new one into any `campaigns_*.py` beside this file and it is run and shown with the others.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PIECE = re.compile(r"(?P<label>[a-z][a-z0-9_-]*)\.(?P<hash>[0-9a-f]{20})\.piece")
_MARK = "COUNTERPLAY_FAULT_TRIAL"
_QUIET = {
    "MPLBACKEND": "Agg", "COLUMNS": "200", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip
"""A process without threads of libraries can be forked."""
_GRACE_SECONDS = 3.0
_TICK_SECONDS = 0.005
_UNSAID_PER_RUN = ("status.json", "manifest.json")
"""Files of a folder that tell of the run and its place, not of the answer."""


@dataclass
class Counts:
    """What a campaign found; all but `trials` and `faults` must be zero."""

    trials: int = 0
    faults: int = 0
    lost: int = 0
    """Finished pieces or files of the answer that are gone."""
    duplicated: int = 0
    """Pieces or files beyond those of an undisturbed run."""
    different: int = 0
    """Files of the answer that are not, byte for byte, those of an undisturbed run."""
    wrong_without_word: int = 0
    """Runs that ended well with an answer that is not the undisturbed one, or hid a damage."""
    orphans: int = 0
    """Processes that outlive their run."""
    leftovers: int = 0
    """Temporary files that outlive the next run."""
    tracebacks: int = 0
    hangs: int = 0
    notes: list[str] = field(default_factory=list)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )

    @classmethod
    def of_end(cls, ended: "Ended") -> "Counts":
        """Whether a run ended in a traceback, or did not end."""
        hung = ended.code is None
        notes = (
            [f"exit code {ended.code}: {ended.text[-3000:]}"] if ended.tracebacks or hung else []
        )
        return cls(tracebacks=ended.tracebacks, hangs=int(hung), notes=notes)

    def bad(self) -> dict[str, int]:
        """What should be zero and is not."""
        harmless = ("trials", "faults", "notes")
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in harmless}
        return {name: number for name, number in found.items() if number}


CAMPAIGNS: dict[str, Callable[["Lab"], Counts]] = {}


def campaign(name: str) -> Callable[[Callable[["Lab"], Counts]], Callable[["Lab"], Counts]]:
    """Register what follows under a name."""

    def register(function: Callable[["Lab"], Counts]) -> Callable[["Lab"], Counts]:
        CAMPAIGNS[name] = function
        return function

    return register


@dataclass
class Ended:
    """One run of the command."""

    code: int | None
    """Exit code, negative for a signal; `None`: it did not end and was killed as a hang."""
    text: str
    seconds: float

    @property
    def tracebacks(self) -> int:
        return self.text.count("Traceback (most recent call last)")


class Run:
    """A run on its way. Every process it starts can be found by a mark in its environment."""

    def __init__(
        self,
        lab: "Lab",
        arguments: Sequence[str],
        out: Path,
        *,
        fresh: bool,
        failing: dict[str, Any] | None = None,
    ) -> None:
        self.lab = lab
        self.mark = f"{os.getpid()}-{lab.number()}"
        self.log = lab.folder / f"run-{self.mark}.log"
        self.log.touch()
        if not fresh:
            lab.ready()  # it may compile for a while, which is no run's fault
        self.began = time.monotonic()
        given = [*arguments, f"out={out}"]
        environment = {_MARK: self.mark, **_QUIET}
        self.code: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        if fresh:
            command = [sys.executable, "-m", "experiments", *given]
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env=os.environ | environment, start_new_session=True,
                )  # fmt: skip
            self.pid = self.process.pid
        else:
            told = {"log": str(self.log), "cwd": str(ROOT), "environment": environment}
            told["failing"] = failing
            self.pid = lab.ask(do="start", arguments=given, **told)["pid"]

    def poll(self) -> int | None:
        """The exit code if it has ended."""
        if self.code is None and self.process is not None:
            self.code = self.process.poll()
        elif self.code is None:
            self.code = self.lab.ask(do="poll", pid=self.pid)["code"]
        return self.code

    def operations(self) -> int:
        """How many operations on the disk there were, of a run that had one of them fail."""
        path = self.log.with_name(f"{self.log.name}.operations")
        return int(path.read_text()) if path.exists() else 0

    def children(self) -> list[int]:
        """Processes that carry the run's mark, itself left out."""
        return [pid for pid in marked(self.mark) if pid != self.pid]

    def wait(self, seconds: float) -> Ended:
        """Wait for its end, and kill it if it does not come."""
        code = self.poll()
        while code is None and time.monotonic() - self.began < seconds:
            time.sleep(_TICK_SECONDS)
            code = self.poll()
        if code is None:
            self.kill(signal.SIGKILL)
            while self.poll() is None:
                time.sleep(_TICK_SECONDS)
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return Ended(code, text, time.monotonic() - self.began)

    def kill(self, number: signal.Signals, pid: int | None = None) -> None:
        """Send a signal to the run's own process, or to one of its workers."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid if pid is None else pid, number)

    def orphans(self) -> int:
        """How many of its processes still live a while after its end; they are ended here."""
        deadline = time.monotonic() + _GRACE_SECONDS
        while (left := self.children()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in left:
            self.kill(signal.SIGKILL, pid)
        return len(left)


def marked(mark: str) -> list[int]:
    """Living processes with a mark in their environment."""
    wanted = f"{_MARK}={mark}\0".encode()
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes() + b"\0":
                found.append(int(folder.name))
    return found


@dataclass(frozen=True)
class Study:
    """A tiny question, and how long and with what result it runs undisturbed."""

    name: str
    arguments: tuple[str, ...]
    seconds: float
    files: dict[str, str]
    """Every file of the answer and its checksum."""
    pieces: frozenset[str]


class Lab:
    """A folder to do harm in, references, and a server that starts runs.

    Args:
        folder: of this campaign alone.
        seed: of every random choice of the campaign.
        patience: seconds after which a run counts as one that hangs.
    """

    def __init__(self, folder: Path, seed: int = 20261125, patience: float = 240.0) -> None:
        self.folder = folder
        self.rng = np.random.default_rng(seed)
        self.patience = patience
        self._numbers = iter(range(10**9))
        self._studies: dict[tuple[str, ...], Study] = {}
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None and self._server.stdin is not None:
            self._server.stdin.close()
            try:
                self._server.wait(30)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def number(self) -> int:
        """A number not given before."""
        return next(self._numbers)

    def ready(self) -> None:
        """Start the server, if it has not been."""
        if self._server is None:
            path = Path(__file__).parent / "server.py"
            self._server = subprocess.Popen(
                [sys.executable, "-W", "ignore::DeprecationWarning", str(path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
                env=os.environ | _QUIET,
            )  # fmt: skip
            self._told()

    def ask(self, **command: Any) -> dict[str, Any]:
        """Hand a command to the server."""
        self.ready()
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(command) + "\n")
        self._server.stdin.flush()
        return self._told()

    def _told(self) -> dict[str, Any]:
        assert self._server is not None
        assert self._server.stdout is not None
        return json.loads(self._server.stdout.readline())

    def new_folder(self) -> Path:
        """An output folder that does not exist yet."""
        return self.folder / f"out-{self.number()}"

    def start(
        self,
        arguments: Sequence[str],
        out: Path,
        *,
        fresh: bool = False,
        failing: dict[str, Any] | None = None,
    ) -> Run:
        """Start a run.

        Args:
            arguments: of the command.
            out: output folder.
            fresh: in an interpreter of its own, as a user would.
            failing: what `failing_disk.install` is to do first.
        """
        return Run(self, arguments, out, fresh=fresh, failing=failing)

    def run(self, arguments: Sequence[str], out: Path, *, fresh: bool = False) -> Ended:
        """Run to the end."""
        return self.start(arguments, out, fresh=fresh).wait(self.patience)

    def study(self, name: str, arguments: Sequence[str]) -> Study:
        """A question answered undisturbed, once, as the reference."""
        key = tuple(arguments)
        if key not in self._studies:
            out = self.new_folder()
            ended = self.run(key, out)
            assert ended.code == 0, f"{name} does not even run undisturbed:\n{ended.text}"
            self._studies[key] = Study(name, key, ended.seconds, answer_in(out), pieces_in(out))
            shutil.rmtree(out)
        return self._studies[key]


def answer_in(out: Path) -> dict[str, str]:
    """Every file of the answer in a folder, and its checksum."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
        and path.relative_to(out).parts[0] != "cells"
        and path.name not in _UNSAID_PER_RUN
        and not any(part.startswith(".counterplay") for part in path.relative_to(out).parts)
    }


def pieces_in(out: Path) -> frozenset[str]:
    """Names of finished pieces."""
    folder = out / "cells"
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    return frozenset(name for name in names if PIECE.fullmatch(name))


def leftovers_in(out: Path) -> list[str]:
    """Temporary files of ours."""
    return [p.name for p in out.rglob(".counterplay*") if not p.name.endswith(".aside")]


def compare(study: Study, out: Path, ended: Ended, *, other_pieces: bool = False) -> Counts:
    """What is wrong in a folder after a run that should have answered the study's question.

    Args:
        study: what the answer should be.
        out: the folder.
        ended: its last run.
        other_pieces: whether the folder may hold other questions' pieces as well.
    """
    counts = Counts.of_end(ended)
    found, pieces = answer_in(out), pieces_in(out)
    missing = set(study.files) - set(found)
    extra = set(found) - set(study.files)
    differing = {n for n in set(found) & set(study.files) if found[n] != study.files[n]}
    counts.lost += len(missing) + len(study.pieces - pieces)
    counts.duplicated += len(extra) + (0 if other_pieces else len(pieces - study.pieces))
    counts.different += len(differing)
    counts.leftovers += len(leftovers_in(out))
    if ended.code == 0 and (missing or extra or differing):
        counts.wrong_without_word += 1
    if ended.code != 0:
        counts.notes.append(f"{study.name}: exit code {ended.code}: {ended.text[-300:]}")
        counts.lost += int(not counts.lost)
    if counts.bad():
        names = sorted(missing | extra | differing | (study.pieces ^ pieces))
        counts.notes.append(f"{study.name}: {counts.bad()} {names[:6]} {ended.text[-400:]}")
    return counts


def flip(path: Path, at: int, bit: int) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << bit
    path.write_bytes(bytes(content))


def loaded() -> Iterator[str]:
    """Names of all campaigns, their modules imported."""
    import importlib

    for path in sorted(Path(__file__).parent.glob("campaigns_*.py")):
        importlib.import_module(path.stem)
    yield from CAMPAIGNS
