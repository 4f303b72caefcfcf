"""Pictures of what an ensemble tells, and of whether its intervals can be believed."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from experiments.report import style
from experiments.report.style import BAD, FAINT, GOOD, INK, MUTED
from experiments.studies.posterior.adjustment import Ensemble
from experiments.studies.posterior.prior import Prior

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_BARS = 20
_WORDS = {
    "behaviour.look_base": "attention (look_base)",
    "behaviour.logit_scale_yuan": "taste noise (logit_scale)",
    "behaviour.hassle_yuan": "switching cost (hassle)",
    "behaviour.loss_aversion": "loss aversion",
    "behaviour.brand_sd_yuan": "brand liking (brand_sd)",
}


def words(path: str) -> str:
    """A parameter's path in words that fit a panel."""
    return _WORDS.get(path, path.rpartition(".")[2].replace("_", " "))


def marginals(
    prior: Prior, ensemble: Ensemble, truth: Vector | None, told: dict[str, Any]
) -> Figure:
    """Each parameter's marginal beside its prior, with its 90 % interval and the planted value."""
    tight = sum(row["contraction"] < 0.9 for row in told.values())
    figure, panels = _grid(
        len(prior.ranges),
        f"The months observed narrow {tight} of {len(told)} parameters",
        "Bars: ensemble by weight. Grey: prior. Line below: 90 % interval"
        + (". Vertical: planted value" if truth is not None else ""),
        row_height=1.9,
    )
    for place, (axes, parameter) in enumerate(zip(panels, prior.ranges, strict=True)):
        values = prior.values(ensemble.points)[:, place]
        edges = np.linspace(parameter.low, parameter.high, _BARS + 1)
        axes.axhspan(0.0, 1.0 / _BARS, color=FAINT, alpha=0.7, lw=0)
        axes.hist(values, edges, weights=ensemble.weights, color=GOOD, alpha=0.75)
        top = axes.get_ylim()[1]
        low, high = told[parameter.path]["interval_90"]
        axes.plot([low, high], [-0.05 * top] * 2, color=INK, lw=2.5, solid_capstyle="butt")
        if truth is not None:
            axes.axvline(truth[place], color=BAD, lw=1.8)
        axes.set_title(
            f"{words(parameter.path)}: sd {told[parameter.path]['contraction']:.2f} of prior's",
            loc="left", fontsize=9, color=INK, pad=3,
        )  # fmt: skip
        style.quiet(axes)
        axes.set_yticks([])
        axes.set_xlim(parameter.low, parameter.high)
        axes.set_xlabel(
            "factor" if parameter.scale == "factor" else "value", fontsize=8, color=MUTED
        )
    return figure


def rank_histograms(
    prior: Prior, ranks: NDArray[np.int64], draws: int, bins: int, told: dict[str, Any]
) -> Figure:
    """Ranks of the truth, `[replicate, parameter]`, against the band of a uniform distribution."""
    n = len(ranks)
    low, middle, high = (float(stats.binom.ppf(p, n, 1.0 / bins)) for p in (0.025, 0.5, 0.975))
    rows = told["parameters"]
    spread = [row["coverage_90"] for row in rows.values()]
    figure, panels = _grid(
        len(prior.ranges),
        f"90 % intervals cover {100 * min(spread):.0f} to {100 * max(spread):.0f} % of "
        f"{n} planted truths (± {100 * next(iter(rows.values()))['coverage_90_error']:.0f})",
        f"Rank of the truth among {draws} posterior draws, {n} replicates. Band: 95 % of bars if "
        "ranks are uniform",
        row_height=2.0,
    )
    for place, (axes, path) in enumerate(zip(panels, prior.names, strict=True)):
        counts = np.bincount(ranks[:, place] * bins // (draws + 1), minlength=bins)
        outside = (counts < low) | (counts > high)
        axes.axhspan(low, high, color=FAINT, alpha=0.8, lw=0)
        axes.axhline(middle, color=MUTED, lw=0.8)
        width = (draws + 1) / bins
        axes.bar(
            (np.arange(bins) + 0.5) * width, counts, 0.9 * width,
            color=[BAD if out else GOOD for out in outside], alpha=0.8,
        )  # fmt: skip
        row = rows[path]
        axes.set_title(
            f"{words(path)}\n50 %: {row['coverage_50']:.2f}   90 %: {row['coverage_90']:.2f}   "
            f"χ² p = {row['chi_square_p']:.2f}",
            loc="left", fontsize=8.5, color=INK, pad=3,
        )  # fmt: skip
        style.quiet(axes)
        axes.set_xlim(0, draws + 1)
        axes.set_ylim(0, 1.15 * max(high, counts.max()))
        axes.set_xlabel("rank", fontsize=8, color=MUTED)
    return figure


def recovery(
    prior: Prior, truth: Matrix, mean: Matrix, low: Matrix, high: Matrix, told: dict[str, Any]
) -> Figure:
    """Planted against recovered with 90 % intervals, all `[replicate, parameter]` in own units."""
    rows = told["parameters"]
    best = min(rows, key=lambda path: rows[path]["contraction"])
    worst = max(rows, key=lambda path: rows[path]["contraction"])
    figure, panels = _grid(
        len(prior.ranges),
        f"The months tell most about {words(best)},\nleast about {words(worst)}",
        f"{len(truth)} planted truths; posterior means with 90 % intervals. Orange: not covered",
        row_height=2.6,
    )
    for place, (axes, parameter) in enumerate(zip(panels, prior.ranges, strict=True)):
        x = truth[:, place]
        covered = (low[:, place] <= x) & (x <= high[:, place])
        axes.plot(
            [parameter.low, parameter.high], [parameter.low, parameter.high], color=MUTED, lw=0.8
        )
        for kept, colour in ((covered, GOOD), (~covered, BAD)):
            axes.vlines(
                x[kept], low[kept, place], high[kept, place], color=colour, alpha=0.35, lw=1.0
            )
            axes.plot(x[kept], mean[kept, place], "o", ms=2.8, color=colour, mew=0)
        row = rows[parameter.path]
        axes.set_title(
            f"{words(parameter.path)}\ncorrelation {row['correlation']:.2f}, sd "
            f"{row['contraction']:.2f} of prior's",
            loc="left", fontsize=8.5, color=INK, pad=3,
        )  # fmt: skip
        style.quiet(axes)
        axes.set_xlim(parameter.low, parameter.high)
        axes.set_ylim(parameter.low, parameter.high)
        axes.set_xlabel("planted", fontsize=8, color=MUTED)
        axes.set_ylabel("recovered", fontsize=8, color=MUTED)
    return figure


def _grid(count: int, title: str, note: str, row_height: float) -> tuple[Figure, list[Any]]:
    """A figure with a panel for each of `count` parameters."""
    columns = min(count, 2 if count <= 4 else 3)
    rows = -(-count // columns)
    figure = style.canvas(title, note, width=7.4, height=1.2 + row_height * rows)
    panels = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axes in panels[count:]:
        axes.set_visible(False)
    return figure, panels[:count]
