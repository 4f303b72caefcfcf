"""A partner's shop front: it brings its own customers who are not ours, for a commission."""

from typing import Any

import numpy as np
import pytest

from agents.actions import (
    Advertise,
    Campaign,
    EndAlliance,
    Launch,
    ProposeAlliance,
    StartCampaign,
    Treatment,
    Who,
)
from agents.market import Market
from agents.reference import reference_market
from experiments.runs.scheduled import Scheduled
from sim.errors import ActionError, UnknownNameError
from sim.ledger import CHANNELS, Flow
from sim.offers import Offer
from sim.vocabulary import Event
from strategies.registry import read

OURS, RIVAL, SHOP = "china_unicom", "china_telecom", "ecommerce"
CHANNEL = {"alliance": {"cost_yuan": 0.8, "reach": 0.9, "persuasion": 0.9}}
LOOKS = (
    "look_base", "look_contract_end", "look_bill_shock", "look_fault", "look_dissatisfied",
    "look_friend", "look_contacted",
)  # fmt: skip
QUIET = {
    "channels": CHANNEL, "life_cycle": {"chosen_share": 1.0},
    "behaviour": {**dict.fromkeys(LOOKS, 0.0), "look_advert": 0.0, "overlap_cancel": 0.0},
}  # fmt: skip


def plan(*benefits: str) -> Launch:
    """A good plan for private persons."""
    offer = Offer(
        price_yuan=55.0, allowance_gb=80.0, overage_yuan_per_gb=5.0, benefits=benefits,
        newcomers_only=True,
    )  # fmt: skip
    return Launch("youth", offer, like="tier_m")


def speaks(**fields: Any) -> StartCampaign:
    return StartCampaign(
        Campaign(
            **{
                "name": "front", "who": Who(customers="prospects"), "channel": "alliance",
                "what": Treatment(credit_yuan=20.0, months=1, invite_to="youth"),
                "partner": SHOP, "commission_yuan": 40.0, "cooldown_months": 1, **fields,
            }
        )
    )  # fmt: skip


def allies() -> ProposeAlliance:
    return ProposeAlliance(SHOP, 600, 1e6)


def sold(start: Market, *later: Any, benefits: tuple[str, ...] = (), months: int = 6) -> Market:
    """The plan comes on sale in its time, the shop front speaks from then on."""
    lead = start.settings.operators[OURS].lead_months
    turns = {0: [allies(), plan(*benefits)], lead: list(later)}
    return start.fork({OURS: Scheduled(turns)}).run(months)


def ours(market: Market) -> np.ndarray:
    mine = [i for i, name in enumerate(market.book.names) if name.startswith(OURS)]
    return np.isin(market.population.columns().offer, mine)


@pytest.fixture(scope="module")
def start(china) -> Market:
    """Nobody looks around of his own accord."""
    return Market(china(QUIET), 1500, seed=4).run(1)


def test_it_brings_whom_advertising_does_not_reach(start):
    before = ours(start)
    advertised = sold(start, Advertise(1.0, 5))
    assert (ours(advertised) & ~before).sum() == 0
    spoken_to = sold(start, speaks())
    came = ours(spoken_to) & ~before
    assert came.sum() > 5
    bit = start.partner_names.index(SHOP)
    assert ((start.population.columns().owned[came] >> bit) & 1 == 1).all()


def test_a_partner_without_customers_brings_nobody(start):
    empty = start.fork({})
    empty.population.columns().owned[:] = 0
    market = sold(empty, speaks())
    (file,) = market.campaigns.files.values()
    assert sum(file.contacts) == 0
    assert np.array_equal(ours(market), ours(sold(empty)))


def test_a_partner_that_earns_nothing_or_is_bound_speaks_to_nobody(start):
    lead = start.settings.operators[OURS].lead_months

    def contacts(commission_yuan: float, *rival: Any) -> int:
        ends = EndAlliance(SHOP)
        mine = {0: [ends, plan()], lead: [speaks(commission_yuan=commission_yuan)]}
        plays = {OURS: Scheduled(mine), RIVAL: Scheduled({1: list(rival)})}
        market = start.fork(plays).run(5)
        return sum(next(iter(market.campaigns.files.values())).contacts)

    assert contacts(40.0) > 0
    assert contacts(0.0) == 0
    assert contacts(40.0, ProposeAlliance(SHOP, 1_500, 1e8, exclusive=True)) == 0


