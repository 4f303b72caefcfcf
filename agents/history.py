"""`form: history`: a market as it stood before an event, in the few figures that are published.

What is not particular to a country — behaviour, population, rules — stands in
`conf/history/base.yaml`. Behaviour is written in per cent of the market's mean revenue per line, so
that one set of figures, and one ensemble of them, serves every currency.
"""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from agents.behaviour.settings import BehaviourSettings, BySegment, Chance
from agents.settings import (
    MarketSettings,
    Name,
    PopulationSettings,
    Positive,
    RegionSettings,
)
from sim.offers import Offer, Yuan
from sim.schema import Settings

MONEY = (
    "logit_scale_yuan", "quality_value_yuan", "brand_sd_yuan", "experience_value_yuan",
    "peer_value_yuan", "hassle_yuan", "plan_hassle_yuan", "broadband_move_yuan",
    "restraint_yuan_per_gb", "second_taste_yuan", "second_spread_yuan", "second_hassle_yuan",
)  # fmt: skip
"""Amounts of money in behaviour: per cent of mean revenue per line (restraint: and per mean GB)."""
WHOLE = "whole"
"""The one region of a market that is not split."""


class Then(Settings):
    """A published figure a year (or `before` months) before the event, and just before it."""

    start: Positive
    event: Positive


class HistoryPlan(Settings):
    """What an operator sold before the event. Money in the market's currency, tax included."""

    price: Yuan
    allowance_gb: Annotated[float, Field(ge=0, le=100_000)]
    overage_per_gb: Yuan = 0.0
    contract_months: Annotated[int, Field(ge=0, le=60)] = 0
    exit_fee_per_month: Yuan = 0.0
    """Due for every contract month that is left."""
    second_line: bool = False
    """Whether people carry it as a second SIM."""
    worth: Annotated[float, Field(ge=-1000, le=1000)] = 0.0
    """What else it includes (a subsidised phone, calls), a month, against the operator's others."""
    regions: tuple[str, ...] = ()

    def offer(self) -> Offer:
        """The plan as it stands in an operator's catalogue."""
        return Offer(
            price_yuan=self.price,
            allowance_gb=self.allowance_gb,
            overage_yuan_per_gb=self.overage_per_gb,
            contract_months=self.contract_months,
            exit_fee_yuan_per_month=self.exit_fee_per_month,
            second_line=self.second_line,
            brand_distance_yuan=-self.worth,
            regions=self.regions,
        )


class HistoryOperator(Settings):
    """One operator before the event."""

    label: str
    """As observations call it."""
    entrant: bool = False
    """Enters with or after the event: no lines, no revenue, no plans yet."""
    lines_million: Positive | Then | None = None
    arpu: Positive | Then | None = None
    """Mobile revenue, net of tax, per line and month."""
    quality: Chance | None = None
    """Felt network quality; none: the market's `quality`."""
    coverage: Chance = 1.0
    """Share of people who can use it at the start."""
    advert_reach: Chance | None = None
    liking: Annotated[float, Field(ge=-200, le=200)] | None = None
    """For an entrant; none: the market's `entrant_liking`."""
    plans: dict[str, HistoryPlan] = {}

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        missing = [
            key for key in ("lines_million", "arpu", "plans") if getattr(self, key) in (None, {})
        ]
        if missing and not self.entrant:
            raise ValueError(f"{', '.join(missing)}: needed (only an entrant has none)")
        if self.entrant and len(missing) < 3:
            raise ValueError("an entrant has no lines_million, arpu or plans before the event")
        return self


