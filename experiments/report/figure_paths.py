"""Pictures of months: the focal operator's path under each option."""

import math

from matplotlib.figure import Figure

from experiments.analysis.summary import Summary
from experiments.measures.indicators import BY_NAME
from experiments.report import style
from experiments.report.figure_parts import note
from experiments.report.style import FAINT, HOLD_COLOUR, MUTED
from experiments.report.words.numbers import number
from experiments.report.words.words import Words


def over_time(summary: Summary, words: Words, measure: str) -> Figure | None:
    """The focal operator's path, one panel an arm, compared with `hold` in grey."""
    path, kpi, labels = summary.paths.get(measure), BY_NAME[measure], summary.labels
    if path is None:
        return None
    others = list(path.gaps)
    percent = kpi.quantity == "rate"
    factor, unit = (100.0, "%") if percent else (1.0, words.numbers.money_word)
    step = words.numbers.points_word if percent else unit
    hold = path.hold * factor
    ends = {arm: float(gap["mean"].iloc[-1]) * factor for arm, gap in path.gaps.items()}
    best, worst = max(ends, key=lambda a: ends[a]), min(ends, key=lambda a: ends[a])
    title = words(
        "figure.path.title", kpi=words.sentence(words.kpi(kpi)),
        months=words.counted("month", labels.months), best=number(ends[best], signed=True),
        unit=step, best_arm=words.arm(best),
    )  # fmt: skip
    if worst != best:
        title += words(
            "figure.path.worst", worst=number(ends[worst], signed=True), worst_arm=words.arm(worst)
        )
    columns = min(2 if len(others) <= 6 else 3, len(others))
    rows = math.ceil(len(others) / columns)
    remark = words("figure.path.note", operator=words.operator(labels.focal))
    figure = style.canvas(title, note(summary, words, remark), width=5.4, height=1.25 + 1.35 * rows)
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
            f"{style.drawable(words.arm(arm))}  {number(ends[arm], signed=True)}",
            loc="left", fontsize=9.5, color=colours[arm], fontweight="bold", pad=3,
        )  # fmt: skip
        style.quiet(axes)
    for axes in grid[len(others) :]:
        axes.set_visible(False)
    grid[0].set_ylabel(unit, fontsize=8.5, color=MUTED)
    for axes in grid[len(others) - columns : len(others)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(words("figure.path.months"), fontsize=8, color=MUTED)
    return figure
