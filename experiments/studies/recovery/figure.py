"""The picture of a recovery: every interval beside what was planted."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.report.style import BAD, GOOD, INK, MUTED, canvas, label, png, quiet

_ROW_HEIGHT = 0.32
_WIDEST = 4.5
"""Standard errors shown on either side; what lies beyond is drawn at the edge."""


def draw(table: pd.DataFrame, summary: dict[str, Any]) -> bytes:
    """Every estimate's distance from the planted value, in its standard errors, as a PNG.

    One line an interval of 95 %: blue covers the planted value, vermilion does not.
    """
    cases = list(summary["cases"])
    rows = [len(summary["cases"][name]["parameters"]) for name in cases]
    height = 1.3 + sum(rows) * _ROW_HEIGHT + 0.45 * len(cases)
    pooled = summary.get("all")
    title = (
        f"{pooled['covered']} of {pooled['intervals']} intervals contain the planted taste"
        if pooled
        else "Planted tastes and a wrong model"
    )
    note = (
        f"xlogit on exported choices of market {summary['market']}: {summary['accounts']} "
        f"accounts, {summary['months']} months a market. Each line is one market's 95 % interval, "
        "drawn as its distance from the planted value in standard errors (farther than "
        f"{_WIDEST - 0.4:.1f}: at the edge)."
    )
    if pooled:
        low, high = pooled["chance_allows"]
        note += f" Chance allows {low} to {high} covered."
    figure = canvas(title, note, height=height)
    all_axes = figure.subplots(len(cases), 1, sharex=True, squeeze=False, height_ratios=rows)[:, 0]
    for axes, name in zip(all_axes, cases, strict=True):
        _case(axes, table[table["case"] == name], summary["cases"][name], name)
    all_axes[-1].set_xlabel("standard errors from the planted value", fontsize=8.5, color=INK)
    return png(figure)


def _case(axes: Axes, table: pd.DataFrame, found: dict[str, Any], name: str) -> None:
    parameters = list(found["parameters"])
    for row, parameter in enumerate(parameters):
        part = table[table["parameter"] == parameter].sort_values("seed")
        places = row + np.linspace(-0.36, 0.36, len(part)) if len(part) > 1 else np.array([row])
        z = part["z"].clip(-_WIDEST + 0.4, _WIDEST - 0.4).to_numpy()
        colours = np.where(part["covers"], GOOD, BAD)
        axes.hlines(places, z - 1.96, z + 1.96, colors=colours.tolist(), linewidth=0.5, alpha=0.55)
        axes.scatter(z, places, s=5, c=colours.tolist(), zorder=3)
    axes.axvline(0.0, color=INK, linewidth=1.0)
    axes.set_yticks(
        range(len(parameters)),
        [f"{label(p)} ({found['parameters'][p]['planted']:g})" for p in parameters],
    )
    axes.set_ylim(len(parameters) - 0.5, -0.5)
    axes.set_xlim(-_WIDEST - 1.6, _WIDEST + 1.6)
    wrong = " — wrong on purpose" if found["model_is_wrong_on_purpose"] else ""
    axes.set_title(
        f"{label(name)}: {found['model']}{wrong}, {found['covered']} of {found['intervals']} cover",
        loc="left", fontsize=9.5, color=MUTED if wrong else INK,
    )  # fmt: skip
    quiet(axes, grid="x")
