"""What rivals and partners did, in words: the largest money first, nothing that hardly happened."""

import math

from agents.causes import CARRIED_OUT, Cause
from experiments.analysis.moves import ObservedMove
from experiments.analysis.summary import Summary
from experiments.report.time_tables import TextTable
from experiments.report.words.numbers import number
from experiments.report.words.words import Words

LEAST_SHARE = 0.25
"""Of runs in which a move must have happened to stand on page one."""
LEAST_MONEY = 0.005
"""Of the largest move's money; smaller ones stand in the annex."""
ON_PAGE_ONE = 4
ANSWERS_TO_US = 2


def front_moves(summary: Summary, words: Words) -> tuple[str, ...]:
    """The moves on page one: by money, and only what happened in at least a quarter of the runs."""
    focal = summary.labels.focal
    often = [
        move
        for move in summary.moves
        if move.actor != focal and move.runs >= LEAST_SHARE * max(move.runs_of_arm, 1)
    ]
    known = [move for move in often if not math.isnan(move.cost_yuan)]
    largest = sorted(known, key=lambda move: -_size(move))[:ON_PAGE_ONE]
    least = LEAST_MONEY * max(map(_size, largest), default=0.0)
    stop = "。" if words.code == "zh" else "."
    return tuple(
        words.sentence(sentence(move, words) + _how_often(move, words)) + stop
        for move in [*(m for m in largest if _size(m) >= least), *_answers_to_us(often, focal)]
    )


def _answers_to_us(often: list[ObservedMove], focal: str) -> list[ObservedMove]:
    """Answers to our own moves whose money nobody can reckon beforehand, such as a copied brand."""
    answers = [m for m in often if m.trigger_operator == focal and math.isnan(m.cost_yuan)]
    return sorted(answers, key=lambda move: (-move.runs, move.first_month))[:ANSWERS_TO_US]


def temper_line(summary: Summary, words: Words) -> str:
    """Which rivals answer in some scenarios only, and in how many runs; empty: none is drawn."""
    said = [
        words(
            f"front.moves.answers{_ending(temper.runs, temper.runs_of_arm)}",
            rival=words.operator(temper.rival), n=temper.runs, of=temper.runs_of_arm,
        )
        for temper in summary.tempers
    ]  # fmt: skip
    joint = "；" if words.code == "zh" else "; "
    return words("front.moves.differs", rivals=joint.join(said)) if said else ""


def _ending(runs: int, of: int) -> str:
    return ".never" if not runs else ".always" if runs == of else ""


def sentence(move: ObservedMove, words: Words) -> str:
    """Who did what, why, and what became of it."""
    said = words(
        "move.said", actor=words.actor(move.actor), action=_action(move, words),
        why=_why(move, words),
    )  # fmt: skip
    if move.outcome not in CARRIED_OUT:
        outcome = words(f"outcome.{move.outcome}")
        if move.ground:
            outcome = words("move.because", what=outcome, why=words(f"ground.{move.ground}"))
        said += words("move.refused", outcome=outcome)
    return said


def moves_table(summary: Summary, words: Words) -> TextTable | None:
    """Every kind of move in the log, the largest money first; `None` if nobody moved."""
    if not summary.moves:
        return None
    arm = words.arm(summary.featured)
    known = [move.cost_yuan for move in summary.moves if not math.isnan(move.cost_yuan)]
    scale = words.numbers.money_scale(known)
    titles = (
        words("annex.moves.what"), words("annex.moves.month"),
        words("annex.moves.money", unit=scale.unit), words("annex.moves.runs", arm=arm),
        words("annex.moves.hold"),
    )  # fmt: skip
    rows = [
        (
            words.sentence(sentence(move, words)),
            number(move.first_month, 0),
            scale.text(move.cost_yuan),
            words("annex.of", n=move.runs, of=move.runs_of_arm),
            words("annex.of", n=move.runs_under_hold, of=move.runs_of_hold),
        )
        for move in sorted(summary.moves, key=lambda move: -_size(move))
    ]
    return TextTable(titles, tuple(rows), words("annex.moves.note"))


def _action(move: ObservedMove, words: Words) -> str:
    change = move.price_change
    if move.action != "Reprice" or math.isnan(change) or abs(change) < 0.005:
        return words.action(move.action)
    key = "move.Reprice.cut" if change < 0 else "move.Reprice.rise"
    return words(key, depth=words.numbers.percent(abs(change)))


def _why(move: ObservedMove, words: Words) -> str:
    cause = Cause(move.cause)
    if cause is Cause.OWN:
        return ""
    if cause is Cause.ENDED and not move.trigger_operator and not move.trigger_move:
        return words("move.why", why=words("cause.time_over"))
    who = words.operator(move.trigger_operator) if move.trigger_operator else ""
    what = words(f"what.{move.trigger_move}", who=who) if who else words("what.unknown")
    return words("move.why", why=words(f"cause.{cause.value}", what=what, who=who))


def _how_often(move: ObservedMove, words: Words) -> str:
    """What it costs the actor, when it begins, and in how many runs."""
    said = ""
    if not math.isnan(move.cost_yuan) and move.cost_yuan:
        key = "move.costs" if move.cost_yuan > 0 else "move.brings"
        said = words(key, amount=words.numbers.money(abs(move.cost_yuan)))
    always = move.runs == move.runs_of_arm
    often = words(
        "move.often.all" if always else "move.often.some", n=move.runs, of=move.runs_of_arm
    )
    if move.frequency_gap > 0:
        often += words("move.often.hold", hold=move.runs_under_hold, of_hold=move.runs_of_hold)
    return said + words("move.when", month=number(move.first_month, 0), often=often)


def _size(move: ObservedMove) -> float:
    """Money a month, weighed by how often it happened; what is not known comes last."""
    share = move.runs / max(move.runs_of_arm, 1)
    return -1.0 + share / 2 if math.isnan(move.cost_yuan) else abs(move.cost_yuan) * share
