"""Every mistake in a composition as one message. Hydra's and OmegaConf's errors are known here."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError, YAMLError

from experiments.question.errors import shortened
from sim.names import nearest

COMPOSING = (
    HydraException,
    OmegaConfBaseException,
    YAMLError,
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    RecursionError,
)
"""What Hydra and OmegaConf let through when a configuration cannot be composed."""

_UNQUOTED = re.compile(r"[\w\-/.:$@*+?|%\\ ]*", re.ASCII)
"""What Hydra's grammar takes without quotes."""
_NO_OVERRIDE = re.compile(
    r"Could not (?:override|delete(?: from config)?)[:.]? '?(?P<key>[^'\n]*?)'?\.?$", re.MULTILINE
)
_NEAR = re.compile(r"Did you mean to override (?:one of )?(?P<names>.+)\?")
_NO_FILE = re.compile(r"Could not (?:find|load) '(?P<file>[^']+)'")


def explain_composition(error: BaseException, known: Callable[[str], Mapping[str, Any]]) -> str:
    """What Hydra, OmegaConf or YAML found.

    Args:
        error: one of `COMPOSING`.
        known: the keys below a dotted path, as they are without the override that was refused.
    """
    match error:
        case MissingConfigException():
            text = _missing(error)
        case OverrideParseException():
            text = _unreadable_override(error)
        case ConfigCompositionException():
            text = _composition(error, known)
        case MarkedYAMLError():
            mark = error.problem_mark or error.context_mark
            where = f"{mark.name}, line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
            text = f"{where}not valid YAML: {error.problem or error.context}"
        case OSError() if error.filename is not None:
            text = f"cannot use '{error.filename}': {error.strerror or error}"
        case OmegaConfBaseException() if error.full_key:
            text = f"{error.full_key}: {_first_line(error)}"
        case _:
            text = f"the configuration cannot be composed: {_first_line(error)}"
    return text


def _missing(error: MissingConfigException) -> str:
    match = _NO_FILE.search(str(error))
    if match is None:
        return _first_line(error)
    group, _, name = match["file"].rpartition("/")
    options = list(error.options or ())
    if not options:
        return f"{group} = {name!r}: no configuration folder has a file {match['file']}.yaml"
    return (
        f"{group} = {name!r} does not exist{nearest(name, options)}; allowed: {', '.join(options)}"
    )


def _unreadable_override(error: OverrideParseException) -> str:
    if "=" not in error.override:
        return f"'{error.override}' is not understood: write key=value (see counterplay --help)"
    key, _, value = error.override.partition("=")
    end = _UNQUOTED.match(value)
    at = "" if end is None else value[end.end() : end.end() + 1]
    if (at and at not in "[]{}()'\",") or (at and not at.isascii()):
        return (
            f"{shortened(error.override, 100)} cannot be read: {at!r} in a value must stand in "
            f"quotes, and these in quotes for the shell: \"{key}='{_short_text(value)}'\""
        )
    quoted = "" if "'" in value else f"; text with such signs: \"{key}='{_short_text(value)}'\""
    return (
        f"{shortened(error.override, 100)} cannot be read: write key=value, a list as 'key=[a,b]' "
        f"in quotes so that the shell leaves it alone{quoted}"
    )


def _composition(
    error: ConfigCompositionException, known: Callable[[str], Mapping[str, Any]]
) -> str:
    text = str(error)
    if text.startswith("Ambiguous value"):
        override = text.split("'")[1]
        key = override.partition("=")[0]
        return f"'{override}': several values; add -m to run each, or write a list as '{key}=[...]'"
    refused = _NO_OVERRIDE.search(text)
    if refused is None:
        cause = error.__cause__
        return _first_line(error) + (f": {_first_line(cause)}" if cause is not None else "")
    key = refused["key"]
    groups = _NEAR.search(text)
    if groups is not None:
        names = groups["names"].split(", ")
        return f"there is no '{key}' to choose{nearest(key, names)}; allowed: {', '.join(names)}"
    return _unknown_key(key, known)


def _unknown_key(key: str, known: Callable[[str], Mapping[str, Any]]) -> str:
    """Walk down to the first part of the key that is not there."""
    steps = key.lstrip("+~").split(".")
    for depth, step in enumerate(steps):
        above = ".".join(steps[:depth])
        siblings = known(above)
        if step not in siblings:
            break
    else:
        return f"'{key}' is left at its default by this configuration: write '+{key}=...'"
    if not siblings:
        return f"'{key}': {above} is a single value, there is nothing below it"
    allowed = ", ".join(siblings)
    plays = siblings.get("kind")
    if plays is not None and above.startswith("rivals."):
        return (
            f"'{key}': {above} plays '{plays}', which has no '{step}'; allowed: {allowed}; "
            f"rival@{above}=<name> chooses another"
        )
    where = f"{above} has no key" if above else "there is no key"
    return f"'{key}': {where} '{step}'{nearest(step, siblings)}; allowed: {allowed}"


def _short_text(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
