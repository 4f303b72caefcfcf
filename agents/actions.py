"""What an operator can do: typed actions, all made of four mechanisms.

The mechanisms are offers, campaigns, alliances and investment (docs/decisions/0004). Strategies
return actions; the regulator and partners answer; the market carries them out.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from agents.causes import OWN, Why
from sim.offers import Offer
from sim.schema import Settings

NO_LIMIT_YUAN = 1e13
"""A budget that nothing exhausts."""
Comparison = Literal["<", "<=", ">", ">=", "==", "!="]


class Condition(Settings):
    """One comparison on something an operator can observe: see `agents/prediction/crm.py`."""

    field: str
    is_: Annotated[Comparison, Field(alias="is")]
    value: float


class Who(Settings):
    """A rule over observables: whom a campaign is for."""

    conditions: tuple[Condition, ...] = ()
    """All must hold."""
    rank_by: str = ""
    """Observable by which to rank, highest first; empty: no ranking.

    Or what the campaign's predictor says: `churn_risk`, the chance to leave, or `response`, by how
    much a contact lowers it; or `usage_forecast`, this month's use over the allowance.
    """
    top_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of those who fit, from the top of the ranking, that is contacted each month."""
    customers: Literal["own", "former"] = "own"
    """Own customers, or people who left for somebody else (win-back)."""


class Treatment(Settings):
    """What a customer gets; amounts are per line and month, for `months`."""

    discount_yuan: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    discount_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Discount as a share of the operator's average bill per line; adds to `discount_yuan`."""
    months: Annotated[int, Field(ge=0, le=60)] = 0
    benefits: tuple[str, ...] = ()
    gb: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    pack_yuan: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """Price of what is granted."""
    contract_months: Annotated[int, Field(ge=0, le=60)] = 0
    """Commitment asked in return."""
    invite_to: str = ""
    """Name of an offer (`operator/plan`) that the customer is invited to.

    Empty: to stay on the present one.
    """
    care: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How far an expert's call lifts satisfaction towards full."""
    credit_yuan: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    """One-off compensation per line."""
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "promise"
    """Promises of different kinds run side by side on a customer; a new one ends its own kind."""


class Campaign(Settings):
    """Who gets what, when, through which channel, at what budget, with whose consent."""

    name: str
    who: Who = Who()
    what: Treatment = Treatment()
    when: Literal["monthly", "notice", "running_low", "fault_expected", "silent"] = "monthly"
    """`monthly`: to a list drawn up each month.

    `notice`: to customers who are about to leave (save desk).

    `running_low`: to a list drawn up each month, about this month's data; whoever hears of it knows
    by then how much data the month takes.

    `fault_expected`: a technician's visit to broadband lines on a list drawn up each month; needs
    the programme `line_monitor`.

    `silent`: to customers who have not used their line for some months; who hears of it uses it
    again if what is granted is worth the trouble.
    """
    channel: str = "app"
    budget_yuan: Annotated[float, Field(ge=0, le=NO_LIMIT_YUAN)] = NO_LIMIT_YUAN
    """Most spent on contacts and credits in a month, in money of the whole market."""
    cooldown_months: Annotated[int, Field(ge=0, le=60)] = 3
    """A customer is not contacted again for so long."""
    consent_only: bool = True
    """Whether only customers who consented to personal targeting are contacted."""
    regions: tuple[str, ...] = ()
    """Where customers are contacted; empty: everywhere."""
    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of those chosen who are left alone for comparison: a lasting draw by account."""
    predictor: str = "scorecard"
    """What predicts `churn_risk`: a name in `agents/prediction/predictors.py`.

    `response` predicts `response` instead, and needs a holdout to learn from. With
    `fault_expected` it predicts `fault_risk`, the chance that a line fails.
    """
    records_months: Annotated[int, Field(ge=4, le=60)] = 4
    """Months of the own records that it learns from; at least four, since leaving takes three."""
    retrain_months: Annotated[int, Field(ge=1, le=60)] = 1
    """How often it is trained again."""


@dataclass(frozen=True)
class Launch:
    """Put a new offer on sale. `like`: an own plan whose appeal and luck it shares.

    Empty for an operator's first plans: they bring its own appeal, and luck of their own.
    `equivalent_yuan`: what a plan of that quality cost until now, where dearer plans are better
    than their attributes show; none: its own price.
    """

    plan: str
    offer: Offer
    like: str
    why: Why = OWN
    equivalent_yuan: float | None = None


@dataclass(frozen=True)
class Reprice:
    """Change the monthly price of an own offer (`operator/plan`), in some regions or everywhere."""

    offer: str
    price_fen: int
    regions: tuple[str, ...] = ()
    why: Why = OWN


@dataclass(frozen=True)
class Welcome:
    """Set the discount that newcomers get on an own offer, for their first months."""

    offer: str
    discount_fen: int
    months: int
    why: Why = OWN
    pays_exit_fee_fen: int | None = None
    """Up to how much of a newcomer's exit fee elsewhere is paid, per line; none: as it is."""


