"""Scene habits as a market states them: off unless it says so.

How habits come about is in `agents/behaviour/habits.py`; this file says what a market can state of
it. Values and their sources stand in the market's YAML.
"""

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from agents.behaviour.habits import Habits
from agents.behaviour.settings import BySegment, Chance, Spread
from sim.records import Records, fill
from sim.schema import Settings
from sim.vocabulary import SCENES

SceneName = Literal["commute", "video", "creating", "gaming", "learning", "home"]
"""The same names as `SCENES`."""
NO_SCENES = "it needs scene habits, and the market has none; market.scenes.enabled must be true"
"""What is said to who asks for them in vain."""
Factor = Annotated[float, Field(ge=0, le=20)]
Power = Annotated[float, Field(ge=-2, le=2)]
_ALIKE = BySegment(experience=1.0, price=1.0, benefit=1.0, household=1.0, enterprise=1.0)


class HabitSettings(Settings):
    """Who has one habit, and how much data it takes."""

    traffic: Factor
    """Data of the scene where the habit is had, relative to other scenes'."""
    young: Chance
    """Share of people who have the habit, by age group, in a region of average income."""
    middle: Chance
    older: Chance
    by_segment: BySegment = _ALIKE
    """Factor of that chance."""
    income_power: Power = 0.0
    """Power of the region's income (relative to the country's) in that chance."""


class ScenesSettings(Settings):
    """What people use data for, and what operators can measure of it."""

    enabled: bool = False
    """Whether the market has scene habits at all."""
    young_share: Chance = 0.25
    """Share of account holders who are young; a firm counts as of middle age."""
    middle_share: Chance = 0.45
    occasional: Annotated[float, Field(gt=0, le=1)] = 0.15
    """Use, and worth, of a scene to who has no habit of it, relative to who has."""
    spread: Spread = 0.5
    """Spread (log sd) of a scene's use between people of one habit."""
    month_spread: Spread = 0.4
    """Spread (log sd) from month to month."""
    recognised: Chance = 0.8
    """Share of traffic that an operator attributes to its scene; the rest it attributes by chance.
    0: traces are noise, 1: all is recognised."""
    trace_spread: Spread = 0.3
    """Spread (log sd) of an operator's measurement of what it recognises."""
    price_response: Annotated[float, Field(ge=0, le=5)] = 0.25
    """By which share a scene's use rises once it does not count, for who would surely run out of
    data; in proportion to the chance to run out for others."""
    content_worth: Annotated[float, Field(ge=0, le=2)] = 0.2
    """Elasticity of what video products are worth with respect to content."""
    content_use: Annotated[float, Field(ge=0, le=2)] = 0.1
    """The same of what is watched."""
    habits: dict[SceneName, HabitSettings] = {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.young_share + self.middle_share > 1.0 + 1e-9:
            raise ValueError(
                f"young_share + middle_share is {self.young_share + self.middle_share:.2f}, must "
                "not exceed 1"
            )
        missing = [scene for scene in SCENES if scene not in self.habits]
        if self.enabled and missing:
            raise ValueError(f"habits: a market with scenes must name {', '.join(missing)} as well")
        if self.enabled and not any(habit.traffic > 0.0 for habit in self.habits.values()):
            raise ValueError("habits: traffic is 0 in every scene, must be above 0 in one")
        return self


def habits_of(settings: ScenesSettings) -> Records[Habits]:
    """The settings as subscribers read them: one row, none where scenes are off."""
    if not settings.enabled:
        return fill(Habits, (0,), {})
    by_scene = [settings.habits[scene] for scene in SCENES]  # pyright: ignore[reportArgumentType]
    values: dict[str, Any] = {
        "by_segment": np.concatenate([habit.by_segment.array() for habit in by_scene])
    }
    for name in ("traffic", "income_power", "young", "middle", "older"):
        values[name] = [getattr(habit, name) for habit in by_scene]
    for name in (
        "young_share", "middle_share", "occasional", "spread", "month_spread", "recognised",
        "trace_spread", "price_response",
    ):  # fmt: skip
        values[name] = getattr(settings, name)
    return fill(Habits, (1,), values)
