"""What an operator plays, as it is said in Python: by name, by parameters, or as an object."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from agents.observation import Strategy
from experiments.question.catalogue import Plain, merge
from experiments.question.errors import shortened
from experiments.question.files import OUR_FILES, Files
from sim.errors import QuestionError
from sim.names import unknown
from sim.schema import Settings
from strategies import registry

GROUPS = ("strategy", "rival")


@dataclass(frozen=True)
class Play:
    """A strategy by name, and what is changed in it."""

    name: str
    """A file of `conf/strategy` or `conf/rival`, or a kind of strategy."""
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        """As it is written."""
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.changes.items())})"


type Playable = str | Play | Settings | Strategy | Callable[[], Strategy] | Mapping[str, Any]
"""A name, a `Play`, settings of a kind, plain data with `kind`, or a strategy of one's own: an
object (copied for each market) or what makes one."""


@dataclass
class Own:
    """Strategies of the user's own in one question, by the kind they are known by meanwhile."""

    makes: dict[str, Callable[[], Strategy]] = field(
        default_factory=dict[str, Callable[[], Strategy]]
    )

    def add(self, given: object) -> Plain:
        """What is played if this is: plain data that names it."""
        title = given.__name__ if isinstance(given, type) else type(given).__name__
        kind = f"own {len(self.makes) + 1}: {title}"
        if not isinstance(given, type) and callable(getattr(given, "act", None)):
            self.makes[kind] = lambda: cast("Strategy", copy.deepcopy(given))
        elif callable(given):
            self.makes[kind] = cast("Callable[[], Strategy]", given)
        else:
            raise QuestionError(
                f"{shortened(given)} is no strategy: give a name such as 'match_price', a play "
                "such as price_cut(depth=0.3), an object with a method act(view), or what makes one"
            )
        return {"kind": kind, "description": _first_line(given) or title}


def checked(name: str, changes: Mapping[str, Any], files: Files = OUR_FILES) -> Play:
    """A play whose parameters are allowed. Raises `QuestionError`."""
    play = Play(name, dict(changes))
    data = plain_play(play, {}, files)
    registry.read(data)
    return play


def plain_play(play: Play, composed: Mapping[str, Plain], files: Files, first: str = "strategy"
               ) -> Plain:  # fmt: skip
    """Plain data of a play.

    Args:
        play: what is played.
        composed: strategies as a configuration holds them, fitted to its market, by name.
        files: where other names are looked up.
        first: the group that is looked in first; the other follows, and kinds come last.

    Raises:
        UnknownNameError: there is no such name.
    """
    data: Plain | None = None
    for group in (first, *(g for g in GROUPS if g != first)):
        if group == "strategy" and play.name in composed:
            data = copy.deepcopy(composed[play.name])
        elif play.name in files.options(group):
            data = copy.deepcopy(files.read(f"{group}/{play.name}").data)
        if data is not None:
            break
    if data is None:
        if play.name not in registry.kinds():
            names = {name for group in GROUPS for name in files.options(group)}
            raise unknown("strategy", play.name, {*names, *registry.kinds()})
        data = {"kind": play.name}
    merge(data, plain(play.changes, files))
    return data


def plain(value: Any, files: Files = OUR_FILES) -> Any:
    """A value as YAML would have it: plays and settings as mappings, tuples as lists."""
    if isinstance(value, Play):
        return plain_play(value, {}, files)
    if isinstance(value, Settings):
        return {"kind": settings_kind(value), **plain(value.model_dump(mode="json"))}
    if isinstance(value, Mapping):
        inside = cast("Mapping[Any, Any]", value)
        return {str(key): plain(item, files) for key, item in inside.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, files) for item in cast("list[Any]", value)]
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def settings_kind(settings: Settings) -> str:
    """The kind of strategy that settings are of. Raises `QuestionError`."""
    kind = registry.kind_of(settings)
    if kind is None:
        raise QuestionError(
            f"{type(settings).__name__} holds no parameters of a strategy; "
            f"allowed: those of {', '.join(registry.kinds())}"
        )
    return kind


def kinds_in(data: object) -> set[str]:
    """Every kind of strategy that plain data names, members of portfolios included."""
    if isinstance(data, Mapping):
        inside = cast("Mapping[str, Any]", data)
        below = {kind for item in inside.values() for kind in kinds_in(item)}
        return below | ({str(inside["kind"])} if "kind" in inside else set())
    return set()


def _first_line(given: object) -> str:
    text = (given if isinstance(given, type) else type(given)).__doc__ or ""
    return next(iter(text.strip().splitlines()), "").rstrip(".")
