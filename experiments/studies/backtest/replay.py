"""Living a market's case: the moves are played, and every month is written down."""

import numpy as np
import pandas as pd

from agents.market import Market
from agents.settings import MarketSettings
from experiments.studies.backtest.case import HistoricalCase
from experiments.studies.backtest.observations import NATIONAL
from sim.vocabulary import Measure
from strategies.scripted import Scripted, ScriptedSettings


def localised(settings: MarketSettings, case: HistoricalCase) -> MarketSettings:
    """The market with every incumbent covering only the regions where it has customers."""
    if len(settings.regions) == 1:
        return settings
    split = case.shares_by_region()
    there = (split["start"] + split["event"]) > 0
    operators = dict(settings.operators)
    for index, name in enumerate(case.market.lines_then()):
        was = operators[name]
        covered = {
            region: was.network.coverage.get(region, 1.0) if here else 0.0
            for region, here in zip(settings.regions, there[index], strict=True)
        }
        network = was.network.model_copy(update={"coverage": covered})
        operators[name] = was.model_copy(update={"network": network})
    return settings.model_copy(update={"operators": operators})


def play(settings: MarketSettings, case: HistoricalCase, accounts: int, seed: int) -> Market:
    """A market at its start whose operators will make the moves that were made."""
    market = Market(settings, accounts, seed)
    for name, moves in case.moves.items():
        if moves:
            market.operator(name).strategy = Scripted(ScriptedSettings(moves=moves))
    return market


def series(market: Market, case: HistoricalCase) -> pd.DataFrame:
    """What happened, by month, region (empty: the country) and operator.

    Lines in millions of the growing market, revenue in millions of currency units, net of tax.
    """
    tallies = (
        np.array(market.tallies).sum(axis=3).astype(np.float64)
    )  # [month, operator, region, .]
    growth = (1.0 + case.market.lines_growth_yearly) ** (np.arange(len(tallies)) / 12.0)
    tallies *= (market.scale / 1e6) * growth[:, None, None, None]
    names = [operator.name for operator in market.operators]
    frames = [_frame(tallies.sum(axis=2), case, names, NATIONAL, market)]
    if len(market.regions) > 1:
        frames += [
            _frame(tallies[:, :, index], case, names, region, market)
            for index, region in enumerate(market.regions)
        ]
    return pd.concat(frames, ignore_index=True)


def _frame(
    sums: np.ndarray, case: HistoricalCase, names: list[str], region: str, market: Market
) -> pd.DataFrame:
    """`sums` is `[month, operator, measure]`."""
    months, operators = sums.shape[:2]
    lines, second = sums[:, :, Measure.LINES], sums[:, :, Measure.SECOND_LINES]
    columns = {
        "lines_million": lines,
        "main_lines_million": lines - second,
        "second_lines_million": second,
        "active_lines_million": sums[:, :, Measure.ACTIVE_LINES],
        "mobile_revenue_million": sums[:, :, Measure.MOBILE_FEN]
        / 100.0
        / (1.0 + market.settings.vat_rate)
        / case.money_unit,
        "churned_lines_million": sums[:, :, Measure.CHURNED_LINES],
        "gross_adds_million": sums[:, :, Measure.GROSS_ADDS],
        "lapsed_lines_million": sums[:, :, Measure.LAPSED_LINES],
        "ports_in_million": sums[:, :, Measure.PORTED_IN],
        "ports_out_million": sums[:, :, Measure.PORTED_OUT],
    }
    data = {
        "month": np.repeat(case.start + np.arange(months), operators),
        "region": region,
        "operator": np.tile(names, months),
    }
    return pd.DataFrame(data | {name: value.ravel() for name, value in columns.items()})
