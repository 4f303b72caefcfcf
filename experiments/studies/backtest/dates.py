"""Dates as published figures carry them, as months that can be counted.

A month is an integer, `12 * year + (month - 1)`, so that periods are plain differences.
"""

import calendar
import re
from dataclasses import dataclass

from sim.errors import QuestionError

FORMATS = "YYYY-MM, YYYY-MM-DD, YYYY-Qn, YYYY-Hn, YYYY-9M, YYYY, or two of them joined by '..'"
_DATE = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?:(?P<part>Q[1-4]|H[12]|9M)|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
)
_PARTS = {
    "Q1": (0, 3), "Q2": (3, 3), "Q3": (6, 3), "Q4": (9, 3),
    "H1": (0, 6), "H2": (6, 6), "9M": (0, 9),
}  # fmt: skip
"""First month of the year and number of months."""


@dataclass(frozen=True)
class Period:
    """The months that a figure is about.

    A stock is counted at the end of the period, a flow or a mean over all of it.
    """

    start: int
    """First month."""
    end: int
    """Last month."""
    end_share: float = 1.0
    """How much of the last month had passed: below one where a day is given."""


def month_index(year: int, month: int) -> int:
    """The integer of a month, `month` being 1 to 12."""
    return 12 * year + month - 1


def read_month(text: str) -> int:
    """The integer of a month written `YYYY-MM` (a day may follow). Raises `QuestionError`."""
    period = read_period(text)
    if period.start != period.end:
        raise QuestionError(f"'{text}' is not a month; allowed: YYYY-MM or YYYY-MM-DD")
    return period.end


def effective_month(text: str) -> int:
    """The first month in which what happened on a date holds, an integer.

    The month itself where at least half of its days were left, the day itself among them, else the
    next: the nearest of the beginnings of months, half a month away at most. Without a day, the
    month itself. Raises `QuestionError`.
    """
    month = read_month(text)
    period = read_period(text)
    days = calendar.monthrange(month // 12, month % 12 + 1)[1]
    left = days - round(period.end_share * days) + 1 if _has_day(text) else days
    return month if 2 * left >= days else month + 1


def month_name(month: int) -> str:
    """A month as `YYYY-MM`."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def read_period(text: str) -> Period:
    """The months of a date or of a range `first..last`.

    Raises:
        QuestionError: not a date of `FORMATS`, or one that does not exist.
    """
    first, found, last = text.strip().partition("..")
    if not found:
        return _one(first)
    start, end = _one(first), _one(last)
    if end.end < start.start:
        raise QuestionError(f"'{text}' ends before it begins")
    return Period(start.start, end.end, end.end_share)


def _has_day(text: str) -> bool:
    match = _DATE.fullmatch(text.strip())
    return match is not None and bool(match["day"])


def _one(text: str) -> Period:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise QuestionError(f"'{text}' is not a date; allowed: {FORMATS}")
    year = int(match["year"])
    if match["part"]:
        first, months = _PARTS[match["part"]]
        return Period(12 * year + first, 12 * year + first + months - 1)
    if not match["month"]:
        return Period(12 * year, 12 * year + 11)
    month = int(match["month"])
    if not 1 <= month <= 12:
        raise QuestionError(f"'{text}' is not a date: months are 01 to 12")
    index = month_index(year, month)
    if not match["day"]:
        return Period(index, index)
    days = calendar.monthrange(year, month)[1]
    day = int(match["day"])
    if not 1 <= day <= days:
        raise QuestionError(f"'{text}' is not a date: {month_name(index)} has {days} days")
    return Period(index, index, day / days)
