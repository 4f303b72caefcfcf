"""Limits of what a subscriber's columns can hold, and of what people look back on."""

from typing import Final

LONGEST_TENURE: Final = 32_000
"""Months with an operator that are told apart: what two bytes hold."""
LONGEST_TENURE_AT_START: Final = 240
"""The same for those who are customers when a market begins."""
LONG_SINCE_LEFT: Final = 255
"""Months since somebody left; also stands for never having been a customer. The byte's largest."""
NO_REFERENCE: Final = 2_000_000_000
"""Bill in fen that somebody without a plan is used to: none is above it."""
NEAR_FRIENDS: Final = 3
"""So many friends share the first lucky number of a friendship, the others have the second."""
PROMISE_KINDS: Final = 4
"""Kinds of promise that one operator can make: so many run on a customer side by side."""
LONGEST_DORMANT: Final = 250
"""Months for which a lapsed line can go on being counted: what a byte holds, with room."""
