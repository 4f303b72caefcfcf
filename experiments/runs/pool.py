"""The parent's side of the executor: worker processes that survive each other.

A pool of our own, because those at hand break as a whole when one worker is killed, cannot say
which job it held, and leave a tracker process that speaks after a crash (docs/decisions/0017).
"""

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

from experiments.runs.worker import BLOCKED, unpacked
from sim.compile import KERNELS
from sim.errors import RunError

type Job = tuple[Any, tuple[Any, ...], dict[str, Any]]
"""A function of some module, its arguments and its named arguments."""

_TRIES = 2
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 1.0
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
_DROPPED = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONHOME")
"""The parent's import path travels as such; the others are for a person at a prompt."""
_START = (
    "import sys; sys.path[:] = sys.argv[3:]; from experiments.runs.leash import end_with_parent; "
    "end_with_parent(int(sys.argv[2])); from experiments.runs.worker import serve; "
    "serve(int(sys.argv[1]))"
)


class Happened(NamedTuple):
    """What became of a job."""

    kind: str
    """`step` (value: its share that is done), `done` (its result), `lost` (why)."""
    job: int
    value: Any


class WorkerTracebackError(Exception):
    """Where in a worker an error was raised."""

    def __str__(self) -> str:
        """The traceback, on lines of its own."""
        return f"\n{self.args[0]}"


@dataclass
class _Worker:
    process: "subprocess.Popen[bytes]"
    connection: Connection
    job: int | None = None


class Pool:
    """Worker processes, started when there is work for them and kept for the next."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.workers: list[_Worker] = []
        self.busy = False

    def run(self, jobs: Sequence[Job]) -> Iterator[Happened]:
        """Run jobs as workers are free. A job whose worker dies is tried once more, last.

        An error that a job raises is raised here, and ends the others.
        """
        self.busy = True
        self._forget_dead()
        left, deaths = deque(range(len(jobs))), dict.fromkeys(range(len(jobs)), 0)
        open_jobs = len(jobs)
        try:
            while open_jobs:
                self._hand_out(jobs, left)
                at_work = {w.connection: w for w in self.workers if w.job is not None}
                for ready in wait(list(at_work), _LOOK_SECONDS):
                    worker = at_work[ready]  # pyright: ignore[reportArgumentType]
                    for happened in self._hear(worker, deaths, left):
                        open_jobs -= happened.kind != "step"
                        yield happened
        except BaseException:
            self.kill()
            raise
        finally:
            self.busy = False
            if any(worker.job is not None for worker in self.workers):
                self.kill()  # whoever asked wants no more of the answers

    def _forget_dead(self) -> None:
        """Idle workers die with the thread that started them (Linux): they are to take no job."""
        for worker in [one for one in self.workers if one.process.poll() is not None]:
            self._bury(worker)

    def _hand_out(self, jobs: Sequence[Job], left: deque[int]) -> None:
        while left:
            idle = next((worker for worker in self.workers if worker.job is None), None)
            if idle is None:
                if len(self.workers) >= self.size:
                    return
                idle = start_worker(self.size)
                self.workers.append(idle)
            idle.job = left.popleft()
            message = ForkingPickler.dumps(tuple(jobs[idle.job]))
            with contextlib.suppress(OSError):  # dead already: reading the connection will say so
                idle.connection.send_bytes(message)

    def _hear(
        self, worker: _Worker, deaths: dict[int, int], left: deque[int]
    ) -> Iterator[Happened]:
        job = worker.job
        assert job is not None
        try:
            message = unpacked(worker.connection.recv_bytes())
        except (EOFError, OSError):
            why = self._bury(worker)
            deaths[job] += 1
            if deaths[job] < _TRIES:
                left.append(job)
            else:
                yield Happened("lost", job, why)
            return
        match message:
            case ("step", share):
                yield Happened("step", job, share)
            case ("done", result):
                worker.job = None
                yield Happened("done", job, result)
            case _:
                _, travelling, said, where = message
                worker.job = None
                raise _error(travelling, said) from WorkerTracebackError(where)

    def _bury(self, worker: _Worker) -> str:
        """Forget a worker that has died; returns how it did."""
        self.workers.remove(worker)
        worker.connection.close()
        try:
            code = worker.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            code = worker.process.wait()
        if code >= 0:
            return f"ended with exit code {code}"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        memory = " (often: out of memory)" if -code == signal.SIGKILL else ""
        return f"was killed by {name}{memory}"

    def kill(self) -> None:
        """End all workers at once, whatever they do."""
        workers, self.workers = self.workers, []
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.wait()
            worker.connection.close()


def start_worker(workers: int) -> _Worker:
    """A process that waits for jobs.

    It shares the processors with the others, sees none of the working folder's modules, and is not
    reached by a signal before it knows what to do with one.
    """
    ours, theirs = socket.socketpair()
    held = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    command = [sys.executable, "-P", "-c", _START, str(theirs.fileno()), str(os.getpid())]
    try:
        process = subprocess.Popen(
            [*command, *import_path()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=environment(workers),
        )
    except OSError as error:
        ours.close()
        raise RunError(f"no worker process could be started: {error.strerror}") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        theirs.close()
    return _Worker(process, Connection(ours.detach()))


def import_path() -> list[str]:
    """This process's import path without the entry that stands for the working folder."""
    return [entry for entry in sys.path if entry]


def environment(workers: int) -> dict[str, str]:
    """What a worker finds in its environment: ours, less what changes how Python starts."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    # As many threads in all libraries as there are processors for this worker.
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    kept = dict.fromkeys(_THREADS, threads) | kept
    return kept | {
        "PYTHONSAFEPATH": "1",
        "COUNTERPLAY_WORKER": "1",
        # Where this process keeps its kernels, a temporary folder perhaps.
        "COUNTERPLAY_KERNELS": str(KERNELS),
    }


def _error(travelling: bytes, said: str) -> BaseException:
    try:
        error = unpacked(travelling)
    except Exception:  # noqa: BLE001 - some exceptions cannot be made again; their words can
        return RuntimeError(said)
    return error if isinstance(error, BaseException) else RuntimeError(said)


class _Shared:
    pool: Pool | None = None


def shared_pool(size: int) -> Pool:
    """A pool of this size: the last one, if it is free, since starting workers takes seconds."""
    known = _Shared.pool
    if known is not None and known.size == size and not known.busy:
        return known
    if known is not None and not known.busy:
        known.kill()
    pool = Pool(size)
    if known is None or not known.busy:
        _Shared.pool = pool
    return pool


def end_workers() -> None:
    """End the workers of this process."""
    if _Shared.pool is not None:
        _Shared.pool.kill()


atexit.register(end_workers)
