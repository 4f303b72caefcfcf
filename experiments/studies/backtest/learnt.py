"""What forecasts have been off by so far, market by market: the file that bands are widened from.

`conf/data/forecast_errors.csv` holds the errors of the model and of both naive forecasts in the
markets that were backtested with the shipped files, on the scales of `discrepancy`. A backtest
reads it, leaves out its own market, and widens all bands by what the rest teaches. It writes its
own errors beside its answer (`errors.parquet`), and those of some answers are put into the file by
`python -m experiments.studies.backtest.learnt FOLDER ...`.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.paths import CONF
from experiments.studies.backtest.discrepancy import Discrepancy, errors_of, learn, widened
from sim.errors import QuestionError

FILE = "forecast_errors.csv"
MODEL = "model"
COLUMNS = ("market", "forecast", "metric", "years", "error", "spread")
_PLACES = 5


def read_errors(path: Path = CONF / "data" / FILE) -> pd.DataFrame:
    """The errors known so far, columns `COLUMNS`; none if the file is not there.

    Raises:
        QuestionError: it cannot be read, or lacks a column.
    """
    if not path.is_file():
        return pd.DataFrame({name: [] for name in COLUMNS})
    try:
        table = pd.read_csv(path, comment="#")
    except (OSError, ValueError) as error:
        raise QuestionError(f"'{path.name}' cannot be read: {error}") from None
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise QuestionError(f"'{path.name}' lacks the columns {', '.join(missing)}")
    return table[list(COLUMNS)]


def taught(errors: pd.DataFrame, market: str) -> dict[str, Discrepancy]:
    """What each forecast's errors in other markets teach; forecasts without any are left out."""
    found: dict[str, Discrepancy] = {}
    for name, own in errors.groupby("forecast"):
        elsewhere = own[own["market"] != market]
        if len(elsewhere):
            found[str(name)] = learn(elsewhere)
    return found


def wider(
    rows: pd.DataFrame,
    forecasts: Mapping[str, NDArray[np.float64]],
    known: Mapping[str, Discrepancy],
    event_month: int,
    unit: float,
) -> dict[str, NDArray[np.float64]]:
    """Forecasts with what was learnt added; those of which nothing was stay as they are.

    Args:
        rows: `metric` and `end` of each figure.
        forecasts: by name, `[figure, draw]`.
        known: what was learnt, by name.
        event_month: first month that was forecast.
        unit: what net adds are counted in (see `discrepancy.on_scale`).
    """
    years = (rows["end"].to_numpy(float) - event_month + 1.0) / 12.0
    units = np.full(len(rows), unit)
    return {
        name: widened(draws, rows["metric"], years, units, known[name]) if name in known else draws
        for name, draws in forecasts.items()
    }


def errors_made(
    market: str,
    rows: pd.DataFrame,
    forecasts: Mapping[str, NDArray[np.float64]],
    event_month: int,
    unit: float,
) -> pd.DataFrame:
    """The errors of one market's forecasts, columns `COLUMNS`."""
    units = np.full(len(rows), unit)
    parts = [
        errors_of(market, rows, draws, event_month, units).assign(forecast=name)
        for name, draws in forecasts.items()
    ]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def write_errors(folders: Iterable[Path], into: Path = CONF / "data" / FILE) -> int:
    """Put the errors of finished backtests into the file, in place of those of the same markets.

    Returns how many errors the file now holds.
    """
    new = pd.concat([pd.read_parquet(folder / "errors.parquet") for folder in folders])
    old = read_errors(into)
    kept = pd.concat([old[~old["market"].isin(set(new["market"]))], new], ignore_index=True)
    kept = kept.sort_values(["market", "forecast", "metric", "years"], kind="stable")
    kept.round(_PLACES).to_csv(into, index=False)
    return len(kept)


if __name__ == "__main__":
    sys.stdout.write(f"{write_errors(Path(name) for name in sys.argv[1:])} errors are known\n")
