"""A market as data: who is in it, what they offer, what is known and what is assumed about it.

The schema of `conf/market/*.yaml`. Names of operators, plans, regions, partners and channels are
the keys of their mappings. Values stand in the YAML, each with its source or the word `assumption`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self, cast

from pydantic import Field, model_validator

from agents.acceptance import AcceptanceSettings
from agents.behaviour.settings import Amount, BehaviourSettings, BySegment, Chance
from agents.channels import ChannelSettings
from agents.life_cycle import LifeCycleSettings
from agents.mechanisms.silence import SilenceSettings
from agents.outages import OutageSettings
from agents.scenes import ScenesSettings
from sim.errors import MarketError
from sim.offers import Offer
from sim.schema import Settings, lists_to_tuples
from sim.vocabulary import MAX_BENEFITS, MAX_OPERATORS, MAX_REGIONS

Positive = Annotated[float, Field(gt=0, le=1_000_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class RegionSettings(Settings):
    """One region: its weight in the country, and what makes it different."""

    people_share: Annotated[float, Field(gt=0, le=1)]
    """Share of the country's accounts that live there; all regions sum to 1."""
    income: Annotated[float, Field(gt=0.1, le=10)]
    """Income relative to the country's average; scales willingness to pay."""
    usage: Annotated[float, Field(gt=0.1, le=10)] = 1.0
    """Data traffic per line relative to the country's average."""
    people_per_km2: Annotated[float, Field(ge=0, le=1_000_000)] = 0.0
    """How dense it is: how far shops are. 0: not said."""


class PopulationSettings(Settings):
    """How accounts are made up."""

    experience: Chance
    price: Chance
    benefit: Chance
    household: Chance
    enterprise: Chance
    household_lines_min: Annotated[int, Field(ge=1, le=20)]
    household_lines_max: Annotated[int, Field(ge=1, le=20)]
    enterprise_lines_mean: Annotated[float, Field(ge=1, le=500)]
    enterprise_lines_max: Annotated[int, Field(ge=1, le=2000)]
    household_broadband: Chance
    """Share of households that have fixed broadband (from anybody)."""
    consent: Chance
    """Share of accounts that consented to personal targeting."""
    friends: Annotated[int, Field(ge=0, le=8)]
    """How many friends' moves an account notices."""
    acquaintances: Annotated[int, Field(ge=0, le=7)] = 0
    """How many others it meets in a month, anybody in the region, of whom it learns the same."""

    @model_validator(mode="after")
    def _shares(self) -> Self:
        total = self.experience + self.price + self.benefit + self.household + self.enterprise
        if abs(total - 1.0) > 1e-6:
            raise ValueError(
                f"account shares of the five segments sum to {total:.4f}, must sum to 1"
            )
        if self.household_lines_min > self.household_lines_max:
            raise ValueError("household_lines_min exceeds household_lines_max")
        return self


class CostSettings(Settings):
    """What it costs an operator to serve and to win customers."""

    line_yuan: Amount
    """Cost to serve one mobile line for a month."""
    gb_yuan: Amount
    """Marginal cost of one gigabyte."""
    broadband_yuan: Amount
    """Cost to serve one broadband line for a month."""
    commission_yuan: Amount
    """Paid to the channel for one gross addition (main line)."""
    commission_second_yuan: Amount
    """The same for a second SIM."""
    overhead_yuan_per_line: Amount
    """Fixed cost a month for each line held at the start; does not move with customers."""


class TargetSettings(Settings):
    """What is published about an operator, which calibration must reproduce."""

    lines_million: Annotated[float, Field(ge=0, le=1_000_000)]
    """0 only for an entrant, who has no customers yet."""
    arpu_yuan: Positive
    """Mobile service revenue, net of tax, per mobile line and month."""


