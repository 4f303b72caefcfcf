"""Offers: what the book says is what subscribers read, and what cannot be bought changes nobody."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.actions import Action, Launch
from agents.market import Market
from agents.observation import OperatorView
from agents.tables import offer_key
from sim.errors import QuestionError
from sim.money import to_fen
from sim.offers import Offer, OfferBook
from sim.vocabulary import CUSTOMER_CLASSES, N_SEGMENTS, Event

REGIONS = ("city", "country", "coast")
BENEFITS = ("video", "cloud")
FIRMS = ("north", "south")

yuan = st.decimals(0, 10_000, places=2).map(float)
offers = st.builds(
    Offer,
    price_yuan=yuan,
    allowance_gb=st.floats(0, 10_000),
    overage_yuan_per_gb=yuan,
    lines=st.integers(1, 20),
    extra_line_yuan=st.none() | yuan,
    broadband=st.booleans(),
    broadband_part_yuan=yuan,
    contract_months=st.integers(0, 60),
    exit_fee_yuan_per_month=yuan,
    benefits=st.sets(st.sampled_from(BENEFITS)).map(tuple),
    points_per_yuan=st.floats(0, 10),
    customers=st.sampled_from(sorted(CUSTOMER_CLASSES)),
    regions=st.sets(st.sampled_from(REGIONS)).map(tuple),
    welcome_discount_yuan=yuan,
    welcome_months=st.integers(0, 36),
    newcomers_only=st.booleans(),
    customers_of=st.sets(st.sampled_from(FIRMS)).map(tuple),
    second_line=st.booleans(),
    brand_distance_yuan=st.floats(-1000, 1000),
)
PLAIN = Offer(price_yuan=30.0, allowance_gb=10.0)


def book_of(*given_offers: Offer) -> OfferBook:
    book = OfferBook(REGIONS, BENEFITS, FIRMS)
    for k, offer in enumerate(given_offers):
        book.add(f"north/plan_{k}", offer, k % 2, key=k + 1, appeal_yuan=float(k))
    return book


def members(mask: int, names: tuple[str, ...]) -> set[str]:
    return {name for bit, name in enumerate(names) if mask >> bit & 1}


@given(st.lists(offers, min_size=1, max_size=4))
def test_subscribers_read_what_was_written(written):
    table = book_of(*written).table()
    for k, offer in enumerate(written):
        row = table.rows[k]
        assert (row.operator, row.key, row.on_sale) == (k % 2, k + 1, 1)
        for name in (
            "allowance_gb", "lines", "broadband", "contract_months", "points_per_yuan",
            "newcomers_only", "welcome_months", "second_line",
        ):  # fmt: skip
            assert getattr(row, name) == getattr(offer, name), name
        assert row.overage_fen_per_gb == to_fen(offer.overage_yuan_per_gb)
        assert row.exit_fee_fen == to_fen(offer.exit_fee_yuan_per_month)
        assert row.broadband_part_fen == to_fen(offer.broadband_part_yuan)
        assert row.welcome_fen == to_fen(offer.welcome_discount_yuan)
        extra = offer.extra_line_yuan
        assert row.extra_line_share == (
            1.0 if extra is None else extra / max(offer.price_yuan, 0.01)
        )
        assert row.appeal_yuan == k - offer.brand_distance_yuan
        assert members(row.benefits, BENEFITS) == set(offer.benefits)
        assert members(row.customers_of, FIRMS) == set(offer.customers_of or FIRMS)
        assert members(row.regions, REGIONS) == set(offer.regions or REGIONS)
        segments = {s for s in range(N_SEGMENTS) if row.segments >> s & 1}
        assert segments == set(CUSTOMER_CLASSES[offer.customers])
        assert table.price_fen[k].tolist() == [to_fen(offer.price_yuan)] * len(REGIONS)


@given(st.sets(st.sampled_from(REGIONS)), st.integers(0, 10**6))
def test_a_new_price_holds_where_it_was_set(where, price):
    book = book_of(PLAIN, PLAIN)
    book.table()
    book.reprice(1, price, tuple(where))
    prices = book.table().price_fen
    assert prices[0].tolist() == [3_000] * 3
    assert prices[1].tolist() == [
        price if not where or region in where else 3_000 for region in REGIONS
    ]


def test_the_table_follows_every_change():
    book = book_of(PLAIN, PLAIN)
    assert book.table() is book.table()
    book.withdraw(0)
    assert [row.on_sale for row in book.table().rows] == [0, 1]
    book.change(1, welcome_discount_yuan=5.0, welcome_months=3)
    assert book.table().rows[1].welcome_fen == 500
    book.set_appeals(np.array([4.0, 5.0]))
    assert book.table().rows[1].appeal_yuan == 5.0
    book.add("north/late", PLAIN, 0, key=9)
    assert len(book.table().rows) == len(book) == 3


def test_a_copy_of_the_book_is_independent():
    book = book_of(PLAIN)
    twin = book.copy()
    twin.reprice(0, 1)
    twin.withdraw(0)
    twin.add("south/new", PLAIN, 1, key=5)
    assert len(book) == 1
    assert book.table().price_fen.tolist() == [[3_000] * 3]
    assert book.table().rows[0].on_sale == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regions": ("moon",)}, "region 'moon' does not exist; allowed: city, coast, country"),
        ({"benefits": ("tea",)}, "benefit 'tea' does not exist; allowed: cloud, video"),
    ],
)
def test_an_unknown_place_or_benefit_is_named_with_what_is_allowed(change, message):
    with pytest.raises(QuestionError, match=message):
        book_of().add("north/x", PLAIN.model_copy(update=change), 0, key=1)


@pytest.mark.parametrize(("name", "key"), [("north/plan_0", 5), ("north/new", 1)])
def test_a_name_or_a_key_is_given_once(name, key):
    with pytest.raises(QuestionError, match="already in the book"):
        book_of(PLAIN).add(name, PLAIN, 0, key=key)


def test_a_missing_offer_is_named_with_those_there_are():
    with pytest.raises(QuestionError, match="offer 'x' does not exist; allowed: north/plan_0"):
        book_of(PLAIN).row("x")


@pytest.mark.parametrize(
    "wrong",
    [{"price_yuan": -1.0}, {"price_yuan": "30"}, {"lines": 0}, {"customers": "pets"}, {"prise": 1}],
)
def test_an_impossible_offer_is_refused(wrong):
    with pytest.raises(ValidationError):
        Offer.model_validate(PLAIN.model_dump() | wrong)
    with pytest.raises(ValidationError):
        book_of(PLAIN).change(0, **wrong)


def test_keys_depend_on_the_name_alone_and_are_never_nothing(china):
    names = [
        f"{name}/{plan}" for name, operator in china().operators.items() for plan in operator.plans
    ]
    keys = [offer_key(name) for name in names]
    assert len(set(keys)) == len(names)
    assert all(0 < key < 2**31 for key in keys)
    # A stored result depends on it: the same name must have the same luck for ever.
    assert offer_key("china_mobile/tier_s") == 1_699_456_705


# --- offers that cannot be bought --------------------------------------------------------------


@pytest.fixture(scope="module")
def no_firms(china):
    """A market without enterprise accounts: what is sold to firms nobody can buy."""
    changes = {
        "population": {"enterprise": 0.0, "household": 0.32, "friends": 0},
        "behaviour": {"look_base": 0.3},
    }
    return Market(china(changes), 600, seed=4).run(2)


def add_copy(market: Market, name: str, **changes: Any) -> int:
    """Put a plan on sale that everybody would love to have."""
    like = market.book.offers[market.book.row("china_unicom/value_card")]
    offer = like.model_copy(update=changes)
    return market.book.add(f"china_unicom/{name}", offer, 2, key=77, appeal_yuan=300.0)


def comparable(trace: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A trace without the table of offers, which has a row more."""
    return [{k: v for k, v in month.items() if k != "counted offers"} for month in trace]


