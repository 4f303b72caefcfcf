"""What is recommended, how far it is trusted, and in which words."""

import re

import numpy as np
import pandas as pd
import pytest
from answers import EFFECTS, make_answer

from experiments.analysis.paired import Interval, interval
from experiments.analysis.ranking import comparisons, significant, sure_first
from experiments.analysis.summary import Summary, summarise
from experiments.report.wording import recommendation_sentences


def answer_of(seed: int = 1, **planted):
    return make_answer(np.random.default_rng(seed), **planted)


def text_of(summary: Summary) -> str:
    return " ".join(recommendation_sentences(summary))


def test_a_sure_gain_is_preferred_to_a_larger_one_that_may_be_none() -> None:
    arms = {"hold": [0.0] * 8, "sure": [10.0, 11, 9, 10, 12, 8, 10, 10], "bold": [90.0, -60] * 4}
    gains = {arm: interval(pd.Series(values)) for arm, values in arms.items()}
    assert sure_first(["bold", "sure", "hold"], gains) == (["sure", "bold", "hold"], "bold")
    surer = gains | {"bold": interval(pd.Series([90.0, 80] * 4))}
    assert sure_first(["bold", "sure", "hold"], surer) == (["bold", "sure", "hold"], None)
    assert sure_first(["bold", "hold"], gains) == (["bold", "hold"], None)


@pytest.mark.parametrize("best", EFFECTS)
def test_recommends_the_arm_planted_best(best: str) -> None:
    effects = dict.fromkeys(EFFECTS, -1e9) | {best: 5e9}
    result = summarise(answer_of(effects=effects))
    chosen = result.recommendation
    assert (chosen.arm, chosen.decision) == (best, "act")
    assert text_of(result).startswith(f"Play {best.replace('_', ' ')}: ")
    assert chosen.losses[best].losing == 0


def test_says_hold_when_nothing_beats_it() -> None:
    result = summarise(answer_of(effects=dict.fromkeys(EFFECTS, -4e9)))
    assert (result.recommendation.arm, result.recommendation.decision) == ("hold", "hold")
    assert text_of(result).startswith("Hold: none of the 5 options")


def test_a_portfolio_of_nothing_is_no_reason_to_act() -> None:
    result = summarise(answer_of(effects={"nothing": 0.0}, world_sd=0.0, seed_sd=0.0))
    assert result.recommendation.arm == "hold"


def test_says_so_when_the_two_best_cannot_be_told_apart() -> None:
    effects = EFFECTS | {"bundle_benefits": 5.0e9, "retention": 5.0e9}
    result = summarise(answer_of(effects=effects, world_sd=1.5e9))
    chosen = result.recommendation
    assert chosen.decision == "undecided"
    assert {chosen.arm, *chosen.contenders} == {"bundle_benefits", "retention"}
    assert "cannot be told apart" in text_of(result)


def test_an_option_that_loses_on_average_is_no_contender_for_the_headline() -> None:
    wild = ("bundle_benefits", "partner_appetite", 0.6, -9e9)
    chosen = summarise(answer_of(5, worlds=16, seeds=4, loss=wild)).recommendation
    assert "bundle_benefits" in chosen.contenders
    assert (chosen.arm, chosen.decision) == ("retention", "act")


def test_says_so_when_nothing_can_be_told_from_hold() -> None:
    effects = dict.fromkeys(EFFECTS, 0.05e9)
    result = summarise(answer_of(effects=effects, world_sd=3e9))
    assert "hold" in {result.recommendation.arm, *result.recommendation.contenders}
    assert re.search(r"cannot be told from|can be told from", text_of(result))


def test_a_larger_gain_that_may_be_none_is_named_beside_the_sure_one() -> None:
    effects = {"bundle_benefits": 12e9, "retention": 2.5e9}
    wild = ("bundle_benefits", "partner_appetite", 0.7, -30e9)
    result = summarise(answer_of(effects=effects, loss=wild, worlds=10))
    chosen = result.recommendation
    assert (chosen.arm, chosen.bolder) == ("retention", "bundle_benefits")
    assert chosen.lead["bundle_benefits"].mean == pytest.approx(
        (chosen.versus_hold["retention"].mean or 0)
        - (chosen.versus_hold["bundle_benefits"].mean or 0)
    )
    assert "Bundle benefits is worth more on average" in text_of(result)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("level", [-4e9, 0.0, 4e9])
def test_the_recommendation_is_two_sentences(seed: int, level: float) -> None:
    result = summarise(answer_of(seed, effects=dict.fromkeys(EFFECTS, level)))
    first, second = recommendation_sentences(result)
    ends = re.compile(r"\.(?= [A-Z]|$)")
    assert len(ends.findall(first)) == 1
    # What cannot be told from it, and what depends on the horizon, are said after the decision.
    assert 1 <= len(ends.findall(second)) <= 3


def test_an_option_that_does_nothing_here_is_no_chance_to_be_best_by_luck() -> None:
    """With three idle options beside it, one option is judged as if it stood alone."""
    idle, gain = Interval(0.0, 0.0, 0.0, 4), Interval(4.0e9, 0.8e9, 7.2e9, 4)
    versus = {"hold": idle, "retention": gain, "match_price": idle, "a": idle, "b": idle}
    assert comparisons(versus) == 1
    ranked = ["retention", "hold", "match_price", "a", "b"]
    assert sure_first(ranked, versus) == (ranked, None)
    assert significant(gain, comparisons(versus))
    assert not significant(gain, len(ranked) - 1)
