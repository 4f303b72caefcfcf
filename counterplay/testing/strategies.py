"""The contracts of a strategy."""

import copy
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any, cast

import numpy as np

from agents.actions import Action
from agents.observation import OperatorView, Strategy
from counterplay.testing.contracts import ContractError, month_of, need, need_conserved, need_same
from counterplay.testing.contracts import trace as traced
from counterplay.testing.scene import Scene
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
    scene = Scene.of(given, **asking)
    start = scene.market()
    before = month_of(start)
    watch = _Watch(scene.strategy())
    market = start.fork(scene.players(watch))
    try:
        months = traced(market, scene.months)
    except ContractError:
        raise
    except Exception as error:
        raise ContractError(
            f"it fails in month {watch.month}: {type(error).__name__}: {error}"
        ) from error
    need_conserved(market, before, months)

    again = traced(start.fork(scene.players(scene.strategy())), scene.months)
    need_same(months, again, "played again it does something else")
    _need_function_of_views(watch, scene.strategy())

    quiet = traced(start.fork(scene.players(None)), scene.months)
    asleep = traced(start.fork(scene.players(_Asleep(scene.strategy()))), scene.months)
    need_same(quiet, asleep, "looking alone changes the market, though it does nothing")

    unrecorded = start.fork(scene.players(scene.strategy()))
    unrecorded.recording = not unrecorded.recording
    need_same(months, traced(unrecorded, scene.months), "recording changes what happens")

    two = scene.market(threads=2).fork(scene.players(scene.strategy()))
    need_same(months, traced(two, scene.months), "two threads are not one")
    plain = scene.market(reference=True).fork(scene.players(scene.strategy()))
    need_same(months, traced(plain, scene.months), "engine and reference disagree")
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
            _alike(view, kept),
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
            _alike(decided, done),
            f"in month {view.month} it decides otherwise from the same views: it knows something "
            f"that no view shows, or draws at random ({done} and then {decided})",
        )


def _alike(one: Any, other: Any) -> bool:
    """Whether two values hold the same, arrays and missing numbers included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
    if is_dataclass(one):
        return all(_alike(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, dict):
        mine, theirs = cast("dict[Any, Any]", one), cast("dict[Any, Any]", other)
        return mine.keys() == theirs.keys() and all(_alike(mine[k], theirs[k]) for k in mine)
    if isinstance(one, list | tuple):
        pairs = cast("Iterable[tuple[Any, Any]]", zip(one, other, strict=False))
        return len(one) == len(other) and all(_alike(a, b) for a, b in pairs)
    same_number = isinstance(one, float) and one != one and other != other  # noqa: PLR0124 - NaN
    return same_number or bool(one == other)
