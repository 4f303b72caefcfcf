"""With nobody moving, shipped markets sit still as published, for people never calibrated on."""

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from agents.market import Market
from agents.settings import MarketSettings
from experiments.runs.calibration import birth_problem, moments_of, published, with_calibration

CONF = Path(__file__).resolve().parent.parent / "conf"
BURN_IN, MONTHS = 12, 36


def load(group, name):
    return YAML(typ="safe").load(CONF / group / f"{name}.yaml")


@pytest.mark.parametrize(("name", "subscribers"), [("china_2024", 100_000), ("duopoly", 40_000)])
def test_nobody_moves_and_the_market_sits_still(name, subscribers):
    data = load("market", name)["market"] | {"calibration": load("calibration", name)}
    settings = MarketSettings.model_validate(data)
    target = published(settings)
    seed = 4711
    birth = birth_problem(settings, subscribers, seed, BURN_IN).solve(0.004, 30)
    market = Market(with_calibration(settings, birth.calibration), subscribers, seed)
    market.run(BURN_IN + MONTHS)
    months = [moments_of(market, slice(m, m + 1)) for m in range(BURN_IN, BURN_IN + MONTHS)]
    share = np.array([m.share for m in months]) - target.share
    assert np.abs(share).max() < 0.005, np.abs(share).max(axis=0)
    # A hundred thousand accounts hold some 2,000 of the smallest operator's lines: its mean over a
    # year has the precision that a single month of the others has.
    arpu = np.array([m.arpu_yuan for m in months]) / target.arpu_yuan - 1.0
    years = arpu.reshape(3, 12, -1).mean(axis=1)
    assert np.abs(years).max() < 0.03, np.abs(years).max(axis=0)
    churn = moments_of(market, slice(BURN_IN, None)).churn
    assert churn == pytest.approx(target.churn, rel=0.05)
