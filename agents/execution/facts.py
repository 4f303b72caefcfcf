"""What an action changes, as fields of the log, worked out before it is carried out.

The cost of an action is what it costs a month if nobody does anything else for it: the price cut on
those who pay the price, the fee for those who have the plan, a campaign's budget. What it really
costs and brings depends on what everybody does, and is in the ledger.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents import actions
from agents.actions import NO_LIMIT_YUAN, Action
from agents.execution.outcome import own_offer, where_of
from agents.log import Facts
from agents.settings import offer_name
from sim.money import to_fen

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator

_YEAR = 12


def facts_of(market: "Market", operator: "Operator", action: Action) -> Facts:
    """What an action of an operator changes in the market as it stands."""
    return _FACTS[type(action)](market, operator, action)


def _launch(market: "Market", operator: "Operator", a: actions.Launch) -> Facts:  # noqa: ARG001
    return Facts(
        offer=offer_name(operator.name, a.plan),
        regions=a.offer.regions,
        new_price_fen=float(to_fen(a.offer.price_yuan)),
        gb=a.offer.allowance_gb,
        services=a.offer.benefits,
    )


def _reprice(market: "Market", operator: "Operator", a: actions.Reprice) -> Facts:
    row = market.book.row(own_offer(operator, a.offer))
    where = where_of(market, a.regions)
    old = market.book.prices_fen[row][where].astype(np.float64)
    weights = _lines_by_region(market, operator)[where]
    view = _posted(market, operator, row)
    payers = view.lines if view.offer.extra_line_yuan is None else view.accounts
    drop = float(((old - a.price_fen) * weights).sum()) * payers
    return Facts(
        offer=market.book.names[row],
        regions=a.regions,
        old_price_fen=_mean(old, weights),
        new_price_fen=float(a.price_fen),
        cost_fen=_net(market, drop),
    )


def _welcome(market: "Market", operator: "Operator", a: actions.Welcome) -> Facts:
    row = market.book.row(own_offer(operator, a.offer))
    offer = market.book.offers[row]
    weights = _lines_by_region(market, operator)
    price = _mean(market.book.prices_fen[row].astype(np.float64), weights)
    old_gift = to_fen(offer.welcome_discount_yuan)
    newcomers = _newcomers_of(market, operator, row)
    gift = a.discount_fen * a.months - old_gift * offer.welcome_months
    return Facts(
        offer=market.book.names[row],
        old_price_fen=price - old_gift,
        new_price_fen=price - a.discount_fen,
        months=a.months,
        cost_fen=_net(market, newcomers * gift),
    )


def _add_benefits(market: "Market", operator: "Operator", a: actions.AddBenefits) -> Facts:
    row = market.book.row(own_offer(operator, a.offer))
    had = market.book.offers[row].benefits
    new = tuple(b for b in a.benefits if b not in had and b not in a.without)
    out = tuple(b for b in a.without if b in had)
    fees = sum(_fee_fen(market, operator, b) for b in new)
    fees -= sum(_fee_fen(market, operator, b) for b in out)
    return Facts(
        offer=market.book.names[row],
        gb=a.extra_gb,
        services=new,
        services_out=out,
        cost_fen=fees * _posted(market, operator, row).accounts,
    )


def _offer(market: "Market", operator: "Operator", a: Any) -> Facts:
    return Facts(offer=market.book.names[market.book.row(own_offer(operator, a.offer))])


def _end_service(market: "Market", operator: "Operator", a: actions.EndService) -> Facts:
    return _offer(market, operator, a) if a.offer else Facts()


def _campaign(market: "Market", operator: "Operator", a: actions.StartCampaign) -> Facts:  # noqa: ARG001
    campaign, what = a.campaign, a.campaign.what
    budget = campaign.budget_yuan
    return Facts(
        campaign=campaign.name,
        offer=own_offer(operator, what.invite_to) if what.invite_to else "",
        regions=campaign.regions,
        months=what.months,
        gb=what.gb,
        services=what.benefits,
        cost_fen=None if budget >= NO_LIMIT_YUAN else budget * 100.0,
    )


def _propose(market: "Market", operator: "Operator", a: actions.ProposeAlliance) -> Facts:  # noqa: ARG001
    fee = float(a.wholesale_fen)
    cost = fee * a.expected_people
    return Facts(target=a.partner, services=(a.partner,), new_price_fen=fee, cost_fen=cost)


def _advertise(market: "Market", operator: "Operator", a: actions.Advertise) -> Facts:  # noqa: ARG001
    where = where_of(market, a.regions)
    accounts = float(np.diff(market.region_start)[where].sum()) * market.scale
    return Facts(regions=a.regions, cost_fen=accounts * a.reach * a.cost_fen_per_account)


def _invest(market: "Market", operator: "Operator", a: actions.Invest) -> Facts:
    region = where_of(market, (a.region,))[0]
    extra_gb = float(market.network.capacity_gb[operator.index, region]) * a.capacity_share
    yuan = extra_gb * operator.settings.network.capacity_yuan_per_gb * market.scale
    return Facts(regions=(a.region,), cost_fen=yuan * 100.0)


_FACTS: dict[type, Any] = {
    actions.Launch: _launch,
    actions.Reprice: _reprice,
    actions.Welcome: _welcome,
    actions.AddBenefits: _add_benefits,
    actions.Withdraw: _offer,
    actions.EndService: _end_service,
    actions.MergeInto: lambda _m, _o, a: Facts(target=a.operator),
    actions.StartCampaign: _campaign,
    actions.StopCampaign: lambda _m, _o, a: Facts(campaign=a.name),
    actions.StartProgramme: lambda _m, _o, a: Facts(campaign=a.mechanism),
    actions.StopProgramme: lambda _m, _o, a: Facts(campaign=a.mechanism),
    actions.ProposeAlliance: _propose,
    actions.EndAlliance: lambda _m, _o, a: Facts(target=a.partner, services_out=(a.partner,)),
    actions.Advertise: _advertise,
    actions.Invest: _invest,
    actions.Cover: lambda _m, _o, a: Facts(regions=a.regions),
}


def _posted(market: "Market", operator: "Operator", row: int) -> Any:
    """An own offer with last month's customers; one launched this month has none yet."""
    name = market.book.names[row]
    for view in market.posted[-1][operator.index]:
        if view.name == name:
            return view
    return _NewOffer(market.book.offers[row])


