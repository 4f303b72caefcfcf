"""First a pilot in some regions, then go, extend or stop by what our own books show."""

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from agents.actions import Action
from agents.causes import Why
from agents.observation import OperatorView, RegionalRecords
from sim.errors import ActionError, QuestionError
from sim.names import check
from sim.schema import Settings
from strategies.regional import RegionalPlay
from strategies.regional_change import changes, decided, difference
from strategies.registry import read, strategy

Measure = Literal["revenue_per_line", "churn", "gross_adds", "lines"]
_BEFORE = 12
"""Most months ahead of the launch that are compared with."""


class PilotThenDecideSettings(Settings):
    """Parameters of `pilot_then_decide`."""

    option: dict[str, Any] = {"kind": "match_price"}
    """What is piloted: its `kind` and parameters."""
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
            self.option = read(settings.option)
        except QuestionError as error:
            raise QuestionError(f"pilot_then_decide, option: {error}") from None
        self.passive = bool(getattr(self.option, "passive", False))
        self.play: RegionalPlay | None = None
        self.pilot: tuple[str, ...] = ()
        self.seen_from: int | None = None
        """Month in which customers first see the pilot."""
        self.extended = False
        self.decided: Literal["", "go", "stop"] = ""
        self.waiting: list[tuple[int, tuple[str, ...]]] = []
        """Waves to come: month and regions."""

    def act(self, view: OperatorView) -> list[Action]:
        """The option's actions in the open regions, and what the pilot's rule adds."""
        if self.passive or self.decided == "stop":
            return []
        play = self.play = self.play or self._begin(view)
        done = play.limited(self.option.act(play.hidden(view)), view.regions)
        if self.seen_from is None and done:
            self.seen_from = view.month + view.lead_months
        if self.decided == "go":
            return [*done, *self._next_wave(view, play)]
        return [*done, *self._decide(view, play)] if self._is_due(view) else done

    def _begin(self, view: OperatorView) -> RegionalPlay:
        s = self.settings
        check("pilot_then_decide, regions", s.regions, view.regions)
        self.pilot = s.regions or _typical(view, s.count)
        if len(self.pilot) >= len(view.regions):
            raise ActionError(
                f"pilot_then_decide: {len(self.pilot)} of {len(view.regions)} regions are in the "
                "pilot; at least one must be left to compare with"
            )
        return RegionalPlay(self.pilot)

    def _is_due(self, view: OperatorView) -> bool:
        months = self.settings.pilot_months + self.extended * self.settings.extend_months
        return self.seen_from is not None and view.month >= self.seen_from + months

    def _decide(self, view: OperatorView, play: RegionalPlay) -> list[Action]:
        s, effect = self.settings, self.effect(view)
        why = Why(note=f"pilot: {s.measure} {effect:+.2%}")
        said = decided(effect, s.go, s.stop, above=s.go >= s.stop)
        if said == "extend" and not self.extended and s.extend_months:
            self.extended = True
            return []
        self.decided = "go" if said == "go" else "stop"
        if self.decided == "stop":
            return play.undone(view, why)
        self.waiting = _waves(view, self.pilot, s.waves, s.wave_months)
        return self._next_wave(view, play)

    def effect(self, view: OperatorView) -> float:
        """The pilot's effect on the measure, relative, by our own books until last month."""
        first = self.seen_from if self.seen_from is not None else view.month
        table = _measured(view.own.by_region, self.settings.measure).T
        after = view.month - first
        before = max(1, table.shape[1] - after)
        kept = table[:, max(0, before - _BEFORE) :]
        counted = slice(max(0, after - self.settings.counted_months), after)
        pilot = [view.regions.index(region) for region in self.pilot]
        return float(difference(changes(kept, kept.shape[1] - after, counted), pilot))

    def _next_wave(self, view: OperatorView, play: RegionalPlay) -> list[Action]:
        due = [regions for month, regions in self.waiting if month <= view.month]
        self.waiting = [wave for wave in self.waiting if wave[0] > view.month]
        return [action for regions in due for action in play.widened(regions)]


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
