"""Offers for some: caps, customers of named operators, and days on which moves were made."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from country import MARKET, MOVES, changed, example, request, write

from agents.market import Market
from agents.observation import Strategy
from agents.reference import reference_market
from agents.settings import MarketSettings
from experiments.studies.backtest.case import HistoricalCase, read_case
from experiments.studies.backtest.dates import effective_month, month_name
from experiments.studies.backtest.moves import read_moves
from experiments.studies.backtest.replay import play
from sim.errors import QuestionError, UnknownNameError
from sim.offers import ANYBODYS, Offer, OfferBook
from sim.vocabulary import Measure
from strategies.scripted import Scripted, ScriptedMove, ScriptedSettings

HEAD = (
    "date,operator,move,plan,like,price,allowance_gb,welcome,welcome_months,pays_exit_fee,"
    "customers_of,cap_million,source"
)
ACCOUNTS, MONTHS = 1000, 12
RED, BLUE, NEWCOMER = range(3)


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> HistoricalCase:
    """The documented country, whose lines end by choice alone, with a newcomer covering all."""
    files = example()
    text = changed(files[MARKET], "coverage: 0.6", "coverage: 1\n      acceptance: 1")
    text = changed(text, "  vat_rate: 0.2\n", "  life_cycle: {chosen_share: 1}\n")
    folder = write(tmp_path_factory.mktemp("country"), files | {MARKET: text})
    return read_case(request(folder, folder / "out"))


def settings_of(case: HistoricalCase) -> MarketSettings:
    return case.market.market()


def played(case: HistoricalCase, *moves: dict[str, object]) -> Market:
    """A market whose newcomer makes these moves."""
    market = Market(settings_of(case), ACCOUNTS, seed=3)
    market.operator("newcomer").strategy = scripted(*moves)
    return market


def scripted(*moves: dict[str, object]) -> Strategy:
    return Scripted(ScriptedSettings.model_validate({"moves": moves}))


def launch(**terms: object) -> dict[str, object]:
    plan = {"month": 1, "move": "launch", "plan": "simple", "price_yuan": 9.0, "allowance_gb": 3.0}
    return plan | {"equivalent_yuan": 20.0} | terms


def came(market: Market, months: int = MONTHS) -> np.ndarray:
    """Lines that moved, `[from, to]`."""
    moved = np.zeros((3, 3), dtype=np.int64)
    for _ in range(months):
        market.step()
        assert market.last_counters is not None
        moved += market.last_counters.moves[:3, :3]
    return moved


def lines_on(market: Market, plan: str) -> float:
    """Million lines on a plan of the newcomer."""
    row = market.book.row(f"newcomer/{plan}")
    assert market.last_counters is not None
    return float(market.last_counters.offers[row][1:3].sum()) * market.scale / 1e6


# --- for customers of named operators -------------------------------------------------------------


def test_only_customers_of_the_named_operators_come(case):
    moved = came(played(case, launch(customers_of=("red",))))
    assert moved[RED, NEWCOMER] > 0
    assert moved[BLUE, NEWCOMER] == 0
    everybody = came(played(case, launch()))
    assert everybody[BLUE, NEWCOMER] > 0


def test_ports_are_lines_whose_holders_chose_another_operator(case):
    market = played(case, launch(customers_of=("red",)))
    moved = came(market)
    counted = np.array(market.tallies).sum(axis=(0, 2, 3))[:3]
    assert np.array_equal(counted[:, Measure.PORTED_IN], moved.sum(axis=0))
    assert np.array_equal(counted[:, Measure.PORTED_OUT], moved.sum(axis=1))


def test_an_offer_for_customers_of_everybody_is_one_for_all(case):
    named = played(case, launch(customers_of=("red", "blue", "newcomer"))).run(MONTHS)
    free = played(case, launch()).run(MONTHS)
    assert np.array_equal(np.array(named.tallies), np.array(free.tallies))


def test_who_came_stays_on_it_and_engine_and_reference_agree(case, traced, same):
    moves = (
        launch(customers_of=("blue",), second_line=True),
        launch(plan="plain", price_yuan=15.0),
    )
    traces = []
    for make in (Market, reference_market):
        market = make(settings_of(case), 200, seed=3)
        market.operator("newcomer").strategy = scripted(*moves)
        traces.append(traced(market, 8))
        assert lines_on(market, "simple") > 0
    same(*traces)


def test_whoever_starts_in_a_market_came_from_nobody(case):
    settings = settings_of(case)
    cheap = Offer(price_yuan=1.0, allowance_gb=9.0, customers_of=("blue",))
    red = settings.operators["red"]
    plans = red.plans | {"poach": cheap}
    operators = settings.operators | {"red": red.model_copy(update={"plans": plans})}
    market = Market(settings.model_copy(update={"operators": operators}), ACCOUNTS, seed=3)
    row = market.book.row("red/poach")
    assert not (market.population.columns().offer == row).any()


def test_operators_are_masked_by_name_and_unknown_ones_refused(case):
    book = OfferBook((), (), ("red", "blue"))
    plain = Offer(price_yuan=9.0, allowance_gb=1.0)
    book.add("red/a", plain, 0, 1)
    book.add("red/b", plain.model_copy(update={"customers_of": ("blue",)}), 0, 2)
    assert [row.customers_of for row in book.table().rows] == [ANYBODYS, 2]
    with pytest.raises(UnknownNameError, match=r"'blu' does not exist \(did you mean 'blue'"):
        book.add("red/c", plain.model_copy(update={"customers_of": ("blu",)}), 0, 3)
    data = settings_of(case).model_dump()
    data["operators"]["red"]["plans"]["small"]["customers_of"] = ("green",)
    with pytest.raises(ValueError, match=r"small\.customers_of: .green. does not exist; allowed"):
        MarketSettings.model_validate(data)


# --- caps -----------------------------------------------------------------------------------------


def months_of_sale(case: HistoricalCase, cap: float | None, **terms: object) -> tuple[int, float]:
    """For how many months the newcomer's plan was on sale, and million lines on it then."""
    market = played(case, launch(cap_million=cap, **terms))
    row, months, lines = -1, 0, 0.0
    for _ in range(MONTHS):
        market.step()
        if "newcomer/simple" in market.book.names:
            row = market.book.row("newcomer/simple")
            if market.book.on_sale[row]:
                months, lines = months + 1, lines_on(market, "simple")
    return months, lines


