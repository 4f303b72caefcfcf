"""The market of the textbooks, written in a few figures: logit demand, firms that only set prices.

Quality *a*, cost *c*, an outside option *a0* and the scale *μ* of the taste shock, all in one unit
of money. The form expands to a whole market in which everything else is switched off by
configuration: everybody looks every month, sees every offer, and moves at no cost; there are no
contracts, peers, habits, budgets, second SIMs, partners, taxes or full networks. The engine is the
same, and so are the equations: what is left of them is the logit model,

    u(i, j) = (r(i)·a(j) + b(i, j) − p(j)) / μ(i) + Gumbel,

with r(i) and μ(i)/μ lognormal of mean 1, b(i, j) normal, each of them constant unless asked for.
"""

import math
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from agents.behaviour.settings import BehaviourSettings, BySegment, Spread
from agents.settings import (
    CalibrationSettings,
    CongestionSettings,
    CostSettings,
    MarketSettings,
    NetworkSettings,
    OperatorSettings,
    PopulationSettings,
    RegionSettings,
    RegulatorSettings,
    TargetSettings,
)
from sim.logit import Logit
from sim.offers import Offer
from sim.schema import Settings, lists_to_tuples

OUTSIDE = "outside"
PLAN = "plan"
MOST_OPERATORS = 8

Value = Annotated[float, Field(ge=-10_000, le=10_000)]
Cost = Annotated[float, Field(ge=0, le=10_000)]
Scale = Annotated[float, Field(gt=0, le=1000)]

_FINEST = (
    1000.0  # yuan that a unit of money is written as; a fen is then a hundred-thousandth of it
)
_MOST_AMOUNT_YUAN = (
    5_000.0  # costs, tastes: half of what the schema allows, since worlds scale them
)
_MOST_PRICE_YUAN = 50_000.0
_FEN_PER_SCALE = 50.0  # coarser prices would be felt beside the taste shock
_TENURE_CHURN = 0.1  # tenure at the start, which nothing reads here
_SMALLEST_SHARE = 1e-6
_USUAL = 0.5  # satisfaction, which stays where it is
_EVERYWHERE = "everywhere"


