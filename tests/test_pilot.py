"""Pilots: tests keep their size, power is as predicted, planted effects and decisions are found."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pilots import noise_of, plan_for, planted_effects
from scipy import optimize, stats

from experiments.analysis.pilot.customers import compared, group_error, least_found
from experiments.analysis.pilot.decision import Outlook, PilotCosts, Reading, judge, optimism
from experiments.analysis.pilot.designs import Regions, region_sets
from experiments.analysis.pilot.estimators import (
    ESTIMATORS,
    did,
    estimate,
    permutation,
    simplex_weights,
)
from experiments.analysis.pilot.history import RegionalSeries, history_noise
from experiments.analysis.pilot.noise import shock_factor
from experiments.analysis.pilot.search import Design, Grid, Rules
from experiments.paths import CONF
from strategies.regional_change import changes

PILOTS = 1_000
BY_CHANCE = [float(stats.binom.ppf(q, PILOTS, 0.05)) / PILOTS for q in (0.0005, 0.9995)]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 8])
def test_pilots_without_an_effect_find_one_in_five_of_a_hundred(estimator: Any, count: int) -> None:
    noise = noise_of(planted_effects(regions=15), draws=PILOTS, seed=100 + count)
    panel = 1.0 + noise.relative["revenue_per_line"]
    found = estimate(estimator, panel, noise.before, slice(3, 6), tuple(range(0, 15, 2))[:count])
    rate = found.rejects.mean()
    assert BY_CHANCE[0] <= rate <= BY_CHANCE[1]


def test_the_usual_clustered_error_would_not_keep_its_size() -> None:
    noise = noise_of(planted_effects(regions=15), draws=PILOTS, seed=7)
    change = changes(1.0 + noise.relative["churn"], noise.before, slice(0, 6))
    treated, others = change[:, :2], change[:, 2:]
    effect = treated.mean(axis=1) - others.mean(axis=1)
    meat = (treated.var(axis=1) / 2 + others.var(axis=1) / 13) * 15 / 14
    rejects = 2 * stats.t.sf(np.abs(effect) / np.sqrt(meat), 14) <= 0.05
    assert rejects.mean() > 0.15


def test_difference_in_differences_is_the_textbooks() -> None:
    rng = np.random.default_rng(1)
    panel = rng.uniform(0.9, 1.1, (4, 9, 14))
    pilot, window = (1, 4, 6), slice(2, 6)
    found = estimate("did", panel, 8, window, pilot)
    change = changes(panel, 8, window)
    for n in range(4):
        others = np.delete(change[n], pilot)
        expected = stats.ttest_ind(change[n][list(pilot)], others)
        assert found.p[n] == pytest.approx(expected.pvalue)
        assert found.effect[n] == pytest.approx(_two_way(panel[n], 8, window, pilot))


def _two_way(panel: np.ndarray, before: int, window: slice, pilot: tuple[int, ...]) -> float:
    """The coefficient of regions' and months' fixed effects on the relative panel."""
    relative = panel / panel[:, :before].mean(axis=1, keepdims=True)
    kept = np.hstack([relative[:, :before], relative[:, before:][:, window]])
    regions, months = kept.shape
    treated = np.zeros(kept.shape)
    treated[list(pilot), before:] = 1.0
    columns = [treated.ravel()]
    columns += [np.repeat(np.eye(regions)[r], months) for r in range(regions)]
    columns += [np.tile(np.eye(months)[m], regions) for m in range(1, months)]
    found = np.linalg.lstsq(np.column_stack(columns), kept.ravel(), rcond=None)
    return float(found[0][0])


def test_permutation_is_scipys() -> None:
    change = np.random.default_rng(2).normal(0, 1, (1, 8))
    found = permutation(change, (0, 1, 2))
    expected = stats.permutation_test(
        (change[0][:3], change[0][3:]),
        lambda a, b: abs(a.mean() - b.mean()),
        alternative="greater",
    )
    assert found.p[0] == pytest.approx(expected.pvalue)


def test_weights_of_a_synthetic_control_are_the_constrained_minimum() -> None:
    rng = np.random.default_rng(3)
    donors, target = rng.normal(0, 1, (1, 5, 12)), rng.normal(0, 1, (1, 12))
    found = simplex_weights(donors, target)[0]
    expected = optimize.minimize(
        lambda w: ((w @ donors[0] - target[0]) ** 2).sum(), np.full(5, 0.2), method="SLSQP",
        bounds=[(0, 1)] * 5, constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-14},
    )  # fmt: skip
    assert found == pytest.approx(expected.x, abs=1e-4)
    mixed = np.array([0.2, 0.0, 0.5, 0.3, 0.0]) @ donors[0]
    assert simplex_weights(donors, mixed[None])[0] == pytest.approx([0.2, 0, 0.5, 0.3, 0], abs=1e-4)


def grid_of(effect: float, **more: Any) -> tuple[Grid, Design]:
    effects = planted_effects(regions=15, effect=effect, **more)
    rules = Rules((3, 6, 12), PilotCosts(), 0.5)
    regions = region_sets(effects, ["matched"], [4], [])[0]
    grid = Grid(effects, noise_of(effects, draws=1_000), rules)
    return grid, Design(regions, 6, "whole", "revenue_per_line")


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("effect", [0.01, 0.02])
def test_power_predicted_is_power_found(estimator: Any, effect: float) -> None:
    grid, design = grid_of(effect)
    predicted = grid.rate(replace(design, estimator=estimator)).power
    noise = noise_of(grid.effects, draws=600, seed=77)
    panel = 1.0 + noise.relative[design.measure]
    path = grid.effects.path(design.measure)[:, : noise.after]
    for region in design.regions.pilot:
        panel[:, region, noise.before :] *= 1.0 + path[region]
    found = estimate(estimator, panel, noise.before, design.counted, design.regions.pilot)
    assert 0.1 < predicted < 1.0
    assert found.rejects.mean() == pytest.approx(predicted, abs=0.05)


@pytest.mark.parametrize("measure", ["customer_bill", "customer_kept"])
def test_two_groups_of_customers_keep_their_size_and_find_what_is_promised(measure: str) -> None:
    """One by one: bills and who stays are drawn, and the two groups compared as registered."""
    rng, n, kept, spread, known = np.random.default_rng(4), 400, 0.8, 0.8, 0.5
    error = group_error(measure, n, spread * np.sqrt(1.0 - known), kept)
    effect = least_found(error)
    luck = np.empty(2_000)
    for pilot in range(len(luck)):
        if measure == "customer_kept":
            first, second = rng.binomial(n, kept, 2) / (n * kept)
        else:
            before = rng.standard_normal((2, n))
            shape = np.sqrt(known) * before + np.sqrt(1.0 - known) * rng.standard_normal((2, n))
            bills = 1.0 + spread * (shape - np.sqrt(known) * before)
            first, second = bills.mean(axis=1)
        luck[pilot] = (first - second) / error
    nothing = compared(0.0, error, luck).rejects.mean()
    assert stats.binom.ppf(0.0005, 2_000, 0.05) <= 2_000 * nothing
    assert 2_000 * nothing <= stats.binom.ppf(0.9995, 2_000, 0.05)
    assert compared(effect, error, luck).rejects.mean() == pytest.approx(0.8, abs=0.04)


def test_customers_are_drawn_only_where_some_can_be_left_without() -> None:
    for addressed in (False, True):
        plan = plan_for(
            planted_effects(addressed=addressed, effect=0.004, spread=0.002),
            measures=("revenue_per_line", "customer_bill"),
        )
        drawn = [rated for rated in plan.rated if rated.design.customers]
        assert bool(drawn) == addressed
        if addressed:
            seen = max(rated.power for rated in plan.rated if not rated.design.customers)
            assert max(rated.power for rated in drawn) > seen


@pytest.mark.parametrize("leaked", [0.0, 0.3])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_planted_effects_are_recovered_and_spill_over_shows(estimator: Any, leaked: float) -> None:
    grid, design = grid_of(0.03)
    found = grid.estimates(replace(design, estimator=estimator), 1.0, leaked)
    planted = grid.early(design).mean()
    assert found.effect.mean() == pytest.approx((1 - leaked) * planted, abs=0.02 * planted + 5e-4)


def money(on: np.ndarray) -> Outlook:
    nothing = np.zeros(len(on))
    return Outlook(on, nothing, nothing, on, nothing, nothing)


def test_the_stated_probability_of_a_right_decision_is_calibrated() -> None:
    rng = np.random.default_rng(5)
    errors = rng.normal(0, 0.01, 500)
    stated, found = [], []
    for _ in range(600):
        rho = rng.uniform(-0.2, 0.95)

        def worlds(size: int, rho: float = rho) -> np.ndarray:
            z = rng.standard_normal((size, 2))
            worth = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
            return np.column_stack([0.02 + 0.02 * z[:, 0], 1e8 + 2e9 * worth])

        seen = worlds(8)
        first = Reading(seen[:, 0], errors, money(seen[:, 1]))
        verdict = judge(first, None, 0.0, 0.0)
        fresh = worlds(1_000)
        goes = verdict.go.goes(fresh[:, 0] + rng.normal(0, 0.01, 1_000))
        stated.append(verdict.probability_right)
        found.append((goes == (fresh[:, 1] > 0)).mean())
    assert np.mean(stated) == pytest.approx(np.mean(found), abs=0.03)


def test_the_best_of_many_designs_is_worth_no_more_than_it_would_be_elsewhere() -> None:
    """Designs that differ by luck only: the best one's worth on fresh worlds is that of any."""
    rng = np.random.default_rng(6)
    looks, corrected = [], []
    for _ in range(400):
        values = rng.normal(-1.0, 3.0, (30, 8)) + rng.normal(0.0, 1.0, 8)
        best = float(values.mean(axis=1).max())
        looks.append(best)
        corrected.append(best - optimism(values))
    assert np.mean(looks) > 0.5
    assert np.mean(corrected) == pytest.approx(-1.0, abs=0.35)
    assert optimism(np.full((3, 8), 2.0)) == 0.0


