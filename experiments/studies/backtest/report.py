"""A backtest in words and numbers: what came near, what was missed, on how much it stands."""

import json
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.studies.backtest import report_bands
from experiments.studies.backtest.dates import month_name
from experiments.studies.backtest.evaluation import Evaluation, shown_unit
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.naive import NOTHING, TOO_FEW
from experiments.studies.backtest.report_table import NO_FIGURE, behind, percent, shown
from experiments.studies.backtest.scores import biggest_misses, overall, score_table

_ERRORS = ("mae_common", "mae_no_change", "mae_trend")
_SUMMED = {"by_metric": ("scope", "metric"), "by_operator": ("scope", "metric", "operator")}


def summary(found: Evaluation) -> dict[str, Any]:
    """Plain finite numbers for `summary.json`; `null` where n is zero.

    Fractions (shares, churn, coverage) are fractions of one; lines and adds are millions; revenue
    is for a line and month. `n` counts figures with a prediction, `n_common` those that the model
    and both naive forecasts predict.
    """
    test, rows = found.backtest, found.rows
    return {
        "market": test.name,
        "event": {"month": month_name(test.event_month), "label": test.event_label},
        "months": [month_name(test.first_month), month_name(test.last_month)],
        "behind": {
            "members": test.members,
            "seeds": test.seeds,
            "runs": test.members * test.seeds,
            "accounts": test.accounts,
        },
        "figures": {
            "after": len(rows),
            "before": len(found.fit),
            "predicted": int(rows["median"].notna().sum()),
            "not_predicted": _not_predicted(found),
        },
        "overall": {scope: _plain(overall(own)) for scope, own in rows.groupby("scope")},
        "overall_verified": _plain(overall(rows[rows["verified"] == "yes"])),
        **{name: _records(score_table(rows, by)) for name, by in _SUMMED.items()},
        "fit_before": _records(score_table(found.fit, ("scope", "metric"))),
        "naive": naive_grounds(found),
        "without_past": _records(without_past(found)),
        "misses": _records(_told(biggest_misses(rows))),
    }


def naive_grounds(found: Evaluation) -> list[dict[str, Any]]:
    """What the naive forecasts of each metric rest on, with the number of figures."""
    grounds = found.naive.assign(metric=found.rows["metric"], scope=found.rows["scope"])
    keys = ["scope", "metric", "no_change_from", "trend_from"]
    # Of a trend's points it matters that there were enough.
    grounds["trend_from"] = grounds["trend_from"].str.replace(r"^\d+ points$", "a line", regex=True)
    return _records(grounds.groupby(keys).size().rename("figures").reset_index())


def without_past(found: Evaluation) -> pd.DataFrame:
    """Lines and shares of those that had none before, beside the guess that nobody comes.

    Naive forecasts say nothing of an entrant; zero is what there is to be compared with. A model
    that knows of the entry beats it easily, so it is kept out of every other comparison.
    """
    counted = found.rows["metric"].isin(["subscribers", "subscriber_share"])
    new = (found.naive["no_change_from"] == NOTHING) & found.rows["median"].notna()
    rows = found.rows[counted & new]
    grouped = rows.assign(mae=rows["error"].abs(), mae_zero=rows["value"].abs()).groupby(
        ["scope", "metric", "operator"]
    )
    return grouped.agg(
        n=("value", "size"), mae=("mae", "mean"), mae_zero=("mae_zero", "mean")
    ).reset_index()


def tables(found: Evaluation) -> dict[str, pd.DataFrame]:
    """What a researcher may want to read again, by file name without ending."""
    return {
        "figures": pd.concat([found.fit.assign(phase="before"), found.rows.assign(phase="after")]),
        "paths": found.paths,
        "scores": score_table(found.rows, _SUMMED["by_operator"]),
        "not_predicted": found.backtest.observations.not_predicted,
        "errors": found.errors,
    }


def markdown(found: Evaluation, figures: Sequence[str] = ()) -> str:
    """The page `backtest.md`.

    Args:
        found: the evaluation.
        figures: file names of pictures beside the page, to be shown at its end.
    """
    return "\n".join(_page(found, figures)) + "\n"


