"""Estimators of pilots against maintained libraries: diff-diff, pysyncon."""

import numpy as np
import pandas as pd
import pytest
from pilots import noise_of, planted_effects

from experiments.analysis.pilot.estimators import did, estimate, simplex_weights
from strategies.regional_change import changes

BEFORE, PILOT, WINDOW = 12, (1, 4, 6), slice(0, 6)


def panel_of(seed: int) -> np.ndarray:
    """Churn of twelve regions over twelve months before and six after: `[1, region, month]`."""
    noise = noise_of(planted_effects(regions=12), draws=1, seed=seed)
    panel = 1.0 + noise.relative["churn"][:, :, : BEFORE + 6]
    panel[:, list(PILOT), BEFORE:] *= 1.1
    return panel


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_difference_in_differences_is_diff_diffs(seed: int) -> None:
    diff_diff = pytest.importorskip("diff_diff", reason="diff-diff is not installed")
    panel = panel_of(seed)
    relative = panel / panel[..., :BEFORE].mean(axis=-1, keepdims=True)
    _, regions, months = panel.shape
    rows = pd.DataFrame(
        {
            "region": np.repeat(np.arange(regions), months),
            "value": relative.ravel(),
            "treated": np.repeat(np.isin(np.arange(regions), PILOT).astype(int), months),
            "after": np.tile((np.arange(months) >= BEFORE).astype(int), regions),
        }
    )
    model = diff_diff.DifferenceInDifferences(cluster="region")
    theirs = model.fit(rows, outcome="value", treatment="treated", post="after")
    ours = estimate("did", panel, BEFORE, WINDOW, PILOT)
    assert ours.effect[0] == pytest.approx(theirs.att, rel=1e-6)
    # Their clustered error is the one that is left out because it is too small for few regions.
    change = changes(panel, BEFORE, WINDOW)[0]
    inside = np.isin(np.arange(regions), PILOT)
    parts = [(change[at] - change[at].mean()) for at in (inside, ~inside)]
    meat = sum((part @ part) / len(part) ** 2 for part in parts)
    assert theirs.se == pytest.approx(np.sqrt(meat), rel=0.1)


def test_weights_of_a_synthetic_control_are_pysyncons() -> None:
    pysyncon = pytest.importorskip("pysyncon", reason="pysyncon is not installed")
    rng = np.random.default_rng(3)
    donors, target = rng.normal(0, 1, (1, 5, 12)), rng.normal(0, 1, (1, 12))
    theirs, _ = pysyncon.Synth.w_optimize(
        np.eye(12), donors[0].T, target[0], qp_options={"maxiter": 1_000, "ftol": 1e-12}
    )
    assert simplex_weights(donors, target)[0] == pytest.approx(theirs, abs=1e-3)


def test_their_test_of_no_effect_rejects_too_often_and_ours_does_not() -> None:
    diff_diff = pytest.importorskip("diff_diff", reason="diff-diff is not installed")
    noise = noise_of(planted_effects(regions=12), draws=150, seed=9)
    change = changes(1.0 + noise.relative["churn"], BEFORE, WINDOW)
    treated = np.isin(np.arange(12), (0, 5)).astype(int)
    model = diff_diff.DifferenceInDifferences(cluster="region")
    rejected = 0
    for pilot in change:
        rows = pd.DataFrame(
            {
                "region": np.tile(np.arange(12), 2),
                "value": np.concatenate([np.ones(12), 1.0 + pilot]),
                "treated": np.tile(treated, 2),
                "after": np.repeat([0, 1], 12),
            }
        )
        found = model.fit(rows, outcome="value", treatment="treated", post="after")
        rejected += found.p_value <= 0.05
    assert did(change, (0, 5)).rejects.mean() < 0.1
    assert rejected / len(change) > 0.1
