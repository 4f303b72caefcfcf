"""`counterplay experiment=q_learning`: firms learn to price, and what they learn is measured.

The experiment of Calvano, Calzolari, Denicolò & Pastorello, "Artificial intelligence, algorithmic
pricing, and collusion", American Economic Review 110 (2020): 3267-97.
"""

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from experiments.measures.study_schemas import LEARNT_DEVIATION, SESSIONS
from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.fingerprint import Names
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather, here
from experiments.runs.store import Piece, Store
from experiments.studies.q_learning.figures import painters
from experiments.studies.q_learning.game import Game
from experiments.studies.q_learning.measured import difference, measured_profits
from experiments.studies.q_learning.outcomes import Outcome, outcome_of, outcomes_in, piece_of
from experiments.studies.q_learning.sessions import Rules, play_session
from experiments.studies.q_learning.tables import deviations_table, mean_path, sessions_table
from sim.logit import Logit
from sim.schema import Settings

PUBLISHED = {"profit_gain_mean": 0.849, "profit_gain_sd": 0.112, "sessions": 1000}
"""Calvano et al. (2020), section III, for the parameters of `BASELINE`."""

_BATCH = 10
"""Sessions that are kept together; whoever is interrupted loses at most so many a thread."""
_LEARNING = {
    "alpha", "beta", "delta", "stable_periods", "most_periods", "sessions", "deviation_periods",
}  # fmt: skip
"""Options that decide nothing about the measured game."""

Money = Annotated[float, Field(ge=-1e6, le=1e6)]
Positive = Annotated[float, Field(gt=0, le=1e6)]


