"""Double-entry books: money moves, it never appears or vanishes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import QuestionError
from sim.ledger import STATE, SUBSCRIBERS, Flow, Ledger
from sim.money import round_fen, to_fen, to_yuan

ACCOUNTS = (SUBSCRIBERS, STATE, "north", "south", "video")

payments = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(Flow),
        st.integers(0, 10**15),
    ),
    max_size=40,
)


def booked(entries) -> Ledger:
    ledger = Ledger(ACCOUNTS)
    for entry in entries:
        ledger.pay(*entry)
    return ledger


@given(payments)
def test_every_month_sums_to_zero_over_all_accounts(entries):
    ledger = booked(entries)
    for month in range(4):
        assert sum(ledger.balance(account, month) for account in ACCOUNTS) == 0


@given(payments)
def test_what_was_paid_was_received_and_is_what_was_entered(entries):
    ledger = booked(entries)
    for month in range(4):
        for flow in Flow:
            entered = sum(fen for m, _, _, f, fen in entries if (m, f) == (month, flow))
            assert sum(ledger.received(a, month).get(flow, 0) for a in ACCOUNTS) == entered
            assert sum(ledger.paid(a, month).get(flow, 0) for a in ACCOUNTS) == entered
    assert sum(posting.fen for posting in ledger.postings()) == sum(e[4] for e in entries)


@given(payments, payments)
def test_a_copy_keeps_books_of_its_own(before, after):
    ledger = booked(before)
    kept = ledger.postings()
    twin = ledger.copy()
    assert twin.postings() == kept
    for entry in after:
        twin.pay(*entry)
    assert ledger.postings() == kept


@given(payments)
def test_the_order_of_payments_changes_no_sum(entries):
    there, back = booked(entries), booked(entries[::-1])
    assert set(there.postings()) == set(back.postings())


def test_balance_is_received_minus_paid():
    ledger = Ledger(ACCOUNTS)
    ledger.pay(0, SUBSCRIBERS, "north", Flow.MOBILE, 500)
    ledger.pay(0, SUBSCRIBERS, "north", Flow.MOBILE, 250)
    ledger.pay(0, "north", STATE, Flow.TAX, 42)
    ledger.pay(1, "north", SUBSCRIBERS, Flow.CREDIT, 7)
    assert ledger.received("north", 0) == {Flow.MOBILE: 750}
    assert ledger.paid("north", 0) == {Flow.TAX: 42}
    assert [ledger.balance(account, 0) for account in ACCOUNTS] == [-750, 42, 708, 0, 0]
    assert ledger.balance("north", 1) == -7
    assert ledger.balance("north", 2) == 0


def test_nothing_is_entered_for_nothing():
    ledger = Ledger(ACCOUNTS)
    ledger.pay(0, SUBSCRIBERS, "north", Flow.MOBILE, 0)
    assert ledger.postings() == []


def test_a_negative_payment_is_refused_with_the_amount():
    with pytest.raises(QuestionError, match=r"credit from north to subscribers: -1 fen"):
        Ledger(ACCOUNTS).pay(0, "north", SUBSCRIBERS, Flow.CREDIT, -1)


@pytest.mark.parametrize(("payer", "payee"), [("nobody", "north"), ("north", "nobody")])
def test_an_account_that_nobody_opened_is_refused_by_name(payer, payee):
    with pytest.raises(QuestionError, match="'nobody' does not exist; allowed: north"):
        Ledger(ACCOUNTS).pay(0, payer, payee, Flow.MOBILE, 1)


@given(st.floats(-1e12, 1e12))
def test_rounding_goes_to_the_nearest_fen_and_halves_up(fen):
    assert abs(round_fen(fen) - fen) <= 0.5
    assert round_fen(float(round_fen(fen)) + 0.5) == round_fen(fen) + 1


@given(st.integers(-(10**12), 10**12))
def test_whole_fen_survive_as_yuan(fen):
    assert to_fen(to_yuan(fen)) == fen
