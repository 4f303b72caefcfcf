"""A pilot inside the market: held to its regions, decided by own books, rolled out or undone."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agents.actions import (
    Advertise,
    Campaign,
    Launch,
    ProposeAlliance,
    Reprice,
    StartCampaign,
    StopCampaign,
    Welcome,
    Withdraw,
)
from agents.market import Market
from agents.observation import OperatorView, RegionalRecords
from experiments.question.compose import compose, question_of
from sim.errors import ActionError, QuestionError
from sim.offers import Offer
from strategies.city_policy import city_policy
from strategies.pilot_then_decide import PilotThenDecide, PilotThenDecideSettings
from strategies.regional import RegionalPlay

REGIONS = ("north", "south", "west")
ViewAt = Callable[..., OperatorView]


def play() -> RegionalPlay:
    return RegionalPlay(("north",))


def test_whatever_can_be_limited_is() -> None:
    offer = Offer(price_yuan=39, allowance_gb=10)
    done = play().limited(
        [
            Launch("new", offer, "tier_s"),
            Reprice("tier_s", 4_000),
            Reprice("tier_m", 8_000, ("south",)),
            Advertise(0.1, 50),
            Advertise(0.1, 50, ("west",)),
            StartCampaign(Campaign(name="keep")),
            ProposeAlliance("video", 300, 1e6),
        ],
        REGIONS,
    )
    launch, reprice, advert, start, alliance = done
    assert isinstance(launch, Launch)
    assert launch.offer.regions == ("north",)
    assert isinstance(reprice, Reprice)
    assert reprice.regions == ("north",)
    assert isinstance(advert, Advertise)
    assert advert.regions == ("north",)
    assert isinstance(start, StartCampaign)
    assert start.campaign.regions == ("north",)
    assert isinstance(alliance, ProposeAlliance)


@pytest.mark.parametrize(
    "action", [Welcome("tier_s", 500, 6), StartCampaign(Campaign(name="desk", when="notice"))]
)
def test_what_holds_everywhere_is_refused(action: Any) -> None:
    with pytest.raises(ActionError, match="cannot be tried in some"):
        play().limited([action], REGIONS)


def test_a_roll_out_does_elsewhere_what_was_done() -> None:
    found = play()
    found.limited(
        [
            Launch("new", Offer(price_yuan=39, allowance_gb=10), "tier_s"),
            Reprice("tier_s", 4_000),
            Reprice("tier_s", 4_500, ("west",)),
            StartCampaign(Campaign(name="keep")),
        ],
        REGIONS,
    )
    done = found.widened(("south", "west"))
    (launch,) = (a for a in done if isinstance(a, Launch))
    assert (launch.plan, launch.like) == ("new_2", "new")
    assert launch.offer.regions == ("south", "west")
    prices = {a.regions: a.price_fen for a in done if isinstance(a, Reprice)}
    assert prices == {("south",): 4_000, ("west",): 4_500}
    (start,) = (a for a in done if isinstance(a, StartCampaign))
    assert start.campaign.regions == REGIONS


def test_a_stopped_pilot_is_put_back(view_at: ViewAt) -> None:
    found = play()
    found.limited(
        [
            Launch("new", Offer(price_yuan=39, allowance_gb=10), "tier_s"),
            Reprice("tier_s", 4_000),
            StartCampaign(Campaign(name="keep")),
        ],
        REGIONS,
    )
    done = found.undone(view_at(3))
    assert Reprice("tier_s", 5_900, ("north",)) in done
    assert StopCampaign("keep") in done
    assert Withdraw("new") in done


def pilot(**more: Any) -> Any:
    option = {"kind": "match_price", "begin": "now", "advert_reach": 0.0}
    given = {"option": option, "regions": ("north",), "pilot_months": 3, "extend_months": 0}
    return PilotThenDecide(PilotThenDecideSettings.model_validate(given | more))


def after(view: OperatorView, months: int, effect: float) -> OperatorView:
    """The view with books in which revenue in the north is higher in its last months."""
    lines = np.full((12 + view.month, 3), 1e6)
    fen = np.full((12 + view.month, 3), 4.5e9)
    fen[len(fen) - months :, 0] *= 1.0 + effect
    books = RegionalRecords(lines, lines * 0.01, lines * 0.01, fen)
    return replace(view, own=replace(view.own, by_region=books))


def played(view_at: ViewAt, cheaper: Any, found: Any, effect: float) -> list[list[Any]]:
    said = []
    for month in range(14):
        view = view_at(month, theirs=cheaper("them", 0.7))
        seen = found.seen_from
        lived = max(0, month - seen) if seen is not None else 0
        said.append(found.act(after(view, lived, effect)))
    return said


def test_the_effect_is_estimated_from_own_books(view_at: ViewAt, cheaper: Any) -> None:
    found = pilot()
    found.act(after(view_at(0, theirs=cheaper("them", 0.7)), 0, 0.0))
    assert found.seen_from is not None
    view = after(view_at(found.seen_from + 3), 3, 0.07)
    assert found.effect(view) == pytest.approx(0.07)


@pytest.mark.parametrize(("effect", "decided"), [(0.05, "go"), (-0.05, "stop")])
def test_the_rule_decides(view_at: ViewAt, cheaper: Any, effect: float, decided: str) -> None:
    found = pilot(waves=2, wave_months=2)
    said = played(view_at, cheaper, found, effect)
    assert found.decided == decided
    where = {r for month in said for a in month if isinstance(a, Reprice) for r in a.regions}
    assert where == (set(REGIONS) if decided == "go" else {"north"})
    if decided == "stop":
        last = [a for month in said for a in month if isinstance(a, Reprice)][-1]
        assert last.regions == ("north",)
        assert not said[-1]


def test_between_the_lines_it_goes_on_once(view_at: ViewAt, cheaper: Any) -> None:
    found = pilot(go=0.04, stop=0.0, extend_months=3)
    played(view_at, cheaper, found, 0.02)
    assert found.extended
    assert found.decided == "stop"  # still below the line to go at the end: not rolled out


def test_an_unknown_option_and_a_pilot_everywhere_are_refused(view_at: ViewAt) -> None:
    with pytest.raises(QuestionError, match="pilot_then_decide, option: "):
        PilotThenDecide(PilotThenDecideSettings(option={"kind": "matchprice"}))
    with pytest.raises(ActionError, match="at least one must be left"):
        pilot(regions=REGIONS).act(after(view_at(0), 0, 0.0))


def test_a_variant_that_is_better_where_bills_are_high_goes_there_only() -> None:
    levels = np.array([30.0, 35.0, 60.0, 65.0, 32.0, 62.0, 33.0, 61.0, 34.0, 63.0])
    rich, played = levels > 50, {0: 0, 1: 1, 2: 0, 3: 1}
    change = np.zeros(10)
    # Variant 0 does well where bills are low, 1 where they are high.
    change[:4] = [0.06, -0.02, -0.02, 0.06]
    change[4:] = [0.001, -0.001, 0.002, -0.002, 0.001, -0.001]
    found = city_policy(change, levels, played, 2, high=True)
    assert found.variant == tuple(map(int, rich))
    assert found.kept > 0.9
    change[4:] *= 100.0  # regions move as much for no reason: nothing is believed of single ones
    noisy = city_policy(change, levels, played, 2, high=True)
    assert noisy.kept == 0.0
    assert len(set(noisy.variant)) == 1


def test_every_region_gets_its_variant_at_the_roll_out(view_at: ViewAt, cheaper: Any) -> None:
    found = pilot(
        variants=({"follow": 0.5},), regions=("north", "south"), pilot_months=3, counted_months=3,
    )  # fmt: skip
    said = played(view_at, cheaper, found, 0.05)  # the north, which follows all the way, gains
    assert found.decided == "go"
    assert set(found.variant_of.values()) == {0}
    repriced = [a for month in said for a in month if isinstance(a, Reprice)]
    prices = [(a.regions[0], a.price_fen) for a in repriced if a.offer == "tier_s"]
    first, last = dict(reversed(prices)), dict(prices)
    assert first["north"] < first["south"]
    assert last["north"] == last["south"] == last["west"]
    assert prices.index(("west", last["west"])) > prices.index(("south", first["south"]))


def test_variants_that_cannot_differ_between_regions_are_refused(view_at: ViewAt) -> None:
    found = pilot(variants=({"follow": 0.5},))
    with pytest.raises(ActionError, match="2 variants need at least as many pilot regions"):
        found.act(after(view_at(0), 0, 0.0))
    launching = pilot(variants=({"follow": 0.5},), regions=("north", "south"))
    launch = Launch("new", Offer(price_yuan=39, allowance_gb=10), "tier_s")
    launching.options = [SimpleNamespace(act=lambda _: [launch])] * 2
    with pytest.raises(ActionError, match="Launch cannot differ between regions"):
        launching.act(after(view_at(0), 0, 0.0))


def test_a_rival_can_pilot_too() -> None:
    rival = {"option": {"kind": "price_cut", "depth": 0.3}}
    asked = question_of(compose(["market=laboratory", "subscribers=400", "burn_in=2"]))
    market = Market(asked.market, 400, 1)
    market.run(2)
    theirs = market.operators[1].name
    regions = tuple(market.regions)
    settings = PilotThenDecideSettings.model_validate(
        rival
        | {"regions": regions[:1], "pilot_months": 2, "extend_months": 0, "go": -1, "stop": -1}
    )
    strategy = PilotThenDecide(settings)
    held, lived = market.fork({}), market.fork({theirs: strategy})
    before = np.array(held.book.prices_fen)
    lived.run(2)
    piloted = np.array(lived.book.prices_fen)[: len(before)]
    lived.run(10)
    assert strategy.decided == "go"
    after_roll_out = np.array(lived.book.prices_fen)[: len(before)]
    assert (piloted[:, 1:] == before[:, 1:]).all()
    assert (after_roll_out[:, 1:] < before[:, 1:]).any()


def test_in_a_market_only_the_pilots_region_pays_other_prices() -> None:
    asked = question_of(compose(["market=duopoly", "subscribers=400", "burn_in=2"]))
    market = Market(asked.market, 400, 1)
    market.run(2)
    names = [o.name for o in market.operators]
    held = market.fork({})
    cut = {"kind": "price_cut", "depth": 0.3}
    regions = tuple(market.regions)
    found = PilotThenDecide(
        PilotThenDecideSettings(option=cut, regions=regions[:1], pilot_months=24)
    )
    lived = market.fork({names[0]: found})
    for one in (held, lived):
        one.run(6)
    before, now = (np.array(one.book.prices_fen) for one in (held, lived))
    assert (now[:, 0] < before[:, 0]).any()
    assert (now[:, 1:] == before[:, 1:]).all()
