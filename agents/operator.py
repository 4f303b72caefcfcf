"""Operators: firms with offers, a network and books, which play a strategy on what they can see."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.actions import Action
from agents.execution.campaign_records import CampaignFile
from agents.observation import (
    CampaignView,
    CostView,
    OfferView,
    OperatorView,
    OwnRecords,
    PartnerView,
    RegionalRecords,
    Rejection,
    RivalView,
    Strategy,
)
from agents.settings import OperatorSettings
from sim.draws import Purpose, normal
from sim.money import to_fen
from sim.records import column
from sim.vocabulary import Measure

if TYPE_CHECKING:
    from agents.market import Market


_REGIONAL = [Measure.LINES, Measure.GROSS_ADDS, Measure.CHURNED_LINES, Measure.MOBILE_FEN]


@dataclass
class Books:
    """One operator's own monthly records, oldest first; simulated lines and fen."""

    lines: list[int] = field(default_factory=list[int])
    gross_adds: list[int] = field(default_factory=list[int])
    churned_lines: list[int] = field(default_factory=list[int])
    mobile_fen: list[int] = field(default_factory=list[int])
    broadband_fen: list[int] = field(default_factory=list[int])
    contribution_fen: list[int] = field(default_factory=list[int])
    by_region: list[NDArray[np.int64]] = field(default_factory=list[NDArray[np.int64]])
    """`[region, (lines, gross adds, churned lines, mobile fen)]`."""


class Operator(mesa.Agent["Market"]):
    """One operator. What it costs this month is collected here until the ledger settles."""

    def __init__(self, model: "Market", index: int, name: str, settings: OperatorSettings) -> None:
        super().__init__(model)
        self.index = index
        self.name = name
        self.settings = settings
        self.strategy: Strategy | None = None
        self.books = Books()
        self.answers: list[str] = []
        self.rejected: list[Rejection] = []
        self.overhead_fen = 0
        self.clear_costs()

    @property
    def plays(self) -> str:
        """Kind of the strategy that it plays; empty: none, or one that has no name."""
        return str(getattr(self.strategy, "kind", ""))

    def clear_costs(self) -> None:
        """Start a new month's cost sheet."""
        self.contact_fen = 0
        self.repair_fen = 0
        self.advert_fen = 0
        self.invest_fen = 0
        self.fine_fen = 0

    def decide(self) -> list[Action]:
        """Ask the strategy, if there is one, for this month's actions."""
        if self.strategy is None or getattr(self.strategy, "passive", False):
            return []
        view = self.view()
        self.answers = []
        self.rejected = []
        return self.strategy.act(view)

    def keep_books(self, measures: NDArray[np.int64]) -> None:
        """Record the month; `measures` is `[region, segment, measure]` of this operator."""
        sums = measures.sum(axis=(0, 1))
        books = self.books
        books.lines.append(int(sums[Measure.LINES]))
        books.gross_adds.append(int(sums[Measure.GROSS_ADDS]))
        books.churned_lines.append(int(sums[Measure.CHURNED_LINES]))
        books.mobile_fen.append(int(sums[Measure.MOBILE_FEN]))
        books.broadband_fen.append(int(sums[Measure.BROADBAND_FEN]))
        books.contribution_fen.append(self.model.ledger.balance(self.name, self.model.month))
        books.by_region.append(measures.sum(axis=1)[:, _REGIONAL])

    def costs(self) -> CostView:
        """Own unit costs."""
        costs = self.settings.costs
        return CostView(
            to_fen(costs.line_yuan),
            costs.gb_yuan * 100.0,
            to_fen(costs.broadband_yuan),
            to_fen(costs.commission_yuan),
        )

    def view(self) -> OperatorView:
        """Everything this operator may know at the start of the month."""
        market = self.model
        return OperatorView(
            name=self.name,
            month=market.month - market.shock_month,
            scale=market.scale,
            regions=market.regions,
            offers=market.posted[-1][self.index],
            offers_before=market.posted_before[self.index],
            rivals=tuple(self._rival(other) for other in market.operators if other is not self),
            own=self._records(),
            partners=tuple(self._partner(name) for name in market.partner_names),
            costs=self.costs(),
            vat_rate=market.settings.vat_rate,
            lead_months=self.settings.lead_months,
            running=market.campaigns.names(self.index),
            answers=tuple(self.answers),
            rejected=tuple(self.rejected),
            benefit_value_cap=market.settings.regulator.benefit_value_cap,
            campaigns=self._campaigns(),
            programmes=market.programmes.names(self.index),
        )

    def _campaigns(self) -> tuple[CampaignView, ...]:
        """What the own files say about running campaigns."""
        market = self.model
        rows = market.campaigns.running(self.index)
        if not rows:
            return ()
        offers = market.population.columns().offer
        mine = column(market.book.table().rows, "operator")[offers] == self.index
        return tuple(
            market.campaigns.files.setdefault(row, CampaignFile()).view(
                market.campaigns.rows[row].campaign.name,
                market.spending.spent_fen.get(row, 0),
                mine,
                market.scale,
            )
            for row in rows
        )

    def _records(self) -> OwnRecords:
        scale = self.model.scale
        books = self.books

        def real(values: list[int]) -> NDArray[np.float64]:
            return np.array(values, dtype=np.float64) * scale

        shape = (-1, len(self.model.regions), len(_REGIONAL))
        regional = np.array(books.by_region, dtype=np.float64).reshape(shape) * scale
        return OwnRecords(
            lines=real(books.lines),
            gross_adds=real(books.gross_adds),
            churned_lines=real(books.churned_lines),
            mobile_fen=real(books.mobile_fen),
            broadband_fen=real(books.broadband_fen),
            contribution_fen=real(books.contribution_fen),
            lines_by_region=regional[-1:, :, 0].reshape(-1),
            by_region=RegionalRecords(*(regional[:, :, i] for i in range(len(_REGIONAL)))),
            utilisation=self.model.utilisation[self.index].copy(),
        )

    def _rival(self, other: "Operator") -> RivalView:
        market = self.model
        lag = self.settings.monitor_lag_months
        posted = market.posted[max(0, len(market.posted) - 1 - lag)][other.index]
        known = other.books.lines[: len(other.books.lines) - lag] or other.books.lines[:1]
        noise = normal(market.seed_number, self.index, market.month, Purpose.MONITOR, other.index)
        estimate = (
            (known[-1] if known else 0) * market.scale * (1.0 + self.settings.monitor_error * noise)
        )
        return RivalView(
            name=other.name,
            offers=_without_counts(posted),
            lines=max(0.0, estimate),
            offers_before=_without_counts(market.posted_before[other.index]),
        )

    def _partner(self, name: str) -> PartnerView:
        market = self.model
        partner = market.partner(name)
        bound = [
            market.operators[who].name
            for who, alliance in partner.alliances.items()
            if alliance.exclusive and who != self.index
        ]
        return PartnerView(
            name=name,
            retail_fen=to_fen(partner.settings.retail_yuan),
            wholesale_fen=partner.asks_fen,
            allied=self.index in partner.alliances,
            exclusive_elsewhere=bool(bound),
            exclusive_with=bound[0] if bound else "",
        )


def _without_counts(offers: tuple[OfferView, ...]) -> tuple[OfferView, ...]:
    """A rival's offers as an outsider sees them: without customer numbers."""
    nan = float("nan")
    return tuple(
        OfferView(
            o.name, o.offer, o.price_fen, o.on_sale, o.welcome_fen, o.welcome_months, nan, nan
        )
        for o in offers
    )
