"""Who said what: which values of a configuration come from the user, and from where.

What the user says holds (docs/decisions/0028). A value is the user's if it stands on the command
line, in a file chosen there or by a file of theirs, or in a file of their own. A market file must
state every value; so what stands there as in a market of ours counts as copied, not as said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple, Self, cast

from experiments.question.files import OUR_FILES, Files
from experiments.question.references import unhide
from experiments.question.settings import RangeSettings

UNKNOWNS = "unknowns."
_RANGES = f"{UNKNOWNS}ranges."
_MARKET, _GLOBAL = "market", "_global_"
_DESCRIBE = (_MARKET, "unknowns")
"""Groups that describe a market: choosing one of ours says nothing about any single value."""
_RANGE_KEYS = frozenset(RangeSettings.model_fields)


class Rank(IntEnum):
    """How near to the command it was said; the nearer say wins."""

    MARKET = 1
    """In a market file of the user's own, or a file that it takes in."""
    FILE = 2
    """In any other file that the user wrote or chose."""
    COMMAND = 3


class Say(NamedTuple):
    """Where the user said something."""

    where: str
    rank: Rank


@dataclass(frozen=True)
class Said:
    """What the user said."""

    values: Mapping[str, Say] = field(default_factory=dict[str, Say])
    """By dotted path of a single value in the configuration."""
    ranges: Mapping[str, Say] = field(default_factory=dict[str, Say])
    """By path of a range, as in `unknowns.ranges`."""
    removed: tuple[str, ...] = ()
    """Paths that the command line takes out."""

    @classmethod
    def of(cls, found: Mapping[str, Say], removed: Iterable[str] = ()) -> Self:
        """What was said, by path of each single value in the configuration, ranges included."""
        return cls(
            {path: say for path, say in found.items() if not path.startswith(UNKNOWNS)},
            {_range_of(path): say for path, say in found.items() if path.startswith(_RANGES)},
            tuple(removed),
        )


NOTHING_SAID = Said()
TYPED = Say("you", Rank.COMMAND)
"""On the command line, or as an argument in Python."""


class Part(NamedTuple):
    """A file of a composition. Parts are laid over one another in their order."""

    name: str
    """As `group/name`."""
    package: str
    """Where its content is put; empty: at the top."""
    parent: str
    """The file whose defaults list names it."""

    @property
    def group(self) -> str:
        """Its kind of file."""
        return self.name.rpartition("/")[0]


class Choice(NamedTuple):
    """A file that is chosen in another's stead."""

    name: str
    package: str | None
    """`None`: wherever it is put."""


def said_by_user(
    parts: Sequence[Part],
    choices: Iterable[Choice],
    typed: Iterable[tuple[str, Any]],
    files: Files,
    removed: Iterable[str] = (),
) -> Said:
    """What of a composition is the user's.

    Args:
        parts: all files of it, in the order in which they are laid over one another.
        choices: the files that the command line chooses.
        typed: keys and values that stand on the command line, in their order.
        files: ours and the user's own.
        removed: paths that the command line takes out.
    """
    users = _Users(parts, set(choices), files)
    sayings: dict[str, Say] = {}
    for part in parts:
        say = users.say(part)
        copies = say is not None and say.rank is Rank.MARKET
        for path, value in placed(part, files):
            if say is None or (copies and copied(path, value)):
                sayings.pop(path, None)
            else:
                sayings[path] = say
    for key, value in typed:
        sayings.update(dict.fromkeys((path for path, _ in leaves_of(value, key)), TYPED))
    return Said.of(sayings, removed)


def said_by_market(market: Mapping[str, Any], file: Mapping[str, Any]) -> dict[str, Say]:
    """What a market that was handed over as an object says.

    What the file of its name says too is copied; without one (empty), what one of ours says.
    """
    say = Say("your market", Rank.MARKET)
    known = dict(leaves_of(dict(file), _MARKET)) if file else {}
    return {
        path: say
        for path, value in leaves_of(dict(market), _MARKET)
        if not (path in known and known[path] == value if file else copied(path, value))
    }


class _Users:
    """Which files of a composition the user wrote or chose."""

    def __init__(self, parts: Sequence[Part], chosen: set[Choice], files: Files) -> None:
        self.files = files
        self.chosen = chosen
        self.by_name = {part.name: part for part in parts}
        for part in parts:
            if self._own(part) or self._picked(part):
                chosen |= set(_chosen_by(part, files))

    def say(self, part: Part) -> Say | None:
        """Where the user said what stands in a file; `None` if it is our word only."""
        above = self.by_name.get(part.parent)
        taken_in = None if above is None else self.say(above)
        if self._own(part):
            rank = Rank.MARKET if part.group == _MARKET else Rank.FILE
            return Say(f"your file {part.name}.yaml", rank)
        if part.group not in _DESCRIBE and self._picked(part):
            return Say(f"file {part.name}.yaml", Rank.FILE)
        return None if taken_in is None else Say(f"file {part.name}.yaml", taken_in.rank)

    def _own(self, part: Part) -> bool:
        return part.name in self.files.own

    def _picked(self, part: Part) -> bool:
        return bool({Choice(part.name, None), Choice(part.name, part.package)} & self.chosen)


def _chosen_by(part: Part, files: Files) -> Iterator[Choice]:
    """What a file's defaults list chooses in another's stead."""
    for words, group, package, name in _taken_in(part.name, files):
        if "override" in words:
            yield Choice(f"{group}/{name}", package)


def _taken_in(file: str, files: Files) -> Iterator[tuple[str, str, str | None, str]]:
    """Lines of a defaults list: words before the group, group, place (if named), name."""
    for line in files.read(file).defaults:
        if isinstance(line, dict):
            [(key, names)] = cast("dict[str, Any]", line).items()
            words, _, place = key.rpartition(" ")
            group, at, package = place.removeprefix("/").partition("@")
            package = package.removeprefix(_GLOBAL).removeprefix(".")
            for name in cast("list[Any]", names) if isinstance(names, list) else [names]:
                yield words, group, package if at else None, str(name)


def placed(part: Part, files: Files) -> Iterator[tuple[str, Any]]:
    """Each single value of a file, at its place in the configuration."""
    yield from leaves_of(unhide(files.read(part.name).data), part.package)


def leaves_of(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Single values by path; a list is one."""
    if isinstance(value, dict):
        for key, item in cast("dict[Any, Any]", value).items():
            yield from leaves_of(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _range_of(path: str) -> str:
    """The range to which a key below `unknowns.ranges` belongs."""
    name = path.removeprefix(_RANGES)
    above, _, last = name.rpartition(".")
    return above if last in _RANGE_KEYS else name


def copied(path: str, value: Any) -> bool:
    """Whether a market of ours says the same in the same place."""
    return any(path in leaves and leaves[path] == value for leaves in _our_markets())


@cache
def _our_markets() -> tuple[dict[str, Any], ...]:
    """Every single value of each market of ours, with the files that it takes in."""
    return tuple(_our_market(f"{_MARKET}/{name}") for name in OUR_FILES.options(_MARKET))


def _our_market(market: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for _, group, package, name in _taken_in(market, OUR_FILES):
        values.update(placed(Part(f"{group}/{name}", package or "", market), OUR_FILES))
    values.update(leaves_of(unhide(OUR_FILES.read(market).data), ""))
    return values
