"""Firms that learn to price: the game, the sessions, and the published result."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from experiments.answering import run_and_write
from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.studies.q_learning.game import Game, profiles
from experiments.studies.q_learning.measured import difference, measured_profits
from experiments.studies.q_learning.outcomes import (
    SessionOutcome,
    limit_cycle,
    outcome_of,
    successors,
)
from experiments.studies.q_learning.q_learning import (
    PUBLISHED,
    LearningOptions,
    game_of,
    session_of,
)
from experiments.studies.q_learning.sessions import Learnt
from sim.errors import QuestionError
from sim.logit import Logit

DEMAND = Logit([2.0, 2.1, 1.8], [1.0, 1.1, 0.9], 0.3, 0.0)
QUICK = {"beta": 1e-3, "stable_periods": 3000, "prices": 6, "sessions": 6, "deviation_periods": 8}
MakeRequest = Callable[..., Question]


@pytest.fixture
def make_request(tmp_path: Path) -> MakeRequest:
    def build(*overrides: str, jobs: int = 1, name: str = "out") -> Question:
        asked = [f"experiment.{key}={value}" for key, value in QUICK.items()]
        given = ["experiment=q_learning", f"jobs={jobs}", f"out={tmp_path / name}"]
        return question_of(compose([*given, *asked, *overrides]))

    return build


def run(request: Question) -> dict[str, Any]:
    run_and_write(request, Console(quiet=True))
    return json.loads((request.out / "summary.json").read_text(encoding="utf-8"))


# --- the game -------------------------------------------------------------------------------------


def test_the_grid_reaches_beyond_nash_and_monopoly() -> None:
    game = game_of(LearningOptions())
    gap = game.monopoly_prices - game.nash_prices
    assert game.grids[:, 0] == pytest.approx(game.nash_prices - 0.1 * gap)
    assert game.grids[:, -1] == pytest.approx(game.monopoly_prices + 0.1 * gap)
    assert np.diff(game.grids, axis=1) == pytest.approx(np.full((2, 14), 1.2 * gap[0] / 14))
    assert game.profit_gain(game.nash_profits) == pytest.approx(0)
    assert game.profit_gain(game.monopoly_profits) == pytest.approx(1)


def test_q_begins_with_profits_against_random_rivals() -> None:
    game = Game.of(DEMAND, 4, 0.1)
    values = game.start_values(0.9)
    assert values.shape == (3, 64, 4)
    for firm in range(3):
        for price in range(4):
            against = [p for p in range(64) if profiles(3, 4)[p, firm] == price]
            wanted = game.profits[against, firm].mean() / (1 - 0.9)
            assert values[firm, :, price] == pytest.approx(wanted)


def test_profiles_are_numbered_the_same_everywhere() -> None:
    game = Game.of(DEMAND, 4, 0.1)
    for number, chosen in enumerate(profiles(3, 4)):
        money = [game.grids[firm, chosen[firm]] for firm in range(3)]
        assert game.profits[number] == pytest.approx(DEMAND.profits(money))
        assert game.states[0, number] == number, "the first firm's state is the profile's number"
        assert game.states[1, number] == chosen[1] * 16 + chosen[0] * 4 + chosen[2]
        for firm in range(3):
            moved = game.with_price(number, firm, 2)
            assert profiles(3, 4)[moved].tolist() == [
                2 if k == firm else chosen[k] for k in range(3)
            ]


# --- what has been learnt -------------------------------------------------------------------------


def learnt_from(game: Game, rule: Callable[[int, list[int]], int]) -> Learnt:
    """Firms that follow a rule: own last price, rivals' last prices -> price."""
    policy = np.empty((game.firms, game.prices**game.firms), dtype=np.int64)
    for profile, chosen in enumerate(profiles(game.firms, game.prices).tolist()):
        for firm in range(game.firms):
            others = [chosen[k] for k in range(game.firms) if k != firm]
            policy[firm, game.states[firm, profile]] = rule(chosen[firm], others)
    last = np.full(game.firms, game.prices - 1)
    return Learnt(policy, np.zeros((0, 0, 0)), last, 1, converged=True)


def test_a_cycle_is_found_and_averaged() -> None:
    assert limit_cycle([1, 2, 3, 1, 0], 4) == [1, 2, 3]
    game = game_of(LearningOptions(prices=4))
    turns = learnt_from(game, lambda own, _: 1 if own == 2 else 2)
    ahead = successors(game, turns.policy)
    assert limit_cycle(ahead, 15) == [10, 5]
    found = outcome_of(game, turns, 0, 0.95, 5)
    assert found.cycle_length == 2
    assert found.profits == pytest.approx(game.profits[[10, 5]].mean(axis=0))
    assert found.prices == pytest.approx(game.grids[:, 1:3].mean(axis=1))


def test_a_deviation_pays_where_nobody_punishes() -> None:
    game = game_of(LearningOptions())
    patient = outcome_of(game, learnt_from(game, lambda *_: 12), 0, 0.95, 4)
    gone = patient.deviations[0]
    best = game.best_reply(12 * 15 + 12, 0)
    assert best < 12
    assert gone.prices[:, 0] == pytest.approx(game.grids[0][[12, best, 12, 12, 12]])
    assert gone.prices[:, 1] == pytest.approx(game.grids[1][[12] * 5])
    usual = game.profits[12 * 15 + 12, 0]
    gain = (game.profits[best * 15 + 12, 0] - usual) * (1 - 0.95) / usual
    assert gone.gain == pytest.approx(gain, rel=1e-6)
    assert gone.returned


