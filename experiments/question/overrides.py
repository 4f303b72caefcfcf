"""What stands on the command line: parsed by Hydra's grammar, then held to the rules of names."""

import math
from collections.abc import Iterable, Iterator
from typing import Any, cast

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, RangeSweep

from experiments.question import limits
from experiments.question.compose_errors import COMPOSING, explain_composition
from experiments.question.names import GROUPS, check_group, check_key, check_name, check_package
from experiments.question.references import check_text, hide
from sim.errors import QuestionError

_MOST_SAID = 100
_FOLDER = "out=<folder> names the folder for the answer, and all of it goes there"
_OWN_NAMES = {
    "hydra.run": _FOLDER,
    "hydra.sweep.subdir": "each job's folder is named by what is swept, below out=<folder>",
    "hydra.sweep": "out=<folder> names the folder for the answers, and all of them go there",
    "hydra.output_subdir": _FOLDER,
    "hydra.runtime": _FOLDER,
    "hydra.job": _FOLDER,
    "hydra.searchpath": "--config-dir names the folder of your own files",
}
"""What does the same here, by the beginning of Hydra's setting; the first that fits is said."""


def parse(overrides: Iterable[str]) -> list[Override]:
    """Overrides as Hydra reads them, each allowed. Raises `QuestionError`."""
    return [_parsed(text) for text in overrides]


def is_group(override: Override) -> bool:
    """Whether it chooses a file."""
    return override.key_or_group in GROUPS and not isinstance(override.value(), dict)


def hidden(override: Override) -> Override:
    """The same override without a reference that Hydra could follow."""
    if not override.is_sweep_override():
        override._value = hide(override.value())  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return override


def choices(override: Override) -> Iterator[object]:
    """What a swept override takes in turn, or its one value."""
    if not override.is_sweep_override():
        yield override.value()
        return
    if not override.is_discrete_sweep() or isinstance(swept(override), Glob):
        return
    for choice in override.sweep_iterator():
        yield Override._convert_value(choice)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def swept(override: Override) -> Any:
    """What an override sweeps over, as Hydra's grammar has it."""
    return override._value  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def _parsed(text: str) -> Override:
    if len(text) > limits.OVERRIDE_CHARACTERS:
        raise QuestionError(
            f"'{text[:60]}…' has {len(text)} characters; at most {limits.OVERRIDE_CHARACTERS}"
        )
    if "\0" in text:
        raise QuestionError(f"{text!r}: the character NUL is not allowed")
    try:
        [override] = OverridesParser.create().parse_overrides([text])
    except COMPOSING as error:
        raise QuestionError(explain_composition(error, lambda _: {})) from error
    _check(override, text)
    return override


def _check(override: Override, text: str) -> None:
    key = override.key_or_group
    said = f"'{text}'" if len(text) <= _MOST_SAID else f"'{text[:_MOST_SAID]}…'"
    steps = key.replace("/", ".").split(".")
    if steps[0] == "hydra":
        raise QuestionError(f"{said}: Hydra's settings are not used here; {_instead(steps)}")
    try:
        for step in steps:
            check_key(step)
        if "/" in key:
            check_group("the key", key)
        if override.package is not None:
            check_package("the place", override.package)
        _check_value(override)
    except QuestionError as error:
        raise QuestionError(f"{said}: {error}") from None


def _instead(steps: list[str]) -> str:
    """What to write in place of a setting of Hydra's, `[hydra, run, dir]`."""
    for name, instead in _OWN_NAMES.items():
        parts = name.split(".")
        if steps[: len(parts)] == parts:
            return instead
    return "none of them changes the question" if len(steps) > 1 else _FOLDER


def _check_value(override: Override) -> None:
    if isinstance(swept(override), RangeSweep):
        _check_range(swept(override))
    elif is_group(override):
        for choice in choices(override):
            listed = cast("list[object]", choice) if isinstance(choice, list) else [choice]
            for name in listed:
                if not (override.is_delete() and name is None):
                    check_name(override.get_key_element().lstrip("+~"), name)
    for choice in () if isinstance(swept(override), RangeSweep) else choices(override):
        check_data(choice)


def _check_range(span: RangeSweep) -> None:
    numbers = [float(n) for n in (span.start or 0, span.stop or 0, span.step)]
    if not all(map(math.isfinite, numbers)) or not span.step:
        raise QuestionError("a range needs finite numbers and a step that is not 0")


def check_data(value: object, depth: int = 0) -> None:
    """Raise `QuestionError` for nested data with a key or text that is not allowed."""
    if depth > limits.DEPTH:
        raise QuestionError(f"nested more than {limits.DEPTH} deep")
    if isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            if not isinstance(key, str):
                raise QuestionError(f"the key {key!r} is read as a value; quote it: '{key}'")
            check_key(key)
            check_data(item, depth + 1)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            check_data(item, depth + 1)
    elif isinstance(value, str):
        check_text(value)
