"""Cost per acquisition by channel, as a table of the annex."""

from experiments.analysis.channels import ChannelCost
from experiments.analysis.paired import Interval
from experiments.analysis.summary import Summary
from experiments.report.time_tables import TextTable
from experiments.report.words.numbers import number
from experiments.report.words.words import Words

_COLUMNS = ("option", "channel", "contacts", "accepted", "won", "each", "line")


def channel_page(summary: Summary, words: Words) -> TextTable | None:
    """What each channel brought and what one of it cost; `None` if no campaign ran."""
    if not summary.channels:
        return None
    titles = tuple(words(f"channels.{key}") for key in _COLUMNS)
    rows = tuple(_row(found, words) for found in summary.channels)
    return TextTable(titles, rows, words("channels.note"))


def _row(found: ChannelCost, words: Words) -> tuple[str, ...]:
    return (
        words.arm(found.arm),
        words.thing(found.channel),
        *(_mean(count, words) for count in (found.contacts, found.accepted, found.lines_won)),
        _span(found.yuan_per_accepted, words),
        _span(found.yuan_per_line_won, words),
    )


def _mean(found: Interval, words: Words) -> str:
    return "–" if found.mean is None else words.numbers.count(found.mean)


def _span(found: Interval, words: Words) -> str:
    if found.mean is None or found.low is None or found.high is None:
        return "–"
    between = words.numbers.span(number(found.low), number(found.high))
    return f"{number(found.mean)} ({between})"
