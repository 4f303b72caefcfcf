"""What an operator's systems recorded by scene: traces of habits, purchases, the register."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import Region
from agents.behaviour.habits import Habits, age_of, scene_weight
from agents.mechanisms.addons import ADDONS
from agents.prediction.tags import holds, trace
from agents.state import Columns
from sim.compile import behaviour, kernel, whole
from sim.draws import Purpose, lognormal_around_one, normal_from, uniforms
from sim.records import Records, column
from sim.vocabulary import N_SCENES, SCENES

if TYPE_CHECKING:
    from agents.market import Market

Array = NDArray[np.float64]


def scene_records(market: "Market", operator: int, months: int) -> dict[str, Array]:
    """Observables by scene of all accounts as `operator` records them, each `[account]`.

    Traces are means over the last `months` in which somebody was its customer, NaN before the
    first. Only what is said of its own customers is from its records.
    """
    c = market.population.columns()
    around = market.tables().around
    traces = np.empty((len(c.segment), N_SCENES))
    ages = np.empty(len(c.segment))
    room = np.empty((2, N_SCENES))
    _read(
        traces, ages, room, c, around.habits, around.regions, around.seed, around.month, operator,
        months,
    )  # fmt: skip
    income = column(around.regions, "income")[c.region]
    found = {"age": ages, "region_income": np.asarray(income, dtype=np.float64)}
    found |= {trace(scene): traces[:, k] for k, scene in enumerate(SCENES)}
    return found | {holds(scene): _held(market, c, operator, scene) for scene in SCENES}


def _held(market: "Market", c: Columns, operator: int, scene: str) -> Array:
    """1 for who holds one of the operator's products of a scene."""
    terms = market.programmes.running.get((operator, ADDONS.name))
    if terms is None or not len(c.addons):
        return np.zeros(len(c.segment))
    products = terms.products.values()  # pyright: ignore[reportAttributeAccessIssue]
    mask = sum(1 << k for k, product in enumerate(products) if product.scene == scene)
    return np.asarray((c.addons & mask) != 0, dtype=np.float64)


@behaviour
def _measure(
    traces: Array,
    room: Array,
    who: int,
    segment: int,
    income: float,
    seed: int,
    month: int,
    operator: int,
    h: Habits,
) -> None:
    """Add a month's measured shares to `traces[who]`.

    Of the traffic, `recognised` is attributed to its scene, measured with an error; the rest by
    chance, to scenes in proportion to what they usually take.
    """
    total = 0.0
    guessed = 0.0
    for scene in range(N_SCENES):
        item = operator * N_SCENES + scene
        u, v, w, _ = uniforms(seed, who, month, Purpose.TRACE, item)
        room[0, scene] = scene_weight(seed, who, segment, income, month, scene, h)
        total += room[0, scene]
        room[1, scene] = -np.log(w) * h.traffic[scene]
        guessed += room[1, scene]
        room[0, scene] *= lognormal_around_one(normal_from(u, v), h.trace_spread)
    measured = 0.0
    for scene in range(N_SCENES):
        room[0, scene] = h.recognised * room[0, scene] / total
        room[0, scene] += (1.0 - h.recognised) * room[1, scene] / guessed
        measured += room[0, scene]
    for scene in range(N_SCENES):
        traces[who, scene] += room[0, scene] / measured


@kernel
def _read(
    traces: Array,
    ages: Array,
    room: Array,
    c: Columns,
    habits: Records[Habits],
    regions: Records[Region],
    seed: int,
    month: int,
    operator: int,
    months: int,
) -> None:
    """Write traces `[account, scene]` and age groups `[account]`; `month` is the one to come."""
    h = habits[0]
    for who in range(len(c.segment)):
        segment = whole(c.segment[who])
        income = regions[c.region[who]].income
        ages[who] = age_of(seed, who, segment, h)
        known = min(months, whole(c.tenure_months[who]), month - 1)
        for scene in range(N_SCENES):
            traces[who, scene] = 0.0 if known > 0 else np.nan
        for back in range(1, known + 1):
            _measure(traces, room, who, segment, income, seed, month - back, operator, h)
        if known > 0:
            for scene in range(N_SCENES):
                traces[who, scene] /= known
