"""Subscribers are conserved and so is money: columns, records, counters and ledger agree."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.market import Market
from sim.ledger import SUBSCRIBERS, Flow
from sim.vocabulary import Event, Measure

BURN_IN, MONTHS = 3, 18


class History:
    """A market's months, and where everybody stood before the first of them."""

    def __init__(self, market: Market, months: int, traced: Any) -> None:
        self.market = market
        self.n_operators = len(market.operators)
        columns = market.population.columns()
        self.start = {f"state {k}": v.copy() for k, v in columns._asdict().items()}
        self.first_month = market.month
        self.months: list[dict[str, Any]] = traced(market, months)
        self.operator_of = np.array(market.book.operators)

    def pairs(self):
        """Month by month: its number, the state before, and everything after."""
        befores = [self.start, *self.months[:-1]]
        for k, (before, after) in enumerate(zip(befores, self.months, strict=True)):
            yield self.first_month + k, before, after

    def main(self, state: dict[str, Any]) -> np.ndarray:
        return self.operator_of[state["state offer"]]

    def lines(self, state: dict[str, Any]) -> np.ndarray:
        """Mobile lines of each operator by everybody's state; `[operator]`."""
        return self.by_operator(self.main(state), state["state lines"]) + self.seconds(state)

    def seconds(self, state: dict[str, Any]) -> np.ndarray:
        held = state["state second"]
        return self.by_operator(self.operator_of[held[held >= 0]], np.ones((held >= 0).sum()))

    def by_operator(self, operators: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """Whole amounts summed by operator; nobody's (-1) are left out."""
        there = operators >= 0
        sums = np.zeros(self.n_operators, dtype=np.int64)
        np.add.at(sums, operators[there], amounts[there].astype(np.int64))
        return sums


def counted(after: dict[str, Any], measure: Measure) -> np.ndarray:
    return after["counted measures"][..., measure].sum(axis=(1, 2))


@pytest.fixture(scope="module", params=["all levers", "nobody plays", "no second SIMs"])
def history(request, restless, china, all_levers, traced):
    settings = china({"second_lines_share": 0.0}) if "SIM" in request.param else restless
    market = Market(settings, 500, seed=6).run(BURN_IN)
    return History(market.fork(all_levers() if "all" in request.param else {}), MONTHS, traced)


def check_subscribers(history: History) -> None:
    n = len(history.market.population)
    for month, before, after in history.pairs():
        assert counted(after, Measure.ACCOUNTS).sum() == n
        for fixed in ("segment", "region", "lines", "usage_gb", "owned", "consent"):
            assert np.array_equal(before[f"state {fixed}"], after[f"state {fixed}"]), fixed
        lines = counted(after, Measure.LINES)
        assert np.array_equal(lines, history.lines(after)), month
        gains = counted(after, Measure.GROSS_ADDS)
        losses = counted(after, Measure.CHURNED_LINES)
        assert (gains >= 0).all()
        assert (losses >= 0).all()
        assert np.array_equal(lines, history.lines(before) + gains - losses), month
        seconds = history.seconds(after)
        assert np.array_equal(counted(after, Measure.SECOND_LINES), seconds)
        # People have as many main lines as ever: only second SIMs change the number of lines.
        assert gains.sum() - losses.sum() == seconds.sum() - history.seconds(before).sum()
        offers = after["counted offers"]
        assert offers[:, 0].sum() == n
        assert offers[:, 1:3].sum() == lines.sum()


def check_payments(history: History) -> None:
    ledger = history.market.ledger
    names = [operator.name for operator in history.market.operators]
    for month, _, after in history.pairs():
        main = history.main(after)
        held = after["state second"]
        second = np.where(held >= 0, history.operator_of[held], -1)
        payers = (
            (main, after["record main_fen"]),
            (second, after["record second_fen"]),
            (after["state broadband"], after["record broadband_fen"]),
            (after["record origin"], after["record exit_fee_fen"]),
        )
        paid = np.sum([history.by_operator(to, fen) for to, fen in payers], axis=0)
        received = [ledger.received(name, month) for name in names]
        flows = (Flow.MOBILE, Flow.BROADBAND, Flow.EXIT_FEE)
        assert [sum(got.get(flow, 0) for flow in flows) for got in received] == paid.tolist()
        assert sum(ledger.balance(account, month) for account in ledger.accounts) == 0
        spent = ledger.paid(SUBSCRIBERS, month)
        assert sum(spent.get(flow, 0) for flow in flows) == paid.sum()


def test_subscribers_are_conserved(history):
    check_subscribers(history)


def test_what_subscribers_paid_is_what_operators_received_to_the_fen(history):
    check_payments(history)


def test_moves_are_the_difference_between_two_months(history):
    for _, before, after in history.pairs():
        moves = np.zeros((history.n_operators,) * 2, dtype=np.int64)
        come, gone = history.main(after), history.main(before)
        moved = come != gone
        np.add.at(moves, (gone[moved], come[moved]), after["state lines"][moved])
        assert np.array_equal(after["counted moves"], moves)
        assert np.array_equal(moved, (after["record events"] & Event.LEFT) != 0)
        assert np.array_equal(after["record origin"], gone)


def test_bills_remembered_are_bills_paid(history):
    for _, _, after in history.pairs():
        paid = after["record main_fen"] + after["record broadband_fen"]
        assert np.array_equal(after["state bill_fen"], paid)
        assert (paid >= 0).all()


def test_exit_fees_are_what_the_contract_said(history):
    rows = history.market.book.table().rows
    for _, before, after in history.pairs():
        offer = rows[before["state offer"]]
        contracts = np.where(offer.lines == 1, before["state lines"], 1)
        due = offer.exit_fee_fen * before["state contract_left"] * contracts
        left = (after["record events"] & Event.LEFT) != 0
        # Within an operator the fee is waived for a plan that binds for at least as long.
        target = rows[after["state offer"]]
        shorter = target.contract_months < before["state contract_left"]
        left |= (after["state offer"] != before["state offer"]) & shorter
        # Nor is it due from a line that lapsed: who does not pay does not pay the fee either.
        left &= (after["record events"] & Event.LAPSED) == 0
        # Who took a campaign's perk this month may have bound itself again before leaving.
        plain = (after["record events"] & Event.ACCEPTED) == 0
        assert np.array_equal(after["record exit_fee_fen"][plain], np.where(left, due, 0)[plain])
        assert after["record exit_fee_fen"].sum() == counted(after, Measure.EXIT_FEE_FEN).sum()


def test_each_promise_is_paid_by_the_operator_that_made_it(history):
    market = history.market
    makers = np.array([row.operator for row in market.campaigns.rows], dtype=np.int64)
    credited = np.zeros(history.n_operators, dtype=np.int64)
    for month, _, after in history.pairs():
        campaigns = after["counted campaigns"]
        known = makers[: len(campaigns)]
        promised = history.by_operator(known, campaigns[: len(known), 1])
        assert np.array_equal(counted(after, Measure.CREDIT_FEN), promised)
        paid = [market.ledger.paid(o.name, month).get(Flow.CREDIT, 0) for o in market.operators]
        assert paid == promised.tolist()
        credited += promised
        perk = after["state perk"]
        enjoying = perk >= 0
        assert np.array_equal(makers[perk[enjoying]], history.main(after)[enjoying])
    assert bool(credited.any()) == bool(len(makers))


def test_a_promise_with_a_plan_is_enjoyed_on_that_plan_only(restless, all_levers, traced):
    history = History(Market(restless, 900, seed=9).run(2).fork(all_levers()), 8, traced)
    invited = 0
    for row, running in enumerate(history.market.campaigns.rows):
        if not running.campaign.what.invite_to:
            continue
        target = history.market.book.row(running.campaign.what.invite_to)
        for month in history.months:
            there = month["state offer"][month["state perk"] == row]
            assert (there == target).all()
            invited += len(there)
    assert invited > 0


@settings(max_examples=10)
@given(seed=st.integers(0, 2**40), n=st.integers(15, 150))
def test_conservation_holds_in_any_market(seed, n, restless, all_levers, traced):
    history = History(Market(restless, n, seed=seed).run(1).fork(all_levers()), 5, traced)
    check_subscribers(history)
    check_payments(history)
