"""Files that a configuration names by a value, not by a group: tables read, pages written.

On the command line these are paths like any other. In a user's file they are names: what is read
stands below that user's folder or ours, what is written below the folder one stands in.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from experiments.paths import CONF
from sim.errors import QuestionError
from sim.names import nearest

READ = (
    "history.moves", "history.observations", "experiment.observed", "experiment.ensemble",
    "experiment.history", "experiment.data",
)  # fmt: skip
FOLDERS = ("experiment.answer", "experiment.plan")
"""Of earlier answers; below the folder one stands in. A study may call something else a plan."""
WRITTEN = ("out", "experiment.page", "experiment.write_to")
_PARTS = ("history", "data", ".")


def find(name: str, folders: Iterable[Path], key: str) -> Path:
    """A file that a value names: in the user's own folder, in ours, or where one stands.

    Args:
        name: the file's name, or a path.
        folders: the user's own folder, then ours.
        key: whose value it is, for messages.

    Raises:
        QuestionError: there is no such file.
    """
    path = Path(name)
    looked = list(folders)
    places = [path] if path.is_absolute() else []
    places += [folder / part / name for folder in looked for part in _PARTS]
    places.append(path)
    for place in places:
        if place.is_file():
            return place
    there = [p.name for folder in looked for part in _PARTS for p in _tables(folder / part)]
    said = ", ".join(f"'{folder / _PARTS[0]}'" for folder in looked)
    raise QuestionError(
        f"{key}: there is no file '{name}'{nearest(name, there)}; looked in {said} and beside"
    )


def check_places(
    config: Mapping[str, Any], typed: Iterable[str], config_dir: Path | None = None
) -> None:
    """Refuse a file's value that leads to where no file of a configuration belongs.

    Args:
        config: the whole configuration, references worked out.
        typed: keys whose values stand on the command line.
        config_dir: the user's own folder.

    Raises:
        QuestionError: it is absolute, leads upwards, or outside by a link.
    """
    keys = {tuple(one.split(".")) for one in typed}
    folders = (CONF,) if config_dir is None else (config_dir, CONF)
    for key in (*READ, *FOLDERS, *WRITTEN):
        if _stands_in(tuple(key.split(".")), keys):
            continue
        for name in _names(config, key):
            _check_name(key, name)
            if key in READ:
                _check_inside(key, name, folders)


def check_no_links(folder: Path) -> None:
    """Refuse an output folder in which a link to a folder would lead files to elsewhere.

    A link to a file, or to nothing, leads nowhere: all writers replace it (`runs/files.py`).

    Raises:
        QuestionError: with the first such link found. The folder itself may be one.
    """
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(place) / name
            if path.is_symlink():
                raise QuestionError(
                    f"out: '{path}' is a symbolic link to a folder; nothing is written through "
                    "links: remove it, or name another folder"
                )


def _stands_in(key: tuple[str, ...], typed: set[tuple[str, ...]]) -> bool:
    """Whether the whole value at a key was typed: itself, or something that it stands in."""
    return any(key[: len(one)] == one for one in typed)


def _names(config: Mapping[str, Any], key: str) -> Iterator[str]:
    value: Any = config
    for step in key.split("."):
        value = cast("Mapping[str, Any]", value).get(step) if isinstance(value, Mapping) else None
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    yield from (name for name in listed if isinstance(name, str) and name)


def _check_name(key: str, name: str) -> None:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts or name.startswith("~") or "\\" in name:
        raise QuestionError(
            f"{key} = '{name}': a file may only name what is below its folder; "
            f"write {key}=... on the command line for any other place"
        )
    if not name.isprintable():
        raise QuestionError(f"{key} = {name!r}: no file can have this name")


def _check_inside(key: str, name: str, folders: tuple[Path, ...]) -> None:
    path = find(name, folders, key)
    real = Path(os.path.realpath(path))
    if not any(real.is_relative_to(os.path.realpath(folder)) for folder in folders):
        raise QuestionError(
            f"{key} = '{name}': '{path}' is not below {' or '.join(f"'{f}'" for f in folders)}; "
            f"write {key}=... on the command line for any other place"
        )


def _tables(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv")) if folder.is_dir() else []
