import csv

import pandas as pd
import pytest

from agents.actions import Action, Reprice, Welcome
from agents.market import Market
from agents.observation import OperatorView, Rejection
from experiments.measures.log_table import log_table
from experiments.measures.reactions import PUBLISHED, answers_of, beside_published, published
from experiments.measures.refusals import not_as_intended, refused_of, trimmed
from experiments.paths import CONF
from experiments.runs.given_moves import GivenMoves
from strategies.registry import read

QUIET = {"advert_reach": 0.0}


def played(china, months=12, **plays) -> pd.DataFrame:
    market = Market(china(), 600, seed=3).run(2)
    fork = market.fork({name: read(data) for name, data in plays.items()})
    return answers_of(fork.run(months), market.month).set_index("operator")


def test_answers_are_timed_and_measured(china):
    cut = {"kind": "price_cut", "depth": 0.3} | QUIET
    slow = {"kind": "hold", "reaction": "match", "reaction_delay_months": 4}
    half = {"kind": "match_price", "follow": 0.5} | QUIET
    found = played(china, china_mobile=cut, china_telecom=slow, china_unicom=half)
    assert set(found["attacker"]) == {"china_mobile"}
    assert set(found["attack_kind"]) == {"price"}
    assert set(found["attack_month"]) == {0}
    # posted at the end of month 0, seen a month later, answered at once or four months on
    assert found.loc["china_unicom", "months_to_answer"] == 2
    assert found.loc["china_telecom", "months_to_answer"] == 6
    assert found.loc["china_unicom", "share_followed"] == pytest.approx(0.5, abs=0.02)
    assert found["share_followed"].between(0.9, 1.01)["china_telecom"]
    assert found.loc["china_unicom", "answer_kind"] == "price"
    assert found["months_to_answer"].isna()["china_broadnet"]
    assert found.loc["china_broadnet", "share_followed"] == 0.0


def test_an_answer_in_kind_to_newcomers_is_told_as_one(china):
    gifts = {"kind": "price_cut", "depth": 0.3, "new_customers_only": True} | QUIET
    found = played(china, china_mobile=gifts, china_telecom={"kind": "hold", "reaction": "match"})
    assert found.loc["china_telecom", "answer_kind"] == "newcomers"
    assert found.loc["china_telecom", "share_followed"] == pytest.approx(1.0, abs=0.05)


def test_where_nobody_moves_there_is_nothing_to_measure(china):
    assert played(china, months=3, china_mobile={"kind": "hold"}).empty


def test_every_published_answer_has_a_source_and_follows_its_attack():
    with (CONF / "data" / "sources.csv").open(encoding="utf-8") as file:
        known = {row["code"] for row in csv.DictReader(file)}
    table = published()
    assert len(table) >= 10
    for source in table["source"]:
        assert set(source.split("+")) <= known, source
    assert (table["months_to_answer"] >= 0).all()
    assert table["share_followed"].dropna().between(0, 1).all()
    assert set(table["verified"]) <= {"yes", "derived", "no"}
    assert PUBLISHED.exists()


def test_simulated_answers_stand_beside_the_published_ones():
    simulated = pd.DataFrame(
        {"months_to_answer": [2.0, 4.0, float("nan")], "share_followed": [1.0, 0.5, 0.0]}
    )
    table = beside_published(simulated)
    assert table.loc["simulated", "answered_share"] == pytest.approx(2 / 3)
    assert table.loc["simulated", "months_to_answer_p50"] == 3.0
    assert table.loc["simulated", "share_followed_p50"] == 0.75
    assert (
        table.loc["published", "months_to_answer_p50"] == published()["months_to_answer"].median()
    )


def test_rejected_actions_are_seen_with_their_reason(china):
    """Benefits worth over half the price: the regulator says so, and to whom."""

    class Careless:
        def __init__(self) -> None:
            self.seen: list[tuple[Rejection, ...]] = []

        def act(self, view: OperatorView) -> list[Action]:
            self.seen.append(view.rejected)
            return [Reprice("china_mobile/tier_m", 4_000)] if view.month == 0 else []

    careless = Careless()
    Market(china(), 600, seed=3).fork({"china_mobile": careless}).run(3)
    assert [len(rejected) for rejected in careless.seen] == [0, 1, 0]
    ((rejection,),) = careless.seen[1:2]
    assert rejection.action == Reprice("china_mobile/tier_m", 4_000)
    assert "benefits worth" in rejection.reason


@pytest.mark.parametrize("depth", [0.49, 0.55])
def test_a_cut_that_services_do_not_allow_is_trimmed_and_carried_out(depth, china):
    """A cut of 55 per cent goes deeper than one of 49 on every plan, flagships included."""
    cut = {"kind": "price_cut", "depth": depth, "months": 8} | QUIET
    rules = {"regulator": {"review_price_drop": 0.9}}
    market = Market(china(rules), 600, seed=3).run(1)
    fork = market.fork({"china_mobile": read(cut)}).run(7)
    before = {o.name: o for o in market.posted[-1][0]}
    flagships = [o for o in fork.posted[-1][0] if before[o.name].offer.benefits]
    assert len(flagships) >= 2
    for o in flagships:
        assert o.price_fen[0] == round(before[o.name].price_fen[0] * (1 - depth)), o.name
    assert all(e.outcome != "rejected" for e in fork.log)
    fork.run(8)
    assert {o.name: (o.price_fen, set(o.offer.benefits)) for o in fork.posted[-1][0]} == {
        o.name: (o.price_fen, set(o.offer.benefits)) for o in before.values()
    }


