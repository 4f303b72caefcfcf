"""`counterplay experiment=equilibrium market=textbook`: where do prices settle if all firms reply?

All firms play `best_response`, month after month, until prices stop moving; then the prices are
posted and held, and profits read from the ledger. Two checks stand beside the result: the closed
form of Bertrand-Nash prices where there is one (plain logit), and what each firm would have earned
with other prices in the same month, with the same luck.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from rich.table import Table

from agents.market import Market
from agents.observation import Strategy
from agents.textbook import PLAN, TextbookMarket
from experiments.measures.study_schemas import EQUILIBRIUM_DEVIATIONS, PRICES
from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather, here
from experiments.runs.scheduled import PostedPrice
from experiments.runs.store import Piece, Store
from experiments.studies.equilibrium.figure import draw
from sim.errors import QuestionError
from sim.schema import Settings, lists_to_tuples
from sim.vocabulary import Measure
from strategies.best_response import CYCLE, is_reply
from strategies.registry import read

KIND = "best_response"
Column = NDArray[np.float64]

_LEAST_ROUNDS = 5


class EquilibriumOptions(Settings):
    """When prices count as settled, and how the result is measured and checked."""

    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.02
    """Prices have settled when none moves by more than this share of its margin in a round."""
    rounds_averaged: Annotated[int, Field(ge=1, le=10)] = 3
    """Rounds at the end over which prices are averaged."""
    months_held: Annotated[int, Field(ge=1, le=120)] = 12
    """Months in which the prices are then held, to measure profits and shares."""
    steps: tuple[Annotated[float, Field(ge=-2, le=2)], ...] = (-0.5, -0.25, 0.25, 0.5)
    """Prices that each firm tries alone at the end, relative to its own in units of `scale`."""


@dataclass
class Run:
    """One seed; arrays are `[firm]`, in units of the market's money."""

    seed: int
    prices: Column
    profits: Column
    shares: Column
    months: int
    settled: bool
    path: pd.DataFrame
    """`seed, month, firm, price, share, reply` (else a probe), a row for each month and firm."""
    tries: pd.DataFrame
    """`seed, firm, step, gain`: change of profit per consumer at another price of one's own."""


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    _options(question.options)
    textbook_of(question)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Let all firms play until prices settle.

    Raises:
        QuestionError: an option is wrong, or the market is not written in the textbook's form.
    """
    _options(question.options)  # a wrong one is refused before any work
    book = textbook_of(question)
    composed: dict[str, Any] = question.resolved.get("strategy", {})
    plays = composed.get(KIND, {"kind": KIND})
    seeds = range(question.seed, question.seed + question.seeds)
    names = Names(settled_piece, asked_of(question) | {"plays": plays, "book": book})
    tasks = [
        Task(names.of(f"seed-{s:03d}", seed=s), settled_piece, (question, book, plays, s))
        for s in seeds
    ]
    runs = gather(question, store, tasks, "Prices settle", as_run, listener, here)
    summary = summarise(runs, book, question.subscribers)
    path = pd.concat([outcome.path for outcome in runs], ignore_index=True)
    tries = pd.concat([outcome.tries for outcome in runs], ignore_index=True)
    ended = [
        f"seed {outcome.seed}: {'settled' if outcome.settled else 'not settled'} "
        f"after {outcome.months} months"
        for outcome in runs
    ]
    return Findings(
        question,
        summary,
        {"prices": path, "deviations": tries},
        {"prices": PRICES, "deviations": EQUILIBRIUM_DEVIATIONS},
        pictures={"equilibrium": lambda: draw(path, tries, summary)},
        said=[*ended, _table(summary, book)],
    )


def settled_piece(
    question: Question, book: TextbookMarket, plays: Mapping[str, Any], seed: int
) -> Piece:
    """One seed's market played until prices settle, as it is kept."""
    market = Market(question.market, question.subscribers, seed, threads=question.jobs).run(1)
    outcome = settle(market, book, plays, _options(question.options), question.months)
    return Piece.of(
        {"path": outcome.path, "tries": outcome.tries},
        {"prices": outcome.prices, "profits": outcome.profits, "shares": outcome.shares},
        {"seed": seed, "months": outcome.months, "settled": outcome.settled},
    )


