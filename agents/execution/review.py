"""The regulator's review: the facts of an action that it can establish."""

from typing import TYPE_CHECKING

from agents.actions import Action, AddBenefits, Launch, Reprice, Welcome
from agents.execution.offers import changed_benefits
from agents.execution.outcome import own_offer
from agents.observation import cost_to_serve_fen
from agents.regulator import Case
from sim.money import round_fen, to_fen
from sim.vocabulary import CUSTOMER_CLASSES

if TYPE_CHECKING:
    from agents.market import Market
    from agents.operator import Operator


_YEAR = 12


def case_of(market: "Market", operator: "Operator", action: Action) -> Case:
    """The facts of an action that the regulator can establish."""
    book = market.book
    offer = None
    old_price = new_price = None
    match action:
        case Launch():
            offer, new_price = action.offer, to_fen(action.offer.price_yuan)
        case Reprice() | Welcome() | AddBenefits():
            row = book.row(own_offer(operator, action.offer))
            offer = book.offers[row]
            new_price = int(book.prices_fen[row].min())
            old_price = _highest_price(market, operator.index, book.names[row])
            if isinstance(action, Reprice):
                new_price = action.price_fen
        case _:
            pass
    benefits: tuple[str, ...] = offer.benefits if offer is not None else ()
    if isinstance(action, AddBenefits):
        benefits = changed_benefits(benefits, action)
    retail = sum(to_fen(market.partner(b).settings.retail_yuan) for b in benefits)
    welcome_fen = welcome_months = 0
    cost = 0
    if offer is not None:
        welcome_fen, welcome_months = to_fen(offer.welcome_discount_yuan), offer.welcome_months
        if offer.customers == "enterprise":  # priced per line, but one set of benefits an account
            retail = round(retail / market.settings.population.enterprise_lines_mean)
        costs = operator.settings.costs
        usual = market.settings.behaviour.usage_gb.array()[list(CUSTOMER_CLASSES[offer.customers])]
        used = min(offer.allowance_gb, float(usual.mean()) * offer.lines)
        wholesale = sum(market.partner(b).asks_fen for b in benefits)
        data = to_fen(used * costs.gb_yuan)
        cost = round_fen(cost_to_serve_fen(operator.costs(), offer, data, wholesale))
    return Case(
        action=action,
        operator=operator.name,
        cost_to_serve_fen=cost,
        old_price_fen=old_price,
        new_price_fen=new_price,
        benefit_retail_fen=retail,
        vat_rate=market.settings.vat_rate,
        welcome_fen=welcome_fen,
        welcome_months=welcome_months,
    )


def _highest_price(market: "Market", operator: int, name: str) -> int:
    """Highest price of the last year: many small cuts are judged as the deep one they add up to."""
    prices = [
        min(view.price_fen)
        for offers in market.posted[-_YEAR:]
        for view in offers[operator]
        if view.name == name
    ]
    return max(prices)