def _page(found: Evaluation, figures: Sequence[str]) -> Iterator[str]:
    test, rows = found.backtest, found.rows
    yield f"# {test.label}: predicted against observed\n"
    yield (
        f"{test.event_label[:1].upper()}{test.event_label[1:]}, {month_name(test.event_month)}. "
        "Simulated "
        f"{month_name(test.first_month)} to {month_name(test.last_month)}; {behind(found)}. "
        "No figure that reaches into the event's month or beyond has calibrated anything.\n"
    )
    yield (
        f"{len(rows)} figures were published after the event, {int(rows['median'].notna().sum())} "
        f"of them have a prediction; {len(found.fit)} from before it may have calibrated.\n"
    )
    for scope, own in rows.groupby("scope"):
        yield _said(str(scope), overall(own))
    yield from report_bands.sentences(found)
    yield "## Errors beside two naive forecasts\n"
    yield (
        "MAE is the mean absolute error of the ensemble's median over the n figures it predicts. "
        "The columns after *common* compare it with the naive forecasts over those figures that "
        "all of them predict; an entrant has no case, so there they say nothing. Skill is "
        "1 − MAE / MAE of the naive: below zero the naive was nearer. The interval score is of "
        "the 90 % band: its width, and twenty times the distance by which a figure lies outside. "
        "MAPE is the mean of the absolute error over the figure: of metrics that cannot be "
        "negative (net adds can), over figures that are not nearly zero; a number in brackets says "
        "how many those are where they are fewer than n.\n"
    )
    short = int((found.naive["trend_from"] == TOO_FEW).sum())
    if short:
        yield (
            f"For {short} of the {len(rows)} figures fewer than three points were published before "
            "the event: their trend is no change.\n"
        )
    head = ("metric", "unit", "n", "MAE", "MAPE", "CRPS", "interval score", "in 50 %", "in 90 %",
            "common",
            "MAE, common", "no change", "trend", "skill, no change", "skill, trend")  # fmt: skip
    yield from _grid(head, _by_metric(found))
    yield "\n## What width cost\n"
    yield (
        "Proper scores of the bands, smaller is better, over the figures that all forecast; "
        "without errors known from other markets there is nothing to compare.\n"
    )
    yield from _grid(report_bands.HEAD, report_bands.widths(found, shown))
    yield "\n## By operator\n"
    yield from _grid(("metric", "operator", *head[1:]), _by_operator(found))
    yield "\n## Entrants\n"
    yield (
        "The naive forecasts say nothing of operators without a case; the guess that nobody comes "
        "to them is zero.\n"
    )
    yield from _grid(("metric", "operator", "unit", "n", "MAE", "MAE of zero"), _entrants(found))
    yield "\n## The biggest misses\n"
    yield from _grid(
        ("figure", "when", "observed", "predicted (90 % band)", "no change", "trend", "source"),
        _misses(found),
    )
    yield "\n## What is not predicted\n"
    yield from _grid(("metric", "why", "figures"), _left_out(found))
    for name in figures:
        yield f"\n![{name}]({name})"


def _said(scope: str, counts: Mapping[str, float | int]) -> str:
    n, common = counts["n"], counts["n_common"]
    if not n:
        return f"- {scope}: {counts['figures']} figures, none predicted.\n"
    said = (
        f"- {scope}: of {n} figures {counts['inside50']} lie in the 50 % band "
        f"({percent(counts['coverage50'])}) and {counts['inside90']} in the 90 % band "
        f"({percent(counts['coverage90'])})"
    )
    if not common:
        return f"{said}; the naive forecasts say nothing of any of them.\n"
    return (
        f"{said}. Of {common} that the naive forecasts predict too, the model was nearer than no "
        f"change in {counts['nearer_no_change']}, than the trend in {counts['nearer_trend']}, "
        f"than both in {counts['nearer_both']}.\n"
    )


def _by_metric(found: Evaluation) -> Iterator[list[str]]:
    for _, row in score_table(found.rows, _SUMMED["by_metric"]).iterrows():
        yield [_metric(row), *_scores(found, row)]


