"""A synthetic answer with planted effects, of realistic size, for tests of what reads answers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.analysis.answer import Answer, QuestionLabels
from experiments.measures.schemas import LOG, NUMBER, TEXT, WHOLE

EFFECTS = {
    "match_price": -6.0e9,
    "fighting_brand": -1.2e9,
    "bundle_benefits": 3.4e9,
    "retention": 1.5e9,
    "convergence": 0.7e9,
}
"""Planted NPV difference from `hold`, in yuan."""
ARMS = {
    "hold": "change nothing",
    "match_price": "follow every price cut by the same depth",
    "fighting_brand": "a low-price brand of our own",
    "bundle_benefits": "a data pack and partner benefits instead of a cut",
    "retention": "predict who leaves, find the cause, make an offer",
    "convergence": "pull households into family bundles",
}
OPERATORS = {
    "china_mobile": "China Mobile 中国移动",
    "china_telecom": "China Telecom 中国电信",
    "china_unicom": "China Unicom 中国联通",
    "china_broadnet": "China Broadnet 中国广电",
}
SEGMENTS = {
    "experience": 0.22, "price": 0.33, "benefit": 0.2, "household": 0.19, "enterprise": 0.06,
}  # fmt: skip
LINES = {
    "china_mobile": 1004e6, "china_telecom": 425e6, "china_unicom": 340e6, "china_broadnet": 35e6,
}  # fmt: skip
FATE_SHARES = {
    "anyway": (0.82, -0.55), "kept": (0.02, 0.8), "lost_anyway": (0.11, 0.0),
    "driven_away": (0.006, -0.2), "won": (0.014, 0.5), "won_anyway": (0.03, 0.02),
}  # fmt: skip
ARPU = 44.0
FIRST_MONTH = -3


def make_answer(
    rng: np.random.Generator,
    *,
    effects: Mapping[str, float] = EFFECTS,
    worlds: int = 8,
    seeds: int = 2,
    months: int = 36,
    world_sd: float = 0.9e9,
    seed_sd: float = 0.15e9,
    loss: tuple[str, str, float, float] | None = None,
    names: Mapping[str, str] | None = None,
) -> Answer:
    """An answer whose mean NPV differences are `effects`, give or take `world_sd`.

    Args:
        loss: (arm, parameter, threshold, yuan): added to the arm's NPV in the worlds in which the
            parameter (uniform on 0–1) is above the threshold.
        names: Arms and their descriptions where they are not the usual ones.
    """
    arms = {"hold": ARMS["hold"], **{arm: ARMS.get(arm, "an option") for arm in effects}}
    arms |= names or {}
    assumed = pd.DataFrame(
        {
            name: rng.permutation((np.arange(worlds) + rng.uniform(0.1, 0.9, worlds)) / worlds)
            for name in ("rival_aggressiveness", "partner_appetite", "price_sensitivity")
        }
    )
    luck = rng.normal(0, 1, (worlds, seeds))
    gains: dict[tuple[str, int, int], float] = {}
    for arm in arms:
        by_world = rng.normal(0, world_sd, worlds)
        for world in range(worlds):
            for seed in range(seeds):
                gain = effects.get(arm, 0.0) + by_world[world] + rng.normal(0, seed_sd)
                if loss and arm == loss[0] and assumed[loss[1]][world] > loss[2]:
                    gain += loss[3]
                gains[arm, world, seed] = 0.0 if arm == "hold" else float(gain)
    return Answer(
        labels=QuestionLabels(
            market="china_2024",
            market_label="China 2024",
            currency="yuan",
            focal="china_unicom",
            operators=OPERATORS,
            rivals={"china_mobile": "cuts its price by 30 % from month 0 and undercuts answers"},
            arms=arms,
            months=months,
            subscribers=200_000,
            lines_million=1804.0,
            worlds=worlds,
            seeds=seeds,
            segments=tuple(SEGMENTS),
            regions=("east", "west"),
        ),
        monthly=_monthly(gains, luck, months),
        outcomes=_outcomes(gains, luck, months),
        twins=_twins(gains),
        switching=_switching(gains),
        worlds=assumed.rename_axis("world")
        .reset_index()
        .melt(id_vars="world", var_name="parameter"),
        log=_log(gains),
    )


def _outcomes(
    gains: Mapping[tuple[str, int, int], float], luck: np.ndarray, months: int
) -> pd.DataFrame:
    rows = []
    for (arm, world, seed), gain in gains.items():
        shift, z = gain / 1e9, luck[world, seed]
        calm = LINES["china_unicom"] * ARPU * months
        revenue = calm * (0.94 + 0.01 * z) + 1.6 * gain
        kpis = {
            "share": 0.184 + 0.002 * z + 0.0008 * shift,
            "net_adds": -9e6 + 1e6 * z + 1.1e6 * shift,
            "gross_adds": 52e6 + 1e6 * z + 0.6e6 * shift,
            "churn_rate": 0.0135 + 0.0003 * z - 0.0002 * shift,
            "acquisition_cost_yuan": 96 + 2 * z - 1.5 * shift,
            "arpu_yuan": 42.1 + 0.3 * z + 0.11 * shift,
            "ltv_yuan": 1240 + 20 * z + 9 * shift,
            "penetration": 0.41 + 0.005 * z + 0.004 * shift,
            "active_rate": 0.87 + 0.003 * z + 0.002 * shift,
            "nps": 21 + z + 0.6 * shift,
            "complaint_rate": 0.0042 + 0.0001 * z - 0.00005 * shift,
            "partners": 5 + (2 if arm == "bundle_benefits" else 0),
            "ecosystem_revenue_share": 0.031 + 0.001 * z + 0.001 * shift,
            "service_revenue_yuan": revenue,
            "contribution_yuan": 0.31 * calm + 2e9 * z + 1.15 * gain,
            "npv_yuan": 150e9 + 2e9 * z + gain,
            "points_liability_yuan": 1e8,
            "points_breakage": 0.2,
        }
        for operator in OPERATORS:
            for kpi, value in kpis.items():
                own = value if operator == "china_unicom" else value * 1.1
                rows.append((arm, world, seed, operator, kpi, own))
    return pd.DataFrame(rows, columns=["arm", "world", "seed", "operator", "kpi", "value"])


def _monthly(
    gains: Mapping[tuple[str, int, int], float], luck: np.ndarray, months: int
) -> pd.DataFrame:
    keys: list[tuple[str, int, int, str, str]] = []
    values: list[np.ndarray] = []
    month = np.arange(FIRST_MONTH, months)
    since = np.clip(month + 1, 0, None)
    fall = 1 - np.exp(-since / 14)
    for (arm, world, seed), gain in gains.items():
        z, shift = luck[world, seed], gain / 1e9
        for operator, base in LINES.items():
            sign = {"china_unicom": 1.0, "china_mobile": -1.0}.get(operator, 0.0)
            moved = 1.4e6 * shift * fall - 9e6 * fall * (1 + 0.1 * z)
            lines = base + sign * moved
            revenue = lines * (ARPU - fall * (1.9 + 0.2 * z - 0.11 * shift))
            for measure, value in (("lines", lines), ("service_revenue_yuan", revenue)):
                keys.append((arm, world, seed, operator, measure))
                values.append(value)
    names = ["arm", "world", "seed", "operator", "measure"]
    whole = pd.DataFrame(keys, columns=names).loc[np.repeat(np.arange(len(keys)), len(month))]
    whole = whole.reset_index(drop=True).assign(
        month=np.tile(month, len(keys)), region="all", segment="all", value=np.concatenate(values)
    )
    ordered = ["arm", "world", "seed", "month", "operator", "region", "segment", "measure", "value"]
    return whole[ordered]


def _twins(gains: Mapping[tuple[str, int, int], float]) -> pd.DataFrame:
    rows = []
    for (arm, world, seed), gain in gains.items():
        if arm == "hold":
            continue
        weights = {fate: weight for fate, (_, weight) in FATE_SHARES.items()}
        total, size = 1.6 * gain, max(abs(gain) / 3e9, 0.2)
        spare = total - sum(weights.values()) * 6e9 * size
        for segment, part in SEGMENTS.items():
            for fate, (share, weight) in FATE_SHARES.items():
                money = weight * 6e9 * size + (spare if fate == "kept" else 0.0)
                people = 340e6 * share * (size if fate in {"kept", "won", "driven_away"} else 1)
                rows.append((arm, world, seed, segment, fate, people * part, money * part, 0.0))
    columns = ["arm", "world", "seed", "segment", "fate", "people", "money_yuan", "credit_yuan"]
    return pd.DataFrame(rows, columns=columns)


def _switching(gains: Mapping[tuple[str, int, int], float]) -> pd.DataFrame:
    rows = []
    for (arm, world, seed), gain in gains.items():
        for origin, base in LINES.items():
            for destination, target in LINES.items():
                if origin == destination:
                    continue
                lines = 0.35 * base * target / sum(LINES.values())
                lines *= 1.5 if destination == "china_mobile" else 1.0
                if origin == "china_unicom":
                    lines *= 1 - 0.01 * gain / 1e9
                if destination == "china_unicom":
                    lines *= 1 + 0.012 * gain / 1e9
                rows.append((arm, world, seed, origin, destination, lines))
    columns = ["arm", "world", "seed", "origin", "destination", "lines"]
    return pd.DataFrame(rows, columns=columns)


def _entry(month: int, actor: str, action: str, **fields: Any) -> dict[str, Any]:
    """A row of the log, its other fields empty."""
    empty = {TEXT: "", WHOLE: 0, NUMBER: float("nan")}
    row: dict[str, Any] = {column.name: empty[column.type] for column in LOG.columns}
    row |= {"cause": "own_strategy", "outcome": "done", "month": month, "decided_month": month}
    return row | {"actor": actor, "action": action} | fields


def _log(gains: Mapping[tuple[str, int, int], float]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    answer = {"cause": "reaction", "trigger_operator": "china_unicom"}
    for arm, world, seed in gains:
        done = [_entry(0, "china_mobile", "Reprice", strategy="price_cut", cost_yuan=4e8)]
        if arm != "hold":
            done.append(_entry(1, "china_unicom", "Launch", strategy=arm))
        if arm == "match_price":
            deeper = answer | {"trigger_move": "price", "cost_yuan": 1e8}
            done += [
                _entry(3 + world % 2, "china_mobile", "Reprice", **deeper),
                _entry(5, "china_unicom", "Reprice", outcome="rejected", ground="below_cost"),
            ]
        if arm == "bundle_benefits":
            why = "reach pays for its lost sales"
            done.append(_entry(1, "video", "join", ground="pays", note=why))
            if world % 3 != 0:
                done.append(_entry(2, "ride_hailing", "join", ground="pays"))
            if world % 4 == 0:
                less = {"ground": "better_price", "cost_yuan": -2e6}
                done.append(_entry(14, "video", "reprice", **less))
            if world % 2 == 0:
                copy = answer | {"trigger_move": "new_plan"}
                done.append(_entry(6, "china_telecom", "Launch", **copy))
        rows += [row | {"arm": arm, "world": world, "seed": seed} for row in done]
    return pd.DataFrame(rows, columns=list(LOG.names()))
