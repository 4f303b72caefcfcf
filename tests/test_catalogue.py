"""Composed without Hydra, a configuration is the one that Hydra composes, key for key."""

import json
from pathlib import Path
from typing import Any

import pytest
from omegaconf._utils import get_yaml_loader

from experiments.question import safe_yaml
from experiments.question.catalogue import composed, markets, plays
from experiments.question.compose import compose
from experiments.question.files import OUR_FILES, Files
from sim.errors import QuestionError, UnknownNameError

MARKETS = [entry.name for entry in markets()]
CHOICES = [
    *({"market": market} for market in MARKETS),
    *({"market": "duopoly", "experiment": e} for e in OUR_FILES.options("experiment")),
    {"experiment": "recovery"},
    {"experiment": "backtest", "market": "india_2016"},
    {"unknowns": "literature", "market": "laboratory"},
    {"rival@rivals.china_telecom": "match", "rival@rivals.china_mobile": "escalate"},
]


@pytest.mark.parametrize("choices", CHOICES, ids=lambda choices: ",".join(choices.values()))
def test_hydra_composes_the_same(choices: dict[str, str]) -> None:
    theirs = compose([f"{key}={name}" for key, name in choices.items()]).config
    assert json.dumps(composed(choices)) == json.dumps(theirs)


def test_a_users_files_compose_alike(tmp_path: Path) -> None:
    for group in ("market", "strategy"):
        (tmp_path / group).mkdir()
    (tmp_path / "market/mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - /market/duopoly@_global_\n"
        "  - optional /rival@rivals.third: nowhere\n  - /strategy@strategy.other: [retention]\n"
        "  - _self_\n"
        "months: 7\nmarket: {label: 'of ${market.name}'}\nlater: null\n"
    )
    files = Files.of(tmp_path)
    theirs = compose(["market=mine"], tmp_path).config
    assert json.dumps(composed({"market": "mine"}, files)) == json.dumps(theirs)
    assert theirs["market"]["label"] == "of duopoly"


def test_what_no_defaults_list_asks_for_is_taken_in_last() -> None:
    key = "strategy@strategy.again"
    theirs = compose([f"+{key}=retention"]).config
    assert json.dumps(composed({key: "retention"})) == json.dumps(theirs)


def test_a_name_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"market: 'duopolly'.*did you mean 'duopoly'"):
        composed({"market": "duopolly"})


def test_files_that_take_each_other_in_are_refused(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    line = "# @package _global_\ndefaults: [/market/{}@_global_]\n"
    (tmp_path / "market/one.yaml").write_text(line.format("two"))
    (tmp_path / "market/two.yaml").write_text(line.format("one"))
    with pytest.raises(QuestionError, match=r"too often|chosen twice"):
        composed({"market": "one"}, Files.of(tmp_path))


def test_an_override_that_others_follow_is_refused_as_hydra_does(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    lines = "[override /unknowns: literature, /market/duopoly@_global_]"
    (tmp_path / "market/mine.yaml").write_text(f"# @package _global_\ndefaults: {lines}\n")
    with pytest.raises(QuestionError, match="is defined before"):
        compose(["market=mine"], tmp_path)
    with pytest.raises(QuestionError, match="at the end"):
        composed({"market": "mine"}, Files.of(tmp_path))


def test_a_place_that_two_files_are_chosen_for_is_refused_as_hydra_does(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    lines = "[/market/duopoly@_global_, /rival@rivals.north: hold]"
    (tmp_path / "market/mine.yaml").write_text(f"# @package _global_\ndefaults: {lines}\n")
    with pytest.raises(QuestionError, match=r"Multiple values for rival@rivals\.north"):
        compose(["market=mine"], tmp_path)
    with pytest.raises(QuestionError, match=r"rival@rivals\.north is chosen twice"):
        composed({"market": "mine"}, Files.of(tmp_path))


def test_the_catalogues_say_what_each_entry_is() -> None:
    by_name = {entry.name: entry for entry in plays("strategy")}
    assert by_name["match_price"].kind == "match_price"
    assert all(entry.description and entry.kind for entry in plays("rival"))
    assert {entry.kind for entry in markets()} >= {"full", "history", "textbook"}


def test_words_are_numbers_where_omegaconf_says_so() -> None:
    def rules(resolvers: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
        return {
            first: [(tag, "".join(words.pattern.split())) for tag, words in found]
            for first, found in resolvers.items()
            if found
        }

    ours = safe_yaml._RESOLVER.yaml_implicit_resolvers
    assert rules(ours) == rules(get_yaml_loader().yaml_implicit_resolvers)
