"""An option with planted effects in a made-up country, for tests of pilots."""

import numpy as np

from experiments.analysis.pilot.decision import PilotCosts
from experiments.analysis.pilot.designs import Choice, region_sets
from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.measures import MEASURES
from experiments.analysis.pilot.noise import Noise, NoiseModel, model_noise
from experiments.analysis.pilot.plan import Plan, plan_of
from experiments.analysis.pilot.search import Grid, Rules

MONTHS, HORIZON, LAUNCH = 22, 24, 2
LEVELS = {"revenue_per_line": 44.0, "churn": 0.015, "gross_adds": 60_000.0, "lines": 4e6}


def planted_effects(
    *,
    regions: int = 12,
    worlds: int = 8,
    effect: float = 0.03,
    spread: float = 0.02,
    yuan: float = 2e9,
    yuan_spread: float = 2e9,
    together: float = 0.9,
    share: float = 0.2,
    late: int = 0,
    seed: int = 1,
) -> Effects:
    """Effects on all measures alike: `effect` on average, growing for six months from `late` on.

    Args:
        spread: between worlds.
        yuan: a month's worth of gains over the whole horizon, mean over worlds, and `yuan_spread`
            between them.
        together: correlation of effect and gains across worlds.
        share: own share of lines.
    """
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((2, worlds))
    z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    z[1] -= (z[0] @ z[1]) / worlds * z[0]
    z[1] /= z[1].std()
    early, money = z[0], together * z[0] + np.sqrt(1.0 - together**2) * z[1]
    ramp = np.clip((np.arange(MONTHS) + 1.0 - late) / 6.0, 0.0, 1.0)
    national = (effect + spread * early)[:, None] * ramp
    lines = rng.uniform(2e6, 6e6, regions)
    gains = np.zeros((worlds, HORIZON))
    gains[:, LAUNCH:] = ((yuan + yuan_spread * money) / MONTHS)[:, None]
    size = np.ones(regions)
    levels = {"revenue": 1.8e8 * size} | {name: level * size for name, level in LEVELS.items()}
    levels["revenue_per_line"] = rng.uniform(38.0, 60.0, regions)
    return Effects(
        arm="bundle",
        worlds=tuple(range(worlds)),
        regions=tuple(f"region_{r}" for r in range(regions)),
        launch=LAUNCH,
        national=dict(zip(MEASURES, [national] * len(MEASURES), strict=True)),
        deviation={name: np.zeros(regions) for name in MEASURES},
        levels=levels,
        lines=lines,
        share=np.full(regions, share),
        gains=gains,
        rate=0.005,
        answered=np.full(worlds, np.nan),
        scale=10_000.0,
        runs=worlds,
    )


def noise_of(
    effects: Effects, draws: int = 1_000, seed: int = 1, sizes: dict[str, float] | None = None
) -> Noise:
    """The stated model's noise."""
    return model_noise(effects, NoiseModel(**(sizes or {})), (12, 12), draws, seed)


def plan_for(
    effects: Effects,
    *,
    draws: int = 400,
    counts: tuple[int, ...] = (2, 4),
    choices: tuple[Choice, ...] = ("matched",),
    measures: tuple[str, ...] = ("revenue_per_line", "churn"),
    costs: PilotCosts | None = None,
    sizes: dict[str, float] | None = None,
) -> Plan:
    """The plan of a small grid."""
    rules = Rules((3, 6, 12), costs or PilotCosts(), 0.5)
    grid = Grid(effects, noise_of(effects, draws, sizes=sizes), rules)
    return plan_of(
        grid, grid.designs(region_sets(effects, choices, counts, ()), measures), measures
    )
