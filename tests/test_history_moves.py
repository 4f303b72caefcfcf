"""Moves that were made: what a file may say, and what operators then do."""

from pathlib import Path

import pytest
from country import MOVES, example, request, write

from agents.actions import (
    AddBenefits,
    Advertise,
    Cover,
    EndService,
    Launch,
    MergeInto,
    Reprice,
    Welcome,
    Withdraw,
)
from agents.market import Market
from agents.operator import Operator
from experiments.studies.backtest.case import HistoricalCase, read_case
from experiments.studies.backtest.moves import USES, read_moves
from experiments.studies.backtest.replay import play
from sim.errors import QuestionError
from sim.offers import Offer
from strategies.scripted import Scripted, ScriptedMove, ScriptedSettings

HEAD = "date,operator,move,plan,like,price,allowance_gb,coverage,into,regions,source"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return example()


@pytest.fixture(scope="module")
def case(files, tmp_path_factory) -> HistoricalCase:
    folder = tmp_path_factory.mktemp("example")
    return read_case(request(write(folder, files), folder / "out"))


def read(case: HistoricalCase, folder: Path, text: str) -> dict[str, tuple[ScriptedMove, ...]]:
    path = write(folder, {MOVES: text}) / MOVES
    return read_moves(path, case.market, case.start, case.until)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2015-05,Red Mobil,withdraw,small,,,,,,,x", "line 2: operator 'Red Mobil' does not exist"),
        ("2014-05,red,withdraw,small,,,,,,,x", "before the market's start (2014-06)"),
        ("05.2015,red,withdraw,small,,,,,,,x", "date = '05.2015' is not a date"),
        ("2015-Q2,red,withdraw,small,,,,,,,x", "'2015-Q2' is not a month"),
        ("2015-05,red,withdrew,small,,,,,,,x", "did you mean 'withdraw'?"),
        ("2015-05,red,withdraw,smal,,,,,,,x", "did you mean 'small'?"),
        ("2015-05,red,withdraw,,,,,,,,x", "move 'withdraw' needs plan"),
        ("2015-05,red,withdraw,small,,,,,,,", "source is empty"),
        ("2015-05,red,withdraw,small,,9,,,,,x", "move 'withdraw' does not use it"),
        ("2015-05,red,reprice,small,,,,,,,x", "needs a price or an allowance"),
        ("2015-05,red,reprice,small,,nine,,,,,x", "price = 'nine': must be a number"),
        ("2015-05,red,reprice,small,,nan,,,,,x", "price = 'nan': must be a number"),
        ("2015-05,red,reprice,small,,-1,,,,,x", "price = -1.0: must be greater than or equal"),
        ("2015-05,red,reprice,small,,99999,,,,,x", "must be at most 10,000"),
        ("2015-05,red,launch,small,,9,1,,,,x", "has that plan already"),
        ("2015-05,red,launch,new,,9,,,,,x", "needs price and allowance, or the plan it is like"),
        ("2015-05,red,launch,new,old,9,1,,,,x", "like: red's plan 'old' does not exist"),
        ("2015-05,newcomer,reprice,simple,,9,,,,,x", "plan 'simple' does not exist"),
        ("2015-05,red,cover,,,,,50,,,x", "coverage = 50.0: must be less than or equal to 1"),
        ("2015-05,red,cover,,,,,,,,x", "needs coverage, quality or acceptance"),
        ("2015-05,red,cover,,,,,0.5,,north,x", "region 'north' does not exist"),
        ("2015-05,red,merge,,,,,,red,,x", "nobody can merge into itself"),
        ("2015-05,red,merge,,,,,,green,,x", "into: operator 'green' does not exist"),
        ("2015-05,red,merge,,,,,,blue,,x\n2015-06,red,withdraw,small,,,,,,,x", "is no more"),
        ("2015-05,red,merge,,,,,,blue,,x\n2015-06,blue,merge,,,,,,red,,x", "is no more"),
        ("2015-05,red,end_service,,,,,,,,x\n2015-05,blue,end_service,,,,,,,,x", "nobody sells"),
        ("2015-05,red,launch,n,,9,1,,,,x\n2015-05,red,reprice,n,,8,,,,,x", "in the same month"),
        ("2015-05,red,withdraw,small,,,,,,,x,y,z", "line 2: too many cells"),
    ],
)  # fmt: skip
def test_a_move_that_cannot_be_made_is_told_with_its_line(case, tmp_path, line, said):
    with pytest.raises(QuestionError) as told:
        read(case, tmp_path, f"{HEAD}\n{line}\n")
    assert said in str(told.value)
    assert "my_moves.csv" in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 'date' is missing"),
        ("date,operator,move\n", "column 'source' is missing; needed: date"),
        ("date,operator,move,source,prise\n", "no such column 'prise' (did you mean 'price'?)"),
        ("date,operator,move,source,move\n", "column 'move' comes twice"),
        ("date;operator;move;source\n", "cells are separated by ';'; they must be by commas"),
        ("date\toperator\tmove\tsource\n", "separated by tabs"),
    ],
)
def test_a_file_of_another_shape_is_refused(case, tmp_path, text, said):
    with pytest.raises(QuestionError) as told:
        read(case, tmp_path, text)
    assert said in str(told.value)


