"""Entrants, coverage, ended services and mergers: the engine is the reference, nobody is lost."""

from typing import Any

import numpy as np
import pytest

from agents.actions import Advertise, Cover, EndService, Launch, MergeInto, Welcome
from agents.behaviour.valuation import covers
from agents.market import Market
from agents.reference import reference_market
from agents.settings import MarketSettings
from experiments.runs.scheduled import Scheduled
from sim.ledger import SUBSCRIBERS, Flow
from sim.offers import Offer
from sim.vocabulary import Event, Measure

ACCOUNTS, MONTHS = 400, 14
ENDS, MERGES = 8, 10
CHEAP = Offer(
    price_yuan=19.0, allowance_gb=30.0, pays_exit_fee_yuan=200.0, second_line=True,
    contract_months=6, exit_fee_yuan_per_month=5.0,
)  # fmt: skip


def scripts() -> dict[str, Any]:
    return {
        "newco": Scheduled({
            1: [Cover(0.3), Launch("first", CHEAP, "", equivalent_yuan=80.0), Advertise(0.9, 5)],
            3: [Cover(0.8, 0.9), Welcome("first", 500, 3, pays_exit_fee_fen=40_000)],
            5: [Cover(0.9, regions=("beijing",)), Advertise(0.9, 5)],
            ENDS: [EndService()],
        }),
        "nextco": Scheduled({
            1: [Launch("first", CHEAP, "", equivalent_yuan=80.0), Advertise(0.9, 5)],
            6: [EndService("first"), Launch("second", CHEAP, like="first")],
            MERGES: [MergeInto("china_unicom")],
        }),
    }  # fmt: skip


@pytest.fixture(scope="module")
def crowded(restless: MarketSettings) -> MarketSettings:
    """The restless market with two operators about to enter, one of them known to few."""
    data = restless.model_dump()
    like = data["operators"]["china_unicom"]
    entrant = like | {
        "entrant": True, "plans": {}, "broadband_yuan": None, "advert_reach": 0.0,
        "lead_months": 0,
        "target": like["target"] | {"lines_million": 0.0}, "entrant_liking_yuan": 20.0,
    }  # fmt: skip
    known_to_few = entrant["network"] | {"coverage": dict.fromkeys(data["regions"], 0.1)}
    data["regulator"] |= {"below_cost_margin": 0.0, "review_months": 0, "review_price_drop": 1.0}
    shy = {"acceptance": {"reluctance": 2.0, "fades_monthly": 0.1, "friend_relief": 0.3}}
    data["operators"] |= {"newco": entrant | {"network": known_to_few}, "nextco": entrant | shy}
    return MarketSettings.model_validate(data)


@pytest.fixture(scope="module")
def lived(crowded, traced) -> tuple[Market, list[dict[str, Any]], list[np.ndarray]]:
    """The market, everything of every month, and who owned each offer in it."""
    market = Market(crowded, ACCOUNTS, seed=21).fork(scripts())
    months: list[dict[str, Any]] = []
    owners: list[np.ndarray] = []
    for _ in range(MONTHS):
        months += traced(market, 1)
        owners.append(np.array(market.book.operators))
    return market, months, owners


def lines_of(state: dict[str, Any], owners: np.ndarray, n: int) -> np.ndarray:
    main = np.bincount(owners[state["state offer"]], state["state lines"], minlength=n)
    second = state["state second"]
    return main + np.bincount(owners[second[second >= 0]], minlength=n)


def counted(month: dict[str, Any], measure: Measure) -> np.ndarray:
    return month["counted measures"][..., measure].sum(axis=(1, 2))


def test_engine_and_reference_live_the_same_entries_and_exits(crowded, lived, traced, same):
    reference = reference_market(crowded, ACCOUNTS, seed=21).fork(scripts())
    same(lived[1], traced(reference, MONTHS))


