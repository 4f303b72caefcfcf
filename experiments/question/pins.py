"""What the user has set holds: ranges give way to it (docs/decisions/0028)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from experiments.question.provenance import TYPED, Said, Say
from experiments.question.question import DrawnRange, FixedValue, Question, Range
from experiments.question.targets import Target, market_targets, of_rivals, rival_targets

Plain = dict[str, Any]

_NO_PARAMETERS = ("out", "jobs", "resume", "detail", "experiment.name")
"""Where and how an answer is written; none of it is about the market."""


def give_way(
    ranges: Sequence[Range], said: Said, market: Plain, rivals: Mapping[str, Plain]
) -> tuple[tuple[Range, ...], dict[str, str]]:
    """Ranges without what the user has set, each parameter drawn by one range at most.

    A range that the user wrote for that very path wins over a value that was said no nearer to the
    command. Where two ranges meet, the one said nearer wins, then the one without `*`, then the one
    that says more of the path. A range with nothing left to draw is dropped.

    Args:
        ranges: as they stand in the configuration.
        said: what the user said.
        market: the market as plain data.
        rivals: what each rival plays.

    Returns:
        What is drawn, and the range that gave way by the path of each parameter that is not.
    """
    touched = {r.path: [t.path for t in _targets(r, market, rivals)] for r in ranges}
    ahead = sorted(ranges, key=lambda r: _precedence(r, said), reverse=True)
    spared: dict[str, list[str]] = {r.path: [] for r in ranges}
    drawn: set[str] = set()
    gave_way: dict[str, str] = {}
    for prior in ahead:
        for target in touched[prior.path]:
            if target in drawn:
                spared[prior.path].append(target)
            elif _holds(target, prior, said):
                spared[prior.path].append(target)
                gave_way.setdefault(target, prior.path)
            else:
                drawn.add(target)
    kept = [replace(r, spared=tuple(sorted(spared[r.path]))) for r in ranges]
    left = tuple(r for r in kept if len(r.spared) < len(touched[r.path]))
    return left, {path: name for path, name in gave_way.items() if path not in drawn}


def drawn_ranges(question: Question) -> tuple[DrawnRange, ...]:
    """What the worlds of a question draw; nothing if there is one, the market as stated."""
    if question.worlds == 1:
        return ()
    market = question.market.model_dump()
    return tuple(
        DrawnRange(prior, tuple(t.path for t in _targets(prior, market, question.rivals)))
        for prior in question.ranges
    )


def fixed_values(
    config: Mapping[str, Any], said: Said, gave_way: Mapping[str, str]
) -> tuple[FixedValue, ...]:
    """What the user has set, with the range that gave way to it if there was one.

    What was taken out has the value `None`.
    """
    set_values = [
        FixedValue(path, value, say.where, _gave_way(path, gave_way))
        for path, say in sorted(said.values.items())
        if path not in _NO_PARAMETERS
        for value in _looked_up(config, path)
    ]
    taken_out = [
        FixedValue(path, None, TYPED.where, "")
        for path in said.removed
        if not list(_looked_up(config, path))
    ]
    return (*set_values, *taken_out)


def _targets(wanted: Range, market: Plain, rivals: Mapping[str, Plain]) -> list[Target]:
    return rival_targets(wanted, rivals) if of_rivals(wanted) else market_targets(wanted, market)


def _precedence(wanted: Range, said: Said) -> tuple[int, bool, int]:
    say = said.ranges.get(wanted.path)
    steps = wanted.path.split(".")
    return (0 if say is None else say.rank, "*" not in steps, len(steps))


def _holds(target: str, wanted: Range, said: Said) -> bool:
    """Whether the user's value of a parameter holds against a range."""
    value, chosen = _said_of(target, said), said.ranges.get(wanted.path)
    if value is None:
        return False
    return chosen is None or "*" in wanted.path.split(".") or chosen.rank < value.rank


def _said_of(target: str, said: Said) -> Say | None:
    """The nearest say about a parameter, the whole that it stands in, or a part of it."""
    sayings = [say for path, say in said.values.items() if _meet(path, target)]
    return max(sayings, key=lambda say: say.rank, default=None)


def _meet(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _gave_way(path: str, gave_way: Mapping[str, str]) -> str:
    return next((name for target, name in gave_way.items() if _meet(path, target)), "")


def _looked_up(config: Mapping[str, Any], path: str) -> Iterator[Any]:
    """The value at a path; nothing if a later word took it away."""
    value: Any = config
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return
        value = cast("Mapping[str, Any]", value)[step]
    yield value
