"""The prior: which parameters are not known, and between which bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.settings import MarketSettings
from agents.tables import calibrated_behaviour
from experiments.question.question import Question, Range
from experiments.runs.worlds import market_of
from sim.errors import QuestionError
from sim.names import unknown

Vector = NDArray[np.float64]

_RIVALS = "rivals."


@dataclass(frozen=True)
class Prior:
    """Independent uniform priors between bounds.

    A *position* is where between its bounds (0 to 1) a parameter lies; a *value* is what the range
    means by it: a factor, or the value itself.
    """

    ranges: tuple[Range, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Paths as in `unknowns.ranges`."""
        return tuple(one.path for one in self.ranges)

    @property
    def low(self) -> Vector:
        """Lower bounds, `[parameter]`."""
        return np.array([one.low for one in self.ranges])

    @property
    def width(self) -> Vector:
        """Upper less lower bounds, `[parameter]`."""
        return np.array([one.high - one.low for one in self.ranges])

    def values(self, positions: Vector) -> Vector:
        """Values of positions, `[..., parameter]`."""
        return self.low + positions * self.width

    def positions(self, values: Vector) -> Vector:
        """Positions of values, `[..., parameter]`."""
        return (values - self.low) / self.width


def prior_of(question: Question, names: Sequence[str]) -> Prior:
    """The question's ranges called `names`, all that are numbers of the market if there are none.

    Raises:
        QuestionError: a name is no range, or its range is none of numbers.
    """
    usable = {r.path: r for r in question.ranges if not r.options and r.high > r.low}
    usable = {path: r for path, r in usable.items() if not path.startswith(_RIVALS)}
    for name in names:
        if name not in usable:
            raise unknown("experiment.parameters: range of numbers of the market", name, usable)
    chosen = list(dict.fromkeys(names)) or list(usable)
    if not chosen:
        raise QuestionError("unknowns.ranges holds no range of numbers that could be inferred")
    return Prior(tuple(usable[name] for name in chosen))


def neutral(question: Question, prior: Prior) -> Vector:
    """The market's own values, `[parameter]`: 1 for a factor, else what stands in its file.

    Raises:
        QuestionError: a path with `*` has no single value.
    """
    data = uncovered(question.market).model_dump()
    values: list[float] = []
    for one in prior.ranges:
        if one.scale == "factor":
            values.append(1.0)
            continue
        value: object = data
        for part in one.path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if not isinstance(value, int | float):
            raise QuestionError(
                f"experiment.planted: write what {one.path} is to be; the market has no single "
                "value of it"
            )
        values.append(float(value))
    return np.array(values)


def planted(question: Question, prior: Prior, given: Mapping[str, float]) -> Vector:
    """The values to recover, `[parameter]`: as given, else the market's own.

    Raises:
        QuestionError: a name is not inferred, or a value lies outside its range.
    """
    for name in given:
        if name not in prior.names:
            raise unknown("experiment.planted: parameter", name, prior.names)
    values = neutral(question, prior) if set(given) != set(prior.names) else prior.low.copy()
    for place, one in enumerate(prior.ranges):
        values[place] = given.get(one.path, values[place])
        if not one.low <= values[place] <= one.high:
            raise QuestionError(
                f"experiment.planted: {one.path} = {values[place]:g} lies outside its range "
                f"{one.low:g} to {one.high:g}: nothing could recover it"
            )
    return values


def uncovered(settings: MarketSettings) -> MarketSettings:
    """The same market, its calibrated behaviour written where ranges look for it.

    `calibration.look_base`, `attention` and `second_taste_yuan` would override what is drawn.
    """
    unset: dict[str, None] = dict.fromkeys(("look_base", "attention", "second_taste_yuan"))
    calibration = settings.calibration.model_copy(update=unset)
    return settings.model_copy(
        update={"behaviour": calibrated_behaviour(settings), "calibration": calibration}
    )


def market_at(question: Question, prior: Prior, positions: Vector) -> MarketSettings:
    """The market with parameters drawn at `positions`, `[parameter]`."""
    base = replace(question, market=uncovered(question.market), ranges=prior.ranges)
    return market_of(base, dict(zip(prior.names, map(float, positions), strict=True)))
