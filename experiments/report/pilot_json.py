"""A pilot's plan as plain data: the one page's facts for other programs, and for its reading."""

import json
from typing import Any

import pandas as pd

from experiments.analysis.paired import Interval
from experiments.analysis.pilot.decision import Mistake
from experiments.analysis.pilot.plan import Plan
from experiments.analysis.pilot.search import Rated
from experiments.analysis.pilot.summary import PilotSummary
from experiments.measures.study_schemas import PILOT_DESIGNS, PILOT_REGIONS, PILOT_WORLDS
from experiments.report.pilot_texts import reason_text
from experiments.report.words.words import Words

KEYS = (
    "verdict", "reason", "option", "regions", "control_regions", "months", "measure", "estimator",
    "effect_by_month", "power", "false_positive_rate", "minimum_detectable_effect",
    "probability_right", "false_go", "false_stop", "cost_yuan", "value_yuan", "thresholds",
    "noise_from", "customers_per_group", "summary",
)  # fmt: skip
FEASIBLE, NONE = "pilot", "no_feasible_pilot"


def plan_data(plan: Plan, words: Words) -> dict[str, Any]:
    """The keys of `plan.json`; effects are relative to no option.

    Where there is no feasible pilot, figures are those of the design that comes nearest.
    """
    best = plan.best
    regions = plan.effects.regions
    inside = set(best.design.regions.pilot) if best is not None else set[int]()
    summary = PilotSummary.of(plan)
    customers = best.design.customers if best is not None else 0
    data: dict[str, Any] = dict.fromkeys(KEYS)
    data |= {
        "verdict": FEASIBLE if plan.feasible else NONE,
        "reason": reason_text(summary, words),
        "option": plan.effects.arm,
        "regions": [regions[r] for r in sorted(inside)] if plan.feasible else [],
        "control_regions": [
            name
            for r, name in enumerate(regions)
            if plan.feasible and not customers and r not in inside
        ],
        "effect_by_month": [_month(n, effect) for n, effect in enumerate(plan.path, start=1)],
        "noise_from": plan.noise_from,
        "customers_per_group": customers or None,
        "summary": summary.data(),
    }
    if best is not None:
        data |= _of_best(plan, best)
    return data


def plan_json(plan: Plan, words: Words) -> str:
    """The text of `plan.json`."""
    return json.dumps(plan_data(plan, words), indent=1, ensure_ascii=False, allow_nan=False)


def _of_best(plan: Plan, best: Rated) -> dict[str, Any]:
    verdict = best.verdict
    return {
        "months": best.design.months if plan.feasible else None,
        "measure": best.design.measure,
        "estimator": best.design.estimator,
        "power": best.power,
        "false_positive_rate": best.false_positive_rate,
        "minimum_detectable_effect": {str(m): v for m, v in plan.detectable.items()},
        "probability_right": verdict.probability_right,
        "false_go": _mistake(verdict.false_go),
        "false_stop": _mistake(verdict.false_stop),
        "cost_yuan": verdict.cost_yuan,
        "value_yuan": plan.value_yuan,
        "thresholds": thresholds_data(plan, best),
    }


def thresholds_data(plan: Plan, best: Rated) -> dict[str, Any] | None:
    """From which estimates on it is go, extend or stop; `None`: no estimate decides anything."""
    verdict = best.verdict
    rule, later = verdict.go, verdict.extended
    if abs(rule.break_even) == float("inf"):
        return None
    side = verdict.within if rule.above else -verdict.within
    counted = range(*best.design.counted.indices(best.design.months))
    return {
        "break_even": rule.break_even,
        "go": rule.break_even + side,
        "stop": rule.break_even - side,
        "go_if": "at least" if rule.above else "at most",
        "counted_months": [counted[0] + 1, counted[-1] + 1],
        "launch_after_months": plan.effects.launch,
        "extend_to_months": plan.extended_months if later is not None else None,
        "break_even_extended": None if later is None else _finite(later.break_even),
        "go_if_extended": None if later is None else ("at least" if later.above else "at most"),
        "error": best.error,
    }


def _finite(value: float) -> float | None:
    return None if abs(value) == float("inf") else value


def _mistake(found: Mistake) -> dict[str, float]:
    return {"probability": found.probability, "yuan": found.yuan}


def _month(month: int, effect: Interval) -> dict[str, float | int | None]:
    return {"month": month, "effect": effect.mean, "low": effect.low, "high": effect.high}


def worlds_table(plan: Plan) -> pd.DataFrame:
    """What every world says the pilot would show and the roll-out be worth: `pilot_worlds`."""
    rows: list[tuple[object, ...]] = []
    for extended, reading in enumerate(plan.readings or ()):
        if reading is None:
            continue
        rows += [
            (world, bool(extended), float(early), float(on), float(now))
            for world, early, on, now in zip(
                plan.effects.worlds, reading.early, reading.money.on, reading.money.now,
                strict=True,
            )
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=PILOT_WORLDS.names())


def regions_table(plan: Plan) -> pd.DataFrame:
    """Every region, its lines and its part: `pilot_regions`."""
    pilot = set(plan.best.design.regions.pilot) if plan.best is not None else set[int]()
    return pd.DataFrame(
        [
            (name, at in pilot, float(plan.effects.lines[at]))
            for at, name in enumerate(plan.effects.regions)
        ],
        columns=PILOT_REGIONS.names(),
    )


def designs_table(plan: Plan) -> pd.DataFrame:
    """Every design and what it can do: `pilot_designs`."""
    names = plan.effects.regions
    return pd.DataFrame(
        [
            (
                "+".join(names[r] for r in rated.design.regions.pilot),
                rated.design.regions.choice, rated.design.customers, rated.design.regions.share,
                rated.design.months,
                rated.design.window, rated.design.measure, rated.design.estimator, rated.effect,
                rated.error, rated.power, rated.false_positive_rate, rated.tells,
                rated.verdict.probability_right, rated.verdict.false_go.yuan,
                rated.verdict.false_stop.yuan, rated.verdict.cost_yuan, rated.verdict.value_yuan,
            )
            for rated in plan.rated
        ],
        columns=PILOT_DESIGNS.names(),
    )  # fmt: skip
