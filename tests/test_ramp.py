"""The pilot: planted effects give the textbook's size, months count from the launch."""

import math

import numpy as np
import pandas as pd
import pytest
from answers import make_answer
from scipy import stats

from experiments.analysis.answer import Answer
from experiments.analysis.ramp import Ramp, customers_per_group, ramp_of
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


def test_the_size_is_the_textbooks_and_known_bills_shrink_it() -> None:
    plain, adjusted = ramp(planted(2.0, 40.0)), ramp(planted(2.0, 40.0, correlation=0.8))
    mean = 2.0 * (1 + 3.5 / WORLDS)
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert plain.usual.per_group == math.ceil(2 * (z * 40.0 / mean) ** 2)
    assert adjusted.usual.per_group == pytest.approx(0.36 * (plain.usual.per_group or 0), abs=1)


def test_a_pilot_of_that_size_has_the_power_it_claims() -> None:
    rng, effect, sd = np.random.default_rng(5), 3.0, 40.0
    n = customers_per_group(effect, sd)
    assert n is not None
    found = [
        stats.ttest_ind(rng.normal(effect, sd, n), rng.normal(0, sd, n)).pvalue < 0.05
        for _ in range(600)
    ]
    false = [
        stats.ttest_ind(rng.normal(0, sd, n), rng.normal(0, sd, n)).pvalue < 0.05
        for _ in range(600)
    ]
    assert 0.75 < np.mean(found) < 0.85
    assert np.mean(false) < 0.08


def test_no_pilot_is_feasible_where_customers_do_not_suffice() -> None:
    found = ramp(planted(0.01, 80.0, customers=10_000.0))
    assert not found.usual.feasible
    assert found.shortest is None


def test_without_an_effect_there_is_no_size() -> None:
    assert customers_per_group(0.0, 40.0) is None
    assert ramp(planted(0.0, 40.0)).usual.per_group is None


def test_the_measure_that_tells_the_end_is_chosen() -> None:
    found = ramp(planted(2.0, 40.0))
    assert found.primary == "paid_own"
    assert found.usual.tells == pytest.approx(1.0)


def test_an_arm_that_customers_never_see_has_no_pilot() -> None:
    answer = planted(2.0, 40.0)
    answer.log.drop(answer.log.index, inplace=True)  # noqa: PD002 - the frame is this test's own
    assert ramp_of(answer, ARM, pd.Series(dtype=float)) is None
