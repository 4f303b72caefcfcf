"""Rivals' answers in the simulated markets beside published ones, as a table of the annex."""

from experiments.analysis.plausibility import AnswersSeen, Percentiles
from experiments.analysis.summary import Summary
from experiments.report.time_tables import TextTable
from experiments.report.words.numbers import number
from experiments.report.words.words import Words


def reaction_table(summary: Summary, words: Words) -> TextTable | None:
    """How fast and how far rivals answer, simulated and published; `None` if nobody attacked."""
    plausibility = summary.plausibility
    if plausibility is None:
        return None
    titles = tuple(
        words(f"reactions.{key}") for key in ("where", "answers", "share", "months", "followed")
    )
    rows = (
        _row("reactions.simulated", plausibility.simulated, words),
        _row("reactions.published", plausibility.published, words),
    )
    note = words(
        "reactions.note", rivals=words.listed([words.operator(n) for n in plausibility.rivals]),
        runs=words.counted("run", plausibility.runs),
        worlds=words.counted("scenario", plausibility.worlds),
        markets=words.listed([words.country(name) for name in plausibility.markets]),
        sources=", ".join(plausibility.sources), unverified=plausibility.unverified,
        answers=plausibility.published.answers,
    )  # fmt: skip
    return TextTable(titles, rows, note)


def _row(key: str, seen: AnswersSeen, words: Words) -> tuple[str, ...]:
    share = seen.answered_share
    return (
        words(key),
        str(seen.answers),
        words("reactions.unknown") if share is None else words.numbers.percent(share),
        _three(seen.months_to_answer, 1),
        _three(seen.share_followed, 2),
    )


def _three(found: Percentiles | None, digits: int) -> str:
    if found is None:
        return "–"
    return " · ".join(number(value, digits) for value in (found.p10, found.p50, found.p90))
