"""The engine: same bits however it is run, and nobody is touched by what cannot reach them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.actions import Campaign, Treatment
from agents.behaviour.steps import friend_index
from agents.market import Market
from agents.population import ColumnPopulation
from agents.state import state_bytes
from sim.draws import Purpose, uniforms

ROOT = Path(__file__).resolve().parents[1]
SUBSCRIBERS = 700
BURN_IN, MONTHS = 4, 10


def columns_of(market: Market) -> ColumnPopulation:
    assert isinstance(market.population, ColumnPopulation)
    return market.population


@pytest.fixture(scope="module")
def played(restless, all_levers, traced):
    """A market after some quiet months, and what becomes of it with all levers on."""
    market = Market(restless, SUBSCRIBERS, seed=2).run(BURN_IN)
    return market, traced(market.fork(all_levers()), MONTHS)


# --- same bits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [7, 1_000, 10**9])
@pytest.mark.parametrize("threads", [1, 2])
def test_threads_and_chunks_change_nothing(chunk, threads, played, all_levers, traced, same):
    market, expected = played
    fork = market.fork(all_levers())
    columns_of(fork).threads, columns_of(fork).chunk = threads, chunk
    same(traced(fork, MONTHS), expected)


def test_the_order_of_chunks_changes_nothing(played, all_levers, traced, same, monkeypatch):
    market, expected = played
    bounds = [(start, min(SUBSCRIBERS, start + 7)) for start in range(0, SUBSCRIBERS, 7)]
    monkeypatch.setattr(ColumnPopulation, "_chunks", lambda _: bounds[::-1])
    same(traced(market.fork(all_levers()), MONTHS), expected)


def test_a_market_born_with_two_threads_is_the_same(restless, traced, same):
    one, two = (Market(restless, 200, seed=2, threads=threads) for threads in (1, 2))
    assert columns_of(two).threads == 2
    same(traced(one, 3), traced(two, 3))


def test_a_new_process_finds_the_compiled_month(played):
    # A class that cannot be found by its name would cost every run half a minute of compiling.
    script = (
        "import numpy as np\n"
        "from agents.kernel import live_month\n"
        "from agents.market import Market\n"
        "from agents.settings import MarketSettings\n"
        "from experiments.question.compose import compose, question_of\n"
        "from pathlib import Path\n"
        "question = question_of(compose(['market=duopoly']), Path('unused'))\n"
        "Market(question.market, 60, 1).run(1)\n"
        "print(sum(live_month.stats.cache_hits.values()))\n"
    )
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split()[-1] == "1"


def test_another_seed_is_another_market(restless, played):
    market, _ = played
    other = Market(restless, SUBSCRIBERS, seed=3).run(BURN_IN)
    differs = other.population.columns().offer != market.population.columns().offer
    assert differs.mean() > 0.5


@pytest.mark.parametrize("month", [1, 3, 7])
def test_a_fork_runs_on_like_the_market_it_came_from(month, played, all_levers, traced, same):
    # Forked in mid-play: actions in the queue, campaigns running, perks half enjoyed.
    market, expected = played
    straight = market.fork(all_levers())
    before = traced(straight, month)
    fork = straight.fork({})
    # The fork lives first: whatever it shared with its parent would show in the parent's months.
    ahead = traced(fork, MONTHS - month)
    same(ahead, expected[month:])
    same(before + traced(straight, MONTHS - month), expected)


@pytest.mark.parametrize("switch", [{"recording": False}, {"keep_customer_records": True}])
def test_recording_changes_nothing(switch, played, all_levers, traced, same):
    market, expected = played
    fork = market.fork(all_levers())
    for name, value in switch.items():
        assert getattr(fork, name) != value
        setattr(fork, name, value)
    same(traced(fork, MONTHS), expected)


class Idle:
    """Looks at everything and does nothing."""

    def act(self, view: Any) -> list[Any]:
        assert view.own.lines[-1] > 0
        return []


def test_strategies_that_do_nothing_are_no_strategies(played, traced, same):
    market, expected = played
    idle = {operator.name: Idle() for operator in market.operators}
    held = traced(market.fork({}), MONTHS)
    same(held, traced(market.fork(idle), MONTHS))
    assert (held[-1]["state offer"] != expected[-1]["state offer"]).any()


def test_state_is_small(played):
    columns = played[0].population.columns()
    assert sum(column.nbytes for column in columns) == state_bytes() * SUBSCRIBERS
    assert state_bytes() <= 64


# --- nobody out of reach is touched ------------------------------------------------------------

EDITS: dict[str, Any] = {
    "offer": lambda was: (was + 10) % 37,
    "second": lambda was: 11 if was < 0 else -1,
    "broadband": lambda was: 1 if was < 0 else -1,
    "contract_left": lambda was: was + 1,
    "satisfaction": lambda was: 1.0 - was,
    "reference_fen": lambda was: was // 2,
    "bill_fen": lambda was: was + 100_000,
    "points": lambda was: was + 10_000,
    "welcome_left": lambda was: was + 6,
    "contacts": lambda was: was + 3,
    "perk_left": lambda was: was + 6,
}


@pytest.fixture(scope="module")
def alone(china):
    """Markets in which people have so many friends (whose moves they heed), as the key says."""

    def build(friends: int) -> Market:
        changes = {
            "population": {"friends": friends},
            "behaviour": {"look_friend": 1.0, "peer_value_yuan": 1000, "look_base": 0.5},
        }
        market = Market(china(changes), 900, seed=8)
        gift = Treatment(discount_yuan=20.0, months=6, credit_yuan=1.0)
        market.campaigns.start(0, Campaign(name="gift", what=gift), 0.0)
        return market

    return {friends: build(friends) for friends in (0, 3)}


def lives(market: Market, who: int, edit: str, months: int) -> list[np.ndarray]:
    """Whose lives differ, by month, once one subscriber is edited (or called); `[account]`."""
    tables, behaviour = market.tables(), market.behaviour
    quiet = np.full(len(market.population), -1, dtype=np.int16)
    left, right = market.population.fork(), market.population.fork()
    call = quiet.copy()
    if edit == "call":
        call[who] = 0
    else:
        column = getattr(right.columns(), edit)
        column[who] = EDITS[edit](column[who].item())
        if edit == "perk_left":
            right.columns().perk[who] = 0
    changed: list[np.ndarray] = []
    for month in range(months):
        m = tables._replace(around=tables.around._replace(month=month + 1))
        left.live(m, behaviour, quiet)
        right.live(m, behaviour, call if month == 0 else quiet)
        pairs = zip((*left.columns(), *left.record), (*right.columns(), *right.record), strict=True)
        changed.append(np.any([one != other for one, other in pairs if len(one)], axis=0))
    return changed


@pytest.mark.parametrize("edit", [*EDITS, "call"])
@settings(max_examples=6)
@given(who=st.integers(0, 899))
def test_without_friends_nobody_touches_anybody(alone, who, edit):
    for changed in lives(alone[0], who, edit, months=12):
        assert set(np.flatnonzero(changed)) <= {who}


@pytest.mark.parametrize("edit", [*EDITS, "call"])
@settings(max_examples=6)
@given(who=st.integers(0, 899))
def test_with_friends_news_travels_one_friendship_a_month(alone, who, edit):
    market = alone[3]
    heeds = heeded_by(market)
    reached = {who}
    for changed in lives(market, who, edit, months=8):
        assert set(np.flatnonzero(changed)) <= reached
        reached = reached.union(*(heeds[person] for person in reached))


def test_such_edits_do_change_the_one_and_then_friends(alone):
    for edit in (*EDITS, "call"):
        assert any(lives(alone[0], who, edit, 1)[0][who] for who in range(0, 900, 90)), edit
    spread = [np.any(lives(alone[3], who, "offer", 8), axis=0).sum() for who in range(0, 900, 90)]
    assert max(spread) > 20


def heeded_by(market: Market) -> dict[int, set[int]]:
    """Who has each account among its friends."""
    heeds: dict[int, set[int]] = {who: set() for who in range(len(market.population))}
    for region in market.tables().around.regions:
        for who in range(int(region.start), int(region.end)):
            near, far, _, _ = uniforms(market.seed_number, who, 0, Purpose.FRIENDS, 0)
            for k in range(3):
                pick = near if k < 3 else far
                friend = friend_index(who, k, int(region.start), int(region.end), pick)
                heeds[friend].add(who)
    return heeds
