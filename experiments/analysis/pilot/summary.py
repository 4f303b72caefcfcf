"""A stored plan in short: what the memo says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class PilotSummary:
    """The facts of `plan.json` that a sentence or two can hold."""

    option: str
    feasible: bool
    regions: tuple[str, ...]
    months: int
    measure: str
    power: float
    probability_right: float
    cost_yuan: float
    value_yuan: float
    go: float
    """Relative effect from which on it is rolled out."""
    above: bool

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """From the keys of `plan.json`. Raises `LookupError`, `TypeError` or `ValueError`."""
        feasible = data["verdict"] == "pilot"
        lines = data["thresholds"] if feasible else {"go": 0.0, "go_if": "at least"}
        return cls(
            option=str(data["option"]),
            feasible=feasible,
            regions=tuple(map(str, data["regions"])),
            months=int(data["months"] or 0),
            measure=str(data["measure"] or ""),
            power=float(data["power"] or 0.0),
            probability_right=float(data["probability_right"] or 0.0),
            cost_yuan=float(data["cost_yuan"] or 0.0),
            value_yuan=float(data["value_yuan"] or 0.0),
            go=float(lines["go"]),
            above=lines["go_if"] == "at least",
        )
