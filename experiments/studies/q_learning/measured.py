"""Profits read from the ledger of the simulated market in place of the closed form."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.market import Market
from agents.textbook import TextbookMarket
from experiments.question.errors import validated
from experiments.runs.scheduled import PostedPrice
from experiments.studies.q_learning.game import Game, charged
from sim.logit import Logit

_FEN_PER_YUAN = 100.0


def measured_profits(
    demand: Logit, game: Game, subscribers: int, months: int, seed: int, threads: int
) -> NDArray[np.float64]:
    """Profit `[profile, firm]` per consumer and period, every profile on a fork of one market.

    All profiles meet the same consumers with the same luck, and are kept for so many months; tastes
    are drawn again each month. What differs from the closed form is the sampling of consumers, and
    the rounding of prices to whole fen.

    Raises:
        QuestionError: the market cannot be written in the textbook's form.
    """
    book = _book(demand)
    market = Market(book.market(), subscribers, seed, threads).run(1)
    market.recording = False
    fen = _FEN_PER_YUAN * book.yuan_per_unit
    table = np.empty_like(game.profits)
    for profile, prices in enumerate(charged(game.grids)):
        posts = {
            firm: PostedPrice(round(float(price) * fen))
            for firm, price in zip(book.firms, prices, strict=True)
        }
        fork = market.fork({**posts}).run(months)
        lived = range(fork.month - months, fork.month)
        earned = [[fork.ledger.balance(firm, month) for firm in book.firms] for month in lived]
        table[profile] = np.mean(earned, axis=0) / subscribers / fen
    return table


def difference(game: Game, profits: NDArray[np.float64]) -> dict[str, float]:
    """How far a measured table lies from the closed form's."""
    gap = float(game.monopoly_profits.mean() - game.nash_profits.mean())
    off = profits - game.profits
    return {
        "largest": float(np.abs(off).max()),
        "mean": float(off.mean()),
        "root_mean_square": float(np.sqrt((off**2).mean())),
        "root_mean_square_over_gap": float(np.sqrt((off**2).mean())) / gap,
        "largest_over_gap": float(np.abs(off).max()) / gap,
    }


def _book(demand: Logit) -> TextbookMarket:
    written: dict[str, Any] = {
        "quality": tuple(demand.quality),
        "cost": tuple(demand.cost),
        "outside": demand.outside,
        "scale": demand.scale,
    }
    return validated(TextbookMarket, written, "experiment")
