"""Mechanisms that operators have switched on, and on what terms."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from agents.liabilities import Liability
from agents.mechanisms.addon_settings import AddonSettings, arranged
from agents.mechanisms.mechanism import Mechanism
from agents.mechanisms.registry import MECHANISMS, OPTIONAL, measured, mechanism, terms_of
from agents.mechanisms.scene_counts import SCENE_COUNTS
from agents.mechanisms.silence import SILENCE
from agents.scenes import NO_SCENES
from agents.settings import MarketSettings
from agents.tallies import Counters
from sim.errors import ActionError
from sim.ledger import Flow
from sim.names import unknown
from sim.records import fill
from sim.schema import Settings


class ProgrammeBook:
    """Who runs which optional mechanism on what terms.

    A mechanism that was once switched on stays on: what customers hold of it is still theirs to
    lose, though on empty terms it is worth nothing.
    """

    def __init__(self, settings: MarketSettings) -> None:
        self.running: dict[tuple[int, str], Settings] = {}
        self.catalogues: dict[int, AddonSettings] = {}
        """Add-ons that operators sell or once sold, each in its place."""
        self.given: dict[str, Settings] = {}
        """Mechanisms that the market itself has, on the same terms for everybody's customers."""
        if settings.silence.falls_monthly > 0.0:
            self.given[SILENCE.name] = settings.silence
        self.has_scenes = settings.scenes.enabled
        self.on: set[str] = set(self.given)
        if self.has_scenes:
            self.on.add(SCENE_COUNTS.name)
        self.liabilities: dict[tuple[int, str], Liability] = {}
        """What operators owe customers by their programmes, by operator and mechanism."""

    def start(self, operator: int, name: str, settings: Settings) -> None:
        """Switch a mechanism on for an operator, or change its terms.

        Raises:
            ActionError: no mechanism of that name can be switched on, the terms are another's,
                they speak of scenes in a market that has none, or there are too many products.
        """
        allowed = {m.name: m.settings for m in MECHANISMS if m.settings is not None}
        if name not in allowed:
            raise unknown("mechanism", name, allowed, "cannot be switched on")
        wanted = allowed[name]
        if not isinstance(settings, wanted):
            raise ActionError(
                f"mechanism '{name}': terms are {type(settings).__name__}, must be "
                f"{wanted.__name__}"
            )
        needs_scenes = mechanism(name).needs_scenes
        if needs_scenes is not None and needs_scenes(settings) and not self.has_scenes:
            raise ActionError(f"mechanism '{name}': {NO_SCENES}")
        if isinstance(settings, AddonSettings):
            settings = arranged(self.catalogues.get(operator), settings)
            self.catalogues[operator] = settings
        self.running[operator, name] = settings
        self.on.add(name)

    def stop(self, operator: int, name: str) -> bool:
        """End a programme; False if the operator ran none of that name."""
        return self.running.pop((operator, name), None) is not None

    def names(self, operator: int) -> tuple[str, ...]:
        """Mechanisms that an operator runs."""
        return tuple(name for who, name in self.running if who == operator)

    def mask(self) -> int:
        """`Surroundings.mechanisms`: the bits of all that are on."""
        return sum(1 << OPTIONAL[name] for name in self.on)

    def terms(self, n_operators: int) -> Any:
        """Terms of all mechanisms by name, a record an operator (`MarketTables.terms`)."""
        records: dict[str, Any] = {}
        for name in self.on:
            kind = mechanism(name)
            if kind.terms is None or kind.compiled is None:
                continue
            rows: Any = fill(kind.terms, (n_operators,), {})
            for field, value in self._given(kind):
                rows[field] = value
            for (operator, running), settings in self.running.items():
                if running == name:
                    for field, value in kind.compiled(settings).items():
                        rows[field][operator] = value
            records[name] = rows
        return terms_of(records)

    def _given(self, kind: Mechanism) -> Iterable[tuple[str, Any]]:
        """Terms that the market gives, by field."""
        if kind.name not in self.given or kind.compiled is None:
            return ()
        return kind.compiled(self.given[kind.name]).items()

    def flows(self, operator: int, counters: Counters) -> list[tuple[str, Flow, int]]:
        """Payments of one operator for this month, by its programmes: payee, purpose, fen."""
        return self._payments(operator, counters, "flows")

    def receipts(self, operator: int, counters: Counters) -> list[tuple[str, Flow, int]]:
        """Payments to one operator beside the bills, by its programmes: payer, purpose, fen."""
        return self._payments(operator, counters, "receipts")

    def _payments(
        self, operator: int, counters: Counters, which: Literal["flows", "receipts"]
    ) -> list[tuple[str, Flow, int]]:
        found: list[tuple[str, Flow, int]] = []
        for name in self.names(operator):
            asked = getattr(mechanism(name), which)
            if asked is not None:
                found += asked(sums_of(counters, operator, name), self.running[operator, name])
        return found

    def close_liabilities(self, operator: int, counters: Counters, churn: float) -> None:
        """Note what an operator owes at the end of the month; `churn` is its own this month.

        A programme that was ended owes nothing: what was collected is worth nothing any more.
        """
        for name in sorted(self.on):
            kind = mechanism(name)
            if kind.owes is None or kind.settings is None:
                continue
            key = operator, name
            sums = sums_of(counters, operator, name)
            if key in self.running:
                owed = kind.owes(sums, self.running[key])
                self.liabilities.setdefault(key, Liability()).close(owed, churn)
            elif key in self.liabilities:
                self.liabilities[key].end(kind.owes(sums, kind.settings()))


def sums_of(counters: Counters, operator: int, name: str) -> dict[str, int]:
    """An operator's measures of a mechanism this month, by name, simulated units."""
    held = counters.held[operator].sum(axis=(0, 1)) if counters.held.size else None
    places = measured(name)
    return {k: 0 if held is None else int(np.int64(held[place])) for k, place in places.items()}
