"""From command line and files to a configuration, by Hydra; every mistake is a `QuestionError`.

Hydra contributes its grammar of overrides and its defaults lists, and nothing else: it opens no
file, follows no reference, and no `hydra` node exists that could act (docs/decisions/0016).
"""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import ConfigCompositionException
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from packaging.version import Version

from experiments.paths import CONF
from experiments.question.compose_errors import COMPOSING, explain_composition
from experiments.question.files import OUR_FILES, Files
from experiments.question.names import GROUPS
from experiments.question.overrides import choices, hidden, is_group, parse
from experiments.question.places import check_places
from experiments.question.provenance import Choice, Part, Said, said_by_user
from experiments.question.question import Question
from experiments.question.references import unhide, worked_out
from experiments.question.repository import MemoryRepository
from experiments.question.resolve import read_question
from sim.errors import QuestionError
from strategies.registry import kinds, parameters_of

Plain = dict[str, Any]

_VERSION_BASE = Version("1.3")
_ONE_AT_A_TIME = threading.RLock()
"""Hydra keeps the version it imitates in a global."""


class Composed(NamedTuple):
    """A configuration, and the overrides that make it."""

    config: Plain
    """Plain data, references worked out."""
    overrides: list[str]
    """What was asked, and a look-up for each strategy that the primary configuration lacks."""
    unresolved: Plain
    """The same with references as they were written."""
    said: Said
    """What of it is the user's."""


def compose(overrides: Iterable[str], config_dir: Path | Files | None = None) -> Composed:
    """The configuration that overrides ask for; `config_dir` holds the user's own files.

    Raises:
        QuestionError: it cannot be composed.
    """
    files = config_dir if isinstance(config_dir, Files) else Files.of(config_dir)
    typed = with_strategies(overrides)
    try:
        config, said = _compose(typed, files)
        missing = _lookups(_not_composed(config))
        if missing:
            typed += missing
            config, said = _compose(typed, files)
        unresolved = _plain(config)
        resolved = worked_out(unresolved)
    except COMPOSING as error:
        if isinstance(error, QuestionError):
            raise
        raise explained(error, typed, files) from error
    check_places(resolved, _typed(typed), files.config_dir)
    return Composed(resolved, typed, unresolved, said)


def question_of(
    composed: Composed, out: Path | None = None, config_dir: Path | None = None
) -> Question:
    """The validated question that a composed configuration makes. Raises `QuestionError`."""
    folders = (CONF,) if config_dir is None else (config_dir, CONF)
    return read_question(composed.config, out, folders, composed.said)


def with_strategies(overrides: Iterable[str]) -> list[str]:
    """The same overrides, and one for each strategy they name that the configuration does not hold.

    So that `strategies=[hold,mine] strategy.mine.follow=0.5` finds `strategy/mine.yaml`.
    """
    typed = list(overrides)
    parsed = parse(typed)
    built_in = _in_primary()
    named = {
        name
        for override in parsed
        if override.key_or_group == "strategies"
        for choice in choices(override)
        if isinstance(choice, list)
        for name in cast("list[object]", choice)
        if isinstance(name, str)
    }
    composed = {o.package.removeprefix("strategy.") for o in parsed if o.package is not None}
    return typed + _lookups(sorted(named - built_in - composed))


def explained(error: BaseException, overrides: Iterable[str], files: Files) -> QuestionError:
    """One clear message for what went wrong while composing."""
    try:
        message = explain_composition(error, partial(_keys_below, list(overrides), files))
    except QuestionError as other:
        return other
    return QuestionError(message)


def _compose(overrides: list[str], files: Files) -> tuple[DictConfig, Said]:
    """What Hydra's own loader does, without its search path and its `hydra` node."""
    parsed = [hidden(override) for override in parse(overrides)]
    for override in parsed:
        _check_single(override)
    repository = MemoryRepository(files)
    loader = ConfigLoaderImpl(ConfigSearchPathImpl())
    # Hydra has no public way to compose without a `hydra` node and a search path.
    merged = loader._compose_config_from_defaults_list  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    overridden = loader._apply_overrides_to_config  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    with _hydra_as_of(_VERSION_BASE):
        try:
            defaults = create_defaults_list(
                repo=repository,
                config_name="config",
                overrides_list=parsed,
                prepend_hydra=False,
                skip_missing=False,
            )
            config = merged(defaults=defaults.defaults, repo=repository)
            OmegaConf.set_struct(config, True)
            _open_parameters(config, defaults.config_overrides)
            _check_changes(config, defaults.config_overrides)
            overridden(defaults.config_overrides, config)
        except OmegaConfBaseException as error:
            raise ConfigCompositionException from error
    parts = [
        Part(file.config_path, file.package or "", file.parent or "")
        for file in defaults.defaults
        if file.config_path is not None
    ]
    typed = [(o.key_or_group, unhide(o.value())) for o in parsed if _sets_value(o)]
    removed = [o.package or o.key_or_group for o in parsed if o.is_delete()]
    return config, said_by_user(parts, _chosen(parsed), typed, files, removed)


