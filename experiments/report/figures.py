"""The pictures of a report: each function draws one, says its finding and what stands behind it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure

from experiments.analysis.answer import Answer
from experiments.analysis.paired import (
    HOLD,
    arms_of,
    differences,
    intervals,
    monthly_wide,
    of_arm,
    runs_behind,
    spread,
)
from experiments.analysis.regret import regret_table, world_gains
from experiments.analysis.uplift import FATES, money_bridge, totals
from experiments.report import style
from experiments.report.style import (
    BAD,
    FAINT,
    GOOD,
    HOLD_COLOUR,
    INK,
    MUTED,
    NEUTRAL,
    label,
    number,
)

LOSS = LinearSegmentedColormap.from_list("loss", ["#ffffff", "#f6c9a8", "#D55E00", "#7a2e00"])
CHANGE = LinearSegmentedColormap.from_list("change", [BAD, "#ffffff", GOOD])


def painters(answer: Answer, summary: dict[str, Any]) -> dict[str, Callable[[], Figure | None]]:
    """What draws each picture, by file name; nothing where its tables are empty."""
    arm = featured(summary)
    return {
        "share_over_time": lambda: over_time(answer, "share"),
        "arpu_over_time": lambda: over_time(answer, "arpu_yuan"),
        "npv_forest": lambda: npv_forest(answer, summary),
        "money_bridge": lambda: bridge(answer, arm),
        "subscriber_waterfall": lambda: waterfall(answer, arm),
        "switching_matrix": lambda: switching(answer, arm),
        "regret": lambda: regret(answer, summary),
    }


def all_figures(answer: Answer, summary: dict[str, Any]) -> dict[str, Figure]:
    """Every picture by file name; those whose tables are empty are left out."""
    drawn = {name: paint() for name, paint in painters(answer, summary).items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def featured(summary: dict[str, Any]) -> str:
    """The option the pictures look into: the recommended one, or the nearest if there is none."""
    chosen = summary["recommendation"]
    return str(chosen["runner_up"] or HOLD) if chosen["arm"] in {HOLD, None} else chosen["arm"]


def note(answer: Answer, *remarks: str) -> str:
    """The footnote of a picture: what it shows and how many runs and worlds stand behind it."""
    runs, worlds, seeds = runs_behind(answer)
    arms, subscribers = len(arms_of(answer)), answer.labels.subscribers
    behind = f"{runs} runs ({arms} arms × {worlds} worlds × {seeds} seeds)"
    return "\n".join([*remarks, f"{behind}, {subscribers:,} simulated subscribers"])


def _name(answer: Answer, operator: str) -> str:
    return style.drawable(answer.labels.operators.get(operator, label(operator)), label(operator))


def over_time(answer: Answer, measure: str) -> Figure | None:
    """The focal operator's path, one panel an arm, against `hold` in grey."""
    levels = monthly_wide(answer, measure)
    others = [arm for arm in arms_of(answer) if arm != HOLD and arm in levels.index]
    if levels.empty or HOLD not in levels.index or not others:
        return None
    factor, unit = (100.0, "%") if measure == "share" else (1.0, answer.labels.currency)
    step = "points" if measure == "share" else unit
    hold, gaps = intervals(of_arm(levels, HOLD)) * factor, differences(levels)
    ends = {arm: of_arm(gaps, arm).mean().iloc[-1] * factor for arm in others}
    best, worst = max(ends, key=lambda a: ends[a]), min(ends, key=lambda a: ends[a])
    title = (
        f"{'Share' if measure == 'share' else style.KPI_LABELS[measure]} after "
        f"{answer.labels.months} months, against holding:\n"
        f"{number(ends[best], signed=True)} {step} with {label(best)}"
    )
    if worst != best:
        title += f",\n{number(ends[worst], signed=True)} with {label(worst)}"
    columns = min(2 if len(others) <= 6 else 3, len(others))
    rows = -(-len(others) // columns)
    focal = _name(answer, answer.labels.focal)
    figure = style.canvas(
        title,
        note(answer, f"{focal}. Grey: hold. Colour: hold plus paired difference. 95 % bands"),
        width=5.4,
        height=1.25 + 1.35 * rows,
    )
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    colours, months = style.colours(arms_of(answer)), levels.columns.to_numpy(float)
    for axes, arm in zip(grid, others, strict=False):
        gap = intervals(of_arm(gaps, arm)) * factor
        axes.fill_between(months, hold["low"], hold["high"], color=FAINT, alpha=0.6, lw=0)
        axes.plot(months, hold["mean"], color=HOLD_COLOUR, lw=1.2, ls=(0, (4, 2)))
        low, high = hold["mean"] + gap["low"], hold["mean"] + gap["high"]
        axes.fill_between(months, low, high, color=colours[arm], alpha=0.25, lw=0)
        axes.plot(months, hold["mean"] + gap["mean"], color=colours[arm], lw=1.8)
        axes.axvline(0, color=MUTED, lw=0.7, ls=":")
        axes.set_title(
            f"{style.drawable(label(arm))}  {number(ends[arm], signed=True)}",
            loc="left", fontsize=9.5, color=colours[arm], fontweight="bold", pad=3,
        )  # fmt: skip
        style.quiet(axes)
    for axes in grid[len(others) :]:
        axes.set_visible(False)
    grid[0].set_ylabel(unit, fontsize=8.5, color=MUTED)
    for axes in grid[len(others) - columns : len(others)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("months since the rival's move", fontsize=8, color=MUTED)
    return figure


def npv_forest(answer: Answer, summary: dict[str, Any]) -> Figure:
    """NPV difference of each arm from `hold` with its interval, and every world as a dot."""
    gains = world_gains(answer)
    rows = {a: summary["arms"][a]["vs_hold"]["npv_yuan"] for a in arms_of(answer) if a != HOLD}
    rows = {arm: row for arm, row in rows.items() if row["mean"] is not None}
    order = sorted(rows, key=lambda arm: rows[arm]["mean"])
    divisor, word = style.scale_of(abs(rows[arm][end]) for arm in order for end in ("low", "high"))
    unit = f"{word} {answer.labels.currency}".strip()
    positive = sum(rows[arm]["low"] > 0 and rows[arm]["n"] > 1 for arm in order)
    figure = style.canvas(
        f"{positive} of {len(order)} options clearly worth more than holding:\n"
        f"net present value (NPV) against hold, {unit}",
        note(answer, "Bar: 95 % interval over worlds. Dots: single worlds"),
        height=1.5 + 0.45 * len(order),
    )
    axes = figure.subplots()
    for place, arm in enumerate(order):
        row = rows[arm]
        colour = GOOD if row["low"] > 0 else BAD if row["high"] < 0 else NEUTRAL
        dots = gains[arm].dropna() / divisor
        under = np.full(len(dots), place - 0.22)
        axes.plot(dots, under, "o", ms=3, color=colour, alpha=0.45, mew=0)
        axes.plot([row["low"] / divisor, row["high"] / divisor], [place] * 2, color=colour, lw=2.4)
        axes.plot(row["mean"] / divisor, place, "o", ms=7, color=colour)
        axes.annotate(
            number(row["mean"] / divisor, signed=True), (row["mean"] / divisor, place),
            xytext=(0, 7), textcoords="offset points", ha="center", fontsize=9, color=colour,
        )  # fmt: skip
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(order)), [style.drawable(label(arm)) for arm in order])
    axes.set_ylim(-0.6, len(order) - 0.3)
    style.quiet(axes, grid="x")
    return figure


