"""What a schema says about one of its parameters: where it is, what may be there, what it means."""

import ast
import inspect
import textwrap
import types
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Schema = Any
"""A pydantic model, or any type that may stand in one of its fields."""

_WORDS = {int: "whole number", float: "number", bool: "true or false", str: "text"}
_SIGNS = {"gt": "> {}", "ge": "≥ {}", "lt": "< {}", "le": "≤ {}"}


def model_of(schema: Schema) -> type[BaseModel] | None:
    """The model a type stands for, if any: itself, or what is left when it may also be none."""
    for option in _options(schema):
        if inspect.isclass(option) and issubclass(option, BaseModel):
            return option
    return None


def children(schema: Schema) -> tuple[str, ...] | None:
    """The keys that may stand below a type; nothing if any name may, or no key at all."""
    model = model_of(schema)
    return None if model is None else tuple(model.model_fields)


def below(schema: Schema, keys: Sequence[object]) -> Schema | None:
    """The type that a path leads to; nothing where the schema is silent."""
    for key in keys:
        model = model_of(schema)
        if model is not None:
            field = model.model_fields.get(str(key))
            schema = None if field is None else _annotation(field)
        else:
            schema = next((args[-1] for args in _mappings(schema)), None)
        if schema is None:
            return None
    return schema


def limits(schema: Schema) -> str:
    """What is allowed, in words: `number, ≥ 0, ≤ 1`."""
    return " or ".join(dict.fromkeys(_limits(option) for option in _options(schema)))


@cache
def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring under each field says, the fields it inherits included."""
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if base in (BaseModel, object) or not issubclass(base, BaseModel):
            continue
        definition = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0]
        name = ""
        for statement in definition.body if isinstance(definition, ast.ClassDef) else []:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    pass
                case ast.Expr(value=ast.Constant(value=str(text))) if name:
                    texts[name] = " ".join(text.split())
                case _:
                    name = ""
    return texts


def _annotation(found: FieldInfo) -> Schema:
    """The field's type with its own limits put back on it."""
    return _Limited(found.annotation, tuple(found.metadata)) if found.metadata else found.annotation


class _Limited:
    """A type with limits; what `Annotated` says, without its syntax."""

    def __init__(self, inner: Schema, metadata: tuple[Any, ...]) -> None:
        self.inner = inner
        self.metadata = metadata


def _options(schema: Schema) -> Iterator[Schema]:
    """A type's alternatives: one, unless it is a union."""
    if get_origin(schema) in (Union, types.UnionType):
        for argument in get_args(schema):
            yield from _options(argument)
    else:
        yield schema


def _mappings(schema: Schema) -> Iterator[tuple[Any, ...]]:
    for option in _options(schema):
        inner = option.inner if isinstance(option, _Limited) else option
        if get_origin(inner) is dict:
            yield get_args(inner)


def _limits(schema: Schema) -> str:
    metadata: tuple[Any, ...] = ()
    if isinstance(schema, _Limited):
        schema, metadata = schema.inner, schema.metadata
    elif hasattr(schema, "__metadata__"):
        schema, metadata = get_args(schema)[0], schema.__metadata__
    words = [_word(schema)]
    for item in metadata:
        for single in item.metadata if isinstance(item, FieldInfo) else (item,):
            words += [
                sign.format(_plain(value))
                for name, sign in _SIGNS.items()
                if (value := getattr(single, name, None)) is not None
            ]
            pattern = getattr(single, "pattern", None)
            if pattern is not None:
                words.append(f"like {pattern}")
            least = getattr(single, "min_length", None)
            if least:
                words.append("not empty")
    return ", ".join(words)


def _word(schema: Schema) -> str:
    if schema is None or schema is type(None):
        return "null"
    if schema in _WORDS:
        return _WORDS[schema]
    origin, arguments = get_origin(schema), get_args(schema)
    if origin is Literal:
        return ", ".join(str(argument) for argument in arguments)
    if origin is tuple:
        return f"list of {limits(arguments[0])}"
    if origin is dict:
        return f"mapping of names to {limits(arguments[-1])}"
    return "mapping"


def _plain(value: Any) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else f"{value:g}"
