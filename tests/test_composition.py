"""Rows of the playbook together: one catalogue, one of every other programme, each with its end."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from agents.actions import StartProgramme, StopProgramme
from agents.execution.programmes import sums_of
from agents.log import LogEntry
from agents.market import Market
from agents.mechanisms.addon_settings import Addon, AddonSettings, arranged
from experiments.runs.scheduled import Scheduled
from sim.errors import ActionError, QuestionError
from strategies.registry import TEXTS, read

OURS, RIVAL = "china_unicom", "china_mobile"
FILES = Path(__file__).resolve().parents[1] / "conf" / "strategy"
EVERYBODY = ("personal", "household", "enterprise")
LIKED: dict[str, Any] = {"price_yuan": 2.0, "worth_yuan": 20.0, "customers": EVERYBODY}


def shipped(name: str) -> dict[str, Any]:
    return yaml.safe_load((FILES / f"{name}.yaml").read_text(encoding="utf-8"))


def sells(*names: str, **more: Any) -> dict[str, Any]:
    products = dict.fromkeys(names, LIKED)
    said = {"kind": "addons", "begin": "now", "products": products, "notice_chance": 0.5}
    return said | more


def together(**members: dict[str, Any]) -> Any:
    return read({"kind": "portfolio", "members": members})


def holders(market: Market, operator: str = OURS) -> dict[str, int]:
    """How many of an operator's accounts hold a product, by its name."""
    c, index = market.population.columns(), market.operator(operator).index
    terms: Any = market.programmes.catalogues[index]
    theirs = np.isin(
        c.offer, [i for i, n in enumerate(market.book.names) if n.startswith(operator)]
    )
    return {name: int(((c.addons >> k) & 1)[theirs].sum()) for k, name in enumerate(terms.products)}


def unexplained(market: Market) -> list[LogEntry]:
    """What the market did not do and no regulator or partner had a say in."""
    return [e for e in market.log if e.outcome == "refused"]


@pytest.fixture(scope="module")
def settings(restless):
    """The restless market with scenes, people who fall silent, and regions that fail."""
    return restless.model_copy(
        update={
            "scenes": restless.scenes.model_copy(update={"enabled": True}),
            "silence": restless.silence.model_copy(update={"falls_monthly": 0.03}),
            "outages": restless.outages.model_copy(update={"monthly": 0.05}),
        }
    )


@pytest.fixture(scope="module")
def start(settings):
    return Market(settings, 900, seed=4).run(3)


# --- catalogues -----------------------------------------------------------------------------------


def test_what_members_sell_is_sold_together(start):
    market = start.fork({OURS: together(a=sells("cloud", "box"), b=sells("game"))}).run(4)
    held = holders(market)
    assert list(held) == ["cloud", "box", "game"]
    assert min(held.values()) > 0
    c = market.population.columns()
    assert (((c.addons & 0b001) != 0) & ((c.addons & 0b100) != 0)).any()  # of both members


def test_a_product_that_two_members_sell_alike_is_one(start):
    both = start.fork({OURS: together(a=sells("cloud", "box"), b=sells("box", "cloud"))}).run(4)
    one = start.fork({OURS: read(sells("cloud", "box"))}).run(4)
    assert holders(both) == holders(one)
    assert np.array_equal(both.population.columns().bill_fen, one.population.columns().bill_fen)


def test_when_a_member_ends_its_products_go_and_the_others_stay_in_their_places(start):
    members = {"a": sells("cloud", "box", months=4), "b": sells("game", "box")}
    before = start.fork({OURS: together(**members)}).run(4)
    assert min(holders(before).values()) > 0
    held = holders(before.run(1))
    assert list(held) == ["cloud", "box", "game"]
    assert held["cloud"] == 0
    assert min(held["box"], held["game"]) > 0


def test_a_place_never_becomes_another_products(start):
    def only(name: str) -> StartProgramme:
        one = Addon.model_validate(LIKED)
        return StartProgramme("addons", AddonSettings(products={name: one}, notice_chance=0.0))

    full = only("cloud")
    looked = AddonSettings.model_validate(full.terms.model_dump() | {"notice_chance": 1.0})
    turns: Any = {0: [StartProgramme("addons", looked)]}
    for stops in ([], [StopProgramme("addons")]):
        market = start.fork({OURS: Scheduled(turns | {3: [*stops, only("other")]})})
        assert holders(market.run(3))["cloud"] > 0
        assert holders(market.run(1)) == {"cloud": 0, "other": 0}


def test_a_catalogue_has_places_enough_or_says_so():
    first = AddonSettings(products={f"p{i}": Addon.model_validate(LIKED) for i in range(20)})
    later = AddonSettings(products={f"q{i}": Addon.model_validate(LIKED) for i in range(13)})
    assert len(arranged(first, first).products) == 20
    with pytest.raises(ActionError, match=r"33 products .* at most 32"):
        arranged(first, later)


def test_a_member_that_stays_is_not_moved_by_one_that_ends(start):
    """The same people, the same luck: what is sold besides and ends leaves nothing behind."""
    ends = start.fork({OURS: together(a=sells("cloud", months=2), b=sells("box"))}).run(2)
    terms: Any = ends.run(1).programmes.running[ends.operator(OURS).index, "addons"]
    assert [name for name, one in terms.products.items() if one.on_sale] == ["box"]
    last = ends.run(1).log[-1]
    assert last.outcome == "done" or last.actor != OURS


