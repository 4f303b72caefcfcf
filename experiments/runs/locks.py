"""One run at a time in an output folder."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Self

from experiments.runs.files import OURS, read_json
from experiments.runs.listener import Listener
from sim.errors import QuestionError, unusable

try:
    import fcntl
except ImportError:  # a system without them: Windows
    fcntl = None

LOCK = f"{OURS}.lock"
_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_ATTEMPTS = 20


class FolderInUseError(QuestionError):
    """Another run is working in this output folder: wait for it, or choose another folder."""


class FolderLock:
    """Held from `acquire` to `release`, or until the process ends, however it does.

    The lock belongs to the open file, not to the file's existence: one that a killed process left
    behind holds nobody up.
    """

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.folder = folder
        self.listener = listener
        self._handle: int | None = None

    def acquire(self) -> Self:
        """Take the lock.

        Raises:
            FolderInUseError: another process holds it; nothing in the folder has been touched.
            QuestionError: the lock's file cannot be made there.
        """
        path = self.folder / LOCK
        for _ in range(_ATTEMPTS):
            handle = self._opened(path)
            if not self._locked(handle, path):
                return self
            if _is_still(handle, path):
                self._handle = handle
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps({"pid": os.getpid()}).encode(), 0)
                return self
            os.close(handle)  # its holder has just removed it: once more
        raise FolderInUseError(self._busy(path))

    def release(self) -> None:
        """Give the lock back and remove its file, while nobody else can hold it."""
        if self._handle is not None:
            (self.folder / LOCK).unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None

    def _opened(self, path: Path) -> int:
        try:
            return _open_regular(path)
        except OSError as error:
            raise unusable(
                error,
                f"out = '{self.folder}': cannot be reserved for this run, '{path.name}' in it "
                f"cannot be opened ({error.strerror or error}); choose another out",
            ) from None

    def _locked(self, handle: int, path: Path) -> bool:
        """Whether the file is locked now; false where there are no locks, which is said."""
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
        except OSError as error:
            os.close(handle)
            if error.errno in _BUSY:
                raise FolderInUseError(self._busy(path)) from None
            if error.errno not in _NO_LOCKS:
                raise unusable(
                    error,
                    f"out = '{self.folder}': cannot be reserved for this run ({error.strerror})",
                ) from None
        else:
            os.close(handle)
        self.listener.say(
            "This folder's file system knows no locks: do not start a second run in it meanwhile."
        )
        path.unlink(missing_ok=True)
        return False

    def _busy(self, path: Path) -> str:
        try:
            who = f" (process {read_json(path)['pid']})"
        except (OSError, ValueError, LookupError, TypeError):
            who = ""
        return (
            f"out = '{self.folder}': another run is working in this folder{who}; wait until it is "
            "done, or choose another out"
        )


def _open_regular(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EEXIST, "it is no regular file; remove it")
    return handle


def _is_still(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False
