"""Actions on offers: launch, price, enrich, withdraw, end, hand over."""

from typing import TYPE_CHECKING

from agents.actions import AddBenefits, EndService, Launch, MergeInto, Reprice, Welcome, Withdraw
from agents.execution.outcome import DONE, Execution, own_offer
from agents.observation import OfferView
from agents.settings import offer_name
from agents.tables import first_appeal, offer_key
from sim.errors import ActionError
from sim.money import to_fen

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


def launch(market: "Market", operator: "Operator", action: Launch) -> Execution:
    """Put a new offer on sale."""
    book = market.book
    name = offer_name(operator.name, action.plan)
    if action.like:
        like = book.row(own_offer(operator, action.like))
        appeal = book.appeals_yuan[like]
        book.add(name, action.offer, operator.index, book.keys[like], appeal, shares_key=True)
    else:
        book.add(
            name, action.offer, operator.index, offer_key(name),
            first_appeal(market.settings, operator.name, action.offer, action.equivalent_yuan),
        )  # fmt: skip
    return DONE


def reprice(market: "Market", operator: "Operator", action: Reprice) -> Execution:
    """Change a price."""
    row = market.book.row(own_offer(operator, action.offer))
    market.book.reprice(row, action.price_fen, action.regions)
    return DONE


def welcome(market: "Market", operator: "Operator", action: Welcome) -> Execution:
    """Set what newcomers get."""
    row = market.book.row(own_offer(operator, action.offer))
    yuan = action.discount_fen / 100.0
    market.book.change(row, welcome_discount_yuan=yuan, welcome_months=action.months)
    if action.pays_exit_fee_fen is not None:
        market.book.change(row, pays_exit_fee_yuan=action.pays_exit_fee_fen / 100.0)
    return DONE


def add_benefits(market: "Market", operator: "Operator", action: AddBenefits) -> Execution:
    """Change benefits and data of an offer."""
    row = market.book.row(own_offer(operator, action.offer))
    offer = market.book.offers[row]
    allowance = max(0.0, offer.allowance_gb + action.extra_gb)
    benefits = changed_benefits(offer.benefits, action)
    market.book.change(row, benefits=benefits, allowance_gb=allowance)
    return DONE


def withdraw(market: "Market", operator: "Operator", action: Withdraw) -> Execution:
    """Take an offer off sale."""
    market.book.withdraw(market.book.row(own_offer(operator, action.offer)))
    return DONE


def end_service(market: "Market", operator: "Operator", action: EndService) -> Execution:
    """Switch offers off."""
    for row in rows_of(market, operator, action.offer):
        market.book.end(row)
    return DONE


def merge(market: "Market", operator: "Operator", action: MergeInto) -> Execution:
    """Hand all offers, campaigns' ends and alliances to another operator."""
    heir = market.operator(action.operator)
    if operator.settings.broadband_yuan is not None:
        raise ActionError(f"{operator.name} sells broadband, which cannot be handed over")
    for row in rows_of(market, operator, ""):
        market.book.hand_over(row, heir.index)
    for name in market.campaigns.names(operator.index):
        market.campaigns.stop(operator.index, name)
    for partner in market.partners:  # who was promised a service keeps it
        alliance = partner.alliances.pop(operator.index, None)
        if alliance is not None:
            partner.alliances.setdefault(heir.index, alliance)
    return DONE


def rows_of(market: "Market", operator: "Operator", offer: str) -> list[int]:
    """The row of one own offer, or (empty) of all that were ever the operator's."""
    if offer:
        return [market.book.row(own_offer(operator, offer))]
    return [row for row, who in enumerate(market.book.operators) if who == operator.index]


def changed_benefits(benefits: tuple[str, ...], action: AddBenefits) -> tuple[str, ...]:
    """An offer's benefits after the action, in a stable order."""
    wanted = dict.fromkeys((*benefits, *action.benefits))
    return tuple(benefit for benefit in wanted if benefit not in action.without)


def post_offers(market: "Market") -> list[tuple[OfferView, ...]]:
    """All operators' offers as posted now, with their own customer counts; `[operator]`."""
    counters = market.last_counters
    book = market.book
    posted: list[list[OfferView]] = [[] for _ in market.operators]
    for row, name in enumerate(book.names):
        counts = (
            counters.offers[row] if counters is not None and row < len(counters.offers) else None
        )
        offer = book.offers[row]
        posted[book.operators[row]].append(
            OfferView(
                name=name,
                offer=offer,
                price_fen=tuple(int(price) for price in book.prices_fen[row]),
                on_sale=book.on_sale[row],
                welcome_fen=to_fen(offer.welcome_discount_yuan),
                welcome_months=offer.welcome_months,
                accounts=0.0 if counts is None else float(counts[0]) * market.scale,
                lines=0.0 if counts is None else float(counts[1] + counts[2]) * market.scale,
            )
        )
    return [tuple(offers) for offers in posted]
