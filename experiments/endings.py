"""How a command ends: exit codes, signals, and the sentence on what the machine lacks.

Light on purpose: it is imported before anything else, so that an interruption during the seconds
in which libraries are loaded ends as quietly as any other.
"""

import atexit
import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import ClassVar, NoReturn

from sim.errors import RunError

DONE, BROKEN, REFUSED = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT
"""130; SIGTERM ends with 143 and SIGHUP with 129: 128 and the signal's number."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PATIENCE_SECONDS = 4.0
_MEMORY_WORDS = ("cannot allocate memory", "failed to map segment", "can't start new thread")
_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class InterruptedRun(KeyboardInterrupt):
    """A signal asked this process to end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        self.number = number
        super().__init__(f"interrupted by {signal.Signals(number).name}")


class _Ending:
    """Whether this process has been asked to end, and what must then be done whatever happens."""

    asked: int | None = None
    last_words: ClassVar[list[Callable[[], None]]] = []
    """At most one."""


def listen() -> None:
    """Take signals to end as `InterruptedRun`, but for those that our parent has us ignore."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _on_signal)


def deaf() -> None:
    """Ignore signals to end from here on: the end has come anyway."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def asked_to_end() -> int | None:
    """The signal that asked this process to end, if one did."""
    return _Ending.asked


def on_forced_end(last_words: Callable[[], None] | None) -> None:
    """What to do if the way out is blocked and the process must be left at once."""
    _Ending.last_words[:] = [] if last_words is None else [last_words]


def _on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    if _Ending.asked is not None:
        return  # on the way out already
    _Ending.asked = number
    # Foreign code may swallow the exception, or hold the way out; the process ends all the same.
    timer = threading.Timer(_PATIENCE_SECONDS, leave_at_once, (number,))
    timer.daemon = True
    timer.start()
    raise InterruptedRun(number)


def leave_at_once(number: int) -> None:
    """End without unwinding what runs."""
    with contextlib.suppress(BaseException):
        for say in _Ending.last_words:
            say()
    leave(128 + number)


def leave(code: int) -> NoReturn:
    """End now, but for what was registered for the end: workers, temporary folders."""
    with contextlib.suppress(BaseException):
        # As the interpreter would, without taking all modules down.
        atexit._run_exitfuncs()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()
    os._exit(code)


def explained_fault(error: BaseException, folder: Path | None = None) -> str | None:
    """One sentence on what the machine lacks; nothing if the error is none of the machine's."""
    match error:
        case RunError():
            return str(error)
        case MemoryError():
            return _no_memory()
        case OSError() if error.errno == errno.ENOMEM:
            return _no_memory()
        case OSError() if error.errno is not None:
            where = error.filename if error.filename is not None else folder
            named = "" if where is None else f" '{os.fsdecode(where)}'"
            why = os.strerror(error.errno)
            hint = " Make room, and run the same command again" if error.errno in _ROOM else ""
            return f"cannot use{named}: {why}.{hint}".removesuffix(".")
        case ImportError() | OSError() | RuntimeError():
            said = str(error).lower()
            return _no_memory() if any(word in said for word in _MEMORY_WORDS) else None
        case _:
            return None


def _no_memory() -> str:
    return (
        "there is not enough memory (or there is a limit on it); fewer jobs or subscribers need "
        "less"
    )
