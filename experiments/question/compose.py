"""From command line and files to a configuration, by Hydra; every mistake is a `MarketError`."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import hydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

from experiments.paths import CONF
from experiments.question.errors import COMPOSING, explain_composition
from experiments.question.question import Question
from experiments.question.resolve import read_question
from sim.schema import MarketError
from strategies.registry import parameters_of

VERSION_BASE = "1.3"
Plain = dict[str, Any]

_RUNS_CODE = re.compile(
    r"^\s*hydra\s*:|@package\s+hydra|@hydra|_target_|^\s*[\"']?\(\)", re.MULTILINE
)


class Composed(NamedTuple):
    """A configuration, and the overrides that make it."""

    config: DictConfig
    overrides: list[str]
    """What was asked, and a look-up for each strategy that the primary configuration lacks."""


def compose(overrides: Iterable[str], config_dir: Path | None = None) -> Composed:
    """The configuration that overrides ask for; `config_dir` holds the user's own files.

    Raises:
        MarketError: it cannot be composed.
    """
    if config_dir is not None:
        check_config_dir(config_dir)
    asked = with_strategies(overrides)
    try:
        config = _compose(asked, config_dir)
        missing = _lookups(_not_composed(config))
        if missing:
            asked += missing
            config = _compose(asked, config_dir)
    except COMPOSING as error:
        raise explained(error, asked, config_dir) from error
    return Composed(config, asked)


def question_of(
    config: DictConfig, out: Path | None = None, config_dir: Path | None = None
) -> Question:
    """The validated question that a composed configuration makes. Raises `MarketError`."""
    folders = (CONF,) if config_dir is None else (config_dir, CONF)
    return read_question(plain(config), out, folders)


def with_strategies(overrides: Iterable[str]) -> list[str]:
    """The same overrides, and one for each strategy they name that the configuration does not hold.

    So that `strategies=[hold,mine] strategy.mine.follow=0.5` finds `strategy/mine.yaml`.
    """
    asked = list(overrides)
    parsed = parse(asked)
    built_in = {path.stem for path in (CONF / "strategy").glob("*.yaml")}
    named = {
        str(name)
        for override in parsed
        if override.key_or_group == "strategies"
        for choice in _choices(override)
        if isinstance(choice, list)
        for name in cast("list[object]", choice)
    }
    composed = {o.package.removeprefix("strategy.") for o in parsed if o.package is not None}
    return asked + _lookups(sorted(named - built_in - composed))


def parse(overrides: Iterable[str]) -> list[Override]:
    """Overrides as Hydra reads them. Raises `MarketError`."""
    try:
        return OverridesParser.create().parse_overrides(list(overrides))
    except COMPOSING as error:
        raise MarketError(explain_composition(error, lambda _: {})) from error


def explained(
    error: BaseException, overrides: Iterable[str], config_dir: Path | None
) -> MarketError:
    """One clear message for what went wrong while composing."""
    try:
        message = explain_composition(error, partial(_keys_below, list(overrides), config_dir))
    except MarketError as other:
        return other
    return MarketError(message)


def plain(config: DictConfig) -> Plain:
    """The configuration as plain data, everything resolved. Raises `MarketError`."""
    try:
        data = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except COMPOSING as error:
        raise explained(error, [], None) from error
    return cast("Plain", data)


def check_config_dir(folder: Path) -> None:
    """Refuse a folder that would not do what its author thinks. Raises `MarketError`.

    Hydra would silently prefer our file to one of the same name, and call what `_target_` names.
    """
    if not folder.is_dir():
        raise MarketError(f"--config-dir '{folder}' is no folder")
    groups = sorted(path.name for path in CONF.iterdir() if path.is_dir())
    for group in groups:
        for path in sorted((folder / group).rglob("*.yaml")):
            name = path.relative_to(folder)
            if (CONF / name).exists():
                raise MarketError(f"'{path}': {name} exists already; give yours another name")
            _check_only_data(path)
    if (folder / "hydra").exists():
        raise MarketError(f"'{folder / 'hydra'}': hydra's settings belong on the command line")


def _check_only_data(path: Path) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        at = f"{error.reason} at byte {error.start}"
        raise MarketError(f"'{path}' is not text in UTF-8 ({at})") from None
    except OSError as error:
        raise MarketError(explain_composition(error, lambda _: {})) from None
    run = _RUNS_CODE.search(text)
    if run is not None:
        raise MarketError(
            f"'{path}': '{run[0].strip()}' is not allowed; configuration is data, none of it is run"
        )


def _compose(overrides: list[str], config_dir: Path | None) -> DictConfig:
    searched: list[str] = []
    if config_dir is not None:
        quoted = str(config_dir.absolute()).replace("'", r"\'")
        searched = [f"hydra.searchpath=['file://{quoted}']"]
    with hydra.initialize_config_dir(str(CONF), version_base=VERSION_BASE):
        return hydra.compose("config", [*searched, *overrides])


def _lookups(names: Iterable[str]) -> list[str]:
    return [
        f"+strategy@strategy.{name}={name}"
        for name in names
        if name.replace("-", "_").isidentifier()
    ]


def _not_composed(config: DictConfig) -> list[str]:
    """Strategies that a file (not the command line) names and nothing has composed."""
    named, composed = config.get("strategies"), config.get("strategy")
    if not OmegaConf.is_list(named) or not OmegaConf.is_dict(composed):
        return []
    return [str(name) for name in named if name not in composed]


def _choices(override: Override) -> Iterator[object]:
    if override.is_sweep_override():
        choices = override.sweep_iterator() if override.is_discrete_sweep() else iter(())
        for choice in choices:
            yield getattr(choice, "list", choice)
    else:
        yield override.value()


def _keys_below(overrides: list[str], config_dir: Path | None, path: str) -> Plain:
    """What exists at a path, once no override of single values is in the way."""
    groups = [text for text in overrides if _chooses_file(text)]
    for kept in (groups, []):
        try:
            whole = _compose(kept, config_dir)
        except COMPOSING:
            continue
        found = OmegaConf.select(whole, path) if path else whole
        if not OmegaConf.is_dict(found):
            return {}
        keys = {str(key): value for key, value in found.items()}
        plays = path.startswith(("rivals.", "strategy.")) and "kind" in keys
        more = parameters_of(str(keys["kind"])) if plays else ()
        return keys | {key: None for key in more if key not in keys}
    return {}


def _chooses_file(text: str) -> bool:
    key = text.partition("=")[0].lstrip("+~")
    return "@" in key or (CONF / key.partition("@")[0]).is_dir()
