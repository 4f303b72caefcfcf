"""One backtest from what is asked of the ensemble to what can be said about its answers.

    asked = questions(backtest)                       # figures and paths, one row each
    draws[:, run] = predict_member(asked, Member(months), naming)   # for every member and seed
    found = evaluate(backtest, asked, draws)          # scores, fit before the event, paths

Only the values of figures from before the event are passed on to anything that forecasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.studies.backtest.dates import month_name
from experiments.studies.backtest.discrepancy import Discrepancy
from experiments.studies.backtest.learnt import MODEL, errors_made, taught, wider
from experiments.studies.backtest.metrics import METRICS, STOCK
from experiments.studies.backtest.naive import naive_forecasts
from experiments.studies.backtest.observations import NATIONAL, Observations, with_phase
from experiments.studies.backtest.scores import NAIVE, score_rows
from sim.errors import QuestionError

BEFORE, AFTER, PATH = "before", "after", "path"
_NET_ADDS_UNIT = 0.001
"""Of all lines: what net adds are counted in, so that markets can be compared."""


@dataclass(frozen=True)
class Move:
    """What somebody did, as it is marked in the pictures."""

    month: int
    """An integer (see `history.dates`)."""
    label: str


@dataclass(frozen=True)
class Backtest:
    """What was asked, and how much simulation stands behind the answer."""

    name: str
    label: str
    currency: str
    observations: Observations
    event_month: int
    event_label: str
    first_month: int
    """First and last simulated month; figures outside have no prediction."""
    last_month: int
    members: int
    """Draws of the behavioural ensemble."""
    seeds: int
    """Runs of each member."""
    accounts: int
    """Simulated accounts of a run."""
    moves: tuple[Move, ...] = ()
    lines_million: float = 1.0
    """All lines on the eve of the event."""
    spotlight: str = ""
    """The operator whose path is drawn region by region; empty: none."""


@dataclass(frozen=True)
class Evaluation:
    """Every figure and path with its prediction; columns as `scores.score_rows` returns."""

    backtest: Backtest
    rows: pd.DataFrame
    """Figures from after the event: what is scored."""
    fit: pd.DataFrame
    """Figures from before the event; calibration may have seen them."""
    paths: pd.DataFrame
    """Every month of every operator, metric and region that is drawn; `value` is NaN."""
    naive: pd.DataFrame
    """What each naive forecast of `rows` rests on (see `naive.naive_forecasts`)."""
    errors: pd.DataFrame
    """How far the model and the naive forecasts were off in the whole country, columns
    `learnt.COLUMNS`."""
    known: Mapping[str, Discrepancy]
    """What errors made in other markets teach of each forecast."""


def questions(backtest: Backtest) -> pd.DataFrame:
    """What every run is asked: all published figures, and a value a month for the pictures.

    Returns:
        As `Observations.table`, with a column `role`: `before`, `after` or `path`.

    Raises:
        QuestionError: no figure is from after the event.
    """
    table = with_phase(backtest.observations.table, backtest.event_month)
    if not (table["phase"] == AFTER).any():
        event = month_name(backtest.event_month)
        raise QuestionError(
            f"market '{backtest.name}': nothing was observed from {event} on, so "
            f"there is nothing to predict; figures from before: {len(table)}"
        )
    table = table.rename(columns={"phase": "role"})
    shown = _drawn(table, backtest.spotlight)
    paths = [
        _path(rows.iloc[0], _usual_length(rows), backtest)
        for _, rows in table[shown].groupby(["metric", "operator", "region"], sort=True)
    ]
    return pd.concat([table, *paths], ignore_index=True)


def _drawn(table: pd.DataFrame, spotlight: str) -> "pd.Series[bool]":
    """National series of at least two figures from after the event; one operator's by region."""
    after = (table["role"] == AFTER).groupby(
        [table["metric"], table["operator"], table["region"]]
    ).transform("sum")  # fmt: skip
    national = table["region"] == NATIONAL
    return (after >= 2) & (national | (table["operator"] == spotlight))


def _usual_length(rows: pd.DataFrame) -> int:
    """Months that a figure of this series is usually about."""
    return int((rows["end"] - rows["start"] + 1).median())


def _path(like: pd.Series, length: int, backtest: Backtest) -> pd.DataFrame:
    """A row for every month of a series, its period as long as is usual for its figures."""
    ends = np.arange(backtest.first_month, backtest.last_month + 1)
    stock = like["kind"] == STOCK
    rows = pd.DataFrame({"end": ends, "start": ends if stock else ends - length + 1})
    for name in ("operator", "region", "metric", "kind"):
        rows[name] = like[name]
    return rows.assign(
        end_share=1.0, value=np.nan, source="", verified="", published_as="", file="", line=0,
        role=PATH,
    )  # fmt: skip


def evaluate(
    backtest: Backtest,
    asked: pd.DataFrame,
    draws: NDArray[np.float64],
    errors: pd.DataFrame | None = None,
) -> Evaluation:
    """Hold the answers against what was observed.

    Args:
        backtest: what was asked.
        asked: as `questions` returned.
        draws: `[row of asked, run]`, every member and seed a column.
        errors: made by forecasts of other markets (see `learnt`); bands are widened by them.

    Raises:
        ValueError: the draws are not of these questions.
    """
    if draws.shape[0] != len(asked):
        raise ValueError(f"{draws.shape[0]} rows of draws answer {len(asked)} questions.")
    naming, event = backtest.observations.naming, backtest.event_month
    before = asked[asked["role"] == BEFORE]
    naive = naive_forecasts(before, asked, event, naming)
    unit = _NET_ADDS_UNIT * backtest.lines_million
    alone = {MODEL: draws} | {name: naive[[name]].to_numpy(float) for name in NAIVE}
    known = {} if errors is None else taught(errors, backtest.name)
    scored = score_rows(asked, draws, naive, wider(asked, alone, known, event, unit))
    after = (asked["role"] == AFTER).to_numpy(bool)
    teaches = after & (asked["region"] == NATIONAL).to_numpy(bool)  # regions are many and alike
    made = {name: forecast[teaches] for name, forecast in alone.items()}
    parts = {role: scored[asked["role"] == role] for role in (BEFORE, AFTER, PATH)}
    return Evaluation(
        backtest,
        parts[AFTER],
        parts[BEFORE],
        parts[PATH],
        naive[after],
        errors_made(backtest.name, asked[teaches], made, event, unit),
        known,
    )


def shown_unit(found: Evaluation, metric: str) -> tuple[float, str]:
    """What values of a metric are multiplied by to be shown, and their unit in words."""
    match METRICS[metric].unit:
        case "fraction":
            return 100.0, "%"
        case "money":
            return 1.0, found.backtest.currency
        case unit:
            return 1.0, unit
