"""Markets of history: the few figures of a file, and the whole market they stand for."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from country import MARKET, MOVES, OBSERVED, changed, example, request, write

from agents.history import HistoryMarket
from agents.settings import MarketSettings
from experiments.studies.backtest.case import read_case
from experiments.studies.backtest.replay import play, series
from sim.errors import QuestionError

PRICES = {"price": 1000, "overage_per_gb": 1000, "equivalent": 1000}


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return example()


def market(files: dict[str, str], folder: Path) -> MarketSettings:
    return request(write(folder, files), folder / "out").market


def test_the_example_of_the_document_has_its_three_files(files):
    assert set(files) == {MARKET, MOVES, OBSERVED}


def test_a_few_figures_stand_for_a_whole_market(files, tmp_path):
    whole = market(files, tmp_path)
    assert list(whole.operators) == ["red", "blue", "newcomer"]
    red, blue, newcomer = whole.operators.values()
    assert red.target.arpu_yuan == 17.0
    assert (newcomer.entrant, newcomer.target.lines_million, newcomer.plans) == (True, 0.0, {})
    assert newcomer.network.coverage == {"whole": 0.6}
    assert newcomer.advert_reach == 0.0 < blue.advert_reach
    # Behaviour is written in per cent of mean revenue: 6 % of 17 euros.
    assert whole.behaviour.plan_hassle_yuan == pytest.approx(0.06 * 17.0)


def in_won(files: dict[str, str]) -> dict[str, str]:
    """The same country with a currency of a thousandth of the worth."""
    data = yaml.safe_load(files[MARKET])
    data["market"]["currency"] = "KRW"
    for operator in data["market"]["operators"].values():
        if "arpu" in operator:
            operator["arpu"] *= 1000
        for plan in operator.get("plans", {}).values():
            for name, factor in PRICES.items():
                if name in plan:
                    plan[name] *= factor
    moves = pd.read_csv(io.StringIO(files[MOVES]), dtype=object)
    for name, factor in PRICES.items():
        if name in moves:
            moves[name] = [
                x if pd.isna(x) else str(float(x) * factor) for x in moves[name].tolist()
            ]
    seen = changed(files[OBSERVED], "15.8,EUR", "15800,KRW")
    text = "# @package _global_\n" + yaml.safe_dump(data, sort_keys=False)
    return {MARKET: text, MOVES: moves.to_csv(index=False), OBSERVED: seen}


def test_the_currency_changes_nobodys_life(files, tmp_path):
    frames: list[pd.DataFrame] = []
    for name, own in (("euro", files), ("won", in_won(files))):
        asked = request(write(tmp_path / name, own), tmp_path / "out")
        case = read_case(asked)
        frames.append(series(play(asked.market, case, 600, seed=3).run(case.months), case))
    euro, won = frames
    lines = [name for name in map(str, euro) if name.endswith("lines_million")]
    assert euro["lines_million"].gt(0).any()
    for name in (*lines, "gross_adds_million"):
        assert np.array_equal(euro[name], won[name]), name
    # Bills are rounded to hundredths of another unit.
    revenue = [frame["mobile_revenue_million"] for frame in frames]
    assert np.allclose(revenue[1], 1000 * revenue[0], rtol=1e-4)


@pytest.mark.parametrize(
    ("arpu", "unit"), [(17, 1), (17_000, 0.01), (90_000_000, 1e-5), (0.4, 100)]
)
def test_money_is_counted_in_a_power_of_ten(files, arpu: float, unit: float):
    data = yaml.safe_load(files[MARKET])["market"] | base()
    data["operators"]["red"]["arpu"] = arpu
    found = HistoryMarket.model_validate(data)
    assert found.money_unit() == pytest.approx(unit)
    assert found.in_model_money().money_unit() == 1.0
    assert found.in_model_money().mean_arpu() == pytest.approx(arpu * unit)


def base() -> dict[str, object]:
    conf = Path(__file__).resolve().parents[1] / "conf" / "history" / "base.yaml"
    plain = yaml.safe_load(conf.read_text(encoding="utf-8"))["market"]
    return {name: value for name, value in plain.items() if name != "form"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      arpu: 17\n", "", "arpu is needed of at least one"),
        ("      lines_million: 12\n", "", "operators.red: lines_million: needed"),
        ("lines_million: 12", "lines_million: 12m", "must be a number, or {start"),
        ("lines_million: 12", "lines_million: -12", "greater than 0"),
        ("start: 8.0, event: 8.2", "start: 8.0, eve: 8.2", "lines_million.event is missing"),
        ("entrant: true", "entrant: true\n      arpu: 5", "an entrant has no arpu before"),
        ("label: Newcomer", "label: red", "already the name of red"),
        ("currency: EUR", "currency: euro", "market.currency = 'euro'"),
        ('start: "2014-06"', 'start: "2014/06"', "'2014/06' is not a month"),
        ('event: "2015-03"', 'event: "2014-07"', "at least 3 months before the event"),
        ('event: "2015-03"', 'event: "March"', "'March' is not a month"),
        ('until: "2016-06"', 'until: "2014-12"', "must not be before the event"),
        ('until: "2016-06"', 'until: "2030-01"', "at most 120 months"),
        ("  until:", "  untill:", "did you mean 'until'?"),
        ("  - /history/base@_global_\n", "", "'- /history/base@_global_' of its defaults"),
        ("observations: [my_", "observations: [our_", "did you mean 'my_observations.csv'?"),
        ("coverage: 0.6", "coverage: 60", "coverage = 60: must be less than or equal to 1"),
        ("churn_monthly: 0.02", "churn_monthly: 2", "churn_monthly = 2: must be less than 0.5"),
        ("    red:\n", "    Red:\n", "operators.Red"),
        ("focal: newcomer\n", "", "focal: the market file names no operator"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_market_file_is_said(files, tmp_path, old, new, said):
    folder = write(tmp_path, files | {MARKET: changed(files[MARKET], old, new)})
    with pytest.raises(QuestionError) as told:
        read_case(request(folder, tmp_path / "out"))
    assert said in str(told.value)


def test_too_few_accounts_are_refused_with_the_number_needed(files, tmp_path):
    asked = request(write(tmp_path, files), tmp_path / "out", "subscribers=4")
    with pytest.raises(QuestionError, match=r"needed are at least 5 "):
        read_case(asked)


def test_a_path_may_be_typed_but_not_stand_in_a_file(files, tmp_path):
    elsewhere = write(tmp_path / "else where", {"seen.csv": files[OBSERVED]}) / "seen.csv"
    folder = write(tmp_path / "mine", files)
    typed = f"history.observations=['{elsewhere}']"
    case = read_case(request(folder, tmp_path / "out", typed))
    assert len(case.observations.table) == 8
    for path in (str(elsewhere), "../else where/seen.csv"):
        text = changed(files[MARKET], "my_observations.csv", f"'{path}'")
        write(folder, {MARKET: text})
        with pytest.raises(QuestionError, match=r"history\.observations = .* below its folder"):
            request(folder, tmp_path / "out")
    linked = folder / "history" / "linked.csv"
    linked.symlink_to(elsewhere)
    write(folder, {MARKET: changed(files[MARKET], "my_observations.csv", "linked.csv")})
    with pytest.raises(QuestionError, match="is not below"):
        request(folder, tmp_path / "out")


def test_observations_of_which_none_can_be_predicted_are_refused_with_the_reason(files, tmp_path):
    head = files[OBSERVED].splitlines()[0]
    rows = ["2015-06,Red Mobile,towers,9,thousand,x,yes", "2015-06,Rod,subscribers,9,million,x,yes"]
    folder = write(tmp_path, files | {OBSERVED: "\n".join([head, *rows]) + "\n"})
    with pytest.raises(QuestionError) as told:
        read_case(request(folder, tmp_path / "out"))
    assert "none of 2 figures can be predicted" in str(told.value)
    assert "metric has no counterpart (1)" in str(told.value)
    assert "operator is not in the market" in str(told.value)


def test_rows_of_another_market_in_the_same_file_are_left_out(files, tmp_path):
    head, *rows = files[OBSERVED].splitlines()
    there = [f"{row},Here" for row in rows]
    abroad = "2015-12,Red Mobile,subscribers,77,million,x,yes,Abroad"
    text = "\n".join([f"{head},market", *there, abroad]) + "\n"
    named = changed(files[MARKET], "  event_label:", "  observed_market: Here\n  event_label:")
    case = read_case(
        request(write(tmp_path, files | {OBSERVED: text, MARKET: named}), tmp_path / "out")
    )
    assert len(case.observations.table) == 8
    assert case.observations.table["value"].max() < 77
