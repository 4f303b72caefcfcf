"""Every mistake in a question as one message: key, value, what is allowed, the nearest name."""

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
from pydantic import BaseModel, ValidationError
from yaml import MarkedYAMLError, YAMLError

from experiments.question.schema import below, children
from sim.errors import QuestionError
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

_MOST = 5
_NAME_READ_AS = re.compile(r" = (?P<value>True|False|-?[\d.]+(?:e[+-]?\d+)?): must be text")
_UNQUOTED = re.compile(r"[\w\-/.:$@*+?|%\\ ]*", re.ASCII)
"""What Hydra's grammar takes without quotes."""
_WORDS = {
    r"Input should be a valid integer(?:, .*?)?(?=;|$)": "must be a whole number",
    r"Input should be a valid number(?:, .*?)?(?=;|$)": "must be a number",
    r"Input should be a valid (?:list|tuple)": "must be a list such as [a,b]",
    r"Input should be a valid string": "must be text",
    r"Input should be a valid boolean": "must be true or false",
    r"Input should be a valid dictionary(?: or instance of \w+)?": "must be a mapping",
    r"Input should": "must",
    r"(String|Tuple|List) should": "must",
}
_NO_OVERRIDE = re.compile(
    r"Could not (?:override|delete(?: from config)?)[:.]? '?(?P<key>[^'\n]*?)'?\.?$", re.MULTILINE
)
_NEAR = re.compile(r"Did you mean to override (?:one of )?(?P<names>.+)\?")
_NO_FILE = re.compile(r"Could not (?:find|load) '(?P<file>[^']+)'")
_ONE_OF = re.compile(r"= '(?P<given>[^']*)': must be (?P<words>(?:'[^']+'(?:, | or )?)+)")


def explain_validation(error: ValidationError, model: type[BaseModel], prefix: str = "") -> str:
    """What pydantic found, in the words of the configuration."""
    problems = error.errors(include_url=False)
    merged: dict[str, str] = {}
    for problem in problems:
        text = polish(_problem(dict(problem), model, prefix))
        key, _, rest = text.partition(": ")
        merged[key] = f"{merged[key]}, or {rest}" if key in merged and rest else text
    parts = list(merged.values())
    more = [f"and {len(parts) - _MOST} more"] if len(parts) > _MOST else []
    return "; ".join(parts[:_MOST] + more)


def validated[S: BaseModel](schema: type[S], data: object, prefix: str = "") -> S:
    """Data as a schema wants it.

    Raises:
        QuestionError: it is not; `prefix` is where in the configuration the data stands.
    """
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        raise QuestionError(explain_validation(error, schema, prefix)) from None


def polish(text: str) -> str:
    """Pydantic's wording as ours, with the nearest of a list of words."""
    for theirs, ours in _WORDS.items():
        text = re.sub(theirs, ours, text)
    return _NAME_READ_AS.sub(_quote_it, _ONE_OF.sub(_with_nearest, text))


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


def _problem(problem: dict[str, Any], model: type[BaseModel], prefix: str) -> str:
    steps = [step for step in problem["loc"] if not _is_branch(step)]
    key = ".".join(str(step) for step in (prefix, *steps) if step != "")
    message: str = problem["msg"].removeprefix("Value error, ")
    match problem["type"]:
        case "extra_forbidden":
            allowed = children(below(model, steps[:-1])) or ()
            hint = nearest(str(steps[-1]), allowed)
            return f"{key}: no such key{hint}; allowed: {', '.join(allowed)}"
        case "missing":
            return f"{key} is missing"
        case "value_error":
            return f"{key}: {message}" if key else message
        case _:
            return f"{key} = {_short(problem['input'])}: {message}"


def _is_branch(step: object) -> bool:
    """Pydantic names the branch of a union in the path; the configuration has no such key."""
    return isinstance(step, str) and (
        step.startswith(("literal[", "constrained-", "function-")) or step == "[key]"
    )


def _missing(error: MissingConfigException) -> str:
    found = _NO_FILE.search(str(error))
    if found is None:
        return _first_line(error)
    group, _, name = found["file"].rpartition("/")
    options = list(error.options or ())
    if not options:
        return f"{group} = {name!r}: no configuration folder has a file {found['file']}.yaml"
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
            f"{_short(error.override, 100)} cannot be read: {at!r} in a value must stand in "
            f"quotes, and these in quotes for the shell: \"{key}='{_short_text(value)}'\""
        )
    quoted = "" if "'" in value else f"; text with such signs: \"{key}='{_short_text(value)}'\""
    return (
        f"{_short(error.override, 100)} cannot be read: write key=value, a list as 'key=[a,b]' "
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


def _with_nearest(found: re.Match[str]) -> str:
    words = re.findall(r"'([^']+)'", found["words"])
    return found[0] + nearest(found["given"], words)


def _quote_it(found: re.Match[str]) -> str:
    """YAML 1.1 makes values of words that people write as names."""
    read, example = {
        "True": ("yes, on or true are read as true", "yes"),
        "False": ("NO, no, off or false are read as false", "NO"),
    }.get(found["value"], ("3, 1e3 and the like are read as numbers", found["value"]))
    return f"{found[0]}; without quotes {read}: quote the name, such as \"'{example}'\""


def _short(value: object, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _short_text(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
