"""What several pictures are made of: a footnote, bars that stand on each other, a heatmap."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize

from experiments.analysis.summary import Summary
from experiments.report import style
from experiments.report.font import is_chinese
from experiments.report.style import INK, MUTED
from experiments.report.words.numbers import Scale, number
from experiments.report.words.words import Words


def note(summary: Summary, words: Words, *remarks: str) -> str:
    """The footnote of a picture: what it shows, and how many runs and worlds stand behind it."""
    run = summary.run
    behind = words(
        "figure.behind", runs=run.runs, arms=len(summary.arms), worlds=run.worlds_with_results,
        seeds=run.seeds_with_results, subscribers=f"{run.subscribers:,}",
    )  # fmt: skip
    return "\n".join([*remarks, behind])


MANY_BARS = 5
"""With more, their names need smaller letters to stand side by side."""


@dataclass(frozen=True)
class Bar:
    """One step: from where to how far."""

    name: str
    start: float
    height: float
    colour: str


def steps(axes: Axes, bars: list[Bar], scale: Scale) -> None:
    """Bars that start where the one before ended, each with its signed height written on it."""
    tops = [max(bar.start, bar.start + bar.height) / scale.divisor for bar in bars]
    lows = [min(bar.start, bar.start + bar.height) / scale.divisor for bar in bars]
    room = (max(*tops, 0.0) - min(*lows, 0.0)) or 1.0
    for place, bar in enumerate(bars):
        axes.bar(
            place, bar.height / scale.divisor, bottom=bar.start / scale.divisor,
            color=bar.colour, width=0.62,
        )  # fmt: skip
        axes.text(
            place, tops[place] + 0.02 * room, scale.text(bar.height, signed=True),
            ha="center", va="bottom", fontsize=9, color=bar.colour, fontweight="bold",
        )  # fmt: skip
        if place + 1 < len(bars):
            end = (bar.start + bar.height) / scale.divisor
            axes.plot([place + 0.31, place + 0.69], [end, end], color=MUTED, lw=0.7)
    axes.set_ylim(min(*lows, 0.0) - 0.05 * room, max(*tops, 0.0) + 0.12 * room)
    size = 8 if len(bars) > MANY_BARS else None
    axes.set_xticks(range(len(bars)), [bar.name for bar in bars], fontsize=size)
    axes.axhline(0, color=INK, lw=0.9)
    style.quiet(axes)
    axes.set_ylabel(scale.unit, fontsize=8.5, color=MUTED)


def folded(name: str, width: int = 11) -> str:
    """A label on short lines; Chinese, which has no spaces, in groups of four signs."""
    if is_chinese(name):
        return "\n".join(name[at : at + 4] for at in range(0, len(name), 4))
    lines: list[str] = []
    for word in name.split(" "):
        if lines and len(lines[-1]) + len(word) < width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def heat(
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
