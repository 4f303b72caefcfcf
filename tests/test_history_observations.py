"""Published figures: read as they are written, refused where they cannot be, split at the event."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from experiments.studies.backtest.csv_rows import OPTIONAL, REQUIRED
from experiments.studies.backtest.dates import (
    Period,
    month_index,
    month_name,
    read_month,
    read_period,
)
from experiments.studies.backtest.metrics import ALIASES, METRICS
from experiments.studies.backtest.observations import (
    ALL,
    NATIONAL,
    Naming,
    Observations,
    read_observations,
    split,
    with_phase,
)
from sim.errors import QuestionError

DATA = Path(__file__).resolve().parents[1] / "conf" / "data"
HEAD = "date,operator,metric,value,unit,source,verified"
NAMING = Naming(
    operators={"blue": "Blue Mobile", "red": "Red & Co"},
    groups={"both": ("blue", "red")},
    metrics={"churn_monthly_phone": "churn_monthly"},
    regions={"north": "North (Upper)"},
    currency="EUR",
)
INDIA = Naming(
    operators={"airtel": "Bharti Airtel", "vodafone": "Vodafone", "idea": "Idea",
               "jio": "Reliance Jio"},
    groups={"vodafone_idea": ("vodafone", "idea")},
    regions={"delhi": "Delhi", "uttar_pradesh_east": "Uttar Pradesh (East)"},
    currency="INR",
)  # fmt: skip
JIO = month_index(2016, 9)


def read(folder: Path, *lines: str, head: str = HEAD, naming: Naming = NAMING) -> Observations:
    path = folder / "figures.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return read_observations([path], naming)


def only(observations: Observations) -> pd.Series:
    assert len(observations.table) == 1
    return observations.table.iloc[0]


@pytest.mark.parametrize(
    ("text", "start", "end", "share"),
    [
        ("2016-09", (2016, 9), (2016, 9), 1.0),
        ("2016-09-30", (2016, 9), (2016, 9), 1.0),
        ("2016-09-15", (2016, 9), (2016, 9), 0.5),
        ("2016-Q4", (2016, 10), (2016, 12), 1.0),
        ("2016-H1", (2016, 1), (2016, 6), 1.0),
        ("2016-9M", (2016, 1), (2016, 9), 1.0),
        ("2016", (2016, 1), (2016, 12), 1.0),
        ("2010-Q1..2011-Q4", (2010, 1), (2011, 12), 1.0),
    ],
)
def test_a_date_is_its_months(
    text: str, start: tuple[int, int], end: tuple[int, int], share: float
) -> None:
    assert read_period(text) == Period(month_index(*start), month_index(*end), share)


@pytest.mark.parametrize(
    "text", ["2016-13", "2016-Q5", "16-09", "2017-02-29", "soon", "2017..2016"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match=text):
        read_period(text)


def test_months_have_names_and_back() -> None:
    assert month_name(read_month("2016-09")) == "2016-09"
    with pytest.raises(QuestionError, match="not a month"):
        read_month("2016-Q3")


@pytest.mark.parametrize(
    ("line", "metric", "value", "months"),
    [
        ("2012-03,Blue Mobile,subscribers,2610,thousand,X,yes", "subscribers", 2.61, 1),
        ("2012-03,blue mobile,wireless_subscribers,2.61,million,X,yes", "subscribers", 2.61, 1),
        ("2012-03,RED & CO,subscriber_share,40,percent,X,yes", "subscriber_share", 0.4, 1),
        ("2012-Q1,red,active_vlr_proportion,104,percent,X,yes", "active_share", 1.04, 1),
        ("2012-Q1,red,arpu_month,20,EUR/month,X,yes", "arpu_month", 20.0, 3),
        ("2012,red,arpu_annual,240,EUR,X,yes", "arpu_month", 20.0, 12),
        ("2012,red,arpu_annual,240,EUR/year,X,yes", "arpu_month", 20.0, 12),
        ("2012-Q1,red,arpu_annual_rolling,240,EUR,X,yes", "arpu_month", 20.0, 12),
        ("2012-Q1,red,churn_monthly_phone,2.5,percent,X,yes", "churn_monthly", 0.025, 3),
        ("2012,red,churn_annual,24,Percent,X,yes", "churn_monthly", 0.02, 12),
        ("2012-03,red,churn_monthly,2.5,percent/month,X,yes", "churn_monthly", 0.025, 1),
        ("2012-Q1,ALL,churn_quarterly,4,percent (3-5),X,yes", "churn_quarterly", 0.04, 3),
        ("2012-02-14,red,net_adds_since_2011-12-31,-201,thousand,X,yes", "net_adds", -0.201, 2),
    ],
)
def test_a_figure_comes_out_in_the_metrics_unit_and_period(
    tmp_path: Path, line: str, metric: str, value: float, months: int
) -> None:
    row = only(read(tmp_path, line))
    assert row["metric"] == metric
    assert row["value"] == pytest.approx(value)
    assert row["kind"] == METRICS[metric].kind
    assert row["end"] - row["start"] + 1 == months
    assert row["line"] == 2


def test_operators_groups_regions_and_the_whole_market_are_found(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "north (upper),2012-03,Blue Mobile,subscribers,3,million,X,yes",
        ",2012-03,Both,subscribers,9,million,X,yes",
        ",2012-03,ALL (listed),subscribers,9,million,X,yes",
        head=f"region,{HEAD}",
    ).table
    table = table[table["metric"] == "subscribers"]
    assert list(table["operator"]) == ["blue", "both", ALL]
    assert list(table["region"]) == ["north", NATIONAL, NATIONAL]
    assert NAMING.members("both") == NAMING.members(ALL) == ("blue", "red")


def test_regional_shares_are_of_everybody_in_the_file(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "North (Upper),2012-03,Blue Mobile,subscribers,3,million,X,yes",
        "North (Upper),2012-03,Not in the market,subscribers,1,million,X,yes",
        head=f"region,{HEAD}",
    ).table
    shares = table.loc[table["metric"] == "subscriber_share", "value"]
    assert list(shares) == [0.75]


def test_a_region_is_added_up_from_its_parts(tmp_path: Path) -> None:
    """June lacks a part, so June has no whole; what is no count or active share does not add up."""
    naming = Naming({"blue": "Blue", "red": "Red"}, regions={"north": ("Upper", "Lower")})
    found = read(
        tmp_path,
        "Upper,2012-03,Blue,subscribers,3,million,X,yes",
        "Lower,2012-03,Blue,subscribers,1,million,X,yes",
        "Lower,2012-03,Red,subscribers,4,million,X,yes",
        "Upper,2012-03,Blue,active_vlr_proportion,80,percent,X,yes",
        "Lower,2012-03,Blue,active_vlr_proportion,40,percent,X,yes",
        "Upper,2012-03,Blue,arpu_month,9,EUR,X,yes",
        "Upper,2012-06,Blue,subscribers,3,million,X,yes",
        head=f"region,{HEAD}",
        naming=naming,
    )
    table = found.table
    assert set(table["region"]) == {"north"}
    assert set(table["end"]) == {month_index(2012, 3)}
    values = table.set_index(["metric", "operator"])["value"]
    assert values["subscribers", "blue"] == 4.0
    assert values["subscribers", "red"] == 4.0
    assert values["subscriber_share", "blue"] == 0.5
    assert values["active_share", "blue"] == pytest.approx((3 * 0.8 + 1 * 0.4) / 4)
    assert set(found.not_predicted["reason"]) == {"part of a region, which is added up"}


def test_rows_of_another_market_are_left_out(tmp_path: Path) -> None:
    naming = Naming({"blue": "Blue"}, regions={"north": "North"}, market="Here")
    found = read(
        tmp_path,
        "here,North,2012-03,Blue,subscribers,3,million,X,yes",
        "There,North,2012-03,Blue,subscribers,1,million,X,yes",
        head=f"market,region,{HEAD}",
        naming=naming,
    )
    assert list(found.table["value"]) == [3.0, 1.0], "its lines, all of the lines"
    assert list(found.not_predicted["reason"]) == ["another market"]


def test_a_group_named_like_an_operator_has_its_figures(tmp_path: Path) -> None:
    naming = Naming(
        {"blue": "Blue's main brand", "cheap": "Cheap"}, groups={"Blue": ("blue", "cheap")}
    )
    row = only(read(tmp_path, "2012-03,BLUE,subscribers,3,million,X,yes", naming=naming))
    assert naming.members(row["operator"]) == ("blue", "cheap")


def test_groups_are_called_what_the_file_calls_them(tmp_path: Path) -> None:
    found = read(tmp_path, "2012-03,BOTH,subscribers,3,million,X,yes")
    assert found.labels() == {
        ALL: "all operators", "blue": "Blue Mobile", "red": "Red & Co", "both": "BOTH",
    }  # fmt: skip


def test_what_cannot_be_predicted_is_listed_and_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "2012-03,Blue Mobile,price_index,5,points,X,yes",
        "2012-04,Blue Mobile,price_index,6,points,X,yes",
        "2012-04,Grey,subscribers,6,million,X,yes",
    )
    assert found.table.empty
    assert list(zip(found.not_predicted["metric"], found.not_predicted["rows"], strict=True)) == [
        ("price_index", 2),
        ("subscribers", 1),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2012-3,red,subscribers,3,million,X,yes", "line 2: date = '2012-3' is not a date"),
        ("2012-03,red,subscribers,many,million,X,yes", "line 2: value = 'many': must be a finite"),
        ("2012-03,red,subscribers,inf,million,X,yes", "value = 'inf'"),
        ("2012-03,red,subscribers,3,milion,X,yes", r"unit = 'milion'.*did you mean 'million'"),
        ("2012,red,churn_monthly,30,percent/year,X,yes", "churn_monthly cannot be in it"),
        ("2012-03,red,arpu_month,3,USD,X,yes", "unit = 'USD': arpu_month is money; allowed: EUR"),
        ("2012-03,red,subscriber_share,40,fraction,X,yes", "must be between 0 and 1"),
        ("2012-03,red,subscribers,-4,million,X,yes", "value = -4 million"),
        ("2012-03,,subscribers,4,million,X,yes", "line 2: operator is missing"),
        ("2012-03,red,net_adds_since_2012-13,4,million,X,yes", "metric = 'net_adds_since_2012-13'"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message) as caught:
        read(tmp_path, line)
    assert "figures.csv, line 2" in str(caught.value)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD.replace("value", "valeu"), r"column 'value' is missing \(did you mean 'valeu'"),
        (f"{HEAD},regoin", r"column 'regoin' is not known \(did you mean 'region'"),
    ],
)
def test_a_bad_header_is_named(tmp_path: Path, head: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        read(tmp_path, head=head)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"nowhere\.csv"):
        read_observations([tmp_path / "nowhere.csv"], NAMING)


@pytest.mark.parametrize(
    ("naming", "message"),
    [
        (Naming({"a": "A"}, groups={"g": ("b",)}), "operator 'b' does not exist"),
        (Naming({"a": "A"}, groups={"a": ("a",)}), "already an operator 'a'"),
        (Naming({"a": "A", "b": "a"}), "'a' could be operator 'a' as well as 'b'"),
        (Naming({"a": "A"}, metrics={"x": "chrun_monthly"}), "did you mean 'churn_monthly'"),
    ],
)
def test_a_bad_naming_is_refused(naming: Naming, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        read_observations([], naming)


def test_nothing_that_knows_of_the_event_reaches_calibration(tmp_path: Path) -> None:
    """A period that reaches into the event's month, a rolling year say, has seen it."""
    table = read(
        tmp_path,
        "2016-08,red,subscribers,1,million,X,yes",
        "2016-08-31,red,subscribers,1,million,X,yes",
        "2016-09-01,red,subscribers,1,million,X,yes",
        "2016-Q2,red,arpu_month,1,EUR,X,yes",
        "2016-Q3,red,arpu_month,1,EUR,X,yes",
        "2016-Q3,red,arpu_annual_rolling,1,EUR,X,yes",
        "2016,red,arpu_annual,1,EUR,X,yes",
    ).table
    before, after = split(table, JIO)
    assert list(before["line"]) == [2, 3, 5]
    assert list(after["line"]) == [4, 6, 7, 8]
    assert (before["end"] < JIO).all()
    assert (
        list(with_phase(table, JIO)["phase"])
        == ["before"] * 2 + ["after", "before"] + ["after"] * 3
    )


