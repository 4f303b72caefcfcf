"""Worlds: draws of what we do not know, spread so that few worlds cover the ranges evenly."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.settings import MarketSettings
from experiments.question.question import HOLD, Question, Range
from experiments.question.targets import market_targets, of_rivals, rival_targets
from sim.errors import QuestionError


def draw_worlds(question: Question) -> list[dict[str, float]]:
    """One mapping from range path to drawn position in [0, 1) for each world.

    A single world is the market as stated: every range at its market value (an empty mapping).
    Latin hypercube sampling (McKay, Beckman & Conover 1979). Each range has luck of its own, so
    that fixing one parameter, or drawing one more, leaves all others as they were.
    """
    if question.worlds == 1:
        return [{}]
    columns = {r.path: _stratified(question, r.path) for r in question.ranges}
    return [
        {path: float(column[world]) for path, column in columns.items()}
        for world in range(question.worlds)
    ]


def _stratified(question: Question, path: str) -> NDArray[np.float64]:
    """One position in each of as many equal intervals as there are worlds, in random order."""
    name = np.frombuffer(hashlib.sha256(path.encode()).digest()[:16], dtype="<u4")
    rng = np.random.default_rng([question.seed, *name.tolist()])
    order = rng.permutation(question.worlds)
    return (order + rng.random(question.worlds)) / question.worlds


def market_of(question: Question, world: dict[str, float]) -> MarketSettings:
    """The market as it is in one world. Raises `QuestionError` for a path that does not exist."""
    data = question.market.model_dump()
    for prior in question.ranges:
        if prior.path in world and not of_rivals(prior):
            for target in market_targets(prior, data):
                target.holder[target.key] = _drawn(target.value, prior, world[prior.path])
    return MarketSettings.model_validate(data)


def rivals_of(question: Question, world: dict[str, float]) -> dict[str, dict[str, Any]]:
    """What rivals play in one world."""
    rivals = {name: dict(plays) for name, plays in question.rivals.items()}
    for prior in question.ranges:
        if prior.path in world and of_rivals(prior):
            for target in rival_targets(prior, rivals):
                target.holder[target.key] = _drawn(target.value, prior, world[prior.path])
    return rivals


def attackers_of(question: Question) -> tuple[str, ...]:
    """Rivals that move of their own accord, whatever it is that they play."""
    return tuple(name for name, plays in question.rivals.items() if plays.get("kind") != HOLD)


def describe_worlds(question: Question, worlds: list[dict[str, float]]) -> pd.DataFrame:
    """What each world assumes: `world, parameter, value`; a word is 0 or 1 for each option."""
    rows: list[tuple[int, str, float]] = []
    for index, world in enumerate(worlds):
        for prior in question.ranges:
            if prior.path not in world:
                continue
            value = _position(prior, world[prior.path])
            if isinstance(value, str) or any(isinstance(o, str) for o in prior.options):
                rows += [
                    (index, f"{prior.path}={option}", float(option == value))
                    for option in dict.fromkeys(prior.options)
                ]
            else:
                name = f"{prior.path} (factor)" if prior.scale == "factor" else prior.path
                rows.append((index, name, float(value)))
    return pd.DataFrame(rows, columns=["world", "parameter", "value"])


def _position(wanted: Range, u: float) -> str | float:
    """What stands at a position of a range: an option, or a number between the bounds."""
    if wanted.options:
        return wanted.options[min(len(wanted.options) - 1, int(u * len(wanted.options)))]
    return _number(wanted, u)


def _number(wanted: Range, u: float) -> float:
    if wanted.scale == "whole":
        return int(min(wanted.high, wanted.low + int(u * (wanted.high - wanted.low + 1))))
    return wanted.low + u * (wanted.high - wanted.low)


def _drawn(value: Any, wanted: Range, u: float) -> Any:
    """The value in a world: what is drawn, or a multiple of what stands there."""
    if wanted.scale != "factor":
        return _position(wanted, u)
    if not isinstance(value, int | float):
        raise QuestionError(
            f"range '{wanted.path}': {value!r} is no number that a factor could scale"
        )
    return value * _number(wanted, u)