@pytest.mark.parametrize("why", ["for firms", "off sale"])
def test_an_offer_nobody_can_buy_changes_nobody(why, no_firms, traced, same):
    plain, other = no_firms.fork({}), no_firms.fork({})
    row = add_copy(other, "dream", customers="enterprise" if why == "for firms" else "personal")
    if why == "off sale":
        other.book.withdraw(row)
    left, right = traced(plain, 12), traced(other, 12)
    same(comparable(left), comparable(right))
    for one, two in zip(left, right, strict=True):
        assert np.array_equal(one["counted offers"], two["counted offers"][:-1])
        assert not two["counted offers"][-1].any()


def test_an_attractive_offer_changes_only_who_takes_it(no_firms, traced):
    plain, other = no_firms.fork({}), no_firms.fork({})
    row = add_copy(other, "dream")
    left, right = traced(plain, 1)[0], traced(other, 1)[0]
    took = (right["state offer"] == row) | (right["state second"] == row)
    assert took.sum() > 20
    for name in ("offer", "second", "satisfaction", "bill_fen", "points"):
        changed = left[f"state {name}"] != right[f"state {name}"]
        assert not (changed & ~took).any(), name
    assert not (took & ((left["record events"] & Event.LOOKED) == 0)).any()


def test_withdrawing_an_offer_leaves_who_is_on_it(no_firms, traced):
    market = copy.deepcopy(no_firms)
    row = market.book.row("china_mobile/tier_s")
    before = market.population.columns().offer == row
    market.book.withdraw(row)
    months = traced(market, 6)
    on_it = months[-1]["state offer"] == row
    assert on_it.any()
    assert not (on_it & ~before).any()


def test_a_mere_copy_of_a_plan_wins_nobody(china):
    """Red bus, blue bus: one more draw of luck must not be one more reason to come."""
    market = Market(china(), 3_000, seed=5).run(2)

    class Copies:
        def act(self, view: OperatorView) -> list[Action]:
            mine = {o.name.split("/")[1]: o.offer for o in view.offers_before}
            plans = ("value_card", "tier_s", "family_home")
            return [Launch(f"copy_of_{p}", mine[p], p) for p in plans] if view.month == 0 else []

    copied, plain = market.fork({"china_unicom": Copies()}).run(14), market.fork({}).run(14)
    assert "china_unicom/copy_of_tier_s" in copied.book.names
    for with_copies, without in zip(copied.tallies, plain.tallies, strict=True):
        assert np.array_equal(with_copies, without)
