"""How an arm's effect grows: months count from the launch, the best early figure is found."""

import numpy as np
import pandas as pd
import pytest
from answers import make_answer

from experiments.analysis.answer import Answer
from experiments.analysis.ramp import Ramp, ramp_of
from experiments.measures.schemas import COHORTS, LOG

WORLDS, MONTHS, LAUNCH, CUSTOMERS = 8, 12, 3, 100_000.0
ARM = "retention"


def planted(
    effect: float, sd: float, correlation: float = 0.0, customers: float = CUSTOMERS
) -> Answer:
    """Cohorts in which the arm adds `effect` yuan a month from its launch on, growing by world."""
    base = make_answer(np.random.default_rng(1), worlds=WORLDS, seeds=1)
    rows, log = [], []
    for world in range(WORLDS):
        for arm in ("hold", ARM):
            for month in range(MONTHS):
                more = effect * (1 + world / WORLDS) if arm == ARM and month >= LAUNCH else 0.0
                rows.append(
                    (arm, world, 0, month, "own", customers, 0.9, 50.0 + more, sd, correlation)
                )
        log.append((ARM, world, 0, LAUNCH, "china_unicom", "StartCampaign", "done"))
    cohorts = pd.DataFrame(rows, columns=COHORTS.names())
    names = ["arm", "world", "seed", "month", "actor", "action", "outcome"]
    assert set(names) <= set(LOG.names())
    return Answer(
        **{k: v for k, v in vars(base).items() if k not in ("log", "cohorts")},
        log=pd.DataFrame(log, columns=names),
        cohorts=cohorts,
    )


def ramp(answer: Answer) -> Ramp:
    found = ramp_of(answer, ARM, pd.Series(np.arange(WORLDS, dtype=float)))
    assert found is not None
    return found


def test_months_count_from_when_customers_see_it() -> None:
    found = ramp(planted(2.0, 40.0))
    assert found.launch == LAUNCH
    assert len(found.months) == MONTHS - LAUNCH
    assert found.months[0].effect.mean == pytest.approx(2.0 * (1 + 3.5 / WORLDS))


def test_the_measure_that_tells_the_end_is_chosen() -> None:
    found = ramp(planted(2.0, 40.0))
    assert found.primary == "paid_own"
    assert found.early[0].tells == pytest.approx(1.0)


def test_an_arm_that_customers_never_see_has_no_pilot() -> None:
    answer = planted(2.0, 40.0)
    answer.log.drop(answer.log.index, inplace=True)  # noqa: PD002 - the frame is this test's own
    assert ramp_of(answer, ARM, pd.Series(dtype=float)) is None