class _NewOffer:
    """An offer that nobody is on."""

    accounts = lines = 0.0

    def __init__(self, offer: Any) -> None:
        self.offer = offer


def _lines_by_region(market: "Market", operator: "Operator") -> NDArray[np.float64]:
    """Shares of an operator's lines by region; equal as long as it has none."""
    books, n = operator.books.by_region, len(market.regions)
    lines = books[-1][:, 0].astype(np.float64) if books else np.zeros(n)
    return lines / lines.sum() if lines.sum() > 0 else np.full(n, 1.0 / n)


def _newcomers_of(market: "Market", operator: "Operator", row: int) -> float:
    """Lines that come to an offer in a month, if it wins its part of the operator's newcomers."""
    books = operator.books
    if not books.lines or not books.lines[-1]:
        return 0.0
    recent = books.gross_adds[-_YEAR:]
    part = _posted(market, operator, row).lines / (books.lines[-1] * market.scale)
    return part * sum(recent) / len(recent) * market.scale


def _fee_fen(market: "Market", operator: "Operator", benefit: str) -> int:
    partner = market.partner(benefit)
    alliance = partner.alliances.get(operator.index)
    return partner.asks_fen if alliance is None else alliance.wholesale_fen


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total > 0 else float(values.mean())


def _net(market: "Market", fen: float) -> float:
    return fen / (1.0 + market.settings.vat_rate)
