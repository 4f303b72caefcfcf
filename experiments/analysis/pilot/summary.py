"""A plan in short: the facts that memo, slides and `summary.json` tell of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from pydantic import TypeAdapter, ValidationError

from experiments.analysis.pilot.plan import Plan, Reason
from experiments.analysis.pilot.search import Rated


@dataclass(frozen=True)
class PilotSummary:
    """A pilot that is worth holding, or why none is.

    Where none is, figures are those of the design that comes nearest, and no regions are named.
    """

    option: str
    reason: Reason | Literal["few", "nothing"]
    """As in a plan; `few`: too few worlds; `nothing`: the option did nothing that is seen."""
    regions: tuple[str, ...] = ()
    months: int = 0
    measure: str = ""
    customers: int = 0
    """In each of two groups drawn in the regions; 0: whole regions are compared."""
    power: float = 0.0
    false_positive_rate: float = 0.0
    probability_right: float = 0.0
    cost_yuan: float = 0.0
    value_yuan: float = 0.0
    go: float | None = None
    """Relative effect from which on it is rolled out; `None`: no estimate changes the decision."""
    above: bool = True
    """Whether larger estimates speak for going on."""
    goes_now: bool = False
    """Whether, decided now, the option is launched everywhere."""
    region_count: int = 0
    """Of the market."""
    launch: int = 0
    """Months from the decision until customers see it."""
    horizon: int = 0
    """Months studied."""
    longest: int = 0
    """Months of the longest pilot that was tried."""

    @property
    def feasible(self) -> bool:
        """Whether a pilot is worth holding."""
        return self.reason == "pilot"

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Of a whole plan."""
        effects, best = plan.effects, plan.best
        seen = {} if best is None else _of_best(plan, best)
        return cls(
            option=effects.arm,
            reason=plan.reason,
            region_count=len(effects.regions),
            launch=effects.launch,
            horizon=effects.horizon,
            longest=plan.longest,
            **seen,
        )

    @classmethod
    def read(cls, data: Any) -> Self:
        """From what `data` wrote. Raises `ValueError` if it is none."""
        try:
            return TypeAdapter(cls).validate_python(data)
        except ValidationError as error:
            raise ValueError(f"no plan in short ({error.error_count()} errors)") from None

    def data(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"regions": list(self.regions)}


def _of_best(plan: Plan, best: Rated) -> Mapping[str, Any]:
    verdict, pilot = best.verdict, best.design.regions.pilot
    rule = verdict.go
    side = verdict.within if rule.above else -verdict.within
    decides = abs(rule.break_even) != float("inf")
    return {
        "regions": tuple(plan.effects.regions[r] for r in pilot) if plan.feasible else (),
        "months": best.design.months,
        "measure": best.design.measure,
        "customers": best.design.customers,
        "power": best.power,
        "false_positive_rate": best.false_positive_rate,
        "probability_right": verdict.probability_right,
        "cost_yuan": verdict.cost_yuan,
        "value_yuan": plan.value_yuan,
        "go": rule.break_even + side if decides else None,
        "above": rule.above,
        "goes_now": verdict.goes_now,
    }
