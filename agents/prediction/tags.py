"""Tags: what an operator's records say of the scenes a customer lives in (用户-产品-场景标签).

Habits themselves are hidden. What can be recorded: traffic by scene, as far as it is recognised and
with an error; products of a scene that somebody holds; and demographics from the register. A
logistic regression on who has bought a product of the scene so far says who else may want it, from
demographics alone or from all of it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from agents.prediction.bounds import Coin
from agents.prediction.history import Array, History
from agents.prediction.regression import Logistic
from sim.vocabulary import SCENES

INTEREST = "scene_interest"
"""The observable that a scene's campaign can choose by: the chance to buy a product of it."""
LEAST_BUYERS = 10
"""Before so many have bought (and as many have not) there is nothing to learn: chance decides."""
DEMOGRAPHICS = ("age", "customer_class", "lines", "plan_price_yuan", "region_income")


def trace(scene: str) -> str:
    """Name of the observable: mean share of a customer's traffic attributed to a scene."""
    return f"trace_{scene}"


def holds(scene: str) -> str:
    """Name of the observable: 1 if the customer holds a product of a scene."""
    return f"holds_{scene}"


def features_of(scene: str, by: str) -> tuple[str, ...]:
    """What interest in a scene is predicted from."""
    if by == "demographics":
        return DEMOGRAPHICS
    others = [holds(other) for other in SCENES if other != scene]
    return (*DEMOGRAPHICS, *map(trace, SCENES), *others)


def interest(
    scene: str,
    by: str,
    who: NDArray[np.int64],
    observed: Mapping[str, Array],
    seed: int,
    month: int,
) -> Array:
    """Predicted chance that each of `who` buys a product of a scene, `[customer]`.

    Args:
        scene: the scene.
        by: `tags`, `demographics` or `coin`.
        who: own customers.
        observed: what the operator recorded of everybody, `[account]` by name.
        seed: luck of the coin.
        month: in which is asked.

    NaN for who has no month on record yet.
    """
    names = features_of(scene, by)
    values = np.stack([observed[name][who] for name in names], axis=-1)
    history = History(names, values[:, None, :], who, month)
    known = ~np.isnan(values).any(axis=1)
    bought = observed[holds(scene)][who] > 0
    n_bought = int(bought[known].sum())
    if by == "coin" or min(n_bought, int(known.sum()) - n_bought) < LEAST_BUYERS:
        return Coin(seed).predict(history)
    model = Logistic()
    model.fit(history.rows(known), bought[known])
    said = np.full(len(who), np.nan)
    said[known] = model.predict(history.rows(known))
    return said
