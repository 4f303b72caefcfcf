"""Libraries that read settings while they are imported: watched, and imported elsewhere.

Whoever imports such a library first, and whenever, has it loaded our way.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import override

type Around = Callable[[ModuleType], AbstractContextManager[None]]
"""What is done around the loading of a module."""


def watch(name: str, around: Around) -> None:
    """Have a module loaded within `around`, unless it is there already."""
    if name in sys.modules or any(isinstance(f, _Finder) and f.name == name for f in sys.meta_path):
        return
    sys.meta_path.insert(0, _Finder(name, around))


@contextlib.contextmanager
def standing_in(folder: Path) -> Generator[None]:
    """Work in another folder for a while; the one before may have been removed."""
    here = _open_here()
    os.chdir(folder)
    try:
        yield
    finally:
        if here is not None:
            os.fchdir(here)
            os.close(here)


class _Finder(MetaPathFinder):
    """Finds one module as usual, and has it loaded our way."""

    def __init__(self, name: str, around: Around) -> None:
        self.name, self.around = name, around

    @override
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self.around)
        return spec


class _Loader(Loader):
    """Loads as the loader within does, with something done around it."""

    def __init__(self, within: Loader, around: Around) -> None:
        self.within, self.around = within, around

    @override
    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.within.create_module(spec)

    @override
    def exec_module(self, module: ModuleType) -> None:
        with self.around(module):
            self.within.exec_module(module)


def _open_here() -> int | None:
    try:
        return os.open(".", os.O_RDONLY)
    except OSError:  # the working folder has been removed, or may not be read
        return None