def _check_changes(config: DictConfig, overrides: Iterable[Override]) -> None:
    """Refuse an empty mapping where something stands: laid over it, it would change nothing."""
    for override in overrides:
        key = override.key_or_group
        value = None if override.is_delete() else override.value()
        there = OmegaConf.select(config, key) if value == {} else None
        if there:
            names = ", ".join(str(name) for name in there)
            raise QuestionError(
                f"'{override.input_line}' would change nothing: a mapping is laid over what stands "
                f"there; ~{key} takes all of it out, ~{key}.<name> one of: {names}"
            )


def _open_parameters(config: DictConfig, overrides: Iterable[Override]) -> None:
    """Let a parameter that a strategy's file leaves to its default be set like any other."""
    for override in overrides:
        key, value = override.key_or_group, override.value()
        above, _, name = key.rpartition(".")
        where, names = (key, list(value)) if isinstance(value, dict) else (above, [name])
        if where.startswith(("rivals.", "strategy.")) and override.type is OverrideType.CHANGE:
            plays = OmegaConf.select(config, where)
            kind = plays.get("kind") if OmegaConf.is_dict(plays) else None
            missing = {str(name) for name in names if name not in plays} if kind else set[str]()
            if missing and kind in kinds() and missing <= set(parameters_of(str(kind))):
                override.type = OverrideType.ADD


def _chosen(overrides: Iterable[Override]) -> Iterator[Choice]:
    """The files that the command line names."""
    for override in overrides:
        if is_group(override) and not override.is_delete():
            listed = override.value() if isinstance(override.value(), list) else [override.value()]
            for name in cast("list[object]", listed):
                yield Choice(f"{override.key_or_group}/{name}", override.package)


def _sets_value(override: Override) -> bool:
    return not is_group(override) and not override.is_delete()


@contextmanager
def _hydra_as_of(version: Version) -> Generator[None]:
    """Hydra's rules of one version, and then again those of whoever else uses it."""
    with _ONE_AT_A_TIME:
        base = VersionBase.instance()
        before = base.getbase()
        base.setbase(version)
        try:
            yield
        finally:
            base.version_base = before


def _check_single(override: Override) -> None:
    if override.is_sweep_override():
        key = str(override.input_line).partition("=")[0]
        raise QuestionError(
            f"'{override.input_line}': several values; add -m to run each, "
            f"or write a list as '{key}=[...]'"
        )


def _plain(config: DictConfig) -> Plain:
    data = OmegaConf.to_container(config, resolve=False, throw_on_missing=True)
    return cast("Plain", unhide(data))


def _typed(overrides: Iterable[str]) -> Iterator[str]:
    """Keys whose values stand on the command line, and do not refer to what a file says."""
    for override in parse(overrides):
        if not is_group(override) and "${" not in str(override.value()):
            yield override.key_or_group


def _in_primary() -> set[str]:
    """Strategies that `conf/config.yaml` composes by itself."""
    keys = (key for line in OUR_FILES.read("config").defaults for key in line if line != "_self_")
    return {key.partition("@strategy.")[2] for key in keys if key.startswith("strategy@")}


def _lookups(names: Iterable[str]) -> list[str]:
    return [
        f"+strategy@strategy.{name}={name}"
        for name in names
        if name.replace("-", "_").isidentifier() and name.isascii()
    ]


def _not_composed(config: DictConfig) -> list[str]:
    """Strategies that a file (not the command line) names and nothing has composed."""
    named, composed = config.get("strategies"), config.get("strategy")
    if not OmegaConf.is_list(named) or not OmegaConf.is_dict(composed):
        return []
    built_in = _in_primary()
    return [
        name
        for name in named
        if isinstance(name, str) and name not in composed and name not in built_in
    ]


def _keys_below(overrides: list[str], files: Files, path: str) -> Plain:
    """What exists at a path, once no override of single values is in the way."""
    groups = [text for text in overrides if _chooses_file(text)]
    for kept in (groups, []):
        try:
            whole, _ = _compose(kept, files)
        except COMPOSING:
            continue
        node = OmegaConf.select(whole, path) if path else whole
        if not OmegaConf.is_dict(node):
            return {}
        keys = {str(key): value for key, value in node.items()}
        plays = path.startswith(("rivals.", "strategy.")) and "kind" in keys
        more = parameters_of(str(keys["kind"])) if plays else ()
        return keys | {key: None for key in more if key not in keys}
    return {}


def _chooses_file(text: str) -> bool:
    key = text.partition("=")[0].lstrip("+~")
    return "@" in key or key.partition("@")[0] in GROUPS
