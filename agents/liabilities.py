"""What operators owe their customers without having paid it yet: points not redeemed.

No money moves when a point is given, so the ledger, which counts payments, says nothing of it. It
is a debt all the same, as far as points will be redeemed (contract liabilities in the sense of IFRS
15, B39 to B46: what customers are expected not to claim, breakage, is no debt). A debt grows with
what is collected, and is settled when points are redeemed, lapse, or are left behind.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from sim.money import round_fen


class Owed(NamedTuple):
    """An operator's claims of one kind at the end of a month, as its mechanism counts them."""

    collected: int
    redeemed: int
    lapsed: int
    """Claims that ended without being paid: lapsed, or left behind by who left."""
    outstanding: int
    fen_each: float
    """What one that is redeemed costs, as the ledger pays it."""
    redeemed_monthly: float
    """Share of outstanding claims that are redeemed in a month, by the programme's terms."""
    lapsed_monthly: float


@dataclass(frozen=True)
class LiabilityMonth:
    """A month's movement in simulated fen.

    `opening + accrued + revised - paid - released` is `closing`.
    """

    opening: int
    accrued: int
    """For what was collected."""
    paid: int
    """Redeemed: the payment that stands in the ledger."""
    released: int
    """Lapsed or left behind: it will never be paid."""
    revised: int
    """By a changed expectation, and what was paid beyond what had been set aside for it."""
    closing: int
    expected_share: float
    """Share of what is outstanding that is expected to be redeemed."""
    outstanding: int


@dataclass
class Liability:
    """One operator's claims of one kind, month by month."""

    months: list[LiabilityMonth] = field(default_factory=list[LiabilityMonth])
    redeemed: int = 0
    lapsed: int = 0

    def close(self, owed: Owed, leaving_monthly: float) -> None:
        """Add a month; `leaving_monthly` is the operator's own churn."""
        self.redeemed += owed.redeemed
        self.lapsed += owed.lapsed
        share = self.expected_share(owed, leaving_monthly)
        each = owed.fen_each * share
        opening = self.months[-1].closing if self.months else 0
        accrued = round_fen(owed.collected * each)
        paid = round_fen(owed.redeemed * owed.fen_each)
        released = round_fen(owed.lapsed * each)
        closing = round_fen(owed.outstanding * each)
        revised = closing - opening - accrued + paid + released
        self.months.append(
            LiabilityMonth(
                opening, accrued, paid, released, revised, closing, share, owed.outstanding
            )
        )

    def expected_share(self, owed: Owed, leaving_monthly: float) -> float:
        """Share of outstanding claims that will be redeemed: by terms at first, then by records.

        By terms, claims end by three competing causes a month: their holder leaves, else they are
        redeemed, else some lapse. Records weigh as much as the claims they are of, against those
        outstanding (credibility in the sense of Buhlmann 1967).
        """
        stay = 1.0 - leaving_monthly
        kept = stay * (1.0 - owed.redeemed_monthly) * (1.0 - owed.lapsed_monthly)
        by_terms = stay * owed.redeemed_monthly / (1.0 - kept) if kept < 1.0 else 0.0
        settled = self.redeemed + self.lapsed
        weight = owed.outstanding + settled
        if weight == 0:
            return by_terms
        return (by_terms * owed.outstanding + self.redeemed) / weight

    def end(self, owed: Owed) -> None:
        """The programme has ended: what was outstanding is worth nothing any more."""
        last = self.months[-1].outstanding if self.months else 0
        nothing = owed._replace(collected=0, redeemed=0, lapsed=last, outstanding=0)
        self.close(nothing, 0.0)

    @property
    def breakage(self) -> float:
        """Share of settled claims that were never redeemed; NaN: none was settled yet."""
        settled = self.redeemed + self.lapsed
        return self.lapsed / settled if settled else float("nan")
