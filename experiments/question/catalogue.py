"""What there is to choose from, and a configuration composed of it without Hydra.

The same files, defaults lists and packages as on the command line, merged by the same rules
(`docs/decisions/0025`): whoever asks from Python gets the very configuration that the command line
would have composed. Hydra's grammar of overrides is the command line's alone.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from experiments.question import limits
from experiments.question.files import OUR_FILES, ConfigFile, Files
from experiments.question.provenance import Part
from experiments.question.references import unhide, worked_out
from sim.errors import QuestionError
from sim.names import unknown

Plain = dict[str, Any]

_GLOBAL = "_global_"
_ROUNDS = 20
"""Choices that files override may bring in files that override others: so often at most."""


class Entry(NamedTuple):
    """A line of a catalogue: a file to choose by its name."""

    name: str
    kind: str
    """Kind of strategy or experiment; of a market, its form."""
    description: str


def markets(files: Files = OUR_FILES) -> list[Entry]:
    """The markets by name."""
    entries: list[Entry] = []
    for name in files.options("market"):
        market = composed({"market": name}, files)["market"]
        entries.append(Entry(name, str(market.get("form", "full")), str(market.get("label", name))))
    return entries


def plays(group: str, files: Files = OUR_FILES) -> list[Entry]:
    """Files of what an operator may play: `group` is `strategy` or `rival`."""
    read = ((name, files.read(f"{group}/{name}").data) for name in files.options(group))
    return [Entry(n, str(d.get("kind", "")), str(d.get("description", ""))) for n, d in read]


def file_of(group: str, name: str, files: Files = OUR_FILES) -> ConfigFile:
    """A file by name. Raises `UnknownNameError`."""
    options = files.options(group)
    if name not in options:
        raise unknown(f"{group}:", name, options)
    return files.read(f"{group}/{name}")


def composed(choices: Mapping[str, str], files: Files = OUR_FILES) -> Plain:
    """The primary configuration with other files chosen. Raises `QuestionError`."""
    return composed_of_parts(choices, files)[0]


def composed_of_parts(
    choices: Mapping[str, str], files: Files = OUR_FILES
) -> tuple[Plain, list[Part]]:
    """The primary configuration with other files chosen, and the files in the order of merging.

    Args:
        choices: a file's name by what it is chosen for: a group (`market`), or a group and the
            place where its content goes (`rival@rivals.china_mobile`). What no defaults list asks
            for is taken in last.
        files: those to choose from.

    Raises:
        QuestionError: there is no such file, or the defaults lists cannot be followed.
    """
    tree = _Tree(files, dict(choices))
    for _ in range(_ROUNDS):
        before = dict(tree.overridden)
        merged = tree.merged()
        if tree.overridden == before:
            return worked_out(cast("Plain", unhide(merged))), tree.parts
    raise QuestionError("defaults: files override each other's choices without end")


@dataclass
class _Tree:
    """All files of one composition, found from the primary one downwards."""

    files: Files
    choices: dict[str, str]
    overridden: dict[str, str] = field(default_factory=dict[str, str])
    """What files choose by `override`; the caller's choices go before."""
    met: set[str] = field(default_factory=set[str])
    loads: int = 0
    parts: list[Part] = field(default_factory=list[Part])
    """The files, in the order in which they are merged."""

    def merged(self) -> Plain:
        """Everything merged, each file where its place in the defaults lists puts it."""
        self.met, self.loads, self.parts = set(), 0, []
        whole: Plain = {}
        for part, data in self._file("config", "", _GLOBAL, ""):
            self._merge(whole, part, data)
        for key, name in self.choices.items():
            if key not in self.met:
                group, _, package = key.partition("@")
                for part, data in self._chosen(group, package, name, "", ""):
                    self._merge(whole, part, data)
        return whole

    def _merge(self, whole: Plain, part: Part, data: Plain) -> None:
        merge_at(whole, part.package, data)
        self.parts.append(part)

    def _file(
        self, name: str, group: str, package: str, parent: str
    ) -> Iterator[tuple[Part, Plain]]:
        """A file and those its defaults list names, in the order in which they are merged."""
        self.loads += 1
        if self.loads > limits.LOADS:
            raise QuestionError(f"'{name}', defaults: files take each other in too often")
        file = self.files.read(name)
        steps = (step for step in package.split(".") if step != _GLOBAL)
        part = Part(name, ".".join(steps), parent)
        own = overrides = False
        for line in file.defaults:
            if _is_override(line):
                overrides = True
            elif overrides:
                raise QuestionError(f"'{file.path}', defaults: overrides must stand at the end")
            if line == "_self_":
                own = True
                yield part, file.data
            else:
                yield from self._line(line, group, package, name)
        if not own:
            yield part, file.data

    def _line(
        self, line: object, group: str, package: str, parent: str
    ) -> Iterator[tuple[Part, Plain]]:
        if isinstance(line, str):
            path, _, place = line.partition("@")
            above, _, name = path.rpartition("/")
            key = f"{above}@{place}" if place else above
            yield from self._asked(key, [name], group, package, set(), parent)
            return
        [(written, given)] = cast("Mapping[str, Any]", line).items()
        *words, key = str(written).split(" ")
        listed = cast("list[Any]", given) if isinstance(given, list) else [given]
        if "override" in words:
            self.overridden.setdefault(_absolute(key, ""), str(given))
            return
        names = [str(n) for n in listed if n is not None]
        yield from self._asked(key, names, group, package, set(words), parent)

    def _asked(
        self, key: str, names: list[str], group: str, package: str, words: set[str], parent: str
    ) -> Iterator[tuple[Part, Plain]]:
        full = _absolute(key, group)
        inner, _, place = full.partition("@")
        if full in self.met:
            raise QuestionError(f"defaults: {full} is chosen twice; write 'override /{full}'")
        self.met.add(full)
        chosen = self.choices.get(full, self.overridden.get(full))
        for name in names if chosen is None else [chosen]:
            if "optional" in words and name not in self.files.options(inner):
                continue
            yield from self._chosen(inner, place, name, package, parent)

    def _chosen(
        self, group: str, place: str, name: str, package: str, parent: str
    ) -> Iterator[tuple[Part, Plain]]:
        file = file_of(group, name, self.files)
        if place:
            where = place
        elif file.package not in (None, "_group_"):
            where = str(file.package)
        else:
            where = group.replace("/", ".")
        yield from self._file(f"{group}/{name}", group, _below(package, where), parent)


