"""What an operator can see: its own books exactly, its rivals late and blurred, nothing hidden."""

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.actions import Action
from sim.offers import Offer


@dataclass(frozen=True)
class OfferView:
    """A posted offer."""

    name: str
    offer: Offer
    price_fen: tuple[int, ...]
    """By region, in the order of `OperatorView.regions`."""
    on_sale: bool
    welcome_fen: int
    welcome_months: int
    accounts: float
    """Real accounts on it; for rivals' offers not known: NaN."""
    lines: float


@dataclass(frozen=True)
class RivalView:
    """A rival as the market monitor shows it: offers some months old, customers with an error."""

    name: str
    offers: tuple[OfferView, ...]
    lines: float
    """Estimated real lines."""
    offers_before: tuple[OfferView, ...]
    """Its offers as they were at the experiment's start (month 0, before anybody moved)."""


@dataclass(frozen=True)
class RegionalRecords:
    """Own monthly books by region, `[month, region]`, oldest first; real people, lines and fen."""

    lines: NDArray[np.float64]
    gross_adds: NDArray[np.float64]
    churned_lines: NDArray[np.float64]
    mobile_fen: NDArray[np.float64]


@dataclass(frozen=True)
class CampaignView:
    """What the own files say about a running campaign; real accounts and fen."""

    name: str
    contacts: NDArray[np.float64]
    """Attempts, `[month]` since it started."""
    accepted: NDArray[np.float64]
    """Promises taken, `[month]`."""
    cost_fen: float
    """Contacts, credits, discounts and partners' commissions so far."""
    treated: float
    held_out: float
    """Chosen and left alone, for comparison."""
    holdout_difference: float
    """Share of the treated who are customers now, less that of those held out; NaN: no holdout."""
    channel: str = ""
    lines_won: float = 0.0
    """Lines that came from other operators with its promise, so far."""


def _no_regions() -> RegionalRecords:
    nothing = np.zeros((0, 0))
    return RegionalRecords(nothing, nothing, nothing, nothing)


@dataclass(frozen=True)
class OwnRecords:
    """Own monthly books, oldest first; real people, lines and fen. Arrays are `[month]`."""

    lines: NDArray[np.float64]
    gross_adds: NDArray[np.float64]
    churned_lines: NDArray[np.float64]
    mobile_fen: NDArray[np.float64]
    broadband_fen: NDArray[np.float64]
    contribution_fen: NDArray[np.float64]
    lines_by_region: NDArray[np.float64]
    """Latest month, `[region]`."""
    utilisation: NDArray[np.float64]
    """Latest month, `[region]`."""
    by_region: RegionalRecords = field(default_factory=_no_regions)


@dataclass(frozen=True)
class PartnerView:
    """A partner as operators know it."""

    name: str
    retail_fen: int
    wholesale_fen: int
    """What it asks now."""
    allied: bool
    """Whether it supplies this operator."""
    exclusive_elsewhere: bool
    """Bound exclusively to somebody else."""
    exclusive_with: str = ""
    """To whom; empty: to nobody else."""


@dataclass(frozen=True)
class CostView:
    """Own unit costs, in fen."""

    line_fen: int
    fen_per_gb: float
    broadband_fen: int
    commission_fen: int


def serving_fen[Fen: (int, float)](
    costs: CostView, lines: int, data_fen: Fen, broadband_lines: int
) -> Fen:
    """Cost of serving lines, their data and broadband for a month; partners come on top."""
    return costs.line_fen * lines + data_fen + costs.broadband_fen * broadband_lines


def cost_to_serve_fen(costs: CostView, offer: Offer, data_fen: float, wholesale_fen: int) -> float:
    """Cost of serving one account on an offer for a month: lines, data, broadband, partners."""
    return serving_fen(costs, offer.lines, data_fen, int(offer.broadband)) + wholesale_fen


@dataclass(frozen=True)
class Rejection:
    """An own action that the regulator rejected last month, and why."""

    action: Action
    reason: str


@dataclass(frozen=True)
class OperatorView:
    """Everything a strategy may know when it decides."""

    name: str
    month: int
    """Months since the experiment's start; the first decision is made in month 0."""
    scale: float
    """Real accounts that one simulated account stands for."""
    regions: tuple[str, ...]
    offers: tuple[OfferView, ...]
    offers_before: tuple[OfferView, ...]
    rivals: tuple[RivalView, ...]
    own: OwnRecords
    partners: tuple[PartnerView, ...]
    costs: CostView
    vat_rate: float
    lead_months: int
    running: tuple[str, ...]
    """Names of own campaigns that are running."""
    answers: tuple[str, ...]
    """What the regulator and partners said to last month's actions."""
    rejected: tuple[Rejection, ...] = ()
    """Those of last month's actions that the regulator rejected."""
    benefit_value_cap: float = math.inf
    """The regulator's rule: most that an offer's services may be worth, as a share of its price."""
    # own campaigns and programmes
    campaigns: tuple[CampaignView, ...] = ()
    """Those that are running."""
    programmes: tuple[str, ...] = ()
    """Mechanisms that are switched on for own customers."""

    def arpu_fen(self) -> float:
        """Own latest mobile revenue per line, tax included."""
        return float(self.own.mobile_fen[-1] / max(1.0, self.own.lines[-1]))


class Strategy(Protocol):
    """How an operator plays: a function from what it sees to what it does.

    It may have attributes besides: `passive`, true if it never does anything; `reads_customers`,
    false if it needs no predictions on customers; `kind`, its name in the log, which the registry
    sets.
    """

    def act(self, view: OperatorView) -> list[Action]:
        """Decide this month's actions. May keep notes of its own, but sees nothing but the view."""
        ...
