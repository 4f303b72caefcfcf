"""Damage, horizons, costs and ranges of worlds, as `summary.json` holds them."""

from collections.abc import Mapping
from dataclasses import asdict

from experiments.analysis.costs import CostBreakdown
from experiments.analysis.damage import Damage
from experiments.analysis.horizons import Horizons
from experiments.analysis.moves import ObservedMove
from experiments.analysis.paired import Interval
from experiments.analysis.pilot.summary import PilotSummary
from experiments.analysis.plausibility import ReactionPlausibility
from experiments.analysis.ramp import Ramp
from experiments.analysis.regret import WorldRange

type Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can hold."""


def range_json(found: WorldRange | None) -> Plain:
    """The range of worlds: `p05`, `p95`, `worst`, `worst_world`, `worlds`."""
    return None if found is None else asdict(found)


def damage_json(damage: Damage | None) -> Plain:
    """What the attack costs; `None` if it was not measured."""
    if damage is None:
        return None
    bills: dict[str, Plain] = {
        name: {
            "npv_change_yuan": _intervals(bill.npv_change_yuan),
            "break_even_month": bill.break_even_month,
            "run_rate_yuan": _interval(bill.run_rate_yuan),
        }
        for name, bill in damage.bills.items()
    }
    return {
        "attack": bool(damage.attackers),
        "no_attack_npv_yuan": _interval(damage.no_attack_npv_yuan),
        "attack_npv_yuan": _interval(damage.attack_npv_yuan),
        "damage_yuan": _interval(damage.damage_yuan),
        "repaired_share": _intervals(damage.repaired_share),
        "attacker_npv_change_yuan": _interval(damage.attackers_npv_change_yuan),
        "attackers": bills,
    }


def horizons_json(horizons: Horizons | None) -> dict[str, Plain]:
    """By months and arm, worth over holding: `npv_yuan`, `terminal_yuan`, `total_yuan`."""
    if horizons is None:
        return {}
    return {
        str(months): {
            arm: {
                "npv_yuan": _interval(value.npv_yuan),
                "terminal_yuan": _interval(value.terminal_yuan),
                "total_yuan": _interval(value.total_yuan),
            }
            for arm, value in horizon.arms.items()
        }
        for months, horizon in horizons.at.items()
    }


def over_time_json(horizons: Horizons | None) -> Plain:
    """Rankings by months, what changes with them, break-even and run rate."""
    if horizons is None:
        return None
    return {
        "rankings": {str(months): [*h.ranking] for months, h in horizons.at.items()},
        "not_lived": [*horizons.not_lived],
        "changes": [
            {
                "months": change.months,
                "lifetime": change.lifetime,
                "leader": change.leader,
                "ahead_by": _interval(change.ahead_by),
            }
            for change in horizons.changes
        ],
        "break_even_month": dict(horizons.break_even_month),
        "run_rate_yuan": _intervals(horizons.run_rate_yuan),
    }


def costs_json(costs: Mapping[str, CostBreakdown]) -> dict[str, Plain]:
    """Where the money of each option goes."""
    return {
        arm: {
            "revenue_yuan": _interval(breakdown.revenue_yuan),
            **{f"{cost}_yuan": _interval(value) for cost, value in breakdown.costs_yuan.items()},
            "cost_yuan": _interval(breakdown.cost_yuan),
            "contribution_yuan": _interval(breakdown.contribution_yuan),
            "return_on_cost": _interval(breakdown.return_on_cost),
            "partners_earn_yuan": _interval(breakdown.partners_earn_yuan),
        }
        for arm, breakdown in costs.items()
    }


def refusals_json(moves: tuple[ObservedMove, ...]) -> list[Plain]:
    """What of the attack was refused, delayed or trimmed."""
    return [
        {
            "actor": move.actor,
            "action": move.action,
            "outcome": move.outcome,
            "first_month": move.first_month,
            "cause": move.cause,
            "ground": move.ground,
            "runs": move.runs,
            "of": move.runs_of_arm,
        }
        for move in moves
    ]


def plausibility_json(found: ReactionPlausibility | None) -> Plain:
    """Rivals' answers beside published ones; `None` if nobody attacked."""
    return None if found is None else asdict(found)


def _intervals(values: Mapping[str, Interval]) -> dict[str, Plain]:
    return {name: _interval(value) for name, value in values.items()}


def _interval(value: Interval) -> Plain:
    return asdict(value)


def pilot_json(plan: PilotSummary | None, ramp: Ramp | None) -> Plain:
    """The pilot's plan in short, and the effect on customers by month since launch."""
    customers: Plain = None
    if ramp is not None:
        customers = {
            "arm": ramp.arm,
            "launch_month": ramp.launch,
            "measure": ramp.primary,
            "tells_the_end": ramp.known_early,
            "effect_by_month": [_interval(month.effect) for month in ramp.months],
        }
    return {"plan": None if plan is None else plan.data(), "customers": customers}
