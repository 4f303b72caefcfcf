"""Kernels are compiled once: at set-up, and for every market."""

from typing import Any

import pytest

from agents.execution import campaign_records
from agents.kernel import live_month
from agents.market import Market
from agents.population_synthesis import be_somebody, take_first_plans
from experiments.question.compose import compose, question_of
from experiments.runs.kernels import build
from experiments.runs.playable import check_playable

KERNELS: tuple[Any, ...] = (live_month, be_somebody, take_first_plans, campaign_records._draw)


def signatures():
    return [tuple(kernel.signatures) for kernel in KERNELS]


@pytest.mark.parametrize("market", ["duopoly", "textbook", "india_2016", "china_2024"])
def test_what_set_up_compiles_serves_every_market(market):
    build()
    before = signatures()
    assert all(before)
    question = question_of(compose([f"market={market}", "experiment=bench"]))
    Market(question.market, 200, seed=2, threads=2).run(2)
    assert signatures() == before


def test_what_set_up_compiles_serves_every_option_of_the_default_question():
    build()
    before = signatures()
    check_playable(question_of(compose(["months=6"])))
    assert signatures() == before
