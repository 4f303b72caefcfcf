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


NO_MEMORY = (
    "there is not enough memory (or there is a limit on it); fewer jobs or subscribers need less"
)
_MEMORY_WORDS = ("cannot allocate memory", "failed to map segment", "can't start new thread")
_WORKER = "a worker process"


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
            f"{_WORKER} {self.why}; {which} tried twice. Fewer jobs or subscribers need less memory"
        )


def lacks_memory(error: BaseException) -> bool:
    """Whether an error, or one behind it, says in any library's words that memory is short."""
    behind = error.__cause__ or error.__context__
    return _says_memory(error) or (behind is not None and lacks_memory(behind))


def _says_memory(error: BaseException) -> bool:
    match error:
        case MemoryError():
            return True
        case OSError() if error.errno is not None:
            return error.errno == errno.ENOMEM
        case ImportError() | OSError() | RuntimeError():
            said = str(error).lower()
            return any(words in said for words in _MEMORY_WORDS)
        case _:
            return False


def named(error: BaseException) -> str:
    """What failed, for a table of failures: the kind of error and its words."""
    return NO_MEMORY if lacks_memory(error) else f"{type(error).__name__}: {error}"


def is_of_machine(said: str) -> bool:
    """Whether a failure that was noted in words (`named`, a `WorkerLostError`) is the machine's."""
    return said == NO_MEMORY or said.startswith(_WORKER)


def is_fault(error: BaseException) -> bool:
    """Whether the machine is to blame: a full disk, no rights, and not a path that cannot be."""
    return isinstance(error, OSError) and error.errno not in {None, *_THE_NAMES}


def unusable(error: OSError, said: str) -> QuestionError | RunError:
    """The error for a path that cannot be used: as it was given, or for a reason of the machine."""
    return RunError(said) if is_fault(error) else QuestionError(said)
