"""Worlds: draws of what we do not know, spread so that few worlds cover the ranges evenly."""

from typing import Any

import numpy as np
import pandas as pd

from agents.settings import MarketSettings
from experiments.question.question import Question, Range
from experiments.question.uncertainties import places
from sim.errors import QuestionError

_RIVALS = "rivals"


def draw_worlds(question: Question) -> list[dict[str, float]]:
    """One mapping from range path to drawn position in [0, 1) for each world.

    A single world is the market as stated: every range at its market value (an empty mapping).
    Latin hypercube sampling: McKay, Beckman & Conover 1979.
    """
    if question.worlds == 1 or not question.ranges:
        return [{} for _ in range(question.worlds)]
    from scipy.stats import qmc  # takes half a second; a worker needs no draws

    sampler = qmc.LatinHypercube(len(question.ranges), rng=np.random.default_rng(question.seed))
    points = sampler.random(question.worlds)
    return [
        {r.path: float(u) for r, u in zip(question.ranges, point, strict=True)} for point in points
    ]


def market_of(question: Question, world: dict[str, float]) -> MarketSettings:
    """The market as it is in one world. Raises `QuestionError` for a path that does not exist."""
    data = question.market.model_dump()
    for wanted in question.ranges:
        if wanted.path in world and not wanted.path.startswith(f"{_RIVALS}."):
            for holder, key in places(data, wanted.path):
                holder[key] = _changed(holder[key], wanted, world[wanted.path])
    return MarketSettings.model_validate(data)


def rivals_of(question: Question, world: dict[str, float]) -> dict[str, dict[str, Any]]:
    """What rivals play in one world.

    Ranges of `rivals.*` apply to all who play anything at all, those of a named rival to it anyway.
    """
    rivals = {name: dict(plays) for name, plays in question.rivals.items()}
    for wanted in question.ranges:
        if wanted.path not in world or not wanted.path.startswith(f"{_RIVALS}."):
            continue
        _, who, parameter = wanted.path.split(".", 2)
        for name, plays in rivals.items():
            if who == name or (who == "*" and plays.get("kind") != "hold"):
                plays[parameter] = _changed(plays.get(parameter), wanted, world[wanted.path])
    return rivals


def describe_worlds(question: Question, worlds: list[dict[str, float]]) -> pd.DataFrame:
    """What each world assumes: `world, parameter, value`; a choice is 0 or 1 for each option."""
    rows: list[tuple[int, str, float]] = []
    for index, world in enumerate(worlds):
        for wanted in question.ranges:
            if wanted.path not in world:
                continue
            u = world[wanted.path]
            if wanted.options:
                picked = _option(wanted, u)
                rows += [
                    (index, f"{wanted.path}={option}", float(option == picked))
                    for option in wanted.options
                ]
            else:
                name = f"{wanted.path} (factor)" if wanted.scale == "factor" else wanted.path
                rows.append((index, name, wanted.low + u * (wanted.high - wanted.low)))
    return pd.DataFrame(rows, columns=["world", "parameter", "value"])


def _option(wanted: Range, u: float) -> str:
    return wanted.options[min(len(wanted.options) - 1, int(u * len(wanted.options)))]


def _changed(value: Any, wanted: Range, u: float) -> Any:
    """The value in a world: a draw between the bounds, or a multiple of what stands there."""
    if wanted.options:
        return _option(wanted, u)
    drawn = wanted.low + u * (wanted.high - wanted.low)
    if wanted.scale == "value":
        return drawn
    if isinstance(value, dict):
        numbers: dict[str, Any] = value
        return {key: number * drawn for key, number in numbers.items()}
    if not isinstance(value, int | float):
        raise QuestionError(
            f"range '{wanted.path}': {value!r} is no number that a factor could scale"
        )
    return value * drawn
