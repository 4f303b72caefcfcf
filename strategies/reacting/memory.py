"""What was an attack and what an answer to one.

Every operator keeps in mind what each operator, itself included, charged and gave at the start. A
move that goes further than any earlier attack of somebody else is an *attack*; one that does not go
further is an *answer* to it, as long as that attack stands or is remembered. Answers are no causes:
so nobody answers an answer, and when the attack is over, nothing holds the answers up.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.causes import MoveKind, Trigger
from agents.observation import OfferView, OperatorView
from strategies.reacting.moves import TOLERANCE, Depths, MoveKey, StandingMove, meets, standing

_CAUSES: dict[MoveKind, tuple[MoveKind, ...]] = {
    "price": ("price",),
    "newcomers": ("newcomers", "price"),
    "data": ("data",),
    "benefits": ("benefits",),
    "new_plan": ("new_plan",),
    "exclusive": ("exclusive",),
}
"""What a move can be an answer to: its like, or what is worse for whoever answers."""


class Attack(NamedTuple):
    """The part of a move that is nobody's answer."""

    key: MoveKey
    depths: Depths
    since: tuple[int, ...]
    """Month in which it was first seen at this depth, by region."""
    offer: OfferView
    before: OfferView | None

    def trigger(self) -> Trigger:
        """The attack as the log says what was answered."""
        first = min(m for m, d in zip(self.since, self.depths, strict=True) if d > TOLERANCE)
        return Trigger(self.key.actor, self.key.kind, self.key.offer, first)


@dataclass
class _Trace:
    """One move through time, by region."""

    depths: list[float]
    attack: list[float]
    since: list[int]
    last: StandingMove
    past: deque[tuple[int, Depths]] = field(default_factory=deque[tuple[int, Depths]])
    """Attacks of the months that are remembered, oldest first."""


class MoveMemory:
    """Moves since the start, and which part of each was an attack."""

    def __init__(self, months: int) -> None:
        self.months = months
        self._traces: dict[MoveKey, _Trace] = {}

    def look(self, view: OperatorView) -> None:
        """Take in this month's view. To be called once a month, before anything is asked."""
        seen = {move.key: move for move in standing(view)}
        earlier = {key: self._remembered(trace) for key, trace in self._traces.items()}
        earlier = {key: depths for key, depths in earlier.items() if max(depths) > TOLERANCE}
        calm = (0.0,) * len(view.regions)
        for key in dict.fromkeys((*self._traces, *seen)):
            move = seen.get(key)
            trace = self._traces.get(key)
            if trace is None:
                assert move is not None
                zeros = [0.0] * len(calm)
                trace = _Trace(zeros, [*zeros], [view.month] * len(calm), move)
                self._traces[key] = trace
            if move is not None:
                trace.last = move
            self._judge(trace, calm if move is None else move.depths, earlier, view.month)
        for key, trace in list(self._traces.items()):
            trace.past.append((view.month, tuple(trace.attack)))
            while trace.past[0][0] < view.month - self.months:
                trace.past.popleft()
            if max(trace.depths) <= TOLERANCE and max(self._remembered(trace)) <= TOLERANCE:
                del self._traces[key]

    def attacks(self, *kinds: MoveKind, by_others_than: str) -> list[Attack]:
        """Attacks that stand, of these kinds, by anybody else."""
        return [
            Attack(key, tuple(t.attack), tuple(t.since), t.last.offer, t.last.before)
            for key, t in self._traces.items()
            if key.kind in kinds and key.actor != by_others_than and max(t.attack) > TOLERANCE
        ]

    def attack_depth(self, actor: str, kind: MoveKind, offer: str, region: int) -> float:
        """How much of a move that is seen is an attack; the rest is an answer to somebody."""
        trace = self._traces.get(MoveKey(actor, kind, offer))
        return 0.0 if trace is None else trace.attack[region]

    def depth(self, actor: str, kind: MoveKind, offer: str, region: int) -> float:
        """How far an offer has moved, whatever for."""
        trace = self._traces.get(MoveKey(actor, kind, offer))
        return 0.0 if trace is None else trace.depths[region]

    def trigger(self, actor: str, kind: MoveKind, offer: str, region: int) -> Trigger | None:
        """A move as the log says what was answered; none: it is too small to be one."""
        trace = self._traces.get(MoveKey(actor, kind, offer))
        return None if trace is None else Trigger(actor, kind, offer, trace.since[region])

    def _remembered(self, trace: _Trace) -> Depths:
        """The deepest attack of the months that are remembered, by region."""
        return tuple(max(depths) for depths in zip(*(d for _, d in trace.past), strict=True))

    def _judge(
        self, trace: _Trace, now: Depths, earlier: dict[MoveKey, Depths], month: int
    ) -> None:
        """Which part of a move is an attack, given what stood before it was seen."""
        causes = self._causes(trace.last, earlier)
        for r, depth in enumerate(now):
            attack = trace.attack[r]
            explained = max((cause[r] for cause in causes), default=0.0) + TOLERANCE
            if depth <= TOLERANCE or (depth < attack - TOLERANCE and depth <= explained):
                trace.attack[r] = 0.0  # over, or no deeper any more than what it answers
            elif depth <= attack:
                trace.attack[r] = depth
            elif depth > max(explained, attack + TOLERANCE):
                # deeper than anything that was there, or what it answered is long over
                trace.attack[r], trace.since[r] = depth, month
            trace.depths[r] = depth

    def _causes(self, move: StandingMove, earlier: dict[MoveKey, Depths]) -> list[Depths]:
        """Earlier attacks by others that a move may be the answer to."""
        kinds = _CAUSES[move.key.kind]
        mine = (move.before or move.offer).offer
        causes: list[Depths] = []
        for key, depths in earlier.items():
            if key.actor == move.key.actor or key.kind not in kinds:
                continue
            last = self._traces[key].last
            if meets(key.kind, mine, (last.before or last.offer).offer):
                causes.append(depths)
        return causes
