"""`status.json`: what became of the last run in an output folder."""

import contextlib
import json
import os
import platform
import signal
from pathlib import Path
from typing import Any, cast

from experiments.endings import InterruptedRun
from experiments.runs.files import read_json, write_atomically

STATUS = "status.json"
RUNNING, DONE, FAILED, REFUSED = "running", "done", "failed", "refused"
INTERRUPTED, DIED = "interrupted", "died"
"""Ended by a signal that was heard; ended without a word."""


def begin_status(folder: Path, question: str) -> None:
    """Say that this process works there, and on which question. Raises `OSError`."""
    begun = _birth(os.getpid())
    state = {"pid": os.getpid(), "host": platform.node(), "started": begun}
    _write(folder, {"status": RUNNING, "error": None, "question": question} | state)


def end_status(folder: Path, error: BaseException | None, said: str = "", word: str = "") -> None:
    """Say how it ended, unless somebody else is working there.

    A status that cannot be written, on a full disk, is at least not a wrong one: it is removed.

    Args:
        folder: the output folder.
        error: what ended it, if anything did.
        said: what is told of it, by default its own words.
        word: by default `DONE`, `FAILED` or `INTERRUPTED`.
    """
    last = read_status(folder)
    if last.get("status") == RUNNING and last.get("pid") != os.getpid():
        return
    state: dict[str, Any] = {"status": word or (DONE if error is None else FAILED), "error": None}
    if isinstance(error, KeyboardInterrupt):
        number = error.number if isinstance(error, InterruptedRun) else signal.SIGINT
        state["status"], state["signal"] = INTERRUPTED, signal.Signals(number).name
    if error is not None:
        state["error"] = said or str(error) or type(error).__name__
    if "question" in last:
        state["question"] = last["question"]
    try:
        _write(folder, state)
    except OSError:
        with contextlib.suppress(OSError):
            (folder / STATUS).unlink(missing_ok=True)


def read_status(folder: Path) -> dict[str, Any]:
    """What was written last; `DIED` where a process left no word. Empty if nothing can be read."""
    try:
        data: Any = read_json(folder / STATUS)
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    state = cast("dict[str, Any]", data)
    if state.get("status") == RUNNING and not _alive(state):
        return state | {"status": DIED}
    return state


def _write(folder: Path, told: dict[str, Any]) -> None:
    # What is no Unicode in a file's name is no Unicode in JSON either, but an escape there.
    text = json.dumps(told, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
    write_atomically(folder / STATUS, text.decode() + "\n")


def _birth(pid: int) -> str | None:
    """When a process began, in ticks since the machine did: numbers of processes are used again."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return line.rpartition(")")[2].split()[19]


def _alive(told: dict[str, Any]) -> bool:
    """Whether the process of a status lives; of another machine's nothing is known, so yes."""
    pid = told.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return False
    if told.get("host") != platform.node():
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    begun = _birth(pid)
    return told.get("started") is None or begun is None or begun == told["started"]
