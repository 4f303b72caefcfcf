"""Files of a configuration: ours and a user's own, each read once, as data, within limits.

A user's folder is opened step by step below its real path and no link is followed on the way, so
what was checked is what is read. A device or a pipe is refused before it is read from.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from experiments.paths import CONF
from experiments.question import limits
from experiments.question.names import (
    GROUPS,
    check_group,
    check_key,
    check_name,
    check_package,
)
from experiments.question.references import check_text, hide
from experiments.question.safe_yaml import Rules, read_yaml
from sim.errors import QuestionError

_PRIMARY = "config"
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_RULES = Rules(check_key, check_text)


@dataclass(frozen=True)
class ConfigFile:
    """One file, read and checked."""

    path: str
    """For messages."""
    data: dict[str, Any]
    """Its content without the defaults list; references are hidden (`references.hide`)."""
    defaults: list[Any]
    package: str | None
    nodes: int


@dataclass
class Files:
    """All files that one command can choose from; each is read at most once, and then kept."""

    config_dir: Path | None = None
    own: dict[str, Path] = field(default_factory=dict[str, Path])
    """The user's own, by `group/name`."""
    _read: dict[str, ConfigFile] = field(default_factory=dict[str, ConfigFile])

    @classmethod
    def of(cls, config_dir: Path | None) -> "Files":
        """The files below a user's folder and ours. Raises `QuestionError`."""
        return cls(config_dir, {} if config_dir is None else _listed(config_dir))

    def options(self, group: str) -> list[str]:
        """Names to choose from in a group."""
        if group not in GROUPS:
            return []
        ours = {path.stem for path in (CONF / group).glob("*.yaml")}
        own = {name.rpartition("/")[2] for name in self.own if name.startswith(f"{group}/")}
        return sorted(ours | own)

    def has(self, name: str) -> bool:
        """Whether there is a file, by `group/name`."""
        group, _, stem = name.rpartition("/")
        return name == _PRIMARY or (bool(group) and stem in self.options(group))

    def read(self, name: str) -> ConfigFile:
        """A file by `group/name`. Raises `QuestionError`."""
        if name not in self._read:
            if self.config_dir is not None and name in self.own:
                self._read[name] = _own_file(self.config_dir, self.own[name])
            else:
                path = CONF / f"{name}.yaml"
                self._read[name] = _config_file(str(path), path.read_text(encoding="utf-8"))
        return self._read[name]


OUR_FILES = Files()
"""Those of the project alone."""


def _listed(folder: Path) -> dict[str, Path]:
    """A user's files by `group/name`; refused where they would not do what their author thinks."""
    if not folder.is_dir():
        raise QuestionError(f"--config-dir '{folder}' is no folder")
    if os.path.lexists(folder / "hydra"):
        raise QuestionError(
            f"'{folder / 'hydra'}': Hydra's settings are not used; configuration is data, "
            "none of it is run"
        )
    paths: dict[str, Path] = {}
    for group in GROUPS:
        if not (folder / group).is_dir():
            continue
        try:
            names = [path.name for path in (folder / group).iterdir()]
        except OSError as error:
            raise QuestionError(f"cannot use '{folder / group}': {error.strerror}") from None
        if len(names) > limits.FILES_IN_GROUP:
            raise QuestionError(
                f"'{folder / group}' holds {len(names)} files; at most {limits.FILES_IN_GROUP}"
            )
        for name in sorted(names):
            path = Path(group) / name
            if path.suffix == ".yaml" and not name.startswith("."):
                paths[f"{group}/{_stem(folder / path)}"] = path
    return paths


def _stem(path: Path) -> str:
    name = path.relative_to(path.parents[1])
    if (CONF / name).exists():
        raise QuestionError(f"'{path}': {name} exists already; give yours another name")
    try:
        return check_name("file", path.stem)
    except QuestionError as error:
        raise QuestionError(f"'{path}': {error}") from None


def _own_file(folder: Path, name: Path) -> ConfigFile:
    path = str(folder / name)
    content = read_below(folder, name, limits.FILE_BYTES)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        at = f"{error.reason} at byte {error.start}"
        raise QuestionError(f"'{path}' is not text in UTF-8 ({at})") from None
    return _config_file(path, text)