def test_trimmed_is_what_goes_and_not_what_comes_back(china):
    """A promotion of four months that no flagship's services allow: out in it, back after it."""
    cut = {"kind": "price_cut", "depth": 0.55, "months": 4} | QUIET
    rules = {"regulator": {"review_price_drop": 0.9}}
    market = Market(china(rules), 600, seed=3).run(1)
    fork = market.fork({"china_mobile": read(cut)}).run(10)
    log = log_table(fork, fork.shock_month)
    by_rule = log[log["cause"] == "rule"]
    out, back = by_rule[by_rule["services_out"] != ""], by_rule[by_rule["services"] != ""]
    assert len(out) >= 2
    assert len(back) >= 2
    assert trimmed(log)[out.index].all()
    assert not trimmed(log)[back.index].any()
    assert trimmed(log).sum() == not_as_intended(log).sum() == len(out)
    firms = out["offer"].str.contains("enterprise").sum()
    ((row, times),) = refused_of(fork, "china_mobile")
    assert (row["action"], row["services"], times) == ("AddBenefits", "", len(out) - firms)
    assert refused_of(fork, "china_telecom") == []


def test_a_refusal_is_not_as_intended_and_no_trim(china):
    """The regulator rejects a price below half of what the services are worth."""
    reckless = GivenMoves({0: [Reprice("china_mobile/tier_m", 4_000)]})
    fork = Market(china(), 600, seed=3).fork({"china_mobile": reckless}).run(3)
    log = log_table(fork, fork.shock_month)
    assert not trimmed(log).any()
    ((row, times),) = refused_of(fork, "china_mobile")
    assert (row["outcome"], times) == ("rejected", 1)
    assert not_as_intended(log).sum() == 1


def test_following_a_cut_is_trimmed_likewise(china):
    plays = {
        "china_mobile": {"kind": "price_cut", "depth": 0.55} | QUIET,
        "china_telecom": {"kind": "hold", "reaction": "match", "reaction_limit": 1.0},
        "china_unicom": {"kind": "match_price"} | QUIET,
    }
    rules = {"regulator": {"review_price_drop": 0.9}}
    fork = Market(china(rules), 600, seed=3).fork({n: read(p) for n, p in plays.items()}).run(12)
    assert all(e.outcome != "rejected" for e in fork.log)
    for who in (1, 2):
        flagship = next(o for o in fork.posted[-1][who] if o.name.endswith("tier_m"))
        start = next(o for o in fork.posted[0][who] if o.name.endswith("tier_m"))
        assert flagship.price_fen[0] == pytest.approx(start.price_fen[0] * 0.45, rel=0.02)


def test_controls_equal_hold_bit_for_bit(china, everything):
    market = Market(china(), 600, seed=5).run(2)
    cut = {"kind": "price_cut", "depth": 0.2} | QUIET
    hold = market.fork({"china_mobile": read(cut), "china_unicom": read({"kind": "hold"})}).run(5)
    zero = {"kind": "match_price", "follow": 0.0, "advert_reach": 0.3}
    follow = market.fork({"china_mobile": read(cut), "china_unicom": read(zero)}).run(5)
    everything(hold, follow)
    calm = market.fork({"china_mobile": read({"kind": "hold"})}).run(5)
    none = {"kind": "price_cut", "depth": 0.0, "advert_reach": 0.3}
    nothing = market.fork({"china_mobile": read(none)}).run(5)
    everything(calm, nothing)


def test_an_unanswered_reaction_changes_nothing(china, everything):
    """Who would answer, in a market where nobody moves, is a market of people who hold."""
    market = Market(china(), 600, seed=5).run(2)
    names = [o.name for o in market.operators]
    calm = market.fork({name: read({"kind": "hold"}) for name in names}).run(5)
    for reaction in ("match", "escalate", "copy", "profit_rule", "punish_then_return"):
        ready = {"kind": "hold", "reaction": reaction, "gives_up_after": 2.0}
        everything(calm, market.fork({name: read(ready) for name in names}).run(5))


@pytest.fixture
def everything():
    def check(one: Market, other: Market) -> None:
        assert one.ledger.postings() == other.ledger.postings()
        for a, b in zip(one.population.columns(), other.population.columns(), strict=True):
            assert (a == b).all()
        assert one.log == other.log

    return check


def test_a_welcome_is_answered_while_it_stands(china):
    gift = GivenMoves({0: [Welcome("tier_s", 2_000, 12)], 4: [Welcome("tier_s", 0, 0)]})
    market = Market(china(), 600, seed=3).run(1)
    match = read({"kind": "hold", "reaction": "match"})
    fork = market.fork({"china_mobile": gift, "china_telecom": match}).run(10)
    tier = [next(o for o in p[1] if o.name.endswith("tier_s")) for p in fork.posted[2:]]
    assert [o.welcome_fen > 0 for o in tier] == [2 <= m < 6 for m in range(10)]
    assert len({o.price_fen for o in tier}) == 1
