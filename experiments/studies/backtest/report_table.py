"""A backtest's table on the terminal, and how its numbers are written there and on the page."""

import math
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from experiments.report.words.numbers import number
from experiments.studies.backtest.evaluation import Evaluation, shown_unit
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.scores import REGIONS, overall, score_table

NO_FIGURE = "–"
_HEAD = ("n", "MAE", "MAPE\n%", "in 50\n%", "in 90\n%", "n\nall", "model", "no\nchange", "trend")
_CAPTION = (
    "n: figures predicted; MAPE: mean of |error| / |figure|, net adds left out;\n"
    "in 50, in 90: share of the n figures inside that band; n all: figures that\n"
    "model and both naive forecasts predict, and their MAE"
)


def console_table(found: Evaluation) -> Table:
    """Errors and coverage by metric, beside the two naive forecasts; fits eighty columns."""
    title = f"{found.backtest.label}: predicted against observed"
    table = Table(
        title=title, caption=f"{behind(found)}\n{_CAPTION}", box=SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip
    table.add_column("metric, unit", min_width=20)
    for name in _HEAD:
        table.add_column(name, justify="right", no_wrap=True)
    for _, row in score_table(found.rows, ("scope", "metric")).iterrows():
        factor, unit = shown_unit(found, str(row["metric"]))
        regional = ", by region" if row["scope"] == REGIONS else ""
        table.add_row(
            f"{METRICS[str(row['metric'])].label}{regional}, {unit}",
            str(row["n"]),
            shown(row["mae"] * factor),
            *(_ratio(row[name]) for name in ("mape", "coverage50", "coverage90")),
            str(row["n_common"]),
            *(shown(row[f"mae_{whose}"] * factor) for whose in ("common", "no_change", "trend")),
        )
    whole = overall(found.rows)
    shares = (_ratio(whole[f"coverage{band}"]) for band in ("50", "90"))
    table.add_section()
    table.add_row("all figures", str(whole["n"]), NO_FIGURE, NO_FIGURE, *shares)
    return table


def behind(found: Evaluation) -> str:
    """How much was simulated."""
    test = found.backtest
    return (
        f"{test.members} members of the ensemble × {test.seeds} seeds = "
        f"{test.members * test.seeds} runs of {test.accounts:,} simulated accounts"
    )


def shown(value: Any) -> str:
    """A number with as many places as help."""
    return number(float(value), 2 if abs(float(value)) < 100 else 1)


def percent(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f} %"


def _ratio(value: float) -> str:
    """A share in per cent without its sign, which stands in the heading."""
    return NO_FIGURE if math.isnan(value) else f"{100 * value:.0f}"