def test_a_pilot_is_worth_most_where_it_can_change_the_decision() -> None:
    torn = plan_for(planted_effects(yuan=2e8, yuan_spread=4e9, together=0.95))
    sure = plan_for(planted_effects(yuan=2e10, yuan_spread=2e9))
    assert torn.feasible
    assert torn.best is not None
    assert torn.best.verdict.value_yuan > 0
    assert torn.best.verdict.probability_right > 0.8
    assert sure.reason == "worth"
    assert sure.best is not None
    assert sure.best.verdict.value_yuan < 0


def test_no_pilot_is_feasible_for_a_small_operator_in_a_large_market() -> None:
    small = planted_effects(share=0.01, effect=0.003, spread=0.002, yuan=1e7, yuan_spread=1e7)
    assert plan_for(small).reason == "unseen"
    assert plan_for(planted_effects(late=14)).reason == "late"
    assert plan_for(planted_effects(regions=3)).reason == "regions"


def test_thresholds_turn_round_where_an_early_gain_foretells_a_loss() -> None:
    plan = plan_for(planted_effects(yuan=0.0, yuan_spread=4e9, together=-0.95))
    assert plan.best is not None
    assert not plan.best.verdict.go.above


def test_matched_regions_are_more_like_the_rest_than_others_are() -> None:
    effects = planted_effects(regions=12)
    (matched,) = region_sets(effects, ["matched"], [4], [])
    levels = effects.levels["revenue_per_line"]

    def apart(regions: Regions) -> float:
        inside = np.isin(np.arange(12), regions.pilot)
        return abs(levels[inside].mean() - levels[~inside].mean())

    others = [tuple(np.random.default_rng(n).permutation(12)[:4]) for n in range(50)]
    typical = np.median([apart(Regions("listed", pilot, 0.3)) for pilot in others])
    assert apart(matched) < typical


