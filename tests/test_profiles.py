"""Arms are profiles: what an option says of other operators is played, in every world."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments.analysis.labels import labels_of
from experiments.question.compose import compose, question_of
from experiments.question.question import Question, Range
from experiments.runs import cells
from experiments.runs.cells import World, run_cell
from experiments.runs.playable import check_playable
from sim.errors import QuestionError

SMALL = ["market=duopoly", "subscribers=300", "months=4", "burn_in=1", "worlds=1", "jobs=1"]
CUT = "rival@rivals.north=price_cut"
PROFILE = "+profiles.{}.north={{kind: {}}}"


def ask(*overrides: str) -> Question:
    return question_of(compose([*SMALL, *overrides]), Path("unused"))


def outcomes(question: Question, arm: str) -> pd.DataFrame:
    world = World(0, {}, question.market.calibration.model_dump(mode="json"), 0.0)
    found = run_cell(question, world, 0)
    assert not found.failures, found.failures
    tables = [found.tables[name] for name in ("outcomes", "monthly", "log")]
    whole = pd.concat(tables, ignore_index=True)
    return whole[whole["arm"] == arm].drop(columns="arm").reset_index(drop=True)


def test_what_everybody_plays_anyway_changes_no_bit() -> None:
    plain = ask(CUT, "strategies=[match_price]")
    asked = replace(plain, profiles={"match_price": {"north": plain.rivals["north"]}})
    pd.testing.assert_frame_equal(outcomes(asked, "match_price"), outcomes(plain, "match_price"))


def test_a_rival_that_an_option_makes_hold_is_a_market_without_its_attack() -> None:
    asked = ask(
        CUT, "strategies=[peace]", "+strategy@strategy.peace=hold", PROFILE.format("peace", "hold")
    )
    peace = outcomes(asked, "peace")
    pd.testing.assert_frame_equal(peace, outcomes(ask("rival@rivals.north=hold"), "hold"))
    assert not peace.equals(outcomes(asked, "hold"))


def test_what_an_option_says_of_a_rival_is_drawn_in_no_world() -> None:
    asked = ask(
        CUT, "strategies=[match_price]", "+profiles.match_price.north={kind: price_cut, depth: 0.3}"
    )
    drawn = Range("rivals.north.depth", 0.1, 0.9, "value")
    asked = replace(asked, ranges=(drawn,))
    world = World(0, {drawn.path: 0.5}, {}, 0.0)
    played = {arm: cells.players(asked, world, arm)["north"] for arm in asked.strategies}
    assert played["hold"].settings.depth == pytest.approx(0.5)  # type: ignore[attr-defined]
    assert played["match_price"].settings.depth == 0.3  # type: ignore[attr-defined]


def test_an_option_may_have_words_for_a_name_and_says_what_others_play() -> None:
    asked = ask(
        "strategies=[both match]",
        "+strategy={both match: {kind: match_price}}",
        "+profiles={both match: {north: {kind: match_price, description: matches}}}",
    )
    assert "both match" in asked.strategies
    assert labels_of(asked).arms["both match"].endswith("(North: matches)")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (PROFILE.format("mach_price", "hold"), "did you mean 'match_price'?"),
        ("+profiles.match_price.nort={kind: hold}", "did you mean 'north'?"),
        ("+profiles.match_price.south={kind: hold}", "stands in strategy.match_price"),
        (PROFILE.format("hold", "price_cut"), "nothing to compare with"),
        (PROFILE.format("match_price", "hodl"), "profiles.match_price.north: strategy kind 'hodl'"),
    ],
)
def test_a_profile_that_cannot_be_is_told(override: str, said: str) -> None:
    with pytest.raises(QuestionError) as error:
        ask("strategies=[match_price]", override)
    assert said in str(error.value)


def test_a_profile_that_cannot_be_played_is_told_before_the_first_cell() -> None:
    nobody = "+profiles.match_price.north={kind: portfolio, members: {}}"
    with pytest.raises(QuestionError, match=r"profiles\.match_price\.north\.members"):
        check_playable(ask("strategies=[match_price]", nobody))
