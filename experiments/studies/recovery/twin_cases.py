"""Retention campaigns whose true effect is known without looking at any twin.

A market of people who are alike (`market=laboratory`) loses what is not needed for the argument:
nobody has friends, nothing congests, no past enters a choice but the present plan. What a campaign
does then follows from the logit formula, or from the luck of the calls and the lives under `hold`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.actions import Action, Campaign, Reprice, StartCampaign, StopCampaign, Treatment, Who
from agents.market import Market
from agents.observation import OperatorView
from agents.settings import MarketSettings
from experiments.runs.scheduled import Scheduled
from experiments.studies.recovery.cases import SEGMENT
from sim.draws import Purpose, uniforms
from strategies.toolkit import when

Vector = NDArray[np.float64]
CHANNEL, NAME = "app", "trial"
_FAR_ABOVE_YUAN = 500.0
"""Added to every price where a promise must not exceed the bill; it changes no choice."""


def once(campaign: Campaign) -> Scheduled:
    """Contacts everybody whom a campaign is for, in the first month only; promises are kept."""
    return Scheduled({0: [StartCampaign(campaign)], 1: [StopCampaign(campaign.name)]})


class OfferCut:
    """A rival that cuts all its prices in the first month."""

    def __init__(self, share: float) -> None:
        self.share = share

    def act(self, view: OperatorView) -> list[Action]:
        """Reprice every plan in month 0."""
        if view.month != 0:
            return []
        return [
            Reprice(o.name.split("/")[-1], round(o.price_fen[0] * (1 - self.share)))
            for o in view.offers
        ]


@dataclass(frozen=True)
class TwinCase:
    """One campaign in one market."""

    name: str
    what: Treatment
    changes: dict[str, float]
    raised: bool = True
    """Whether prices are far above any promise."""
    who: Who = field(default_factory=Who)
    by_consent: bool = False
    """Whether only those are contacted who consented: a coin that birth threw for everybody."""
    rival_cuts: float = 0.0

    def campaign(self) -> Campaign:
        """The campaign, with no limit to its budget."""
        return Campaign(
            name=NAME, who=self.who, what=self.what, channel=CHANNEL,
            consent_only=self.by_consent,
        )  # fmt: skip


_ALONE: dict[str, float] = {
    "loss_aversion": 0.0,
    "experience_value_yuan": 0.0,
    "peer_value_yuan": 0.0,
    "usage_spread": 0.0,
    "usage_gb": 1.0,
    "look_base": 0.2,
    "horizon_months": 1,
}
CASES = {
    case.name: case
    for case in (
        TwinCase("nothing", Treatment(), _ALONE | {"plan_hassle_yuan": 1000.0}),
        TwinCase("credit", Treatment(credit_yuan=20.0), _ALONE | {"hassle_yuan": 1000.0}),
        TwinCase("everything", Treatment(discount_yuan=300.0, months=60), _ALONE),
        TwinCase("formula", Treatment(discount_yuan=12.0, months=60), _ALONE),
        TwinCase(
            "trial",
            Treatment(discount_yuan=25.0, months=12),
            {"look_base": 0.2, "brand_sd_yuan": 9.0, "peer_value_yuan": 0.0},
            raised=False,
            who=Who(conditions=(when("tenure_months", "<", 24),)),
            by_consent=True,
            rival_cuts=0.15,
        ),
    )
}
"""`nothing` is worth nothing; `credit` goes to people who cannot leave; `everything` keeps whoever
takes it; `formula` is solved by logit; `trial` is like a real campaign, with a random holdout.

