"""The two pictures of learning firms: how much they gain, and what a deviation meets with."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.report import style
from experiments.report.style import BAD, FAINT, GOOD, INK, MUTED
from experiments.studies.q_learning.game import Game
from experiments.studies.q_learning.outcomes import SessionOutcome


def painters(
    game: Game, outcomes: list[SessionOutcome], summary: dict[str, Any]
) -> dict[str, Callable[[], Figure]]:
    """What draws each picture, by file name."""
    return {
        "profit_gain": lambda: profit_gain(outcomes, summary),
        "deviation": lambda: deviation(game, summary),
    }


def profit_gain(outcomes: list[SessionOutcome], summary: dict[str, Any]) -> Figure:
    """How the profit gain differs between sessions, with the published mean where it applies."""
    mean, sd = summary["profit_gain_mean"], summary["profit_gain_sd"]
    published = summary["published"]["profit_gain_mean"]
    known = summary["is_published_baseline"]
    against = f"\n(published: {published:.3f})" if known else ""
    figure = style.canvas(
        f"Learning firms earn {mean:.2f} of the way from competition to monopoly{against}",
        f"{summary['sessions']} sessions, {summary['converged_share']:.1%} converged. Profit gain: "
        f"0 is Bertrand-Nash, 1 is joint monopoly; mean {mean:.3f}, sd {sd:.3f}",
    )
    axes = figure.subplots()
    gains = np.array([o.profit_gain for o in outcomes])
    low, high = min(0.0, float(gains.min())), max(1.0, float(gains.max()))
    bins = np.linspace(np.floor(low * 20) / 20, np.ceil(high * 20) / 20 + 1e-9, 41)
    axes.hist(gains, bins=bins.tolist(), color=GOOD, alpha=0.75, edgecolor="white", linewidth=0.6)
    axes.axvline(mean, color=INK, lw=1.6, label=f"mean {mean:.3f}")
    if known:
        axes.axvline(published, color=BAD, lw=1.6, ls="--", label=f"published {published:.3f}")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    axes.set_xlabel("profit gain of a session", fontsize=9, color=MUTED)
    axes.set_ylabel("sessions", fontsize=9, color=MUTED)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    style.quiet(axes)
    return figure


def deviation(game: Game, summary: dict[str, Any]) -> Figure:
    """Mean prices around a one-period deviation: punishment, and the way back."""
    path = summary["deviation"]
    periods = [row["period"] for row in path]
    figure = style.canvas(
        _finding(summary),
        f"Mean over {summary['sessions']} sessions and each firm as deviator. Period 1: the "
        "deviator charges its best reply of the moment; then all do what they have learnt",
    )
    axes = figure.subplots()
    nash, monopoly = float(game.nash_prices.mean()), float(game.monopoly_prices.mean())
    for level, name in ((nash, "Bertrand-Nash"), (monopoly, "monopoly")):
        axes.axhline(level, color=MUTED, lw=0.9, ls=":")
        axes.annotate(
            name, (periods[-1], level), xytext=(0, 3), textcoords="offset points",
            ha="right", fontsize=8.5, color=MUTED,
        )  # fmt: skip
    axes.axvline(1, color=FAINT, lw=6, zorder=0)
    for column, name, colour, mark in (
        ("deviator_price", "deviating firm", BAD, "s"),
        ("others_price", "its rivals", GOOD, "o"),
    ):
        axes.plot(
            periods, [row[column] for row in path], marker=mark, ms=4.5, color=colour, lw=1.8,
            label=name,
        )  # fmt: skip
    axes.legend(frameon=False, fontsize=9, loc="center right")
    axes.set_xlabel("period", fontsize=9, color=MUTED)
    axes.set_ylabel("mean price", fontsize=9, color=MUTED)
    axes.set_xticks(periods)
    style.quiet(axes)
    return figure


def _finding(summary: dict[str, Any]) -> str:
    """What the path shows, in words that hold for it."""
    path = summary["deviation"]
    lost = f"it does not pay in {summary['deviation_unprofitable_share']:.0%} of cases"
    punished = len(path) > 2 and path[2]["others_price"] < path[0]["others_price"]
    if not punished:
        pays = 1.0 - summary["deviation_unprofitable_share"]
        return f"A deviation is not punished: it pays in {pays:.0%} of cases"
    forgiven = summary["deviation_returned_share"] > 0.5
    return f"A deviation is punished{', then forgiven' if forgiven else ''}: {lost}"
