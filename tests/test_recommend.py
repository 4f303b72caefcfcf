"""What is recommended when the best on average is not sure to be better than nothing."""

import pandas as pd

from experiments.analysis.paired import interval
from experiments.analysis.recommendation import sure_first


def test_a_sure_gain_is_preferred_to_a_larger_one_that_may_be_none() -> None:
    arms = {"hold": [0.0] * 8, "sure": [10.0, 11, 9, 10, 12, 8, 10, 10], "bold": [90.0, -60] * 4}
    gains = {arm: interval(pd.Series(values)) for arm, values in arms.items()}
    assert sure_first(["bold", "sure", "hold"], gains) == (["sure", "bold", "hold"], "bold")
    surer = gains | {"bold": interval(pd.Series([90.0, 80] * 4))}
    assert sure_first(["bold", "sure", "hold"], surer) == (["bold", "sure", "hold"], None)
    assert sure_first(["bold", "hold"], gains) == (["bold", "hold"], None)
