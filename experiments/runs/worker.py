"""The child's side of the executor: a process that runs one job after the other, and ends.

It ends when its parent does: see `leash`.
"""

import signal
import time
import traceback
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from experiments import plain_matplotlib, plain_numba
from experiments.runs import progress

BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that the parent holds back while it starts a worker, until the worker is ready."""
_SPEAK_SECONDS = 0.2


def serve(file_number: int) -> None:
    """Run what comes through the connection, until it closes."""
    # A terminal sends its signals to the whole group. The parent decides what they mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)
    plain_matplotlib.install()
    plain_numba.install()
    connection = Connection(file_number)
    listener = _Listener(connection)
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            return
        progress.begin(listener)
        try:
            function, arguments, options = unpacked(message)
            _reply(connection, ("done", function(*arguments, **options)))
        except Exception as error:  # noqa: BLE001 - the parent raises it again
            _fail(connection, error)
        finally:
            progress.begin(None)


def unpacked(message: bytes) -> Any:
    """What `ForkingPickler.dumps` has packed in the other process."""
    pickler: Any = ForkingPickler
    return pickler.loads(message)


class _Listener:
    """Passes on how far a job is, a few times a second, and never waits for it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.next = 0.0

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now >= self.next:
            self.next = now + _SPEAK_SECONDS
            self.connection.send(("step", share))


def _reply(connection: Connection, message: tuple[Any, ...]) -> None:
    # Made first: a result that cannot travel is an error of its job, not a broken connection.
    connection.send_bytes(ForkingPickler.dumps(message))


def _fail(connection: Connection, error: Exception) -> None:
    where = "".join(traceback.format_exception(error))
    said = f"{type(error).__name__}: {error}"
    try:
        travelling = bytes(ForkingPickler.dumps(error))
    except Exception:  # noqa: BLE001 - then its words must do
        travelling = b""
    _reply(connection, ("failed", travelling, said, where))
