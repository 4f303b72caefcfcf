"""What rivals and partners did under an arm and under `hold`, and every refusal."""

from dataclasses import dataclass

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD

TRIMMED = "services worth over"
"""How the reason begins where a lower price was reached by dropping services (`limits.py`)."""
CARRIED_OUT = ("passed", "done", "accepted", "ok")
"""Outcomes of the log that need no remark: the action happened as intended."""


@dataclass(frozen=True)
class ObservedMove:
    """One kind of move by one actor: in how many runs it happened, when and why."""

    actor: str
    action: str
    outcome: str
    first_month: float
    """Median over runs of the month in which it first happened."""
    reason: str
    """The most frequent one."""
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


def observed_moves(answer: Answer, arm: str) -> tuple[ObservedMove, ...]:
    """Moves of rivals and partners, and own moves that were refused or delayed.

    Those whose frequency differs most from `hold` come first.
    """
    focal = answer.labels.focal
    log = answer.log[answer.log["arm"].isin([arm, HOLD])]
    log = log[(log["actor"] != focal) | ~log["outcome"].isin(CARRIED_OUT)]
    if log.empty:
        return ()
    # An answer to us is another thing than the move that began it, though both are a repricing.
    answers = log["reason"].astype(str).str.startswith("reaction")
    log = log.assign(cause=log["reason"].where(answers, ""))
    keys = ["actor", "action", "outcome", "cause"]
    done = answer.outcomes[["arm", "world", "seed"]].drop_duplicates()
    cells = {name: int((done["arm"] == name).sum()) for name in (arm, HOLD)}
    moves: list[ObservedMove] = []
    for key, rows in log.groupby(keys, sort=False, observed=True):
        runs = {
            name: len(rows[rows["arm"] == name][["world", "seed"]].drop_duplicates())
            for name in (arm, HOLD)
        }
        shown = rows[rows["arm"] == (arm if runs[arm] else HOLD)]
        reasons = shown["reason"].astype(str).value_counts()
        actor, action, outcome, _ = (str(part) for part in key)
        first = float(shown.groupby(["world", "seed"])["month"].min().median())
        moves.append(
            ObservedMove(
                actor, action, outcome, first, str(reasons.index[0]),
                runs[arm], cells[arm], runs[HOLD], cells[HOLD],
            )
        )  # fmt: skip
    name_of = answer.labels.operator_label
    return tuple(sorted(moves, key=lambda m: (-m.frequency_gap, -m.runs, name_of(m.actor))))


def refused_attack(answer: Answer) -> tuple[ObservedMove, ...]:
    """What of the attackers' own moves did not happen as intended while we hold, most runs first.

    Refused and delayed actions, and services that were dropped so that a price could pass.
    """
    log = answer.log
    if log.empty:
        return ()
    reason = log["reason"].astype(str)
    trimmed = (log["action"] == "AddBenefits") & reason.str.startswith(TRIMMED)
    ours = log["actor"].isin(answer.labels.attackers) & (log["arm"] == HOLD)
    found = log[ours & (trimmed | ~log["outcome"].isin(CARRIED_OUT))]
    runs_held = len(
        answer.outcomes[answer.outcomes["arm"] == HOLD][["world", "seed"]].drop_duplicates()
    )
    moves: list[ObservedMove] = []
    for key, rows in found.groupby(["actor", "action", "outcome"], sort=False, observed=True):
        actor, action, outcome = (str(part) for part in key)
        runs = len(rows[["world", "seed"]].drop_duplicates())
        first = float(rows.groupby(["world", "seed"])["month"].min().median())
        why = str(rows["reason"].astype(str).value_counts().index[0])
        moves.append(
            ObservedMove(
                actor, action, outcome, first, why, runs, runs_held, runs, runs_held
            )
        )  # fmt: skip
    return tuple(sorted(moves, key=lambda move: -move.runs))