def test_no_row_of_the_shipped_files_is_lost_between_the_two_phases() -> None:
    files = [DATA / "india_trai_operator_monthly.csv", DATA / "india_arpu_churn_quarterly.csv"]
    table = read_observations(files, INDIA).table
    before, after = split(table, JIO)
    assert len(before) + len(after) == len(table)
    assert not set(before.index) & set(after.index)
    assert not (before["operator"] == "jio").any()
    assert before["end"].max() == JIO - 1


def test_circle_shares_add_up_with_the_operators_left_out() -> None:
    found = read_observations([DATA / "india_trai_circle_operator_quarterly.csv"], INDIA)
    shares = found.table[found.table["metric"] == "subscriber_share"]
    assert set(shares["region"]) == {"delhi", "uttar_pradesh_east"}
    total = shares.groupby(["region", "end"])["value"].sum()
    assert total.between(0.4, 1.0).all()
    first = shares[(shares["region"] == "delhi") & (shares["end"] == month_index(2016, 6))]
    # 47.2288 million SIMs in Delhi in June 2016.
    lines = found.table
    lines = lines[(lines["metric"] == "subscribers") & (lines["region"] == "delhi")]
    lines = lines[lines["end"] == month_index(2016, 6)].set_index("operator")["value"]
    assert dict(zip(first["operator"], first["value"], strict=True)) == pytest.approx(
        dict(lines / 47.2288), rel=1e-4
    )


@pytest.mark.parametrize("path", sorted(DATA.glob("[afiu]*.csv")), ids=lambda path: path.stem)
def test_every_observed_figure_has_a_known_source(path: Path) -> None:
    def rows(file: Path) -> list[dict[str, str]]:
        with file.open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    known = {row["code"] for row in rows(DATA / "sources.csv")}
    named = {code for row in rows(path) for code in row["source"].split("+")}
    assert named <= known


def test_the_format_is_documented_in_full() -> None:
    page = (DATA.parents[1] / "docs" / "observations.md").read_text(encoding="utf-8")
    named = [*METRICS, *ALIASES, *REQUIRED, *OPTIONAL]
    assert [name for name in named if f"`{name}`" not in page] == []
    for name, metric in METRICS.items():
        assert f"| `{name}` | {metric.kind} |" in page
