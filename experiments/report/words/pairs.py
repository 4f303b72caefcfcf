"""One sentence, label or unit in every language that a report can be written in."""

from typing import Literal, NamedTuple

Code = Literal["en", "zh"]
"""As the setting `language` has it."""


class Pair(NamedTuple):
    """The same words in both languages, with the same `{placeholders}`.

    Standing side by side, neither can be there without the other.
    """

    en: str
    zh: str
