"""A picture of an equilibrium: how prices came to rest, what other prices would have earned."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.report import style
from experiments.report.style import MUTED, PALETTE, label


def draw(path: pd.DataFrame, tries: pd.DataFrame, summary: dict[str, Any]) -> Figure:
    """The picture.

    Args:
        path: `seed, month, firm, price, share, reply`.
        tries: `seed, firm, step, gain`.
        summary: what `summary.json` holds.
    """
    figure = style.canvas(_finding(summary), _note(summary), width=7.6, height=3.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
    colours = style.colours(summary["firms"])
    _path(left, path, summary, colours)
    _tries(right, tries, colours)
    return figure


def _finding(summary: dict[str, Any]) -> str:
    off = summary.get("largest_price_error")
    if not summary["settled"]:
        return "Prices had not settled when time was up"
    if off is None:
        return "Prices settle where no firm gains by another one"
    return f"Prices settle within {100 * off:.2f} % of Bertrand-Nash"


def _note(summary: dict[str, Any]) -> str:
    return (
        f"{summary['seeds']} seeds of {summary['subscribers']:,} accounts; left: first seed, "
        "replies strong, probes faint\nright: profit per consumer at another price of one's own, "
        "same month, same luck"
    )


def _path(axes: Axes, path: pd.DataFrame, summary: dict[str, Any], colours: dict[str, str]) -> None:
    first = path[path["seed"] == path["seed"].min()]
    for firm, own in first.groupby("firm"):
        name = str(firm)
        axes.plot(own["month"], own["price"], color=colours[name], linewidth=0.5, alpha=0.35)
        replies = own[own["reply"]]
        axes.plot(
            replies["month"],
            replies["price"],
            color=colours[name],
            linewidth=1.8,
            label=label(name),
        )
    nash = summary["nash"]
    for price in [] if nash is None else nash["prices"]:
        axes.axhline(price, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
    known = "" if nash is None else " (dashed: closed form)"
    axes.set_title(f"price{known}", loc="left", fontsize=9, color=MUTED)
    axes.set_xlabel("month", fontsize=8.5, color=MUTED)
    axes.legend(framealpha=0.9, edgecolor="none", fontsize=8)
    style.quiet(axes)


def _tries(axes: Axes, tries: pd.DataFrame, colours: dict[str, str]) -> None:
    mean = tries.groupby(["firm", "step"])["gain"].mean().reset_index()
    for firm, own in mean.groupby("firm"):
        steps = [*own["step"], 0.0]
        gains = [*own["gain"], 0.0]
        order = sorted(range(len(steps)), key=lambda i: steps[i])
        axes.plot(
            [steps[i] for i in order],
            [gains[i] for i in order],
            color=colours[str(firm)],
            marker="o",
            markersize=3,
            linewidth=1.2,
        )
    axes.axhline(0.0, color=PALETTE[-1], linewidth=0.6)
    axes.set_title("change of profit", loc="left", fontsize=9, color=MUTED)
    axes.set_xlabel("own price, in units of the scale", fontsize=8.5, color=MUTED)
    style.quiet(axes)
