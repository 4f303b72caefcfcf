"""The markets of history that ship: accepted as they stand, told apart by the event, and played."""

import csv
from pathlib import Path

import pytest

from experiments.question.compose import compose, question_of
from experiments.question.question import Question
from experiments.studies.backtest.backtest import questions_of
from experiments.studies.backtest.case import read_case
from experiments.studies.backtest.observations import split
from experiments.studies.backtest.replay import play, series

CONF = Path(__file__).resolve().parents[1] / "conf"
WRITTEN_FROM_THE_GUIDE = ("austria_2015", "israel_2012")
ACCOUNTS = 1500
by_market = pytest.mark.parametrize("market", WRITTEN_FROM_THE_GUIDE)


def asked(market: str, out: Path) -> Question:
    overrides = ["experiment=backtest", f"market={market}", f"subscribers={ACCOUNTS}", "worlds=2"]
    return question_of(compose(overrides), out)


@by_market
def test_a_market_is_accepted_and_everything_in_it_can_be_asked(market, tmp_path):
    question = asked(market, tmp_path)
    case = read_case(question)
    before, after = split(case.observations.table, case.event)
    assert (before["end"] < case.event).all()
    assert len(after) >= 5
    assert len(questions_of(question, case)) > 0
    entrants = {name for name, one in case.market.operators.items() if one.entrant}
    assert set(after["operator"]) & entrants
    assert set(case.moves) >= entrants


@by_market
def test_no_entrant_has_a_line_before_it_opens_and_each_wins_some(market, tmp_path):
    question = asked(market, tmp_path)
    case = read_case(question)
    table = series(play(question.market, case, ACCOUNTS, seed=3).run(case.months), case)
    for name, operator in case.market.operators.items():
        lines = table[table["operator"] == name].groupby("month")["lines_million"].sum().to_numpy()
        if operator.entrant:
            opens = min(move.month for move in case.moves[name] if move.move == "launch")
            assert not lines[:opens].any()
        assert lines[-1] > 0.0


@by_market
def test_every_line_has_a_known_source_and_only_what_was_seen_is_sure(market):
    def rows(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    known = {row["code"] for row in rows(CONF / "data" / "sources.csv")}
    seen = rows(CONF / "data" / f"{market}.csv")
    moves = rows(CONF / "history" / f"{market}_moves.csv")
    for row in [*seen, *moves]:
        codes = set(row["source"].split("+")) - {"assumption"}
        assert codes <= known, row
        assert row["verified"] in {"yes", "no", "derived"}
        if row["source"] in {"MEM", "assumption"}:
            assert row["verified"] == "no", row