class NetworkSettings(Settings):
    """An operator's network."""

    quality: dict[str, Chance]
    """Felt quality (0 to 1) by region, uncongested."""
    coverage: dict[str, Chance] = {}
    """Share of people who can use it at all, by region; where nothing is said, everybody."""
    utilisation: Annotated[float, Field(gt=0, lt=1)]
    """Busy-hour load over capacity in the starting month."""
    fault_rate: Chance
    """Chance that a subscriber suffers a fault in a month."""
    upgrade_months: Annotated[int, Field(ge=0, le=60)]
    """Lag between investing in capacity and having it."""
    capacity_yuan_per_gb: Amount
    """Investment for one gigabyte a month of additional busy-hour-weighted capacity."""


class CongestionSettings(Settings):
    """How felt quality falls as networks fill up (see `sim/network.py`)."""

    knee: Annotated[float, Field(ge=0, lt=1)]
    """Utilisation up to which nobody notices anything."""
    loss: Chance
    """Share of quality lost on a full network."""


NO_LINES: dict[str, Any] = {
    "target": {"lines_million": 0.0, "arpu_yuan": 1.0},
    "network": {
        "quality": {}, "utilisation": 0.5, "fault_rate": 0.0, "upgrade_months": 0,
        "capacity_yuan_per_gb": 0.0,
    },
    "costs": {
        "line_yuan": 0.0, "gb_yuan": 0.0, "broadband_yuan": 0.0, "commission_yuan": 0.0,
        "commission_second_yuan": 0.0, "overhead_yuan_per_line": 0.0,
    },
    "lead_months": 0, "monitor_lag_months": 0, "monitor_error": 0.0, "entrant": True, "plans": {},
}  # fmt: skip
"""What stands for everything about lines, in a platform that has none; no line ever reads it."""


class OperatorSettings(Settings):
    """One operator."""

    label: str
    label_zh: str = ""
    target: TargetSettings
    network: NetworkSettings
    costs: CostSettings
    broadband_yuan: Amount | None = None
    """Price of stand-alone broadband; none: it sells no broadband."""
    advert_reach: Chance = 0.0
    """Chance a month that an account notices its everyday advertising."""
    lead_months: Annotated[int, Field(ge=0, le=24)]
    """Months from deciding on a new offer to having it on sale."""
    monitor_lag_months: Annotated[int, Field(ge=0, le=24)]
    """Age of what it knows about its rivals."""
    monitor_error: Annotated[float, Field(ge=0, le=1)]
    """Relative standard error of its estimate of rivals' customer counts."""
    entrant: bool = False
    """Not in the market yet: no customers; what it sells comes with its launches."""
    entrant_liking_yuan: Annotated[float, Field(ge=-10_000, le=10_000)] = 0.0
    """How much an entrant is liked beyond incumbents on average; nothing can calibrate it."""
    acceptance: AcceptanceSettings = AcceptanceSettings()
    """Who would take its lines at all; nothing said: everybody."""
    platform: bool = False
    """An internet firm: no lines, network or plans; it sells add-ons to anybody's customers."""
    plans: dict[str, Offer]

    @model_validator(mode="before")
    @classmethod
    def _without_lines(cls, data: Any) -> Any:
        """What has to do with lines a platform need not say."""
        if isinstance(data, Mapping) and cast("Mapping[str, Any]", data).get("platform") is True:
            return {**NO_LINES, **cast("Mapping[str, Any]", data)}
        return data

    @model_validator(mode="after")
    def _sells(self) -> Self:
        if self.platform and not (
            self.entrant
            and not self.plans
            and self.advert_reach == 0
            and self.broadband_yuan is None
        ):
            raise ValueError(
                "platform = True: it has no lines, so 'entrant' must be true, and there can be no "
                "'plans', 'broadband_yuan' or 'advert_reach' (which tells of plans)"
            )
        if not self.plans and not self.entrant:
            raise ValueError("plans: must have at least one (only an entrant may begin with none)")
        if (self.target.lines_million == 0) != self.entrant:
            raise ValueError(
                f"target.lines_million = {self.target.lines_million:g}: must be 0 for an entrant, "
                "and above 0 for everybody else"
            )
        return self


