"""The log says with fields who answered what, what it costs, and on what ground it was decided."""

from dataclasses import dataclass, field
from typing import get_args

import pytest

from agents.actions import (
    Action,
    AddBenefits,
    Advertise,
    Campaign,
    Invest,
    ProposeAlliance,
    Reprice,
    StartCampaign,
    StopCampaign,
    Welcome,
    Who,
)
from agents.causes import CARRIED_OUT, Cause, Ground, MoveKind, Outcome
from agents.market import Market
from agents.observation import OperatorView
from experiments.measures.log_table import log_table
from experiments.measures.schemas import LOG
from experiments.paths import CONF
from sim.vocabulary import Measure
from strategies.registry import read

QUIET = {"advert_reach": 0.0}
RIVAL, OURS, THIRD = "china_mobile", "china_unicom", "china_telecom"


@dataclass
class Turns:
    """Does what it is given, month by month."""

    turns: dict[int, list[Action]] = field(default_factory=dict)
    reads_customers = False

    def act(self, view: OperatorView) -> list[Action]:
        return self.turns.get(view.month, [])


@pytest.fixture(scope="module")
def start(china):
    return Market(china(), 900, seed=3).run(2)


def logged(market, actor, **wanted):
    """What an actor did since the fork, of the actions and outcomes wanted."""
    since = [e for e in market.log if e.month >= market.shock_month and e.actor == actor]
    return [e for e in since if all(getattr(e, k) == v for k, v in wanted.items())]


def test_an_answer_names_the_move_it_answers_and_its_end(start):
    cut = {"kind": "price_cut", "depth": 0.3, "months": 4} | QUIET
    plays = {RIVAL: cut, OURS: {"kind": "hold", "reaction": "match"},
             THIRD: {"kind": "match_price"} | QUIET}  # fmt: skip
    market = start.fork({name: read(data) for name, data in plays.items()}).run(10)
    attack = logged(market, RIVAL, action="Reprice")
    began = min(e.month for e in attack)
    over = market.shock_month + cut["months"]
    assert {e.why.cause for e in attack if e.decided < over} == {Cause.OWN}
    assert {e.why.cause for e in attack if e.decided >= over} == {Cause.ENDED}
    assert {e.why.strategy for e in attack} == {"price_cut"}
    for actor, kind in ((OURS, "hold"), (THIRD, "match_price")):
        moves = logged(market, actor, action="Reprice")
        answers = [e for e in moves if e.why.cause == Cause.REACTION]
        assert answers
        for entry in answers:
            trigger = entry.why.trigger
            assert trigger is not None
            assert (trigger.operator, trigger.move) == (RIVAL, "price")
            assert began - market.shock_month < trigger.month <= entry.month - market.shock_month
            assert trigger.offer in {e.what.offer for e in attack}
            assert entry.what.old_price_fen is not None
            assert entry.what.new_price_fen < entry.what.old_price_fen
        back = [e for e in moves if e.why.cause == Cause.ENDED]
        assert {e.what.offer for e in back} == {e.what.offer for e in answers}
        assert {e.why.trigger.operator for e in back if e.why.trigger} == {RIVAL}
        assert {e.why.strategy for e in moves} == {kind}


@pytest.mark.parametrize(
    ("cause", "reaction"), [(Cause.TAKEN_BACK, "match"), (Cause.DEEPENED, "escalate")]
)
def test_an_own_attack_that_is_matched_says_by_whom(start, cause, reaction):
    attack = {"kind": "price_cut", "depth": 0.3, "reaction": reaction} | QUIET
    plays = {RIVAL: attack | {"reaction_patience_months": 1},
             THIRD: {"kind": "hold", "reaction": "match"}}  # fmt: skip
    market = start.fork({name: read(data) for name, data in plays.items()}).run(9)
    moved = [e for e in logged(market, RIVAL, action="Reprice") if e.why.cause == cause]
    assert moved
    assert {e.why.trigger.operator for e in moved if e.why.trigger} == {THIRD}


def test_a_member_of_a_portfolio_is_named(start):
    members = {
        "keep": {"kind": "retention", "begin": "now"},
        "cheap": {"kind": "price_cut", "depth": 0.1} | QUIET,
    }
    plays = read({"kind": "portfolio", "members": members})
    market = start.fork({OURS: plays}).run(2)
    assert {e.why.strategy for e in logged(market, OURS)} == {"keep", "cheap"}


def test_what_nobody_answers_has_no_trigger(start):
    market = start.fork({RIVAL: read({"kind": "price_cut", "depth": 0.2} | QUIET)}).run(4)
    own = logged(market, RIVAL)
    assert own
    assert all(e.why.trigger is None and e.why.cause == Cause.OWN for e in own)


def test_the_cost_of_a_cut_is_what_those_who_pay_it_paid_before(start):
    """To the yuan, in a market where everybody on the plan pays its price for each line."""
    cut = Reprice("tier_m", 6_930)
    market = start.fork({OURS: Turns({0: [cut]})})
    plan = next(o for o in market.operator(OURS).view().offers if o.name.endswith("/tier_m"))
    market.run(1)
    (entry,) = logged(market, OURS)
    payers = plan.lines if plan.offer.extra_line_yuan is None else plan.accounts
    net = 1.0 + market.settings.vat_rate
    drop = sum(plan.price_fen) / len(plan.price_fen) - 6_930
    assert entry.what.old_price_fen == pytest.approx(sum(plan.price_fen) / len(plan.price_fen))
    assert entry.what.cost_fen == pytest.approx(payers * drop / net)
    nothing = start.fork({OURS: Turns({0: [Reprice("tier_m", plan.price_fen[0])]})}).run(1)
    assert logged(nothing, OURS)[0].what.cost_fen == 0.0


