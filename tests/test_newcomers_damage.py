"""A discount for newcomers never does more damage than the same cut for everybody."""

from typing import Any

import pytest

from agents.market import Market
from experiments.measures.kpis import kpis_of
from strategies.registry import read

QUIET = {"advert_reach": 0.0}
CUT: dict[str, Any] = {"kind": "price_cut", "depth": 0.3} | QUIET
MONTHS = 18
NAMES = ("china_mobile", "china_telecom", "china_unicom")


def npv(start: Market, attack: dict[str, Any], mine: str, theirs: str) -> dict[str, float]:
    plays = {name: read({"kind": "hold", "reaction": theirs}) for name in NAMES[1:]}
    fork = start.fork(plays | {"china_mobile": read(attack | {"reaction": mine})}).run(MONTHS)
    return {name: kpis_of(fork, name, start.month)["npv_yuan"] for name in NAMES}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("theirs", ["none", "match", "escalate"])
@pytest.mark.parametrize("mine", ["none", "match", "escalate"])
def test_newcomers_damage_is_never_above_everybodys(mine, theirs, seed, china):
    """For either side, whatever the reactions: nobody pays more for the smaller move."""
    start = Market(china(), 2_000, seed).run(2)
    everybody = npv(start, CUT, mine, theirs)
    newcomers = npv(start, CUT | {"new_customers_only": True}, mine, theirs)
    for name in NAMES:
        assert newcomers[name] >= everybody[name], name