class TextbookMarket(Settings):
    """Logit demand and price-setting firms `firm_1`, `firm_2`, …; amounts in one unit of money."""

    quality: Annotated[tuple[Value, ...], Field(min_length=1)]
    """Quality a of each firm's product."""
    cost: Annotated[tuple[Cost, ...], Field(min_length=1)]
    """Marginal cost c of each firm."""
    outside: Value | None
    """Worth a0 of buying nothing, an operator called `outside` at price 0; none: everybody buys."""
    scale: Scale
    """Scale μ of the taste shock."""
    price: tuple[Cost, ...] | None = None
    """Prices at the start; none: cost + scale, the least that logit demand lets anybody ask."""
    price_spread: Spread = 0.0
    """Log sd of the taste shock's scale, whose mean stays μ: who minds the price more."""
    quality_spread: Spread = 0.0
    """Log sd of what quality is worth, whose mean stays 1; qualities must not be negative."""
    brand_sd: Cost = 0.0
    """Standard deviation of the lasting liking for each operator, the outside option included."""

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, data: Any) -> Any:
        return lists_to_tuples(data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        n, most = len(self.quality), MOST_OPERATORS - (self.outside is not None)
        for name in ("cost", "price"):
            given: tuple[float, ...] | None = getattr(self, name)
            if given is not None and len(given) != n:
                raise ValueError(
                    f"{name} has {len(given)} values, quality has {n}: give one of each for a firm"
                )
        if not 1 <= n <= most:
            raise ValueError(f"quality and cost are given for {n} firms, allowed 1 to {most}")
        if n == 1 and self.outside is None:
            raise ValueError("one firm and no outside option: everybody would buy at any price")
        if self.quality_spread > 0 and (min(self.quality) < 0 or max(self.quality) == 0):
            raise ValueError("quality_spread needs qualities of at least 0, one of them above")
        if self.scale * self.yuan_per_unit * 100.0 < _FEN_PER_SCALE:
            raise ValueError(
                f"scale = {self.scale:g} is too small beside the other amounts: "
                "prices, counted in whole fen, would be coarse beside it"
            )
        return self

    @property
    def firms(self) -> tuple[str, ...]:
        """Names of the firms that set prices."""
        return tuple(f"firm_{index + 1}" for index in range(len(self.quality)))

    @property
    def start(self) -> tuple[float, ...]:
        """Prices at the start."""
        return self.price or tuple(cost + self.scale for cost in self.cost)

    @property
    def mixed(self) -> bool:
        """Whether tastes differ by more than the taste shock: mixed logit demand."""
        return max(self.price_spread, self.quality_spread, self.brand_sd) > 0

    @property
    def yuan_per_unit(self) -> float:
        """How many yuan of the full market one unit of money is: a power of ten.

        As many as the schema's limits allow, since the market counts money in whole fen.
        """
        amounts = (*self.cost, self.scale, self.brand_sd)
        if self.quality_spread > 0:
            amounts = (*amounts, *self.quality)
        finest = min(_FINEST, _MOST_AMOUNT_YUAN / max(amounts), _MOST_PRICE_YUAN / self._dearest())
        return 10.0 ** math.floor(math.log10(finest) + 1e-9)

    def _dearest(self) -> float:
        """More than any firm would ask in equilibrium: what its product is worth beyond others'."""
        worth = [a - c for a, c in zip(self.quality, self.cost, strict=True)]
        others = [*worth, *(() if self.outside is None else (self.outside,))]
        ahead = max(worth) - min(others)
        return max(self.cost) + ahead + 10.0 * self.scale + max(self.price or (0.0,))

    def market(self) -> MarketSettings:
        """The market in full."""
        operators = {
            name: self._operator(price, cost, felt, share)
            for name, price, cost, felt, share in zip(
                self.firms, self.start, self.cost, self._felt(), self._shares(), strict=False
            )
        }
        appeal = dict.fromkeys(self.firms, 0.0)
        if self.quality_spread == 0:
            appeal = dict(zip(self.firms, self._yuan(self.quality), strict=True))
        if self.outside is not None:
            operators[OUTSIDE] = self._operator(0.0, 0.0, 0.0, self._shares()[-1])
            appeal[OUTSIDE] = self.outside * self.yuan_per_unit
        return MarketSettings(
            name="textbook",
            label="Logit demand",
            start="2000-01",
            churn_monthly=_TENURE_CHURN,
            second_lines_share=0.0,
            usage_growth_yearly=0.0,
            allowance_growth_yearly=0.0,
            vat_rate=0.0,
            discount_yearly=0.0,
            regions={_EVERYWHERE: RegionSettings(people_share=1.0, income=1.0)},
            population=_population(),
            channels={},
            operators=operators,
            partners={},
            regulator=_regulator(),
            congestion=CongestionSettings(knee=0.5, loss=0.0),
            behaviour=self._behaviour(),
            calibration=CalibrationSettings(appeal_yuan=appeal),
        )

    def _yuan(self, amounts: tuple[float, ...]) -> list[float]:
        return [amount * self.yuan_per_unit for amount in amounts]

    def _felt(self) -> list[float]:
        """Quality as the network's, from 0 to 1, where what it is worth differs by person."""
        if self.quality_spread == 0:
            return [0.0] * len(self.quality)
        return [a / max(self.quality) for a in self.quality]

    def logit(self) -> Logit:
        """The closed forms of this demand with tastes at their means."""
        return Logit(self.quality, self.cost, self.scale, self.outside)

    def _shares(self) -> list[float]:
        """Logit shares at the starting prices; the outside option last."""
        shares = self.logit().shares(self.start)
        return [max(_SMALLEST_SHARE, float(s)) for s in (*shares, 1.0 - shares.sum())]

    def _operator(self, price: float, cost: float, felt: float, share: float) -> OperatorSettings:
        price_yuan, cost_yuan = self._yuan((price, cost))
        return OperatorSettings(
            label="",
            target=TargetSettings(lines_million=share, arpu_yuan=max(price_yuan, 0.01)),
            network=NetworkSettings(
                quality={_EVERYWHERE: felt},
                utilisation=0.5,
                fault_rate=0.0,
                upgrade_months=0,
                capacity_yuan_per_gb=0.0,
            ),
            costs=CostSettings(
                line_yuan=cost_yuan,
                gb_yuan=0.0,
                broadband_yuan=0.0,
                commission_yuan=0.0,
                commission_second_yuan=0.0,
                overhead_yuan_per_line=0.0,
            ),
            lead_months=0,
            monitor_lag_months=0,
            monitor_error=0.0,
            plans={PLAN: Offer(price_yuan=price_yuan, allowance_gb=1.0)},
        )

    def _behaviour(self) -> BehaviourSettings:
        """Tastes as asked for, everybody awake and informed, and nothing else."""
        amounts = {
            "logit_scale_yuan": self.scale,
            "quality_value_yuan": max(self.quality) if self.quality_spread > 0 else 0.0,
            "brand_sd_yuan": self.brand_sd,
            "hassle_yuan": 0.0,
            "usage_gb": 0.0,
        }
        return BehaviourSettings.model_validate(
            dict.fromkeys(BehaviourSettings.model_fields, 0.0)
            | {name: _same(amount * self.yuan_per_unit) for name, amount in amounts.items()}
            | {
                "price_spread": self.price_spread,
                "quality_spread": self.quality_spread,
                "horizon_months": 1,
                "look_base": 1.0,
                "transparency": 1.0,
                "enterprise_pace": 1.0,
                "usual_satisfaction": _USUAL,
                "satisfaction_base": _USUAL,
                "bill_shock_share": 10.0,
            }
        )


def _same(amount: float) -> BySegment:
    """The same number for every segment."""
    return BySegment.model_validate(dict.fromkeys(BySegment.model_fields, amount))


def _population() -> PopulationSettings:
    """Single persons of one segment with one line each."""
    return PopulationSettings(
        experience=0.0,
        price=1.0,
        benefit=0.0,
        household=0.0,
        enterprise=0.0,
        household_lines_min=1,
        household_lines_max=1,
        enterprise_lines_mean=1.0,
        enterprise_lines_max=1,
        household_broadband=0.0,
        consent=0.0,
        friends=0,
    )


def _regulator() -> RegulatorSettings:
    """A regulator that lets everything pass."""
    return RegulatorSettings(
        below_cost_margin=0.0,
        benefit_value_cap=10.0,
        review_months=0,
        review_price_drop=1.0,
        consent_required=False,
        fine_yuan=0.0,
    )
