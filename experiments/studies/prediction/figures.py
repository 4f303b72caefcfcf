"""Pictures of predictions: ROC, calibration and lift side by side, and what each is worth."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.analysis.intervals import FigureRow, pick
from experiments.report import style
from experiments.report.style import BAD, GOOD, INK, MUTED, NEUTRAL, label
from experiments.report.words.numbers import number

Methods = dict[str, dict[str, Any]]


def draw_scores(figures: list[FigureRow], methods: Methods, behind: str) -> Figure:
    """ROC, calibration and lift of all methods that predict who leaves."""
    scored = [name for name, found in methods.items() if found["auc"] is not None]
    learnt = [name for name in scored if name not in {"coin", "oracle"}]
    best = max(learnt or scored, key=lambda name: methods[name]["auc"])
    title = f"{label(best)} tells best who leaves: AUC {number(methods[best]['auc'], 2)}"
    figure = style.canvas(title, f"{behind}; means over markets", width=10.2, height=4.1)
    roc, calibration, gain = figure.subplots(1, 3)
    colours = style.colours(scored)
    for name in scored:
        _curve(roc, pick(figures, method=name, figure="roc"), colours[name], name)
        _curve(gain, pick(figures, method=name, figure="gain"), colours[name], name)
        if name not in {"coin", "oracle"}:
            said = pick(figures, method=name, figure="said")
            seen = pick(figures, method=name, figure="seen")
            calibration.plot(
                [100 * row["mean"] for row in said], [100 * row["mean"] for row in seen],
                color=colours[name], marker="o", ms=3, lw=1.2,
            )  # fmt: skip
    most = max(*calibration.get_xlim(), *calibration.get_ylim())
    calibration.plot([0, most], [0, most], color=MUTED, lw=0.8, ls=":")
    roc.plot([0, 1], [0, 1], color=MUTED, lw=0.8, ls=":")
    _named(roc, "ROC", "stayers taken for leavers", "leavers found")
    _named(calibration, "Calibration, by tenths", "predicted, %", "left within 3 months, %")
    _named(gain, "Lift", "customers contacted, best first", "leavers among them")
    roc.legend(fontsize=7.5, frameon=False, loc="lower right")
    return figure


def draw_value(methods: Methods, behind: str, currency: str) -> Figure:
    """Value of the campaign with each method, with its interval."""
    order = sorted(methods, key=lambda name: methods[name]["value_yuan"]["mean"])
    figure = style.canvas(
        f"On average {label(order[-1])} earns most, {label(order[0])} least",
        f"{behind}; net present value less holding, 95 % intervals\n"
        "coin and oracle are bounds; numbers behind bars: share of contacts that reach a leaver",
        width=7.4, height=0.9 + 0.42 * len(order) + 0.6,
    )  # fmt: skip
    axes = figure.subplots()
    for place, name in enumerate(order):
        value = {key: v / 1e6 for key, v in methods[name]["value_yuan"].items()}
        colour = NEUTRAL if name in {"coin", "oracle"} else GOOD if value["mean"] > 0 else BAD
        axes.barh(place, value["mean"], color=colour, height=0.6)
        axes.plot([value["low"], value["high"]], [place, place], color=INK, lw=1.2)
        precision = methods[name]["precision"]["mean"]
        if precision is not None:
            end = max(0.0, value["high"])
            axes.annotate(
                f"{number(100 * precision, 1)} %", (end, place), (5, 0),
                textcoords="offset points", va="center", fontsize=8, color=MUTED,
            )  # fmt: skip
    axes.axvline(0, color=INK, lw=0.9)
    axes.set_yticks(range(len(order)), [label(name) for name in order])
    style.quiet(axes, grid="x")
    axes.set_xlabel(f"million {currency}", fontsize=8.5, color=MUTED)
    axes.margins(x=0.12)
    return figure


def _curve(axes: Axes, rows: list[FigureRow], colour: str, name: str) -> None:
    axes.plot(
        [row["at"] for row in rows], [row["mean"] for row in rows],
        color=colour, lw=1.4, label=label(name),
    )  # fmt: skip


def _named(axes: Axes, title: str, across: str, up: str) -> None:
    axes.set_title(title, loc="left", fontsize=9.5, color=INK)
    axes.set_xlabel(across, fontsize=8.5, color=MUTED)
    axes.set_ylabel(up, fontsize=8.5, color=MUTED)
    style.quiet(axes)
