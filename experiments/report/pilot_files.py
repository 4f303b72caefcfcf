"""A pilot's plan as a workbook, as geo-experiment tools read it, and an example of results."""

import csv
import io
import json
from collections.abc import Sequence

import numpy as np

from experiments.analysis.pilot.history import RegionalSeries, month_name
from experiments.analysis.pilot.measures import Floats
from experiments.analysis.pilot.noise import Noise
from experiments.analysis.pilot.plan import Plan
from experiments.report import pilot_texts
from experiments.report.pilot_json import designs_table, plan_data, worlds_table
from experiments.report.words.words import Words
from experiments.report.workbook import Cell, Sheet, book_of

FIRST_MONTH = 2025 * 12
"""Of what is made up, where no history says which months there are."""


def plan_book(plan: Plan, words: Words) -> bytes:
    """`plan.xlsx`: the plan, effect by month, every design, every world."""
    data = plan_data(plan, words)
    facts: list[Sequence[Cell]] = [
        (key, value if isinstance(value, str | int | float) or value is None
         else json.dumps(value, ensure_ascii=False))
        for key, value in data.items() if key != "effect_by_month"
    ]  # fmt: skip
    sheets: list[Sheet] = [("plan", ("key", pilot_texts.title(plan, words)), facts)]
    months: list[Sequence[Cell]] = [
        (month["month"], month["effect"], month["low"], month["high"])
        for month in data["effect_by_month"]
    ]
    sheets.append(("effect", ("month", "effect", "low", "high"), months))
    for name, table in (("designs", designs_table(plan)), ("worlds", worlds_table(plan))):
        rows: list[Sequence[Cell]] = [
            tuple(str(cell) if isinstance(cell, str | bool) else float(cell) for cell in row)
            for row in table.itertuples(index=False)
        ]
        sheets.append((name, tuple(map(str, table.columns)), rows))
    return book_of(sheets)


def geo_export(plan: Plan, noise: Noise, history: RegionalSeries | None) -> str:
    """The measure before the pilot as `date,location,value`, as GeoX and GeoLift read it.

    From the history; without one a draw of the stated model around the market's levels, to try the
    tools on.
    """
    if plan.best is None:
        return "date,location,value\n"
    measure = plan.best.design.measure
    if history is not None and measure in history.values:
        table, first = history.values[measure], history.first
    else:
        first = FIRST_MONTH
        table = _levels(plan, measure, noise.relative[measure][0])[:, : noise.before]
    rows = [
        (f"{month_name(first + month)}-01", region, f"{table[at, month]:.6g}")
        for month in range(table.shape[1])
        for at, region in enumerate(plan.effects.regions)
    ]
    return _csv(("date", "location", "value"), rows)


def geo_assignment(plan: Plan) -> str:
    """Which location is in the pilot: `location,group`."""
    pilot = plan.best.design.regions.pilot if plan.best is not None else ()
    rows = [
        (region, "treatment" if at in pilot else "control")
        for at, region in enumerate(plan.effects.regions)
    ]
    return _csv(("location", "group"), rows)


def example_results(plan: Plan, noise: Noise) -> tuple[str, str]:
    """Results as a pilot might give them, as CSV, and the truth behind them, as JSON.

    The effect is that of one world of the simulator, the noise a draw; both by region and month.
    """
    if plan.best is None:
        return "region,month,measure,value\n", "{}"
    design, effects = plan.best.design, plan.effects
    world = len(effects.worlds) // 2
    months = min(noise.after, effects.months)
    path = effects.national[design.measure][world, :months]
    path = path + effects.deviation[design.measure][:, None]
    panel = 1.0 + noise.relative[design.measure][1 % noise.draws][:, : noise.before + months]
    for region in design.regions.pilot:
        panel[region, noise.before :] *= 1.0 + path[region]
    table = _levels(plan, design.measure, panel - 1.0)
    until = noise.before + min(design.months, months)
    rows = [
        (region, month_name(FIRST_MONTH + month), design.measure, f"{table[at, month]:.6g}")
        for at, region in enumerate(effects.regions)
        for month in range(until)
    ]
    truth = {
        "world": effects.worlds[world],
        "launch": month_name(FIRST_MONTH + noise.before),
        "effect_by_month": [float(v) for v in path[list(design.regions.pilot)].mean(axis=0)],
        "going_on_yuan": float(plan.readings[0].money.on[world]) if plan.readings else None,
    }
    return _csv(("region", "month", "measure", "value"), rows), json.dumps(truth, indent=1)


def _levels(plan: Plan, measure: str, relative: Floats) -> Floats:
    level = np.nan_to_num(plan.effects.levels[measure], nan=1.0)
    return np.maximum(level, 1e-9)[:, None] * np.maximum(1.0 + relative, 1e-6)


def _csv(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return buffer.getvalue()
