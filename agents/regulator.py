"""The regulator: rules for operators' actions, applied to what can be established about them.

A price is judged as posted to everybody: promises to single customers are not looked into, nor is a
price that rises. Every reason names the figure and the limit, in whole fen.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import mesa

from agents.actions import Action, AddBenefits, Launch, Reprice, StartCampaign, Welcome
from agents.causes import Ground
from agents.settings import RegulatorSettings
from sim.money import round_fen, to_fen

WELCOME_SPREAD_MONTHS = 12
"""A newcomer's discount is judged over the first year."""
_ROUNDING = 1e-6  # fen: a limit such as 1.1 × 10 must not miss 11 by a rounding error


@dataclass(frozen=True)
class Case:
    """Facts about an action that the regulator can establish; money per account and month."""

    action: Action
    operator: str
    cost_to_serve_fen: int
    """Mobile lines, broadband, and benefits at wholesale."""
    old_price_fen: int | None
    """Posted price before and after, tax included, newcomers' discounts not deducted."""
    new_price_fen: int | None
    benefit_retail_fen: int
    """Retail value of all benefits that come with the offer after the action."""
    vat_rate: float
    welcome_fen: int = 0
    """Newcomers' discount that the offer has already."""
    welcome_months: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the regulator decided."""

    decision: Literal["pass", "delay", "reject"]
    months: int
    """Delay; 0 unless delayed."""
    fine_yuan: float
    ground: Ground | None
    """Which rule; none for what passes."""
    reason: str


PASS = Verdict("pass", 0, 0.0, None, "within the rules")


def judge(case: Case, rules: RegulatorSettings) -> Verdict:
    """Apply the rules; whatever breaks one is rejected, before anything is merely reviewed."""
    if targeting := targets_without_consent(case, rules):
        return Verdict("reject", 0, rules.fine_yuan, Ground.NO_CONSENT, targeting)
    if not isinstance(case.action, (Launch, Reprice, Welcome, AddBenefits, StartCampaign)):
        return PASS
    for ground, broken in (
        (Ground.BELOW_COST, below_cost(case, rules)),
        (Ground.SERVICES_WORTH_TOO_MUCH, too_many_benefits(case, rules)),
    ):
        if broken:
            return Verdict("reject", 0, 0.0, ground, broken)
    deep = deep_cut(case, rules)
    if deep and rules.review_months > 0:
        return Verdict("delay", rules.review_months, 0.0, Ground.DEEP_CUT, deep)
    return PASS


def targets_without_consent(case: Case, rules: RegulatorSettings) -> str:
    """Why a campaign breaks the consent rule; empty: it does not.

    Choosing people by their records, by conditions or by a ranking, is personal targeting. Repair
    of a line one has a contract for needs no consent (PIPL, article 13).
    """
    if not isinstance(case.action, StartCampaign) or not rules.consent_required:
        return ""
    campaign = case.action.campaign
    if campaign.when == "fault_expected":
        return ""
    if campaign.consent_only or not (campaign.who.conditions or campaign.who.rank_by):
        return ""
    chosen_by = [
        f"{condition.field} {condition.is_} {condition.value:g}"
        for condition in campaign.who.conditions
    ]
    if campaign.who.rank_by:
        chosen_by.append(f"rank by {campaign.who.rank_by}")
    return (
        f"campaign '{campaign.name}' targets people without consent by {', '.join(chosen_by)}; "
        f"fine {rules.fine_yuan:,.0f} yuan"
    )


def first_year_price_fen(case: Case, *, after: bool) -> int | None:
    """Average monthly price of a newcomer's first year, tax included; `None`: not known."""
    action = case.action
    price = _posted_fen(case, after=after)
    if price is None:
        return None
    discount, months = case.welcome_fen, case.welcome_months
    if after and isinstance(action, Welcome):
        discount, months = action.discount_fen, action.months
    elif after and isinstance(action, Launch):
        discount = to_fen(action.offer.welcome_discount_yuan)
        months = action.offer.welcome_months
    spread = discount * min(months, WELCOME_SPREAD_MONTHS) / WELCOME_SPREAD_MONTHS
    return max(0, price - round_fen(spread))


def _posted_fen(case: Case, *, after: bool) -> int | None:
    """The posted price; only a launch or a new price can change it."""
    if after and isinstance(case.action, (Launch, Reprice)):
        return case.old_price_fen if case.new_price_fen is None else case.new_price_fen
    if isinstance(case.action, Launch):
        return None
    return case.new_price_fen if case.old_price_fen is None else case.old_price_fen


def _dearer_or_equal(case: Case) -> bool:
    """Whether the action leaves or raises the price of an offer that was already on sale."""
    before, after = first_year_price_fen(case, after=False), first_year_price_fen(case, after=True)
    return before is not None and after is not None and after >= before


def below_cost(case: Case, rules: RegulatorSettings) -> str:
    """Why a price is below cost; empty: it is not, or none is being lowered or launched."""
    price = first_year_price_fen(case, after=True)
    if price is None or isinstance(case.action, StartCampaign):
        return ""
    if isinstance(case.action, (Reprice, Welcome)) and _dearer_or_equal(case):
        return ""
    net = round_fen(price / (1.0 + case.vat_rate))
    least = math.ceil(rules.below_cost_margin * case.cost_to_serve_fen - _ROUNDING)
    if net >= least:
        return ""
    limit = f"{rules.below_cost_margin:g} × {_yuan(case.cost_to_serve_fen)} cost to serve"
    return (
        f"below cost: {_yuan(net)} a month net of tax in the first year, allowed at least "
        f"{_yuan(least)} ({limit})"
    )


def too_many_benefits(case: Case, rules: RegulatorSettings) -> str:
    """Why the benefits are worth too much; empty: they are not, or nothing changes."""
    price = _posted_fen(case, after=True)
    if price is None or isinstance(case.action, Welcome):
        return ""
    if isinstance(case.action, Reprice) and _dearer_or_equal(case):
        return ""
    most = math.floor(rules.benefit_value_cap * price + _ROUNDING)
    if case.benefit_retail_fen <= most:
        return ""
    return (
        f"benefits worth {_yuan(case.benefit_retail_fen)} a month, allowed at most {_yuan(most)} "
        f"({rules.benefit_value_cap:g} × the price of {_yuan(price)})"
    )


def deep_cut(case: Case, rules: RegulatorSettings) -> str:
    """Why a price cut needs a review; empty: it does not. A welcome discount is a cut, too."""
    if not isinstance(case.action, (Reprice, Welcome)):
        return ""
    before, after = first_year_price_fen(case, after=False), first_year_price_fen(case, after=True)
    if before is None or after is None or before <= 0:
        return ""
    if after >= round_fen(before * (1.0 - rules.review_price_drop)):
        return ""
    drop = 1.0 - after / before
    return (
        f"a cut of {drop:.1%} from {_yuan(before)} to {_yuan(after)} a month needs a review of "
        f"{rules.review_months} months: over {rules.review_price_drop:.1%}"
    )


class Regulator(mesa.Agent[mesa.Model[Any, Any]]):
    """The regulator; it keeps no memory, so the same case gets the same verdict."""

    def __init__(self, model: mesa.Model[Any, Any], settings: RegulatorSettings) -> None:
        super().__init__(model)
        self.settings = settings

    def judge(self, case: Case) -> Verdict:
        """Let an action pass, delay it, or reject it, with the reason."""
        return judge(case, self.settings)


def _yuan(fen: float) -> str:
    return f"{fen / 100:.2f} yuan"
