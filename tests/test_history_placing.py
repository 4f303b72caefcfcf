"""Fitting to the time before an event: what is known is met, what came after cannot be seen."""

import io

import numpy as np
import pandas as pd
import pytest
from country import MARKET, OBSERVED, changed, example, request, write

from experiments.question.question import Question
from experiments.studies.backtest.backtest import questions_of
from experiments.studies.backtest.calibration import known_of, observed_moments, place
from experiments.studies.backtest.case import HistoricalCase, read_case
from experiments.studies.backtest.members import drawn_markets, live_member, read_options
from experiments.studies.backtest.replay import localised, play

ACCOUNTS = 3000


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return example()


def read(files: dict[str, str], folder, *more: str) -> tuple[Question, HistoricalCase]:
    asked = request(write(folder, files), folder / "out", *more)
    return asked, read_case(asked)


def test_placing_meets_what_was_known_before_the_event(files, tmp_path):
    asked, case = read(files, tmp_path)
    known = known_of(case)
    placed = place(asked.market, case, known, ACCOUNTS, seed=5)
    assert np.isnan(known.event.arpu[1])  # nothing is said of Blue's revenue
    market = play(placed.settings, case, ACCOUNTS, seed=5).run(case.months_before)
    last = slice(case.months_before - 3, case.months_before)
    got = observed_moments(market, last, slice(3, case.months_before))
    share = known.event.share.sum(axis=1)
    assert np.abs(np.log(got.share.sum(axis=1) / share)).max() < 0.03
    assert abs(np.log(got.arpu[0] / known.event.arpu[0])) < 0.03
    assert abs(np.log(got.churn / known.chosen_monthly)) < 0.25
    assert placed.misfit < 0.03
    assert placed.worst.split(" of ")[1] in case.market.lines_then()


def test_second_lines_and_regions_are_placed_where_they_were_seen(files, tmp_path):
    regions = "  second_lines_share: 0.2\n  regions:\n    north: {people_share: 0.6, income: 1}\n"
    regions += "    south: {people_share: 0.4, income: 0.9}\n  operators:"
    text = changed(files[MARKET], "  operators:", regions)
    text = text.replace("overage_per_gb: 10}", "overage_per_gb: 10, second_line: true}")
    rows = [
        f"2014-12,{who},subscribers,{lines},million,report,yes,{where}"
        for who, where, lines in (
            ("Red Mobile", "north", 9.0), ("Red Mobile", "south", 3.1),
            ("Blue", "north", 3.0), ("Blue", "south", 5.1),
        )
    ]  # fmt: skip
    head, *others = files[OBSERVED].splitlines()
    observed = "\n".join([f"{head},region", *(f"{row}," for row in others), *rows]) + "\n"
    asked, case = read(files | {MARKET: text, OBSERVED: observed}, tmp_path)
    known = known_of(case)
    assert known.event.share[0, 0] / known.event.share[0].sum() == pytest.approx(9.0 / 12.1)
    placed = place(localised(asked.market, case), case, known, ACCOUNTS, seed=5)
    market = play(placed.settings, case, ACCOUNTS, seed=5).run(case.months_before)
    got = observed_moments(market, slice(case.months_before - 3, case.months_before))
    assert np.abs(got.share - known.event.share).max() < 0.03
    assert abs(got.second_share - 0.2) < 0.03


def after_the_event(text: str, factor: float) -> str:
    """Observations with every figure from the event on made another."""
    table = pd.read_csv(io.StringIO(text), dtype=str)
    late = ~table["date"].str.startswith("2014")
    table.loc[late, "value"] = [f"{float(v) * factor:g}" for v in table.loc[late, "value"]]
    assert late.any()
    return table.to_csv(index=False)


def test_no_figure_from_after_the_event_can_move_a_prediction(files, tmp_path):
    draws: list[np.ndarray] = []
    for name, text in {
        "as published": files[OBSERVED],
        "quite otherwise": after_the_event(files[OBSERVED], 0.31),
    }.items():
        asked, case = read(files | {OBSERVED: text}, tmp_path / name)
        about = questions_of(asked, case)
        markets = drawn_markets(asked, read_options(asked))
        lived = live_member(asked, case, about, markets[1], 1)
        assert not lived.error
        draws.append(lived.draws)
    assert np.isfinite(draws[0]).any()
    assert np.array_equal(draws[0], draws[1], equal_nan=True)


def test_regions_of_which_nothing_is_published_share_the_rest(files, tmp_path):
    regions = "  regions:\n    north: {people_share: 0.5, income: 1}\n"
    regions += (
        "    south: {people_share: 0.3, income: 1}\n    west: {people_share: 0.2, income: 1}\n"
    )
    text = changed(files[MARKET], "  operators:", f"{regions}  operators:")
    head, *others = files[OBSERVED].splitlines()
    row = "2014-12,Red Mobile,subscribers,7,million,report,yes,north"
    observed = "\n".join([f"{head},region", *(f"{line}," for line in others), row, row]) + "\n"
    _, case = read(files | {MARKET: text, OBSERVED: observed}, tmp_path)
    red, blue = case.shares_by_region()["event"]
    assert red == pytest.approx([7 / 12, 3 / 12, 2 / 12])
    assert blue == pytest.approx([0.5, 0.3, 0.2])
    # One operator's lines are nobody's share of a region.
    assert set(case.observations.table["metric"]) >= {"subscribers"}
    assert "subscriber_share" not in set(case.observations.table["metric"])
