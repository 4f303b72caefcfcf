"""How fast and how far operators answer each other, beside what is published on price wars.

Read off posted offers, so it holds for whatever made them: strategies, reactions, scripts.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from agents.market import Market
from agents.observation import OfferView
from experiments.paths import CONF
from strategies.monitoring import alike
from strategies.reacting.moves import MoveKey, StandingMove, moves_of

PUBLISHED = CONF / "data" / "reactions_published.csv"
COLUMNS = (
    "attacker", "attack_month", "attack_kind", "operator", "months_to_answer", "answer_kind",
    "share_followed",
)  # fmt: skip
Posted = Sequence[Sequence[tuple[OfferView, ...]]]
"""Offers by month and operator."""


class _First(NamedTuple):
    month: int
    operator: int
    moves: list[StandingMove]


def answers_of(market: Market, start: int) -> pd.DataFrame:
    """What everybody did after the first move since month `start`.

    Returns:
        One row for each operator but the first to move (none if nobody moved): `attacker`,
        `attack_month` (0: the first), `attack_kind`, `operator`, `months_to_answer` (NaN: it did
        nothing), `answer_kind` (joined by `+` where it did several things at once) and
        `share_followed`: of the cut at its deepest so far, on average over like plans, in the month
        in which most of it was followed (NaN: the attack was no cut).
    """
    names = [operator.name for operator in market.operators]
    return answers_in(market.posted[start:], names, market.regions)


def answers_in(posted: Posted, names: Sequence[str], regions: tuple[str, ...]) -> pd.DataFrame:
    """The same from posted offers; the first month of them is the state before anybody moved."""
    first = _first_move(posted, names, regions)
    if first is None:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = [
        _row(first, other, posted, names, regions)
        for other in range(len(names))
        if other != first.operator
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def published() -> pd.DataFrame:
    """What is published: a row for each answer, `months_to_answer` worked out from its dates."""
    table = pd.read_csv(PUBLISHED, dtype={"source": str, "note": str})
    month = {
        column: pd.PeriodIndex(table[column].astype(str), freq="M").astype("int64")
        for column in ("attack_month", "answer_month")
    }
    return table.assign(months_to_answer=month["answer_month"] - month["attack_month"])


def beside_published(simulated: pd.DataFrame) -> pd.DataFrame:
    """Simulated answers beside published ones, as quantiles.

    Args:
        simulated: rows as `answers_of` gives them, of any number of runs.

    Returns:
        Two rows, `simulated` and `published`: number of answers seen (`answers`), share of
        operators that answered at all (published: NaN, silence is not reported), and the 10th, 50th
        and 90th percentile of the months to the first answer and of the share of the cut that was
        followed.
    """
    literature = published()
    answered = simulated[simulated["months_to_answer"].notna()]
    cases = {
        "simulated": (answered, len(answered) / max(1, len(simulated))),
        "published": (literature, float("nan")),
    }
    rows = {name: _quantiles(table, share) for name, (table, share) in cases.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def _quantiles(table: pd.DataFrame, share: float) -> dict[str, float]:
    row = {"answers": float(len(table)), "answered_share": share}
    for column in ("months_to_answer", "share_followed"):
        known = cast("pd.Series[float]", table[column]).dropna().astype(float)
        for q in (10, 50, 90):
            row[f"{column}_p{q}"] = float(known.quantile(q / 100)) if len(known) else float("nan")
    return row


def _moves(
    posted: Posted, month: int, operator: int, names: Sequence[str], regions: tuple[str, ...]
) -> list[StandingMove]:
    return list(moves_of(names[operator], posted[month][operator], posted[0][operator], regions))


def _first_move(posted: Posted, names: Sequence[str], regions: tuple[str, ...]) -> _First | None:
    """Who moved first; of several in one month, whoever moved deepest."""
    for month in range(1, len(posted)):
        months = [
            _First(month, operator, moves)
            for operator in range(len(names))
            if (moves := _moves(posted, month, operator, names, regions))
        ]
        if months:
            return max(months, key=lambda f: (_depth(f.moves), -f.operator))
    return None


def _depth(moves: Sequence[StandingMove]) -> float:
    cuts = [max(m.depths) for m in moves if m.key.kind in ("price", "newcomers")]
    return max(cuts, default=0.0)


def _row(
    first: _First, other: int, posted: Posted, names: Sequence[str], regions: tuple[str, ...]
) -> tuple[object, ...]:
    kind = max(first.moves, key=lambda m: (m.key.kind in ("price", "newcomers"), max(m.depths)))
    at_once: set[MoveKey] = {m.key for m in _moves(posted, first.month, other, names, regions)}
    waited, kinds = float("nan"), ""
    cut = kind.key.kind in ("price", "newcomers")
    followed = 0.0 if cut else float("nan")
    attack: dict[str, StandingMove] = {}
    for month in range(first.month, len(posted)):
        _deepen(attack, _moves(posted, month, first.operator, names, regions), kind.key.kind)
        moves = [m for m in _moves(posted, month, other, names, regions) if m.key not in at_once]
        if moves and np.isnan(waited):
            waited = float(month - first.month)
            kinds = "+".join(sorted({m.key.kind for m in moves}))
        if cut:
            followed = max(followed, _followed(attack, moves, posted[0][other], kind.key.kind))
    attacker = names[first.operator]
    return attacker, first.month - 1, kind.key.kind, names[other], waited, kinds, followed


def _deepen(attack: dict[str, StandingMove], moves: Sequence[StandingMove], kind: str) -> None:
    """Keep each attacked plan's cut at its deepest so far."""
    for move in moves:
        deepest = attack.get(move.key.offer)
        if move.key.kind == kind and (deepest is None or sum(move.depths) > sum(deepest.depths)):
            attack[move.key.offer] = move


def _followed(
    attack: dict[str, StandingMove],
    answer: Sequence[StandingMove],
    plans: Sequence[OfferView],
    kind: str,
) -> float:
    """Share of the attack's depth that is followed, on average over plans like those attacked."""
    depth = {m.key.offer: float(np.mean(m.depths)) for m in answer if m.key.kind == kind}
    shares = [
        depth.get(plan.name, 0.0) / float(np.mean(theirs.depths))
        for theirs in attack.values()
        for plan in plans
        if theirs.before is not None and alike(plan.offer, theirs.before.offer)
    ]
    return float(np.mean(shares)) if shares else 0.0