def test_noise_from_a_history_is_that_of_the_history() -> None:
    rng = np.random.default_rng(9)
    table = 50.0 * (1 + 0.02 * rng.standard_normal((15, 48)) + 0.1 * rng.standard_normal((1, 48)))
    series = RegionalSeries(tuple("abcdefghijklmno"), 24_000, {"revenue_per_line": table})
    noise = history_noise(series, (12, 6), PILOTS, 1, 0.5)
    panel = noise.relative["revenue_per_line"]
    assert panel.std() == pytest.approx(0.02, rel=0.1)
    change = changes(1.0 + panel, 12, slice(0, 6))
    sets = [tuple(map(int, rng.permutation(15)[:3])) for _ in range(30)]
    rates = [did(change, pilot).rejects.mean() for pilot in sets]
    assert np.mean(rates) == pytest.approx(0.05, abs=0.02)


def test_regional_shocks_are_as_large_as_indias() -> None:
    table = pd.read_csv(CONF / "data" / "india_trai_circle_operator_quarterly.csv")
    table = table[table["metric"] == "wireless_subscribers"]
    wide = table.pivot_table(index=["operator", "region"], columns="date", values="value")
    logs = wide.where(wide > 0.05).apply(np.log)
    grown = logs.diff(axis=1).loc[:, :"2018-06"]
    total = wide.groupby(level="region").sum()
    share = wide.div(total.reindex(wide.index.get_level_values("region")).to_numpy())
    left = grown - grown.groupby(level="operator").transform("median")
    left = left.sub(left.median(axis=1), axis=0)
    for low, high in ((0.0, 0.02), (0.02, 0.05), (0.15, 0.25), (0.3, 0.5)):
        inside = (share[left.columns] > low) & (share[left.columns] <= high)
        found = left.where(inside).to_numpy(float)
        spread = 1.4826 * np.nanmedian(np.abs(found - np.nanmedian(found)))
        middle = np.nanmean(share.loc[:, left.columns].where(inside).to_numpy(float))
        assert 0.016 * shock_factor(np.array([middle]))[0] == pytest.approx(spread, rel=0.3)
