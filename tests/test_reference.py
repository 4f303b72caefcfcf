"""The engine against the reference: compiled columns and plain Mesa agents live the same lives."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from agents.market import Market
from agents.reference import ReferencePopulation, reference_market
from agents.subscriber import Subscriber
from sim.ledger import Flow
from sim.vocabulary import Event, Measure

SUBSCRIBERS = 600
BURN_IN, MONTHS = 4, 26


@pytest.fixture(scope="module")
def engine(restless, all_levers, traced):
    market = Market(restless, SUBSCRIBERS, seed=11).run(BURN_IN).fork(all_levers())
    return market, traced(market, MONTHS)


def test_engine_and_reference_live_the_same_lives_with_all_levers_on(
    engine, restless, all_levers, traced, same
):
    # No tolerance: state is whole numbers, but for satisfaction, which both round to four bytes.
    reference = reference_market(restless, SUBSCRIBERS, seed=11).run(BURN_IN).fork(all_levers())
    assert isinstance(reference.population, ReferencePopulation)
    same(engine[1], traced(reference, MONTHS))


def test_in_that_comparison_everything_happened(engine):
    _, months = engine
    events = np.bitwise_or.reduce([np.bitwise_or.reduce(m["record events"]) for m in months])
    assert not [event.name for event in Event if not events & event]
    measures = np.sum([m["counted measures"].sum(axis=(0, 1, 2)) for m in months], axis=0)
    assert not [measure.name for measure in Measure if not measures[measure]]
    flows = {posting.flow for posting in months[-1]["ledger"]}
    flows.add(Flow.REPAIR)  # technicians of a line monitor: tests/test_line_monitor.py
    assert not [flow.name for flow in Flow if flow not in flows]


def test_in_that_comparison_every_lever_was_pulled(engine):
    market, months = engine
    done = {e.action for e in market.log if e.outcome.startswith(("done", "accepted"))}
    assert done >= {
        "Launch", "Reprice", "Welcome", "AddBenefits", "Withdraw", "StartCampaign", "StopCampaign",
        "ProposeAlliance", "EndAlliance", "Advertise", "Invest",
    }  # fmt: skip
    outcomes = {entry.outcome for entry in market.log}
    assert {"rejected", "delayed"} <= outcomes
    last = len(market.campaigns.rows)
    counted = np.zeros((last, 4), dtype=np.int64)
    for month in months:
        rows = month["counted campaigns"][:last]
        counted[: len(rows)] += rows
    by_name = dict(zip((r.campaign.name for r in market.campaigns.rows), counted, strict=True))
    assert set(by_name) == {"care", "desk", "bundle", "back", "risk"}
    for name, (accepted, credit, discount, saved) in by_name.items():
        assert accepted > 0, name
        assert discount > 0, name
        assert (credit > 0) == (name != "risk"), name
        assert (saved > 0) == (name == "desk"), name
    focal, partner = market.operator("china_unicom"), market.partner("ride_hailing")
    assert partner.alliances[focal.index].exclusive
    rides = [m["counted benefits"][focal.index, market.partners.index(partner), 0] for m in months]
    assert min(rides[4:12]) > 0 == max(rides[:4]) == max(rides[12:])
    launched = market.book.row("china_unicom/fresh")
    lines = [m["counted offers"][launched] for m in months if launched < len(m["counted offers"])]
    assert sum(row[1] for row in lines) > 0
    assert sum(row[2] for row in lines) > 0


def test_the_order_in_which_agents_live_cannot_matter(restless, all_levers, traced, same):
    def backwards(step: int) -> list[dict[str, Any]]:
        market = reference_market(restless, 120, seed=3).run(1).fork(all_levers())
        population = market.population
        assert isinstance(population, ReferencePopulation)
        population.order = list(range(len(population)))[::step]
        return traced(market, 6)

    same(backwards(1), backwards(-1))


def test_a_fork_of_the_reference_is_independent_and_goes_when_dropped(restless, traced, same):
    market = reference_market(restless, 60, seed=5).run(2)
    assert len(market.agents_by_type[Subscriber]) == len(market.population) == 60
    fork = market.fork({})
    twin = market.population.fork()
    assert isinstance(twin, ReferencePopulation)
    assert not {id(s) for s in twin.subscribers} & {id(a) for a in market.agents}
    ahead = traced(fork, 3)
    assert len(fork.agents_by_type[Subscriber]) == 60
    same(ahead, traced(market, 3))
    gone = [weakref.ref(fork), *map(weakref.ref, fork.agents), *map(weakref.ref, twin.subscribers)]
    del fork, twin
    gc.collect()
    assert not [ref for ref in gone if ref() is not None]
