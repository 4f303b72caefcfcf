"""Pictures that are tables: who moves where, and what each option misses in each scenario."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from experiments.analysis.summary import Summary
from experiments.report import style
from experiments.report.figure_parts import folded, heat, note
from experiments.report.style import BAD, GOOD, INK
from experiments.report.words.words import Words

LOSS = LinearSegmentedColormap.from_list("loss", ["#ffffff", "#f6c9a8", "#D55E00", "#7a2e00"])
CHANGE = LinearSegmentedColormap.from_list("change", [BAD, "#ffffff", GOOD])
FLOW = LinearSegmentedColormap.from_list("flow", ["#ffffff", "#2f6f9f"])


def switching(summary: Summary, words: Words) -> Figure | None:
    """Lines moved between operators under `hold`, and how the arm changes each flow."""
    flows = summary.switching
    if flows is None:
        return None
    arm, numbers = words.arm(flows.arm), words.numbers
    title = words(
        "figure.switching.title", arm=words.sentence(arm),
        net=numbers.lines(flows.net_gain, signed=True),
        operator=words.operator(summary.labels.focal),
        months=words.counted("month", summary.labels.months),
    )  # fmt: skip
    figure = style.canvas(title, note(summary, words, words("figure.switching.note")), height=4.3)
    left, right = figure.subplots(1, 2, sharey=True)
    names = [style.drawable(words.operator(name)) for name in flows.operators]
    limit = float(np.nanmax(np.abs(flows.change.to_numpy()))) or 1.0
    for axes, values, key, colours, norm in (
        (left, flows.under_hold, "figure.switching.hold", FLOW, Normalize(vmin=0)),
        (right, flows.change, "figure.switching.change", CHANGE, TwoSlopeNorm(0, -limit, limit)),
    ):
        scale = numbers.scale(np.abs(values.to_numpy()).ravel(), numbers.lines_word)
        changed = values is flows.change
        heat(axes, values / scale.divisor, colours, norm, scale.divisor, signed=changed)
        axes.set_title(words(key, arm=arm, unit=scale.unit), loc="left", fontsize=9.5, color=INK)
        axes.set_yticks(range(len(names)), names)
        axes.set_xticks(range(len(names)), names, rotation=35, ha="right", rotation_mode="anchor")
    return figure


def regret(summary: Summary, words: Words) -> Figure | None:
    """What each arm misses in each world against that world's best; zero marks the best."""
    table = summary.regret_yuan
    if table.empty:
        return None
    mean = table.mean().sort_values()
    table = table.loc[table[mean.index[0]].sort_values().index, mean.index]
    scale = words.numbers.money_scale(table.to_numpy().ravel())
    calm = str(mean.index[0])
    title = words(
        "figure.regret.title", arm=words.sentence(words.arm(calm)), unit=scale.unit,
        mean=scale.text(float(mean.iloc[0])), wins=int((table[calm] == 0).sum()), worlds=len(table),
    )  # fmt: skip
    remark = words("figure.regret.note")
    figure = style.canvas(
        title, note(summary, words, remark), height=min(2.0 + 0.3 * len(table), 9.0)
    )
    axes = figure.subplots()
    heat(axes, table / scale.divisor, LOSS, Normalize(vmin=0), scale.divisor, signed=False)
    chosen = summary.recommendation.arm
    names = [folded(style.drawable(words.arm(str(arm))), 12) for arm in mean.index]
    axes.set_xticks(range(len(mean)), names)
    for tick, arm in zip(axes.get_xticklabels(), mean.index, strict=True):
        tick.set_fontweight("bold" if arm == chosen else "normal")
    axes.xaxis.tick_top()
    worlds = [words("figure.regret.world", world=world) for world in table.index]
    axes.set_yticks(range(len(table)), worlds)
    if len(table) > 40:
        axes.set_yticks([])
    return figure
