"""A grid of pilots: each one's power and size, what it foretells, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from experiments.analysis.pilot.customers import compared, group_error, least_found
from experiments.analysis.pilot.decision import (
    Outlook,
    PilotCosts,
    Reading,
    Verdict,
    judge,
    outlook,
)
from experiments.analysis.pilot.designs import Regions, everywhere
from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.estimators import (
    POWER,
    SIGNIFICANCE,
    Estimates,
    Estimator,
    did,
    permutation,
    synthetic_controls,
    synthetic_gaps,
)
from experiments.analysis.pilot.measures import CUSTOMER_MEASURES, Floats
from experiments.analysis.pilot.noise import Noise
from strategies.regional_change import changes

Window = Literal["whole", "last_quarter"]
QUARTER = 3
LONGEST = 12
"""Months beyond which nobody calls it a pilot (assumption)."""


@dataclass(frozen=True)
class Design:
    """One pilot that could be held."""

    regions: Regions
    months: int
    """From the launch to the last month that counts."""
    window: Window
    """Which of them count: all, or the last three."""
    measure: str
    estimator: Estimator = "did"
    customers: int = 0
    """In each of two groups drawn in the regions, one without the option; 0: whole regions."""

    @property
    def counted(self) -> slice:
        """Months since launch that are averaged."""
        return slice(0 if self.window == "whole" else self.months - QUARTER, self.months)


@dataclass(frozen=True)
class Rated:
    """A design and what it can do."""

    design: Design
    effect: float
    """To be seen in the pilot regions, relative, mean over worlds."""
    power: float
    """Share of pilots that find it at 5 %."""
    false_positive_rate: float
    """Share of pilots without an effect that find one."""
    error: float
    """Standard deviation of the estimate without an effect."""
    tells: float
    """Correlation across worlds of what is seen with the final value; zero: it never varies."""
    verdict: Verdict

    @property
    def seen(self) -> bool:
        """Whether the effect is likely enough to be found."""
        return self.power >= POWER


def detectable(error: float, regions: int) -> float:
    """Effect that Student's t with regions − 2 degrees of freedom finds with 80 % power."""
    freedom = float(max(regions - 2, 1))
    critical = special.stdtrit(freedom, 1.0 - SIGNIFICANCE / 2.0)
    return float(error * (critical + special.stdtrit(freedom, POWER)))


@dataclass(frozen=True)
class Rules:
    """How pilots are compared."""

    lengths: tuple[int, ...]
    costs: PilotCosts
    within: float
    """Estimates so many standard errors from the break-even are extended."""


