"""The base of every setting that comes from outside: typed, frozen, and closed to unknown keys."""

from typing import Any

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


class MarketError(ValueError):
    """What was asked cannot be; the message names the key, the value, and what is allowed."""
