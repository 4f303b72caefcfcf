"""Pictures of a backtest: predicted against observed over time, and point by point."""

import textwrap
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from experiments.report import style
from experiments.report.style import BAD, FAINT, GOOD, INK, MUTED, PALETTE
from experiments.report.words.numbers import number
from experiments.studies.backtest.dates import month_name
from experiments.studies.backtest.evaluation import Evaluation, shown_unit
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.observations import NATIONAL
from experiments.studies.backtest.scores import NATION, REGIONS, scores_of

_NAIVE: dict[str, dict[str, Any]] = {
    "no_change": {"color": "#d9a400", "lw": 2.2},
    "trend": {"color": "#7B4FA3", "lw": 1.0},
}
"""Thin upon thick: where the trend is no change, both are seen."""
_COLUMNS = 3
_SIGNS_AN_INCH = 16.5
"""Of the footnote's type."""
_LONGEST = 46
_BEFORE = 24
"""Months before the simulated ones of which figures are shown at most."""


def painters(found: Evaluation) -> dict[str, Callable[[], Figure | None]]:
    """What draws each picture, by file name: metrics over time and point by point, regions apart.

    Some give nothing: there is too little to draw.
    """
    kinds = {"over_time": over_time, "points": points, "by_region": by_region}
    return {
        f"{name}_{metric}": partial(paint, found, metric)
        for metric in METRICS
        for name, paint in kinds.items()
    }


def over_time(found: Evaluation, metric: str) -> Figure | None:
    """One metric of the whole country, a panel for each operator; `None` without two figures."""
    scored = (found.rows["region"] == NATIONAL) & (found.rows["metric"] == metric)
    paths = found.paths["region"] == NATIONAL
    return _panels(found, metric, "operator", paths, found.rows[scored], "")


def by_region(found: Evaluation, metric: str) -> Figure | None:
    """One metric of the operator in the spotlight, a panel for each region."""
    who = found.backtest.spotlight
    chosen = (found.paths["region"] != NATIONAL) & (found.paths["operator"] == who)
    named = found.backtest.observations.labels().get(who, who)
    scored = (found.rows["region"] != NATIONAL) & (found.rows["operator"] == who)
    rows = found.rows[scored & (found.rows["metric"] == metric)]
    return _panels(found, metric, "region", chosen, rows, f" of {named} by region")


def points(found: Evaluation, metric: str) -> Figure | None:
    """Observed against predicted, every figure from after the event with its 90 % band."""
    rows = found.rows[(found.rows["metric"] == metric) & found.rows["median"].notna()]
    if len(rows) < 2:
        return None
    factor, unit = shown_unit(found, metric)
    figure = style.canvas(
        f"{METRICS[metric].label.capitalize()}, {unit}:\n{_finding(rows, factor)}",
        _note(found, "Vertical bars: 90 % band. On the line, prediction and observation agree"),
        width=7.4, height=5.4,
    )  # fmt: skip
    scopes = [scope for scope in (NATION, REGIONS) if (rows["scope"] == scope).any()]
    labels = found.backtest.observations.labels()
    operators = [name for name in labels if name in set(rows["operator"])]
    grid = figure.subplots(
        1, len(scopes) + 1, squeeze=False, width_ratios=[1.0] * len(scopes) + [0.42]
    )
    for axes, scope in zip(grid[0], scopes, strict=False):
        _cloud(axes, rows[rows["scope"] == scope], operators, factor)
        axes.set_title(scope, loc="left", fontsize=9.5, color=INK)
        axes.set_xlabel("observed", fontsize=8.5, color=MUTED)
    grid[0][0].set_ylabel("predicted", fontsize=8.5, color=MUTED)
    handles = [
        Line2D(
            [],
            [],
            ls="",
            ms=5,
            marker=_marker(operators, name),
            color=_colour(operators, name),
            label=labels[name],
        )
        for name in operators
    ]
    _key(grid[0][-1], handles)
    return figure


def _cloud(axes: Axes, rows: pd.DataFrame, operators: Sequence[str], factor: float) -> None:
    few = len(rows) <= 150
    for name, own in rows.groupby("operator"):
        observed, median = own["value"] * factor, own["median"] * factor
        colour = _colour(operators, str(name))
        low, high = own["low90"] * factor, own["high90"] * factor
        axes.vlines(observed, low, high, color=colour, lw=0.8, alpha=0.5 if few else 0.15)
        axes.plot(
            observed,
            median,
            _marker(operators, str(name)),
            ms=4 if few else 2.2,
            color=colour,
            alpha=0.8,
            mew=0,
        )
    ends = np.concatenate([rows["value"], rows["low90"], rows["high90"]]) * factor
    line = [float(np.nanmin(ends)), float(np.nanmax(ends))]
    axes.plot(line, line, color=MUTED, lw=0.9, ls=(0, (4, 2)), zorder=0)
    style.quiet(axes)


