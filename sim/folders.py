"""Folders of the user who runs: where caches may be kept, and whether one can be trusted."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

_PRIVATE = 0o700
_OTHERS_WRITE = 0o022


def user_cache() -> Path | None:
    """Our folder below the user's caches, by the XDG rule; nothing if there is no such place."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    if configured and Path(configured).is_absolute():
        return Path(configured) / "counterplay"
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry in the list of users
        return None
    return home / ".cache" / "counterplay" if home.is_absolute() else None


def usable(folder: Path) -> bool:
    """Whether a folder is there, or can be made, is writable, ours, and nobody else's to write."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=_PRIVATE)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_mode & _OTHERS_WRITE:
            return False
        if status.st_uid != os.geteuid():
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, ValueError):
        return False