def bridge(answer: Answer, arm: str) -> Figure | None:
    """Where the difference in revenue comes from, and what is left of it after costs."""
    if answer.twins.empty or arm == HOLD:
        return None
    steps = money_bridge(answer, arm)
    divisor, word = style.scale_of(abs(steps[key]) for key in (*FATES, "cost", "contribution"))
    unit = f"{word} {answer.labels.currency}".strip()
    names = {**FATES, "not explained": "not explained"}
    gain = steps["arm"] - steps["hold"]
    shown = [key for key in names if abs(steps[key]) > 0.004 * max(abs(gain), divisor)]
    figure = style.canvas(
        f"{label(arm).capitalize()}: {number(gain / divisor, signed=True)} {unit} of revenue "
        f"against hold,\n{number(steps['contribution'] / divisor, signed=True)} of contribution "
        "after costs",
        note(
            answer,
            f"Revenue over {answer.labels.months} months: "
            f"{style.money(steps['hold'], answer.labels.currency)} under hold, "
            f"{style.money(steps['arm'], answer.labels.currency)} under the option",
        ),
        height=4.4,
    )
    axes = figure.subplots()
    bars: list[tuple[str, float, float, str]] = []
    level = 0.0
    for key in shown:
        bars.append((names[key], level, steps[key], GOOD if steps[key] > 0 else BAD))
        level += steps[key]
    bars.append(("revenue\nagainst hold", 0.0, gain, MUTED))
    bars.append(("change\nin costs", gain, steps["cost"], GOOD if steps["cost"] > 0 else BAD))
    bars.append(("contribution\nagainst hold", 0.0, steps["contribution"], INK))
    _steps(axes, bars, divisor)
    axes.axhline(0, color=INK, lw=0.9)
    axes.set_ylabel(unit, fontsize=8.5, color=MUTED)
    return figure