def _panels(
    found: Evaluation,
    metric: str,
    by: str,
    chosen: "pd.Series[bool]",
    scored: pd.DataFrame,
    whose: str,
) -> Figure | None:
    """Small multiples; `scored` are the figures of which the title tells the errors.

    Those are more than the drawn ones: a series of a single figure has no panel.
    """
    paths = found.paths[chosen & (found.paths["metric"] == metric)]
    if paths.empty:
        return None
    order = _order(found, paths, by)
    columns = min(_COLUMNS if 3 < len(order) <= 11 else 4, len(order) + 1)
    lines = -(-(len(order) + 1) // columns)
    width = 2.5 * columns + 0.4
    moves = _moves(found, width)
    factor, unit = shown_unit(found, metric)
    rows, fit = (_of(table, paths) for table in (found.rows, found.fit))
    figure = style.canvas(
        f"{METRICS[metric].label.capitalize()}{whose}, {unit}:\n{_finding(scored, factor)}",
        _note(found, *moves),
        width=width,
        height=1.2 + 1.65 * lines + 0.13 * len(moves),
    )
    grid = figure.subplots(lines, columns, sharex=True, squeeze=False).ravel()
    named = found.backtest.observations
    labels = named.labels() if by == "operator" else {}
    for axes, name in zip(grid, order, strict=False):
        own = [table[table[by] == name] for table in (paths, rows, fit)]
        _panel(axes, found, (own[0], own[1], own[2]), factor)
        axes.set_title(
            labels.get(name) or named.region_label(name), loc="left", fontsize=9, color=INK, pad=3
        )
    earliest = min([found.backtest.first_month, *fit["end"]])
    since = max(earliest, found.backtest.first_month - _BEFORE) - 1
    grid[0].set_xlim(_year(since), _year(found.backtest.last_month + 2))
    for axes in grid[len(order) :]:
        axes.set_axis_off()
    for axes in grid[max(len(order) - columns, 0) : len(order)]:
        axes.tick_params(labelbottom=True)
    _key(grid[len(order)], _handles(found))
    return figure


def _panel(
    axes: Axes,
    found: Evaluation,
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    factor: float,
) -> None:
    """One series: bands and median, both naive forecasts, figures from before and after."""
    path, rows, fit = tables
    event = found.backtest.event_month
    for move in found.backtest.moves:
        axes.axvline(_year(move.month), color=FAINT, lw=0.7, zorder=0)
    axes.axvline(_year(event), color=BAD, lw=1.0, ls=(0, (4, 2)), zorder=1)
    when = _years(path["end"] + 1)
    for band, alpha in (("90", 0.15), ("50", 0.3)):
        low, high = path[f"low{band}"] * factor, path[f"high{band}"] * factor
        axes.fill_between(when, low, high, color=GOOD, alpha=alpha, lw=0)
    axes.plot(when, path["median"] * factor, color=GOOD, lw=1.4)
    after = path[path["end"] >= event]
    for name, look in _NAIVE.items():
        axes.plot(_years(after["end"] + 1), after[name] * factor, ls=":", **look)
    for table, face in ((fit, "white"), (rows, INK)):
        axes.plot(
            _years(table["end"] + table["end_share"]), table["value"] * factor, "o", ms=3,
            mfc=face, mec=INK, mew=0.7, ls="", zorder=3,
        )  # fmt: skip
    _limits(axes, path, rows, fit, factor)
    style.quiet(axes)
    axes.tick_params(labelsize=7.5)
    axes.locator_params(axis="y", nbins=5)
    years = range(found.backtest.first_month // 12, found.backtest.last_month // 12 + 2)
    axes.set_xticks(list(years), [str(year) for year in years])


def _limits(
    axes: Axes, path: pd.DataFrame, rows: pd.DataFrame, fit: pd.DataFrame, factor: float
) -> None:
    """Fit the panel to bands and figures: a naive line that runs off must not flatten them."""
    shown = np.concatenate(
        [path["low90"], path["high90"], rows["value"], fit["value"], path["no_change"]]
    )
    shown = shown[np.isfinite(shown)] * factor
    if len(shown) and shown.max() > shown.min():
        room = 0.06 * (shown.max() - shown.min())
        axes.set_ylim(shown.min() - room, shown.max() + room)


def _handles(found: Evaluation) -> list[Line2D | Patch]:
    event = f"{month_name(found.backtest.event_month)} {found.backtest.event_label}"
    return [
        Line2D([], [], color=GOOD, lw=1.4, label="predicted, median"),
        Patch(color=GOOD, alpha=0.3, lw=0, label="predicted, 50 % band"),
        Patch(color=GOOD, alpha=0.15, lw=0, label="predicted, 90 % band"),
        Line2D([], [], ls="", marker="o", ms=4, mfc="white", mec=INK, label="observed before"),
        Line2D([], [], ls="", marker="o", ms=4, mfc=INK, mec=INK, label="observed after"),
        Line2D([], [], ls=":", label="naive: no change", **_NAIVE["no_change"]),
        Line2D([], [], ls=":", label="naive: trend", **_NAIVE["trend"]),
        Line2D([], [], color=BAD, ls=(0, (4, 2)), lw=1.0, label=_short(event)),
    ]


def _moves(found: Evaluation, width: float) -> list[str]:
    """The moves that the thin lines stand for, in lines as long as the picture is wide."""
    moves = sorted(found.backtest.moves, key=lambda move: move.month)
    if not moves:
        return []
    said = "; ".join(f"{month_name(move.month)} {move.label}" for move in moves)
    return textwrap.wrap(f"Thin lines: {said}", int(_SIGNS_AN_INCH * width))


def _key(axes: Axes, handles: Sequence[Line2D | Patch]) -> None:
    """The legend in a panel of its own, so that it covers nothing."""
    axes.set_axis_off()
    axes.legend(
        handles=list(handles), loc="upper left", bbox_to_anchor=(-0.04, 1.08), frameon=False,
        fontsize=7, labelspacing=0.28, handlelength=1.6, borderpad=0.0,
    )  # fmt: skip


def _order(found: Evaluation, paths: pd.DataFrame, by: str) -> list[str]:
    """Operators as the market lists them, regions by size of what is drawn."""
    present: list[Hashable] = list(paths[by].unique())
    if by == "operator":
        return [name for name in found.backtest.observations.labels() if name in present]
    last = paths.groupby(by)["median"].last().sort_values(ascending=False)
    return [str(name) for name in last.index]


def _of(table: pd.DataFrame, paths: pd.DataFrame) -> pd.DataFrame:
    """The figures that belong to what is drawn."""
    keys = ["metric", "operator", "region"]
    drawn = pd.MultiIndex.from_frame(paths[keys].drop_duplicates())
    inside = pd.MultiIndex.from_frame(table[keys]).isin(drawn)
    return table[inside & (table["end"] <= paths["end"].max())]


def _finding(rows: pd.DataFrame, factor: float) -> str:
    """Errors and coverage in a line."""
    scores = scores_of(rows)
    if not scores["n"]:
        return "no figure of this is predicted"
    said = f"mean error {_figure(scores['mae'] * factor)} over {scores['n']:,} figures"
    if scores["n_common"]:
        common, same, line = (
            _figure(scores[name] * factor) for name in ("mae_common", "mae_no_change", "mae_trend")
        )
        said = (
            f"mean error {common}, no change {same}, trend {line} (n {scores['n_common']:,});\n"
            f"{scores['inside90']:,} of {scores['n']:,} figures inside the 90 % band"
        )
    return said


def _figure(value: float) -> str:
    return number(value, 2 if abs(value) < 10 else 1)


def _note(found: Evaluation, *remarks: str) -> str:
    test = found.backtest
    behind = f"{test.members} members of the ensemble × {test.seeds} seeds"
    return "\n".join(
        [*remarks, f"{test.label}. {behind}, {test.accounts:,} simulated accounts each"]
    )


def _colour(operators: Sequence[str], name: str) -> str:
    return PALETTE[list(operators).index(name) % len(PALETTE)]


def _marker(operators: Sequence[str], name: str) -> str:
    """Another shape where the colours begin again."""
    return "os^"[list(operators).index(name) // len(PALETTE) % 3]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _year(month: float) -> float:
    """A month as years on the axis."""
    return month / 12.0


def _years(months: pd.Series) -> NDArray[np.float64]:
    """Months as years on the axis."""
    return months.to_numpy(float) / 12.0
