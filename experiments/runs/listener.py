"""Whoever waits for a run: told what it does and how far it has come, whatever becomes of that.

A run has no console. It is given a listener: silent, a function of the user's, or the terminal's
(`display.OnConsole`). What a listener does changes no result; an error it raises ends the run.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self


class Stage(Protocol):
    """Several jobs under way."""

    def step(self, job: int, share: float) -> None:
        """Share of a job that is done; it never goes back."""
        ...

    def finish(self, job: int) -> None:
        """A job is done."""
        ...


class Listener(Protocol):
    """Who is told."""

    def say(self, text: str, style: str = "") -> None:
        """A sentence about the run; `style` is a colour, for whoever has some."""
        ...

    def stage(self, label: str, jobs: int) -> AbstractContextManager[Stage]:
        """Some jobs begin; the context lasts as long as they do."""
        ...


class Count:
    """How many jobs of a stage are done, and what share of all of them."""

    def __init__(self, jobs: int) -> None:
        self.jobs, self.done = jobs, 0
        self.shares: dict[int, float] = {}

    def step(self, job: int, share: float) -> None:
        """Share of a job that is done; it never goes back."""
        self.shares[job] = max(share, self.shares.get(job, 0.0))

    def finish(self, job: int) -> None:
        """A job is done."""
        self.shares.pop(job, None)
        self.done += 1

    @property
    def share(self) -> float:
        """Share of all jobs that is done."""
        return (self.done + sum(list(self.shares.values()))) / max(self.jobs, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


class Silent:
    """Nobody is told anything."""

    def say(self, text: str, style: str = "") -> None:
        """Nothing."""

    def stage(self, label: str, jobs: int) -> Count:
        """Counted, and not shown."""
        del label
        return Count(jobs)


SILENT = Silent()


@dataclass(frozen=True)
class Progress:
    """One report of a run to a function of the user's: `str()` of it is a readable line."""

    label: str
    """What is being done; or a sentence, where `jobs` is 0."""
    done: int = 0
    """Jobs finished."""
    jobs: int = 0
    share: float = 0.0
    """Share of all jobs that is done, 0 to 1, unfinished ones in proportion."""

    def __str__(self) -> str:
        """`Worlds: 3 of 8, 41 %`."""
        count = f": {self.done} of {self.jobs}, {100 * self.share:.0f} %" if self.jobs else ""
        return f"{self.label}{count}"


class Calling:
    """Calls a function with each `Progress`; of one stage at most once a whole per cent."""

    def __init__(self, function: Callable[[Progress], object]) -> None:
        self.function = function

    def say(self, text: str, style: str = "") -> None:
        """Pass a sentence on."""
        del style
        self.function(Progress(text))

    def stage(self, label: str, jobs: int) -> "_Called":
        """Pass on how far these jobs are."""
        return _Called(label, jobs, self.function)


class _Called(Count):
    def __init__(self, label: str, jobs: int, function: Callable[[Progress], object]) -> None:
        super().__init__(jobs)
        self.label, self.function, self.last = label, function, -1

    def step(self, job: int, share: float) -> None:
        super().step(job, share)
        self._call()

    def finish(self, job: int) -> None:
        super().finish(job)
        self.last = -1
        self._call()

    def _call(self) -> None:
        now = int(100 * self.share)
        if now > self.last:
            self.last = now
            self.function(Progress(self.label, self.done, self.jobs, min(1.0, self.share)))
