"""What is counted by scene, in a market that has scenes: traffic, and whom campaigns try to reach.

It holds nothing and changes nothing. Habits are not seen by operators; what is counted here is for
whoever reads the market's tallies.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.scene_use import has_scene, share_of_scene
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Diary
from agents.mechanisms.mechanism import Measured, Mechanism
from sim.compile import behaviour
from sim.vocabulary import N_SCENES, SCENES


class SceneUser(Account, Protocol):
    """An account with habits; nothing of them is stored."""


@behaviour
def counts(a: SceneUser, d: Diary, held: NDArray[np.int64], m: MarketTables, p: Behaviour) -> None:
    """Add to this mechanism's measures, `[operator, measure]`.

    Traffic is split by the month's habits; what products of a scene add is counted with add-ons.
    """
    if d.used_gb > 0.0:
        here = held[a.operator]
        for scene in range(N_SCENES):
            share = share_of_scene(a, scene, m.around.month, m)
            here[scene] += int(d.used_gb * share * 1000.0 + 0.5)
    if d.campaign >= 0 and m.campaigns[d.campaign].scene >= 0:
        there = held[m.campaigns[d.campaign].operator]
        there[N_SCENES] += 1
        if has_scene(a, m.campaigns[d.campaign].scene, m):
            there[N_SCENES + 1] += 1


SCENE_COUNTS = Mechanism(
    name="scenes",
    holds=SceneUser,
    measures=(
        *(Measured(f"scene_{scene}_mb") for scene in SCENES),
        Measured("scene_contacts"),
        Measured("scene_contacts_right"),
    ),
    counts=counts,
)
