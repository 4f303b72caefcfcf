"""Running the command as a user does, and disturbing it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SMALL = [
    "market=duopoly", "subscribers=1500", "worlds=2", "seeds=1", "months=6",
    "strategies=[match_price]",
]  # fmt: skip
NOISE = ("Traceback", "resource_tracker", "Exception ignored", "leaked")


def environment(**more: str) -> dict[str, str]:
    """This environment without what a test runner adds."""
    dropped = ("PYTEST", "MPLBACKEND", "COV_", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | more


def begun(*arguments: str, cwd: Path, **more: str) -> "subprocess.Popen[str]":
    """The command, started; its output in `out` and `err` of the folder."""
    with (cwd / "out").open("w") as out, (cwd / "err").open("w") as err:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "experiments", *arguments],
            cwd=cwd, stdout=out, stderr=err, text=True, start_new_session=True,
            preexec_fn=_hears_signals,  # noqa: PLW1509
            env=environment(**more) | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip


def _hears_signals() -> None:
    """Undo what the test runner was started with: in the background, signals are ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def ran(*arguments: str, cwd: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """The command, run to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "experiments", *arguments],
        cwd=cwd, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False,
        timeout=900, env=environment(**more) | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def wait_for(
    happened: Callable[[], bool], process: "subprocess.Popen[str]", seconds: float
) -> None:
    """Wait until something has happened, or the process has ended."""
    end = time.monotonic() + seconds
    while not happened() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)


def of_session(leader: int) -> list[int]:
    """Living processes of the session that a process has begun."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] not in {"Z", "X"}:
                found.append(int(entry.name))
    return found


def workers_of(leader: int) -> list[int]:
    """Processes of the session besides the one that has begun it."""
    return [number for number in of_session(leader) if number != leader]


def orphans_after(leader: int, seconds: float = 2.0) -> list[int]:
    """Who of a session is still there so long after its leader's end; ends them."""
    end = time.monotonic() + seconds
    while (left := of_session(leader)) and time.monotonic() < end:
        time.sleep(0.05)
    for number in left:
        os.kill(number, signal.SIGKILL)
    return left


def status(folder: Path) -> dict[str, Any]:
    """What `status.json` of an output folder says."""
    return json.loads((folder / "status.json").read_text(encoding="utf-8"))


def answer_in(folder: Path) -> dict[str, bytes]:
    """The files of an answer that must be the same however it came about."""
    names = ("summary.json", "results.parquet", "outcomes.parquet", "twins.parquet", "memo.html")
    return {name: (folder / name).read_bytes() for name in names}