def _steps(axes: Axes, bars: list[tuple[str, float, float, str]], divisor: float) -> None:
    """Bars that start where the one before ended, each with its signed height written on it."""
    tops = [max(start, start + height) / divisor for _, start, height, _ in bars]
    lows = [min(start, start + height) / divisor for _, start, height, _ in bars]
    room = (max(*tops, 0.0) - min(*lows, 0.0)) or 1.0
    for place, (_, start, height, colour) in enumerate(bars):
        axes.bar(place, height / divisor, bottom=start / divisor, color=colour, width=0.62)
        axes.text(
            place, tops[place] + 0.02 * room, number(height / divisor, signed=True),
            ha="center", va="bottom", fontsize=9, color=colour, fontweight="bold",
        )  # fmt: skip
        if place + 1 < len(bars):
            end = (start + height) / divisor
            axes.plot([place + 0.31, place + 0.69], [end, end], color=MUTED, lw=0.7)
    axes.set_ylim(min(*lows, 0.0) - 0.05 * room, max(*tops, 0.0) + 0.12 * room)
    axes.set_xticks(range(len(bars)), [_folded(name) for name, *_ in bars])
    style.quiet(axes)


def _folded(name: str) -> str:
    """A fate on up to three short lines."""
    for word in (" because", " of it", " anyway", " away", " by it", " line", " elsewhere"):
        name = name.replace(word, "\n" + word.strip())
    return name.replace(" have ", " have\n")


def waterfall(answer: Answer, arm: str) -> Figure | None:
    """From the customers under `hold` to the arm's: kept, driven away, won, in people."""
    if answer.twins.empty or arm == HOLD:
        return None
    fates = totals(answer, arm, "people")
    divisor, word = style.scale_of([fates["kept"], fates["won"], fates["driven_away"]])
    gain = fates["kept"] + fates["won"] - fates["driven_away"]
    anyway, stayed = style.people(fates["anyway"]), fates["kept"] + fates["anyway"]
    saved = f"{100 * fates['kept'] / stayed:.1f} %" if stayed else "none"
    figure = style.canvas(
        f"{label(arm).capitalize()}: {number(gain / divisor, signed=True)} {word} customers "
        f"against hold;\n{saved} of those who stay, stay because of it",
        note(
            answer,
            f"{anyway} would have stayed anyway, {style.people(fates['lost_anyway'])} leave "
            "either way",
        ),
        height=4.0,
    )
    axes = figure.subplots()
    kept, won, driven = (fates[key] for key in ("kept", "won", "driven_away"))
    bars = [
        (FATES["kept"], 0.0, kept, GOOD),
        (FATES["won"], kept, won, GOOD),
        (FATES["driven_away"], kept + won, -driven, BAD),
        ("customers\nagainst hold", 0.0, gain, INK),
    ]
    _steps(axes, bars, divisor)
    axes.axhline(0, color=INK, lw=0.9)
    axes.set_ylabel(f"{word} people".strip(), fontsize=8.5, color=MUTED)
    return figure