class PartnerSettings(Settings):
    """A company whose service operators can include as a benefit; the benefit bears its name."""

    label: str
    label_zh: str = ""
    retail_yuan: Amount
    """What its service costs when bought directly, a month."""
    liking_yuan: BySegment
    """Mean willingness to pay for it."""
    wholesale_yuan: Amount
    """What it asks an operator for one beneficiary and month, at the start."""
    service_cost_yuan: Amount
    """Its own cost of serving one user for a month."""
    reach_value_yuan: Amount
    """What it earns on one user and month besides the fee: advertising, orders, commissions."""
    activity: Chance
    """Share of beneficiaries who really use it in a month."""
    setup_yuan: Annotated[float, Field(ge=0, le=1e12)]
    """One-off cost of connecting to one operator (whole market, not scaled)."""
    review_months: Annotated[int, Field(ge=1, le=36)]
    """How often it reviews its alliances."""
    exclusive_gain_yuan: Amount
    """What rivals' absence is worth to it per beneficiary: what it asks less for an exclusive."""


class RegulatorSettings(Settings):
    """Rules that the regulator applies to operators' actions."""

    below_cost_margin: Annotated[float, Field(ge=0, le=2)]
    """A price under this multiple of the cost to serve is rejected as below cost."""
    benefit_value_cap: Annotated[float, Field(ge=0, le=10)]
    """Retail value of benefits in an offer, as a share of its price, above which it is rejected."""
    review_months: Annotated[int, Field(ge=0, le=12)]
    """Delay that a review puts on an action that needs one."""
    review_price_drop: Chance
    """A price cut deeper than this share needs a review."""
    consent_required: bool
    """Whether personal targeting needs consent."""
    fine_yuan: Annotated[float, Field(ge=0, le=1e12)]
    """Fine for a rejected attempt at personal targeting without consent."""


Liking = Annotated[float, Field(ge=-1e8, le=1e8)]
"""An appeal that calibration found; the textbook's qualities, in its fine yuan, reach 1e7."""


class CalibrationSettings(Settings):
    """What calibration inferred; written by `counterplay experiment=calibrate`, not by hand."""

    appeal_yuan: dict[str, Liking] = {}
    """How much each operator is liked beyond what its offers show, in yuan a month.

    The ξ of Berry 1994.
    """
    price_slope: dict[str, Liking] = {}
    """Extra appeal of dearer plans, in yuan per 100 yuan of price, by operator."""
    birth_appeal_yuan: dict[str, Liking] = {}
    birth_price_slope: dict[str, Liking] = {}
    """The same two, as used for where accounts stand at the start."""
    region_appeal_yuan: dict[str, dict[str, Liking]] = {}
    """How much more an operator is liked in a region than on the whole; by operator and region."""
    birth_region_appeal_yuan: dict[str, dict[str, Liking]] = {}
    """The same, as used for where accounts stand at the start."""
    look_base: Chance | None = None
    attention: Annotated[float, Field(ge=0, le=100)] | None = None
    """How many times as often as `behaviour` says people look around, whatever makes them look."""
    second_taste_yuan: Liking | None = None
    birth_second_taste_yuan: Liking | None = None
    birth_response: tuple[tuple[float, ...], ...] = ()
    """How far each unknown must move for a unit of each residual.

    With it, another world or seed converges fast.
    """
    flow_response: tuple[tuple[float, ...], ...] = ()


class NameSettings(Settings):
    """What a plan, region or channel is called in reports."""

    label: str
    label_zh: str = ""


