"""Sentences on the length of time: where it changes what is recommended."""

from experiments.analysis.horizons import RankingChange
from experiments.analysis.summary import Summary
from experiments.report.style import label


def horizon_sentence(summary: Summary) -> str:
    """Where another option than the recommended one leads; empty if nowhere."""
    changes = () if summary.horizons is None else summary.horizons.changes
    if not changes:
        return ""
    said = "; ".join(f"{change_phrase(change)} {label(change.leader)} leads" for change in changes)
    return f"The ranking depends on the horizon: {said}."


def change_phrase(change: RankingChange) -> str:
    """The end at which another option leads."""
    if change.lifetime:
        return (
            f"with the customers left after {change.months} months counted for as long as they stay"
        )
    return f"over {change.months} months"