def test_a_plan_closes_when_its_lines_are_nearest_to_its_cap(case):
    months, full = months_of_sale(case, None)
    assert months == MONTHS - 1
    cap = 0.5 * full
    closed, lines = months_of_sale(case, cap)
    assert 1 < closed < months
    a_month = full / months
    assert abs(lines - cap) < 1.5 * a_month
    smaller, fewer = months_of_sale(case, 0.25 * full)
    assert smaller < closed
    assert fewer < lines


def test_a_cap_that_is_never_reached_changes_nothing(case):
    capped = played(case, launch(cap_million=1000.0)).run(MONTHS)
    free = played(case, launch()).run(MONTHS)
    assert np.array_equal(np.array(capped.tallies), np.array(free.tallies))


def test_where_newcomers_get_something_that_alone_ends(case):
    gift: dict[str, object] = {"welcome_yuan": 5.0, "welcome_months": 12, "pays_exit_fee_yuan": 9.0}
    market = played(case, launch(cap_million=0.1, **gift)).run(MONTHS)
    row = market.book.row("newcomer/simple")
    offer = market.book.offers[row]
    assert market.book.on_sale[row]
    assert (offer.welcome_discount_yuan, offer.pays_exit_fee_yuan) == (0.0, 0.0)
    later: dict[str, object] = {
        "month": 5,
        "move": "welcome",
        "plan": "simple",
        "welcome_yuan": 4.0,
    }
    again = played(case, launch(cap_million=0.1, **gift), later | {"welcome_months": 6}).run(MONTHS)
    assert again.book.offers[row].welcome_discount_yuan == 4.0, "a later welcome has no cap"
    capped = later | {"welcome_months": 6, "cap_million": 0.05}
    counted = played(case, launch(), capped).run(MONTHS)
    assert counted.book.offers[row].welcome_discount_yuan == 0.0, "lines are counted from then on"


# --- files ----------------------------------------------------------------------------------------


def read(case: HistoricalCase, folder: Path, *lines: str) -> dict[str, tuple[ScriptedMove, ...]]:
    path = write(folder, {MOVES: "\n".join((HEAD, *lines)) + "\n"}) / MOVES
    return read_moves(path, case.market, case.start, case.until)