def as_run(piece: Piece) -> Run:
    """The run in a piece."""
    arrays = {name: piece.array(name) for name in ("prices", "profits", "shares")}
    return Run(**arrays, **piece.facts, path=piece.frame("path"), tries=piece.frame("tries"))


def textbook_of(question: Question) -> TextbookMarket:
    """The market's own few figures. Raises `QuestionError` for a market written in full."""
    written: dict[str, Any] = dict(question.resolved.get("market", {}))
    if written.pop("form", None) != "textbook":
        raise QuestionError(
            f"experiment = equilibrium: market '{question.market.name}' is not of the form "
            "'textbook', of which the equilibrium is known; write market=textbook"
        )
    return TextbookMarket.model_validate(written)


def settle(
    market: Market,
    book: TextbookMarket,
    plays: Mapping[str, Any],
    options: EquilibriumOptions,
    most_months: int,
) -> Run:
    """Play until prices settle or time is up; then post the prices, measure, and try others.

    `market` must have lived a month. It is not changed.
    """
    strategies: dict[str, Strategy] = {firm: read(plays) for firm in book.firms}
    wait = int(plays.get("wait_months", 1))
    playing = market.fork(strategies)
    began = playing.month
    rounds: list[Column] = []
    replies: list[Column] = []
    posted: list[Column] = []
    settled = False
    while playing.month - began < most_months and not settled:
        month = playing.month - began
        playing.step()
        posted.append(_prices(playing, book))
        if is_reply(month, wait):
            replies.append(posted[-1])
        if (month + 1) % (CYCLE * wait) == 0:
            rounds.append(np.mean(replies[len(replies) // 2 :], axis=0))
            replies = []
            settled = len(rounds) >= _LEAST_ROUNDS and _still(rounds, book, options)
    last = rounds[-options.rounds_averaged :] if rounds else posted[-1:]
    prices = np.mean(last, axis=0)
    # Forked from the start, which has no long history to copy: this market remembers nothing.
    held = _posting(market, book, prices).run(options.months_held)
    prices = _prices(held, book)
    shares, profits = _results(held, book, options.months_held)
    seed = market.seed_number
    path = _path(seed, book, np.array(posted), _shares_by_month(playing, book, began))
    path["reply"] = [is_reply(month, wait) for month in path["month"]]
    tries = _tries(market, book, prices, options.steps, seed)
    return Run(seed, prices, profits, shares, len(posted), settled, path, tries)


def _still(rounds: Sequence[Column], book: TextbookMarket, options: EquilibriumOptions) -> bool:
    """Whether the mean of the last rounds is where it was a round ago."""
    n = options.rounds_averaged
    now, before = np.mean(rounds[-n:], axis=0), np.mean(rounds[-n - 1 : -1], axis=0)
    margin = np.maximum(now - np.array(book.cost), 1.0 / _fen(book))
    return bool((np.abs(now - before) <= options.tolerance * margin).all())


def _posting(
    market: Market, book: TextbookMarket, prices: Column, alone: tuple[int, float] | None = None
) -> Market:
    """A fork in which firms post these prices; `alone`: one firm (by index) another price."""
    posted = prices.copy()
    if alone is not None:
        posted[alone[0]] = alone[1]
    fen = np.maximum(0, np.round(posted * _fen(book))).astype(int)
    return market.fork({name: PostedPrice(int(f)) for name, f in zip(book.firms, fen, strict=True)})


def _fen(book: TextbookMarket) -> float:
    """Fen of the full market for a unit of the textbook's money."""
    return 100.0 * book.yuan_per_unit


def _prices(market: Market, book: TextbookMarket) -> Column:
    rows = [market.book.row(f"{firm}/{PLAN}") for firm in book.firms]
    return np.array([market.book.prices_fen[row][0] for row in rows]) / _fen(book)


def _shares_by_month(market: Market, book: TextbookMarket, since: int) -> Column:
    """Shares `[month, firm]` of all accounts, the outside option's included in the whole."""
    lines = np.array([t[:, 0, :, Measure.LINES].sum(axis=1) for t in market.tallies[since:]])
    return lines[:, : len(book.firms)] / lines.sum(axis=1, keepdims=True)


def _results(market: Market, book: TextbookMarket, months: int) -> tuple[Column, Column]:
    """Mean share and profit per consumer and month over the last months, `[firm]`."""
    since = market.month - months
    consumers = len(market.population)
    profit = np.array(
        [
            [market.ledger.balance(firm, month) for firm in book.firms]
            for month in range(since, market.month)
        ]
    )
    share = _shares_by_month(market, book, since).mean(axis=0)
    return share, profit.mean(axis=0) / consumers / _fen(book)


def _tries(
    market: Market, book: TextbookMarket, prices: Column, steps: Sequence[float], seed: int
) -> pd.DataFrame:
    """What one month at another price would change, firm by firm, everybody's luck the same."""
    _, usual = _results(_posting(market, book, prices).run(1), book, months=1)
    rows: list[tuple[int, str, float, float]] = []
    for index, firm in enumerate(book.firms):
        for step in steps:
            price = max(0.0, prices[index] + step * book.scale)
            fork = _posting(market, book, prices, (index, price)).run(1)
            gain = _results(fork, book, months=1)[1][index] - usual[index]
            rows.append((seed, firm, float(step), float(gain)))
    return pd.DataFrame(rows, columns=["seed", "firm", "step", "gain"])


def _path(seed: int, book: TextbookMarket, prices: Column, shares: Column) -> pd.DataFrame:
    months = range(len(prices))
    return pd.DataFrame(
        {
            "seed": seed,
            "month": np.repeat(months, len(book.firms)),
            "firm": np.tile(book.firms, len(prices)),
            "price": prices.reshape(-1),
            "share": shares.reshape(-1),
        }
    )


def summarise(runs: Sequence[Run], book: TextbookMarket, subscribers: int) -> dict[str, Any]:
    """Means over seeds, their standard errors, and the closed form; plain numbers."""
    figures = {
        name: np.array([getattr(run, name) for run in runs])
        for name in ("prices", "profits", "shares")
    }
    summary: dict[str, Any] = {name: v.mean(axis=0).tolist() for name, v in figures.items()}
    summary["standard_errors"] = {
        name: (v.std(axis=0, ddof=1) / np.sqrt(len(runs))).tolist() if len(runs) > 1 else None
        for name, v in figures.items()
    }
    summary["nash"] = None
    if not book.mixed:
        logit = book.logit()
        prices = logit.nash()
        summary["nash"] = {
            "prices": prices.tolist(),
            "profits": logit.profits(prices).tolist(),
            "shares": logit.shares(prices).tolist(),
        }
        off = figures["prices"].mean(axis=0) / prices - 1.0
        summary["largest_price_error"] = float(np.abs(off).max())
    tries = pd.concat([run.tries for run in runs])
    gains = tries.groupby(["firm", "step"])["gain"].mean()
    summary["largest_gain_from_another_price"] = float(gains.max())
    return summary | {
        "firms": list(book.firms),
        "settled": all(run.settled for run in runs),
        "months": [run.months for run in runs],
        "subscribers": subscribers,
        "seeds": len(runs),
        "price_step": 1.0 / _fen(book),
        "notes": {
            "prices": "money of the market; mean over seeds, each the mean of the last rounds",
            "profits": "money per consumer and month, everybody counted who could have bought",
            "nash": "closed form for plain logit demand; null where tastes differ (mixed logit)",
            "largest_gain_from_another_price": "per consumer, one month, same luck; sampling error "
            "included: at or below zero, or within it, nobody gains by deviating",
        },
    }


def _options(given: dict[str, Any]) -> EquilibriumOptions:
    return validated(EquilibriumOptions, lists_to_tuples(given), "experiment")


def _table(summary: dict[str, Any], book: TextbookMarket) -> Table:
    table = Table(title="Where prices settle when all firms play best responses")
    for name in ("firm", "price", "± s.e.", "Nash", "profit", "Nash profit"):
        table.add_column(name, justify="right")
    errors = summary["standard_errors"]["prices"]
    nash = summary["nash"]
    for index, firm in enumerate(book.firms):
        known = ("–", "–") if nash is None else (nash["prices"][index], nash["profits"][index])
        table.add_row(
            firm,
            f"{summary['prices'][index]:.4f}",
            "–" if errors is None else f"{errors[index]:.4f}",
            *(f"{v:.4f}" if isinstance(v, float) else v for v in known[:1]),
            f"{summary['profits'][index]:.4f}",
            *(f"{v:.4f}" if isinstance(v, float) else v for v in known[1:]),
        )
    return table
