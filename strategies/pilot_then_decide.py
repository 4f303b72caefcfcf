"""First a pilot in some regions, then go, extend or stop by what our own books show."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from agents.actions import (
    Action,
    Advertise,
    Cover,
    Invest,
    Launch,
    Reprice,
    StartCampaign,
    Withdraw,
)
from agents.causes import Why
from agents.observation import OperatorView, RegionalRecords
from sim.errors import ActionError, QuestionError
from sim.names import check
from sim.schema import Settings
from strategies.city_policy import CityPolicy, city_policy
from strategies.regional import RegionalPlay
from strategies.regional_change import Floats, changes, decided, difference
from strategies.registry import read, strategy

Measure = Literal["revenue_per_line", "churn", "gross_adds", "lines"]
_VARIED = (Reprice, Advertise, Cover, Invest)
"""What a variant of an option may do otherwise in its regions."""
_NOT_VARIED = (Launch, Withdraw, StartCampaign)
_BEFORE = 12
"""Most months ahead of the launch that are compared with."""


class PilotThenDecideSettings(Settings):
    """Parameters of `pilot_then_decide`."""

    option: dict[str, Any] = {"kind": "match_price"}
    """What is piloted: its `kind` and parameters."""
    variants: Annotated[tuple[dict[str, Any], ...], Field(max_length=5)] = ()
    """Other parameters of the option, each tried in pilot regions of its own; at the roll-out every
    region gets the one that its estimate favours. Only prices, advertising, coverage and
    investment can have variants."""
    regions: tuple[str, ...] = ()
    """Where; empty: the `count` regions whose revenue per line is nearest to the middle one's."""
    count: Annotated[int, Field(ge=1, le=50)] = 2
    """How many regions, where none are named."""
    pilot_months: Annotated[int, Field(ge=1, le=36)] = 6
    """From when customers see it until it is decided."""
    counted_months: Annotated[int, Field(ge=1, le=36)] = 3
    """How many of the last of them count."""
    extend_months: Annotated[int, Field(ge=0, le=36)] = 3
    """For how long it goes on once, if the estimate lies between `stop` and `go`; 0: never."""
    measure: Measure = "revenue_per_line"
    """What is measured in our own books, relative to each region's own past."""
    go: Annotated[float, Field(ge=-1, le=10)] = 0.0
    """Relative effect from which on it is rolled out; below `stop`: up to which."""
    stop: Annotated[float, Field(ge=-1, le=10)] = 0.0
    """Relative effect below which it is ended; above `go`: above which."""
    waves: Annotated[int, Field(ge=1, le=12)] = 2
    """In how many steps it is rolled out, regions with few own lines first."""
    wave_months: Annotated[int, Field(ge=1, le=12)] = 2
    """Months between them."""