def test_everything_in_that_comparison_happened(lived):
    market, months, _ = lived
    done = {(entry.actor, entry.action) for entry in market.log if entry.outcome == "done"}
    for name, kinds in {
        "newco": ("Cover", "Launch", "Welcome", "EndService"),
        "nextco": ("Launch", "EndService", "MergeInto"),
    }.items():
        assert {(name, kind) for kind in kinds} <= done
    newco, nextco = market.operator("newco").index, market.operator("nextco").index
    assert counted(months[ENDS - 1], Measure.LINES)[newco] > 5
    assert counted(months[MERGES - 1], Measure.LINES)[nextco] > 5
    # Newcomers' fees for leaving others were paid, up to what was promised.
    credited = sum(counted(month, Measure.CREDIT_FEN)[newco] for month in months)
    paid = [market.ledger.paid("newco", month).get(Flow.CREDIT, 0) for month in range(MONTHS)]
    assert credited == sum(paid) > 0


def test_subscribers_are_conserved_through_entry_and_exit(lived):
    market, months, owners = lived
    n = len(market.operators)
    before = None
    for month, own in zip(months, owners, strict=True):
        assert counted(month, Measure.ACCOUNTS).sum() == ACCOUNTS
        lines = counted(month, Measure.LINES)
        assert np.array_equal(lines, lines_of(month, own, n))
        if before is not None:
            gains, losses = (
                counted(month, Measure.GROSS_ADDS),
                counted(month, Measure.CHURNED_LINES),
            )
            # Who owns an offer this month also owns who was on it: a merger moves lines by itself.
            assert np.array_equal(lines, lines_of(before, own, n) + gains - losses)
        before = month


def test_money_is_conserved_through_entry_and_exit(lived):
    market, months, _ = lived
    for month in range(len(months)):
        ledger = market.ledger
        assert sum(ledger.balance(account, month) for account in ledger.accounts) == 0
        flows = (Flow.MOBILE, Flow.BROADBAND, Flow.EXIT_FEE)
        names = [operator.name for operator in market.operators]
        got = sum(ledger.received(name, month).get(f, 0) for name in names for f in flows)
        spent = ledger.paid(SUBSCRIBERS, month)
        assert got == sum(spent.get(flow, 0) for flow in flows) > 0


def test_an_ended_service_leaves_nobody_behind(lived):
    market, months, _ = lived
    newco = market.operator("newco").index
    for month in months[ENDS:]:
        assert counted(month, Measure.LINES)[newco] == 0
    ended = market.book.row("nextco/first")
    for month in months[6:]:
        assert not (month["state offer"] == ended).any()
        assert not (month["state second"] == ended).any()
    assert (
        counted(months[ENDS], Measure.CHURNED_LINES)[newco]
        == counted(months[ENDS - 1], Measure.LINES)[newco]
    )


def test_a_merger_moves_every_line_and_nobody_has_left(lived):
    market, months, _ = lived
    nextco, heir = market.operator("nextco").index, market.operator("china_unicom").index
    last, day = months[MERGES - 1], months[MERGES]
    assert counted(day, Measure.LINES)[nextco] == 0
    assert counted(day, Measure.CHURNED_LINES)[nextco] == 0
    assert counted(day, Measure.GROSS_ADDS)[nextco] == 0
    second = market.book.row("nextco/second")
    stayed = (last["state offer"] == second) & (day["state offer"] == second)
    assert stayed.any()
    assert not (day["record events"][stayed] & Event.LEFT).any()
    assert market.book.operators[second] == heir


@pytest.mark.parametrize("later", [0.3, 0.6, 1.0])
def test_growing_coverage_never_uncovers_anybody(crowded, later: float):
    market = Market(crowded, 300, seed=4)
    newco = market.operator("newco").index

    def who(share: float) -> np.ndarray:
        market.coverage[newco] = share
        around = market.tables().around
        regions = market.population.columns().region
        return np.array([covers(i, newco, int(regions[i]), around) for i in range(300)])

    few, more = who(0.15), who(later)
    assert not (few & ~more).any()
    assert abs(more.mean() - later) < 0.1
    assert few.sum() < more.sum()
