"""What an operator's files say of campaigns and regions, and that it vanishes with its cause."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from agents.actions import (
    Action,
    Campaign,
    Condition,
    StartCampaign,
    StopCampaign,
    Treatment,
    Who,
)
from agents.causes import Ground, Outcome
from agents.life_cycle import LifeCycleSettings
from agents.market import Market
from agents.observation import CampaignView, OperatorView
from agents.prediction.history import History
from agents.prediction.scorecard import TenureTable
from agents.settings import MarketSettings
from sim.errors import ActionError, UnknownNameError
from sim.ledger import Flow
from sim.vocabulary import Event, Measure
from strategies.registry import read

OURS = "china_unicom"
HEARD = {"channels": {"outbound_call": {"reach": 1.0, "persuasion": 1.0, "irritation": 0.0}}}
DEAF = {"channels": {"outbound_call": {"reach": 0.0, "persuasion": 0.0, "irritation": 0.0}}}
GIFT = Treatment(discount_share=0.9, months=24)


@dataclass
class Turns:
    """Does what it is given, month by month."""

    turns: dict[int, list[Action]] = field(default_factory=dict)

    def act(self, view: OperatorView) -> list[Action]:
        return self.turns.get(view.month, [])


def calls(name: str = "call", **fields: Any) -> StartCampaign:
    base: dict[str, Any] = {"name": name, "what": GIFT, "channel": "outbound_call"}
    base |= {"consent_only": "who" in fields, "cooldown_months": 3}
    return StartCampaign(Campaign.model_validate(base | fields))


@pytest.fixture(scope="module")
def heard(restless):
    heard = laid(restless, HEARD).model_copy(update={"life_cycle": LifeCycleSettings()})
    market = Market(heard, 1500, seed=5)  # nobody's line is silent
    market.keep_customer_records = True
    return market.run(5)


@pytest.fixture(scope="module")
def unheard(restless):
    return Market(laid(restless, DEAF), 1500, seed=5).run(5)


def laid(settings: MarketSettings, change: dict[str, Any]) -> MarketSettings:
    channels = {
        name: channel.model_copy(update=change["channels"].get(name, {}))
        for name, channel in settings.channels.items()
    }
    return settings.model_copy(update={"channels": channels})


def played(start: Market, *first: Action, months: int = 6, **later: list[Action]) -> Market:
    turns = {0: list(first)} | {int(m.removeprefix("m")): a for m, a in later.items()}
    return start.fork({OURS: Turns(turns)}).run(months)


def seen(market: Market, name: str = "call") -> CampaignView:
    return next(c for c in market.operator(OURS).view().campaigns if c.name == name)


def test_contacts_take_up_and_cost_are_those_of_the_market(heard):
    market = played(heard, calls())
    view, scale = seen(market), market.scale
    ours = market.operator(OURS).index
    since = market.tallies[market.shock_month :]
    assert len(view.contacts) == len(view.accepted) == 6
    counted = [t[:, :, :, Measure.CONTACTS].sum() * scale for t in since]
    assert view.contacts.tolist() == pytest.approx(counted)  # everybody is reached
    assert 0 < view.accepted.sum() <= view.contacts.sum()
    paid = sum(market.ledger.paid(OURS, m)[Flow.CONTACTS] for m in range(5, market.month))
    assert paid * scale == pytest.approx(view.contacts.sum() * 100 * cost_of(market), rel=1e-6)
    assert view.cost_fen >= paid * scale
    assert market.operators[ours].view().running == ("call",)


def cost_of(market: Market) -> float:
    return market.settings.channels["outbound_call"].cost_yuan


def test_without_a_campaign_the_files_are_empty_and_a_stopped_one_is_closed(heard):
    assert played(heard).operator(OURS).view().campaigns == ()
    assert played(heard, calls(), m2=[StopCampaign("call")]).operator(OURS).view().campaigns == ()


def test_without_a_holdout_there_is_no_comparison(heard):
    view = seen(played(heard, calls()))
    assert (view.treated, view.held_out) == (0.0, 0.0)
    assert math.isnan(view.holdout_difference)


def standard_error(view: CampaignView, scale: float) -> float:
    return math.sqrt(0.25 * scale * (1 / view.treated + 1 / view.held_out))


def test_a_gift_keeps_more_of_the_treated_than_of_those_held_out(heard):
    market = played(heard, calls(holdout_share=0.5), months=12)
    view = seen(market)
    assert view.held_out == pytest.approx(view.treated, rel=0.2)
    assert view.holdout_difference > 2 * standard_error(view, market.scale)


def test_a_call_that_nobody_hears_makes_no_difference(unheard, traced, same):
    """The same people, month by month, as without any campaign."""
    quiet = traced(unheard.fork({OURS: Turns()}), 6)
    market = unheard.fork({OURS: Turns({0: [calls(holdout_share=0.5)]})})
    called = traced(market, 6)
    for one, other in zip(quiet, called, strict=True):
        for name in one:
            if name.startswith("state"):
                assert np.array_equal(one[name], other[name]), name
    view = seen(market)
    assert view.contacts.sum() > 0
    assert not view.accepted.any()
    assert abs(view.holdout_difference) < 3 * standard_error(view, market.scale)


def test_who_is_held_out_is_never_contacted_and_stays_the_same(heard):
    market = played(heard, calls(holdout_share=0.3), months=1)
    (file,) = market.campaigns.files.values()
    first = set(file.alone)
    market.run(8)
    assert first <= file.alone
    assert not file.alone & file.treated
    assert file.alone


def test_a_campaign_in_one_region_contacts_nobody_outside(heard):
    market = heard.fork({OURS: Turns({0: [calls(regions=("guangdong",))]})})
    inside = market.regions.index("guangdong")
    total = 0
    for _ in range(4):
        market.run(1)
        called = (market.population.record.events & Event.CONTACTED) != 0
        assert set(market.population.columns().region[called].tolist()) <= {inside}
        total += int(called.sum())
    assert total > 0


def test_books_by_region_add_up_over_time(heard):
    own = played(heard).operator(OURS).view().own
    for name in ("lines", "gross_adds", "churned_lines", "mobile_fen"):
        regional = getattr(own.by_region, name)
        assert regional.shape == (len(own.lines), len(own.lines_by_region))
        assert regional.sum(axis=1).tolist() == pytest.approx(getattr(own, name).tolist())
    assert own.by_region.lines[-1].tolist() == own.lines_by_region.tolist()


# --- predictors -----------------------------------------------------------------------------------


def test_a_table_of_tenure_predicts_the_shares_it_has_seen():
    tenure = np.repeat([1.0, 30.0], 1000)
    left = np.concatenate([np.arange(1000) < 300, np.arange(1000) < 50])
    table = TenureTable()
    table.fit(History.of({"tenure_months": tenure}), left)
    risk = table.predict(History.of({"tenure_months": np.array([2.0, 40])}))
    assert risk.tolist() == pytest.approx([0.3, 0.05], abs=0.001)


def ranking(predictor: str) -> StartCampaign:
    return calls(who=Who(rank_by="churn_risk", top_share=0.1), predictor=predictor)


def test_the_predictor_is_chosen_by_name(heard):
    def chosen(predictor: str) -> set[int]:
        market = played(heard, ranking(predictor), months=1)
        return set(np.flatnonzero(market.population.record.events & Event.CONTACTED).tolist())

    by_score, by_tenure = chosen("scorecard"), chosen("tenure_table")
    assert by_score
    assert by_tenure
    assert by_score != by_tenure


def test_where_nothing_is_predicted_the_predictor_makes_no_difference(heard, traced):
    one, other = (
        traced(heard.fork({OURS: Turns({0: [calls(predictor=name)]})}), 3)[-1]
        for name in ("scorecard", "tenure_table")
    )
    assert all(np.array_equal(one[k], other[k]) for k in one if k.startswith(("state", "counted")))


def test_a_predictor_that_nobody_has_is_refused(heard):
    with pytest.raises(UnknownNameError, match=r"'scorecards'.*did you mean 'scorecard'"):
        played(heard, ranking("scorecards"))


# --- save desks -----------------------------------------------------------------------------------


def desk(name: str) -> StartCampaign:
    return StartCampaign(Campaign(name=name, what=GIFT, when="notice", consent_only=False))


def test_a_second_save_desk_is_refused_and_the_log_says_so(heard):
    market = played(heard, desk("one"), desk("two"), m2=[StopCampaign("one"), desk("two")])
    began = market.shock_month
    entries = [e for e in market.log if e.actor == OURS and e.month >= began]
    assert [(e.month - began, e.what.campaign, e.outcome, e.ground) for e in entries] == [
        (0, "one", Outcome.DONE, None),
        (0, "two", Outcome.REFUSED, Ground.ONE_SAVE_DESK),
        (2, "one", Outcome.DONE, None),
        (2, "two", Outcome.DONE, None),
    ]
    assert market.operator(OURS).view().running == ("two",)


def test_two_members_with_a_save_desk_share_no_budget_and_say_so(heard):
    keep = {"kind": "retention", "begin": "now", "price_share": 0.0, "care_share": 0.0,
            "renewal_share": 0.0, "save_share": 1.0, "monthly_budget_share": 0.01}  # fmt: skip

    def plays(*names: str) -> Market:
        data: dict[str, Any] = {"kind": "portfolio", "monthly_budget_share": 0.01}
        data["members"] = dict.fromkeys(names, keep)
        return heard.fork({OURS: read(data)}).run(3)

    alone, both = plays("a"), plays("a", "b")
    assert both.operator(OURS).view().running == ("a.save_desk",)
    budgets = [m.campaigns.rows[m.campaigns.active[m.operator(OURS).index, "a.save_desk"]]
               .campaign.budget_yuan for m in (alone, both)]  # fmt: skip
    assert budgets[0] == budgets[1]
    refused = [e for e in both.log if e.outcome == Outcome.REFUSED and e.month >= both.shock_month]
    assert [(e.what.campaign, e.why.strategy) for e in refused] == [("b.save_desk", "b")]


@pytest.mark.parametrize(
    "fields",
    [
        {"regions": ("guangdong",)},
        {"holdout_share": 0.1},
        {"who": Who(conditions=(Condition.model_validate(
            {"field": "lines", "is": ">", "value": 1.0}),))},
    ],
)  # fmt: skip
def test_a_save_desk_that_would_choose_is_refused_and_not_ignored(heard, fields):
    picky = desk("desk").campaign.model_copy(update=fields | {"consent_only": True})
    with pytest.raises(ActionError, match="it takes no conditions, ranking, regions or holdout"):
        played(heard, StartCampaign(picky), months=1)
