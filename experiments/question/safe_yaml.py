"""YAML as data and nothing else: no tags, no types beyond the core, bounded in every direction.

Built from parser events, so that a limit is met before anything is built. PyYAML's own composer
recurses without bound, and an alias is followed as often as it is named.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from experiments.question import limits
from sim.errors import QuestionError

Scalar = str | int | float | bool | None
Data = dict[str, Any] | list[Any] | Scalar

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_FLOAT = re.compile(
    r"""^(?:
     [-+]?[0-9]+(?:_[0-9]+)*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
    |[-+]?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)
    |\.[0-9]+(?:_[0-9]+)*(?:[eE][-+][0-9]+)?
    |[-+]?[0-9]+(?:_[0-9]+)*(?::[0-5]?[0-9])+\.[0-9_]*
    |[-+]?\.(?:inf|Inf|INF)
    |\.(?:nan|NaN|NAN))$""",
    re.VERBOSE,
)
"""OmegaConf's own rule, which takes an exponent without a point; YAML 1.1 does not."""
_PLAIN_NUMBER = frozenset("0123456789+-.eE_")


def nothing(text: str) -> None:
    """No rule."""


@dataclass(frozen=True)
class YamlRules:
    """What else must hold of keys and of text; each raises `QuestionError` without a place."""

    key: Callable[[str], None] = nothing
    text: Callable[[str], None] = nothing


def read_yaml(text: str, name: str, rules: YamlRules | None = None) -> Data:
    """What a text in YAML says.

    Args:
        text: the whole file.
        name: what to call it in messages.
        rules: what else must hold.

    Raises:
        QuestionError: it is no YAML, says more than data, or is too large; with file and line.
    """
    reader = _Reader(name, rules or YamlRules(), yaml.parse(text, Loader=_LOADER))
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        why = error.problem or error.context
        raise QuestionError(f"'{name}'{at}: not valid YAML: {why}") from None
    except yaml.reader.ReaderError as error:
        raise QuestionError(
            f"'{name}': not valid YAML: character {error.position} is {error.reason}"
        ) from None


