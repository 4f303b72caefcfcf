"""What the user has fixed and what is drawn, as rows of a memo and as lines on the screen."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.analysis.answer import QuestionLabels
from experiments.question.provenance import TYPED
from experiments.question.question import DrawnRange, FixedValue, Range
from experiments.report.words.words import Words

_SHOWN = 12
"""Ranges that are named on the screen; the memo names all."""


@dataclass(frozen=True)
class FixedRow:
    """A parameter that was set, or all that a file sets and nothing would have drawn."""

    what: str
    value: str
    where: str
    instead_of: str
    """The range that gave way; empty if there was none."""


@dataclass(frozen=True)
class DrawnRow:
    """A range and how many parameters it sets."""

    what: str
    span: str
    parameters: int


def fixed_rows(words: Words) -> tuple[FixedRow, ...]:
    """What the user has set: each value that was typed or would have been drawn, files as one."""
    labels = words.labels
    single = [s for s in labels.fixed if s.where == TYPED.where or s.instead_of]
    rows = [FixedRow(s.path, _shown(s.value), s.where, s.instead_of) for s in single]
    files: dict[str, list[FixedValue]] = {}
    for setting in labels.fixed:
        if setting not in single:
            files.setdefault(setting.where, []).append(setting)
    for where, settings in files.items():
        count = words.counted("value", len(settings))
        shared = _shared([s.path for s in settings]) or words("settings.question")
        rows.append(FixedRow(shared, count, where, ""))
    return tuple(rows)


def drawn_rows(words: Words) -> tuple[DrawnRow, ...]:
    """What is drawn in each world."""
    return tuple(_drawn(item, words) for item in words.labels.drawn)


def settings_lines(labels: QuestionLabels) -> Iterator[str]:
    """What is fixed by the user, what is drawn, and what is neither, for the screen."""
    words = Words(labels)
    fixed = fixed_rows(words)
    typed = [row for row in fixed if row.where == TYPED.where and not row.instead_of]
    if typed:
        yield "Fixed by you: " + "; ".join(f"{row.what} = {row.value}" for row in typed)
    for row in fixed:
        if row not in typed:
            gave_way = f"; {row.instead_of} is not drawn for it" if row.instead_of else ""
            yield f"Fixed by you: {row.what} = {row.value} ({row.where}{gave_way})"
    rows = drawn_rows(words)
    if rows:
        named = "; ".join(f"{row.what} {row.span}" for row in rows[:_SHOWN])
        more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        yield f"Drawn in each of {labels.worlds} worlds: {named}{more}"
    elif labels.worlds == 1:
        yield "Drawn: nothing; one world is the market as stated"
    else:
        yield "Drawn: nothing; worlds differ by luck only"
    yield "Everything else stands as in the files of the market and of the question."


def _drawn(found: DrawnRange, words: Words) -> DrawnRow:
    return DrawnRow(found.range.path, _span(found.range, words), len(found.touches))


def _span(wanted: Range, words: Words) -> str:
    if wanted.options:
        options = ", ".join(str(option) for option in wanted.options)
        return words("settings.one_of", options=options)
    times = "× " if wanted.scale == "factor" else ""
    return times + words.numbers.span(f"{wanted.low:g}", f"{wanted.high:g}")


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _shared(paths: list[str]) -> str:
    """The steps that all paths begin with."""
    steps = [path.split(".") for path in paths]
    same = 0
    while all(len(s) > same + 1 and s[same] == steps[0][same] for s in steps):
        same += 1
    return ".".join(steps[0][:same])
