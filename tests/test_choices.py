"""The export of choices changes nothing, tells what was compared and taken, and leaks no truth."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from agents.choice_recorder import RecordedPopulation
from agents.life_cycle import LifeCycleSettings
from agents.market import Market
from agents.reference import reference_market
from experiments.answering import run_and_write
from experiments.measures.choice_table import CHOICES, TASTES, TRUTH, UTILITIES
from experiments.question import compose
from experiments.question.question import Question
from experiments.studies import choices
from sim.errors import QuestionError
from sim.vocabulary import Event

KEY = ["situation", "operator", "plan"]


def ask(*overrides: str) -> Question:
    return compose.question_of(compose.compose(["experiment=choices", *overrides]))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A duopoly whose south defends itself by every means, exported with its truth."""
    request = ask(
        "market=duopoly", "subscribers=1500", "months=16", "burn_in=3", "experiment.accounts=1000",
        "strategies=[hold,defend_and_bundle]", "experiment.arm=defend_and_bundle",
        f"out={tmp_path_factory.mktemp('choices') / 'new'}",
    )  # fmt: skip
    run_and_write(request, Console(quiet=True))
    return request


@pytest.fixture(scope="module")
def table(exported) -> pd.DataFrame:
    return pd.read_parquet(exported.out / CHOICES)


def recorded(market: Market, months: int) -> list[tuple[int, Any, Any, Any]]:
    """Per month: rows, the offers people ended on, and what happened."""
    found: list[tuple[int, Any, Any, Any]] = []
    rows: list[Any] = []
    market.population = RecordedPopulation(market.population, lambda r, _: rows.append(r))
    for _ in range(months):
        rows.clear()
        market.step()
        columns, record = market.population.columns(), market.population.record
        month = np.concatenate([np.asarray(r).copy() for r in rows])
        found.append((market.month, month, columns.offer.copy(), record.events.copy()))
    return found


def test_a_recorded_market_lives_the_same_life(restless, all_levers, traced, same):
    plain = Market(restless, 200, seed=4).run(2).fork(all_levers())
    watched = Market(restless, 200, seed=4).run(2).fork(all_levers())
    watched.population = RecordedPopulation(watched.population, lambda *_: None)
    same(traced(plain, 12), traced(watched, 12))


def test_what_is_chosen_is_what_people_are_on_afterwards(restless, all_levers):
    # Not the engine but the plain reference lives these months; every lever is pulled.
    market = reference_market(restless, 250, seed=9).run(2).fork(all_levers())
    saved = promised = 0
    for _, rows, offer, events in recorded(market, 14):
        taken = rows[rows["chosen"] == 1]
        assert len(np.unique(rows["who"])) == len(taken)
        assert (taken["offer"] == offer[taken["who"]]).all()
        looked = np.flatnonzero(events & Event.LOOKED)
        assert set(looked) <= set(taken["who"])
        best = np.maximum.reduceat(
            rows["utility_yuan"] + rows["shock_yuan"],
            np.flatnonzero(np.diff(rows["who"], prepend=-1)),
        )
        free = taken["saved"] == 0
        assert (best == taken["utility_yuan"] + taken["shock_yuan"])[free].all()
        assert (taken["is_current_plan"] == 1)[~free].all()
        assert ((events[taken["who"]] & Event.SAVE_DESK) != 0)[~free].all()
        saved += int((~free).sum())
        promised += int((taken["looked"] == 0).sum())
    assert saved > 0
    assert promised > 0


def test_a_replay_that_goes_wrong_is_noticed(restless):
    class Elsewhere(RecordedPopulation):
        """Lives the month with other luck than the one that is replayed."""

        def live(self, m: Any, p: Any, contact: Any) -> Any:
            inner, real = self._population, self._population.live
            other = m._replace(around=m.around._replace(seed=m.around.seed + 1))
            inner.live = lambda *_: real(other, p, contact)  # type: ignore[method-assign]
            return super().live(m, p, contact)

    market = Market(restless, 500, seed=4)
    market.population = Elsewhere(market.population, lambda *_: None)
    with pytest.raises(RuntimeError, match="replayed choices of month 1 differ"):
        market.step()


def test_one_row_an_offer_and_one_offer_taken(table, exported):
    assert not table.duplicated(KEY).any()
    assert (table.groupby("situation")["chosen"].sum() == 1).all()
    assert (table.groupby("situation")["is_current_plan"].sum() == 1).all()
    who = table[["situation", "account", "month"]].drop_duplicates()
    assert len(who) == len(who.drop_duplicates("situation"))
    assert len(who) == len(who.drop_duplicates(["account", "month"]))
    assert table["account"].nunique() <= 1000
    assert set(table["month"]) == set(range(16))
    assert (table["available"] == 1).all()
    summary = json.loads((exported.out / "summary.json").read_text())
    assert summary["rows"] == len(table)
    assert summary["situations"] == table["situation"].nunique()
    moved = (table["chosen"] == 1) & (table["is_current_operator"] == 0)
    assert summary["situations_operator_changed"] == moved.sum() > 0
    assert summary["situations_saved_by_desk"] > 0


