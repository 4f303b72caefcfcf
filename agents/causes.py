"""Why somebody acted, what became of it, and on what ground: words of the log, never free text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

MoveKind = Literal["price", "newcomers", "data", "benefits", "new_plan", "exclusive"]
"""What an operator can be seen to do. Its campaigns and its save desk speak to single customers."""


class Cause(StrEnum):
    """Why somebody acted."""

    OWN = "own_strategy"
    """The actor's own strategy; for a partner, its own account."""
    REACTION = "reaction"
    """An answer to another operator's move, the trigger."""
    ENDED = "cause_ended"
    """Put back, since the move that was answered (the trigger) or the time that was set is over."""
    TAKEN_BACK = "attack_taken_back"
    """An own attack ends: others match it (the trigger: who did first), or it does not pay."""
    DEEPENED = "attack_deepened"
    """An own attack goes a step deeper, since others match it (the trigger: who did first)."""
    WITHIN_RULES = "rule"
    """What the regulator would else reject is given up, or comes back now that it is allowed."""
    EXCLUSIVE = "exclusive_elsewhere"
    """A partner leaves, since another operator (the trigger) has bound it exclusively."""


class Outcome(StrEnum):
    """What became of an action."""

    DONE = "done"
    ACCEPTED = "accepted"
    """By the partner that was asked."""
    REFUSED = "refused"
    """By the partner that was asked, or because the market has no room for it."""
    REJECTED = "rejected"
    """By the regulator, for good."""
    DELAYED = "delayed"
    """By the regulator, for `wait_months`; another entry says what became of it then."""
    IGNORED = "ignored"
    """There was nothing to act on."""


CARRIED_OUT = (Outcome.DONE, Outcome.ACCEPTED)


class Ground(StrEnum):
    """On what ground regulator, partner or market decided as they did."""

    NO_CONSENT = "no_consent"
    BELOW_COST = "below_cost"
    SERVICES_WORTH_TOO_MUCH = "services_worth_too_much"
    DEEP_CUT = "deep_cut"
    PAYS = "pays"
    DOES_NOT_PAY = "does_not_pay"
    BETTER_PRICE = "better_price"
    NOBODY_TO_REACH = "nobody_to_reach"
    BOUND_ELSEWHERE = "bound_elsewhere"
    ONE_SAVE_DESK = "one_save_desk"
    NOT_RUNNING = "not_running"


@dataclass(frozen=True)
class Trigger:
    """The move of an operator that an action answers."""

    operator: str
    """Whose move; empty where that cannot be seen."""
    move: MoveKind
    offer: str
    """On which of its offers (`exclusive`: which partner); empty: on several."""
    month: int
    """Month of the experiment in which the actor first saw it."""


@dataclass(frozen=True)
class Why:
    """Why an action is taken."""

    cause: Cause = Cause.OWN
    trigger: Trigger | None = None
    strategy: str = ""
    """Which strategy or member of a portfolio acts; the market knows it where this is empty."""
    note: str = ""
    """For people, such as the source of a dated move; nothing reads it."""


OWN = Why()
ENDED = Why(Cause.ENDED)
WITHIN_RULES = Why(Cause.WITHIN_RULES)
