"""An option with planted effects in a made-up country, for tests of pilots."""

from dataclasses import replace

import numpy as np
import pandas as pd
from answers import make_answer

from experiments.analysis.answer import Answer
from experiments.analysis.pilot.decision import PilotCosts
from experiments.analysis.pilot.designs import Choice, region_sets
from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.measures import CUSTOMER_MEASURES, MEASURES
from experiments.analysis.pilot.noise import Noise, NoiseModel, model_noise
from experiments.analysis.pilot.plan import Plan, plan_of
from experiments.analysis.pilot.search import Grid, Rules
from experiments.analysis.pilot.settings import PilotSettings
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.report.words.pairs import Code
from experiments.studies.pilot.pilot import PilotPlanned

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
    addressed: bool = False,
    seed: int = 1,
) -> Effects:
    """Effects on all measures alike: `effect` on average, growing for six months from `late` on.

    Args:
        spread: between worlds.
        yuan: a month's worth of gains over the whole horizon, mean over worlds, and `yuan_spread`
            between them.
        together: correlation of effect and gains across worlds.
        share: own share of lines.
        addressed: whether customers can be drawn inside regions.
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
    levels |= {"customer_bill": 110.0 * size, "customer_kept": size}
    levels["revenue_per_line"] = rng.uniform(38.0, 60.0, regions)
    return Effects(
        arm="bundle",
        worlds=tuple(range(worlds)),
        regions=tuple(f"region_{r}" for r in range(regions)),
        launch=LAUNCH,
        national={name: national.copy() for name in (*MEASURES, *CUSTOMER_MEASURES)},
        deviation={name: np.zeros(regions) for name in (*MEASURES, *CUSTOMER_MEASURES)},
        levels=levels,
        lines=lines,
        share=np.full(regions, share),
        gains=gains,
        rate=0.005,
        answered=np.full(worlds, np.nan),
        scale=10_000.0,
        runs=worlds,
        customers=float(lines.sum()) / 2.5,
        kept=np.linspace(0.99, 0.8, MONTHS),
        addressed=addressed,
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
    samples: tuple[int, ...] = (50_000,),
) -> Plan:
    """The plan of a small grid."""
    rules = Rules((3, 6, 12), costs or PilotCosts(), 0.5)
    grid = Grid(effects, noise_of(effects, draws, sizes=sizes), rules)
    designs = grid.designs(region_sets(effects, choices, counts, ()), measures, samples)
    return plan_of(grid, designs, measures)


def regional_table(
    effect: float, worlds: int = 6, months: int = 12, places: tuple[str, ...] = ("east", "west")
) -> pd.DataFrame:
    """A monthly table of some regions in which the option adds to revenue from month 2 on."""
    rows = []
    for arm in ("hold", "bundle"):
        for world in range(worlds):
            for place, region in enumerate(places):
                for month in range(months):
                    more = 1.0 + effect * (arm == "bundle" and month >= 2)
                    lines = 1e6 * (1 + place)
                    for operator, measure, value in (
                        ("china_unicom", "service_revenue_yuan", 40.0 * lines * more),
                        ("china_unicom", "lines", lines),
                        ("china_unicom", "churned_lines", 0.015 * lines),
                        ("china_unicom", "gross_adds", 0.01 * lines),
                        ("all", "lines", 5.0 * lines),
                    ):
                        rows.append((arm, world, 0, month, operator, region, "all", measure, value))
    names = ["arm", "world", "seed", "month", "operator", "region", "segment", "measure", "value"]
    return pd.DataFrame(rows, columns=names)


def piloted_answer(worlds: int = 6) -> Answer:
    """A comparison in which `bundle` is launched in month 2 and gains ten million yuan a month."""
    base = make_answer(
        np.random.default_rng(1), worlds=worlds, seeds=1, months=12, effects={"bundle": 1e9}
    )
    log = [("bundle", world, 0, 2, "china_unicom", "Launch", "done") for world in range(worlds)]
    money = [
        (arm, world, 0, month, "china_unicom", "mobile", 1e9 + 1e7 * (arm == "bundle"))
        for arm in ("hold", "bundle")
        for world in range(worlds)
        for month in range(12)
    ]
    run = ["arm", "world", "seed", "month", "actor"]
    return replace(
        base,
        log=pd.DataFrame(log, columns=[*run, "action", "outcome"]),
        money=pd.DataFrame(money, columns=[*run, "flow", "yuan"]),
    )


def pilot_question(kind: str, **options: object) -> Question:
    """An experiment with options."""
    given = [f"experiment.{name}={value}" for name, value in options.items()]
    return question_of(compose([f"experiment={kind}", *given]))


def planned(language: Code = "en", worth: float = 4e9) -> PilotPlanned:
    """A feasible pilot of three of eight regions."""
    effects = planted_effects(regions=8, yuan=2e8, yuan_spread=worth, together=0.95)
    plan = plan_for(effects, draws=200, counts=(3,), measures=("revenue_per_line",))
    labels = make_answer(np.random.default_rng(1), worlds=2, seeds=1).labels
    asked = replace(pilot_question("pilot"), language=language)
    return PilotPlanned(asked, labels, plan, noise_of(effects, 200), None, PilotSettings())
