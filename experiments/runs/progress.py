"""How far a job has come: told by the work itself, step by step, to whoever listens.

Steps change no result: they are counted beside the simulation, and lost if nobody listens.
"""

from collections.abc import Callable
from typing import ClassVar

_NEVER_DONE = 0.99


class _Steps:
    """Steps of the job that this process runs now."""

    listener: ClassVar[list[Callable[[float], None]]] = []
    done = 0.0
    expected = 0.0


def begin(listener: Callable[[float], None] | None) -> None:
    """A new job: who is told the share of it that is done, if anybody is."""
    _Steps.listener[:] = [] if listener is None else [listener]
    _Steps.done, _Steps.expected = 0.0, 0.0


def expect(steps: float) -> None:
    """Say how many steps the job will have; an estimate will do."""
    _Steps.expected = steps


def step(steps: float = 1.0) -> None:
    """Say that some steps are done."""
    _Steps.done += steps
    for listener in _Steps.listener if _Steps.expected > 0 else ():
        listener(min(_Steps.done / _Steps.expected, _NEVER_DONE))