def switching(answer: Answer, arm: str) -> Figure | None:
    """Lines moved between operators under `hold`, and how the arm changes each flow."""
    table = answer.switching
    table = table[table["origin"] != table["destination"]]
    if table.empty or arm == HOLD:
        return None
    flows = table.pivot_table(
        index=["arm", "world", "seed"], columns=["origin", "destination"], values="lines",
        aggfunc="sum", observed=True,
    ).fillna(0.0)  # fmt: skip
    known = list(answer.labels.operators)
    ends = set(table["origin"]) | set(table["destination"])
    order = [name for name in known if name in ends] + sorted(ends - set(known))

    def matrix(rows: pd.DataFrame) -> pd.DataFrame:
        tidy = rows.mean().rename("lines").reset_index()
        return spread(tidy, ["origin"], "destination", "lines").reindex(index=order, columns=order)

    held, change = matrix(of_arm(flows, HOLD)), matrix(of_arm(differences(flows), arm))
    focal = answer.labels.focal
    net = float(np.nansum(change[[focal]].to_numpy()) - np.nansum(change.loc[[focal]].to_numpy()))
    figure = style.canvas(
        f"{label(arm).capitalize()}: net {style.people(net, signed=True)} lines switch to "
        f"{_name(answer, focal)}\nover {answer.labels.months} months, against hold",
        note(answer, "Rows: from. Columns: to"),
        height=4.3,
    )
    left, right = figure.subplots(1, 2, sharey=True)
    names = [_name(answer, name) for name in order]
    limit = float(np.nanmax(np.abs(change.to_numpy()))) or 1.0
    blues = LinearSegmentedColormap.from_list("flow", ["#ffffff", "#2f6f9f"])
    for axes, values, title, shade in (
        (left, held, "under hold", {"cmap": blues, "vmin": 0}),
        (right, change, f"change with {label(arm)}",
         {"cmap": CHANGE, "norm": TwoSlopeNorm(0, -limit, limit)}),
    ):  # fmt: skip
        divisor, word = style.scale_of(np.abs(values.to_numpy()).ravel())
        _heat(axes, values / divisor, shade, divisor, signed=values is change)
        axes.set_title(f"{title}, {word} lines", loc="left", fontsize=9.5, color=INK)
        axes.set_yticks(range(len(order)), names)
        axes.set_xticks(range(len(order)), names, rotation=35, ha="right", rotation_mode="anchor")
    return figure


def _heat(
    axes: Axes, values: pd.DataFrame, shade: dict[str, Any], divisor: float = 1.0, *, signed: bool
) -> None:
    """A heatmap with its numbers in the cells."""
    numbers = values.to_numpy(float)
    image = axes.imshow(numbers * divisor, aspect="auto", **shade)
    style.quiet(axes, grid="none")
    if numbers.size > 240:
        return
    for (row, column), value in np.ndenumerate(numbers):
        if value == value:  # noqa: PLR0124 - NaN
            red, green, blue, _ = image.cmap(image.norm(value * divisor))
            dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.55
            axes.text(
                column, row, number(float(value), 1 if abs(value) >= 10 else 2, signed=signed),
                ha="center", va="center", fontsize=8, color="white" if dark else INK,
            )  # fmt: skip


def regret(answer: Answer, summary: dict[str, Any]) -> Figure | None:
    """What each arm misses in each world against that world's best; zero marks the best."""
    table = regret_table(world_gains(answer))
    if table.empty:
        return None
    mean = table.mean().sort_values()
    table = table.loc[table[mean.index[0]].sort_values().index, mean.index]
    divisor, word = style.scale_of(table.to_numpy().ravel())
    unit = f"{word} {answer.labels.currency}".strip()
    calm = str(mean.index[0])
    wins = int((table[calm] == 0).sum())
    figure = style.canvas(
        f"{label(calm).capitalize()} regrets least: {number(mean.iloc[0] / divisor)} {unit} on "
        f"average,\nbest in {wins} of {len(table)} worlds",
        note(answer, "Cell: NPV missed against the world's best option; 0.00 is the best"),
        height=min(2.0 + 0.3 * len(table), 9.0),
    )
    axes = figure.subplots()
    _heat(axes, table / divisor, {"cmap": LOSS, "vmin": 0}, divisor, signed=False)
    chosen = summary["recommendation"]["arm"]
    names = [style.drawable(label(str(arm))) for arm in mean.index]
    axes.set_xticks(range(len(mean)), [name.replace(" and ", " and\n") for name in names])
    for tick, arm in zip(axes.get_xticklabels(), mean.index, strict=True):
        tick.set_fontweight("bold" if arm == chosen else "normal")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(table)), [f"world {world}" for world in table.index])
    if len(table) > 40:
        axes.set_yticks([])
    return figure
