"""Where compiled kernels are kept between runs, and which of them may be loaded again.

Numba stores machine code and runs what it finds. So a folder is used only if it belongs to whoever
runs and nobody else can write there, and a file only if it is whole.
"""

import atexit
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, override

from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    IndexDataCacheFile,
    UserProvidedCacheLocator,
)

from sim.folders import usable, user_cache

_SUM = ".sha256"


def kernel_folder(name: str) -> Path:
    """A folder of this name that is ours alone, the first of: told, installation, user, temporary.

    `COUNTERPLAY_KERNELS` names the folder itself.
    """
    configured = os.environ.get("COUNTERPLAY_KERNELS")
    candidates = [Path(configured)] if configured else []
    candidates.append(Path(__file__).resolve().parent / "__pycache__" / name)
    user = user_cache()
    candidates += [user / name] if user is not None else []
    for folder in candidates:
        if usable(folder):
            return folder
    temporary = Path(tempfile.mkdtemp(prefix="counterplay-kernels-"))
    atexit.register(_remove, temporary, os.getpid())
    return temporary


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


class _OurFolder(CompileResultCacheImpl):
    """Only the folder that we have chosen: Numba's other places are not looked at for owners."""

    _locator_classes = [UserProvidedCacheLocator]


class _CheckedFile(IndexDataCacheFile):
    """Numba's index and data files, each beside a checksum; what does not match is not there."""

    @override
    def load(self, key: Any) -> Any:
        if not is_whole(self._index_path):
            return None
        name = self._load_index().get(key)
        if name is None or not is_whole(self._data_path(name)):
            return None
        return super().load(key)

    @override
    def save(self, key: Any, data: Any) -> None:
        if not is_whole(self._index_path):
            Path(self._index_path).unlink(missing_ok=True)
        super().save(key, data)

    @contextlib.contextmanager
    def _open_for_write(self, filepath: str) -> Generator[Any]:
        with super()._open_for_write(filepath) as file:
            yield file
        with super()._open_for_write(filepath + _SUM) as file:
            file.write(_digest(Path(filepath)))


class _CheckedCache(FunctionCache):
    """A cache whose troubles cost time, never the run: the kernel is compiled again."""

    _impl_class = _OurFolder

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = _CheckedFile(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    @override
    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - written by another version, say
            return None

    @override
    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(OSError):  # a full disk, say
            super().save_overload(sig, data)


def keep(compiled: Any) -> None:
    """Keep what a dispatcher compiles, and load what was kept; as its `enable_caching`."""
    with contextlib.suppress(OSError, RuntimeError):
        compiled._cache = _CheckedCache(compiled.py_func)  # noqa: SLF001


def is_whole(path: str | Path) -> bool:
    """Whether a file is as it was written."""
    try:
        return Path(f"{path}{_SUM}").read_bytes() == _digest(Path(path))
    except OSError:
        return False


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).hexdigest().encode()
