"""References such as `${market.name}`, worked out by us: no resolver exists, so none can be called.

OmegaConf would look up an environment variable for `${oc.env:NAME}`, follow references while it
merges, and write out what they name as often as they name it. So it never sees one: every `${` is
hidden from it, and worked out once everything is composed.
"""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from experiments.question import limits
from sim.errors import QuestionError
from sim.names import nearest

_HIDDEN = "\ue000"
"""A private character in place of the `$`; refused in whatever a user writes."""
_OPENING = re.compile(r"(?P<slashes>\\*)\$\{")
_REFERENCE = re.compile(r"\$\{\s*(?P<path>\.*[^\W\d][\w-]*(?:\.[\w-]+)*)\s*\}")


def check_text(text: str) -> None:
    """Raise `QuestionError` for text that refers to more than another key."""
    if _HIDDEN in text:
        raise QuestionError(f"the character {_HIDDEN!r} is not allowed")
    if "\0" in text:
        raise QuestionError("the character NUL is not allowed")
    for opening in _OPENING.finditer(text):
        if len(opening["slashes"]) % 2:
            continue
        start = opening.end() - 2
        if not _REFERENCE.match(text, start):
            raise QuestionError(
                f"'{text[start : start + 60]}': only a plain reference to another key is allowed, "
                "such as ${market.name}: no environment, no files, nothing is run "
                r"(\${ is the text itself)"
            )


def hide(value: Any) -> Any:
    """Nested data in which no text looks like a reference."""
    if isinstance(value, dict):
        return {key: hide(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [hide(item) for item in cast("list[Any]", value)]
    return value.replace("${", f"{_HIDDEN}{{") if isinstance(value, str) else value


def unhide(value: Any) -> Any:
    """What `hide` was given."""
    if isinstance(value, dict):
        return {key: unhide(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [unhide(item) for item in cast("list[Any]", value)]
    return value.replace(f"{_HIDDEN}{{", "${") if isinstance(value, str) else value


def worked_out(data: dict[str, Any]) -> dict[str, Any]:
    """Nested data with every reference replaced by what it names.

    Raises:
        QuestionError: a reference leads nowhere, in a circle, or to more than a computer can hold.
    """
    return _Work(data).value(data, (), 0)


@dataclass
class _Work:
    whole: dict[str, Any]
    nodes: int = 0
    characters: int = 0
    followed_so_far: int = 0
    following: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def value(self, value: Any, place: tuple[str, ...], depth: int) -> Any:
        self.nodes += 1
        where = ".".join(place)
        if self.nodes > limits.COMPOSED_NODES or depth > limits.COMPOSED_DEPTH:
            raise QuestionError(
                f"{where}: the configuration is too large: at most {limits.COMPOSED_NODES} values, "
                f"{limits.COMPOSED_DEPTH} deep, references written out"
            )
        if isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {key: self.value(item, (*place, str(key)), depth + 1) for key, item in items}
        if isinstance(value, list):
            listed = enumerate(cast("list[Any]", value))
            return [self.value(item, (*place, str(n)), depth + 1) for n, item in listed]
        if isinstance(value, str):
            self.characters += len(value)
            if self.characters > limits.COMPOSED_CHARACTERS:
                raise QuestionError(
                    f"{where}: more than {limits.COMPOSED_CHARACTERS} characters of text in all"
                )
            return self.text(value, place, depth) if "${" in value else value
        return value

    def text(self, text: str, place: tuple[str, ...], depth: int) -> Any:
        """Text with references in it; what a single reference names keeps its type."""
        whole = _REFERENCE.fullmatch(text)
        if whole is not None:
            return self.followed(whole["path"], place, depth)
        parts: list[str] = []
        end = 0
        for opening in _OPENING.finditer(text):
            start = opening.end() - 2
            if start < end:
                continue
            slashes = opening["slashes"]
            parts.append(text[end : opening.start()] + "\\" * (len(slashes) // 2))
            match = None if len(slashes) % 2 else _REFERENCE.match(text, start)
            if match is None:
                parts.append("${")
                end = opening.end()
                continue
            parts.append(self.inside_text(match["path"], place, depth))
            end = match.end()
            if sum(map(len, parts)) > limits.TEXT_CHARACTERS:
                raise QuestionError(
                    f"{'.'.join(place)}: a text of more than {limits.TEXT_CHARACTERS} characters"
                )
        return "".join(parts) + text[end:]

    def inside_text(self, path: str, place: tuple[str, ...], depth: int) -> str:
        value = self.followed(path, place, depth)
        if isinstance(value, dict | list):
            raise QuestionError(f"{'.'.join(place)}: {path} is no single value to write into text")
        return str(value)

    def followed(self, path: str, place: tuple[str, ...], depth: int) -> Any:
        target = _target(path, place)
        if target in self.following or place[: len(target)] == target:
            raise QuestionError(f"{'.'.join(place)}: '${{{path}}}' refers to itself")
        self.followed_so_far += 1
        if self.followed_so_far > limits.REFERENCES:
            raise QuestionError(
                f"{'.'.join(place)}: more than {limits.REFERENCES} references to other keys"
            )
        self.following.append(target)
        value = self.value(self.look_up(path, target, place), target, depth + 1)
        self.following.pop()
        return value

    def look_up(self, path: str, target: tuple[str, ...], place: tuple[str, ...]) -> Any:
        value: Any = self.whole
        for depth, step in enumerate(target):
            if isinstance(value, str) and "${" in value:
                value = self.text(value, target[:depth], depth)
            if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = cast("list[Any]", value)[int(step)]
            elif isinstance(value, dict) and step in value:
                value = cast("dict[str, Any]", value)[step]
            else:
                keys = [str(key) for key in value] if isinstance(value, dict) else []
                raise QuestionError(
                    f"{'.'.join(place)}: Interpolation key '{path}' not found{nearest(step, keys)}"
                )
        return value


def _target(path: str, place: tuple[str, ...]) -> tuple[str, ...]:
    """Absolute steps of a path; each leading dot goes one level up, the first to the siblings."""
    names = path.lstrip(".")
    up = len(path) - len(names)
    above = place[: max(len(place) - up, 0)] if up else ()
    return (*above, *names.split("."))
