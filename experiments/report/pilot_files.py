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
from experiments.analysis.pilot.results import groups_of
from experiments.analysis.pilot.search import Rated
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

    Nothing where customers are drawn inside regions. From the history; without one a draw of the
    stated model around the market's levels, to try the tools on.
    """
    if plan.best is None or plan.best.design.customers:
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
    if plan.best is None or plan.best.design.customers:
        return "location,group\n"
    pilot = plan.best.design.regions.pilot
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
    places = effects.regions
    if design.customers:
        places, table = _groups(plan.best, plan, noise, path)
    else:
        panel = 1.0 + noise.relative[design.measure][1 % noise.draws][:, : noise.before + months]
        for region in design.regions.pilot:
            panel[region, noise.before :] *= 1.0 + path[region]
        table = _levels(plan, design.measure, panel - 1.0)
    until = noise.before + min(design.months, months)
    rows = [
        (place, month_name(FIRST_MONTH + month), design.measure, f"{table[at, month]:.6g}")
        for at, place in enumerate(places)
        for month in range(until)
    ]
    truth = {
        "world": effects.worlds[world],
        "launch": month_name(FIRST_MONTH + noise.before),
        "effect_by_month": [float(v) for v in path[list(design.regions.pilot)].mean(axis=0)],
        "going_on_yuan": float(plan.readings[0].money.on[world]) if plan.readings else None,
    }
    return _csv(("region", "month", "measure", "value"), rows), json.dumps(truth, indent=1)


def _groups(best: Rated, plan: Plan, noise: Noise, path: Floats) -> tuple[tuple[str, ...], Floats]:
    """Names of the two groups in each region, and their figures, `[group, month]`."""
    design, pilot = best.design, list(best.design.regions.pilot)
    months = path.shape[1]
    level = (
        np.ones((len(pilot), noise.before + months))
        * plan.effects.levels[design.measure][pilot][:, None]
    )
    if design.measure == "customer_kept":
        level[:, noise.before :] *= plan.effects.kept[:months]
    # Each group's luck holds for all months since the launch: these are the same customers.
    luck = np.random.default_rng(1).standard_normal((2, len(pilot), 1))
    luck *= best.error * np.sqrt(len(pilot) / 2.0)
    offered, held_out = level.copy(), level.copy()
    offered[:, noise.before :] *= (1.0 + path[pilot]) * (1.0 + luck[0])
    held_out[:, noise.before :] *= 1.0 + luck[1]
    names = tuple(plan.effects.regions[r] for r in pilot)
    return groups_of(names), np.vstack([offered, held_out])


def _levels(plan: Plan, measure: str, relative: Floats) -> Floats:
    level = np.nan_to_num(plan.effects.levels[measure], nan=1.0)
    return np.maximum(level, 1e-9)[:, None] * np.maximum(1.0 + relative, 1e-6)


def _csv(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return buffer.getvalue()