class LearningOptions(Settings):
    """The game and how firms learn in it; the defaults are the published baseline."""

    quality: Annotated[list[Money], Field(min_length=2, max_length=8)] = [2.0, 2.0]
    """a_i; as many firms as there are values."""
    cost: Annotated[list[Money], Field(min_length=2, max_length=8)] = [1.0, 1.0]
    """c_i."""
    outside: Money = 0.0
    """a_0."""
    scale: Positive = 0.25
    """mu."""
    prices: Annotated[int, Field(ge=2, le=200)] = 15
    """m."""
    xi: Annotated[float, Field(ge=0, le=1)] = 0.1
    """How far the grid goes beyond the Nash and the monopoly price, as a share of their gap."""
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.15
    """Learning rate."""
    beta: Annotated[float, Field(gt=0, le=1)] = 4e-6
    """How fast exploration fades, per period."""
    delta: Annotated[float, Field(ge=0, lt=1)] = 0.95
    """Discount factor of a period."""
    stable_periods: Annotated[int, Field(ge=1, le=100_000_000)] = 100_000
    most_periods: Annotated[int, Field(ge=1, le=2_000_000_000)] = 20_000_000
    sessions: Annotated[int, Field(ge=1, le=1_000_000)] = 300
    deviation_periods: Annotated[int, Field(ge=1, le=200)] = 15
    demand: Literal["closed_form", "market"] = "closed_form"
    """Where profits come from: the formula, or the ledger of the simulated market."""
    market_months: Annotated[int, Field(ge=1, le=120)] = 4
    """With `demand: market`: months for which every combination of prices is held."""

    @property
    def rules(self) -> Rules:
        """How firms learn and when a session is over."""
        return Rules(self.alpha, self.beta, self.delta, self.stable_periods, self.most_periods)

    @property
    def is_baseline(self) -> bool:
        """Whether the game and the rules are the published ones, wherever profits come from."""
        free = {"sessions", "most_periods", "deviation_periods", "demand", "market_months"}
        return self.model_dump(exclude=free) == LearningOptions().model_dump(exclude=free)


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    game_of(options_of(question.options))


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Play the sessions, and measure what was learnt.

    Raises:
        QuestionError: an option is unknown or out of range, or the game cannot be played.
    """
    options = options_of(question.options)
    game = game_of(options)
    table: dict[str, Any] | None = None
    if options.demand == "market":
        game, table = measured_game(options, game, question, store, listener)
    outcomes = play_and_keep(options, game, question, store, listener)
    summary = summary_of(options, game, outcomes) | {"market_table": table}
    said = [
        f"Profit gain {summary['profit_gain_mean']:.3f} (sd {summary['profit_gain_sd']:.3f}) over "
        f"{len(outcomes)} sessions; {summary['converged_share']:.1%} converged, "
        f"after {summary['periods_mean']:,.0f} periods on average"
    ]
    if options.is_baseline:
        said.append(
            f"Published: {PUBLISHED['profit_gain_mean']} (sd {PUBLISHED['profit_gain_sd']}) over "
            f"{PUBLISHED['sessions']}"
        )
    return Findings(
        question,
        summary,
        {"sessions": sessions_table(outcomes), "deviation": deviations_table(outcomes)},
        {"sessions": SESSIONS, "deviation": LEARNT_DEVIATION},
        pictures=painters(game, outcomes, summary),
        said=said,
    )


def options_of(given: dict[str, Any]) -> LearningOptions:
    """Validated options. Raises `QuestionError`."""
    return validated(LearningOptions, given, "experiment")


def game_of(options: LearningOptions) -> Game:
    """The game that the options describe. Raises `QuestionError`."""
    return Game.of(_demand(options), options.prices, options.xi)


def measured_game(
    options: LearningOptions, game: Game, question: Question, store: Store, listener: Listener
) -> tuple[Game, dict[str, Any]]:
    """The game with profits of the simulated market, and how far they are from the formula's.

    The grid of prices and the two yardsticks remain those of the closed form.
    """
    months, subscribers = options.market_months, question.subscribers
    decisive = {"game": options.model_dump(exclude=_LEARNING), "seed": question.seed}
    name = Names(_measure, decisive | {"subscribers": subscribers}).of("profits")
    listener.say(f"The profits of {len(game.profits):,} combinations of prices, measured …")
    task = Task(name, _measure, (options, game, subscribers, question.seed, question.jobs))
    (profits,) = gather(question, store, [task], "Profits", _profits, listener, here)
    described = {"subscribers": subscribers, "months": months, "profiles": len(profits)}
    return replace(game, profits=profits), described | difference(game, profits)


def _measure(
    options: LearningOptions, game: Game, subscribers: int, seed: int, threads: int
) -> Piece:
    months = options.market_months
    profits = measured_profits(_demand(options), game, subscribers, months, seed, threads)
    return Piece.of(arrays={"profits": profits})


def _profits(piece: Piece) -> NDArray[np.float64]:
    return piece.array("profits")


def _demand(options: LearningOptions) -> Logit:
    return Logit(options.quality, options.cost, options.scale, options.outside)


def session_of(options: LearningOptions, game: Game, seed: int, number: int) -> Outcome:
    """One session played and measured; its luck depends on nothing but seed and number."""
    learnt = play_session(game, options.rules, seed, number)
    return outcome_of(game, learnt, number, options.delta, options.deviation_periods)


def play_and_keep(
    options: LearningOptions, game: Game, question: Question, store: Store, listener: Listener
) -> list[Outcome]:
    """All sessions in their order, kept in batches; more sessions later keep the full ones."""
    names = Names(
        _play_batch,
        {"options": options.model_dump(exclude={"sessions"}), "game": game, "seed": question.seed},
    )
    firsts = range(0, options.sessions, _BATCH)
    batches = [range(i, min(i + _BATCH, options.sessions)) for i in firsts]
    tasks = [
        Task(
            names.of(f"sessions-{b.start:06d}", first=b.start, last=b.stop),
            _play_batch,
            (options, game, question.seed, b),
        )
        for b in batches
    ]

    def compile_first() -> None:
        listener.say("Compiling …")
        play_session(game, options.rules._replace(most_periods=1), question.seed, 0)

    label = f"{game.firms} firms learn"
    outcomes = gather(question, store, tasks, label, outcomes_in, listener, before=compile_first)
    return [outcome for batch in outcomes for outcome in batch]


def _play_batch(options: LearningOptions, game: Game, seed: int, numbers: range) -> Piece:
    return piece_of([session_of(options, game, seed, number) for number in numbers])


def summary_of(options: LearningOptions, game: Game, outcomes: list[Outcome]) -> dict[str, Any]:
    """What the sessions have shown, as plain numbers."""
    gains = np.array([o.profit_gain for o in outcomes])
    lengths = np.array([o.cycle_length for o in outcomes])
    gaps = [d.gain for o in outcomes for d in o.deviations]
    returns = [d.returned for o in outcomes for d in o.deviations]
    several = len(gains) > 1
    sd = float(gains.std(ddof=1)) if several else 0.0
    return {
        "profit_gain_mean": float(gains.mean()),
        "profit_gain_sd": sd,
        "profit_gain_standard_error": sd / len(gains) ** 0.5 if several else None,
        "is_published_baseline": options.is_baseline,
        "published": PUBLISHED,
        "sessions": len(outcomes),
        "converged_share": float(np.mean([o.converged for o in outcomes])),
        "periods_mean": float(np.mean([o.periods for o in outcomes])),
        "cycle_length_one_share": float((lengths == 1).mean()),
        "cycle_length_two_share": float((lengths == 2).mean()),
        "nash_prices": game.nash_prices.tolist(),
        "monopoly_prices": game.monopoly_prices.tolist(),
        "nash_profits": game.nash_profits.tolist(),
        "monopoly_profits": game.monopoly_profits.tolist(),
        "prices_mean": np.mean([o.prices for o in outcomes], axis=0).tolist(),
        "profits_mean": np.mean([o.profits for o in outcomes], axis=0).tolist(),
        "deviation": mean_path(outcomes),
        "deviations": len(gaps),
        "deviation_unprofitable_share": float((np.array(gaps) < 0).mean()),
        "deviation_gain_mean": float(np.mean(gaps)),
        "deviation_returned_share": float(np.mean(returns)),
        "options": options.model_dump(),
    }