@strategy("pilot_then_decide", PilotThenDecideSettings)
class PilotThenDecide:
    """Plays an option in pilot regions only, estimates its effect, and rolls out or ends it.

    It sees nothing but the operator's own monthly books by region. The effect is a difference in
    differences: the change in pilot regions over their own past less that in the others. Rivals see
    posted prices and offers wherever they are and may answer anywhere; friends talk across borders.
    """

    def __init__(self, settings: PilotThenDecideSettings) -> None:
        self.settings = settings
        try:
            self.options = [read(settings.option | more) for more in ({}, *settings.variants)]
        except QuestionError as error:
            raise QuestionError(f"pilot_then_decide, option: {error}") from None
        self.passive = all(getattr(option, "passive", False) for option in self.options)
        self.plays: list[RegionalPlay] = []
        """What each variant does, and where."""
        self.pilot: tuple[str, ...] = ()
        self.seen_from: int | None = None
        """Month in which customers first see the pilot."""
        self.extended = False
        self.decided: Literal["", "go", "stop"] = ""
        self.waiting: list[tuple[int, tuple[str, ...]]] = []
        """Waves to come: month and regions."""
        self.variant_of: dict[str, int] = {}
        """Which variant each region has, or gets at the roll-out."""

    def act(self, view: OperatorView) -> list[Action]:
        """The option's actions in the open regions, and what the pilot's rule adds."""
        if self.passive or self.decided == "stop":
            return []
        self.plays = self.plays or self._begin(view)
        done = [
            action
            for variant, play in enumerate(self.plays)
            for action in play.limited(self._asked(variant, play.hidden(view)), view.regions)
        ]
        if self.seen_from is None and done:
            self.seen_from = view.month + view.lead_months
        if self.decided == "go":
            return [*done, *self._next_wave(view)]
        return [*done, *self._decide(view)] if self._is_due(view) else done

    def _asked(self, variant: int, view: OperatorView) -> list[Action]:
        """What a variant wants; of all but the first, only what can differ between regions."""
        asked = list(self.options[variant].act(view))
        if len(self.options) == 1:
            return asked
        other = next((a for a in asked if isinstance(a, _NOT_VARIED)), None)
        if other is not None:
            raise ActionError(
                f"pilot_then_decide, variants: {type(other).__name__} cannot differ between "
                "regions; variants are for options made of prices, advertising, coverage or "
                "investment"
            )
        return [a for a in asked if not variant or isinstance(a, _VARIED)]

    def _begin(self, view: OperatorView) -> list[RegionalPlay]:
        s = self.settings
        check("pilot_then_decide, regions", s.regions, view.regions)
        self.pilot = s.regions or _typical(view, s.count)
        if len(self.pilot) >= len(view.regions):
            raise ActionError(
                f"pilot_then_decide: {len(self.pilot)} of {len(view.regions)} regions are in the "
                "pilot; at least one must be left to compare with"
            )
        many = len(self.options)
        if len(self.pilot) < many:
            raise ActionError(
                f"pilot_then_decide: {many} variants need at least as many pilot regions; there "
                f"are {len(self.pilot)}"
            )
        self.variant_of = {region: at % many for at, region in enumerate(self.pilot)}
        return [RegionalPlay(self.pilot[variant::many]) for variant in range(many)]

    def _is_due(self, view: OperatorView) -> bool:
        months = self.settings.pilot_months + self.extended * self.settings.extend_months
        return self.seen_from is not None and view.month >= self.seen_from + months

    def _decide(self, view: OperatorView) -> list[Action]:
        s = self.settings
        policy = self.policy(view)
        pilot = [view.regions.index(region) for region in self.pilot]
        effect = float(policy.expected[pilot].mean())
        why = Why(note=f"pilot: {s.measure} {effect:+.2%}")
        said = decided(effect, s.go, s.stop, above=s.go >= s.stop)
        if said == "extend" and not self.extended and s.extend_months:
            self.extended = True
            return []
        self.decided = "go" if said == "go" else "stop"
        if self.decided == "stop":
            return [action for play in self.plays for action in play.undone(view, why)]
        before, self.variant_of = (
            self.variant_of,
            dict(zip(view.regions, policy.variant, strict=True)),
        )
        self.waiting = _waves(view, self.pilot, s.waves, s.wave_months)
        moved = tuple(r for r in self.pilot if before[r] != self.variant_of[r])
        for play in self.plays:
            play.open = tuple(region for region in play.open if region not in moved)
        return [*self._widened(moved), *self._next_wave(view)]

    def effect(self, view: OperatorView) -> float:
        """The pilot's effect on the measure, relative, by our own books until last month."""
        pilot = [view.regions.index(region) for region in self.pilot]
        return float(difference(self._changes(view), pilot))

    def policy(self, view: OperatorView) -> CityPolicy:
        """Which variant each region should have, by our own books until last month."""
        levels = _measured(view.own.by_region, "revenue_per_line")[-1]
        played = {view.regions.index(r): self.variant_of[r] for r in self.pilot}
        high = self.settings.go >= self.settings.stop
        return city_policy(self._changes(view), levels, played, len(self.options), high=high)

    def _changes(self, view: OperatorView) -> Floats:
        """How each region's measure moved from before the launch to the months that count."""
        first = self.seen_from if self.seen_from is not None else view.month
        table = _measured(view.own.by_region, self.settings.measure).T
        after = view.month - first
        before = max(1, table.shape[1] - after)
        kept = table[:, max(0, before - _BEFORE) :]
        counted = slice(max(0, after - self.settings.counted_months), after)
        return changes(kept, kept.shape[1] - after, counted)

    def _next_wave(self, view: OperatorView) -> list[Action]:
        due = [regions for month, regions in self.waiting if month <= view.month]
        self.waiting = [wave for wave in self.waiting if wave[0] > view.month]
        return [action for regions in due for action in self._widened(regions)]

    def _widened(self, regions: tuple[str, ...]) -> list[Action]:
        """Each region's variant is played there from now on."""
        return [
            action
            for variant, play in enumerate(self.plays)
            if any(self.variant_of[region] == variant for region in regions)
            for action in play.widened([r for r in regions if self.variant_of[r] == variant])
        ]


def _measured(books: RegionalRecords, measure: Measure) -> np.ndarray:
    """A figure of our own books, `[month, region]`, above zero."""
    lines = np.maximum(books.lines, 1.0)
    found = {
        "revenue_per_line": books.mobile_fen / lines,
        "churn": books.churned_lines / lines,
        "gross_adds": books.gross_adds,
        "lines": lines,
    }[measure]
    return np.maximum(found, 1e-9)


def _typical(view: OperatorView, count: int) -> tuple[str, ...]:
    """Regions nearest to the middle one's revenue per line; one is left to compare with."""
    books = view.own.by_region
    if not len(books.lines):  # nothing has been lived yet
        return view.regions[: min(count, len(view.regions) - 1)]
    level = _measured(books, "revenue_per_line")[-1]
    apart = np.abs(level - np.median(level))
    nearest = np.argsort(apart, kind="stable")[: min(count, len(level) - 1)]
    return tuple(view.regions[int(r)] for r in sorted(nearest))


def _waves(
    view: OperatorView, pilot: tuple[str, ...], waves: int, apart: int
) -> list[tuple[int, tuple[str, ...]]]:
    """Regions outside the pilot in steps, those with few own lines first."""
    lines = dict(zip(view.regions, view.own.lines_by_region, strict=True))
    rest = sorted((r for r in view.regions if r not in pilot), key=lambda r: (lines[r], r))
    parts = np.array_split(np.arange(len(rest)), waves)
    return [
        (view.month + step * apart, tuple(rest[int(place)] for place in part))
        for step, part in enumerate(parts)
        if len(part)
    ]
