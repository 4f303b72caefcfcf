"""What the page of a backtest says about its bands: what widened them, and what width cost."""

from collections.abc import Callable, Iterator

import pandas as pd

from experiments.studies.backtest.bands import pit_histogram
from experiments.studies.backtest.evaluation import Evaluation, shown_unit
from experiments.studies.backtest.learnt import MODEL
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.scores import NAIVE, score_table

HEAD = ("metric", "unit", "common", "interval score", "no change", "trend", "CRPS", "no change",
        "trend")  # fmt: skip


def sentences(found: Evaluation) -> Iterator[str]:
    """What widened the bands, what they would hold without, and how flat the PIT is."""
    rows = found.rows[found.rows["median"].notna()]
    known = found.known.get(MODEL)
    if known is None:
        yield (
            "The bands are those of the ensemble alone: no errors made in other markets are known "
            "that could say what the model lacks.\n"
        )
    else:
        half, most = (int(rows[f"in{level}_alone"].sum()) for level in ("50", "90"))
        yield (
            f"The bands hold, beside the ensemble's own spread, what {known.figures} errors made "
            f"in {known.markets} other markets teach (Student t, growing with the horizon to the "
            f"power of {known.growth:.2f}). The ensemble alone would have {half} of {len(rows)} "
            f"figures in its 50 % bands and {most} in its 90 % bands. The naive "
            "forecasts have bands from their own errors in the same markets.\n"
        )
    counts = pit_histogram(rows["pit_low"].to_numpy(float), rows["pit_high"].to_numpy(float))
    yield (
        "Where the observed figures stand among the draws, by tenths from below all to above all "
        f"(PIT; of true bands each holds about {counts.sum() / len(counts):.0f}): "
        f"{', '.join(f'{count:.0f}' for count in counts)}.\n"
    )


def widths(found: Evaluation, said: Callable[[float], str]) -> Iterator[list[str]]:
    """Proper scores by metric beside the naive forecasts', over figures that all forecast."""
    if not set(NAIVE) <= set(found.known):
        return
    for _, row in score_table(found.rows, ("scope", "metric")).iterrows():
        if row["n_common"]:
            yield _scores(found, row, said)


def _scores(found: Evaluation, row: pd.Series, said: Callable[[float], str]) -> list[str]:
    factor, unit = shown_unit(found, str(row["metric"]))
    values = [
        said(float(row[f"{score}_{whose}"]) * factor)
        for score in ("interval90", "crps")
        for whose in ("common", *NAIVE)
    ]
    label = f"{METRICS[str(row['metric'])].label}, {row['scope']}"
    return [label, unit, str(row["n_common"]), *values]
