"""Errors that are nobody's mistake in the question: the machine failed, not what was asked."""

import errno

_THE_NAMES = {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG}
"""What is wrong with a path as it was given, and not with the disk below it."""


class RunError(Exception):
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
