"""Which single parameters a range touches, as paths of the configuration."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from experiments.question.question import HOLD, Range
from sim.errors import QuestionError
from sim.names import nearest

RIVALS = "rivals."
MARKET = "market."


class Target(NamedTuple):
    """One value that a range draws: its path in the configuration, and where it stands."""

    path: str
    holder: dict[str, Any]
    key: str

    @property
    def value(self) -> Any:
        """What stands there; `None` if it is left to its default."""
        return self.holder.get(self.key)


def market_targets(wanted: Range, market: dict[str, Any]) -> list[Target]:
    """What a range draws in a market (plain data); a factor scales each number of a mapping.

    Raises:
        QuestionError: nothing is there.
    """
    hits = places(market, wanted.path)
    leaves = [leaf for hit in hits for leaf in _numbers(hit, wanted)]
    return [target for target in leaves if target.path not in wanted.spared]


def rival_targets(wanted: Range, rivals: Mapping[str, dict[str, Any]]) -> list[Target]:
    """What a range of `rivals.*` draws.

    `*` is whoever plays anything at all; a rival that is named is drawn for anyway.
    """
    _, who, parameter = wanted.path.split(".", 2)
    leaves = [
        Target(f"{RIVALS}{name}.{parameter}", plays, parameter)
        for name, plays in rivals.items()
        if who == name or (who == "*" and plays.get("kind") != HOLD)
    ]
    return [target for target in leaves if target.path not in wanted.spared]


def of_rivals(wanted: Range) -> bool:
    """Whether a range is about what rivals play; else it is about the market."""
    return wanted.path.startswith(RIVALS)


def places(data: dict[str, Any], path: str) -> list[Target]:
    """Where in nested data a dotted path points; `*` stands for every key of a mapping, if any.

    Raises:
        QuestionError: nothing is there.
    """
    holders: list[tuple[str, dict[str, Any]]] = [(MARKET, data)]
    *parents, last = path.split(".")
    for part in parents:
        paths = [
            (f"{above}{key}.", holder.get(key))
            for above, holder in holders
            for key in (list(holder) if part == "*" else [part])
        ]
        deeper = [(above, item) for above, item in paths if isinstance(item, dict)]
        if not deeper and paths:
            raise QuestionError(_nowhere(path, part, holders))
        holders = [(above, cast("dict[str, Any]", item)) for above, item in deeper]
    hits = [Target(f"{above}{last}", holder, last) for above, holder in holders if last in holder]
    if not hits and holders:
        raise QuestionError(_nowhere(path, last, holders))
    return hits


def _nowhere(path: str, part: str, holders: list[tuple[str, dict[str, Any]]]) -> str:
    names = list(dict.fromkeys(key for _, holder in holders for key in holder))
    return (
        f"unknowns.ranges.{path}: the market has no '{part}' there"
        f"{nearest(part, names)}; allowed: {', '.join(names) or '-'}"
    )


def _numbers(hit: Target, wanted: Range) -> Iterator[Target]:
    if wanted.scale == "factor" and isinstance(hit.value, dict):
        inside = cast("dict[str, Any]", hit.value)
        yield from (Target(f"{hit.path}.{key}", inside, key) for key in inside)
    else:
        yield hit
