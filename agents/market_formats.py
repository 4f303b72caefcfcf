"""Forms in which a market may be written down: the full one, and shorter ones for special uses.

A file that says `form: <name>` is validated by that form's schema, which expands to the full
market. Everything after that knows only `MarketSettings`: one engine, no second code path.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from agents.history import HistoryMarket
from agents.settings import MarketSettings
from agents.textbook import TextbookMarket


class MarketForm(Protocol):
    """A schema that knows which whole market its few figures stand for."""

    @classmethod
    def model_validate(cls, obj: Any) -> "MarketForm":
        """Validate plain data. Raises `pydantic.ValidationError`."""
        ...

    def market(self) -> MarketSettings:
        """The market in full."""
        ...


FORMS: dict[str, type[MarketForm]] = {"history": HistoryMarket, "textbook": TextbookMarket}
"""By the name that a market file gives as its `form`."""


def form_of(data: Mapping[str, Any]) -> type[MarketForm] | None:
    """The form a market is written in; none: in full. Raises `KeyError` for an unknown one."""
    name = data.get("form")
    return None if name is None else FORMS[str(name)]