def _by_operator(found: Evaluation) -> Iterator[list[str]]:
    labels = found.backtest.observations.labels()
    for _, row in score_table(found.rows, _SUMMED["by_operator"]).iterrows():
        yield [_metric(row), labels.get(str(row["operator"]), ""), *_scores(found, row)]


def _metric(row: pd.Series) -> str:
    return f"{METRICS[str(row['metric'])].label}, {row['scope']}"


def _scores(found: Evaluation, row: pd.Series) -> list[str]:
    factor, unit = shown_unit(found, str(row["metric"]))
    skills = [shown(row[f"skill_{name}"]) for name in ("no_change", "trend")]
    inside = [
        f"{row[f'inside{band}']} ({percent(row[f'coverage{band}'])})" if row["n"] else NO_FIGURE
        for band in ("50", "90")
    ]
    errors = [shown(row[name] * factor) for name in _ERRORS]
    mae, *widths = (shown(row[name] * factor) for name in ("mae", "crps", "interval90"))
    mean = [mae, _mape(row), *widths]
    return [unit, str(row["n"]), *mean, *inside, str(row["n_common"]), *errors, *skills]


def _mape(row: pd.Series) -> str:
    if not row["n_mape"]:
        return NO_FIGURE
    some = "" if row["n_mape"] == row["n"] else f" ({row['n_mape']})"
    return f"{percent(row['mape'])}{some}"


def _misses(found: Evaluation) -> Iterator[list[str]]:
    named = found.backtest.observations
    labels = named.labels()
    for _, row in biggest_misses(found.rows).iterrows():
        factor, unit = shown_unit(found, str(row["metric"]))
        value = {
            name: shown(row[name] * factor)
            for name in ("value", "median", "low90", "high90", "no_change", "trend")
        }
        region = str(row["region"])
        where = f", {named.region_label(region)}" if region else ""
        yield [
            f"{labels.get(str(row['operator']), '')}{where}: {METRICS[str(row['metric'])].label}, "
            f"{unit}",
            _when(row), value["value"],
            f"{value['median']} ({value['low90']} to {value['high90']})",
            value["no_change"], value["trend"], f"{row['source']} ({row['verified']})",
        ]  # fmt: skip


def _entrants(found: Evaluation) -> Iterator[list[str]]:
    labels = found.backtest.observations.labels()
    for _, row in without_past(found).iterrows():
        factor, unit = shown_unit(found, str(row["metric"]))
        errors = [shown(row[name] * factor) for name in ("mae", "mae_zero")]
        yield [_metric(row), labels.get(str(row["operator"]), ""), unit, str(row["n"]), *errors]


def _left_out(found: Evaluation) -> Iterator[list[str]]:
    table = found.backtest.observations.not_predicted
    for (metric, reason), rows in table.groupby(["metric", "reason"]):
        yield [str(metric), str(reason), str(int(rows["rows"].sum()))]
    unknown = found.rows[found.rows["median"].isna()]
    for metric, rows in unknown.groupby("metric"):
        yield [
            str(metric),
            "outside the simulated months, or nothing to be a rate of",
            str(len(rows)),
        ]


def _when(row: pd.Series) -> str:
    start, end = month_name(int(row["start"])), month_name(int(row["end"]))
    return end if start == end else f"{start} to {end}"


def _grid(head: Sequence[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _not_predicted(found: Evaluation) -> list[dict[str, Any]]:
    table = found.backtest.observations.not_predicted
    return _records(table.groupby(["metric", "reason"])["rows"].sum().reset_index())


def _told(misses: pd.DataFrame) -> pd.DataFrame:
    names = ["operator", "region", "metric", "start", "end", "value", "median", "low90", "high90",
             "no_change", "trend", "miss", "source", "verified"]  # fmt: skip
    told = misses[names].copy()
    for name in ("start", "end"):
        told[name] = [month_name(month) for month in told[name].astype(int)]
    return told


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for row in json.loads(table.to_json(orient="records"))]


def _plain(values: Mapping[Hashable, Any] | Mapping[str, Any]) -> dict[str, Any]:
    """Without infinities and NaN, which JSON does not have."""
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
