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
from experiments.studies.backtest.fitting import Unknowns
from experiments.studies.backtest.members import drawn_markets, live_member, read_options
from experiments.studies.backtest.misses import LINES, REVENUE, Miss, explain
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
    assert abs(placed.worst.log_difference) == placed.misfit
    assert placed.worst.operator in case.market.lines_then()


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


RESELLER = """    reseller:
      lines_million: 1.0
      arpu: {arpu}
      plans:
        small: {{price: 6, allowance_gb: 0.2, overage_per_gb: 10}}
        medium: {{price: 18, allowance_gb: 1, overage_per_gb: 10}}
        large: {{price: 36, allowance_gb: 5}}
    newcomer:
"""


def with_reseller(files: dict[str, str], arpu: float) -> dict[str, str]:
    told = RESELLER.format(arpu=arpu)
    return files | {MARKET: changed(files[MARKET], "    newcomer:\n", told)}


def test_a_reseller_whose_revenue_lies_between_its_prices_is_met(files, tmp_path, monkeypatch):
    asked, case = read(with_reseller(files, 21), tmp_path)
    placed = place(asked.market, case, known_of(case), ACCOUNTS, seed=5)
    assert placed.misfit < 0.1
    # Its dear plans are liked more than the others' by more than luck: tied to them it is not met.
    monkeypatch.setattr(Unknowns, "let_go", lambda self, which: self)
    tied = place(asked.market, case, known_of(case), ACCOUNTS, seed=5)
    assert tied.misfit > 0.15
    assert (tied.worst.figure, tied.worst.operator) == (REVENUE, "reseller")
    assert tied.worst.log_difference < 0


def test_slopes_stay_near_each_other_where_figures_can_be_met_so(files, tmp_path, monkeypatch):
    asked, case = read(files, tmp_path)
    found = place(asked.market, case, known_of(case), 1000, seed=5).settings
    monkeypatch.setattr(Unknowns, "let_go", lambda self, which: 1 / 0)
    assert place(asked.market, case, known_of(case), 1000, seed=5).settings == found


@pytest.mark.parametrize(
    ("miss", "said"),
    [
        (Miss(REVENUE, "red", 0.3), (
            "revenue per line of red: simulated 22.95 EUR a month, published 17 (+35%)",
            "prices are too high", "net of tax they are 10 to 33.33; it lies between",
            "Is a cheap plan missing", "log difference of 0.15 (experiment.largest_misfit)")),
        (Miss(REVENUE, "red", -0.3), ("published 17 (-26%)", "prices are too low", "a dear plan")),
        (Miss(LINES, "blue", 0.2), (
            "share of lines of blue: simulated 49.58%, published 40.59% (+22%), too many",
            "too cheap", "(406 of 1000 are its; subscribers)")),
        (Miss(LINES, "blue", -0.2), ("(-18%), too few", "too dear")),
    ],
)  # fmt: skip
def test_who_is_refused_is_told_which_way_and_by_how_much(files, tmp_path, miss, said):
    text = changed(files[MARKET], "lines_million: 12", "lines_million: {start: 12, event: 12}")
    _, case = read(files | {MARKET: text}, tmp_path)
    told = explain(miss, case, 1000, 0.15)
    for part in said:
        assert part in told


def test_revenue_beyond_every_price_is_said_to_be_so(files, tmp_path):
    text = changed(files[MARKET], "arpu: 17", "arpu: 4")
    asked, case = read(files | {MARKET: text}, tmp_path)
    placed = place(asked.market, case, known_of(case), 500, seed=5)
    told = explain(placed.worst, case, 500, 0.15)
    assert "red" in told
    assert "published 4 (+" in told
    assert "prices are too high for that revenue" in told
    assert "and it lies beyond 10. Is a cheap plan missing?" in told
