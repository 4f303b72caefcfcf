"""Price paths of operators that answer each other: who settles, where, and what remains.

A table of offers stands in for the market: everybody sees the others' posted prices some months
late, acts, and what is asked for is posted. Nobody buys anything; books say what the test says.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.observation import OfferView, OperatorView, RivalView
from strategies import registry
from strategies.toolkit import floor_fen

HOLD = {"kind": "hold"}
QUIET = {"advert_reach": 0.0}
CUT = {"kind": "price_cut", "depth": 0.3} | QUIET
NEWCOMERS = CUT | {"new_customers_only": True}
MATCH_PRICE = {"kind": "match_price"} | QUIET
PEACEFUL = ("none", "match", "copy", "profit_rule", "punish_then_return")
Plays = dict[str, dict[str, Any]]
Path = list[dict[str, tuple[int, int]]]
"""By month, by operator: price of tier_m, and what a newcomer pays for it; fen, first region."""


@pytest.fixture(scope="module")
def lives(view_at, cheaper, carry_out) -> Callable[..., Path]:
    """Let operators play against each other and return the path of the flagship's prices."""

    def run(
        plays: Plays, months: int, lags: dict[str, int] | None = None, less: float = 1.0
    ) -> Path:
        lags = lags or {}
        names = list(plays)
        start = {
            name: tuple(
                replace(o, name=o.name.replace("us/", f"{name}/"))
                for o in cheaper("us", 1.0 + 0.03 * i)
            )
            for i, name in enumerate(names)
        }
        players = {name: registry.read(data) for name, data in plays.items()}
        posted: list[dict[str, tuple[OfferView, ...]]] = [start]
        path: Path = []
        for month in range(months):
            new: dict[str, tuple[OfferView, ...]] = {}
            plain = view_at(month)
            for me in names:
                view = _view(plain, me, posted, start, 1 + lags.get(me, 0), less)
                new[me] = carry_out(view, players[me].act(view)).offers
            posted.append(new)
            path.append({name: _flagship(offers) for name, offers in new.items()})
            for name, offers in new.items():
                for o in offers:
                    least = floor_fen(o.offer, plain)
                    assert min(o.price_fen) - o.welcome_fen >= least, (name, o.name)
        return path

    return run


def _view(
    plain: OperatorView, me: str, posted: Any, start: Any, lag: int, less: float
) -> OperatorView:
    seen = posted[max(0, len(posted) - lag)]
    rivals = tuple(RivalView(n, seen[n], 1e7, start[n]) for n in start if n != me)
    money = np.full(12 + plain.month, 1e10)
    money[12:] *= less
    return replace(
        plain,
        name=me,
        offers=posted[-1][me],
        offers_before=start[me],
        rivals=rivals,
        own=replace(plain.own, contribution_fen=money),
    )


def _flagship(offers: tuple[OfferView, ...]) -> tuple[int, int]:
    o = next(o for o in offers if o.name.endswith("/tier_m"))
    return o.price_fen[0], o.price_fen[0] - o.welcome_fen


