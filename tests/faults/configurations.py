"""Configurations that want more than to be data: does any run code, tell a secret, hang or crash?

Each case is a folder of files, most of them hostile in one way, and a command line. It is composed
and asked in this process, watched by Python's own audit events, within a time limit.
"""

import os
import signal
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hostile import VARIABLE, Case, Draw, build

from experiments.question.compose import Composed, compose, question_of
from experiments.question.files import Files
from experiments.question.show import shown
from experiments.question.sweep import checked, jobs_of
from sim.errors import QuestionError

SECONDS = 5.0
"""Of this process's own work; others may share the machine."""
PATIENCE = 30.0
"""Seconds on the clock, after which whatever waits is ended."""
SECRET = "hunter2-canary"
FORBIDDEN = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.putenv",
    "os.unsetenv", "subprocess.Popen", "pickle.find_class", "socket.connect", "ctypes.dlopen",
    "shutil.rmtree", "os.remove", "os.rename", "os.chmod", "os.symlink",
)  # fmt: skip


class HungError(BaseException):
    """The time is over."""


@dataclass
class Watch:
    """What Python did meanwhile."""

    on: bool = False
    secret: str = ""
    """A file outside that nobody may read."""
    inside: str = ""
    seen: list[str] = field(default_factory=list[str])

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in FORBIDDEN and not _keeps_bytecode(event, arguments):
            self.seen.append(f"{event} {arguments!r}"[:200])
        elif event == "open" and not isinstance(arguments[0], int):  # opening it said its path
            path, mode, flags = str(arguments[0]), str(arguments[1] or ""), int(arguments[2] or 0)
            writes = bool(flags & (os.O_WRONLY | os.O_RDWR)) or any(c in mode for c in "wax+")
            if writes and not self._harmless(path):
                self.seen.append(f"written: {path}")
            if self.secret and path.endswith(Path(self.secret).name):
                self.seen.append(f"read: {path}")

    def _harmless(self, path: str) -> bool:
        """A trial whether the answer's folder can be written, or Python's own bytecode."""
        trial = Path(path).is_dir()
        ours = bool(self.inside) and path.startswith(self.inside)
        return trial or ours or "__pycache__" in path


def _keeps_bytecode(event: str, arguments: tuple[Any, ...]) -> bool:
    """Python puts a module's bytecode in place when it is first imported, in a fresh clone."""
    return event == "os.rename" and all("__pycache__" in str(path) for path in arguments[:2])


WATCH = Watch()
sys.addaudithook(WATCH)


def campaign(cases: int, folder: Path, seed: int = 0) -> dict[str, int]:
    """Run cases and count what must not be.

    Args:
        cases: how many.
        folder: an empty folder to write them to.
        seed: of the choices; the same seed, the same cases.
    """
    counts: dict[str, int] = dict.fromkeys(
        ("cases", "accepted", "refused", "hangs", "tracebacks", "wrong_without_word", "ran",
         "leaked", "harmless_refused"), 0,
    )  # fmt: skip
    (folder / "secret.yaml").write_text(f"kind: hold\ndescription: {SECRET}\n", encoding="utf-8")
    failures: list[str] = []
    for number in range(cases):
        case = Case(folder / f"case{number}")
        build(case, Draw(seed * 1_000_003 + number))
        for trouble in _tried(case, counts):
            counts[trouble] += 1
            failures.append(f"{trouble}: case {number} ({case.kind}) {case.overrides}")
    if failures:
        sys.stderr.write("\n".join(failures) + "\n")
    return counts


def _tried(case: Case, counts: dict[str, int]) -> Iterator[str]:
    counts["cases"] += 1
    before = dict(os.environ)
    said, accepted = "", False
    start = time.process_time()
    try:
        with _watched(case):
            said = _asked(case)
        accepted = True
    except QuestionError as error:
        said = str(error)
    except HungError:
        yield "hangs"
    except Exception as error:  # noqa: BLE001 - any other exception is what is looked for
        sys.stderr.write(f"{case.kind}: {type(error).__name__}: {str(error)[:300]}\n")
        yield "tracebacks"
    if time.process_time() - start > SECONDS * (1 + 2 * accepted):  # it then composes three times
        yield "hangs"
    counts["accepted" if accepted else "refused"] += 1
    if accepted and case.must_refuse:
        yield "wrong_without_word"
    if not accepted and case.kind == "harmless":
        sys.stderr.write(f"harmless: {said}\n")
        yield "harmless_refused"
    after = {key: value for key, value in os.environ.items() if key != VARIABLE}
    if WATCH.seen or after != {k: v for k, v in before.items() if k != VARIABLE}:
        sys.stderr.write(f"{case.kind}: {WATCH.seen}\n")
        yield "ran"
    if SECRET in said:
        yield "leaked"


def _asked(case: Case) -> str:
    """Everything that could be written or printed of a question."""
    files = Files.of(case.folder)
    composed: Composed = compose(case.overrides, files)
    question = question_of(composed, case.folder / "answer", case.folder)
    swept = checked(jobs_of([*case.overrides, "seed=1,2"], files), files)
    texts = [repr(question), *(repr(job) for job in swept)]
    texts += [shown(composed, None, resolve=resolve) for resolve in (True, False)]
    return "\n".join(texts)


@contextmanager
def _watched(case: Case) -> Generator[None]:
    def over(*_: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, over)
    os.environ[VARIABLE] = SECRET
    WATCH.seen.clear()
    WATCH.inside = str(case.folder)
    WATCH.secret = str(case.folder.parent / "secret.yaml")
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    WATCH.on = True
    try:
        yield
    finally:
        WATCH.on = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        del os.environ[VARIABLE]