def test_nobody_holds_two_forms_of_a_service(start):
    kit = {"kit": LIKED | {"service": "guard"}}
    hub = {"hub": LIKED, "guard": LIKED | {"needs": "hub"}}
    for first, second in ((kit, hub), (hub, kit)):
        members = {"a": sells(products=first), "b": sells(products=second)}
        market = start.fork({OURS: together(**members)}).run(6)
        held = market.population.columns().addons
        terms: Any = market.programmes.catalogues[market.operator(OURS).index]
        place = {name: 1 << k for k, name in enumerate(terms.products)}
        assert ((held & place["kit"]) != 0).any()
        assert not (((held & place["kit"]) != 0) & ((held & place["guard"]) != 0)).any()


# --- one member -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["smart_home", "creator_incentive", "ai_outbound", "tags"])
def test_a_portfolio_of_one_plays_like_that_one(start, traced, name):
    said = {k: v for k, v in shipped(name).items() if k not in TEXTS} | {"months": 6}
    alone = traced(start.fork({OURS: read(said)}), 8)
    for one, other in zip(alone, traced(start.fork({OURS: together(it=said)}), 8), strict=True):
        for key, value in one.items():
            if key != "log":
                assert np.array_equal(value, other[key]), key
            else:
                assert [e.month for e in value] == [e.month for e in other[key]]


# --- other programmes -----------------------------------------------------------------------------


def test_a_programme_that_two_members_run_alike_ends_with_the_last(start):
    points = {"kind": "growth_points", "begin": "now"}
    play = together(a=points | {"months": 2}, b=points | {"months": 4})
    market, ours = start.fork({OURS: play}), start.operator(OURS).index
    runs: list[bool] = []
    for _ in range(6):
        market.run(1)
        runs.append("growth_points" in market.programmes.names(ours))
    assert runs == [True, True, True, True, False, False]
    assert not unexplained(market)


def unlike(**fields: Any) -> dict[str, Any]:
    return {"kind": "growth_points", "begin": "now"} | fields


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (sells("box"), sells(products={"box": LIKED | {"price_yuan": 3.0}}),
         r"'a' and 'b' both sell the product 'box': price_yuan = 2\.0 in 'a', 3\.0 in 'b'"),
        (sells("box"), sells("game", review_chance=0.3),
         r"'a' and 'b' sell add-ons, in one catalogue: review_chance = 0\.2 in 'a', 0\.3 in 'b'"),
        (unlike(), unlike(levels=3), r"both run 'growth_points'.*levels = 5 in 'a', 3 in 'b'"),
        (sells(*(f"p{i}" for i in range(20))), sells(*(f"q{i}" for i in range(13))),
         r"'a', 'b' sell add-ons together: 33 products, at most 32"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_together_is_refused_before_anything_runs(one, other, says):
    with pytest.raises(QuestionError, match=says):
        together(a=one, b=other)
    together(a=one | {"months": 3}, b=other | {"delay_months": 3})  # one after the other


def test_members_that_meet_only_in_play_are_refused_in_play(start):
    dear = sells(products={"box": LIKED | {"price_yuan": 3.0}})
    play = together(a=sells("box"), b=dear | {"begin": "when_rival_cuts", "seen_cut": 0.01})
    play.members["b"].settings = play.members["b"].settings.model_copy(update={"begin": "now"})
    with pytest.raises(QuestionError, match="both sell the product 'box'"):
        start.fork({OURS: play}).run(1)


# --- everything -----------------------------------------------------------------------------------


def test_the_whole_playbook_is_what_its_rows_are():
    whole = shipped("whole_playbook")
    assert len(whole["members"]) == 15
    for name, member in whole["members"].items():
        assert member == {k: v for k, v in shipped(name).items() if k not in TEXTS}, name


def test_every_row_at_once_by_two_operators_with_the_books_in_balance(start):
    market = start.fork({name: read(shipped("whole_playbook")) for name in (OURS, RIVAL)}).run(12)
    assert not unexplained(market)
    for month in range(market.month):
        assert sum(market.ledger.balance(name, month) for name in market.ledger.accounts) == 0
    for name in (OURS, RIVAL):
        index = market.operator(name).index
        assert set(market.programmes.names(index)) == {
            "addons", "creators", "growth_points", "line_monitor", "outbound_calls",
            "station_watch",
        }  # fmt: skip
        assert len(holders(market, name)) == 17
        assert sum(holders(market, name).values()) > 0
        assert market.last_counters is not None
        assert sums_of(market.last_counters, index, "growth_points")


def test_any_two_rows_can_be_had_together(settings):
    """Each row with the next, and the last with the first: two months each."""
    rows = list(shipped("whole_playbook")["members"].items())
    start = Market(settings, 120, seed=6).run(2)
    for (name, one), (other, two) in pairwise([*rows, rows[0]]):
        market = start.fork({OURS: together(**{name: one, other: two})}).run(2)
        assert not unexplained(market), (name, other)
