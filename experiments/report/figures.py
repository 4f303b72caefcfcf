"""The pictures of a report: each function draws one, says its finding and what stands behind it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from experiments.analysis.paired import HOLD
from experiments.analysis.recommendation import CRITERION
from experiments.analysis.summary import Summary
from experiments.analysis.uplift import total
from experiments.measures.counterfactuals import UpliftGroup
from experiments.measures.indicators import BY_NAME
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
from experiments.report.wording import GROUP_LABELS

LOSS = LinearSegmentedColormap.from_list("loss", ["#ffffff", "#f6c9a8", "#D55E00", "#7a2e00"])
CHANGE = LinearSegmentedColormap.from_list("change", [BAD, "#ffffff", GOOD])
FLOW = LinearSegmentedColormap.from_list("flow", ["#ffffff", "#2f6f9f"])


@dataclass(frozen=True)
class Figures:
    """The pictures of one comparison, drawn when asked for.

    A method returns `None` where there is nothing to draw: the table behind the picture is empty,
    or the featured arm is `hold`.
    """

    summary: Summary

    def share(self) -> Figure | None:
        """Market share month by month, a panel an arm."""
        return over_time(self.summary, "share")

    def arpu(self) -> Figure | None:
        """ARPU month by month, a panel an arm."""
        return over_time(self.summary, "arpu_yuan")

    def npv(self) -> Figure:
        """NPV difference of each arm from `hold`, with intervals and single worlds."""
        return npv_forest(self.summary)

    def money_bridge(self) -> Figure | None:
        """Where the featured arm's difference in revenue comes from."""
        return bridge(self.summary)

    def customers(self) -> Figure | None:
        """People kept, won and driven away by the featured arm."""
        return waterfall(self.summary)

    def switching(self) -> Figure | None:
        """Flows between operators, and what the featured arm changes in them."""
        return switching(self.summary)

    def regret(self) -> Figure | None:
        """What each arm misses in each world against that world's best."""
        return regret(self.summary)

    def painters(self) -> dict[str, Callable[[], Figure | None]]:
        """What draws each picture, by file name."""
        return {
            "share_over_time": self.share,
            "arpu_over_time": self.arpu,
            "npv_forest": self.npv,
            "money_bridge": self.money_bridge,
            "subscriber_waterfall": self.customers,
            "switching_matrix": self.switching,
            "regret": self.regret,
        }


