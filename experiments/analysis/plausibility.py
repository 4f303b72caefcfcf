"""How fast and how far rivals answer in the simulated markets, beside what is published."""

from dataclasses import dataclass

import pandas as pd

from experiments.analysis.answer import Answer, QuestionLabels
from experiments.analysis.paired import HOLD
from experiments.measures.reactions import beside_published, published

_PERCENTILES = ("p10", "p50", "p90")


@dataclass(frozen=True)
class Percentiles:
    """The 10th, 50th and 90th percentile."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class AnswersSeen:
    """Answers to an attack: how many, how fast, how far."""

    answers: int
    answered_share: float | None
    """Of those who could have answered; `None`: not known, since silence is not published."""
    months_to_answer: Percentiles | None
    """From the attack to the first answer; `None`: nobody answered."""
    share_followed: Percentiles | None
    """Of the cut, by those who answered; `None`: no cut was answered."""


@dataclass(frozen=True)
class ReactionPlausibility:
    """Rivals' answers to the first attack while we hold, beside those of published price wars."""

    simulated: AnswersSeen
    published: AnswersSeen
    rivals: tuple[str, ...]
    """Whose answers were looked for, by name: those that may answer at all."""
    runs: int
    """Runs with an attack."""
    worlds: int
    markets: tuple[str, ...]
    """Where the published answers were given."""
    sources: tuple[str, ...]
    """Codes of `conf/data/sources.csv`."""
    unverified: int
    """Published answers of which the source could not be read again."""


def plausibility_of(answer: Answer) -> ReactionPlausibility | None:
    """Compare rivals' answers under `hold` with published ones; `None` if nobody attacked."""
    table = answer.reactions
    if table.empty:
        return None
    held = table[(table["arm"] == HOLD) & (table["operator"] != answer.labels.focal)]
    able, attackers = _able(answer.labels), answer.labels.attackers
    held = held[held["operator"].isin(able)] if able else held
    held = held[held["attacker"].isin(attackers)] if attackers else held
    if held.empty:
        return None
    compared, literature = beside_published(held), published()
    codes = {code for source in literature["source"] for code in str(source).split("+")}
    cells = held[["world", "seed"]].drop_duplicates()
    return ReactionPlausibility(
        simulated=_seen(compared.loc[["simulated"]]),
        published=_seen(compared.loc[["published"]]),
        rivals=tuple(sorted(held["operator"].astype(str).unique())),
        runs=len(cells),
        worlds=cells["world"].nunique(),
        markets=tuple(dict.fromkeys(literature["market"].astype(str))),
        sources=tuple(sorted(codes)),
        unverified=int((literature["verified"] == "no").sum()),
    )


def _able(labels: QuestionLabels) -> list[str]:
    """Rivals that may answer: their reaction is drawn, or they are said to have one."""
    drawn = {path for item in labels.drawn for path in item.touches}
    return [
        name
        for name in labels.operators
        if f"rivals.{name}.reaction" in drawn
        or labels.plays.get(name, {}).get("reaction", "none") != "none"
    ]


def _seen(row: pd.DataFrame) -> AnswersSeen:
    share = float(row["answered_share"].iloc[0])
    return AnswersSeen(
        answers=int(row["answers"].iloc[0]),
        answered_share=None if pd.isna(share) else share,
        months_to_answer=_percentiles(row, "months_to_answer"),
        share_followed=_percentiles(row, "share_followed"),
    )


def _percentiles(row: pd.DataFrame, column: str) -> Percentiles | None:
    values = [float(row[f"{column}_{name}"].iloc[0]) for name in _PERCENTILES]
    return None if any(map(pd.isna, values)) else Percentiles(*values)
