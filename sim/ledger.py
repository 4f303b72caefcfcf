"""Double-entry books of the whole market in whole fen: money moves, never appears or vanishes."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sim.errors import MarketError
from sim.names import unknown

SUBSCRIBERS = "subscribers"
STATE = "state"
SUPPLIERS = "suppliers"
CHANNELS = "channels"
MERCHANTS = "merchants"


class Flow(StrEnum):
    """What a payment is for."""

    MOBILE = "mobile"
    BROADBAND = "broadband"
    EXIT_FEE = "exit_fee"
    CREDIT = "credit"
    TAX = "tax"
    SERVING = "serving"
    OVERHEAD = "overhead"
    COMMISSION = "commission"
    CONTACTS = "contacts"
    ADVERTISING = "advertising"
    WHOLESALE = "wholesale"
    POINTS = "points"
    INVESTMENT = "investment"
    FINE = "fine"
    DIRECT_SALES = "direct_sales"
    REACH = "reach"
    PARTNER_COSTS = "partner_costs"
    SETUP = "setup"
    REPAIR = "repair"


@dataclass(frozen=True)
class Posting:
    """One payment."""

    month: int
    payer: str
    payee: str
    flow: Flow
    fen: int


class Ledger:
    """All payments, summed by (month, payer, payee, flow)."""

    def __init__(self, accounts: Iterable[str]) -> None:
        self.accounts = tuple(accounts)
        self._months: dict[int, dict[tuple[str, str, Flow], int]] = {}

    def pay(self, month: int, payer: str, payee: str, flow: Flow, fen: int) -> None:
        """Move `fen` from payer to payee.

        A negative amount is refused (swap the parties instead), as is an account nobody opened.
        Raises `MarketError`.
        """
        for account in (payer, payee):
            if account not in self.accounts:
                raise unknown("ledger account", account, self.accounts)
        if fen < 0:
            raise MarketError(f"payment {flow} from {payer} to {payee}: {fen} fen, must be >= 0")
        if fen:
            sums = self._months.setdefault(month, {})
            key = (payer, payee, flow)
            sums[key] = sums.get(key, 0) + int(fen)

    def postings(self) -> list[Posting]:
        """All payments, in the order of their first entry."""
        return [
            Posting(month, *key, fen)
            for month, sums in self._months.items()
            for key, fen in sums.items()
        ]

    def received(self, account: str, month: int) -> dict[Flow, int]:
        """What an account received in a month, by flow."""
        return self._one_side(account, month, payee=True)

    def paid(self, account: str, month: int) -> dict[Flow, int]:
        """What an account paid in a month, by flow."""
        return self._one_side(account, month, payee=False)

    def _one_side(self, account: str, month: int, *, payee: bool) -> dict[Flow, int]:
        sums: dict[Flow, int] = {}
        for (payer, to, flow), fen in self._months.get(month, {}).items():
            if account == (to if payee else payer):
                sums[flow] = sums.get(flow, 0) + fen
        return sums

    def balance(self, account: str, month: int) -> int:
        """Received minus paid in a month."""
        return sum(self.received(account, month).values()) - sum(self.paid(account, month).values())

    def copy(self) -> "Ledger":
        """An independent ledger with the same entries."""
        twin = Ledger(self.accounts)
        twin._months = {month: dict(sums) for month, sums in self._months.items()}
        return twin
