"""Every mistake in a question as one message: the key, the value, what is allowed, the nearest name."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException
from pydantic import BaseModel, ValidationError
from yaml import MarkedYAMLError, YAMLError

from experiments.limits import below, children
from strategies.names import nearest

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

_MOST = 5
_NO_OVERRIDE = re.compile(r"Could not (?:override|delete(?: from config)?)[:.]? '?(?P<key>[^'\n]*?)'?\.?$", re.MULTILINE)
_NEAR = re.compile(r"Did you mean to override (?:one of )?(?P<names>.+)\?")
_NO_FILE = re.compile(r"Could not (?:find|load) '(?P<file>[^']+)'")
_ONE_OF = re.compile(r"= '(?P<given>[^']*)': must be (?P<words>(?:'[^']+'(?:, | or )?)+)")


def explain_validation(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """What pydantic found, in the words of the configuration."""
    problems = error.errors(include_url=False)
    parts = [_problem(dict(problem), model, prefix) for problem in problems[:_MOST]]
    if len(problems) > _MOST:
        parts.append(f"and {len(problems) - _MOST} more")
    return polish("; ".join(parts))


def polish(text: str) -> str:
    """Pydantic's wording as ours, with the nearest of a list of words."""
    text = re.sub(r"Input should be (?:a valid )?", "must be ", text)
    text = re.sub(r"must be (?:integer|list|tuple|string|boolean|dictionary)\b", _german, text)
    return _ONE_OF.sub(_with_nearest, text)


def explain_composition(error: BaseException, known: Callable[[str], Mapping[str, Any]]) -> str:
    """What Hydra, OmegaConf or YAML found.

    Args:
        error: one of `COMPOSING`.
        known: the keys below a dotted path, as they are without the override that was refused.
    """
    match error:
        case MissingConfigException():
            return _missing(error)
        case OverrideParseException():
            return _unreadable_override(error)
        case ConfigCompositionException():
            return _composition(error, known)
        case MarkedYAMLError():
            mark = error.problem_mark or error.context_mark
            where = f"{mark.name}, line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
            return f"{where}not valid YAML: {error.problem or error.context}"
        case UnicodeDecodeError():
            return f"a configuration file is not text in UTF-8 (byte {error.start}: {error.reason})"
        case InterpolationKeyError():
            return f"{error.full_key}: {_first_line(error)}"
        case MissingMandatoryValue():
            return f"{error.full_key} has no value: write {error.full_key}=..."
        case OSError() if error.filename is not None:
            return f"cannot use '{error.filename}': {error.strerror or error}"
        case OmegaConfBaseException() if error.full_key:
            return f"{error.full_key}: {_first_line(error)}"
        case _:
            return f"the configuration cannot be composed: {_first_line(error)}"


def _problem(problem: dict[str, Any], model: type[BaseModel], prefix: str) -> str:
    steps = [step for step in problem["loc"] if not _is_branch(step)]
    key = ".".join(str(step) for step in (prefix, *steps) if step != "")
    message: str = problem["msg"].removeprefix("Value error, ")
    match problem["type"]:
        case "extra_forbidden":
            allowed = children(below(model, steps[:-1])) or ()
            return f"{key}: no such key{nearest(str(steps[-1]), allowed)}; allowed: {', '.join(allowed)}"
        case "missing":
            return f"{key} is missing"
        case "value_error":
            return f"{key}: {message}" if key else message
        case _:
            return f"{key} = {_short(problem['input'])}: {message}"


def _is_branch(step: object) -> bool:
    """Pydantic names the branch of a union in the path; the configuration has no such key."""
    return isinstance(step, str) and (step.startswith(("literal[", "constrained-", "function-")) or step == "[key]")


def _missing(error: MissingConfigException) -> str:
    found = _NO_FILE.search(str(error))
    if found is None:
        return _first_line(error)
    group, _, name = found["file"].rpartition("/")
    options = list(error.options or ())
    if not options:
        return f"{group} = {name!r}: there is no file {found['file']}.yaml in the configuration folders"
    return f"{group} = {name!r} does not exist{nearest(name, options)}; allowed: {', '.join(options)}"


def _unreadable_override(error: OverrideParseException) -> str:
    if "=" not in error.override:
        return f"'{error.override}' is not understood: write key=value (counterplay --help shows examples)"
    return (
        f"'{error.override}' cannot be read: write key=value, a list as 'key=[a,b]' "
        "in quotes so that the shell leaves it alone"
    )


def _composition(
    error: ConfigCompositionException, known: Callable[[str], Mapping[str, Any]]
) -> str:
    text = str(error)
    if text.startswith("Ambiguous value"):
        override = text.split("'")[1]
        key = override.partition("=")[0]
        return f"'{override}': several values; add -m to run each of them, or write '{key}=[...]' for a list"
    refused = _NO_OVERRIDE.search(text)
    if refused is None:
        cause = error.__cause__
        return _first_line(error) + (f": {_first_line(cause)}" if cause is not None else "")
    key = refused["key"]
    groups = _NEAR.search(text)
    if groups is not None:
        names = groups["names"].split(", ")
        return f"'{key}' is not chosen by this configuration{nearest(key, names)}; allowed: {', '.join(names)}"
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
        return f"'{key}' cannot be set"
    if not siblings:
        return f"'{key}': {above} is a single value, there is nothing below it"
    where = f"{above} has no key" if above else "there is no key"
    hint = nearest(step, siblings)
    return f"'{key}': {where} '{step}'{hint}; allowed: {', '.join(siblings)}"


def _with_nearest(found: re.Match[str]) -> str:
    words = re.findall(r"'([^']+)'", found["words"])
    return found[0] + nearest(found["given"], words)


def _german(found: re.Match[str]) -> str:
    return found[0]


def _short(value: object, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def listed(names: Iterable[object]) -> str:
    """Names for the end of a message."""
    return ", ".join(str(name) for name in names) or "-"