def _is_override(line: object) -> bool:
    keys = cast("Mapping[str, Any]", line) if isinstance(line, Mapping) else ()
    return any("override" in str(key).split(" ")[:-1] for key in keys)


def _absolute(key: str, group: str) -> str:
    """A key of a defaults list seen from the top: groups are relative to their file's own."""
    if key.startswith("/"):
        return key[1:]
    if not key or key.startswith("@"):  # a file of the same group
        return f"{group}{key}"
    return f"{group}/{key}" if group else key


def _below(package: str, place: str) -> str:
    """A place below another; `_global_` begins at the top."""
    if place == _GLOBAL or place.startswith(f"{_GLOBAL}."):
        return place
    return place if package in ("", _GLOBAL) else f"{package}.{place}"


def merge_at(whole: Plain, package: str, data: Mapping[str, Any]) -> None:
    """Merge data into a configuration at a dotted place."""
    steps = [step for step in package.split(".") if step not in ("", _GLOBAL)]
    for step in steps:
        inner = whole.get(step)
        if not isinstance(inner, dict):
            inner = whole[step] = {}
        whole = cast("Plain", inner)
    merge(whole, data)


def merge(into: Plain, data: Mapping[str, Any]) -> None:
    """Merge data into a configuration: mappings key by key, anything else as a whole."""
    for key, value in data.items():
        there = into.get(key)
        if isinstance(value, Mapping) and isinstance(there, dict):
            merge(cast("Plain", there), cast("Mapping[str, Any]", value))
        else:
            into[key] = deepcopy(value)
