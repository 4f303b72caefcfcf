"""`counterplay experiment=q_learning`: firms learn to price, and what they learn is measured.

The experiment of Calvano, Calzolari, Denicolò & Pastorello, "Artificial intelligence, algorithmic
pricing, and collusion", American Economic Review 110 (2020): 3267-97.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

import joblib
import numpy as np
from pydantic import Field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.runs.files import write_atomically
from experiments.studies.q_learning.figures import draw
from experiments.studies.q_learning.game import Game
from experiments.studies.q_learning.measured import difference, measured_profits
from experiments.studies.q_learning.outcomes import Outcome, outcome_of
from experiments.studies.q_learning.sessions import Rules, play_session
from experiments.studies.q_learning.tables import deviations_table, mean_path, sessions_table
from sim.logit import Logit
from sim.schema import Settings

PUBLISHED = {"profit_gain_mean": 0.849, "profit_gain_sd": 0.112, "sessions": 1000}
"""Calvano et al. (2020), section III, for the parameters of `BASELINE`."""

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


def run(question: Question, console: Console) -> None:
    """Play the sessions; write `summary.json`, two tables and two figures to the output folder.

    Raises:
        MarketError: an option is unknown or out of range, or the game cannot be played.
    """
    options = options_of(question.options)
    game = game_of(options)
    table: dict[str, Any] | None = None
    if options.demand == "market":
        console.print(f"Measuring the profits of {len(game.profits):,} combinations of prices …")
        game, table = measured_game(options, game, question)
    start = time.perf_counter()
    outcomes = list(_play(options, game, question.seed, question.jobs, console))
    took = time.perf_counter() - start
    question.out.mkdir(parents=True, exist_ok=True)
    summary = summary_of(options, game, outcomes) | {"market_table": table}
    write_atomically(question.out / "summary.json", json.dumps(summary, indent=1, allow_nan=False))
    sessions_table(outcomes).to_parquet(question.out / "sessions.parquet", index=False)
    deviations_table(outcomes).to_parquet(question.out / "deviation.parquet", index=False)
    for name, picture in draw(game, outcomes, summary).items():
        (question.out / f"{name}.png").write_bytes(picture)
    console.print(
        f"Profit gain {summary['profit_gain_mean']:.3f} (sd {summary['profit_gain_sd']:.3f}) over "
        f"{len(outcomes)} sessions in {took:.0f} s; {summary['converged_share']:.1%} converged, "
        f"after {summary['periods_mean']:,.0f} periods on average"
    )
    if options.is_baseline:
        console.print(
            f"Published: {PUBLISHED['profit_gain_mean']} (sd {PUBLISHED['profit_gain_sd']}) over "
            f"{PUBLISHED['sessions']}"
        )
    console.print(f"Written: {question.out}")


def options_of(given: dict[str, Any]) -> LearningOptions:
    """Validated options. Raises `MarketError`."""
    return validated(LearningOptions, given, "experiment")


def game_of(options: LearningOptions) -> Game:
    """The game that the options describe. Raises `MarketError`."""
    return Game.of(_demand(options), options.prices, options.xi)


def measured_game(
    options: LearningOptions, game: Game, question: Question
) -> tuple[Game, dict[str, Any]]:
    """The game with profits of the simulated market, and how far they are from the formula's.

    The grid of prices and the two yardsticks remain those of the closed form.
    """
    months, subscribers = options.market_months, question.subscribers
    profits = measured_profits(
        _demand(options), game, subscribers, months, question.seed, question.jobs
    )
    described = {"subscribers": subscribers, "months": months, "profiles": len(profits)}
    return replace(game, profits=profits), described | difference(game, profits)


def _demand(options: LearningOptions) -> Logit:
    return Logit(options.quality, options.cost, options.scale, options.outside)


def play_all(options: LearningOptions, game: Game, seed: int, jobs: int) -> Iterator[Outcome]:
    """All sessions in their order, whatever the number of threads.

    Threads suffice: a session's compiled loop holds no lock.
    """
    numbers = range(options.sessions)
    if jobs == 1:
        return (_session(options, game, seed, number) for number in numbers)
    pool: Any = joblib.Parallel(jobs, prefer="threads", return_as="generator")
    return pool(joblib.delayed(_session)(options, game, seed, number) for number in numbers)


def _session(options: LearningOptions, game: Game, seed: int, number: int) -> Outcome:
    learnt = play_session(game, options.rules, seed, number)
    return outcome_of(game, learnt, number, options.delta, options.deviation_periods)


def _play(
    options: LearningOptions, game: Game, seed: int, jobs: int, console: Console
) -> Iterator[Outcome]:
    """The sessions, with their progress shown."""
    console.print("Compiling …")
    play_session(game, options.rules._replace(most_periods=1), seed, 0)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"{game.firms} firms learn", total=options.sessions)
        for outcome in play_all(options, game, seed, jobs):
            yield outcome
            progress.advance(task)


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
