"""Running many calls at once, on as many processes as a question allows."""

from typing import Any

import joblib
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from experiments.question.question import Question


def in_parallel(question: Question, jobs: list[Any], label: str, console: Console) -> list[Any]:
    """Run jobs on `question.jobs` processes, showing progress; results in order of completion."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    results: list[Any] = []
    with Progress(*columns, console=console, transient=False) as progress:
        task = progress.add_task(label, total=len(jobs))
        if question.jobs == 1:
            for function, arguments, options in jobs:
                results.append(function(*arguments, **options))
                progress.advance(task)
            return results
        pool = joblib.Parallel(question.jobs, backend="loky", return_as="generator_unordered")
        for result in pool(jobs):
            results.append(result)
            progress.advance(task)
    return results
