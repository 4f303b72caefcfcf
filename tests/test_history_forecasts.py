"""Predictions worked out as publishers do, naive forecasts that see only the case, and scores."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.studies.backtest.dates import month_index
from experiments.studies.backtest.metrics import METRICS
from experiments.studies.backtest.naive import NOTHING, TOO_FEW, naive_forecasts
from experiments.studies.backtest.observations import ALL, NATIONAL, Naming
from experiments.studies.backtest.predictions import COUNTS, predict
from experiments.studies.backtest.scores import (
    biggest_misses,
    crps,
    overall,
    score_rows,
    score_table,
    scores_of,
)

NAMING = Naming(
    operators={"blue": "Blue", "red": "Red", "new": "New"}, groups={"old": ("blue", "red")}
)
START = month_index(2016, 1)
EVENT = START + 6


def figure(metric: str, value: float = 0.0, **about: Any) -> dict[str, Any]:
    """One row of observations; months are counted from `START`."""
    start, end = about.pop("start", 0), about.pop("end", 0)
    kind = METRICS[metric].kind
    return {
        "operator": "blue", "region": NATIONAL, "metric": metric, "end_share": 1.0,
        "value": value, "source": "X", "verified": "yes", "published_as": metric, "file": "f",
        "line": 1, **about, "kind": kind, "end": START + end,
        "start": START + (end if kind == "stock" else start),
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def member(*, regions: tuple[str, ...] = (NATIONAL,), months: int = 12) -> pd.DataFrame:
    """Blue falls by one million lines a month from 40; red stays at 60; new comes in month 6."""
    rows: list[dict[str, Any]] = []
    for month in range(months):
        for operator, lines in (("blue", 40.0 - month), ("red", 60.0), ("new", 3.0)):
            if operator == "new" and month < 6:
                continue
            counts = dict.fromkeys(COUNTS, 0.0)
            counts |= {
                "lines_million": lines,
                "active_lines_million": 0.9 * lines,
                "second_lines_million": 0.25 * lines,
                "mobile_revenue_million": 10.0 * lines,
                "churned_lines_million": 2.0,
                "gross_adds_million": 1.0,
            }
            rows += [
                {"month": START + month, "region": region, "operator": operator}
                | {name: count / len(regions) for name, count in counts.items()}
                for region in regions
            ]
    return pd.DataFrame(rows)


def value_of(metric: str, **about: Any) -> float:
    return float(predict(table(figure(metric, **about)), [member()], NAMING)[0, 0])


@pytest.mark.parametrize(
    ("metric", "about", "expected"),
    [
        ("subscribers", {"end": 4}, 36.0),
        ("subscribers", {"end": 4, "end_share": 0.25}, 36.75),
        ("subscribers", {"end": 4, "operator": "new"}, 0.0),
        ("subscribers", {"end": 8, "operator": ALL}, 32.0 + 60.0 + 3.0),
        ("subscribers", {"end": 8, "operator": "old"}, 92.0),
        ("subscriber_share", {"end": 8}, 32.0 / 95.0),
        ("subscriber_share", {"end": 8, "operator": "old"}, 92.0 / 95.0),
        ("active_share", {"end": 8}, 0.9),
        ("second_line_share", {"end": 8, "operator": "old"}, 0.25),
        ("net_adds", {"start": 3, "end": 5}, -3.0),
        ("net_adds", {"start": 3, "end": 5, "end_share": 0.5}, -2.5),
        ("gross_adds", {"start": 3, "end": 5, "end_share": 0.5}, 2.5),
        ("terminations", {"start": 3, "end": 5, "operator": "old"}, 12.0),
        ("churn_monthly", {"start": 3, "end": 5}, 6.0 / (37.5 + 36.5 + 35.5)),
        ("churn_quarterly", {"start": 3, "end": 5}, 18.0 / (37.5 + 36.5 + 35.5)),
        ("arpu_month", {"start": 3, "end": 5}, 10.0 * (37 + 36 + 35) / (37.5 + 36.5 + 35.5)),
        ("arpu_month", {"start": 3, "end": 5, "operator": "red"}, 10.0),
    ],
)
def test_a_figure_is_predicted_as_its_publisher_works_it_out(
    metric: str, about: dict[str, Any], expected: float
) -> None:
    assert value_of(metric, **about) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "about"),
    [
        ("subscribers", {"end": 12}),
        ("subscribers", {"end": -1}),
        ("net_adds", {"start": 0, "end": 2}),
        ("arpu_month", {"start": 10, "end": 12}),
        ("arpu_month", {"start": 1, "end": 3, "operator": "new"}),
        ("subscribers", {"end": 3, "region": "nowhere"}),
    ],
)
def test_what_was_not_simulated_is_not_predicted(metric: str, about: dict[str, Any]) -> None:
    assert np.isnan(value_of(metric, **about))


def test_the_country_is_the_sum_of_its_regions() -> None:
    rows = table(
        figure("subscribers", end=8),
        figure("subscribers", end=8, region="north"),
        figure("churn_monthly", start=3, end=5),
    )
    whole = predict(rows, [member()], NAMING)[:, 0]
    parts = predict(rows, [member(regions=("north", "south"))], NAMING)[:, 0]
    assert parts[[0, 2]] == pytest.approx(whole[[0, 2]])
    assert parts[1] == pytest.approx(whole[0] / 2)


def test_every_metric_has_a_prediction_and_every_member_a_column() -> None:
    rows = table(*(figure(metric, start=3, end=5) for metric in METRICS))
    found = predict(rows, [member(), member(months=9)], NAMING)
    assert found.shape == (len(METRICS), 2)
    assert np.isfinite(found).all()
    assert found[:, 0] == pytest.approx(found[:, 1])


def test_a_member_that_lacks_a_column_or_doubles_a_month_is_refused() -> None:
    rows = table(figure("subscribers", end=3))
    with pytest.raises(ValueError, match="lines_million"):
        predict(rows, [member().drop(columns="lines_million")], NAMING)
    with pytest.raises(ValueError, match="twice"):
        predict(rows, [pd.concat([member(), member()])], NAMING)


def forecast(before: pd.DataFrame, *after: dict[str, Any]) -> pd.DataFrame:
    return naive_forecasts(before, table(*after), EVENT, NAMING)


def test_no_change_is_the_last_value_and_trend_the_line() -> None:
    before = table(*(figure("subscribers", 10.0 + 2.0 * month, end=month) for month in range(6)))
    found = forecast(before, figure("subscribers", end=8), figure("subscribers", end=20)).iloc[0]
    assert found["no_change"] == 20.0
    assert found["trend"] == pytest.approx(26.0)
    assert found["history"] == 6


def test_only_the_last_year_makes_the_trend() -> None:
    """Twenty months: rising by one for eight, then falling by two for twelve."""
    values = [*range(100, 108), *range(106, 82, -2)]
    early = START - 14
    before = table(
        *(figure("subscribers", float(v), end=early - START + i) for i, v in enumerate(values))
    )
    found = forecast(before, figure("subscribers", end=6)).iloc[0]
    assert found["no_change"] == 84.0
    assert found["trend"] == pytest.approx(82.0)
    assert found["trend_from"] == "12 points"


def test_a_trend_stays_possible() -> None:
    before = table(*(figure("subscriber_share", 0.5 - 0.1 * m, end=m) for m in range(5)))
    assert forecast(before, figure("subscriber_share", end=20))["trend"].iloc[0] == 0.0


def test_two_points_make_no_trend_and_it_says_so() -> None:
    before = table(figure("arpu_month", 30.0, end=2), figure("arpu_month", 28.0, start=3, end=5))
    found = forecast(before, figure("arpu_month", start=6, end=8)).iloc[0]
    assert (found["no_change"], found["trend"], found["trend_from"]) == (28.0, 28.0, TOO_FEW)


def test_flows_are_forecast_by_the_month() -> None:
    before = table(figure("net_adds", 3.0, start=0, end=2), figure("net_adds", 6.0, start=3, end=5))
    found = forecast(before, figure("net_adds", start=6, end=11)).iloc[0]
    assert found["no_change"] == pytest.approx(6 * 1.5)


def test_without_published_net_adds_nobody_comes_or_goes() -> None:
    before = table(figure("subscribers", 10.0, end=5))
    found = forecast(before, figure("net_adds", start=6, end=8), figure("arpu_month", end=8))
    assert list(found["no_change"].fillna(-1)) == [0.0, -1.0]


def test_a_group_has_the_history_of_its_members_where_that_adds_up() -> None:
    before = table(
        *(
            figure(metric, value, end=month, operator=operator)
            for month in range(4)
            for operator, value in (("blue", 10.0 + month), ("red", 20.0))
            for metric in ("subscribers", "arpu_month")
        )
    )
    found = forecast(
        before,
        figure("subscribers", end=7, operator="old"),
        figure("arpu_month", end=7, operator="old"),
    )
    assert found["no_change"].iloc[0] == 33.0
    assert found["trend"].iloc[0] == pytest.approx(37.0)
    assert found["no_change_from"].iloc[1] == NOTHING


def test_an_entrant_gets_no_forecast() -> None:
    before = table(figure("subscribers", 10.0, end=3))
    found = forecast(before, figure("subscribers", end=8, operator="new")).iloc[0]
    assert np.isnan(found["no_change"])
    assert np.isnan(found["trend"])
    assert found["trend_from"] == NOTHING


def test_a_naive_forecast_never_reads_what_it_forecasts() -> None:
    before = table(*(figure("subscribers", 10.0 + month, end=month) for month in range(6)))
    one = forecast(before, figure("subscribers", 5.0, end=8))
    other = forecast(before, figure("subscribers", 500.0, end=8))
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(ValueError, match="event's month"):
        forecast(table(figure("subscribers", end=6)), figure("subscribers", end=8))


def test_crps_of_one_draw_is_the_absolute_error_and_of_two_the_formula() -> None:
    draws = np.array([[3.0, np.nan], [1.0, 4.0], [np.nan, np.nan]])
    found = crps(draws, np.array([5.0, 2.0, 1.0]))
    # E|X − y| = (1 + 2)/2, E|X − X'| = (0 + 3 + 3 + 0)/4.
    assert found[:2] == pytest.approx([2.0, 1.5 - 0.75])
    assert np.isnan(found[2])


def test_crps_of_many_draws_of_a_normal_is_the_closed_form() -> None:
    """Gneiting & Raftery (2007), eq. 5, at the mean: σ (2 φ(0) − 1/√π)."""
    draws = np.random.default_rng(1).normal(size=(1, 40_000))
    expected = 2.0 / np.sqrt(2.0 * np.pi) - 1.0 / np.sqrt(np.pi)
    assert crps(draws, np.zeros(1))[0] == pytest.approx(expected, abs=0.005)


def scored() -> pd.DataFrame:
    """Four figures: one hit, one outside the band, one without naive forecast, one unpredicted."""
    rows = table(
        figure("subscribers", 10.0, end=8),
        figure("subscribers", 20.0, end=9),
        figure("subscribers", 5.0, end=9, operator="new"),
        figure("subscribers", 7.0, end=9, region="north"),
    )
    draws = np.array(
        [
            np.linspace(8, 12, 41),
            np.linspace(14, 18, 41),
            np.linspace(3, 4, 41),
            np.full(41, np.nan),
        ]
    )
    naive = pd.DataFrame(
        {"no_change": [12.0, 12.0, np.nan, 6.0], "trend": [10.0, 30.0, np.nan, 6.0]}
    )
    return score_rows(rows, draws, naive)


def test_bands_are_quantiles_over_draws() -> None:
    row = scored().iloc[0]
    assert [row[q] for q in ("low90", "low50", "median", "high50", "high90")] == pytest.approx(
        [8.11, 8.95, 10.0, 11.05, 11.89]  # rank 42 · level among 41
    )
    assert row["draws"] == 41


def test_scores_count_what_they_stand_on() -> None:
    found = scores_of(scored())
    assert (found["figures"], found["n"], found["n_common"]) == (4, 3, 2)
    assert found["mae"] == pytest.approx((0.0 + 4.0 + 1.5) / 3)
    assert found["bias"] == pytest.approx((0.0 - 4.0 - 1.5) / 3)
    assert found["rmse"] == pytest.approx(np.sqrt((16.0 + 2.25) / 3))
    assert found["mape"] == pytest.approx((0.0 + 0.2 + 0.3) / 3)
    assert (found["inside50"], found["inside90"]) == (1, 1)
    assert found["coverage90"] == pytest.approx(1 / 3)
    # Over the two that everybody forecast: ours 2, no change 5, trend 5.
    assert found["mae_common"] == pytest.approx(2.0)
    assert found["skill_no_change"] == pytest.approx(1.0 - 2.0 / 5.0)
    assert found["skill_trend"] == pytest.approx(1.0 - 2.0 / 5.0)


def test_scores_by_operator_keep_nation_and_regions_apart() -> None:
    found = score_table(scored(), ["scope", "metric", "operator"])
    assert list(found["scope"]) == ["national", "national", "regional"]
    assert list(found["n"]) == [2, 1, 0]
    assert np.isnan(found["mae"].iloc[2])
    with pytest.raises(ValueError, match="metric"):
        score_table(scored(), ["operator"])


def test_across_metrics_the_nearer_is_counted() -> None:
    found = overall(scored())
    assert (found["n"], found["n_common"], found["inside90"]) == (3, 2, 1)
    assert (found["nearer_no_change"], found["nearer_trend"], found["nearer_both"]) == (2, 1, 1)


def test_the_biggest_miss_comes_first() -> None:
    found = biggest_misses(scored(), 2)
    assert list(found["value"]) == [20.0, 5.0]


def test_percentage_errors_are_left_out_where_they_mean_nothing() -> None:
    rows = table(figure("net_adds", 1.0, end=8), figure("subscribers", 0.0, end=8))
    draws = np.array([[2.0], [1.0]])
    naive = pd.DataFrame({"no_change": [0.0, 0.0], "trend": [0.0, 0.0]})
    found = score_table(score_rows(rows, draws, naive), ["metric"])
    assert list(found["n_mape"]) == [0, 0]
