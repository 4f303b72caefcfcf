"""Reach is not coverage: who would take a line of a newcomer, and how that grows."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from agents.acceptance import AcceptanceSettings, Newcomers, odds_against
from agents.actions import Advertise, Cover, Launch
from agents.behaviour.valuation import accepts
from agents.market import Market
from agents.settings import MarketSettings
from sim.offers import Offer

ACCOUNTS = 1_500
CHEAP = Offer(price_yuan=15, allowance_gb=60)


class Opens:
    """Opens in its first month and is seen by everybody; perhaps opens shops later."""

    def __init__(self, shops: dict[int, float] | None = None) -> None:
        self.shops = shops or {}

    def act(self, view: Any) -> list[Any]:
        done: list[Any] = [Advertise(0.9, 0)]
        if view.month == 0:
            done.append(Launch("first", CHEAP, "", equivalent_yuan=80.0))
        if view.month in self.shops:
            done.append(Cover(acceptance=self.shops[view.month]))
        return done


@pytest.fixture(scope="module")
def entered(restless):
    """Build the restless market with one entrant of a given acceptance."""
    base = restless.model_dump()
    like = base["operators"]["china_unicom"]
    entrant = like | {
        "entrant": True, "plans": {}, "broadband_yuan": None, "advert_reach": 0.0,
        "lead_months": 0,
        "target": like["target"] | {"lines_million": 0.0}, "entrant_liking_yuan": 20.0,
    }  # fmt: skip
    base["regulator"] |= {"below_cost_margin": 0.0, "review_months": 0, "review_price_drop": 1.0}

    def build(**acceptance: float) -> MarketSettings:
        newco = entrant | {"acceptance": acceptance}
        return MarketSettings.model_validate(
            base | {"operators": base["operators"] | {"newco": newco}}
        )

    return build


def won(market: Market) -> np.ndarray:
    """Who is with the entrant."""
    operators = np.array(market.book.operators)[market.population.columns().offer]
    return operators == market.operator("newco").index


def accepting(market: Market, friends: int = 0) -> np.ndarray:
    newco = market.operator("newco").index
    around = market.tables().around
    region = market.population.columns().region
    return np.array(
        [accepts(who, newco, int(region[who]), friends, around) for who in range(len(region))]
    )


def test_only_those_who_would_take_it_do(entered):
    market = Market(entered(reluctance=odds_against(0.3)), ACCOUNTS, seed=2).run(1)
    would = accepting(market)
    assert would.mean() == pytest.approx(0.3, abs=0.04)
    played = market.fork({"newco": Opens()}).run(8)
    free = Market(entered(), ACCOUNTS, seed=2).run(1).fork({"newco": Opens()}).run(8)
    customers = won(played)
    assert customers.sum() > 20
    assert would[customers].all()
    assert customers.sum() < 0.6 * won(free).sum()


def test_acceptance_grows_with_age_on_a_logistic_curve_and_takes_nobody_back(entered):
    market = Market(entered(reluctance=9.0, fades_monthly=0.2), ACCOUNTS, seed=2).run(3)
    newco = market.operator("newco").index
    assert market.reluctance[newco] == pytest.approx(9.0)  # nothing is on sale yet
    before = accepting(market)
    market = market.fork({"newco": Opens()}).run(6)
    odds = market.reluctance[newco]
    assert np.log(odds) == pytest.approx(np.log(9.0) - 6 * 0.2)
    after = accepting(market)
    assert after[before].all()
    assert after.mean() == pytest.approx(1.0 / (1.0 + odds[0]), abs=0.04)
    others = [i for i in range(len(market.operators)) if i != newco]
    assert not market.reluctance[others].any()


def test_friends_who_are_there_lower_the_odds_against_it(entered):
    market = Market(entered(reluctance=4.0, friend_relief=0.5), ACCOUNTS, seed=2).run(1)
    none, two = accepting(market), accepting(market, friends=2)
    assert two[none].all()
    assert none.mean() == pytest.approx(0.2, abs=0.04)
    assert two.mean() == pytest.approx(0.5, abs=0.04)


def test_shops_are_a_move(entered):
    start = Market(entered(reluctance=19.0), ACCOUNTS, seed=2).run(1)
    few = start.fork({"newco": Opens()}).run(8)
    more = start.fork({"newco": Opens({2: 0.8})}).run(8)
    newco = more.operator("newco").index
    assert more.reluctance[newco] == pytest.approx(0.25)
    assert won(more).sum() > 3 * won(few).sum()


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_a_share_and_its_odds_are_the_same_said_twice(share):
    assert 1.0 / (1.0 + odds_against(share)) == pytest.approx(share)
    assert Newcomers(start=0.3, fades_monthly=0.1).of(share).reluctance == pytest.approx(
        (1.0 - share) / share
    )
    assert Newcomers(start=0.5).of(None) == AcceptanceSettings(reluctance=1.0)
    assert odds_against(1e-9) < 1000


def test_nobody_accepting_ever_is_refused():
    with pytest.raises(ValidationError, match="greater than 0"):
        Newcomers(start=0.0)
