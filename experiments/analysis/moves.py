"""What rivals and partners did under an arm and under `hold`, and every refusal."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from agents.causes import CARRIED_OUT, Cause
from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD
from experiments.measures.refusals import not_as_intended

_KEYS = ["actor", "action", "outcome", "cause", "trigger_operator", "trigger_move"]
"""What makes moves one kind: an answer to us is another thing than the move that began it."""


@dataclass(frozen=True)
class ObservedMove:
    """One kind of move by one actor: in how many runs it happened, when and why."""

    actor: str
    action: str
    outcome: str
    first_month: float
    """Median over runs of the month in which it first happened."""
    cause: str
    """Of `agents.causes.Cause`."""
    trigger_operator: str
    """Whose move it answers; empty: it answers none."""
    trigger_move: str
    ground: str
    """Of `agents.causes.Ground`, the most frequent one."""
    strategy: str
    """The most frequent one."""
    note: str
    """The most frequent one, for people."""
    cost_yuan: float
    """What it costs the actor a month if nobody changes, negative: brings; the sum over its actions
    in a run, on average over runs in which it happened. NaN: not known."""
    price_change: float
    """From the price before its first change of a plan to that after its last, as a share; the
    median over plans and runs. NaN: it changes none."""
    runs: int
    """Runs of the arm in which it happened, of `runs_of_arm`."""
    runs_of_arm: int
    runs_under_hold: int
    """Runs of `hold` in which it happened, of `runs_of_hold`."""
    runs_of_hold: int

    @property
    def frequency_gap(self) -> float:
        """How much its share of runs differs between the arm and `hold`."""
        share = self.runs / max(self.runs_of_arm, 1)
        return abs(share - self.runs_under_hold / max(self.runs_of_hold, 1))


@dataclass(frozen=True)
class RivalTemper:
    """How often a rival whose way of answering is drawn answered anybody's move."""

    rival: str
    runs: int
    """Runs of the arm in which it did, of `runs_of_arm`."""
    runs_of_arm: int


def rival_tempers(answer: Answer, arm: str) -> tuple[RivalTemper, ...]:
    """The rivals that answer in some scenarios only, since worlds draw how they answer."""
    labels = answer.labels
    drawn = {path for item in labels.drawn for path in item.touches}
    rivals = [name for name in labels.operators if f"rivals.{name}.reaction" in drawn]
    log, runs = answer.log, _runs(answer, arm)
    if not rivals:
        return ()
    answers = log[(log["arm"] == arm) & (log["cause"] == Cause.REACTION)]
    answers = answers[answers["outcome"].isin(CARRIED_OUT)]
    done = {
        name: len(answers[answers["actor"] == name][["world", "seed"]].drop_duplicates())
        for name in rivals
    }
    return tuple(RivalTemper(name, done[name], runs) for name in rivals if name != labels.focal)


def observed_moves(answer: Answer, arm: str) -> tuple[ObservedMove, ...]:
    """Moves of rivals and partners, and own moves that were refused or delayed.

    Those whose frequency differs most from `hold` come first.
    """
    focal = answer.labels.focal
    log = answer.log[answer.log["arm"].isin([arm, HOLD])]
    log = log[(log["actor"] != focal) | ~log["outcome"].isin(CARRIED_OUT)]
    if log.empty:
        return ()
    cells = {name: _runs(answer, name) for name in (arm, HOLD)}
    moves = [
        _move([str(part) for part in key], rows, cells, arm)
        for key, rows in log.groupby(_KEYS, sort=False, observed=True)
    ]
    name_of = answer.labels.operator_label
    return tuple(sorted(moves, key=lambda m: (-m.frequency_gap, -m.runs, name_of(m.actor))))


def refused_attack(answer: Answer) -> tuple[ObservedMove, ...]:
    """What of the attackers' own moves did not happen as intended while we hold, most runs first.

    Refused and delayed actions, and services that were dropped so that a price could pass.
    """
    log = answer.log
    if log.empty:
        return ()
    ours = log["actor"].isin(answer.labels.attackers) & (log["arm"] == HOLD)
    refusals = log[ours & not_as_intended(log)]
    runs = _runs(answer, HOLD)
    moves = (
        _move([str(part) for part in key], rows, {HOLD: runs}, HOLD)
        for key, rows in refusals.groupby(_KEYS, sort=False, observed=True)
    )
    return tuple(sorted(moves, key=lambda move: -move.runs))


def _runs(answer: Answer, arm: str) -> int:
    done = answer.outcomes[answer.outcomes["arm"] == arm]
    return len(done[["world", "seed"]].drop_duplicates())


def _move(key: list[str], rows: pd.DataFrame, cells: dict[str, int], arm: str) -> ObservedMove:
    """One kind of move, in the runs of an arm (or of `hold` if it happened only there)."""
    runs = {
        name: len(rows[rows["arm"] == name][["world", "seed"]].drop_duplicates()) for name in cells
    }
    shown = rows[rows["arm"] == (arm if runs[arm] else HOLD)]
    actor, action, outcome, cause, trigger_operator, trigger_move = key
    return ObservedMove(
        actor=actor, action=action, outcome=outcome,
        first_month=float(shown.groupby(["world", "seed"])["month"].min().median()),
        cause=cause, trigger_operator=trigger_operator, trigger_move=trigger_move,
        ground=_usual(shown["ground"]), strategy=_usual(shown["strategy"]),
        note=_usual(shown["note"]), cost_yuan=_cost(shown), price_change=_price_change(shown),
        runs=runs[arm], runs_of_arm=cells[arm],
        runs_under_hold=runs[HOLD], runs_of_hold=cells[HOLD],
    )  # fmt: skip


def _usual(words: "pd.Series[str]") -> str:
    """The most frequent value."""
    return str(words.astype(str).value_counts().index[0])


def _price_change(rows: pd.DataFrame) -> float:
    """All steps of a plan in a run together, the median over plans and runs; NaN: no price known.

    Whoever cuts by 30 per cent and then nine times by 5 per cent has cut by more than the half.
    """
    priced = rows[(rows["old_price_fen"] > 0) & rows["new_price_fen"].notna()].sort_values("month")
    plans = priced.groupby(["world", "seed", "offer", "regions"], observed=True)
    changes = plans["new_price_fen"].last() / plans["old_price_fen"].first() - 1.0
    return float(changes.median()) if len(changes) else float(np.nan)


def _cost(rows: pd.DataFrame) -> float:
    """Sum within a run, mean over runs; NaN where nothing is known."""
    costs = rows.groupby(["world", "seed"])["cost_yuan"].sum(min_count=1)
    return float(costs.mean()) if costs.notna().any() else float(np.nan)
