"""A run told on a terminal: sentences, and a bar or a line now and then of how far jobs are."""

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from experiments.runs.listener import Count

LINE_SECONDS = 10.0
"""Where nothing can be drawn over, a line is written this often."""
_DRAW_SECONDS = 0.25


class OnConsole:
    """A listener that tells everything on a console."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str, style: str = "") -> None:
        """Print a sentence as it is."""
        self.console.print(text, style=style or None, markup=False, highlight=False)

    def stage(self, label: str, jobs: int) -> "Display":
        """Show how far these jobs are while they run."""
        return Display(label, jobs, self.console)


class Display(Count):
    """The progress of several jobs: a bar on a terminal, elsewhere a line now and then."""

    def __init__(self, label: str, jobs: int, console: Console) -> None:
        super().__init__(jobs)
        self.label, self.console = label, console
        self._start = time.monotonic()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to show."""
        if not self.console.quiet and self.jobs:
            drawn = self.console.is_terminal and not self.console.is_dumb_terminal
            show = self._draw if drawn else self._write
            self._thread = threading.Thread(target=show, args=(self.console,), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show how it stands a last time."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _draw(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}", markup=False),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, auto_refresh=False) as bar:
            task = bar.add_task(self.label, total=1.0, count=self._count())
            while not self._over.wait(_DRAW_SECONDS):
                bar.update(task, completed=self.share, count=self._count(), refresh=True)
            bar.update(task, completed=self.share, count=self._count(), refresh=True)

    def _write(self, console: Console) -> None:
        while not self._over.wait(LINE_SECONDS):
            console.print(self._line(), markup=False, highlight=False, soft_wrap=True)
        console.print(self._line(), markup=False, highlight=False, soft_wrap=True)

    def _count(self) -> str:
        return f"{self.done}/{self.jobs} {100 * self.share:3.0f} %"

    def _line(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._start), 60)
        return (
            f"{self.label}: {self.done} of {self.jobs}, {100 * self.share:.0f} %, "
            f"{minutes}:{seconds:02d} elapsed"
        )