def read_below(folder: Path, name: Path, most: int) -> bytes:
    """A regular file below a folder, wherever links inside the folder lead within it.

    Raises:
        QuestionError: it leads outside, is no regular file, is too large or cannot be read.
    """
    said = folder / name
    try:
        root = Path(os.path.realpath(folder))
        real = Path(os.path.realpath(root / name))
        if not real.is_relative_to(root):
            raise QuestionError(f"'{said}' leads outside of '{folder}'; put the file itself there")
        handle = _opened(root, real.relative_to(root))
    except OSError as error:
        raise QuestionError(f"cannot use '{said}': {error.strerror or error}") from None
    with os.fdopen(handle, "rb") as file:
        kind = os.fstat(handle)
        if stat.S_ISDIR(kind.st_mode):
            raise QuestionError(f"cannot use '{said}': Is a directory")
        if not stat.S_ISREG(kind.st_mode):
            raise QuestionError(f"'{said}' is no regular file")
        content = file.read(most + 1)
    if len(content) > most:
        raise QuestionError(f"'{said}' is larger than {most:,} bytes".replace(",", " "))
    return content


def _opened(root: Path, relative: Path) -> int:
    """A handle to open a path step by step, so that none can become a link meanwhile."""
    *folders, last = relative.parts
    inside = os.open(root, os.O_RDONLY)
    try:
        for step in folders:
            deeper = os.open(step, os.O_RDONLY | _NO_LINK, dir_fd=inside)
            os.close(inside)
            inside = deeper
        return os.open(last, os.O_RDONLY | _NO_LINK | _NO_WAIT, dir_fd=inside)
    finally:
        os.close(inside)


def _config_file(path: str, text: str) -> ConfigFile:
    data = read_yaml(text, path, _RULES)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise QuestionError(f"'{path}': a file must hold keys with values ('key: value')")
    defaults = data.pop("defaults", [])
    where = f"'{path}', defaults"
    if not isinstance(defaults, list):
        raise QuestionError(f"{where}: must be a list, '- /group@place: name' in each line")
    for item in cast("list[object]", defaults):
        check_default(where, item)
    package = _package(path, text)
    return ConfigFile(path, hide(data), defaults, package, _size(data))


def check_default(where: str, item: object) -> None:
    """One line of a defaults list. Raises `QuestionError` unless it names files of our groups."""
    match item:
        case "_self_":
            return
        case str():
            path, at, package = item.partition("@")
            group, _, name = path.removeprefix("/").rpartition("/")
            if group or path.startswith("/"):
                check_group(where, group)
            check_name(f"{where}: {group or 'file'}", name)
        case dict() if len(cast("dict[str, Any]", item)) == 1:
            [(key, names)] = cast("dict[str, Any]", item).items()
            *words, key = key.split(" ")
            if not set(words) <= {"override", "optional"}:
                raise QuestionError(f"{where}: '{' '.join(words)}': allowed are override, optional")
            group, at, package = key.partition("@")
            check_group(where, group.removeprefix("/"))
            listed = cast("list[object]", names) if isinstance(names, list) else [names]
            for name in listed:
                if name is not None:
                    check_name(f"{where}: {group}", name)
        case _:
            raise QuestionError(
                f"{where}: {item!r}: each line names one file, '/group@place: name'"
            )
    if at:
        check_package(where, package)


def _package(path: str, text: str) -> str | None:
    """The place that a file's first lines name: `# @package _global_`."""
    package = None
    for line in text.removeprefix("\ufeff").splitlines():
        words = line.strip().removeprefix("#").split()
        if not line.strip():
            continue
        if not line.strip().startswith("#"):
            break
        if not words or not words[0].startswith("@"):
            continue
        if len(words) != 2 or words[0] != "@package":
            raise QuestionError(f"'{path}': '{line.strip()[:80]}' is not '# @package <place>'")
        package = words[1]
        if package != "_group_":
            check_package(f"'{path}', @package", package)
    return package


def _size(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(1 + _size(item) for item in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return 1 + sum(_size(item) for item in cast("list[object]", value))
    return 1
