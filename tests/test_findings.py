"""Damage, horizons, costs and ranges, on money that was planted and on a market that was lived."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from answers import make_answer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from experiments.analysis.answer import Answer
from experiments.analysis.cash import Cash, break_even
from experiments.analysis.damage import damage_of, ratio
from experiments.analysis.horizons import horizons_of
from experiments.analysis.paired import Interval, interval
from experiments.analysis.ranking import significant
from experiments.analysis.recommendation import LosingWorlds
from experiments.analysis.regret import world_range
from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of

MONTHS, WORLDS = 24, 4
FOCAL, ATTACKER = "china_unicom", "china_mobile"
LINES, CHURN, PRICE, SERVING = 1_000.0, 0.02, 50.0, 20.0
RATE = 0.08


def planted(
    yuan: dict[str, np.ndarray], theirs: dict[str, np.ndarray], attackers: tuple[str, ...]
) -> Answer:
    """An answer with this contribution of the focal operator and the attacker, by arm and month."""
    money: list[tuple[object, ...]] = []
    months: list[tuple[object, ...]] = []
    for arm, paid in yuan.items():
        for world in range(WORLDS):
            for month in range(MONTHS):
                more = paid[month] * (1 + 0.1 * (world - 1.5))
                key = (arm, world, 0, month)
                money += [
                    (*key, FOCAL, "mobile", PRICE * LINES + more),
                    (*key, FOCAL, "serving", -SERVING * LINES),
                    (*key, ATTACKER, "mobile", float(theirs[arm][month])),
                ]
                for measure, value in (("lines", LINES), ("churned_lines", CHURN * LINES)):
                    months.append((*key, FOCAL, "all", "all", measure, value))
    base = make_answer(np.random.default_rng(1), worlds=WORLDS, seeds=1, months=MONTHS)
    run = ["arm", "world", "seed", "month"]
    labels = replace(base.labels, attackers=attackers, discount_yearly=RATE)
    return replace(
        base,
        labels=labels,
        money=pd.DataFrame(money, columns=[*run, "actor", "flow", "yuan"]),
        monthly=pd.DataFrame(
            months, columns=[*run, "operator", "region", "segment", "measure", "value"]
        ),
    )


def steady(yuan: float) -> np.ndarray:
    return np.full(MONTHS, yuan)


def attacked() -> Answer:
    """Unicom loses 100 a month by the attack; half of it is repaired, at once or in time."""
    late = np.where(np.arange(MONTHS) < 6, -300.0, 200.0)
    ours = {
        "hold": steady(0), "match_price": steady(50), "retention": late, "no_attack": steady(100),
    }  # fmt: skip
    bill = np.where(np.arange(MONTHS) < 8, -30.0, 40.0)
    theirs = {arm: bill if arm != "no_attack" else steady(0) for arm in ours}
    return planted(ours, theirs, (ATTACKER,))


ARMS = ("hold", "match_price", "retention")


def test_damage_is_what_was_planted() -> None:
    answer = attacked()
    found = damage_of(answer, Cash.of(answer), ARMS)
    assert found is not None
    monthly = (1 + RATE) ** (1 / 12) - 1
    worth = float(((1 + monthly) ** -np.arange(MONTHS)).sum())
    assert found.damage_yuan.mean == pytest.approx(100 * worth)
    assert found.attack_npv_yuan.mean == pytest.approx((PRICE - SERVING) * LINES * worth)
    assert found.no_attack_npv_yuan.mean == pytest.approx(
        (found.attack_npv_yuan.mean or 0) + (found.damage_yuan.mean or 0)
    )
    assert found.repaired_share["match_price"].mean == pytest.approx(0.5)
    assert "hold" not in found.repaired_share
    bill = found.bills[ATTACKER]
    assert bill.npv_change_yuan["hold"] == found.attackers_npv_change_yuan
    assert bill.break_even_month == 15
    assert bill.run_rate_yuan.mean == pytest.approx(12 * 40)


def test_without_an_attack_there_is_no_damage() -> None:
    ours = {"hold": steady(0), "match_price": steady(50)}
    answer = planted(ours, {arm: steady(0) for arm in ours}, ())
    found = damage_of(answer, Cash.of(answer), ("hold", "match_price"))
    assert found is not None
    assert (found.damage_yuan.mean, found.attackers, found.repaired_share) == (0.0, (), {})
    assert found.no_attack_npv_yuan == found.attack_npv_yuan


def test_npv_and_terminal_value_at_each_end() -> None:
    answer = attacked()
    found = horizons_of(answer, Cash.of(answer), ARMS, (), "match_price")
    assert found is not None
    assert list(found.at) == [12, 24]
    assert found.not_lived == (36, 60)
    monthly = (1 + RATE) ** (1 / 12) - 1
    for months, horizon in found.at.items():
        value = horizon.arms["match_price"]
        assert value.npv_yuan.mean == pytest.approx(
            float((50 * (1 + monthly) ** -np.arange(months)).sum())
        )
        # All months to come, one by one: the lines that are left bring 50 more than under hold.
        later = np.arange(3_000)
        left = (1 - CHURN) ** (later + 1) * (1 + monthly) ** -(months + later)
        assert value.terminal_yuan.mean == pytest.approx(float((50 * left).sum()), rel=1e-6)
        assert value.total_yuan.mean == pytest.approx(
            (value.npv_yuan.mean or 0) + (value.terminal_yuan.mean or 0)
        )
        assert horizon.arms["hold"].total_yuan.mean == 0
    assert found.break_even_month == {"match_price": 0, "retention": 16}
    assert found.run_rate_yuan["retention"].mean == pytest.approx(12 * 200)


def test_a_ranking_that_changes_with_the_horizon_is_told() -> None:
    answer = attacked()
    cash = Cash.of(answer)
    long = horizons_of(answer, cash, ARMS, (), "retention")
    assert long is not None
    first = {months: horizon.ranking[0] for months, horizon in long.at.items()}
    assert first == {12: "match_price", 24: "retention"}
    assert {(c.months, c.lifetime, c.leader) for c in long.changes} == {(12, False, "match_price")}


def test_the_mirror_of_a_change_is_no_change() -> None:
    answer = planted(
        {"hold": steady(0), "match_price": steady(50), "no_attack": steady(100)},
        dict.fromkeys(("hold", "match_price", "no_attack"), steady(0)),
        (ATTACKER,),
    )
    found = horizons_of(answer, Cash.of(answer), ("hold", "match_price"), (), "match_price")
    assert found is not None
    assert found.changes == ()


def test_nothing_is_made_up_where_money_was_not_stored() -> None:
    answer = make_answer(np.random.default_rng(1))
    cash = Cash.of(answer)
    assert damage_of(answer, cash, ARMS) is None
    assert horizons_of(answer, cash, ARMS, (), "hold") is None


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_break_even_is_the_first_month_after_which_the_sum_stays_up(gains: list[int]) -> None:
    found = break_even(pd.Series(gains, dtype=float))
    sums = np.cumsum(gains)
    ups = [n for n in range(len(gains) + 1) if all(sums[max(n - 1, 0) :] >= 0)]
    assert found == (min(ups) if ups and sums[-1] >= 0 else None)


@pytest.mark.parametrize(
    ("losing", "worlds", "at_most"), [(0, 8, 0.3123), (0, 16, 0.1707), (4, 8, 0.8071), (8, 8, 1.0)]
)
def test_what_few_worlds_can_exclude(losing: int, worlds: int, at_most: float) -> None:
    """One-sided 95 % bounds of Clopper and Pearson; none of n: about 3 / n."""
    assert LosingWorlds(losing, worlds).at_most == pytest.approx(at_most, abs=1e-4)


def test_the_range_of_worlds_is_not_the_interval_of_the_mean() -> None:
    rng = np.random.default_rng(1)
    narrow, wide = (rng.normal(0, 1, n) for n in (10, 1000))
    spans = [world_range(pd.DataFrame({"a": draw}), "a") for draw in (narrow, wide)]
    assert all(span is not None for span in spans)
    few, many = (span for span in spans if span is not None)
    assert many.p05 == pytest.approx(-1.645, abs=0.2)
    assert many.worst == wide.min() < many.p05 < many.p95
    assert few.worlds == 10
    assert world_range(pd.DataFrame({"a": [np.nan]}), "a") is None


def test_more_options_need_more_evidence() -> None:
    ahead = interval(pd.Series([1.0, 2, 1.5, 0.2, 2.5, -0.3, 1, 1.4]))
    assert significant(ahead)
    assert not significant(ahead, 100)
    assert not significant(Interval(1.0, 1.0, 1.0, 1))


def test_best_of_many_options_that_gain_nothing_is_seldom_named() -> None:
    """Of 400 searches among six options without effect, about 2.5 % name one, not 14 %."""
    rng = np.random.default_rng(3)
    draws = rng.normal(0, 1, (400, 6, 8)) + rng.normal(0, 0.5, (400, 1, 8))
    named = [any(significant(interval(pd.Series(o)), 6) for o in search) for search in draws]
    assert np.mean(named) < 0.05


def test_the_ratio_of_means_covers() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        whole = rng.normal(10, 2, 8)
        part = 0.3 * whole + rng.normal(0, 1, 8)
        found = ratio(pd.Series(part), pd.Series(whole))
        hits += (found.low or 9) <= 0.3 <= (found.high or -9)
    assert 0.90 <= hits / 300 <= 0.99
    assert ratio(pd.Series([1.0, 2]), pd.Series([-1.0, 3])).mean is None


SMALL = [
    "market=duopoly", "subscribers=600", "worlds=2", "seeds=1", "months=6", "burn_in=4", "jobs=1",
    "strategies=[match_price,retention]",
]  # fmt: skip


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    asked = [*SMALL, "market.behaviour.transparency=0.9", "rival@rivals.north=price_cut_escalating"]
    run_and_write(question_of(compose(asked), folder), Console(file=io.StringIO()))
    return folder


def test_the_answer_holds_damage_horizons_costs_and_settings(lived: Path) -> None:
    summary = json.loads((lived / "summary.json").read_text(encoding="utf-8"))
    damage = summary["damage"]
    assert damage["attack"]
    assert damage["no_attack_npv_yuan"]["mean"] > damage["attack_npv_yuan"]["mean"]
    kpi = summary["arms"]["hold"]["kpis"]["npv_yuan"]["mean"]
    assert damage["attack_npv_yuan"]["mean"] == pytest.approx(kpi)
    assert set(damage["repaired_share"]) == {"match_price", "retention"}
    assert set(summary["arms"]) == {"hold", "match_price", "retention"}
    assert set(summary["horizons"]) == {"6"}
    end = summary["horizons"]["6"]["retention"]
    gap = summary["arms"]["retention"]["vs_hold"]["npv_yuan"]["mean"]
    assert end["npv_yuan"]["mean"] == pytest.approx(gap)
    assert {"p05", "p95", "worst"} <= set(summary["arms"]["retention"]["range"])
    settings = summary["settings"]
    assert settings["fixed"]["market.behaviour.transparency"] == 0.9
    assert settings["not_drawn"]["rivals.north.reaction"] == "rivals.*.reaction"
    assert "behaviour.transparency" not in settings["drawn"]
    assert "behaviour.hassle_yuan" in settings["drawn"]
    manifest = json.loads((lived / "manifest.json").read_text(encoding="utf-8"))
    assert {f["path"] for f in manifest["settings"]["fixed"]} == set(settings["fixed"])
    assert "Fixed by you" in (lived / "memo.html").read_text(encoding="utf-8")


def test_every_yuan_of_an_option_stands_in_one_line(lived: Path) -> None:
    summary = json.loads((lived / "summary.json").read_text(encoding="utf-8"))
    for arm, found in summary["costs"].items():
        mean = {name: span["mean"] for name, span in found.items()}
        parts = set(mean) - {
            "revenue_yuan", "cost_yuan", "contribution_yuan", "return_on_cost", "partners_earn_yuan"
        }  # fmt: skip
        assert mean["cost_yuan"] == pytest.approx(sum(mean[part] for part in parts), abs=1.0)
        assert mean["contribution_yuan"] == pytest.approx(
            mean["revenue_yuan"] - mean["cost_yuan"], abs=1.0
        )
        gap = summary["arms"][arm]["vs_hold"]["contribution_yuan"]["mean"]
        assert mean["contribution_yuan"] == pytest.approx(gap, abs=1.0)


def test_money_adds_up_to_the_contribution(lived: Path) -> None:
    money = pd.read_parquet(lived / "money.parquet")
    outcomes = pd.read_parquet(lived / "outcomes.parquet")
    sums = money.groupby(["arm", "world", "seed", "actor"]).yuan.sum()
    kept = outcomes[outcomes.kpi == "contribution_yuan"].set_index(
        ["arm", "world", "seed", "operator"]
    )["value"]
    pd.testing.assert_series_equal(sums.reindex(kept.index), kept, check_names=False, rtol=1e-9)
    assert "no_attack" in set(kept.index.get_level_values("arm"))


def test_an_answer_without_an_attack_says_so(tmp_path: Path) -> None:
    asked = [*SMALL, "worlds=1", "rival@rivals.north=hold"]
    run_and_write(question_of(compose(asked), tmp_path), Console(file=io.StringIO()))
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert not summary["damage"]["attack"]
    assert summary["damage"]["damage_yuan"]["mean"] == 0
    assert "there is no damage to repair" in (tmp_path / "memo.html").read_text(encoding="utf-8")
    assert "no_attack" not in set(pd.read_parquet(tmp_path / "outcomes.parquet").arm)