class MarketSettings(Settings):
    """A whole market as it stands before anybody moves."""

    name: Name
    label: str
    label_zh: str = ""
    names: dict[str, NameSettings] = {}
    """What plans, regions and channels are called in reports, by their key; none: the key."""
    currency: str = "CNY"
    start: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    """Calendar month that month 0 stands for."""
    churn_monthly: Annotated[float, Field(gt=0, lt=0.5)]
    """Share of mobile lines that leave their operator in a month with nobody moving."""
    life_cycle: LifeCycleSettings = LifeCycleSettings()
    """How lines end that nobody ends by choosing another operator: a part of `churn_monthly`."""
    silence: SilenceSettings = SilenceSettings()
    """How people stop using a line they pay for; nothing said: nobody does."""
    outages: OutageSettings = OutageSettings()
    """How often base stations fail; nothing said: never."""
    second_lines_share: Annotated[float, Field(ge=0, lt=0.9)]
    """Second SIMs as a share of all mobile lines; 0: the market has none."""
    usage_growth_yearly: Annotated[float, Field(ge=-0.5, le=2)]
    allowance_growth_yearly: Annotated[float, Field(ge=-0.5, le=2)]
    """How fast operators raise allowances at unchanged prices."""
    vat_rate: Chance
    discount_yearly: Annotated[float, Field(ge=0, le=1)]
    """Discount rate for present values."""
    regions: dict[str, RegionSettings]
    population: PopulationSettings
    channels: dict[str, ChannelSettings]
    operators: dict[str, OperatorSettings]
    partners: dict[str, PartnerSettings]
    regulator: RegulatorSettings
    congestion: CongestionSettings
    behaviour: BehaviourSettings
    scenes: ScenesSettings = ScenesSettings()
    """What people use data for; nothing said: there are no scenes."""
    calibration: CalibrationSettings = CalibrationSettings()

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        return lists_to_tuples(data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        total = sum(region.people_share for region in self.regions.values())
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"regions: people_share sums to {total:.4f}, must sum to 1")
        if not 1 <= len(self.regions) <= MAX_REGIONS:
            raise ValueError(f"regions: {len(self.regions)} given, allowed 1 to {MAX_REGIONS}")
        if len(self.partners) > MAX_BENEFITS:
            raise ValueError(f"partners: {len(self.partners)} given, at most {MAX_BENEFITS}")
        far = [name for name, region in self.regions.items() if region.people_per_km2 == 0.0]
        for name, channel in self.channels.items():
            if channel.radius_km > 0.0 and far:
                raise ValueError(
                    f"channels.{name}.radius_km = {channel.radius_km:g}: every region must say its "
                    f"people_per_km2; missing in: {', '.join(far)}"
                )
        self._check_operators()
        for name, operator in self.operators.items():
            missing = set(self.regions) ^ set(operator.network.quality)
            if missing and not operator.platform:
                raise ValueError(
                    f"operators.{name}.network.quality must name exactly the market's regions; "
                    f"differs in: {', '.join(sorted(missing))}"
                )
            self._check_plans(name, operator)
            if operator.broadband_yuan is None and any(
                o.broadband for o in operator.plans.values()
            ):
                raise ValueError(
                    f"operators.{name}.broadband_yuan is missing: it sells bundles with "
                    "broadband, and who leaves a bundle goes on with broadband alone"
                )
        return self

    def _check_operators(self) -> None:
        if not 2 <= len(self.operators) <= MAX_OPERATORS:
            raise ValueError(
                f"operators: {len(self.operators)} given, allowed 2 to {MAX_OPERATORS}"
            )
        platforms = [name for name, operator in self.operators.items() if operator.platform]
        if len(platforms) > 1:
            raise ValueError(
                f"operators: {', '.join(platforms)} are platforms; a market has at most one"
            )
        if all(operator.entrant for operator in self.operators.values()):
            raise ValueError("operators: all are entrants; at least one must have customers")
        for name, operator in self.operators.items():
            for region in operator.network.coverage.keys() - self.regions.keys():
                raise ValueError(
                    f"operators.{name}.network.coverage: '{region}' does not exist; allowed: "
                    f"{', '.join(self.regions)}"
                )

    def _check_plans(self, name: str, operator: OperatorSettings) -> None:
        for plan, offer in operator.plans.items():
            for kind, used, known in (
                ("benefits", offer.benefits, self.partners),
                ("regions", offer.regions, self.regions),
                ("customers_of", offer.customers_of, self.operators),
            ):
                for word in used:
                    if word not in known:
                        raise ValueError(
                            f"operators.{name}.plans.{plan}.{kind}: '{word}' does not exist; "
                            f"allowed: {', '.join(known)}"
                        )


def offer_name(operator: str, plan: str) -> str:
    """An offer's name in the book."""
    return f"{operator}/{plan}"


__all__ = ["MarketError", "MarketSettings", "offer_name"]
