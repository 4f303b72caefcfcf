"""Numba as it is delivered, whatever lies in the working folder or the environment.

Numba reads `.numba_config.yaml` in the working folder when it is imported and before each
compilation, and `NUMBA_*` variables: either can switch compilation off, check what need not be
checked, print what it does, or end a run by a value that it does not take.
"""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

from experiments.watched_imports import standing_in, watch

_KEPT = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
"""What people set for good reasons: one cache of kernels for machines that differ."""
_THREADS = "NUMBA_NUM_THREADS"


def install() -> None:
    """See to it that Numba, whenever it is imported, is so without the user's settings."""
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        threads = name == _THREADS and _is_number(os.environ[name])
        if name not in _KEPT and not threads:
            del os.environ[name]
    watch("numba.core.config", _without_file)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:9]) > 0


@contextlib.contextmanager
def _without_file(module: ModuleType) -> Generator[None]:
    assert module.__file__ is not None
    with standing_in(Path(module.__file__).parent):
        yield
    vars(module)["_config_fname"] = ""  # it would be looked for again before each compilation