def settled(path: Path) -> bool:
    """Nobody has moved in the last third of the path."""
    return all(month == path[-1] for month in path[-len(path) // 3 :])


def turns(path: Path, who: str) -> int:
    """How often a price changes its direction."""
    prices = [month[who][0] for month in path]
    steps = [b - a for a, b in pairwise(prices) if a != b]
    return sum((a > 0) != (b > 0) for a, b in pairwise(steps))


LAGS = [{}, {"b": 1}, {"b": 2, "c": 1}, {"a": 1, "c": 3}]


@pytest.mark.parametrize("lags", LAGS)
@pytest.mark.parametrize("others", [("match",), ("match",) * 2, ("match",) * 3])
def test_a_promotion_met_by_matchers_leaves_prices_as_they_were(others, lags, lives):
    plays = {"a": CUT | {"months": 3}} | {
        name: HOLD | {"reaction": r} for name, r in zip("bcd", others, strict=False)
    }
    path = lives(plays, 36, {k: v for k, v in lags.items() if k in plays})
    calm = {name: (p, p) for name, p in zip("abcd", (9900, 10197, 10494, 10791), strict=False)}
    assert path[-1] == {name: calm[name] for name in plays}
    assert settled(path)
    assert all(turns(path, name) <= 1 for name in plays), path


@pytest.mark.parametrize("lags", LAGS)
def test_our_own_matching_and_a_matcher_do_not_hold_each_other_down(lags, lives):
    plays = {"a": CUT | {"months": 3}, "b": HOLD | {"reaction": "match"}, "c": MATCH_PRICE}
    path = lives(plays, 36, lags)
    assert path[-1] == {"a": (9900, 9900), "b": (10197, 10197), "c": (10494, 10494)}
    assert settled(path)


@pytest.mark.parametrize("lags", LAGS)
def test_matchers_settle_at_a_cut_that_stays(lags, lives):
    plays = {"a": CUT, "b": HOLD | {"reaction": "match"}, "c": HOLD | {"reaction": "match"}}
    path = lives(plays, 30, lags)
    assert settled(path)
    assert path[-1]["a"] == (6930, 6930)
    assert path[-1]["b"][0] == pytest.approx(10197 * 0.7, abs=1)
    assert path[-1]["c"][0] == pytest.approx(10494 * 0.7, abs=1)


@settings(max_examples=40)
@given(
    attack=st.fixed_dictionaries(
        {
            "depth": st.sampled_from([0.1, 0.3, 0.45]),
            "months": st.sampled_from([0, 1, 3, 8]),
            "start_month": st.sampled_from([0, 5]),
            "new_customers_only": st.booleans(),
        }
    ),
    second=st.sampled_from([None, 0.1, 0.3, 0.4]),
    reactions=st.tuples(*[st.sampled_from(PEACEFUL)] * 3),
    lags=st.sampled_from(LAGS),
    less=st.sampled_from([0.8, 1.1]),
)
def test_nobody_goes_below_the_deepest_intended_cut_unless_somebody_escalates(
    attack, second, reactions, lags, less, lives
):
    """Whoever attacks and however others answer: prices settle, and no answer adds to another."""
    b = HOLD if second is None else CUT | {"depth": second, "start_month": 2, "months": 6}
    kinds = (CUT | attack, b, HOLD)
    plays = {
        name: kind | {"reaction": r, "reaction_memory_months": 6}
        for name, kind, r in zip("abc", kinds, reactions, strict=True)
    }
    path = lives(plays, 45, lags, less)
    deepest = max(attack["depth"], second or 0.0)
    for month in path:
        for (price, newcomer), start in zip(month.values(), (9900, 10197, 10494), strict=True):
            assert price >= start * (1 - deepest) - 1
            assert newcomer >= start * (1 - deepest) - 1
    assert settled(path)
    if attack["months"]:
        assert [p[0] for p in path[-1].values()] == [9900, 10197, 10494]
        assert [p[1] for p in path[-1].values()] == [9900, 10197, 10494]


@pytest.mark.parametrize("reactions", list(product(PEACEFUL, PEACEFUL)))
def test_newcomers_discounts_are_answered_by_newcomers_discounts(reactions, lives):
    """Nobody's list price moves, and a welcome and an answer do not add up (59 → 41 → 24)."""
    mine, theirs = reactions
    plays = {"a": NEWCOMERS | {"reaction": mine}, "b": HOLD | {"reaction": theirs}}
    path = lives(plays, 30)
    for month in path:
        assert month["a"][0] == 9900
        assert month["b"][0] == 10197
        assert month["a"][1] >= round(9900 * 0.7)
        assert month["b"][1] >= round(10197 * 0.7) - 1
    if theirs == "match" and mine in ("none", "copy"):
        assert path[-1]["b"][1] == pytest.approx(10197 * 0.7, abs=1)


def test_a_welcome_and_an_answer_for_everybody_are_the_deeper_of_the_two(lives):
    """An attacker of newcomers that another cuts under for everybody gives 30 per cent, not 51."""
    plays = {
        "a": NEWCOMERS | {"reaction": "match"},
        "b": CUT | {"start_month": 4},
        "c": HOLD,
    }
    path = lives(plays, 24)
    assert path[-1]["a"][0] == pytest.approx(9900 * 0.7, abs=300)
    assert path[-1]["a"][1] >= round(9900 * 0.7)


# --- an attacker that is answered -------------------------------------------------------------


def test_an_attacker_that_escalates_goes_deeper_when_it_is_matched_in_full(lives):
    plays = {"a": CUT | {"reaction": "escalate"}, "b": HOLD | {"reaction": "match"}}
    path = lives(plays, 60)
    prices = [month["a"][0] for month in path]
    assert prices[0] == 6930
    assert sorted(prices, reverse=True) == prices
    assert prices[-1] == pytest.approx(9900 * 0.5, abs=1)  # the limit of a reaction
    assert all(month["b"][0] >= 10197 * 0.5 - 1 for month in path)
    unanswered = lives({"a": CUT | {"reaction": "escalate"}, "b": HOLD}, 24)
    assert {month["a"][0] for month in unanswered} == {6930}


@pytest.mark.parametrize("reaction", ["match", "profit_rule", "punish_then_return"])
def test_an_attack_that_is_matched_and_earns_less_is_taken_back(reaction, lives):
    plays = {"a": CUT | {"reaction": reaction}, "b": HOLD | {"reaction": "match"}}
    path = lives(plays, 30, less=0.8)
    assert path[-1] == {"a": (9900, 9900), "b": (10197, 10197)}
    assert [month["a"][0] for month in path].count(6930) >= 4
    pays = lives(plays, 30, less=1.1)
    assert pays[-1]["a"][0] == 6930
    unanswered = lives({"a": CUT | {"reaction": reaction}, "b": HOLD}, 30, less=0.8)
    assert unanswered[-1]["a"][0] == 6930


@pytest.mark.parametrize("attack", [CUT, NEWCOMERS])
def test_an_attacker_gives_up_what_does_not_pay(attack, lives):
    path = lives({"a": attack | {"gives_up_after": 6.0}, "b": HOLD}, 20, less=0.8)
    assert [m for m, prices in enumerate(path) if prices["a"][1] == 6930] == list(range(6))
    assert path[-1]["a"] == (9900, 9900)
    pays = lives({"a": attack | {"gives_up_after": 6.0}, "b": HOLD}, 20, less=1.1)
    assert pays[-1]["a"][1] == 6930


def test_an_answer_that_outlives_its_cause_is_a_move_of_its_own(lives):
    """Who keeps the lower price for good, long after the attack, is answered in the end."""
    plays = {
        "a": CUT | {"months": 3},
        "b": CUT | {"start_month": 3},
        "c": HOLD | {"reaction": "match", "reaction_memory_months": 6},
    }
    path = lives(plays, 30)
    prices = [month["c"][0] for month in path]
    assert prices[8] == 10494  # taken for an answer to the promotion
    assert prices[-1] == pytest.approx(10494 * 0.7, abs=1)


def test_punishing_ends_though_the_attack_goes_on(lives):
    punish = {"reaction": "punish_then_return", "reaction_punish_months": 4}
    path = lives({"a": CUT, "b": HOLD | punish}, 24)
    low = [m for m, prices in enumerate(path) if prices["b"][0] < 10197]
    assert len(low) == 4
    assert low == list(range(low[0], low[0] + 4))


@pytest.mark.parametrize(("delay", "follow"), [(0, 1.0), (5, 0.5)])
def test_an_answer_comes_late_and_in_part(delay, follow, lives):
    slow = {"reaction": "match", "reaction_delay_months": delay, "reaction_follow": follow}
    path = lives({"a": CUT, "b": HOLD | slow}, 24)
    prices = [month["b"][0] for month in path]
    assert prices.index(min(prices)) == 1 + delay
    assert prices[-1] == pytest.approx(10197 * (1 - 0.3 * follow), abs=1)


def test_what_is_not_to_be_answered_is_not(lives):
    gifts = {"reaction": "match", "reaction_to": ["newcomers"]}
    path = lives({"a": CUT, "b": HOLD | gifts}, 12)
    assert {month["b"] for month in path} == {(10197, 10197)}


# --- natural controls ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "nothing",
    [
        {"kind": "price_cut", "depth": 0.0, "advert_reach": 0.5},
        {"kind": "price_cut", "depth": 0.0, "new_customers_only": True},
        {"kind": "match_price", "follow": 0.0, "advert_reach": 0.5},
    ],
)
def test_a_cut_of_nothing_and_following_by_nothing_do_nothing(nothing, view_at, cheaper):
    strategy = registry.read(nothing)
    for month in range(12):
        assert strategy.act(view_at(month, theirs=cheaper("them", 0.7))) == []
