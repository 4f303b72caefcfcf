"""The month that contenders live, and their turns at it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.state import Columns


class Contest(NamedTuple):
    """The month that all contenders live."""

    columns: Columns
    m: MarketTables
    p: Behaviour
    contact: NDArray[np.int16]


class Turn(NamedTuple):
    """One contender, ready to go: what is timed, and where the state stands afterwards."""

    live: Callable[[], object]
    after: Callable[[], Columns]
