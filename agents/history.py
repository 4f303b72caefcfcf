"""`form: history`: a market as it stood before an event, in the few figures that are published.

What is not particular to a country — behaviour, population, rules — stands in
`conf/history/base.yaml`. Behaviour is written in per cent of the market's mean revenue per line, so
that one set of figures, and one ensemble of them, serves every currency.
"""

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from agents.acceptance import AcceptanceSettings, Accepting, Newcomers
from agents.behaviour.settings import BehaviourSettings, BySegment, Chance
from agents.life_cycle import LifeCycleSettings
from agents.settings import (
    MarketSettings,
    Name,
    PopulationSettings,
    Positive,
    RegionSettings,
)
from sim.offers import Offer
from sim.schema import Settings, lists_to_tuples

MONEY = (
    "logit_scale_yuan", "quality_value_yuan", "brand_sd_yuan", "experience_value_yuan",
    "peer_value_yuan", "hassle_yuan", "plan_hassle_yuan", "broadband_move_yuan",
    "restraint_yuan_per_gb", "second_taste_yuan", "second_spread_yuan", "second_hassle_yuan",
)  # fmt: skip
"""Amounts of money in behaviour: per cent of mean revenue per line (restraint: and per mean GB)."""
_MONEY = (10.0, 1000.0)
"""Between which bounds the mean revenue per line is brought in the model."""
WHOLE = "whole"
"""The one region of a market that is not split."""


Money = Annotated[float, Field(ge=0, le=1e9)]
"""In the market's currency, whatever it is: rupiah and dinars alike (see `in_model_money`)."""


def _month(text: str) -> str:
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text) is None:
        raise ValueError(f"'{text}' is not a month; write it as \"2016-09\"")
    return text


Month = Annotated[str, AfterValidator(_month)]
"""A month, `YYYY-MM`."""


class Then(Settings):
    """A published figure at the market's start, and just before the event."""

    start: Annotated[float, Field(gt=0, le=1e9)]
    event: Annotated[float, Field(gt=0, le=1e9)]


def _both_times(given: object) -> object:
    """A figure that is given once holds at both times."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return {"start": given, "event": given}
    if given is None or isinstance(given, dict | Then):
        return given
    raise ValueError(f"{given!r}: must be a number, or {{start: number, event: number}}")


Figure = Annotated[Then, BeforeValidator(_both_times)]


class HistoryPlan(Settings):
    """What an operator sold before the event. Money in the market's currency, tax included."""

    price: Money
    allowance_gb: Annotated[float, Field(ge=0, le=100_000)]
    overage_per_gb: Money = 0.0
    contract_months: Annotated[int, Field(ge=0, le=60)] = 0
    exit_fee_per_month: Money = 0.0
    """Due for every contract month that is left."""
    second_line: bool = False
    """Whether people carry it as a second SIM."""
    worth: Annotated[float, Field(ge=-1e9, le=1e9)] = 0.0
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

    def times(self, factor: float) -> "HistoryPlan":
        """The same plan with its money in another unit."""
        names = ("price", "overage_per_gb", "exit_fee_per_month", "worth")
        return self.model_copy(update={name: getattr(self, name) * factor for name in names})


class HistoryOperator(Settings):
    """One operator before the event."""

    label: str = ""
    """As observations call it; none: its key."""
    entrant: bool = False
    """Enters with or after the event: no lines, no revenue, no plans yet."""
    lines_million: Figure | None = None
    arpu: Figure | None = None
    """Mobile revenue, net of tax, per line and month; none: not known, not fitted."""
    quality: Chance | None = None
    """Felt network quality; none: the market's `quality`."""
    coverage: Chance = 1.0
    """Share of people whom its network reaches at the start."""
    acceptance: Accepting | None = None
    """Share of people who would take a line of it at the start; none: everybody of an incumbent,
    the market's `newcomers.start` of an entrant."""
    advert_reach: Chance | None = None
    liking: Annotated[float, Field(ge=-200, le=200)] | None = None
    """For an entrant; none: the market's `entrant_liking`."""
    plans: dict[Name, HistoryPlan] = {}

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        told = [key for key in ("lines_million", "arpu", "plans") if getattr(self, key)]
        missing = [key for key in ("lines_million", "plans") if key not in told]
        if missing and not self.entrant:
            raise ValueError(f"{', '.join(missing)}: needed (only an entrant has none)")
        if self.entrant and told:
            raise ValueError(f"an entrant has no {', '.join(told)} before the event")
        return self

    def times(self, factor: float) -> "HistoryOperator":
        """The same operator with its money in another unit."""
        arpu = self.arpu
        if arpu is not None:
            arpu = Then(start=arpu.start * factor, event=arpu.event * factor)
        plans = {name: plan.times(factor) for name, plan in self.plans.items()}
        return self.model_copy(update={"arpu": arpu, "plans": plans})


