"""Sentences made from the fields of a move: why it was taken, and what became of it."""

from agents.causes import Cause, Ground
from experiments.analysis.answer import QuestionLabels
from experiments.analysis.moves import ObservedMove
from experiments.report.style import label

_MOVES = {
    "price": "lower prices",
    "newcomers": "newcomers' discount",
    "data": "added data",
    "benefits": "added services",
    "new_plan": "new plan",
    "exclusive": "exclusive partner",
}
_GROUNDS = {
    Ground.NO_CONSENT: "targets people without their consent",
    Ground.BELOW_COST: "below cost",
    Ground.SERVICES_WORTH_TOO_MUCH: "services are worth too much of the price",
    Ground.DEEP_CUT: "so deep a cut is reviewed first",
    Ground.PAYS: "it pays",
    Ground.DOES_NOT_PAY: "it does not pay",
    Ground.BETTER_PRICE: "another price earns more",
    Ground.NOBODY_TO_REACH: "there is nobody to reach",
    Ground.BOUND_ELSEWHERE: "bound to another operator",
    Ground.ONE_SAVE_DESK: "another save desk is open",
    Ground.NOT_RUNNING: "it was not running",
}


def why_sentence(move: ObservedMove, labels: QuestionLabels) -> str:
    """Why somebody moved, and what regulator, partner or market said of it, in words."""
    parts = [_cause(move, labels)]
    if move.ground:
        parts.append(_GROUNDS[Ground(move.ground)])
    if move.note:
        parts.append(move.note)
    return ": ".join(part for part in parts if part)


def _cause(move: ObservedMove, labels: QuestionLabels) -> str:
    who = labels.operator_label(move.trigger_operator)
    theirs = f"{who}’s {_MOVES[move.trigger_move]}" if who else "a rival’s move"
    by_whom = f", matched by {who}" if who else ", since it does not pay"
    match Cause(move.cause):
        case Cause.OWN:
            return label(move.strategy)
        case Cause.REACTION:
            return f"answer to {theirs}"
        case Cause.ENDED:
            return f"put back: {theirs} ended" if who else f"end of {label(move.strategy)}"
        case Cause.TAKEN_BACK:
            return f"own attack taken back{by_whom}"
        case Cause.DEEPENED:
            return f"own attack deepened{by_whom}"
        case Cause.WITHIN_RULES:
            return "services within the regulator’s limit"
        case Cause.EXCLUSIVE:
            return f"bound exclusively to {who}"
