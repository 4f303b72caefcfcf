"""A pilot's result on one page: the decision, what was seen, what it means, what to do."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from matplotlib.figure import Figure

from experiments.analysis.pilot.history import RegionalSeries
from experiments.analysis.pilot.results import OFFERED, PilotResult, Registered
from experiments.report import style
from experiments.report.pilot_page import embedded, page_of
from experiments.report.pilot_texts import measure_name, relative
from experiments.report.style import FAINT, GOOD, INK, MUTED
from experiments.report.words.numbers import number
from experiments.report.words.words import Words

_FEW = 2.0
"""Fewer effective worlds than this are warned of (assumption)."""
_TREND = 0.05


def result_json(found: PilotResult, plan: Registered, arm: str) -> str:
    """The text of `read.json`."""
    data = {"decision": found.decision, "option": arm, "measure": plan.measure} | asdict(found)
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)


def headline(found: PilotResult, arm: str, words: Words) -> str:
    """The decision in one line."""
    return words(f"read.title.{found.decision}", arm=words.arm(arm))


def reason(found: PilotResult, plan: Registered, words: Words) -> str:
    """What was estimated, and the registered lines."""
    said = {
        "measure": words.sentence(measure_name(plan.measure, words)),
        "whose": words(f"read.whose.{'groups' if plan.in_groups else 'regions'}"),
        "estimate": relative(found.estimate, words),
        "low": relative(found.low, words),
        "high": relative(found.high, words),
    }
    if found.extended:
        line = relative(plan.line_extended or 0.0, words)
        return words("read.reason.extended", line=line, **said)
    return words(
        "read.reason", go=relative(plan.go, words), stop=relative(plan.stop, words), **said
    )


def warnings(found: PilotResult, words: Words) -> Iterator[str]:
    """What must be known before anybody acts on it."""
    if found.contradicted:
        yield words("read.contradicted")
    key = "trend" if found.pre_trend_p < _TREND else "no_trend"
    yield words(f"read.{key}", p=number(found.pre_trend_p, 2))
    if found.effective_worlds < _FEW:
        yield words("read.few", n=number(found.effective_worlds, 1))


def _next(found: PilotResult, plan: Registered, words: Words) -> Iterator[str]:
    pilot = words.listed([words.thing(name.removesuffix(OFFERED)) for name in plan.pilot])
    if found.decision == "stop":
        yield words("read.next.stop", regions=pilot)
    elif found.decision == "extend" and plan.extend_to is not None:
        yield words("read.next.extend", regions=pilot, months=plan.extend_to)
    elif found.decision == "extend":
        yield words("read.next.extend.now")
    for wave in found.waves:
        yield words(
            "read.next.wave",
            month=words.counted("month", wave.month),
            regions=words.listed([words.thing(name) for name in wave.regions]),
            lines=words.numbers.lines(wave.lines),
        )


def render_result(
    found: PilotResult, plan: Registered, arm: str, picture: bytes, words: Words
) -> str:
    """The page."""
    numbers, labels = words.numbers, words.labels
    means = words(
        "read.means.text",
        money=numbers.money(found.expected_yuan, signed=True),
        gain=numbers.percent(found.probability_gain),
        n=number(found.effective_worlds, 1),
        all=len(found.weights),
    )
    good = {"go": "good", "stop": "bad", "extend": ""}[found.decision]
    return page_of(
        words,
        title=headline(found, arm, words),
        kicker=words(
            "read.kicker", market=words.market(), operator=words.operator(labels.focal)
        ),
        reason=reason(found, plan, words),
        facts=[
            (words("read.estimate"), relative(found.estimate, words), good),
            (words("read.gain"), numbers.percent(found.probability_gain), ""),
            (words("read.money"), numbers.money(found.expected_yuan, signed=True), ""),
            (words("read.until"), found.until, ""),
        ],
        parts=[
            (words("read.seen"), list(warnings(found, words))),
            (words("read.means"), [means]),
            (words("read.next"), list(_next(found, plan, words))),
        ],
        pictures=embedded({"result": picture}),
        headings=[],
        rows=[],
        trust=[
            words("read.trust.text", estimator=words(f"plan.estimator.{plan.estimator}"))
        ],
    )  # fmt: skip


def result_figure(series: RegionalSeries, plan: Registered, before: int, words: Words) -> Figure:
    """Pilot regions and the others over their mean before the launch."""
    measure = measure_name(plan.measure, words)
    figure = style.canvas(
        words(
            f"read.figure{'.groups' if plan.in_groups else ''}", measure=words.sentence(measure)
        ),
        words("read.figure.note"),
        height=3.7,
    )  # fmt: skip
    axes = figure.subplots()
    table = series.values[plan.measure]
    relative_to = 100.0 * table / table[:, :before].mean(axis=1, keepdims=True)
    months = np.arange(series.months)
    for names, colour, key in (
        (plan.control, MUTED, "held_out" if plan.in_groups else "control"),
        (plan.pilot, GOOD, "has_it" if plan.in_groups else "pilot"),
    ):  # fmt: skip
        rows = relative_to[[series.regions.index(name) for name in names]]
        axes.plot(months, rows.T, color=colour, lw=0.6, alpha=0.35)
        axes.plot(
            months, rows.mean(axis=0), color=colour, lw=2.2, label=words(f"plan.figure.{key}")
        )
    first, last = plan.counted
    axes.axvspan(before + first - 1.5, before + last - 0.5, color=FAINT, alpha=0.5, linewidth=0)
    axes.axvline(before - 0.5, color=INK, lw=0.9)
    shown = months[:: max(1, len(months) // 8)]
    axes.set_xticks(shown, [series.month_names()[m] for m in shown])
    style.quiet(axes)
    axes.legend(frameon=False, fontsize=8.5)
    axes.set_ylabel("%", fontsize=8.5, color=MUTED)
    return figure
