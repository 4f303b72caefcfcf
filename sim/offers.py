"""Offers as subscribers see them: what is sold, to whom, where, for how much.

An `Offer` is the record a person writes; `OfferTable` is the same catalogue as columns, which is
what the behaviour functions read. Offers are never removed from a book, only taken off sale:
somebody may still be on them.
"""

from typing import Annotated, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.errors import MarketError
from sim.money import to_fen
from sim.names import unknown
from sim.records import Records, record_dtype
from sim.schema import Settings
from sim.vocabulary import CUSTOMER_CLASSES, N_SEGMENTS

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

Yuan = Annotated[float, Field(ge=0, le=100_000)]


class Offer(Settings):
    """One plan in one operator's catalogue.

    Prices include tax and are per month unless named otherwise.
    """

    price_yuan: Yuan
    allowance_gb: Annotated[float, Field(ge=0, le=100_000)]
    overage_yuan_per_gb: Yuan = 0.0
    lines: Annotated[int, Field(ge=1, le=20)] = 1
    extra_line_yuan: Yuan | None = None
    """Price of each line beyond `lines`; `None`: every line pays the full price."""
    broadband: bool = False
    broadband_part_yuan: Yuan = 0.0
    """The part of the price that is booked as broadband revenue."""
    contract_months: Annotated[int, Field(ge=0, le=60)] = 0
    exit_fee_yuan_per_month: Yuan = 0.0
    """Early-termination fee for every contract month that is left."""
    benefits: tuple[str, ...] = ()
    points_per_yuan: Annotated[float, Field(ge=0, le=10)] = 0.0
    customers: Annotated[str, Field(pattern="^(personal|household|enterprise)$")] = "personal"
    regions: tuple[str, ...] = ()
    """Where it is sold; empty: everywhere."""
    welcome_discount_yuan: Yuan = 0.0
    welcome_months: Annotated[int, Field(ge=0, le=36)] = 0
    pays_exit_fee_yuan: Yuan = 0.0
    """Up to how much of the fee for leaving another operator it pays a newcomer, per line."""
    newcomers_only: bool = False
    customers_of: tuple[str, ...] = ()
    """Operators whose customers alone may take it (a poaching offer); empty: everybody's."""
    second_line: bool = False
    """Whether it may be held as a second SIM."""
    brand_distance_yuan: Annotated[float, Field(ge=-1000, le=1000)] = 0.0
    """What its buyers give up (in yuan a month) by not being under the main brand."""


class OfferRow(Protocol):
    """One offer as behaviour functions read it."""

    operator: int
    segments: int  # bit mask of segments that may buy it
    regions: int  # bit mask of regions where it is sold
    allowance_gb: float
    overage_fen_per_gb: int
    lines: int
    extra_line_share: float  # price of each further line over the plan's: cuts reach them too
    broadband: int
    broadband_part_fen: int
    contract_months: int
    exit_fee_fen: int  # for each contract month left
    benefits: int  # bit mask
    points_per_yuan: float
    on_sale: int  # 1: on sale; 0: only for who is on it; -1: switched off
    newcomers_only: int
    customers_of: int  # bit mask of operators whose customers may take it
    welcome_fen: int
    welcome_months: int
    pays_exit_fee_fen: int
    second_line: int
    appeal_yuan: float
    key: int  # identity in random draws: the same offer has the same luck in every arm


class OfferTable(NamedTuple):
    """The catalogue of all operators.

    `rows` is a record array, so that compiled functions pass one pointer around instead of twenty
    columns (which cost them two thirds of their time).
    """

    rows: Records[OfferRow]
    price_fen: IntArray  # [offer, region]


OFFER_DTYPE = record_dtype(OfferRow)
ANYBODYS = -1
"""The bit mask of an offer that customers of every operator may take."""


