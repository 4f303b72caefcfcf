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

from sim.errors import NO_MEMORY, RunError, lacks_memory

DONE, BROKEN, REFUSED = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT
"""130; SIGTERM ends with 143 and SIGHUP with 129: 128 and the signal's number."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU)
"""SIGXCPU comes where the time a process may compute is limited, shortly before it is killed."""

_PATIENCE_SECONDS = 4.0
_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class InterruptedRun(KeyboardInterrupt):
    """A signal asked this process to end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        self.number = number
        super().__init__(f"interrupted by {signal.Signals(number).name}")


class _Ending:
    """Whether this process has been asked to end, and what must then be done whatever happens."""

    asked: int | None = None
    deaf = False
    last_words: ClassVar[list[Callable[[], None]]] = []
    """At most one."""


def listen() -> None:
    """Take signals to end as `InterruptedRun`, but for those that our parent has us ignore."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _on_signal)
    sys.unraisablehook = _unraisable


def deaf() -> None:
    """Ignore signals to end from here on: the end has come anyway."""
    _Ending.deaf = True
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def asked_to_end() -> int | None:
    """The signal that asked this process to end, if one did."""
    return _Ending.asked


def obey() -> None:
    """Raise `InterruptedRun` if a signal came, whatever has become of the exception it raised.

    A library may swallow it, or wrap it into an error of its own; nobody may then go on as if
    something had failed, or was done.
    """
    if _Ending.asked is not None and not _Ending.deaf:
        raise InterruptedRun(_Ending.asked)


def _unraisable(what: "sys.UnraisableHookArgs") -> None:
    """An interruption that fell into a callback or a finaliser is no news; others are."""
    if _Ending.asked is None and not _Ending.deaf:
        sys.__unraisablehook__(what)


def on_forced_end(last_words: Callable[[], None] | None) -> None:
    """What to do if the way out is blocked and the process must be left at once."""
    _Ending.last_words[:] = [] if last_words is None else [last_words]


def _on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    if _Ending.asked is not None or _Ending.deaf:
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
        case _ if lacks_memory(error):
            return NO_MEMORY
        case OSError() if error.errno is not None:
            path = error.filename if isinstance(error.filename, str | bytes) else folder
            named = "" if path is None else f" '{os.fsdecode(path)}'"
            why = os.strerror(error.errno)
            hint = " Make room, and run the same command again" if error.errno in _ROOM else ""
            return f"cannot use{named}: {why}.{hint}".removesuffix(".")
        case _:
            return None
