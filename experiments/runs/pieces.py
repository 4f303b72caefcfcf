"""Work in pieces: each is done once, kept, and read back from the store by whoever needs it.

What comes out is always what the store holds, never what a worker held in memory: one process, many
and a run that was interrupted give the same bits because they read the same files.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.question.question import Question
from experiments.runs.executor import Lost, in_parallel, job
from experiments.runs.listener import Listener
from experiments.runs.store import UNREADABLE, Piece, Store
from sim.errors import QuestionError, is_fault

_ROUNDS = 4
RunAll = Callable[[Question, list[Any], str, Listener, Lost | None], list[Any]]


@dataclass(frozen=True)
class Task:
    """A piece that is wanted: its name, and the call that works it out."""

    name: str
    function: Callable[..., Piece]
    """A module's function: it travels to other processes."""
    arguments: tuple[Any, ...]
    lost: Callable[[str], Piece] | None = None
    """What is kept if the process that worked it out was killed twice, given why."""


class PieceGoneError(Exception):
    """A piece was there and is not any more, or holds something else."""


def gather[R](
    question: Question,
    store: Store,
    tasks: Sequence[Task],
    label: str,
    read: Callable[[Piece], R],
    listener: Listener,
    run_all: RunAll = in_parallel,
    *,
    good: Callable[[Piece], bool] = lambda _: True,
    before: Callable[[], object] = lambda: None,
) -> list[R]:
    """What each task has found, in their order. Raises `QuestionError` as `fulfil` does."""

    def use(pieces: Iterator[Piece]) -> list[R]:
        return [read(piece) for piece in pieces]

    return fulfil(
        question, store, tasks, label, use, listener, run_all=run_all, good=good, before=before
    )


def fulfil[R](
    question: Question,
    store: Store,
    tasks: Sequence[Task],
    label: str,
    use: Callable[[Iterator[Piece]], R],
    listener: Listener,
    *,
    run_all: RunAll = in_parallel,
    good: Callable[[Piece], bool] = lambda _: True,
    before: Callable[[], object] = lambda: None,
) -> R:
    """Make sure of all pieces, then hand exactly these, in the order of tasks, to `use`.

    Args:
        question: says whether finished pieces are taken over, and how many processes there are.
        store: where pieces are kept.
        tasks: what is wanted.
        label: what the work is called while it lasts.
        use: reads the pieces; it may be called again if one vanishes meanwhile.
        listener: who is told how far it is.
        run_all: what runs many calls.
        good: whether an earlier run's piece is taken over: one with failures is tried again.
        before: is called ahead of the first work, if there is any.

    Raises:
        QuestionError: pieces vanish, or change, faster than they are worked out.
        WorkerLostError: a worker was killed twice at the same task, and that has no `lost`.
    """
    ran: set[str] = set()
    cause: PieceGoneError | None = None
    for _ in range(_ROUNDS):
        missing = [t for t in tasks if not _there(store, t.name, ran, question.resume, good)]
        _say(store, missing, listener)
        if missing:
            if not ran:
                before()
            jobs = [job(_run_and_keep, store.emptied(), task) for task in missing]
            run_all(question, jobs, label, listener, _keeping_lost(store, missing))
            names = {task.name for task in missing}
            ran |= names
            store.distrusted -= names
        reading = _Reading(store, tasks)
        try:
            return use(reading.pieces())
        except PieceGoneError as gone:
            cause = gone
        except UNREADABLE as error:
            if not reading.at or reading.at in ran or is_fault(error):
                raise  # not of a piece that was taken over: the fault is ours, or the machine's
            store.distrusted.add(reading.at)
            cause = PieceGoneError(f"{error}")
    raise QuestionError(
        f"out: finished parts vanish from '{store.folder}' or change while they are read; "
        "does something else write there? Choose another out"
    ) from cause


def _there(
    store: Store, name: str, ran: set[str], resume: bool, good: Callable[[Piece], bool]
) -> bool:
    if name not in ran and not resume:
        return False
    piece = store.load(name)
    if piece is None or name in ran:
        return piece is not None
    try:
        return good(piece)
    except UNREADABLE:
        store.distrusted.add(name)
        return False


@dataclass
class _Reading:
    """The pieces of tasks, read one by one, and which of them it is that is being used."""

    store: Store
    tasks: Sequence[Task]
    at: str = ""

    def pieces(self) -> Iterator[Piece]:
        """Raises `PieceGoneError`."""
        for task in self.tasks:
            self.at = task.name
            piece = self.store.load(task.name)
            if piece is None:
                raise PieceGoneError(task.name)
            yield piece


def _say(store: Store, missing: Sequence[Task], listener: Listener) -> None:
    """One line on what was found and cannot be used."""
    odd = len(store.distrusted & {task.name for task in missing})
    if odd:
        listener.say(
            f"{odd} finished part{'s are' if odd > 1 else ' is'} damaged or foreign, and "
            f"worked out again."
        )


def _keeping_lost(store: Store, tasks: Sequence[Task]) -> Lost | None:
    """Keeps what stands for a task whose worker was killed, where all tasks know such a thing."""
    if any(task.lost is None for task in tasks):
        return None

    def keep(number: int, why: str) -> None:
        task = tasks[number]
        assert task.lost is not None
        store.save(task.name, task.lost(why))

    return keep


def _run_and_keep(store: Store, task: Task) -> None:
    store.save(task.name, task.function(*task.arguments))


def here(
    question: Question, jobs: list[Any], label: str, listener: Listener, lost: Lost | None = None
) -> list[Any]:
    """Run calls one after the other in this process: for such as use all cores themselves."""
    return in_parallel(replace(question, jobs=1), jobs, label, listener, lost)