def test_a_file_says_whose_customers_and_how_many(case, tmp_path):
    line = "2015-03,newcomer,launch,simple,,9,3,,,,Red Mobile; blue,1.5,x"
    (move,) = read(case, tmp_path, line)["newcomer"]
    assert move.customers_of == ("red", "blue")
    assert move.cap_million == 1.5
    grown = case.market.model_copy(update={"lines_growth_yearly": 0.1})
    path = tmp_path / MOVES
    (then,) = read_moves(path, grown, case.start, case.until)["newcomer"]
    assert then.cap_million == pytest.approx(1.5 / 1.1 ** (9 / 12))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2015-03,newcomer,launch,simple,,9,3,,,,Red Mobil,,x",
         "line 2: customers_of: operator 'Red Mobil' does not exist"),
        ("2015-03,newcomer,launch,simple,,9,3,,,,,0,x", "cap_million = 0.0: must be greater"),
        ("2015-03,newcomer,launch,simple,,9,3,,,,,many,x", "cap_million = 'many': must be a"),
        ("2014-09,red,welcome,small,,,,0,12,,,1,x", "cap_million needs a welcome discount"),
        ("2014-09,red,withdraw,small,,,,,,,,1,x", "move 'withdraw' does not use it; it uses: plan"),
        ("2014-09,red,welcome,small,,,,3,12,,blue,,x", "customers_of = 'blue': move 'welcome'"),
        ("2014-09,red,welcome,small,,,,3,40,,,,x",
         "welcome_months = 40: must be less than or equal to 36"),
        ("2014-08,newcomer,launch,simple,,9,3,,,,red,,x\n2014-09,red,end_service,,,,,,,,,,x\n"
         "2014-09,blue,end_service,,,,,,,,,,x", "nobody sells anything"),
    ],
)  # fmt: skip
def test_what_cannot_be_offered_is_told_with_its_line(case, tmp_path, line, said):
    with pytest.raises(QuestionError) as told:
        read(case, tmp_path, line)
    assert said in str(told.value)


# --- days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "month"),
    [
        ("2012-01", "2012-01"), ("2012-01-01", "2012-01"), ("2012-01-16", "2012-01"),
        ("2012-01-17", "2012-02"), ("2012-01-29", "2012-02"), ("2012-02-15", "2012-02"),
        ("2012-02-16", "2012-03"), ("2013-02-15", "2013-02"), ("2011-12-31", "2012-01"),
        ("2012-04-16", "2012-04"), ("2012-04-17", "2012-05"),
    ],
)  # fmt: skip
def test_a_day_stands_for_the_nearest_beginning_of_a_month(date, month):
    assert month_name(effective_month(date)) == month


def test_a_move_late_in_a_month_holds_from_the_next_and_its_note_says_so(case, tmp_path):
    early, late = (
        read(case, tmp_path, f"{date},newcomer,launch,simple,,9,3,,,,,,x")["newcomer"][0]
        for date in ("2015-03-10", "2015-03-29")
    )
    assert (early.month, late.month) == (9, 10)
    assert (early.reason, late.reason) == ("", "dated 2015-03-29: from the next month on")
    same_day = early.model_copy(update={"reason": ""})
    month = read(case, tmp_path, "2015-03,newcomer,launch,simple,,9,3,,,,,,x")["newcomer"][0]
    assert same_day == month


def test_a_move_that_would_hold_only_after_the_end_is_left_out_and_no_day_is_before_the_start(
    case, tmp_path
):
    assert read(case, tmp_path, "2016-06-29,red,withdraw,small,,,,,,,,,x")["red"] == ()
    with pytest.raises(QuestionError, match="before the market's start"):
        read(case, tmp_path, "2014-05-29,red,withdraw,small,,,,,,,,,x")
    with pytest.raises(QuestionError, match="2015-02 has 28 days"):
        read(case, tmp_path, "2015-02-29,red,withdraw,small,,,,,,,,,x")


def test_a_day_reaches_the_market(case, tmp_path):
    moves = read(case, tmp_path, "2014-08-29,newcomer,launch,simple,,9,3,,,,,,x")
    market = play(settings_of(case), replace(case, moves=moves), 100, seed=1).run(3)
    assert "newcomer/simple" not in market.book.names
    assert "newcomer/simple" in market.run(1).book.names
