"""Learning to price, month by month: the same rules and the same path as in compiled sessions."""

from dataclasses import replace

import numpy as np
import pytest

from agents.actions import Reprice
from agents.market import Market
from agents.observation import CostView, OfferView, OperatorView, OwnRecords, RivalView
from agents.textbook import TextbookMarket
from experiments.studies.q_learning.game import Game
from experiments.studies.q_learning.sessions import LearningRules, play_session
from sim.errors import QuestionError
from sim.logit import Logit
from sim.offers import Offer
from sim.q_learning import greedy, learn, nearest_price, state_index
from strategies.q_learning import QLearning, QLearningSettings, firm_key
from strategies.registry import build

PRICES, MONTHS = 5, 1200
NAMES = ("ann", "ben", "cleo")
START_FEN = 100_000


@pytest.fixture(scope="module")
def game() -> Game:
    """Three unlike firms; profits in whole fen, so that books hold them exactly."""
    game = Game.of(Logit([2.1, 2.0, 1.8], [1.0, 0.9, 1.0], 0.3, 0.0), PRICES, 0.1)
    return replace(game, profits=np.round(game.profits * 1e6) / 100.0)


def offer_view(name: str, fen: int) -> OfferView:
    offer = Offer(price_yuan=START_FEN / 100, allowance_gb=1.0)
    return OfferView(f"{name}/plan", offer, (fen,), True, 0, 0, 1.0, 1.0)


def view_of(firm: int, month: int, posted: list[int], earned_yuan: float) -> OperatorView:
    now = [(offer_view(name, fen),) for name, fen in zip(NAMES, posted, strict=True)]
    before = [(offer_view(name, START_FEN),) for name in NAMES]
    others = [k for k in range(len(NAMES)) if k != firm]
    nothing = np.zeros(1)
    return OperatorView(
        name=NAMES[firm],
        month=month,
        scale=1.0,
        regions=("all",),
        offers=now[firm],
        offers_before=before[firm],
        rivals=tuple(RivalView(NAMES[k], now[k], 1.0, before[k]) for k in others),
        own=OwnRecords(
            lines=nothing,
            gross_adds=nothing,
            churned_lines=nothing,
            mobile_fen=nothing,
            broadband_fen=nothing,
            contribution_fen=np.array([earned_yuan * 100.0]),
            lines_by_region=nothing,
            utilisation=nothing,
        ),
        partners=(),
        costs=CostView(0, 0.0, 0, 0),
        vat_rate=0.0,
        lead_months=0,
        running=(),
        answers=(),
    )


def test_months_and_compiled_sessions_take_the_same_path(game: Game) -> None:
    alpha, beta, delta, seed = 0.2, 5e-3, 0.9, 7
    keys = np.array([firm_key(name) for name in NAMES])
    trace = np.zeros((MONTHS, 3), dtype=np.int64)
    rules = LearningRules(alpha, beta, delta, stable_periods=MONTHS, most_periods=MONTHS)
    learnt = play_session(game, rules, seed, 0, keys, trace)

    expected = game.expected_profits()
    players = [
        QLearning(
            QLearningSettings(
                prices=PRICES, lowest=0.8, highest=1.2, alpha=alpha, beta=beta, delta=delta,
                seed=seed, expected_yuan=tuple(expected[firm].tolist()),
            )
        )
        for firm in range(3)
    ]  # fmt: skip
    first = play_session(game, rules._replace(most_periods=0), seed, 0, keys).charged
    posted = [round(START_FEN * players[k].factor(int(first[k]))) for k in range(3)]
    earned = [0.0] * 3
    path = np.zeros_like(trace)
    for month in range(MONTHS):
        asked = [players[k].act(view_of(k, month, posted, earned[k])) for k in range(3)]
        for firm, actions in enumerate(asked):
            if actions:
                assert isinstance(actions[0], Reprice)
                posted[firm] = actions[0].price_fen
            path[month, firm] = nearest_price(posted[firm] / START_FEN, 0.8, 1.2, PRICES)
        earned = game.profits[state_index(path[month], 0, PRICES)].tolist()

    assert (path == trace).all(), f"first differs in month {np.argmax((path != trace).any(axis=1))}"
    assert len(np.unique(path[-300:], axis=0)) < len(np.unique(path[:300], axis=0))
    for firm, player in enumerate(players):
        player.act(view_of(firm, MONTHS, posted, earned[firm]))  # learns from the last month
        assert (player.values == learnt.values[firm]).all()


def test_a_step_of_learning_is_the_textbook_formula() -> None:
    values = np.array([[1.0, 4.0, 4.0], [2.0, 8.0, 3.0]])
    assert greedy(values, 0) == 1, "the lowest of equals"
    learn(values, 0, 2, 10.0, 1, 0.25, 0.5)
    assert values[0].tolist() == [1.0, 4.0, 0.75 * 4.0 + 0.25 * (10.0 + 0.5 * 8.0)]


@pytest.mark.parametrize(("level", "price"), [(0.1, 0), (0.8, 0), (0.949, 1), (1.0, 2), (9.0, 4)])
def test_prices_off_the_grid_count_as_the_nearest(level: float, price: int) -> None:
    assert nearest_price(level, 0.8, 1.2, 5) == price


def test_firms_learn_in_a_simulated_market_the_same_way_twice() -> None:
    book = TextbookMarket(quality=(2.0, 2.0), cost=(1.0, 1.0), outside=0.0, scale=0.25)
    market = Market(book.market(), 500, 1).run(1)
    plays = QLearningSettings(prices=5, lowest=1.1, highest=1.6, beta=0.05, alpha=0.3)
    players = {name: QLearning(plays) for name in book.firms}
    playing = market.fork({**players}).run(80)
    for index, name in enumerate(book.firms):
        player = players[name]
        assert player.values is not None
        assert player.values.shape == (25, 5), "buying nothing is no rival that prices"
        assert len(np.unique(player.values)) > 20, "it has learnt"
        fen = {offers[index][0].price_fen[0] for offers in playing.posted[2:]}
        start = market.posted[-1][index][0].price_fen[0]
        assert fen <= {round(start * player.factor(k)) for k in range(5)}
        assert len(fen) == 5
    twin = market.fork({name: QLearning(plays) for name in book.firms}).run(80)
    assert twin.posted[-1] == playing.posted[-1]


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"lowest": 1.2, "highest": 1.1}, "lowest = 1.2 must be below highest = 1.1"),
        ({"prices": 3, "expected_yuan": [1.0]}, "expected_yuan has 1 values, prices = 3"),
        ({"alfa": 0.1}, "did you mean 'alpha'"),
    ],
)
def test_bad_parameters_are_named(parameters, says) -> None:
    with pytest.raises(QuestionError, match=says):
        build("q_learning", parameters)


def test_too_large_a_memory_is_refused() -> None:
    player = build("q_learning", {"prices": 200})
    with pytest.raises(QuestionError, match="take fewer prices"):
        player.act(view_of(0, 0, [START_FEN] * 3, 0.0))