class HistoryMarket(Settings):
    """The schema of a market file with `form: history`."""

    name: Name
    label: str = ""
    """None: its name."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    """Three letters, as figures of money name it: EUR, KRW."""
    start: Month
    """Month in which the simulation begins, some months before the event."""
    churn_monthly: Annotated[float, Field(gt=0, lt=0.5)]
    """Share of lines that left their operator in a month, before the event."""
    life_cycle: LifeCycleSettings = LifeCycleSettings()
    """How lines end that nobody ends by choosing another operator: a part of `churn_monthly`."""
    second_lines_share: Annotated[float, Field(ge=0, lt=0.9)]
    lines_growth_yearly: Annotated[float, Field(ge=-0.5, le=1)]
    """Growth of all lines before the event; it is taken to go on."""
    vat_rate: Chance
    usage_gb: Positive
    """Data a line would use in a month if it cost nothing, at the start (the wish)."""
    usage_growth_yearly: Annotated[float, Field(ge=-0.5, le=2)]
    quality: Chance
    advert_reach: Chance
    """Chance a month that an account notices an operator's everyday advertising."""
    newcomers: Newcomers = Newcomers()
    """Who would take a line of an operator without a record, and how that changes."""
    entrant_liking: Annotated[float, Field(ge=-200, le=200)]
    """How much an entrant is liked, beyond incumbents on average, in per cent of mean revenue."""
    regions: dict[str, RegionSettings] = {WHOLE: RegionSettings(people_share=1.0, income=1.0)}
    """None: the market is not split."""
    operators: dict[Name, HistoryOperator]
    population: PopulationSettings
    behaviour: BehaviourSettings
    """In per cent of mean revenue per line; traffic relative to `usage_gb`."""

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        return lists_to_tuples(data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self._there():
            raise ValueError("operators: all are entrants; at least one must have customers")
        if not any(operator.arpu for operator in self.operators.values()):
            raise ValueError("operators: arpu is needed of at least one of them")
        names: dict[str, str] = {}
        for key, operator in self.operators.items():
            for name in {key, operator.label.casefold() or key}:
                if names.setdefault(name, key) != key:
                    raise ValueError(
                        f"operators.{key}: '{name}' is already the name of {names[name]}"
                    )
        return self

    def labels(self) -> dict[str, str]:
        """Operators as observations call them."""
        return {name: operator.label or name for name, operator in self.operators.items()}

    def arpu_then(self) -> dict[str, Then]:
        """Revenue per line of operators that were there, at start and event.

        Where it is not known the mean of the others, by lines.
        """
        lines = self.lines_then()
        told = {name: o.arpu for name, o in self._there().items() if o.arpu is not None}
        mean = Then(
            start=sum(lines[n].start * told[n].start for n in told)
            / sum(lines[n].start for n in told),
            event=sum(lines[n].event * told[n].event for n in told)
            / sum(lines[n].event for n in told),
        )
        return {name: told.get(name, mean) for name in lines}

    def lines_then(self) -> dict[str, Then]:
        """Million lines of operators that were there, at start and event."""
        there = self._there().items()
        return {name: o.lines_million for name, o in there if o.lines_million is not None}

    def mean_arpu(self) -> float:
        """Mean revenue per line at the start: the unit of money in behaviour, times a hundred."""
        lines, arpu = self.lines_then(), self.arpu_then()
        whole = sum(t.start for t in lines.values())
        return sum(lines[name].start * arpu[name].start for name in lines) / whole

    def money_unit(self) -> float:
        """What money is multiplied by in the model: a power of ten, one for most currencies.

        The engine counts hundredths in whole numbers of limited size, so revenue per line must be
        neither some thousands (won, rupiah) nor a few units (dinars).
        """
        places = 0
        mean = self.mean_arpu()
        while mean * 10.0**places >= _MONEY[1]:
            places -= 1
        while mean * 10.0**places < _MONEY[0]:
            places += 1
        return 10.0**places

    def in_model_money(self) -> Self:
        """The same market with money times `money_unit`."""
        factor = self.money_unit()
        if factor == 1.0:
            return self
        scaled = {name: operator.times(factor) for name, operator in self.operators.items()}
        return self.model_copy(update={"operators": scaled})

    def market(self) -> MarketSettings:
        """The market in full, as it stood at the start; money times `money_unit`."""
        if self.money_unit() != 1.0:
            return self.in_model_money().market()
        return MarketSettings.model_validate(
            {
                "name": self.name,
                "label": self.label or self.name,
                "currency": self.currency,
                "start": self.start,
                "churn_monthly": self.churn_monthly,
                "life_cycle": self.life_cycle,
                "second_lines_share": self.second_lines_share,
                "usage_growth_yearly": self.usage_growth_yearly,
                "allowance_growth_yearly": 0.0,  # what operators did to allowances is a move
                "vat_rate": self.vat_rate,
                "discount_yearly": 0.0,
                "regions": self.regions,
                "population": self.population,
                "channels": {},
                "operators": {name: self._operator(name) for name in self.operators},
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

    def _operator(self, name: str) -> dict[str, Any]:
        operator = self.operators[name]
        quality = self.quality if operator.quality is None else operator.quality
        reach = self.advert_reach if operator.advert_reach is None else operator.advert_reach
        lines = 0.0 if operator.lines_million is None else operator.lines_million.start
        arpu = self.mean_arpu() if operator.entrant else self.arpu_then()[name].start
        return {
            "label": operator.label or name,
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
            "acceptance": self._acceptance(operator),
            "entrant_liking_yuan": self._liking(operator),
            "plans": {name: plan.offer() for name, plan in operator.plans.items()},
        }

    def _acceptance(self, operator: HistoryOperator) -> AcceptanceSettings:
        if not operator.entrant and operator.acceptance is None:
            return AcceptanceSettings()
        return self.newcomers.of(operator.acceptance)

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


def _times(value: float | BySegment, factor: float) -> Any:
    if isinstance(value, BySegment):
        return BySegment(**{name: v * factor for name, v in value})
    return value * factor


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
