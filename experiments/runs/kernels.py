"""Machine code made ahead of time: `make setup` runs this, so that no first question waits.

`python -m experiments.runs.kernels` compiles what any market needs and keeps it where every later
run looks (`sim/kernel_cache.py`). Where that fails, runs compile for themselves as before.
"""

import numpy as np

from agents.choice_recorder import RecordedPopulation, tastes_of
from agents.execution.campaign_records import held_out
from agents.market import Market
from experiments.question.compose import compose, question_of

_ACCOUNTS_PER_REGION = 8


def build() -> None:
    """Compile, or find, the kernels of a market, of its campaigns and of recorded choices."""
    settings = question_of(compose(["jobs=1"])).market
    accounts = _ACCOUNTS_PER_REGION * len(settings.regions)
    market = Market(settings, accounts, seed=1)
    market.population = RecordedPopulation(market.population, lambda *_: None)
    market.step()
    everybody = np.arange(accounts, dtype=np.int64)
    tastes_of(market.population, everybody, market.tables(), market.behaviour)
    held_out(everybody, seed=1, key=0, share=0.5)


if __name__ == "__main__":
    build()
