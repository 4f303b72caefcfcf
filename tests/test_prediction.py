"""Predictions of churn: from the own records only, the same every time, worth what they know."""

import copy
from typing import Any

import numpy as np
import pytest

from agents.actions import Action, Campaign, StartCampaign, Treatment, Who
from agents.execution.foresight import who_leaves
from agents.market import Market
from agents.prediction import lstm
from agents.prediction.archive import CustomerArchive
from agents.prediction.bounds import Coin
from agents.prediction.crm import RISK_FEATURES, RISK_MONTHS
from agents.prediction.history import History, summarised
from agents.prediction.predictors import LEARNING, new_predictor
from agents.prediction.regression import GradientBoosting, Logistic
from experiments.measures.counterfactuals import main_operator
from experiments.question.compose import compose, question_of
from experiments.runs.scheduled import Scheduled
from experiments.studies.prediction import prediction
from experiments.studies.prediction.scores import scored
from sim.errors import ActionError, QuestionError
from sim.vocabulary import Event
from strategies.registry import read

OURS = "china_unicom"
FITTED = [name for name in LEARNING if name != "lstm" or not lstm.what_is_missing()]


@pytest.fixture(scope="module")
def filed(restless):
    """A market whose last ten months are on file."""
    market = Market(restless, 3000, seed=8)
    market.keep_customer_records = True
    market.archive.keep(10)
    return market.run(10)


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    def build(*overrides):
        base = ["market=duopoly", "subscribers=1000", "seeds=1", "months=3", "jobs=1", "worlds=1"]
        return question_of(compose([*base, *overrides]), tmp_path_factory.mktemp("prediction"))

    return build


