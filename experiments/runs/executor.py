"""Running many independent jobs: the one place where experiments meet processes.

A job is a module's function with its arguments. How many processes there are changes nothing but
the time it takes. A job whose worker is killed is tried once more; the others go on.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from experiments.question.question import Question
from experiments.runs import progress
from experiments.runs.listener import SILENT, Listener, Stage
from experiments.runs.pool import Job, shared_pool
from sim.errors import WorkerLostError

type Lost = Callable[[int, str], Any]
"""What stands for a job's result if its worker was killed twice: the job's number, and why."""


def job(function: Callable[..., Any], *arguments: Any, **options: Any) -> Job:
    """A call to be made later, perhaps in another process; `function` must be a module's own."""
    return function, arguments, options


def in_parallel(
    question: Question,
    jobs: Sequence[Job],
    label: str,
    listener: Listener,
    lost: Lost | None = None,
) -> list[Any]:
    """Run jobs on `question.jobs` processes, showing progress; results in order of completion.

    Raises:
        WorkerLostError: a job's worker was killed twice and there is no `lost`; others are done.
    """
    done = as_completed(jobs, question.jobs, label=label, listener=listener, lost=lost)
    return [result for _, result in done]


def in_order(
    jobs: Sequence[Job],
    processes: int,
    *,
    label: str = "",
    listener: Listener = SILENT,
    lost: Lost | None = None,
) -> list[Any]:
    """As `in_parallel`; results in the order of the jobs."""
    results = dict(as_completed(jobs, processes, label=label, listener=listener, lost=lost))
    return [results[number] for number in range(len(jobs))]


def as_completed(
    jobs: Sequence[Job],
    processes: int,
    *,
    label: str = "",
    listener: Listener = SILENT,
    lost: Lost | None = None,
) -> Iterator[tuple[int, Any]]:
    """Number and result of each job as it is done. The listener hears of progress."""
    with listener.stage(label, len(jobs)) as display:
        if processes == 1 or len(jobs) == 0 or _in_a_worker():
            yield from _here(jobs, display)
        else:
            yield from _elsewhere(jobs, processes, display, lost)


def _here(jobs: Sequence[Job], display: Stage) -> Iterator[tuple[int, Any]]:
    for number, (function, arguments, options) in enumerate(jobs):
        if not _in_a_worker():
            progress.begin(lambda share, number=number: display.step(number, share))
        try:
            result = function(*arguments, **options)
        finally:
            if not _in_a_worker():
                progress.begin(None)
        display.finish(number)
        yield number, result


def _elsewhere(
    jobs: Sequence[Job], processes: int, display: Stage, lost: Lost | None
) -> Iterator[tuple[int, Any]]:
    without: list[str] = []
    for happened in shared_pool(processes).run(jobs):
        if happened.kind == "step":
            display.step(happened.job, happened.value)
            continue
        display.finish(happened.job)
        if happened.kind == "done":
            yield happened.job, happened.value
        elif lost is not None:
            yield happened.job, lost(happened.job, str(WorkerLostError(happened.value)))
        else:
            without.append(happened.value)
    if without:
        raise WorkerLostError(without[0], len(without), len(jobs))


def _in_a_worker() -> bool:
    """Whether this process is itself a worker: it has its share of the processors already."""
    return os.environ.get("COUNTERPLAY_WORKER") == "1"
