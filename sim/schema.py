"""The base of every setting that comes from outside: typed, frozen, and closed to unknown keys."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A validated piece of configuration.

    Unknown keys and silent conversions are refused (`extra="forbid"`, `strict=True`), so a misspelt
    parameter cannot be ignored and "0.3" cannot pass for 0.3.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True)

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Settings":
        """Validate plain data. Raises `pydantic.ValidationError`."""
        return cls.model_validate(data)


def lists_to_tuples(data: Any) -> Any:
    """Nested data with tuples for lists: YAML has only lists, and settings are frozen."""
    if isinstance(data, Mapping):
        inside = cast("Mapping[Any, Any]", data)
        return {key: lists_to_tuples(value) for key, value in inside.items()}
    if isinstance(data, list):
        return tuple(lists_to_tuples(item) for item in cast("list[Any]", data))
    return data
