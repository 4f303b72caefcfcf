"""All errors of Counterplay: what was asked cannot be, or the machine failed.

`CounterplayError` is their parent. A `QuestionError` is mended by asking otherwise, and its message
names the key, the value and what is allowed; a `RunError` is nobody's mistake in the question.
"""

import errno
from collections.abc import Iterable

_THE_NAMES = {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG}
"""What is wrong with a path as it was given, and not with the disk below it."""


class CounterplayError(Exception):
    """Any error that Counterplay raises on purpose; its message is written for the user."""


class QuestionError(CounterplayError, ValueError):
    """What was asked cannot be; the message names the key, the value, and what is allowed."""


class UnknownNameError(QuestionError):
    """A name that does not exist; `allowed` lists the names that do, the message the nearest."""

    def __init__(self, name: str, allowed: Iterable[str], message: str) -> None:
        self.name, self.allowed = name, tuple(allowed)
        super().__init__(name, self.allowed, message)
        self._message = message

    def __str__(self) -> str:
        """The message alone."""
        return self._message


class MarketError(QuestionError):
    """A market that contradicts itself, or in which nobody could live."""


class CalibrationError(MarketError):
    """No settings make the market meet its published figures."""


class ActionError(QuestionError):
    """An operator cannot do what its strategy asks of it."""


class RunError(CounterplayError):
    """The run cannot go on for a reason outside of it; the message is one sentence."""


class WorkerLostError(RunError):
    """A job's worker process was killed, and so was the one that tried again."""

    def __init__(self, why: str, pieces: int = 1, of: int = 1) -> None:
        self.why, self.pieces, self.of = why, pieces, of
        super().__init__(why, pieces, of)

    def __str__(self) -> str:
        """One sentence with what to do."""
        which = f"{self.pieces} of {self.of} pieces of work were" if self.of > 1 else "it was"
        return (
            f"a worker process {self.why}; {which} tried twice. "
            "Fewer jobs or subscribers need less memory"
        )


def is_fault(error: BaseException) -> bool:
    """Whether the machine is to blame: a full disk, no rights, and not a path that cannot be."""
    return isinstance(error, OSError) and error.errno not in {None, *_THE_NAMES}


def unusable(error: OSError, said: str) -> QuestionError | RunError:
    """The error for a path that cannot be used: as it was given, or for a reason of the machine."""
    return RunError(said) if is_fault(error) else QuestionError(said)
