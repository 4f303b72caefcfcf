"""A disk that fails at one chosen operation below a folder, and only then."""

import builtins
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class _Disk:
    """How many operations there have been."""

    count = 0


def install(kind: int, at: int, folder: str) -> None:
    """From here on, operation number `at` (from 1; 0: none) below a folder fails with an errno."""
    where = os.path.realpath(folder)

    def under(path: Any) -> bool:
        try:
            return os.path.abspath(os.fsdecode(path)).startswith(where)  # noqa: PTH100
        except TypeError:
            return isinstance(path, int) and _name_of(path).startswith(where)

    def one_more(path: Any) -> None:
        _Disk.count += 1
        if _Disk.count == at:
            raise OSError(kind, os.strerror(kind), None if isinstance(path, int) else str(path))

    def wrap(original: Callable[..., Any], changes: Callable[..., bool]) -> Callable[..., Any]:
        def wrapped(path: Any, *more: Any, **options: Any) -> Any:
            if changes(*more, **options) and under(path):
                one_more(path)
            return original(path, *more, **options)

        return wrapped

    os.open = wrap(os.open, _flags_write)
    builtins.open = io.open = wrap(io.open, _mode_writes)
    for name in ("replace", "rename", "mkdir", "fsync", "ftruncate", "pwrite"):
        setattr(os, name, wrap(getattr(os, name), lambda *_, **__: True))


def operations() -> int:
    """How many operations there have been so far."""
    return _Disk.count


def _name_of(handle: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{handle}").readlink())
    except OSError:
        return ""


def _flags_write(flags: int = 0, *_: object, **__: object) -> bool:
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _mode_writes(mode: str = "r", *_: object, **__: object) -> bool:
    return any(sign in mode for sign in "wax+")
