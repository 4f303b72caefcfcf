"""The pictures of a pilot's plan: where, the effect against the noise, power, and what decides."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from experiments.analysis.pilot.plan import MULTIPLES, Plan
from experiments.analysis.pilot.search import Rated
from experiments.report import style
from experiments.report.pilot_texts import measure_name
from experiments.report.style import BAD, FAINT, GOOD, INK, MUTED, PALETTE
from experiments.report.words.numbers import number
from experiments.report.words.words import Words


@dataclass(frozen=True)
class PilotFigures:
    """Draws what a plan has found."""

    plan: Plan
    words: Words

    def painters(self) -> dict[str, Callable[[], Figure | None]]:
        """What draws each picture, by name."""
        return {
            "pilot_regions": self.regions,
            "pilot_effect": self.effect,
            "pilot_power": self.power,
            "pilot_decision": self.decision,
            "pilot_foretold": self.foretold,
        }

    def regions(self) -> Figure | None:
        """A tile a region, pilot regions coloured."""
        best, names = self.plan.best, self.plan.effects.regions
        if best is None:
            return None
        wide = ceil(sqrt(len(names) * 1.8))
        drawn = bool(best.design.customers)
        figure = self._canvas("regions", title="drawn" if drawn else "regions")
        axes = figure.subplots()
        share = self.plan.effects.lines / self.plan.effects.lines.sum()
        for place, name in enumerate(names):
            x, y, pilot = place % wide, -(place // wide), place in best.design.regions.pilot
            axes.add_patch(
                Rectangle((x, y), 0.94, 0.88, facecolor=GOOD if pilot else FAINT, edgecolor="none")
            )
            label = self.words.thing(name).replace("、", "、\n").replace(" and ", "\nand ")
            axes.text(
                x + 0.47, y + 0.56, label.replace(", ", ",\n"), ha="center", va="center",
                fontsize=7.2, color="white" if pilot else INK, linespacing=1.05,
            )  # fmt: skip
            axes.text(
                x + 0.47, y + 0.12, self.words.numbers.percent(float(share[place]), 1),
                ha="center", va="center", fontsize=7, color="white" if pilot else MUTED,
            )  # fmt: skip
        axes.set_xlim(-0.02, wide)
        axes.set_ylim(-((len(names) - 1) // wide) - 0.04, 0.95)
        axes.axis("off")
        keys = ("offered", "outside") if drawn else ("pilot", "control")
        for colour, key in zip((GOOD, FAINT), keys, strict=True):
            axes.scatter([], [], marker="s", s=60, color=colour, label=self._say(key))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, frameon=False)
        return figure

    def effect(self) -> Figure | None:
        """The effect by month since launch, and what a pilot of each length could find."""
        best, path = self.plan.best, self.plan.path
        if best is None or not path:
            return None
        measure = measure_name(best.design.measure, self.words)
        figure = self._canvas("effect", measure=measure)
        axes = figure.subplots()
        months = np.arange(1, len(path) + 1)
        mean, low, high = (
            np.array([100.0 * (getattr(m, name) or 0.0) for m in path])
            for name in ("mean", "low", "high")
        )
        axes.fill_between(months, low, high, color=GOOD, alpha=0.18, linewidth=0)
        axes.plot(months, mean, color=GOOD, lw=2)
        sign = -1.0 if best.effect < 0 else 1.0
        found = self.plan.detectable
        axes.scatter(list(found), [100.0 * sign * v for v in found.values()], color=BAD, zorder=3)
        axes.axhline(0, color=INK, lw=0.8)
        axes.axvspan(0.5, best.design.months + 0.5, color=FAINT, alpha=0.45, linewidth=0)
        axes.set_xlim(0.5, months[-1] + 0.5)
        style.quiet(axes)
        self._name(axes, "month", self._say("relative"))
        return figure

    def power(self) -> Figure | None:
        """Power by multiple of the effect, a line a length."""
        if not self.plan.curves:
            return None
        figure = self._canvas("power")
        axes = figure.subplots()
        for place, (months, curve) in enumerate(sorted(self.plan.curves.items())):
            label = self.words.counted("month", months)
            axes.plot(
                MULTIPLES, [100.0 * share for share in curve], color=PALETTE[place % len(PALETTE)],
                lw=2, marker="o", ms=4, label=label,
            )  # fmt: skip
        axes.axhline(80, color=MUTED, lw=0.8, ls="--")
        axes.axhline(5, color=MUTED, lw=0.8, ls=":")
        axes.set_ylim(0, 103)
        style.quiet(axes)
        axes.legend(frameon=False, fontsize=8.5)
        self._name(axes, "power.x", self._say("power.y"))
        return figure

    def decision(self) -> Figure | None:
        """Worlds by what the pilot shows and what rolling out is worth, with the rule."""
        best, readings = self.plan.best, self.plan.readings
        if best is None or readings is None:
            return None
        first = readings[0]
        scale = self.words.numbers.money_scale(first.money.on)
        figure = self._canvas("decision")
        axes = figure.subplots()
        shown, worth = 100.0 * first.early, first.money.on / scale.divisor
        error = 100.0 * best.error
        lines = [100.0 * best.verdict.go.break_even] if np.isfinite(
            best.verdict.go.break_even
        ) else []  # fmt: skip
        room = 2.0 * error + 0.1 * float(np.ptp(shown))
        left, right = min([*shown, *lines]) - room, max([*shown, *lines]) + room
        self._rule(axes, best, left, right)
        colours = [GOOD if value > 0 else BAD for value in worth]
        axes.errorbar(shown, worth, xerr=error, fmt="none", ecolor=MUTED, elinewidth=0.8)
        axes.scatter(shown, worth, c=colours, s=42, zorder=3)
        axes.axhline(0, color=INK, lw=0.8)
        axes.set_xlim(left, right)
        style.quiet(axes)
        self._name(axes, "decision.x", self._say("decision.y", unit=scale.unit))
        return figure

    def foretold(self) -> Figure | None:
        """Correlation of each measure with the final value, by month."""
        figure = self._canvas("tells")
        axes = figure.subplots()
        for place, (name, by_month) in enumerate(self.plan.foretold.items()):
            months = [
                month for month in by_month if month <= 2 * max(self.plan.detectable, default=12)
            ]
            axes.plot(
                months, [by_month[month] for month in months],
                color=PALETTE[place % len(PALETTE)], lw=1.8, label=measure_name(name, self.words),
            )  # fmt: skip
        axes.axhline(0, color=INK, lw=0.8)
        axes.set_ylim(-1.05, 1.05)
        style.quiet(axes)
        axes.legend(frameon=False, fontsize=8, ncols=2)
        self._name(axes, "month", self._say("tells.y"))
        return figure

    def _rule(self, axes: Axes, best: Rated, left: float, right: float) -> None:
        rule, within = best.verdict.go, 100.0 * best.verdict.within
        if not np.isfinite(rule.break_even):
            return
        line = 100.0 * rule.break_even
        go = (line + within, right) if rule.above else (left, line - within)
        axes.axvspan(*go, color=GOOD, alpha=0.10, linewidth=0)
        axes.axvspan(line - within, line + within, facecolor="none", edgecolor=FAINT, hatch="///",
                     linewidth=0)  # fmt: skip
        axes.axvline(line, color=INK, lw=1.0)
        axes.annotate(
            f"{number(line, 2, signed=True)} %", (line, 1.0), xycoords=("data", "axes fraction"),
            ha="center", va="bottom", fontsize=8, color=INK,
        )  # fmt: skip

    def _canvas(self, key: str, title: str = "", **values: str) -> Figure:
        return style.canvas(
            self._say(title or key, **values), self.words(f"plan.figure.{key}.note"), height=3.7
        )

    def _say(self, key: str, **values: str) -> str:
        return self.words(f"plan.figure.{key}", **values)

    def _name(self, axes: Axes, x: str, y: str) -> None:
        if x == "month":
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(self._say(x), fontsize=8.5, color=MUTED)
        axes.set_ylabel(y, fontsize=8.5, color=MUTED)