def test_the_table_holds_no_truth(table):
    hidden = ("utility", "shock", "taste", "liking", "worth", "scale", "hassle", "appeal")
    assert not [name for name in table for word in hidden if word in name]


def test_truth_and_table_together_are_the_utilities(table, exported):
    """Whatever people weigh is either in the table or in the truth shipped with it."""
    tastes = pd.read_parquet(exported.out / TASTES).set_index("account")
    truth = json.loads((exported.out / TRUTH).read_text())
    told = pd.read_parquet(exported.out / UTILITIES)
    assert told[KEY].equals(table[KEY])
    b, mine = truth["behaviour"], tastes.loc[table["account"]].reset_index()
    names = table["operator"] + "/" + table["plan"]
    once = table["exit_fee_yuan"] + table["points_lost"] * b["point_value_yuan"]
    once += table["moves_broadband"] * b["broadband_move_yuan"]
    own, present = table["is_current_operator"] == 1, table["is_current_plan"] == 1
    cheap = own | (table["has_number"] == 1)
    hassle = np.where(cheap, b["plan_hassle_yuan"], mine["hassle_yuan"]) * ~present
    services = sum(table[f"with_{s}"] * mine[f"worth_{s}"] for s in ("video", "smart_home"))
    likings = np.where(table["operator"] == "north", mine["liking_north"], mine["liking_south"])
    value = (
        -table["price_yuan"] - b["loss_aversion"] * table["above_reference_yuan"]
        - table["overage_yuan"] - b["restraint_yuan_per_gb"] * table["given_up_gb"]
        + services / table["lines"] + mine["quality_yuan"] * table["quality"] + likings
        + names.map(truth["appeal_yuan"]) + b["peer_value_yuan"] * table["friends_share"]
        + table["promised_yuan"] + table["welcome_yuan"]
        - hassle - once / (b["horizon_months"] * table["lines"])
        + own * b["experience_value_yuan"] * (table["satisfaction"] - b["usual_satisfaction"])
    )  # fmt: skip
    in_kind = [c for c in table if c.startswith("promised_") and c != "promised_yuan"]
    plain = (table[in_kind] == 0).all(axis=1)
    assert plain.mean() > 0.9
    np.testing.assert_allclose(value[plain], told["utility_yuan"][plain], rtol=0, atol=1e-9)


def test_only_what_is_considered_is_a_row(china: Callable[..., Any]):
    blind = {"look_base": 1.0, "transparency": 0.0}
    market = Market(china({"behaviour": blind, "population": {"friends": 0}}), 300, seed=1)
    rows = recorded(market, 1)[0][1]
    known = (rows["is_current_operator"] == 1) | (rows["has_number"] == 1)
    shares = {o.settings.advert_reach for o in market.operators}
    assert rows["is_current_operator"].min() == 0  # adverts and second SIMs
    assert known.mean() > 1 - 2 * max(shares)
    open_eyed = Market(china({"behaviour": blind | {"transparency": 1.0}}), 300, seed=1)
    seen = recorded(open_eyed, 1)[0][1]
    operators = pd.Series(seen["operator"]).groupby(seen["who"]).nunique()
    assert (operators == len(market.operators)).all()


def test_a_sample_is_written_in_batches(exported):
    file = pq.ParquetFile(exported.out / CHOICES)
    assert file.num_row_groups == 16  # a month's situations fit into one batch here
    assert not list(exported.out.glob(".*"))
    some = choices.sample(50, 10, seed=1)
    assert len(set(some)) == 10
    assert (np.diff(some) > 0).all()
    assert (choices.sample(50, 10, seed=1) == some).all()
    assert (choices.sample(50, None, seed=1) == np.arange(50)).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"options": {"acounts": 5}}, "acounts"),
        ({"options": {"accounts": 0}}, "experiment.accounts = 0"),
        ({"options": {"accounts": 1501}}, "experiment.accounts=1501 exceeds subscribers=1500"),
        ({"options": {"arm": "hodl"}}, "'hodl' does not exist (did you mean 'hold'?)"),
        ({"worlds": 2}, "allowed worlds=1 seeds=1"),
    ],
)
def test_bad_options_are_named(changes, said, exported, tmp_path):
    with pytest.raises(QuestionError) as error:
        run_and_write(replace(exported, out=tmp_path / "x", **changes), Console(quiet=True))
    assert said in str(error.value)
    assert not (tmp_path / "x").exists()


def test_an_empty_export_says_so(exported, tmp_path):
    b = exported.market.behaviour
    asleep = {name: 0.0 for name in type(b).model_fields if name.startswith("look_")}
    market = exported.market.model_copy(
        update={
            "behaviour": b.model_copy(update=asleep),
            "life_cycle": LifeCycleSettings(),
        }
    )
    request = replace(
        exported, market=market, out=tmp_path, months=1, options={}, rivals={},
        strategies={"hold": {"kind": "hold"}},
    )  # fmt: skip
    with pytest.raises(QuestionError, match="nobody looked around"):
        run_and_write(request, Console(quiet=True))