In `nothing` people keep their plan, too: somebody who listens to a call and is offered nothing
compares the own operator's plans all the same, and finding a better one is a reason to stay.
"""


def settings_for(case: TwinCase, settings: MarketSettings) -> MarketSettings:
    """The market of a case."""
    old, changes = settings.behaviour, dict[str, Any](case.changes)
    for name, value in changes.items():
        by_segment = getattr(old, name)
        if hasattr(by_segment, SEGMENT):
            changes[name] = by_segment.model_copy(update={SEGMENT: value})
    operators = settings.operators
    if case.raised:
        operators = {name: _dearer(operator) for name, operator in operators.items()}
    return settings.model_copy(
        update={
            "behaviour": old.model_copy(update=changes),
            "operators": operators,
            "population": settings.population.model_copy(update={"friends": 0}),
        }
    )


def _dearer(operator: Any) -> Any:
    plans = {
        name: plan.model_copy(update={"price_yuan": plan.price_yuan + _FAR_ABOVE_YUAN})
        for name, plan in operator.plans.items()
    }
    return operator.model_copy(update={"plans": plans})


def takers(market: Market, settings: MarketSettings, month: int) -> NDArray[np.bool_]:
    """Who takes a promise if called in a month, by the luck of the call alone; `[account]`."""
    channel = settings.channels[CHANNEL]
    accounts = range(len(market.population))
    luck = np.array(
        [uniforms(market.seed_number, who, month, Purpose.CONTACT, 0) for who in accounts]
    )
    return (luck[:, 0] < channel.reach) & (luck[:, 2] < channel.persuasion)


@dataclass(frozen=True)
class Formula:
    """What logit says of people who are alike: means for one account, by region and first plan."""

    stays_hold: Vector
    """Chance to be with the operator at the end under `hold`, `[region, plan]`."""
    stays_taken: Vector
    """The same for somebody who took the promise."""
    paid_hold_yuan: Vector
    """Expected payments to the operator over the horizon, tax included, `[region, plan]`."""
    paid_taken_yuan: Vector


def solve(settings: MarketSettings, discount_yuan: float, months: int) -> Formula:
    """The Markov chain of logit choices with and without a discount on the present plan.

    With chance `look_base` somebody looks and takes plan k from plan j with the logit probability
    of −price + quality + appeal − cost of moving; the discount is added to the present plan until
    it is left. Plans are in the order of operators; the operator asked about is the first.
    """
    plans = [(o, plan) for o in settings.operators.values() for plan in o.plans.values()]
    own = np.array([o is plans[0][0] for o, _ in plans])
    rows = [_chain(settings, r, plans, own, discount_yuan, months) for r in settings.regions]
    return Formula(*(np.array(columns) for columns in zip(*rows, strict=True)))


def _chain(
    settings: MarketSettings, region: str, plans: list[Any], own: NDArray[np.bool_],
    discount_yuan: float, months: int,
) -> tuple[Vector, Vector, Vector, Vector]:  # fmt: skip
    """One region of `solve`: what follows from each first plan, backwards from the last month."""
    b = settings.behaviour
    level = settings.calibration.appeal_yuan
    names = list(settings.operators)
    operators = list(settings.operators.values())
    price = np.array([plan.price_yuan for _, plan in plans])
    worth = -price + np.array(
        [
            getattr(b.quality_value_yuan, SEGMENT) * o.network.quality[region]
            + level.get(names[operators.index(o)], 0.0)
            for o, _ in plans
        ]
    )
    same = own[:, None] == own[None, :]
    moving = np.where(same, b.plan_hassle_yuan, getattr(b.hassle_yuan, SEGMENT))
    np.fill_diagonal(moving, 0.0)
    scale = getattr(b.logit_scale_yuan, SEGMENT)

    def moves(extra: float) -> Vector:
        value = (worth[None, :] - moving + extra * np.eye(len(price))) / scale
        chance = np.exp(value - value.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        return (1 - b.look_base) * np.eye(len(price)) + b.look_base * chance

    plain, kept = moves(0.0), moves(discount_yuan)
    stay = np.diag(kept)
    at_end, with_promise = own.astype(float), own.astype(float)
    paid, paid_with = np.zeros(len(price)), np.zeros(len(price))
    bill = np.where(own, price, 0.0)
    for _ in range(months):
        leaves = kept - np.diag(stay)
        with_promise = stay * with_promise + leaves @ at_end
        paid_with = stay * (bill - discount_yuan + paid_with) + leaves @ (bill + paid)
        at_end, paid = plain @ at_end, plain @ (bill + paid)
    first = np.flatnonzero(own)
    return at_end[first], with_promise[first], paid[first], paid_with[first]