def all_figures(summary: Summary) -> dict[str, Figure]:
    """Every picture by file name; those whose tables are empty are left out."""
    drawn = {name: paint() for name, paint in Figures(summary).painters().items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def note(summary: Summary, *remarks: str) -> str:
    """The footnote of a picture: what it shows and how many runs and worlds stand behind it."""
    run, arms = summary.run, len(summary.arms)
    behind = (
        f"{run.runs} runs ({arms} arms × {run.worlds_with_results} worlds × "
        f"{run.seeds_with_results} seeds)"
    )
    return "\n".join([*remarks, f"{behind}, {run.subscribers:,} simulated subscribers"])


def _name(summary: Summary, operator: str) -> str:
    return style.drawable(summary.labels.operator_label(operator), label(operator))


def over_time(summary: Summary, measure: str) -> Figure | None:
    """The focal operator's path, one panel an arm, against `hold` in grey."""
    path, kpi, labels = summary.paths.get(measure), BY_NAME[measure], summary.labels
    if path is None:
        return None
    others = list(path.gaps)
    percent = kpi.quantity == "rate"
    factor, unit = (100.0, "%") if percent else (1.0, labels.currency)
    step = "points" if percent else unit
    hold = path.hold * factor
    ends = {arm: float(gap["mean"].iloc[-1]) * factor for arm, gap in path.gaps.items()}
    best, worst = max(ends, key=lambda a: ends[a]), min(ends, key=lambda a: ends[a])
    title = (
        f"{'Share' if measure == 'share' else kpi.label} after "
        f"{labels.months} months, against holding:\n"
        f"{number(ends[best], signed=True)} {step} with {label(best)}"
    )
    if worst != best:
        title += f",\n{number(ends[worst], signed=True)} with {label(worst)}"
    columns = min(2 if len(others) <= 6 else 3, len(others))
    rows = -(-len(others) // columns)
    focal = _name(summary, labels.focal)
    figure = style.canvas(
        title,
        note(summary, f"{focal}. Grey: hold. Colour: hold plus paired difference. 95 % bands"),
        width=5.4,
        height=1.25 + 1.35 * rows,
    )
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    colours, months = style.colours(list(summary.arms)), hold.index.to_numpy(float)
    for axes, arm in zip(grid, others, strict=False):
        gap = path.gaps[arm] * factor
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


def npv_forest(summary: Summary) -> Figure:
    """NPV difference of each arm from `hold` with its interval, and every world as a dot."""
    gains = summary.gains_yuan
    gaps = {arm: findings.vs_hold[CRITERION] for arm, findings in summary.arms.items()}
    rows = {
        arm: (gap.mean, gap.low or 0.0, gap.high or 0.0, gap.n)
        for arm, gap in gaps.items()
        if arm != HOLD and gap.mean is not None
    }
    order = sorted((arm for arm in summary.arms if arm in rows), key=lambda arm: rows[arm][0])
    divisor, word = style.scale_of(abs(end) for arm in order for end in rows[arm][1:3])
    unit = f"{word} {summary.labels.currency}".strip()
    positive = sum(low > 0 and n > 1 for _, low, _, n in rows.values())
    figure = style.canvas(
        f"{positive} of {len(order)} options clearly worth more than holding:\n"
        f"net present value (NPV) against hold, {unit}",
        note(summary, "Bar: 95 % interval over worlds. Dots: single worlds"),
        height=1.5 + 0.45 * len(order),
    )
    axes = figure.subplots()
    for place, arm in enumerate(order):
        mean, low, high, _ = rows[arm]
        colour = GOOD if low > 0 else BAD if high < 0 else NEUTRAL
        dots = gains[arm].dropna() / divisor
        under = np.full(len(dots), place - 0.22)
        axes.plot(dots, under, "o", ms=3, color=colour, alpha=0.45, mew=0)
        axes.plot([low / divisor, high / divisor], [place] * 2, color=colour, lw=2.4)
        axes.plot(mean / divisor, place, "o", ms=7, color=colour)
        axes.annotate(
            number(mean / divisor, signed=True), (mean / divisor, place),
            xytext=(0, 7), textcoords="offset points", ha="center", fontsize=9, color=colour,
        )  # fmt: skip
    axes.axvline(0, color=INK, lw=1)
    axes.set_yticks(range(len(order)), [style.drawable(label(arm)) for arm in order])
    axes.set_ylim(-0.6, len(order) - 0.3)
    style.quiet(axes, grid="x")
    return figure


def bridge(summary: Summary) -> Figure | None:
    """Where the difference in revenue comes from, and what is left of it after costs."""
    arm = summary.featured
    uplift = summary.uplift[arm]
    money = uplift.bridge
    if money is None or not uplift.measured or arm == HOLD:
        return None
    largest = (*money.steps_yuan.values(), money.cost_change_yuan, money.contribution_yuan)
    divisor, word = style.scale_of(abs(value) for value in largest)
    unit = f"{word} {summary.labels.currency}".strip()
    steps = {name: money.steps_yuan[group] for group, name in GROUP_LABELS.items()}
    steps["not explained"] = money.unexplained_yuan
    gain = money.revenue_gain_yuan
    shown = {
        name: step for name, step in steps.items() if abs(step) > 0.004 * max(abs(gain), divisor)
    }
    figure = style.canvas(
        f"{label(arm).capitalize()}: {number(gain / divisor, signed=True)} {unit} of revenue "
        f"against hold,\n{number(money.contribution_yuan / divisor, signed=True)} of contribution "
        "after costs",
        note(
            summary,
            f"Revenue over {summary.labels.months} months: "
            f"{style.money(money.hold_revenue_yuan, summary.labels.currency)} under hold, "
            f"{style.money(money.arm_revenue_yuan, summary.labels.currency)} under the option",
        ),
        height=4.4,
    )
    axes = figure.subplots()
    bars: list[tuple[str, float, float, str]] = []
    level = 0.0
    for name, step in shown.items():
        bars.append((name, level, step, GOOD if step > 0 else BAD))
        level += step
    bars.append(("revenue\nagainst hold", 0.0, gain, MUTED))
    cost = money.cost_change_yuan
    bars.append(("change\nin costs", gain, cost, GOOD if cost > 0 else BAD))
    bars.append(("contribution\nagainst hold", 0.0, money.contribution_yuan, INK))
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
    """The label of an uplift group on up to three short lines."""
    for word in (" because", " of it", " anyway", " away", " by it", " line", " elsewhere"):
        name = name.replace(word, "\n" + word.strip())
    return name.replace(" have ", " have\n")


def waterfall(summary: Summary) -> Figure | None:
    """From the customers under `hold` to the arm's: kept, driven away, won, in people."""
    arm = summary.featured
    uplift = summary.uplift[arm]
    if not uplift.measured or arm == HOLD:
        return None
    people = total(uplift.people)
    kept, won = people[UpliftGroup.PERSUADABLES], people[UpliftGroup.WON]
    driven, anyway = people[UpliftGroup.SLEEPING_DOGS], people[UpliftGroup.SURE_THINGS]
    divisor, word = style.scale_of([kept, won, driven])
    gain, stayed = kept + won - driven, kept + anyway
    saved = f"{100 * kept / stayed:.1f} %" if stayed else "none"
    figure = style.canvas(
        f"{label(arm).capitalize()}: {number(gain / divisor, signed=True)} {word} customers "
        f"against hold;\n{saved} of those who stay, stay because of it",
        note(
            summary,
            f"{style.people(anyway)} would have stayed anyway, "
            f"{style.people(people[UpliftGroup.LOST_CAUSES])} leave either way",
        ),
        height=4.0,
    )
    axes = figure.subplots()
    bars = [
        (GROUP_LABELS[UpliftGroup.PERSUADABLES], 0.0, kept, GOOD),
        (GROUP_LABELS[UpliftGroup.WON], kept, won, GOOD),
        (GROUP_LABELS[UpliftGroup.SLEEPING_DOGS], kept + won, -driven, BAD),
        ("customers\nagainst hold", 0.0, gain, INK),
    ]
    _steps(axes, bars, divisor)
    axes.axhline(0, color=INK, lw=0.9)
    axes.set_ylabel(f"{word} people".strip(), fontsize=8.5, color=MUTED)
    return figure


def switching(summary: Summary) -> Figure | None:
    """Lines moved between operators under `hold`, and how the arm changes each flow."""
    flows = summary.switching
    if flows is None:
        return None
    arm, focal = flows.arm, _name(summary, summary.labels.focal)
    net = style.people(flows.net_gain, signed=True)
    figure = style.canvas(
        f"{label(arm).capitalize()}: net {net} lines switch to {focal}\n"
        f"over {summary.labels.months} months, against hold",
        note(summary, "Rows: from. Columns: to"),
        height=4.3,
    )
    left, right = figure.subplots(1, 2, sharey=True)
    names = [_name(summary, name) for name in flows.operators]
    limit = float(np.nanmax(np.abs(flows.change.to_numpy()))) or 1.0
    change = (flows.change, f"change with {label(arm)}", CHANGE, TwoSlopeNorm(0, -limit, limit))
    for axes, (values, title, colours, norm) in (
        (left, (flows.under_hold, "under hold", FLOW, Normalize(vmin=0))),
        (right, change),
    ):
        divisor, word = style.scale_of(np.abs(values.to_numpy()).ravel())
        _heat(axes, values / divisor, colours, norm, divisor, signed=values is flows.change)
        axes.set_title(f"{title}, {word} lines", loc="left", fontsize=9.5, color=INK)
        axes.set_yticks(range(len(names)), names)
        axes.set_xticks(range(len(names)), names, rotation=35, ha="right", rotation_mode="anchor")
    return figure


def _heat(
    axes: Axes, values: pd.DataFrame, colours: Colormap, norm: Normalize, divisor: float, *,
    signed: bool,
) -> None:  # fmt: skip
    """A heatmap with its numbers in the cells."""
    numbers = values.to_numpy(float)
    image = axes.imshow(numbers * divisor, aspect="auto", cmap=colours, norm=norm)
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


def regret(summary: Summary) -> Figure | None:
    """What each arm misses in each world against that world's best; zero marks the best."""
    table = summary.regret_yuan
    if table.empty:
        return None
    mean = table.mean().sort_values()
    table = table.loc[table[mean.index[0]].sort_values().index, mean.index]
    divisor, word = style.scale_of(table.to_numpy().ravel())
    unit = f"{word} {summary.labels.currency}".strip()
    calm = str(mean.index[0])
    wins = int((table[calm] == 0).sum())
    figure = style.canvas(
        f"{label(calm).capitalize()} regrets least: {number(mean.iloc[0] / divisor)} {unit} on "
        f"average,\nbest in {wins} of {len(table)} worlds",
        note(summary, "Cell: NPV missed against the world's best option; 0.00 is the best"),
        height=min(2.0 + 0.3 * len(table), 9.0),
    )
    axes = figure.subplots()
    _heat(axes, table / divisor, LOSS, Normalize(vmin=0), divisor, signed=False)
    chosen = summary.recommendation.arm
    names = [style.drawable(label(str(arm))) for arm in mean.index]
    axes.set_xticks(range(len(mean)), [name.replace(" and ", " and\n") for name in names])
    for tick, arm in zip(axes.get_xticklabels(), mean.index, strict=True):
        tick.set_fontweight("bold" if arm == chosen else "normal")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(table)), [f"world {world}" for world in table.index])
    if len(table) > 40:
        axes.set_yticks([])
    return figure
