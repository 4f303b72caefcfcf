"""Field trials in the model: a campaign to chosen customers, and the same people without it.

The two futures share all luck, so that the difference between them is the campaign's true effect,
not an estimate of it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.actions import Campaign, Treatment
from agents.market import Market
from agents.prediction.crm import observe
from experiments.runs.baselines import operators_of
from sim.vocabulary import Event

_NEVER = -1_000
"""Month of the last contact of somebody who may be contacted."""
_FOREVER = 60
"""Cool-down that keeps everybody else off the list."""

Flags = NDArray[np.bool_]


class MarketTrial(NamedTuple):
    """What came of a campaign; arrays are `[account]`."""

    chosen: Flags
    reached: Flags
    accepted: Flags
    left: Flags
    left_untreated: Flags
    """Who of them leaves in the future without the campaign."""

    def effect(self, among: Flags) -> float:
        """Change in the share that leaves, among some."""
        return float(self.left[among].mean() - self.left_untreated[among].mean())


def one_off(name: str, what: Treatment, channel: str) -> Campaign:
    """A campaign that contacts everybody on its list once, whatever it costs."""
    return Campaign(
        name=name, what=what, channel=channel, cooldown_months=_FOREVER, consent_only=False
    )


def treat(
    market: Market, operator: int, campaign: Campaign, chosen: Flags, months: int
) -> MarketTrial:
    """Contact the `chosen` customers of an operator in one month; see who leaves within `months`.

    `market` stays as it is. The list is made by telling the operator's records that everybody else
    was contacted only now.
    """
    treated, untreated = market.fork({}), market.fork({})
    treated.keep_customer_records = untreated.keep_customer_records = False
    start(treated, operator, campaign)
    treated.campaigns.last_contact[operator] = np.where(chosen, _NEVER, treated.month).astype(
        np.int32
    )
    reached = accepted = np.zeros(len(chosen), dtype=np.bool_)
    left, left_untreated = reached, reached
    for month in range(months):
        treated.step()
        untreated.step()
        events = treated.population.record.events
        if month == 0:
            treated.campaigns.stop(operator, campaign.name)
            reached = (events & Event.CONTACTED) != 0
            accepted = (events & Event.ACCEPTED) != 0
        left = left | ((events & Event.LEFT) != 0)
        left_untreated = left_untreated | ((untreated.population.record.events & Event.LEFT) != 0)
    return MarketTrial(chosen, reached, accepted, left, left_untreated)


def start(market: Market, operator: int, campaign: Campaign) -> int:
    """Start a campaign with the operator's present average bill; returns its row."""
    books = market.operators[operator].books
    bill = books.mobile_fen[-1] / max(1, books.lines[-1])
    return market.campaigns.start(operator, campaign, bill)


def customers(market: Market, operator: int) -> Flags:
    """Whose main line is with an operator, `[account]`."""
    return np.asarray(operators_of(market) == operator)


def records(market: Market, operator: int) -> dict[str, NDArray[np.float64]]:
    """What an operator's records say about everybody, each `[account]`."""
    return observe(
        market.population.columns(),
        market.population.record,
        market.book.table(),
        operator,
        market.allowance_growth(),
    )


def highest(score: NDArray[np.float64], among: Flags, share: float) -> Flags:
    """The given share of some accounts with the highest score; ties go by account number."""
    who = np.flatnonzero(among)
    order = np.argsort(-score[who], kind="stable")
    chosen = np.zeros(len(score), dtype=np.bool_)
    chosen[who[order[: int(np.ceil(share * len(who)))]]] = True
    return chosen
