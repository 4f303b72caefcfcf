"""What is planted in a recovery, and which column of the export tells it.

Each case is a market in which the estimator's model is true, so that its intervals must cover:

* `tastes`: everybody alike, state dependence and all. What people were used to and where they were
  stands in the table, so this is a plain conditional logit (McFadden 1974).
* `likings`: people differ for good in how they like an operator (normal).
* `price_sensitivity`: people differ in how much a yuan weighs (lognormal).
* `hassle`: people differ in what changing operator costs them (lognormal).
* `likings_ignored` is the control: the choices of `likings`, estimated as if people were alike. Who
  stays because of a liking must then seem to stay because of hassle (Heckman's spurious state
  dependence), so here the intervals have to miss.

In the mixed cases likings would tell where people stand at the start (the initial conditions
problem, Heckman 1981). It cannot arise here: in `likings` and `price_sensitivity` nothing of the
past enters a choice, and in `hassle` the past begins with a first plan that hassle had no part in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.settings import MarketSettings
from sim.errors import QuestionError

Vector = NDArray[np.float64]
SEGMENT = "price"
"""The one segment of a market that recoveries can be made on."""


@dataclass(frozen=True)
class Term:
    """One taste: what it is called, what was planted, and the column it multiplies."""

    name: str
    unit: str
    planted: Callable[[MarketSettings], float]
    column: Callable[[pd.DataFrame, MarketSettings], Any]


@dataclass(frozen=True)
class RecoveryCase:
    """One recovery. `random` says which term differs between people, and how."""

    name: str
    changes: dict[str, float]
    terms: tuple[str, ...]
    random: dict[str, str] = field(default_factory=dict[str, str])
    """Term → `n` (normal) or `ln` (lognormal)."""
    spread: str = ""
    """The behaviour parameter that plants the spread."""
    wrong_model: bool = False
    """Whether the estimator is made to believe what is not so: its intervals must miss."""


def _taste(name: str) -> Callable[[MarketSettings], float]:
    def planted(settings: MarketSettings) -> float:
        value = getattr(settings.behaviour, name)
        return float(getattr(value, SEGMENT, value))

    return planted


def _appeal(settings: MarketSettings) -> float:
    """How much more the last operator is liked than the first."""
    first, *_, last = settings.operators
    level = settings.calibration.appeal_yuan
    return level.get(last, 0.0) - level.get(first, 0.0)


def _other_plan(table: pd.DataFrame, _: MarketSettings) -> Any:
    return -((table["is_current_operator"] == 1) & (table["is_current_plan"] == 0)).astype(float)


def _experience(table: pd.DataFrame, settings: MarketSettings) -> Any:
    gap = table["satisfaction"] - settings.behaviour.usual_satisfaction
    return gap * table["is_current_operator"]


TERMS = {
    term.name: term
    for term in (
        Term("logit_scale_yuan", "yuan/month", _taste("logit_scale_yuan"),
             lambda t, _: -(t["price_yuan"] + t["overage_yuan"])),
        Term("quality_value_yuan", "yuan/month", _taste("quality_value_yuan"),
             lambda t, _: t["quality"]),
        Term("appeal_yuan", "yuan/month", _appeal,
             lambda t, s: (t["operator"] == list(s.operators)[-1]).astype(float)),
        Term("hassle_yuan", "yuan/month", _taste("hassle_yuan"),
             lambda t, _: t["is_current_operator"] - 1.0),
        Term("plan_hassle_yuan", "yuan/month", _taste("plan_hassle_yuan"), _other_plan),
        Term("loss_aversion", "-", _taste("loss_aversion"),
             lambda t, _: -t["above_reference_yuan"]),
        Term("peer_value_yuan", "yuan/month", _taste("peer_value_yuan"),
             lambda t, _: t["friends_share"]),
        Term("restraint_yuan_per_gb", "yuan/GB", _taste("restraint_yuan_per_gb"),
             lambda t, _: -t["given_up_gb"]),
        Term("experience_value_yuan", "yuan/month", _taste("experience_value_yuan"), _experience),
    )
}  # fmt: skip
"""The first, money, comes first in every case: the others are weighed against it."""
MONEY = "logit_scale_yuan"

_NO_PAST: dict[str, float] = {
    "hassle_yuan": 0.0,
    "plan_hassle_yuan": 0.0,
    "loss_aversion": 0.0,
    "experience_value_yuan": 0.0,
    "peer_value_yuan": 0.0,
}
_LASTING = (MONEY, "quality_value_yuan", "appeal_yuan", "restraint_yuan_per_gb")
CASES = {
    case.name: case
    for case in (
        RecoveryCase("tastes", {}, tuple(TERMS)),
        RecoveryCase(
            "likings",
            {**_NO_PAST, "brand_sd_yuan": 9.0},
            _LASTING,
            {"appeal_yuan": "n"},
            "brand_sd_yuan",
        ),
        RecoveryCase(
            "price_sensitivity",
            {**_NO_PAST, "price_spread": 0.5, "quality_value_yuan": 0.0, "restraint": 0.0},
            (MONEY,),
            {MONEY: "ln"},
            "price_spread",
        ),
        RecoveryCase(
            "hassle",
            {**_NO_PAST, "hassle_yuan": 15.0, "hassle_spread": 0.7},
            (*_LASTING, "hassle_yuan"),
            {"hassle_yuan": "ln"},
            "hassle_spread",
        ),
        RecoveryCase(
            "likings_ignored",
            {**_NO_PAST, "brand_sd_yuan": 9.0},
            (*_LASTING, "hassle_yuan"),
            wrong_model=True,
        ),
    )
}


def market_for(case: RecoveryCase, settings: MarketSettings) -> MarketSettings:
    """The market with what a case plants in place of what stands there."""
    behaviour = settings.behaviour
    changes: dict[str, Any] = {}
    for name, value in case.changes.items():
        old = getattr(behaviour, name)
        by_segment = hasattr(old, SEGMENT)
        changes[name] = old.model_copy(update={SEGMENT: value}) if by_segment else value
    planted: dict[str, Any] = {"behaviour": behaviour.model_copy(update=changes)}
    if case.terms == (MONEY,):
        planted["calibration"] = settings.calibration.model_copy(update={"appeal_yuan": {}})
    return settings.model_copy(update=planted)


def check_market(settings: MarketSettings) -> None:
    """Raise `QuestionError` for a market in which people differ in more than a case plants."""
    b = settings.behaviour
    spreads = ("price_spread", "quality_spread", "hassle_spread")
    reasons = [
        (getattr(settings.population, SEGMENT) != 1, f"population.{SEGMENT} must be 1"),
        (len(settings.operators) != 2, "there must be two operators"),
        (settings.second_lines_share > 0, "second_lines_share must be 0"),
        (any(r.income != 1 for r in settings.regions.values()), "income must be 1 everywhere"),
        (b.look_base < 1 or b.transparency < 1, "look_base and transparency must be 1"),
        (any(getattr(b, name) > 0 for name in spreads), f"{', '.join(spreads)} must be 0"),
        (getattr(b.brand_sd_yuan, SEGMENT) > 0, f"brand_sd_yuan.{SEGMENT} must be 0"),
        (bool(settings.calibration.price_slope), "price_slope must be empty"),
    ]
    wrong = [f"behaviour of market '{settings.name}': {text}" for bad, text in reasons if bad]
    if wrong:
        raise QuestionError(
            f"{wrong[0]}, or the estimator's model is not the market's; market=laboratory is made "
            "for recoveries"
        )
