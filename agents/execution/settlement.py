"""The month's money: every counted payment goes through the double-entry ledger."""

from typing import TYPE_CHECKING

import numpy as np

from agents.observation import serving_fen
from agents.tallies import Counters
from sim.ledger import CHANNELS, MERCHANTS, STATE, SUBSCRIBERS, SUPPLIERS, Flow, Ledger
from sim.money import round_fen, to_fen
from sim.vocabulary import Measure

if TYPE_CHECKING:
    from agents.market import Market


def open_ledger(operators: list[str], partners: list[str]) -> Ledger:
    """A ledger with an account for everybody who can pay or be paid."""
    return Ledger([SUBSCRIBERS, STATE, SUPPLIERS, CHANNELS, MERCHANTS, *operators, *partners])


def settle_month(market: "Market", counters: Counters) -> None:
    """Post what subscribers, operators and partners owe one another for this month."""
    by_operator = counters.measures.sum(axis=(1, 2))
    for operator in market.operators:
        _settle_operator(market, operator.index, by_operator[operator.index], counters)
    for index, partner in enumerate(market.partners):
        _settle_partner(market, index, partner.name, counters)


def _settle_operator(market: "Market", index: int, sums: np.ndarray, counters: Counters) -> None:
    operator = market.operators[index]
    name, costs, month = operator.name, operator.settings.costs, market.month
    pay = market.ledger.pay
    revenue = 0
    for measure, flow in (
        (Measure.MOBILE_FEN, Flow.MOBILE),
        (Measure.BROADBAND_FEN, Flow.BROADBAND),
        (Measure.EXIT_FEE_FEN, Flow.EXIT_FEE),
    ):
        pay(month, SUBSCRIBERS, name, flow, int(sums[measure]))
        revenue += int(sums[measure])
    pay(month, name, SUBSCRIBERS, Flow.CREDIT, int(sums[Measure.CREDIT_FEN]))
    vat = market.settings.vat_rate
    pay(month, name, STATE, Flow.TAX, round_fen(revenue * vat / (1.0 + vat)))
    data = round_fen(int(sums[Measure.TRAFFIC_MB]) * costs.gb_yuan / 10.0)
    lines, broadband = int(sums[Measure.LINES]), int(sums[Measure.BROADBAND_LINES])
    serving = serving_fen(operator.costs(), lines, data, broadband)
    pay(month, name, SUPPLIERS, Flow.SERVING, serving)
    pay(month, name, SUPPLIERS, Flow.OVERHEAD, operator.overhead_fen)
    seconds = int(sums[Measure.GROSS_ADDS_SECOND])
    commission = (int(sums[Measure.GROSS_ADDS]) - seconds) * to_fen(costs.commission_yuan)
    commission += seconds * to_fen(costs.commission_second_yuan)
    pay(month, name, CHANNELS, Flow.COMMISSION, commission)
    pay(month, name, CHANNELS, Flow.CONTACTS, operator.contact_fen)
    pay(month, name, CHANNELS, Flow.ADVERTISING, operator.advert_fen)
    point = market.settings.behaviour.point_value_yuan
    points = round_fen(int(sums[Measure.POINTS_REDEEMED]) * point * 100.0)
    pay(month, name, MERCHANTS, Flow.POINTS, points)
    for payee, flow, fen in market.programmes.flows(index, counters):
        payer, taker = (name, payee) if fen >= 0 else (payee, name)
        pay(month, payer, taker, flow, abs(fen))
    left = int(sums[Measure.CHURNED_LINES]) / max(1, lines)
    market.programmes.close_liabilities(index, counters, left)
    pay(month, name, SUPPLIERS, Flow.REPAIR, operator.repair_fen)
    pay(month, name, SUPPLIERS, Flow.INVESTMENT, operator.invest_fen)
    pay(month, name, STATE, Flow.FINE, operator.fine_fen)
    for benefit, partner in enumerate(market.partners):
        alliance = partner.alliances.get(index)
        if alliance is not None:
            given = int(counters.benefits[index, benefit, 0])
            pay(month, name, partner.name, Flow.WHOLESALE, given * alliance.wholesale_fen)


def _settle_partner(market: "Market", benefit: int, name: str, counters: Counters) -> None:
    settings = market.partners[benefit].settings
    month, pay = market.month, market.ledger.pay
    direct = int(counters.direct[benefit])
    given = int(counters.benefits[:, benefit, 0].sum())
    active = round_fen(given * settings.activity)
    pay(month, SUBSCRIBERS, name, Flow.DIRECT_SALES, direct * to_fen(settings.retail_yuan))
    pay(month, MERCHANTS, name, Flow.REACH, active * to_fen(settings.reach_value_yuan))
    for operator, alliance in market.partners[benefit].alliances.items():
        if alliance.exclusive:
            gained = int(counters.benefits[operator, benefit, 0])
            gain = gained * to_fen(settings.exclusive_gain_yuan)
            pay(month, MERCHANTS, name, Flow.REACH, gain)
    cost = (active + direct) * to_fen(settings.service_cost_yuan)
    pay(month, name, SUPPLIERS, Flow.PARTNER_COSTS, cost)
    pay(month, name, SUPPLIERS, Flow.SETUP, market.setup_fen.pop(name, 0))