class Grid:
    """Rates designs of one option in one noise; what they share is worked out once."""

    def __init__(self, effects: Effects, noise: Noise, rules: Rules) -> None:
        self.effects, self.noise, self.rules = effects, noise, rules
        self.final = outlook(effects, 0.0, 0).now
        """What a launch now gains in the end, `[world]`, yuan."""
        self._changes: dict[tuple[str, slice], Floats] = {}
        self._weights: dict[tuple[str, tuple[int, ...]], Floats] = {}

    def designs(
        self, sets: Sequence[Regions], measures: Sequence[str], samples: Sequence[int] = ()
    ) -> list[Design]:
        """Every design of the grid; windows that are the same months are one.

        Args:
            sets: whole regions.
            measures: of regions, and of customers drawn inside regions.
            samples: customers in each of two groups, where the option can be kept from some.
        """
        windows: tuple[Window, ...] = ("whole", "last_quarter")
        times: list[tuple[int, Window]] = [
            (months, window)
            for months in self.rules.lengths
            for window in windows
            if window == "whole" or months > QUARTER
        ]
        found = [
            Design(regions, months, window, measure)
            for regions in sets
            for measure in measures
            if measure in self.noise.relative
            for months, window in times
        ]
        if not self.effects.addressed:
            return found
        drawn = [everywhere(self.effects), *sets]
        return found + [
            Design(regions, months, window, measure, "holdout", customers)
            for regions in drawn
            for measure in measures
            if measure in CUSTOMER_MEASURES and measure in self.effects.national
            for customers in samples
            if 2 * customers <= self.effects.customers * regions.share
            for months, window in times
        ]

    def rate(self, design: Design) -> Rated:
        """What a design can do."""
        first, second = self.readings(design)
        found = self.estimates(design, injected=1.0)
        verdict = judge(
            first,
            second,
            self.rules.costs.per_region_yuan * design.regions.count,
            self.rules.within,
        )
        return Rated(
            design=design,
            effect=float(first.early.mean()),
            power=float(found.rejects.mean()),
            false_positive_rate=float(self.estimates(design, 0.0).rejects.mean()),
            error=float(first.errors.std()),
            tells=correlation(first.early, self.final),
            verdict=verdict,
        )

    def readings(self, design: Design) -> tuple[Reading, Reading | None]:
        """The pilot at its end, and at the end of its extension if there is one."""
        longer = self.extended(design)
        return self._reading(design), None if longer is None else self._reading(longer)

    def estimates(self, design: Design, injected: float, leaked: float = 0.0) -> Estimates:
        """What the estimator says of every pilot.

        Args:
            design: the pilot.
            injected: share of the simulated effect that is put into the pilot regions.
            leaked: share of it that reaches the other regions too.
        """
        path = self.effects.path(design.measure)[:, design.counted].mean(axis=1)
        if design.customers:
            added = injected * (1.0 - leaked) * float(path.mean())
            return compared(added, self._group_error(design), self.noise.luck)
        inside = np.zeros(len(path), dtype=bool)
        inside[list(design.regions.pilot)] = True
        abroad = leaked * path[inside].mean()
        added = injected * np.where(inside, path, abroad)
        change = self._change(design) + added
        if design.estimator == "did":
            return did(change, design.regions.pilot)
        if design.estimator == "synthetic":
            change = synthetic_gaps(self._controls(design), change)
        return permutation(change, design.regions.pilot)

    def detectable(self, design: Design) -> float:
        """Effect that it finds with 80 % power."""
        if design.customers:
            return least_found(self._group_error(design))
        return detectable(float(self.estimates(design, 0.0).effect.std()), self.regions)

    @property
    def regions(self) -> int:
        """Of the market."""
        return len(self.effects.regions)

    def early(self, design: Design) -> Floats:
        """What a perfect measurement of the pilot would show, `[world]`."""
        national = self.effects.national[design.measure][:, design.counted].mean(axis=1)
        own = self.effects.deviation[design.measure][list(design.regions.pilot)].mean()
        return national + own

    def _group_error(self, design: Design) -> float:
        kept = float(self.effects.kept[design.counted].mean())
        return group_error(design.measure, design.customers, self.noise.bill_sd, kept)

    def _change(self, design: Design) -> Floats:
        key = (design.measure, design.counted)
        if key not in self._changes:
            panel = 1.0 + self.noise.relative[design.measure]
            self._changes[key] = changes(panel, self.noise.before, design.counted)
        return self._changes[key]

    def _controls(self, design: Design) -> Floats:
        key = (design.measure, design.regions.pilot)
        if key not in self._weights:
            panel = 1.0 + self.noise.relative[design.measure]
            self._weights[key] = synthetic_controls(panel, self.noise.before, key[1])
        return self._weights[key]

    def _money(self, design: Design) -> Outlook:
        read = self.effects.launch + design.months + self.rules.costs.reading_months
        share = design.regions.share
        if design.customers:
            share = design.customers / self.effects.customers
        return outlook(self.effects, share, read)

    def _reading(self, design: Design) -> Reading:
        errors = self.estimates(design, injected=0.0).effect
        return Reading(self.early(design), errors, self._money(design))

    def extended(self, design: Design) -> Design | None:
        """The same pilot until the next length; `None` if there is none."""
        longer = [months for months in self.rules.lengths if months > design.months]
        return replace(design, months=min(longer)) if longer and self.rules.within else None


def correlation(early: Floats, late: Floats) -> float:
    """Pearson's across worlds; zero where either does not vary."""
    spread = early.std() * late.std()
    if not spread:
        return 0.0
    return float(((early - early.mean()) * (late - late.mean())).mean() / spread)
