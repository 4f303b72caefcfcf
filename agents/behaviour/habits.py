"""What people use data for: scene habits, drawn once for life, and a month's traffic by scene.

A habit is had or not, with a chance by age, segment and the region's income. Who has it uses a
scene at full level, others now and then; how much within that differs between people. Shares of
traffic follow: weights over their sum. How much data somebody uses in all is not touched, so a
market with habits, in which nobody sells anything by scene, is the market without.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol

from sim.compile import behaviour
from sim.draws import Purpose, lognormal_around_one, normal_from, uniform, uniforms
from sim.records import Entries
from sim.vocabulary import N_SCENES, N_SEGMENTS, Segment

EachScene = Annotated[Sequence[float], Entries(N_SCENES)]
_AGE_ITEM = N_SCENES
"""Of the draw that says how old somebody is; a habit's draw has its scene's number."""


YOUNG, MIDDLE, OLDER = range(3)
"""Age group of an account's holder, as the register has it."""


class Habits(Protocol):
    """How habits come about, as behaviour functions read it (see `agents/scenes.py`)."""

    young_share: float
    middle_share: float
    occasional: float
    spread: float
    month_spread: float
    recognised: float
    trace_spread: float
    price_response: float
    traffic: EachScene
    income_power: EachScene
    young: EachScene
    middle: EachScene
    older: EachScene
    by_segment: Annotated[Sequence[float], Entries(N_SCENES * N_SEGMENTS)]  # scene by scene


@behaviour
def age_of(seed: int, who: int, segment: int, h: Habits) -> int:
    """Age group of an account's holder; a firm counts as the middle one."""
    if segment == Segment.ENTERPRISE:
        return MIDDLE
    luck = uniform(seed, who, 0, Purpose.HABIT, _AGE_ITEM)
    if luck < h.young_share:
        return YOUNG
    return MIDDLE if luck < h.young_share + h.middle_share else OLDER


@behaviour
def habit_chance(seed: int, who: int, segment: int, income: float, scene: int, h: Habits) -> float:
    """Chance that somebody like this has a habit: age × segment × income of the region."""
    age = age_of(seed, who, segment, h)
    chance = h.middle[scene]
    if age == YOUNG:
        chance = h.young[scene]
    elif age == OLDER:
        chance = h.older[scene]
    chance *= h.by_segment[scene * N_SEGMENTS + segment] * income ** h.income_power[scene]
    return min(1.0, chance)


@behaviour
def has_habit(seed: int, who: int, segment: int, income: float, scene: int, h: Habits) -> bool:
    """Whether somebody has a habit; the same for life."""
    chance = habit_chance(seed, who, segment, income, scene, h)
    return uniform(seed, who, 0, Purpose.HABIT, scene) < chance


@behaviour
def scene_weight(
    seed: int, who: int, segment: int, income: float, month: int, scene: int, h: Habits
) -> float:
    """What shares of traffic are in proportion to; month 0: in an ordinary month."""
    chance = habit_chance(seed, who, segment, income, scene, h)
    luck, u, v, _ = uniforms(seed, who, 0, Purpose.HABIT, scene)
    level = 1.0 if luck < chance else h.occasional
    weight = h.traffic[scene] * level * lognormal_around_one(normal_from(u, v), h.spread)
    if month > 0:
        u, v, _, _ = uniforms(seed, who, month, Purpose.SCENE_MONTH, scene)
        weight *= lognormal_around_one(normal_from(u, v), h.month_spread)
    return weight


@behaviour
def scene_share(
    seed: int, who: int, segment: int, income: float, month: int, scene: int, h: Habits
) -> float:
    """Share of somebody's traffic that a scene takes; month 0: in an ordinary month."""
    here = 0.0
    total = 0.0
    for k in range(N_SCENES):
        weight = scene_weight(seed, who, segment, income, month, k, h)
        total += weight
        if k == scene:
            here = weight
    return here / total if total > 0.0 else 0.0
