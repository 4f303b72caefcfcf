"""Writing files so that each is there whole or not at all, and clearing up after a crash."""

import errno
import itertools
import json
import os
import re
import shutil
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

OURS = ".counterplay"
SCRATCH = f"{OURS}-scratch-"
"""How folders begin that a run uses while it lasts."""
_PART = re.compile(rf"{re.escape(OURS)}-\d+-\d+\.part")
_numbers = itertools.count()


@contextmanager
def aside(target: Path) -> Generator[BinaryIO]:
    """A file to write to that takes `target`'s place once it is complete and on the disk.

    Written as a private sibling; if anything fails, or the process dies, `target` is as before. A
    link in `target`'s place is replaced, never followed; so is a folder, which is moved aside.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part, handle = _opened_sibling(target)
    try:
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        replace(part, target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    with aside(path) as handle:
        handle.write(content)


def replace(part: Path, target: Path) -> None:
    """Rename a finished file into place, and make the renaming last through a power cut.

    Raises:
        OSError: it is not possible, or a device stands there, which everybody would lose.
    """
    with suppress(FileNotFoundError):
        mode = target.lstat().st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise OSError(errno.EINVAL, "a device is not replaced by a file", str(target))
    try:
        part.replace(target)
    except (IsADirectoryError, NotADirectoryError, PermissionError):
        if not target.is_dir() or target.is_symlink():
            raise
        target.rename(_sibling(target, "aside"))  # somebody's folder: out of the way, not deleted
        part.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_regular(path: Path) -> bytes:
    """A file's content; no link is followed, no pipe or device waited for. Raises `OSError`."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as handle:
        if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            raise OSError(f"'{path.name}' is no regular file")
        return handle.read()


def read_json(path: Path) -> Any:
    """What a JSON file holds; only of a regular file, as `read_regular`.

    Raises:
        OSError: it is not there, or no regular file.
        ValueError: it is no JSON, or nested deeper than any of ours.
    """
    try:
        return json.loads(read_regular(path))
    except RecursionError:
        raise ValueError(f"'{path.name}' is nested too deeply") from None


def check_writable(folder: Path) -> None:
    """Make a folder and a file in it, which is removed again. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    part, handle = _opened_sibling(folder / "probe")
    handle.close()
    part.unlink()


def clear_leftovers(folder: Path) -> int:
    """Remove what crashed writers left in a folder; returns how many files and folders.

    Only for whoever holds the folder's lock: nobody else is writing then.
    """
    cleared = 0
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if _PART.fullmatch(path.name):
                with suppress(OSError):
                    path.unlink()
                    cleared += 1
            elif path.name.startswith(SCRATCH):
                with suppress(OSError):
                    remove_folder(path)
                    cleared += 1
    return cleared


def remove_folder(folder: Path) -> None:
    """Remove a folder of ours, or what stands in its place, which is never followed."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


def _opened_sibling(target: Path) -> tuple[Path, BinaryIO]:
    """A new private file beside `target`, with the rights that any new file has."""
    while True:
        part = _sibling(target, "part")
        try:
            number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            continue  # left by a crashed process that had our number
        try:
            return part, os.fdopen(number, "wb")
        except BaseException:
            os.close(number)
            part.unlink(missing_ok=True)
            raise


def _sibling(path: Path, kind: str) -> Path:
    return path.with_name(f"{OURS}-{os.getpid()}-{next(_numbers)}.{kind}")
