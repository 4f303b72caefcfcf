"""`summary.json`: the findings of a comparison as plain data. See docs/kpis.md."""

import json
from collections.abc import Mapping
from dataclasses import asdict

from experiments.analysis.answer import QuestionLabels
from experiments.analysis.paired import Interval
from experiments.analysis.reliability import FailedArm
from experiments.analysis.summary import Summary
from experiments.question.question import DrawnRange
from experiments.report.findings_json import (
    Plain,
    costs_json,
    damage_json,
    horizons_json,
    over_time_json,
    pilot_json,
    plausibility_json,
    range_json,
    refusals_json,
)
from experiments.report.wording import (
    condition_sentence,
    misfit_reason,
    recommendation_sentences,
)
from experiments.report.words.words import Words


def as_json(summary: Summary) -> str:
    """The text of `summary.json`; a number that JSON cannot hold is an error, not a NaN."""
    return json.dumps(plain(summary), indent=1, allow_nan=False)


def plain(summary: Summary) -> dict[str, Plain]:
    """Numbers, strings and `None` only; every interval is `{mean, low, high, n}`.

    Returns:
        `arms.<arm>.kpis.<kpi>`, `arms.<arm>.vs_hold.<kpi>` and `arms.<arm>.range`;
        `recommendation`; `damage`; `horizons.<months>.<arm>`; `over_time`; `costs.<arm>`;
        `attack_refused`; `reactions`, beside published ones; `settings`, what is fixed by the user
        and what is drawn; `failures`, the arms of which some run failed; `run`.
    """
    run = summary.run
    return {
        "arms": {
            name: {
                "kpis": _intervals(arm.kpis),
                "vs_hold": _intervals(arm.vs_hold),
                "range": range_json(arm.range),
            }
            for name, arm in summary.arms.items()
        },
        "recommendation": _recommendation(summary),
        "damage": damage_json(summary.damage),
        "horizons": horizons_json(summary.horizons),
        "over_time": over_time_json(summary.horizons),
        "costs": costs_json(summary.costs),
        "attack_refused": refusals_json(summary.refusals),
        "reactions": plausibility_json(summary.plausibility),
        "settings": _settings(summary.labels),
        "failures": [_failed(arm) for arm in summary.failed_arms.values()],
        "run": {
            "subscribers": run.subscribers,
            "months": run.months,
            "seeds": run.seeds,
            "worlds": run.worlds,
            "runs": run.runs,
            "failures": run.failures,
            "misfit": run.misfit,
        },
    }


def _recommendation(summary: Summary) -> dict[str, Plain]:
    advice = summary.recommendation
    losses = advice.losses[advice.featured]
    words = Words(summary.labels)
    return {
        "kind": "none" if advice.arm is None else "recommendation",
        "reason": misfit_reason(summary, words),
        "arm": advice.arm,
        "verdict": advice.decision,
        "bolder": advice.bolder,
        "text": " ".join(recommendation_sentences(summary)),
        "runner_up": advice.runner_up,
        "contenders": list(advice.contenders),
        "difference_from_hold": asdict(advice.difference_from_hold),
        "ahead_of_runner_up": _interval(advice.ahead_of_runner_up),
        "loses_in": losses.losing,
        "loses_at_most": losses.at_most,
        "worlds": losses.worlds,
        "what_would_change": {
            "alternatives": [
                {
                    "arm": other.arm,
                    "behind_by": _interval(other.behind_by),
                    "wins_in": other.wins.negative,
                    "wins": condition_sentence(other.wins, words, "wins"),
                }
                for other in advice.alternatives
            ],
            "value_of_knowing_the_world_yuan": advice.value_of_knowing_the_world_yuan,
            "pilot": pilot_json(summary.plan, summary.ramp),
        },
    }


def _settings(labels: QuestionLabels) -> dict[str, Plain]:
    """What the user has set, and what is drawn in each world."""
    fixed: dict[str, Plain] = {setting.path: setting.value for setting in labels.fixed}
    return {
        "fixed": fixed,
        "said": {setting.path: setting.where for setting in labels.fixed},
        "not_drawn": {s.path: s.instead_of for s in labels.fixed if s.instead_of},
        "drawn": {item.range.path: _drawn(item) for item in labels.drawn},
    }


def _drawn(found: DrawnRange) -> dict[str, Plain]:
    prior = found.range
    parameters: list[Plain] = [*found.touches]
    span: dict[str, Plain] = {"low": prior.low, "high": prior.high, "scale": prior.scale}
    if prior.options:
        span = {"options": [*prior.options]}
    return {**span, "parameters": parameters}


def _failed(arm: FailedArm) -> dict[str, Plain]:
    return {
        "arm": arm.arm,
        "failed": arm.failed,
        "runs": arm.runs,
        "worlds": list(arm.worlds),
        "compared_in": arm.compared_in,
        "reason": arm.reason,
    }


def _intervals(values: Mapping[str, Interval]) -> dict[str, Plain]:
    return {kpi: _interval(value) for kpi, value in values.items()}


def _interval(value: Interval | None) -> Plain:
    return None if value is None else asdict(value)