def test_what_all_own_already_draws_nobody(start):
    def came(owned: int, *benefits: str) -> int:
        market = start.fork({})
        market.population.columns().owned[:] = owned
        before = ours(market)
        return int((ours(sold(market, speaks(), benefits=benefits)) & ~before).sum())

    shop, video = (1 << start.partner_names.index(name) for name in (SHOP, "video"))
    assert came(shop | video, "video") == came(shop | video) > 0
    assert came(shop, "video") > came(shop)


def test_the_partner_gets_its_commission_and_our_channels_none(start):
    market = sold(start, speaks(), months=2)
    lines = 0
    for _ in range(4):
        market.run(1)
        record, columns, month = (
            market.population.record,
            market.population.columns(),
            market.month - 1,
        )
        came = (record.credited == 0) & (record.events & Event.LEFT != 0)
        lines += int(columns.lines[came].sum())
        won = int(columns.lines[came].sum())
        paid = [p for p in market.ledger.postings() if p.month == month and p.payer == OURS]
        commission = {p.payee: p.fen for p in paid if p.flow == Flow.COMMISSION}
        assert commission.get(SHOP, 0) == won * 4_000
        others = market.operator(OURS).books.gross_adds[-1] - won
        assert commission.get(CHANNELS, 0) <= others * 7_000
        assert sum(market.ledger.balance(name, month) for name in market.ledger.accounts) == 0
    assert lines > 0
    (view,) = market.operator(OURS).view().campaigns
    assert view.channel == "alliance"
    assert view.lines_won == pytest.approx(lines * market.scale)


def test_engine_and_reference_agree(china, traced, same):
    def play(market: Market) -> list[dict[str, Any]]:
        mine = Scheduled({0: [allies(), plan("video")], 3: [speaks()]})
        return traced(market.fork({OURS: mine}), 6)

    restless = china({"channels": CHANNEL}, {"behaviour": {"look_base": 0.1}})
    engine = play(Market(restless, 400, seed=11).run(1))
    same(engine, play(reference_market(restless, 400, seed=11).run(1)))
    assert any((month["record credited"] >= 0).any() for month in engine)


@pytest.mark.parametrize("operator", [OURS, RIVAL])
def test_anybody_can_play_it(china, operator):
    start = Market(china({"channels": CHANNEL}), 1500, seed=4).run(1)
    played = start.fork({operator: read({"kind": "youth_cobrand", "begin": "now"})}).run(8)
    files = [
        f
        for row, f in played.campaigns.files.items()
        if played.campaigns.rows[row].campaign.partner
    ]
    assert sum(int(file.responses[:, 2].sum()) for file in files) > 0
    plays = {operator: read({"kind": "youth_cobrand", "begin": "now", "months": 4})}
    ended = start.fork(plays).run(7)
    assert not ended.operator(operator).view().running
    sold_still = [o.on_sale for o in ended.operator(operator).view().offers if "youth" in o.name]
    assert not any(sold_still)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"partner": ""}, "prospects are customers of a partner"),
        ({"who": Who()}, "prospects are customers of a partner"),
        ({"who": Who(), "partner": ""}, "without a partner to pay it to"),
        ({"who": Who(customers="prospects", rank_by="tenure_months")}, "no records"),
        ({"partner": "ecomerce"}, "did you mean 'ecommerce'"),
    ],
)
def test_what_cannot_be_said_to_prospects_is_refused(start, fields, says):
    what = Treatment(credit_yuan=20.0, months=1)
    with pytest.raises((ActionError, UnknownNameError), match=says):
        start.fork({OURS: Scheduled({0: [speaks(what=what, **fields)]})}).run(1)
