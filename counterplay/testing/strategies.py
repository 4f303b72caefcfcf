"""The contracts of a strategy."""

import copy
from typing import Any

from agents.actions import Action
from agents.observation import OperatorView, Strategy
from counterplay.testing.contracts import (
    ContractError,
    alike,
    month_of,
    need,
    need_conserved,
    need_same,
)
from counterplay.testing.contracts import trace as traced
from counterplay.testing.small_market import SmallMarket
from experiments.question.play import Playable


def check_strategy(given: Playable, **asking: Any) -> list[str]:
    """Check a strategy's contracts in a small market; returns what was checked.

    Args:
        given: a name, a play, an object with `act(view)`, its class, or what makes one.
        **asking: another market or size, as in `counterplay.compare`: `market`, `rivals`, `focal`,
            `settings`, `subscribers`, `months`, `burn_in`, `seed`.

    Raises:
        ContractError: a contract is broken, or the strategy fails.
        QuestionError: it cannot be made, or there is no such market.
    """
    small = SmallMarket.of(given, **asking)
    start = small.market()
    before = month_of(start)
    watch = _Watch(small.strategy())
    market = start.fork(small.players(watch))
    try:
        months = traced(market, small.months)
    except ContractError:
        raise
    except Exception as error:
        raise ContractError(
            f"it fails in month {watch.month}: {type(error).__name__}: {error}"
        ) from error
    need_conserved(market, before, months)

    again = traced(start.fork(small.players(small.strategy())), small.months)
    need_same(months, again, "played again it does something else")
    _need_function_of_views(watch, small.strategy())

    quiet = traced(start.fork(small.players(None)), small.months)
    asleep = traced(start.fork(small.players(_Asleep(small.strategy()))), small.months)
    need_same(quiet, asleep, "looking alone changes the market, though it does nothing")

    unrecorded = start.fork(small.players(small.strategy()))
    unrecorded.recording = not unrecorded.recording
    need_same(months, traced(unrecorded, small.months), "recording changes what happens")

    small.need_one_engine(months)
    return [
        "money, accounts and lines are conserved",
        "the same every time, and from its views alone; views stay as they were",
        "one that does nothing equals hold",
        "recording changes nothing",
        "two threads are one",
        "engine and reference agree",
    ]


class _Watch:
    """Plays what another decides, and keeps what that saw and did."""

    def __init__(self, inner: Strategy) -> None:
        self.inner = inner
        self.reads_customers = getattr(inner, "reads_customers", True)
        self.kind = getattr(inner, "kind", "")  # the log says who plays
        self.month = 0
        self.seen: list[OperatorView] = []
        self.done: list[list[Action]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Watch":
        return self  # a market is copied for its fork before it plays; the notes stay one

    def act(self, view: OperatorView) -> list[Action]:
        """What the other does, if it leaves its view as it was."""
        self.month = view.month
        kept = copy.deepcopy(view)
        actions = self.inner.act(view)
        need(
            alike(view, kept),
            f"it changes the view it was shown in month {view.month}",
        )
        self.seen.append(kept)
        self.done.append(list(actions))
        return actions


class _Asleep:
    """Looks as another does, and does nothing."""

    def __init__(self, inner: Strategy) -> None:
        self.inner = inner
        self.reads_customers = getattr(inner, "reads_customers", True)

    def act(self, view: OperatorView) -> list[Action]:
        """Nothing, whatever the other would do."""
        self.inner.act(view)
        return []


def _need_function_of_views(watch: _Watch, fresh: Strategy) -> None:
    """Shown the same views without any market, a fresh one must decide the same."""
    for view, done in zip(watch.seen, watch.done, strict=True):
        decided = list(fresh.act(copy.deepcopy(view)))
        need(
            alike(decided, done),
            f"in month {view.month} it decides otherwise from the same views: it knows something "
            f"that no view shows, or draws at random ({done} and then {decided})",
        )