def test_bytes_that_are_no_text_are_refused_and_a_byte_order_mark_is_not(files, tmp_path):
    folder = write(tmp_path, files)
    plain = files[MOVES].encode()
    (folder / MOVES).write_bytes(b"\xef\xbb\xbf" + plain)
    assert sum(map(len, read_case(request(folder, tmp_path / "out")).moves.values())) == 5
    (folder / MOVES).write_bytes(plain + b"2015-05,red,withdraw,\xff\n")
    with pytest.raises(QuestionError, match="not a CSV file in UTF-8"):
        read_case(request(folder, tmp_path / "out"))


def test_moves_after_the_end_are_left_out_and_before_the_event_they_are_played(case, tmp_path):
    text = f"{HEAD}\n2017-01,red,withdraw,small,,,,,,,x\n2014-09,red,withdraw,small,,,,,,,x\n"
    assert [move.month for move in read(case, tmp_path, text)["red"]] == [3]


def test_every_kind_of_move_says_which_columns_it_uses():
    assert set(USES) == {
        "launch", "replace", "reprice", "withdraw", "welcome", "cover", "advertise", "end_service",
        "merge",
    }  # fmt: skip


# --- what scripted operators do -------------------------------------------------------------------


@pytest.fixture(scope="module")
def market(case) -> Market:
    return play(case.market.market(), case, 200, seed=1)


def acts(market: Market, *moves: dict[str, object], who: str = "red") -> list[object]:
    """What a script makes an operator do in the market's first month."""
    script = ScriptedSettings.model_validate({"moves": tuple({"month": 0} | m for m in moves)})
    operator = market.operator(who)
    assert isinstance(operator, Operator)
    operator.strategy, kept = Scripted(script), operator.strategy
    try:
        return list(operator.decide())
    finally:
        operator.strategy = kept


def test_each_kind_of_move_does_what_it_says(market):
    def one(**move: object) -> object:
        (action,) = acts(market, move)
        return action

    assert one(move="withdraw", plan="small") == Withdraw("small")
    assert one(move="cover", coverage=0.4, quality=0.9) == Cover(0.4, 0.9)
    assert one(move="end_service") == EndService("")
    assert one(move="merge", into="blue") == MergeInto("blue")
    assert one(move="advertise", advert_reach=0.2) == Advertise(0.2, 0)
    assert one(move="reprice", plan="small", price_yuan=9.5) == Reprice("red/small", 950)
    usual = one(move="welcome", plan="small", welcome_yuan=3.0)
    assert usual == Welcome("small", 300, 12)
    more = one(move="reprice", plan="small", allowance_gb=0.5)
    assert isinstance(more, AddBenefits)
    assert more.extra_gb == pytest.approx(0.3)
    got = one(
        move="welcome", plan="small", welcome_yuan=3.0, welcome_months=6, pays_exit_fee_yuan=9.0
    )
    assert got == Welcome("small", 300, 6, pays_exit_fee_fen=900)
    new = one(move="launch", plan="new", price_yuan=8.0, allowance_gb=2.0, equivalent_yuan=20.0)
    offer = Offer(price_yuan=8.0, allowance_gb=2.0)
    assert new == Launch("new", offer, "", equivalent_yuan=20.0)


def test_a_replacement_takes_over_what_is_not_said_and_the_old_plan_goes_off_sale(market):
    new, old = acts(market, {"move": "replace", "plan": "s2", "like": "small", "price_yuan": 9.0})
    assert isinstance(new, Launch)
    assert (new.like, new.offer.price_yuan, new.offer.overage_yuan_per_gb) == ("small", 9.0, 10.0)
    assert old == Withdraw("small")


def test_a_month_can_build_on_its_own_launches_and_advertising_lasts(market):
    first = {"move": "launch", "plan": "a", "price_yuan": 8.0, "allowance_gb": 2.0}
    second = {"move": "launch", "plan": "b", "like": "a", "allowance_gb": 3.0}
    _, b = acts(market, first, second)
    assert isinstance(b, Launch)
    assert (b.offer.price_yuan, b.offer.allowance_gb) == (8.0, 3.0)
    long: dict[str, object] = {
        "month": 0,
        "move": "advertise",
        "advert_reach": 0.2,
        "advert_months": 3,
    }
    assert len(acts(market, long)) == 1
    assert acts(market, long | {"month": 1}) == []


def test_an_heir_moves_its_own_plan_though_it_took_over_one_of_the_same_name(files, tmp_path):
    text = f"{HEAD}\n2014-08,red,merge,,,,,,blue,,x\n2014-10,blue,reprice,small,,7,,,,,x\n"
    asked = request(write(tmp_path, files | {MOVES: text}), tmp_path / "out")
    market = play(asked.market, read_case(asked), 200, seed=1).run(6)
    assert int(market.book.prices_fen[market.book.row("blue/small")][0]) == 700
    assert int(market.book.prices_fen[market.book.row("red/small")][0]) == 1200
