"""Lines that move between operators under `hold`, and how an arm changes each flow."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import HOLD, differences, of_arm, spread


@dataclass(frozen=True, eq=False)
class Switching:
    """Main lines moved over the horizon; rows are operators of origin, columns of destination.

    Means over worlds, seeds averaged within them. An operator's flow to itself is missing.
    """

    arm: str
    under_hold: pd.DataFrame
    change: pd.DataFrame
    """The arm's flow less that under `hold`."""
    net_gain: float
    """Lines that come to the focal operator less lines that leave it, compared with `hold`."""

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators in the order of rows and columns."""
        return tuple(str(name) for name in self.under_hold.index)


def switching_of(answer: Answer, arm: str) -> Switching | None:
    """The flows under `hold` and their change; `None` if none were stored or `arm` is `hold`."""
    table = answer.switching
    table = table[table["origin"] != table["destination"]]
    if table.empty or arm == HOLD:
        return None
    flows = table.pivot_table(
        index=["arm", "world", "seed"], columns=["origin", "destination"], values="lines",
        aggfunc="sum", observed=True,
    ).fillna(0.0)  # fmt: skip
    known = list(answer.labels.operators)
    ends = set(table["origin"]) | set(table["destination"])
    order = [name for name in known if name in ends] + sorted(ends - set(known))

    def matrix(rows: pd.DataFrame) -> pd.DataFrame:
        tidy = rows.mean().rename("lines").reset_index()
        return spread(tidy, ["origin"], "destination", "lines").reindex(index=order, columns=order)

    change = matrix(of_arm(differences(flows), arm))
    focal = answer.labels.focal
    net = float(np.nansum(change[[focal]].to_numpy()) - np.nansum(change.loc[[focal]].to_numpy()))
    return Switching(arm, matrix(of_arm(flows, HOLD)), change, net)