def test_a_deviation_does_not_pay_against_a_grim_rival() -> None:
    game = game_of(LearningOptions())
    grim = learnt_from(game, lambda own, others: 12 if min(own, *others) >= 12 else 1)
    found = outcome_of(game, grim._replace(charged=np.array([12, 12])), 0, 0.95, 4)
    for firm in range(2):
        assert found.deviations[firm].gain < -0.1
        assert not found.deviations[firm].returned
        assert found.deviations[firm].prices[2:] == pytest.approx(np.tile(game.grids[:, 1], (3, 1)))


# --- sessions -------------------------------------------------------------------------------------


def test_results_do_not_depend_on_the_number_of_jobs(make_request: MakeRequest) -> None:
    one, two = make_request(jobs=1, name="one"), make_request(jobs=2, name="two")
    assert run(one) == run(two)
    for name in ("sessions", "deviation"):
        left, right = (pd.read_parquet(r.out / f"{name}.parquet") for r in (one, two))
        pd.testing.assert_frame_equal(left, right)
    assert (one.out / "profit_gain.png").read_bytes() == (two.out / "profit_gain.png").read_bytes()


def test_a_run_writes_what_it_promises(make_request: MakeRequest) -> None:
    request = make_request("experiment.quality=[2,2,2.2]", "experiment.cost=[1,1,1.1]")
    summary = run(request)
    assert summary["sessions"] == 6
    assert summary["published"] == PUBLISHED
    assert not summary["is_published_baseline"]
    assert len(summary["nash_prices"]) == 3
    assert [row["period"] for row in summary["deviation"]] == list(range(9))
    sessions = pd.read_parquet(request.out / "sessions.parquet")
    assert summary["profit_gain_mean"] == pytest.approx(sessions["profit_gain"].mean())
    assert summary["converged_share"] == sessions["converged"].mean()
    deviation = pd.read_parquet(request.out / "deviation.parquet")
    assert len(deviation) == 6 * 3 * 9
    last = deviation[deviation["period"] == 0]["deviator_price"].mean()
    assert summary["deviation"][0]["deviator_price"] == pytest.approx(last)
    for name in ("profit_gain", "deviation"):
        assert (request.out / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def play_all(options: LearningOptions, game: Game, seed: int, jobs: int) -> list[SessionOutcome]:
    """Sessions on threads, which suffice: a compiled loop holds no lock."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(partial(session_of, options, game, seed), range(options.sessions)))


def test_sessions_have_luck_of_their_own() -> None:
    options = LearningOptions.model_validate(QUICK)
    game = game_of(options)

    def gains(seed: int, sessions: int) -> list[tuple[float, int]]:
        some = options.model_copy(update={"sessions": sessions})
        return [(o.profit_gain, o.periods) for o in play_all(some, game, seed, 1)]

    six = gains(1, 6)
    assert len(set(six)) == 6
    assert gains(1, 3) == six[:3], "more sessions leave the first ones as they were"
    assert not set(gains(2, 6)) & set(six)


def test_a_session_without_end_is_given_up() -> None:
    options = LearningOptions.model_validate(QUICK | {"most_periods": 50, "sessions": 1})
    (outcome,) = play_all(options, game_of(options), 1, 1)
    assert (outcome.periods, outcome.converged) == (50, False)


def test_firms_that_look_ahead_learn_to_charge_more() -> None:
    """Calvano et al. (2020), section IV: what raises prices is not failing to learn."""
    means: list[float] = []
    for delta in (0.0, 0.95):
        options = LearningOptions(beta=4e-5, delta=delta, stable_periods=20_000, sessions=12)
        gains = [o.profit_gain for o in play_all(options, game_of(options), 1, 2)]
        means.append(float(np.mean(gains)))
    assert means[0] < 0.35
    assert means[1] > means[0] + 0.3


def test_the_markets_profits_are_the_formulas_within_sampling_error() -> None:
    demand = Logit([2.0, 2.2], [1.0, 1.1], 0.25, 0.0)
    game = Game.of(demand, 4, 0.1)
    subscribers, months = 3000, 4
    found = measured_profits(demand, game, subscribers, months, 1, 1)
    off = difference(game, found)
    margin = float((game.grids[:, -1] - np.array(demand.cost)).max())
    one_sd = margin * 0.5 / np.sqrt(subscribers * months)
    assert 0 < off["root_mean_square"] < 2 * one_sd
    assert off["largest"] < 5 * one_sd


def test_bad_options_are_named(make_request: MakeRequest) -> None:
    for override, says in (
        ("+experiment.alfa=0.1", "did you mean 'alpha'"),
        ("experiment.delta=1.0", "experiment.delta = 1.0"),
        ("experiment.quality=[2,2,2]", "quality has 3 values and cost has 2"),
        ("experiment.demand=markt", "'market'"),
    ):
        with pytest.raises(QuestionError, match=says):
            run(make_request(override))
    with pytest.raises(QuestionError, match="take fewer prices or firms"):
        game_of(LearningOptions(quality=[2.0] * 4, cost=[1.0] * 4, prices=60))


@pytest.mark.slow
def test_the_published_profit_gain() -> None:
    """Mean 0.849, sd 0.112 over 1000 sessions; ours over 200, each with its sampling error."""
    options = LearningOptions(sessions=200)
    outcomes = list(play_all(options, game_of(options), 11, 2))
    gains = np.array([o.profit_gain for o in outcomes])
    sd = PUBLISHED["profit_gain_sd"]
    error = sd * (1 / len(gains) + 1 / PUBLISHED["sessions"]) ** 0.5
    assert all(o.converged for o in outcomes)
    assert abs(gains.mean() - PUBLISHED["profit_gain_mean"]) < 3 * error
    assert gains.std(ddof=1) == pytest.approx(sd, abs=3 * sd / (2 * len(gains)) ** 0.5)
    lost = np.mean([d.gain < 0 for o in outcomes for d in o.deviations])
    assert lost > 0.9, "deviations are punished until they do not pay"