class OfferBook:
    """All offers of a market, by name, with what has happened to them since.

    Names are `operator/plan`. The row of an offer never changes.
    """

    def __init__(
        self, regions: tuple[str, ...], benefits: tuple[str, ...], firms: tuple[str, ...] = ()
    ) -> None:
        self.regions = regions
        self.benefits = benefits
        self.firms = firms
        """Names of the operators, as `Offer.customers_of` has them."""
        self.names: list[str] = []
        self.offers: list[Offer] = []
        self.operators: list[int] = []
        self.prices_fen: list[IntArray] = []
        self.on_sale: list[bool] = []
        self.ended: list[bool] = []
        self.appeals_yuan: list[float] = []
        self.keys: list[int] = []
        self._table: OfferTable | None = None

    def __len__(self) -> int:
        return len(self.names)

    def row(self, name: str) -> int:
        """The row of the offer called `name`. Raises `UnknownNameError` if there is none."""
        try:
            return self.names.index(name)
        except ValueError:
            raise unknown("offer", name, self.names) from None

    def add(
        self,
        name: str,
        offer: Offer,
        operator: int,
        key: int,
        appeal_yuan: float = 0.0,
        *,
        shares_key: bool = False,
    ) -> int:
        """Put an offer on sale and return its row.

        `key` identifies it in random draws; launching the same offer in two arms must use the same
        key. With `shares_key` it is the key of an offer that the new one is modelled on: people's
        unexplained liking is for both alike. Else a mere copy would win customers by being one more
        draw (the red-bus/blue-bus problem of the logit model, McFadden 1974).

        Raises:
            MarketError: the name or key is taken, or a benefit or region is unknown.
        """
        if name in self.names or (key in self.keys and not shares_key):
            raise MarketError(f"offer '{name}' (key {key}) is already in the book")
        for region in offer.regions:
            _known("region", region, self.regions)
        for benefit in offer.benefits:
            _known("benefit", benefit, self.benefits)
        for firm in offer.customers_of:
            _known("operator", firm, self.firms)
        self.names.append(name)
        self.offers.append(offer)
        self.operators.append(operator)
        self.prices_fen.append(np.full(len(self.regions), to_fen(offer.price_yuan), dtype=np.int64))
        self.on_sale.append(True)
        self.ended.append(False)
        self.appeals_yuan.append(appeal_yuan)
        self.keys.append(key)
        self._table = None
        return len(self.names) - 1

    def reprice(self, row: int, price_fen: int, regions: tuple[str, ...] = ()) -> None:
        """Set the monthly price of an offer, in some regions or (empty) everywhere."""
        where = [self.regions.index(r) for r in regions] if regions else slice(None)
        prices = self.prices_fen[row].copy()
        prices[where] = price_fen
        self.prices_fen[row] = prices
        self._table = None

    def change(self, row: int, **fields: object) -> None:
        """Replace other fields of an offer (say its welcome discount), validating the result."""
        self.offers[row] = Offer.model_validate(self.offers[row].model_dump() | fields)
        self._table = None

    def withdraw(self, row: int) -> None:
        """Take an offer off sale; who is on it stays on it."""
        self.on_sale[row] = False
        self._table = None

    def end(self, row: int) -> None:
        """Switch an offer off: who is on it must find another."""
        self.on_sale[row] = False
        self.ended[row] = True
        self._table = None

    def hand_over(self, row: int, operator: int) -> None:
        """Give an offer, and with it all who are on it, to another operator."""
        self.operators[row] = operator
        self._table = None

    def set_appeals(self, appeals_yuan: FloatArray) -> None:
        """Set how much, by calibration, people like each offer beyond its attributes."""
        self.appeals_yuan = [float(a) for a in appeals_yuan]
        self._table = None

    def copy(self) -> "OfferBook":
        """An independent book in the same state."""
        twin = OfferBook(self.regions, self.benefits, self.firms)
        for field in (
            "names",
            "offers",
            "operators",
            "prices_fen",
            "on_sale",
            "ended",
            "appeals_yuan",
            "keys",
        ):
            setattr(twin, field, list(getattr(self, field)))
        return twin

    def table(self) -> OfferTable:
        """The book as columns (cached until something changes)."""
        if self._table is None:
            self._table = self._build()
        return self._table

    def _build(self) -> OfferTable:
        rows = np.zeros(len(self.offers), dtype=OFFER_DTYPE)
        for index, offer in enumerate(self.offers):
            row = rows[index]
            row["operator"] = self.operators[index]
            row["segments"] = _segment_mask(offer.customers)
            row["regions"] = self._region_mask(offer.regions)
            row["allowance_gb"] = offer.allowance_gb
            row["overage_fen_per_gb"] = to_fen(offer.overage_yuan_per_gb)
            row["lines"] = offer.lines
            extra = offer.extra_line_yuan
            row["extra_line_share"] = 1.0 if extra is None else extra / max(offer.price_yuan, 0.01)
            row["broadband"] = offer.broadband
            row["broadband_part_fen"] = to_fen(offer.broadband_part_yuan)
            row["contract_months"] = offer.contract_months
            row["exit_fee_fen"] = to_fen(offer.exit_fee_yuan_per_month)
            row["benefits"] = self.benefit_mask(offer.benefits)
            row["points_per_yuan"] = offer.points_per_yuan
            row["on_sale"] = -1 if self.ended[index] else int(self.on_sale[index])
            row["newcomers_only"] = offer.newcomers_only
            row["customers_of"] = self._firm_mask(offer.customers_of)
            row["welcome_fen"] = to_fen(offer.welcome_discount_yuan)
            row["welcome_months"] = offer.welcome_months
            row["pays_exit_fee_fen"] = to_fen(offer.pays_exit_fee_yuan)
            row["second_line"] = offer.second_line
            row["appeal_yuan"] = self.appeals_yuan[index] - offer.brand_distance_yuan
            row["key"] = self.keys[index]
        prices = np.array(self.prices_fen, dtype=np.int64).reshape(len(rows), -1)
        return OfferTable(cast("Records[OfferRow]", rows.view(np.recarray)), prices)

    def benefit_mask(self, benefits: tuple[str, ...]) -> int:
        """Bit mask of named benefits. Raises `UnknownNameError` on an unknown one."""
        mask = 0
        for benefit in benefits:
            _known("benefit", benefit, self.benefits)
            mask |= 1 << self.benefits.index(benefit)
        return mask

    def _region_mask(self, regions: tuple[str, ...]) -> int:
        chosen = regions or self.regions
        return sum(1 << self.regions.index(region) for region in chosen)

    def _firm_mask(self, firms: tuple[str, ...]) -> int:
        if not firms:
            return ANYBODYS
        return sum(1 << self.firms.index(firm) for firm in set(firms))


def _segment_mask(customers: str) -> int:
    return sum(1 << segment for segment in CUSTOMER_CLASSES[customers] if segment < N_SEGMENTS)


def _known(kind: str, name: str, allowed: tuple[str, ...]) -> None:
    if name not in allowed:
        raise unknown(kind, name, allowed)