@dataclass
class _Reader:
    """One document, event by event."""

    name: str
    rules: YamlRules
    events: Iterator[Any]
    anchors: dict[str, Data] = field(default_factory=dict[str, Data])
    sizes: dict[str, int] = field(default_factory=dict[str, int])
    """Nodes below each anchor, written out."""
    open_anchors: set[str] = field(default_factory=set[str])
    nodes: int = 0
    aliases: int = 0

    def document(self) -> Data:
        """The one document there is."""
        data: Data = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(event, "a second document begins; one file holds one")
                if event.tags or event.version:
                    self.refuse(event, "directives such as %TAG are not allowed")
                data = self.node(next(self.events), 1)
        return data

    def refuse(self, event: Any, why: str) -> NoReturn:
        raise QuestionError(f"'{self.name}', line {event.start_mark.line + 1}: {why}")

    def node(self, event: Any, depth: int) -> Data:
        """One node and all below it."""
        if depth > limits.DEPTH:
            self.refuse(event, f"nested more than {limits.DEPTH} deep")
        self.count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if event.tag is not None:
            self.refuse(
                event,
                f"the tag {event.tag!r} is not allowed: could not determine a constructor; "
                "configuration is data, none of it is run",
            )
        before = self.nodes
        if event.anchor is not None:
            self.open_anchors.add(event.anchor)
        data: Data
        if isinstance(event, yaml.ScalarEvent):
            data = self.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            data = self.sequence(depth)
        else:
            data = self.mapping(depth)
        if event.anchor is not None:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = data
            self.sizes[event.anchor] = self.nodes - before
        return data

    def count(self, event: Any, more: int) -> None:
        self.nodes += more
        if self.nodes > limits.NODES:
            self.refuse(event, f"more than {limits.NODES} keys and values, aliases written out")

    def alias(self, event: Any) -> Data:
        self.aliases += 1
        if self.aliases > limits.ALIASES:
            self.refuse(event, f"more than {limits.ALIASES} aliases")
        if event.anchor in self.open_anchors:
            self.refuse(event, f"'*{event.anchor}' stands inside what it names")
        if event.anchor not in self.anchors:
            self.refuse(event, f"'*{event.anchor}' names nothing above")
        self.count(event, self.sizes[event.anchor])
        return self.anchors[event.anchor]

    def sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        lines: dict[str, int] = {}
        merged: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if _is_merge(event):
                self.count(event, 1)
                merged = self.merge(next(self.events), depth + 1) | merged
                continue
            key = self.key(event, depth + 1)
            if key in own:
                self.refuse(event, f"duplicate key '{key}', first in line {lines[key]}")
            lines[key] = event.start_mark.line + 1
            own[key] = self.node(next(self.events), depth + 1)
        return merged | own

    def merge(self, event: Any, depth: int) -> dict[str, Any]:
        """What stands behind `<<`: a mapping, or several of which the first wins."""
        data = self.node(event, depth)
        mappings = data if isinstance(data, list) else [data]
        merged: dict[str, Any] = {}
        for item in reversed(mappings):
            if not isinstance(item, dict):
                self.refuse(event, "'<<' needs a mapping")
            merged |= item
        return merged

    def key(self, event: Any, depth: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.refuse(event, "a key must be a single word, no list, mapping or alias")
        if len(event.value) > limits.KEY_CHARACTERS:
            self.refuse(event, f"a key of more than {limits.KEY_CHARACTERS} characters")
        key = self.node(event, depth)
        if not isinstance(key, str):
            said = event.value or "nothing"
            self.refuse(
                event, f"YAML reads the key {said} as {_word(key)}; quote it: '{event.value}'"
            )
        self.check(event, self.rules.key, key)
        return key

    def scalar(self, event: Any) -> Scalar:
        text: str = event.value
        if len(text) > limits.TEXT_CHARACTERS:
            self.refuse(event, f"a text of more than {limits.TEXT_CHARACTERS} characters")
        tag = _RESOLVER.resolve(yaml.ScalarNode, text, event.implicit).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return yaml.SafeLoader.bool_values[text.lower()]
        if tag in {"int", "float"}:
            return self.number(event, tag)
        if tag != "str":
            self.refuse(event, f"'{text}' has a meaning of its own in YAML; quote it")
        self.check(event, self.rules.text, text)
        return text

    def number(self, event: Any, tag: str) -> int | float:
        text: str = event.value
        if len(text) > limits.NUMBER_CHARACTERS:
            self.refuse(event, f"a number of more than {limits.NUMBER_CHARACTERS} characters")
        builder = yaml.constructor.SafeConstructor()
        node = yaml.ScalarNode(_TAG + tag, text)
        value: int | float
        if tag == "int":
            value = builder.construct_yaml_int(node)
        else:
            value = builder.construct_yaml_float(node)
        digits = text.lstrip("+-").replace("_", "")
        odd = not _PLAIN_NUMBER.issuperset(text) and not text.lstrip("+-").startswith(".")
        if odd or (tag == "int" and len(digits) > 1 and digits.startswith("0")):
            self.refuse(
                event,
                f"YAML reads {text} as {value}; quote it if it is a name: '{text}', "
                "or write the number in decimal digits",
            )
        return value

    def check(self, event: Any, rule: Callable[[str], None], text: str) -> None:
        try:
            rule(text)
        except QuestionError as error:
            self.refuse(event, str(error))


def _is_merge(event: Any) -> bool:
    return (
        isinstance(event, yaml.ScalarEvent)
        and event.value == "<<"
        and not event.style
        and event.tag is None
    )


def _word(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case _:
            return f"the number {value}"


def _resolver() -> Any:
    """Which words are numbers, as OmegaConf reads them: `1e3` is one, a date is text."""
    known: dict[str, list[tuple[str, re.Pattern[str]]]] = {
        first: [(tag, words) for tag, words in rules if tag != f"{_TAG}timestamp"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for first in "-+0123456789.":
        known[first] = [*known.get(first, []), (f"{_TAG}float", _FLOAT)]
    resolver: Any = yaml.resolver.Resolver()
    resolver.yaml_implicit_resolvers = known
    return resolver


_RESOLVER = _resolver()