def synthetic(n: int = 4000, months: int = 6) -> tuple[History, np.ndarray]:
    """Customers whose risk is known: it rises with the first feature's last value."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(n, months, 3))
    chance = 1.0 / (1.0 + np.exp(2.0 - 1.5 * values[:, -1, 0]))
    history = History(("tenure_months", "b", "c"), values, np.arange(n))
    return history, rng.random(n) < chance


def warned(**fields: Any) -> StartCampaign:
    base: dict[str, Any] = {
        "name": "warned",
        "who": Who(rank_by="churn_risk", top_share=0.2),
        "what": Treatment(discount_share=0.3, months=6),
        "records_months": 10,
    }
    return StartCampaign(Campaign.model_validate(base | fields))


def plays(start: Market, *first: Action) -> Market:
    return start.fork({OURS: Scheduled({0: list(first)})})


# --- methods --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FITTED if name != "tenure_table"])
def test_a_method_finds_a_risk_that_is_there_and_none_where_there_is_none(name):
    history, left = synthetic()
    model = LEARNING[name]()
    model.fit(history.rows(np.arange(2000)).last_months(model.months), left[:2000])
    fresh = history.rows(np.arange(2000, 4000)).last_months(model.months)
    assert scored(name, model.predict(fresh), left[2000:]).auc > 0.75
    luck = np.random.default_rng(4).random(4000) < 0.2
    model = LEARNING[name]()
    model.fit(history.rows(np.arange(2000)).last_months(model.months), luck[:2000])
    assert abs(scored(name, model.predict(fresh), luck[2000:]).auc - 0.5) < 0.06


@pytest.mark.parametrize("model", [Logistic, GradientBoosting])
def test_the_number_of_threads_changes_nothing(model):
    from threadpoolctl import threadpool_limits

    history, left = synthetic()
    said = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            one = model()
            one.fit(history, left)
            said.append(one.predict(history))
    assert np.array_equal(*said)


@pytest.mark.skipif(bool(lstm.what_is_missing()), reason="the extra is not installed")
def test_a_network_is_the_same_each_time():
    history, left = synthetic(1500)
    said = []
    for _ in range(2):
        one = lstm.Lstm()
        one.fit(history, left)
        said.append(one.predict(history))
    assert np.array_equal(*said)


def test_a_missing_extra_is_named(filed, monkeypatch, asking):
    monkeypatch.setattr(lstm, "_NEEDS", ("no_such_package",))
    with pytest.raises(ActionError, match=r"no_such_package.*counterplay\[lstm\]"):
        plays(filed, warned(predictor="lstm")).run(1)
    with pytest.raises(QuestionError, match=r"counterplay\[lstm\]"):
        read({"kind": "retention", "predictor": "lstm"})
    with pytest.raises(QuestionError, match=r"counterplay\[lstm\]"):
        prediction.check(asking("experiment=prediction", "experiment.methods=[lstm]"))
    prediction.check(asking("experiment=prediction"))  # leaves it out, and says so


def test_a_summary_of_months_needs_no_earlier_ones():
    values = np.array([[[np.nan], [np.nan], [3.0]], [[1.0], [2.0], [3.0]]])
    found = summarised(History(("f",), values, np.arange(2)))
    assert found.tolist() == [[3.0, 3.0, 0.0], [3.0, 1.5, 1.5]]


# --- what an operator can see ---------------------------------------------------------------------


def test_histories_hold_only_months_in_which_somebody_was_a_customer(filed):
    ours = filed.operator(OURS).index
    lessons = filed.archive.lessons(ours, 10, 6)
    assert lessons is not None
    shots = list(filed.archive.snapshots)
    cohorts = len(shots) - RISK_MONTHS
    assert len(lessons.history) == sum((s.operator == ours).sum() for s in shots[:cohorts])
    last = np.concatenate([np.full((s.operator == ours).sum(), i) for i, s in
                           enumerate(shots[:cohorts])])  # fmt: skip
    for back in range(6):
        known = ~np.isnan(lessons.history.values[:, -1 - back]).any(axis=1)
        with_us = [
            last[row] >= back and shots[last[row] - back].operator[who] == ours
            for row, who in enumerate(lessons.history.who)
        ]
        assert np.array_equal(known, with_us)


def test_rivals_records_change_no_lesson(filed):
    ours = filed.operator(OURS).index
    archive = CustomerArchive(10)
    for shot in filed.archive.snapshots:
        theirs = shot.operator != ours
        other = {k: np.where(theirs, 1e6, v).astype(v.dtype) for k, v in shot.features.items()}
        archive.file(shot.month, shot.operator, {k: v.astype(float) for k, v in other.items()})
    one, other = filed.archive.lessons(ours, 10, 6), archive.lessons(ours, 10, 6)
    assert one is not None
    assert other is not None
    assert np.array_equal(one.history.values, other.history.values, equal_nan=True)


def test_a_short_archive_teaches_what_it_did(restless):
    """Four months of records: one cohort, which is what scorecards always had."""
    market = Market(restless, 1500, seed=8)
    market.keep_customer_records = True
    market.run(6)
    lessons = market.archive.lessons(2, 4, 1)
    assert lessons is not None
    old, new = market.archive.snapshots[0], market.archive.snapshots[-1]
    mine = old.operator == 2
    assert np.array_equal(lessons.outcome, new.operator[mine] != 2)
    for i, name in enumerate(RISK_FEATURES):
        assert np.array_equal(lessons.history.values[:, 0, i], old.features[name][mine])


# --- bounds ---------------------------------------------------------------------------------------


def test_a_coin_knows_nothing_and_an_oracle_everything(filed):
    ours = filed.operator(OURS).index
    asked = prediction.PredictionSettings(methods=[*FITTED, "coin", "oracle"], operator=OURS)
    asked = asked.model_copy(update={"records_months": 10})
    scores = {score.method: score for score in prediction.scores_of(filed, asked)}
    mine = int((main_operator(filed) == ours).sum())
    left = int(who_leaves(filed, ours).sum())
    chance = (mine + 1) / (12 * left * (mine - left))  # variance of a rank sum (Mann & Whitney)
    assert abs(scores["coin"].auc - 0.5) < 3 * np.sqrt(chance)
    assert scores["oracle"].auc == 1.0
    assert scores["oracle"].brier == 0.0
    assert all(score.auc < 1.0 for name, score in scores.items() if name != "oracle")
    assert scores["logistic"].auc > 0.5 + 3 * np.sqrt(chance)


def test_an_oracle_sees_what_happens_if_nobody_is_contacted(filed):
    ours = filed.operator(OURS).index
    market = plays(filed, warned(predictor="oracle"))
    foreseen = who_leaves(filed.fork({}), ours)
    seen = filed.fork({}).run(RISK_MONTHS)
    before = main_operator(filed) == ours
    assert np.array_equal(foreseen, before & (main_operator(seen) != ours))
    market.run(1)
    called = (market.population.record.events & Event.CONTACTED) != 0
    share = foreseen[called].mean()
    assert share > 2 * foreseen[before].mean()


def test_foresight_leaves_the_market_as_it_was(filed, traced, same):
    def after(look: bool) -> list[dict[str, Any]]:
        market = filed.fork({})
        if look:
            who_leaves(market, market.operator(OURS).index)
        return traced(market, 2)

    same(after(look=False), after(look=True))


def test_a_coin_is_tossed_anew_every_month():
    coin = Coin(7)
    coin.share = 0.1
    history, _ = synthetic(2000, 1)
    one, other = (
        coin.predict(History(history.names, history.values, history.who, month)) for month in (1, 2)
    )
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.07
    assert one.mean() == pytest.approx(0.1, abs=0.006)


# --- inside the run -------------------------------------------------------------------------------


def test_a_fork_learns_what_the_market_itself_would(filed, traced, same):
    market = plays(filed, warned(predictor="logistic", retrain_months=3)).run(2)
    twin = copy.deepcopy(market)
    same(traced(market, 3), traced(twin, 3))


def test_a_model_is_trained_again_when_it_is_due(filed):
    market = plays(filed, warned(predictor="logistic", retrain_months=3))
    ours = market.operator(OURS).index
    trained = []
    for _ in range(5):
        market.run(1)
        trained.append(market.forecaster.models[ours, "logistic", 10].month - filed.month)
    assert trained == [0, 0, 0, 3, 3]


@pytest.mark.parametrize("name", ["logistic", "coin", "oracle"])
def test_without_consent_nobody_is_contacted(restless, name):
    nobody = restless.model_copy(
        update={"population": restless.population.model_copy(update={"consent": 0.0})}
    )
    market = Market(nobody, 1500, seed=8)
    market.keep_customer_records = True
    market = plays(market.run(5), warned(predictor=name, records_months=4)).run(3)
    assert market.operator(OURS).view().campaigns[0].contacts.sum() == 0


def test_response_learns_from_its_own_holdout(filed):
    fields = {"predictor": "response", "who": Who(rank_by="response", top_share=0.5)}
    market = plays(filed, warned(**fields, holdout_share=0.4, cooldown_months=1)).run(5)
    row = market.campaigns.running(market.operator(OURS).index)[0]
    assert row in market.forecaster.responses
    file = market.campaigns.files[row]
    assert file.trials
    assert not {*file.trials[0].treated} & {*file.trials[0].alone}


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"predictor": "response", "holdout_share": 0.2}, "predicts 'response', not 'churn_risk'"),
        ({"predictor": "response", "who": Who(rank_by="response")}, "holdout_share is 0"),
        ({"who": Who(rank_by="response")}, "predicts 'churn_risk', not 'response'"),
    ],
)
def test_what_a_predictor_does_not_say_cannot_be_ranked_by(filed, fields, says):
    with pytest.raises(ActionError, match=says):
        plays(filed, warned(**fields)).run(1)


def test_new_predictors_know_nothing_of_each_other():
    models = [new_predictor("scorecard", 0, lambda: np.zeros(0, dtype=bool)) for _ in range(2)]
    history, left = synthetic(500, 1)
    models[0].fit(history, left)
    assert not hasattr(models[1], "edges")


# --- what it is worth -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worth(filed):
    asked = prediction.PredictionSettings(
        methods=["coin", "logistic", "oracle"], operator=OURS, records_months=10, top_share=0.05,
        cooldown_months=3, discount_share=0.5,
    )  # fmt: skip
    rows = prediction.value_of(filed, 9, asked)
    return {(method, figure): value for method, figure, _, value in rows}


def test_an_oracle_wastes_fewest_contacts_and_a_coin_most(worth):
    assert (
        worth["coin", "precision"] < worth["logistic", "precision"] < worth["oracle", "precision"]
    )
    assert worth["oracle", "value_yuan"] > worth["coin", "value_yuan"]
    assert worth["oracle", "saved_lines"] > worth["coin", "saved_lines"]


def test_a_campaign_that_gives_nothing_saves_nobody_by_prediction(filed):
    asked = prediction.PredictionSettings(
        methods=["coin", "oracle"], operator=OURS, records_months=10, discount_share=1e-9
    )
    rows = prediction.value_of(filed, 4, asked)
    found = {(method, figure): value for method, figure, _, value in rows}
    assert found["oracle", "saved_lines"] <= 0.0
    assert found["oracle", "windfall_yuan"] == pytest.approx(0.0, abs=1e6 * filed.scale)