class HistoryMarket(Settings):
    """The schema of a market file with `form: history`."""

    name: Name
    label: str
    currency: str
    start: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    """Month in which the simulation begins, some months before the event."""
    people_million: Positive
    churn_monthly: Annotated[float, Field(gt=0, lt=0.5)]
    """Share of lines that left their operator in a month, before the event."""
    second_lines_share: Annotated[float, Field(ge=0, lt=0.9)]
    lines_growth_yearly: Annotated[float, Field(ge=-0.5, le=1)]
    """Growth of all lines before the event; it is taken to go on."""
    vat_rate: Chance
    usage_gb: Positive
    """Data a line would use in a month if it cost nothing, at the start (the wish)."""
    usage_growth_yearly: Annotated[float, Field(ge=-0.5, le=5)]
    quality: Chance
    advert_reach: Chance
    """Chance a month that an account notices an operator's everyday advertising."""
    entrant_liking: Annotated[float, Field(ge=-200, le=200)]
    """How much an entrant is liked, beyond incumbents on average, in per cent of mean revenue."""
    regions: dict[str, RegionSettings] = {WHOLE: RegionSettings(people_share=1.0, income=1.0)}
    """None: the market is not split."""
    operators: dict[str, HistoryOperator]
    population: PopulationSettings
    behaviour: BehaviourSettings
    """In per cent of mean revenue per line; traffic relative to `usage_gb`."""

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        return _lists_to_tuples(data)

    def arpu_then(self) -> dict[str, Then]:
        """Revenue per line of operators that were there, at start and event."""
        return {name: then(o.arpu) for name, o in self._there().items() if o.arpu is not None}

    def lines_then(self) -> dict[str, Then]:
        """Million lines of operators that were there, at start and event."""
        return {
            name: then(o.lines_million)
            for name, o in self._there().items()
            if o.lines_million is not None
        }

    def mean_arpu(self) -> float:
        """Mean revenue per line at the start: the unit of money in behaviour, times a hundred."""
        lines, arpu = self.lines_then(), self.arpu_then()
        whole = sum(t.start for t in lines.values())
        return sum(lines[name].start * arpu[name].start for name in lines) / whole

    def market(self) -> MarketSettings:
        """The market in full, as it stood at the start."""
        return MarketSettings.model_validate(
            {
                "name": self.name,
                "label": self.label,
                "currency": self.currency,
                "start": self.start,
                "people_million": self.people_million,
                "churn_monthly": self.churn_monthly,
                "second_lines_share": self.second_lines_share,
                "usage_growth_yearly": self.usage_growth_yearly,
                "allowance_growth_yearly": 0.0,  # what operators did to allowances is a move
                "vat_rate": self.vat_rate,
                "discount_yearly": 0.0,
                "regions": self.regions,
                "population": self.population,
                "channels": {},
                "operators": {name: self._operator(o) for name, o in self.operators.items()},
                "partners": {},
                "regulator": _NO_RULES,
                "congestion": {
                    "knee": 0.9,
                    "loss": 0.0,
                },  # capacity is not public: quality is a move
                "behaviour": self._behaviour(),
            }
        )

    def _there(self) -> dict[str, HistoryOperator]:
        return {name: o for name, o in self.operators.items() if not o.entrant}

    def _operator(self, operator: HistoryOperator) -> dict[str, Any]:
        quality = self.quality if operator.quality is None else operator.quality
        reach = self.advert_reach if operator.advert_reach is None else operator.advert_reach
        lines = 0.0 if operator.lines_million is None else then(operator.lines_million).start
        arpu = self.mean_arpu() if operator.arpu is None else then(operator.arpu).start
        return {
            "label": operator.label,
            "target": {"lines_million": lines, "arpu_yuan": arpu},
            "network": {
                "quality": dict.fromkeys(self.regions, quality),
                "coverage": dict.fromkeys(self.regions, operator.coverage),
                "utilisation": 0.5,
                "fault_rate": 0.03,
                "upgrade_months": 0,
                "capacity_yuan_per_gb": 0.0,
            },
            "costs": _NO_COSTS,
            "advert_reach": 0.0 if operator.entrant else reach,
            "lead_months": 0,
            "monitor_lag_months": 0,
            "monitor_error": 0.0,
            "entrant": operator.entrant,
            "entrant_liking_yuan": self._liking(operator),
            "plans": {name: plan.offer() for name, plan in operator.plans.items()},
        }

    def _liking(self, operator: HistoryOperator) -> float:
        if not operator.entrant:
            return 0.0
        liking = self.entrant_liking if operator.liking is None else operator.liking
        return liking / 100.0 * self.mean_arpu()

    def _behaviour(self) -> BehaviourSettings:
        unit = self.mean_arpu() / 100.0
        changes: dict[str, Any] = {
            name: _times(getattr(self.behaviour, name), unit) for name in MONEY
        }
        changes["restraint_yuan_per_gb"] /= self.usage_gb
        changes["usage_gb"] = _times(self.behaviour.usage_gb, self.usage_gb)
        return BehaviourSettings.model_validate(
            {name: getattr(self.behaviour, name) for name in BehaviourSettings.model_fields}
            | changes
        )


def then(figure: float | Then) -> Then:
    """A figure that is given once holds at both times."""
    return figure if isinstance(figure, Then) else Then(start=figure, event=figure)


def _times(value: float | BySegment, factor: float) -> Any:
    if isinstance(value, BySegment):
        return BySegment(**{name: v * factor for name, v in value})
    return value * factor


def _lists_to_tuples(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _lists_to_tuples(value) for key, value in data.items()}
    if isinstance(data, list):
        return tuple(_lists_to_tuples(value) for value in data)
    return data


# Operators play scripts here: what things cost them, and what the regulator would say, decides
# nothing that is predicted.
_NO_COSTS = dict.fromkeys(
    (
        "line_yuan", "gb_yuan", "broadband_yuan", "commission_yuan", "commission_second_yuan",
        "overhead_yuan_per_line",
    ),
    0.0,
)  # fmt: skip
_NO_RULES = {
    "below_cost_margin": 0.0,
    "benefit_value_cap": 10.0,
    "review_months": 0,
    "review_price_drop": 1.0,
    "consent_required": False,
    "fine_yuan": 0.0,
}
