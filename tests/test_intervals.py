"""Means and intervals over worlds, beside the textbook's."""

import numpy as np
import pandas as pd
from scipy import stats

from experiments.analysis.paired import Interval, interval, intervals


def test_an_interval_is_students_and_leaves_out_what_is_missing():
    draws = pd.DataFrame(np.random.default_rng(1).normal(3.0, 2.0, (9, 3)), columns=list("abc"))
    draws.loc[[2, 5], "b"] = np.nan
    found = intervals(draws)
    for name in draws:
        there = draws[name].dropna()
        mean, n = float(there.mean()), len(there)
        low, high = stats.t.interval(0.95, n - 1, mean, float(stats.sem(there)))
        row = found.loc[[name]].to_numpy(float)[0]
        np.testing.assert_allclose(row, [mean, low, high, n], rtol=1e-12)
        assert interval(draws[name]) == Interval(*row.tolist())


def test_one_draw_has_no_interval_and_none_has_no_mean():
    draws = pd.DataFrame({"one": [np.nan, 2.5, np.nan], "none": [np.nan] * 3})
    found = intervals(draws)
    assert found.loc[["one"]].to_numpy(float).tolist() == [[2.5, 2.5, 2.5, 1.0]]
    assert interval(draws["one"]) == Interval(2.5, 2.5, 2.5, 1)
    assert found.loc[["none"]].isna().to_numpy().tolist() == [[True, True, True, False]]
    assert interval(draws["none"]) == Interval(None, None, None, 0)