def test_costs_of_other_levers_are_what_the_books_show(start):
    adverts, capacity = Advertise(0.2, 50), Invest("guangdong", 0.1)
    market = start.fork({OURS: Turns({0: [adverts, capacity, Welcome("tier_s", 0, 0)]})})
    market.run(1)
    paid = market.operator(OURS)
    by_action = {e.action: e.what.cost_fen for e in logged(market, OURS)}
    assert by_action["Advertise"] == pytest.approx(paid.advert_fen * market.scale, rel=1e-3)
    assert by_action["Invest"] == pytest.approx(paid.invest_fen * market.scale, rel=1e-3)
    assert by_action["Welcome"] == 0.0
    campaign = Campaign(name="call", budget_yuan=5e6)
    called = start.fork({OURS: Turns({0: [StartCampaign(campaign), StopCampaign("none")]})}).run(1)
    started, stopped = logged(called, OURS)
    assert started.what.cost_fen == 5e8
    assert (stopped.outcome, stopped.ground) == (Outcome.IGNORED, Ground.NOT_RUNNING)


def test_the_newcomers_discount_costs_what_newcomers_get(start):
    market = start.fork({OURS: Turns({0: [Welcome("tier_m", 2_000, 12)]})})
    recent = market.tallies[-market.month :]
    ours = market.operator(OURS).index
    adds = sum(t[ours, :, :, Measure.GROSS_ADDS].sum() for t in recent) / len(recent)
    plan = next(o for o in market.operator(OURS).view().offers if o.name.endswith("/tier_m"))
    part = plan.lines / market.operator(OURS).view().own.lines[-1]
    market.run(1)
    (entry,) = logged(market, OURS)
    expected = adds * market.scale * part * 2_000 * 12 / (1.0 + market.settings.vat_rate)
    assert entry.what.cost_fen == pytest.approx(expected)
    assert entry.what.new_price_fen == pytest.approx(entry.what.old_price_fen - 2_000)


def test_the_regulators_ground_and_its_delay_are_fields(start):
    deep: list[Action] = [Reprice("tier_m", 100), Reprice("tier_l", 8_000)]
    market = start.fork({OURS: Turns({0: deep})}).run(8)
    (rejected,) = logged(market, OURS, outcome=Outcome.REJECTED)
    assert rejected.ground == Ground.BELOW_COST
    assert rejected.what.cost_fen is None
    for entry in logged(market, OURS, outcome=Outcome.DELAYED):
        assert entry.ground == Ground.DEEP_CUT
        (done,) = logged(market, OURS, outcome=Outcome.DONE)
        assert done.month == entry.month + entry.wait_months
        assert done.decided == entry.decided


def test_partners_say_on_what_ground(start):
    ask = ProposeAlliance("ride_hailing", 0, 1e6)
    market = start.fork({OURS: Turns({0: [ask]})}).run(1)
    (entry,) = logged(market, OURS)
    assert (entry.outcome, entry.ground) == (Outcome.REFUSED, Ground.DOES_NOT_PAY)
    assert (entry.what.target, entry.what.cost_fen) == ("ride_hailing", None)


def test_the_table_has_the_fields_and_nothing_to_parse(start, all_levers):
    market = start.fork(all_levers()).run(16)
    table = log_table(market, market.shock_month)
    assert len(table) == len([e for e in market.log if e.month >= market.shock_month])
    assert LOG.table(table.assign(arm="x", world=0, seed=0)[list(LOG.names())]).num_rows
    assert set(table["cause"]) <= {c.value for c in Cause}
    assert set(table["outcome"]) <= {o.value for o in Outcome}
    assert set(table["ground"]) <= {g.value for g in Ground} | {""}
    assert set(table["trigger_move"]) <= {*get_args(MoveKind), ""}
    done = table["outcome"].isin([o.value for o in CARRIED_OUT])
    assert table.loc[~done, "cost_yuan"].isna().all()
    repriced = table[done & (table["action"] == "Reprice")]
    assert repriced[["old_price_fen", "new_price_fen", "cost_yuan"]].notna().all(axis=None)
    added = table[done & (table["action"] == AddBenefits.__name__)]
    assert {"ride_hailing"} <= set(added["services"]) | set(added["services_out"])


@pytest.mark.parametrize("words", [Cause, Outcome, Ground])
def test_the_page_explains_every_word(words):
    page = (CONF.parent / "docs" / "kpis.md").read_text(encoding="utf-8")
    assert all(f"`{word}`" in page for word in words)


def test_a_campaign_to_everybody_has_no_cost_of_its_own(start):
    campaign = Campaign(name="all", who=Who())
    market = start.fork({OURS: Turns({0: [StartCampaign(campaign)]})}).run(1)
    assert logged(market, OURS)[0].what.cost_fen is None