@dataclass(frozen=True)
class AddBenefits:
    """Include partners' services in an own offer, or take some out.

    Only allied partners deliver.
    """

    offer: str
    benefits: tuple[str, ...] = ()
    extra_gb: float = 0.0
    """Added to the allowance; negative: taken back."""
    why: Why = OWN
    without: tuple[str, ...] = ()
    """Benefits that the offer no longer includes."""


@dataclass(frozen=True)
class Withdraw:
    """Take an own offer off sale."""

    offer: str
    why: Why = OWN


@dataclass(frozen=True)
class StartCampaign:
    """Begin (or replace) a campaign."""

    campaign: Campaign
    why: Why = OWN


@dataclass(frozen=True)
class StopCampaign:
    """End a campaign; promises made are kept."""

    name: str
    why: Why = OWN


@dataclass(frozen=True)
class StartProgramme:
    """Switch a mechanism on for one's customers, or change its terms (`agents/mechanisms`)."""

    mechanism: str
    terms: Settings
    why: Why = OWN


@dataclass(frozen=True)
class StopProgramme:
    """End a programme: what customers collected is worth nothing any more."""

    mechanism: str
    why: Why = OWN


@dataclass(frozen=True)
class ProposeAlliance:
    """Ask a partner for its service at a wholesale price a beneficiary and month; it may refuse."""

    partner: str
    wholesale_fen: int
    expected_people: float
    """Beneficiaries the operator expects, in real people."""
    exclusive: bool = False
    why: Why = OWN


@dataclass(frozen=True)
class EndAlliance:
    """End an alliance."""

    partner: str
    why: Why = OWN


@dataclass(frozen=True)
class Advertise:
    """Advertise this month: `reach` beyond everyday advertising, at a cost per account reached."""

    reach: float
    cost_fen_per_account: int
    regions: tuple[str, ...] = ()
    why: Why = OWN


@dataclass(frozen=True)
class Invest:
    """Order capacity in a region, as a share of what is there; it arrives after the upgrade lag."""

    region: str
    capacity_share: float
    why: Why = OWN


@dataclass(frozen=True)
class Cover:
    """Make the network usable for a share of people, change its quality, or open shops.

    Where it is built, or they are opened.
    """

    coverage: float | None = None
    quality: float | None = None
    """Uncongested, 0 to 1."""
    regions: tuple[str, ...] = ()
    why: Why = OWN
    acceptance: float | None = None
    """Share of people who would take a line of it from now on, above 0."""


@dataclass(frozen=True)
class EndService:
    """Switch an own offer off, or (empty) all: who is on it must find another this month."""

    offer: str = ""
    why: Why = OWN


@dataclass(frozen=True)
class MergeInto:
    """Hand all offers, and who is on them, to another operator."""

    operator: str
    why: Why = OWN


Action = (
    Launch
    | Reprice
    | Welcome
    | AddBenefits
    | Withdraw
    | StartCampaign
    | StopCampaign
    | StartProgramme
    | StopProgramme
    | ProposeAlliance
    | EndAlliance
    | Advertise
    | Invest
    | Cover
    | EndService
    | MergeInto
)
