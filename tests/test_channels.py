"""Channels by segment and place: who is reached, heard and annoyed, when, and at what cost."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.actions import Campaign, StartCampaign, Treatment
from agents.channels import ChannelSettings
from agents.market import Market
from agents.reference import reference_market
from agents.settings import MarketSettings
from experiments.analysis.channels import channel_costs
from experiments.measures.channels import channel_table
from experiments.question.compose import compose, question_of
from experiments.runs.scheduled import Scheduled
from sim.ledger import Flow
from sim.vocabulary import SEGMENTS

OURS = "china_unicom"
PLAIN = {"cost_yuan": 1.0, "reach": 0.6, "persuasion": 0.5, "irritation": 0.2}


def offered(channel: str, **fields: Any) -> StartCampaign:
    """Something that everybody would take who hears of it."""
    what = Treatment(discount_yuan=5.0, months=3)
    return StartCampaign(
        Campaign(
            name="gift", what=what, channel=channel, cooldown_months=12, consent_only=False,
            **fields,
        )
    )  # fmt: skip


def market_with(
    restless: MarketSettings, *changes: dict[str, Any], **channels: Any
) -> MarketSettings:
    plain = restless.model_dump()
    plain["regulator"]["consent_required"] = False
    plain["channels"] |= channels
    for change in changes:
        for region, fields in change.items():
            plain["regions"][region] |= fields
    return MarketSettings.model_validate(plain)


def by_segment(settings: MarketSettings, channel: str, months: int = 1) -> dict[str, float]:
    """Share of the contacts through a channel that took what was offered, by segment."""
    market = Market(settings, 3000, seed=4).run(1)
    played = market.fork({OURS: Scheduled({0: [offered(channel)]})}).run(months)
    table = channel_table(played).set_index("segment")
    return dict(zip(SEGMENTS, (table["accepted"] / table["contacts"])[list(SEGMENTS)], strict=True))


def ranking(shares: dict[str, dict[str, float]], segment: str) -> list[str]:
    return sorted(shares, key=lambda channel: -shares[channel][segment])


def test_engine_and_reference_agree(restless, traced, same):
    settings = market_with(
        restless, app={**PLAIN, "wait_months": 1, "by_segment": {"price": {"reach": 1.5}}}
    )

    def play(market: Market) -> list[dict[str, Any]]:
        return traced(market.fork({OURS: Scheduled({0: [offered("app")]})}), 4)

    engine = play(Market(settings, 300, seed=11).run(1))
    same(engine, play(reference_market(settings, 300, seed=11).run(1)))
    assert (engine[1]["record credited"] >= 0).any()


def test_factors_of_one_are_no_factors(restless, traced, same):
    ones = {name: {"reach": 1.0, "persuasion": 1.0, "irritation": 1.0} for name in SEGMENTS}

    def months(**more: Any) -> list[dict[str, Any]]:
        settings = market_with(restless, app={**PLAIN, **more})
        start = Market(settings, 400, seed=4)
        return traced(start.fork({OURS: Scheduled({0: [offered("app")]})}), 3)

    same(months(), months(by_segment=ones))


def test_the_ranking_of_channels_differs_by_segment_if_they_do_and_only_then(restless):
    alike = market_with(restless, app=PLAIN, shop={**PLAIN, "persuasion": 0.3})
    usual = {name: by_segment(alike, name) for name in ("app", "shop")}
    assert {tuple(ranking(usual, s)) for s in ("price", "household")} == {("app", "shop")}
    differ = market_with(
        restless,
        app={**PLAIN, "by_segment": {"household": {"persuasion": 0.2}}},
        shop={**PLAIN, "persuasion": 0.3, "by_segment": {"household": {"persuasion": 2.5}}},
    )
    found = {name: by_segment(differ, name) for name in ("app", "shop")}
    assert ranking(found, "price") == ["app", "shop"]
    assert ranking(found, "household") == ["shop", "app"]
    assert found["app"]["price"] == usual["app"]["price"]  # nothing was said of it


def test_shops_reach_those_who_live_near_one(restless):
    dense, thin = "beijing", "northwest"
    densities = {region: {"people_per_km2": 300.0} for region in restless.regions}
    densities |= {dense: {"people_per_km2": 5000.0}, thin: {"people_per_km2": 10.0}}

    def reached(radius_km: float, change: dict[str, Any]) -> dict[str, float]:
        settings = market_with(restless, change, shop={**PLAIN, "radius_km": radius_km})
        market = Market(settings, 3000, seed=4).run(1)
        market = market.fork({OURS: Scheduled({0: [offered("shop")]})}).run(1)
        columns, record = market.population.columns(), market.population.record
        regions = list(market.regions)
        asked = np.isin(columns.offer, [i for i, o in enumerate(market.book.operators) if o == 2])
        return {
            name: float(
                (record.credited[asked & (columns.region == regions.index(name))] >= 0).mean()
            )
            for name in (dense, thin, "guangdong")
        }

    near = reached(3.0, densities)
    assert near[dense] > near["guangdong"] > near[thin]
    everywhere = {region: {"people_per_km2": 300.0} for region in restless.regions}
    assert reached(0.0, densities) == reached(0.0, everywhere)  # without a radius nothing is far


def test_what_share_lives_near_a_shop():
    shop = ChannelSettings(
        cost_yuan=1, reach=0.5, persuasion=0.5, radius_km=2.0, people_per_shop=10_000
    )
    shares = [shop.nearby(density) for density in (1.0, 100.0, 10_000.0)]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert shares[2] > 0.99
    app = shop.model_copy(update={"radius_km": 0.0})
    assert app.nearby(1.0) == 1.0


def test_digital_answers_at_once_and_shops_later(restless):
    settings = market_with(restless, app=PLAIN, shop={**PLAIN, "wait_months": 2})

    def months(channel: str) -> list[int]:
        start = Market(settings, 1000, seed=4).run(1)
        market = start.fork({OURS: Scheduled({0: [offered(channel)]})})
        return [int((market.run(1).population.record.credited >= 0).sum()) for _ in range(3)]

    app, shop = months("app"), months("shop")
    assert app[0] > 0
    assert shop[:2] == [0, 0]
    assert 0 < shop[2] <= app[0]  # some are customers no more


def test_annoyance_differs_by_segment(restless):
    calm = {name: {"irritation": 0.0} for name in SEGMENTS if name != "price"}
    settings = market_with(restless, app={**PLAIN, "irritation": 0.5, "by_segment": calm})
    start = Market(settings, 1500, seed=4)
    market = start.fork({OURS: Scheduled({0: [offered("app")]})}).run(1)
    columns = market.population.columns()
    annoyed = columns.contacts > 0
    assert not annoyed.any()  # remembered by halves: one contact fades at once
    left = start.fork({}).run(1).population.columns().satisfaction - columns.satisfaction
    worse = left > 0.001
    assert worse[columns.segment == SEGMENTS.index("price")].any()


def test_the_table_of_channels_adds_up(restless):
    settings = market_with(restless, app=PLAIN, shop={**PLAIN, "cost_yuan": 6.0})
    first = offered("app")
    second = StartCampaign(first.campaign.model_copy(update={"name": "other", "channel": "shop"}))
    start = Market(settings, 1000, seed=4).run(1)
    market = start.fork({OURS: Scheduled({0: [first, second]})}).run(3)
    table = channel_table(market).set_index(["channel", "segment"])
    for channel, cost in (("app", 1.0), ("shop", 6.0)):
        rows = table.loc[channel]
        assert rows["contacts"][list(SEGMENTS)].sum() == pytest.approx(rows["contacts"]["all"])
        assert rows["contact_yuan"]["all"] == pytest.approx(cost * rows["contacts"]["all"])
        assert rows["spent_yuan"]["all"] >= rows["contact_yuan"]["all"]
    paid = sum(abs(market.ledger.paid(OURS, m).get(Flow.CONTACTS, 0)) for m in range(1, 4))
    assert table.xs("all", level="segment")["contact_yuan"].sum() * 100 == pytest.approx(
        paid * market.scale
    )


def test_cost_per_acquisition_is_what_was_spent_over_what_came():
    rows = [
        ("hold", "app", 0.0, 0.0, 10.0),
        ("front", "alliance", 4.0, 2.0, 100.0),
        ("front", "alliance", 6.0, 3.0, 90.0),
    ]
    table = pd.DataFrame(rows, columns=["arm", "channel", "accepted", "lines_won", "spent_yuan"])
    table = table.assign(world=0, seed=[0, 0, 1], operator=OURS, segment="all", contacts=50.0)
    labels = SimpleNamespace(focal=OURS, arms=("hold", "front"))
    answer: Any = SimpleNamespace(channels=table, labels=labels, outcomes=table[["arm"]])
    hold, front = channel_costs(answer)
    assert (hold.arm, hold.channel, hold.yuan_per_line_won.mean) == ("hold", "app", None)
    assert front.yuan_per_line_won.mean == pytest.approx((100 / 2 + 90 / 3) / 2)
    assert front.yuan_per_accepted.n == 2
    answer.channels = table.iloc[:0]
    assert channel_costs(answer) == ()


def test_the_market_with_channels_by_segment_is_playable():
    market = question_of(compose(["market=china_2024_channels"])).market
    household, benefit = SEGMENTS.index("household"), SEGMENTS.index("benefit")

    def heard(segment: int, region: str) -> list[str]:
        density = market.regions[region].people_per_km2
        worth = {
            name: c.by("reach")[segment] * c.by("persuasion")[segment] * c.nearby(density)
            for name, c in market.channels.items()
            if name in ("app", "shop", "alliance", "sms")
        }
        return sorted(worth, key=lambda name: -worth[name])

    assert heard(household, "shanghai")[0] == "shop"
    assert heard(benefit, "shanghai")[0] == "app"
    assert heard(household, "northwest")[0] != "shop"


def test_a_radius_needs_densities(restless):
    with pytest.raises(ValueError, match="every region must say its people_per_km2"):
        market_with(restless, shop={**PLAIN, "radius_km": 3.0})
