"""Strategies by name. Configuration names a `kind`; only what registered here can be played."""

import importlib
import pkgutil
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from pydantic import ValidationError

import strategies
from agents.observation import Strategy
from sim.errors import QuestionError
from sim.names import nearest, unknown
from sim.schema import Settings
from strategies.reacting.reacting import Reacting
from strategies.reacting.settings import ReactionSettings

TEXTS = ("label", "label_zh", "description", "description_zh")
"""What a strategy's file says for people beside its parameters; nothing is played differently."""


class Kind(NamedTuple):
    """A registered strategy: what its parameters are and what makes it of them."""

    settings: type[Settings]
    builder: Callable[[Any], Strategy]


_KINDS: dict[str, Kind] = {}


def strategy[S: Settings, B: Strategy](
    kind: str, settings: type[S]
) -> Callable[[Callable[[S], B]], Callable[[S], B]]:
    """Register a strategy class (or function) that is built from validated `settings`."""

    def register(builder: Callable[[S], B]) -> Callable[[S], B]:
        if kind in _KINDS:
            raise QuestionError(f"strategy '{kind}' is registered twice")
        _KINDS[kind] = Kind(settings, builder)
        return builder

    return register


@contextmanager
def registered(kinds: Mapping[str, Callable[[], Strategy]]) -> Generator[None]:
    """Have strategies without parameters known by name as long as the context lasts.

    Args:
        kinds: what makes a fresh one for each market, by the name it is known by meanwhile.
    """
    _discover()
    for name, make in kinds.items():
        strategy(name, _NoParameters)(_Makes(make))
    try:
        yield
    finally:
        for name in kinds:
            _KINDS.pop(name, None)


class _NoParameters(Settings):
    """Nothing to set."""


class _Makes:
    """A builder that takes settings and needs none."""

    def __init__(self, make: Callable[[], Strategy]) -> None:
        self.make = make

    def __call__(self, settings: Settings) -> Strategy:
        del settings
        return self.make()


def is_ours(kind: str) -> bool:
    """Whether a kind comes with this package, so that every process finds it by its name."""
    builder = _kind(kind).builder
    own = isinstance(builder, _Makes)
    return not own and builder.__module__.partition(".")[0] == strategies.__name__


def kind_of(settings: Settings) -> str | None:
    """The kind whose parameters these are, if there is one."""
    _discover()
    return next((k for k, entry in _KINDS.items() if entry.settings is type(settings)), None)


def kinds() -> tuple[str, ...]:
    """All kinds of strategy, in alphabetical order."""
    _discover()
    return tuple(sorted(_KINDS))


def schemas_of(kind: str) -> tuple[type[Settings], type[Settings]]:
    """What validates a kind's parameters: its own, and those of reactions.

    Raises `UnknownNameError`.
    """
    return _kind(kind).settings, ReactionSettings


def parameters_of(kind: str) -> tuple[str, ...]:
    """Names of the parameters that a kind takes, reactions included. Raises `QuestionError`."""
    return tuple(name for schema in schemas_of(kind) for name in schema.model_fields)


def build(kind: str, parameters: Mapping[str, object]) -> Strategy:
    """A strategy of a kind, its parameters validated. `TEXTS` among them are not read.

    A strategy takes notes while it plays: build a fresh one for each market it plays in.

    Raises:
        QuestionError: unknown kind or parameter, wrong type, out of range, or a contradiction.
    """
    entry = _kind(kind)
    own: dict[str, Any] = {}
    reaction: dict[str, Any] = {}
    for key, value in parameters.items():
        if key in ReactionSettings.model_fields:
            reaction[key] = _tuples(value)
        elif key not in TEXTS:
            own[key] = _tuples(value)
    try:
        settings = entry.settings.model_validate(own)
        answer = ReactionSettings.model_validate(reaction)
    except ValidationError as error:
        raise QuestionError(_explain(kind, error, parameters_of(kind))) from None
    base: Any = entry.builder(settings)
    base.kind = kind
    plain = answer.reaction == "none" and answer.gives_up_after == 0
    return base if plain else Reacting(base, answer)


def read(data: Mapping[str, object]) -> Strategy:
    """A strategy from a whole configuration: its `kind`, and its parameters beside it."""
    kind = data.get("kind")
    if not isinstance(kind, str):
        raise QuestionError(
            f"a strategy needs 'kind: <name>', got kind = {kind!r}; allowed: {', '.join(kinds())}"
        )
    return build(kind, {key: value for key, value in data.items() if key != "kind"})


def _kind(kind: str) -> Kind:
    _discover()
    if kind not in _KINDS:
        raise unknown("strategy kind", kind, _KINDS)
    return _KINDS[kind]


@cache
def _discover() -> None:
    """Import this package's modules, so that each registers what it holds."""
    for module in pkgutil.iter_modules(strategies.__path__):
        importlib.import_module(f"{strategies.__name__}.{module.name}")


def _tuples(value: object) -> object:
    """YAML has only lists; settings are frozen, so they hold tuples."""
    if isinstance(value, Mapping):
        return {str(key): _tuples(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_tuples(item) for item in value)
    return value


def _explain(kind: str, error: ValidationError, allowed: Iterable[str]) -> str:
    """The user's message: key, value, what is allowed."""
    parts: list[str] = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(step) for step in problem["loc"])
        if problem["type"] == "extra_forbidden":
            names = ", ".join(sorted(allowed))
            parts.append(f"no parameter '{key}'{nearest(key, allowed)}; allowed: {names}")
        elif problem["type"] == "missing":
            parts.append(f"'{key}' is missing")
        elif not key:
            parts.append(problem["msg"].removeprefix("Value error, "))
        else:
            parts.append(f"{key} = {problem['input']!r}: {problem['msg']}")
    return f"strategy {kind}: " + "; ".join(parts)
