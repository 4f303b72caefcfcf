"""How one check is reported: its figures beside what was expected, its pictures, its caveats."""

from dataclasses import dataclass, field
from typing import Literal

CheckVerdict = Literal["holds", "fails", "shown"]
"""`shown`: a figure without a pass mark, such as an error beside other forecasts' errors."""


@dataclass(frozen=True)
class CheckRow:
    """One figure that could have come out otherwise."""

    claim: str
    expected: str
    measured: str
    verdict: CheckVerdict


@dataclass(frozen=True)
class CheckResult:
    """A check's section of the page."""

    rows: list[CheckRow]
    behind: str
    """How many runs, accounts and worlds stand behind the figures."""
    text: str = ""
    """Markdown: what is measured, and what it does not show."""
    pictures: list[str] = field(default_factory=list[str])
    """Files in the check's folder that are shown."""
    pages: list[str] = field(default_factory=list[str])
    """Markdown files in the check's folder that belong to the page, headings one level down."""


def verdict(holds: bool) -> CheckVerdict:
    """A yes or no as the page says it."""
    return "holds" if holds else "fails"


def listed(values: list[float], digits: int = 4) -> str:
    """Numbers in a row."""
    return ", ".join(f"{value:.{digits}f}" for value in values)
