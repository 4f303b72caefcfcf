"""What the user says holds: whatever is set is the same in every world; all else is still drawn."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

from experiments.paths import CONF
from experiments.question.compose import compose, question_of
from experiments.question.pins import drawn_ranges
from experiments.question.provenance import TYPED, Said
from experiments.question.question import Question, Range
from experiments.question.resolve import read_question
from experiments.runs.worlds import draw_worlds, market_of, rivals_of

ATTACK = ["market=duopoly", "worlds=4"]
Plain = dict[str, Any]


def ask(*overrides: str, mine: Path | None = None) -> Question:
    return question_of(compose(list(overrides), mine), None, mine)


def worlds_of(question: Question) -> list[Plain]:
    """Everything that each world assumes, in the shape of the configuration."""
    return [
        {"market": market_of(question, draw).model_dump(), "rivals": rivals_of(question, draw)}
        for draw in draw_worlds(question)
    ]


def at(data: Plain, path: str) -> Any:
    for step in path.split("."):
        data = data[step]
    return data


def values(question: Question | list[Plain], path: str) -> list[Any]:
    worlds = question if isinstance(question, list) else worlds_of(question)
    return [at(world, path) for world in worlds]


def drawn_parameters() -> list[tuple[str, str]]:
    """Every parameter that a range can touch in the two markets of the comparison."""
    return [
        (market, path)
        for market in ("duopoly", "china_2024")
        for found in drawn_ranges(ask(f"market={market}", "worlds=2"))
        for path in found.touches
    ]


@pytest.fixture(scope="module")
def composed() -> dict[str, Plain]:
    markets = ("duopoly", "china_2024")
    return {market: compose([f"market={market}", "worlds=2"]).config for market in markets}


def other_than(value: Any, wanted: Range) -> Any:
    """A value that the parameter can take and does not have by itself."""
    if wanted.options:
        return next(option for option in dict.fromkeys(wanted.options) if option != value)
    return 2 if wanted.scale == "whole" else (value or 0.5) * 0.9


@pytest.mark.parametrize(("market", "path"), drawn_parameters(), ids=str)
def test_a_parameter_that_is_set_is_so_in_every_world(
    composed: dict[str, Plain], market: str, path: str
) -> None:
    free = read_question(composed[market])
    wanted = next(f.range for f in drawn_ranges(free) if path in f.touches)
    usual = worlds_of(free)
    before = values(usual, path)
    config = copy.deepcopy(composed[market])
    *above, last = path.split(".")
    holder = at(config, ".".join(above))
    holder[last] = told = other_than(holder.get(last), wanted)
    question = read_question(config, said=Said({path: TYPED}))
    worlds = worlds_of(question)
    assert values(worlds, path) == [told] * 2 != before
    (fixed,) = [f for f in question.fixed if f.path == path]
    assert (fixed.value, fixed.instead_of) == (told, wanted.path)
    # Everything that shares no range with it is what it was.
    for found in drawn_ranges(question):
        for other in found.touches:
            assert values(worlds, other) == values(usual, other), other


def test_what_the_readme_says_telecom_does_it_does() -> None:
    question = ask("rival@rivals.china_telecom=match")
    assert values(question, "rivals.china_telecom.reaction") == ["match"] * 8
    assert values(question, "rivals.china_telecom.kind") == ["hold"] * 8
    free = ask()
    assert len(set(values(free, "rivals.china_telecom.reaction"))) > 1
    assert len(set(values(question, "rivals.china_mobile.reaction"))) > 1


@pytest.mark.parametrize("file", sorted(p.stem for p in (CONF / "rival").glob("*.yaml")))
def test_whatever_a_chosen_rival_file_states_holds(file: str) -> None:
    question = ask(*ATTACK, f"rival@rivals.north={file}")
    stated = compose([*ATTACK, f"rival@rivals.north={file}"]).config["rivals"]["north"]
    for name, value in stated.items():
        assert values(question, f"rivals.north.{name}") == [value] * 4, name


def test_a_cut_that_escalates_is_another_than_one_whose_answer_is_drawn() -> None:
    path = "rivals.china_mobile.reaction"
    assert set(values(ask("rival@rivals.china_mobile=price_cut_escalating"), path)) == {"escalate"}
    assert len(set(values(ask("rival@rivals.china_mobile=price_cut"), path))) > 1


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ("market.behaviour.transparency=0.9", "market.behaviour.transparency", 0.9),
        ("market.behaviour={transparency: 0.9}", "market.behaviour.transparency", 0.9),
        ("market={behaviour: {transparency: 0.9}}", "market.behaviour.transparency", 0.9),
        ("rivals.north.reaction=match", "rivals.north.reaction", "match"),
        ("rivals.north={reaction: match}", "rivals.north.reaction", "match"),
        ("rivals.north.gives_up_after=0", "rivals.north.gives_up_after", 0),
        ("market.behaviour.hassle_yuan.price=12", "market.behaviour.hassle_yuan.price", 12.0),
        ("market.channels.app.persuasion=0.1", "market.channels.app.persuasion", 0.1),
        ("market.partners.video.reach_value_yuan=3", "market.partners.video.reach_value_yuan", 3),
    ],
)
def test_however_it_is_written_on_the_command_line(said: str, path: str, value: object) -> None:
    question = ask(*ATTACK, said)
    assert values(question, path) == [value] * 4
    assert path in {f.path for f in question.fixed}
    assert path not in {p for found in drawn_ranges(question) for p in found.touches}


def test_one_segment_is_fixed_and_the_others_are_drawn() -> None:
    question = ask(*ATTACK, "market.behaviour.hassle_yuan.price=12")
    assert len(set(values(question, "market.behaviour.hassle_yuan.household"))) == 4


@pytest.mark.parametrize(
    "extra",
    [
        "+unknowns.ranges.behaviour.transparency={low: 0.1, high: 0.2}",
        "unknowns={ranges: {behaviour.transparency: {low: 0.1, high: 0.2}}}",
    ],
)
def test_a_range_that_is_written_for_that_very_path_wins(extra: str) -> None:
    question = ask(*ATTACK, "market.behaviour.transparency=0.9", extra)
    found = values(question, "market.behaviour.transparency")
    assert len(set(found)) == 4
    assert all(0.1 <= value <= 0.2 for value in found)
    assert [f.instead_of for f in question.fixed if f.path.endswith("transparency")] == [""]


def test_a_range_for_everybody_leaves_alone_whoever_was_set(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        "experiment/wild",
        "# @package _global_\nexperiment: {name: compare}\n"
        "unknowns:\n  ranges:\n    rivals.*.reaction: {options: [none, match]}\n",
    )
    telecom = "rival@rivals.china_telecom=price_cut_escalating"
    question = ask("worlds=6", telecom, "experiment=wild", mine=mine)
    assert set(values(question, "rivals.china_telecom.reaction")) == {"escalate"}
    assert set(values(question, "rivals.china_mobile.reaction")) == {"none", "match"}


def test_a_range_of_one_rival_goes_before_a_range_of_all() -> None:
    question = ask(
        "worlds=6",
        "rival@rivals.china_telecom=price_cut",
        "+unknowns.ranges.rivals.china_telecom.reaction={options: [none, match]}",
    )
    assert set(values(question, "rivals.china_telecom.reaction")) == {"none", "match"}
    assert not {"none", "match"} >= set(values(question, "rivals.china_mobile.reaction"))


def write(mine: Path, name: str, text: str) -> Path:
    path = mine / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return mine


def test_a_file_of_the_users_own_fixes_what_it_says(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        "experiment/sceptic",
        "# @package _global_\ndefaults:\n  - override /rival@rivals.north: escalate\n"
        "experiment: {name: compare}\nmarket: {behaviour: {transparency: 0.9}}\n",
    )
    question = ask(*ATTACK, "experiment=sceptic", mine=mine)
    assert values(question, "market.behaviour.transparency") == [0.9] * 4
    assert values(question, "rivals.north.reaction") == ["escalate"] * 4
    assert {f.where for f in question.fixed if f.path == "market.behaviour.transparency"} == {
        "your file experiment/sceptic.yaml"
    }
    assert "/" not in {f.where[0] for f in question.fixed}


def test_a_rival_of_the_users_own_holds(tmp_path: Path) -> None:
    mine = write(
        tmp_path, "rival/mine", "kind: price_cut\ndepth: 0.2\nreaction: copy\ngives_up_after: 3\n"
    )
    question = ask(*ATTACK, "rival@rivals.north=mine", mine=mine)
    assert values(question, "rivals.north.reaction") == ["copy"] * 4
    assert values(question, "rivals.north.gives_up_after") == [3] * 4
    assert len(set(values(question, "rivals.north.reaction_patience_months"))) > 1


def own_market(mine: Path, changed: tuple[str, str] = ("", ""), more: str = "") -> Path:
    """A copy of the duopoly under another name, as the README says, with one line changed."""
    text = (CONF / "market" / "duopoly.yaml").read_text(encoding="utf-8")
    text = text.replace("  name: duopoly", "  name: own").replace(*changed)
    shutil.copytree(CONF / "calibration", mine / "data", dirs_exist_ok=True)
    return write(mine, "market/own", text + more)


def test_a_copied_market_says_only_what_was_changed_in_it(tmp_path: Path) -> None:
    mine = own_market(tmp_path, ("    transparency: 0.5 ", "    transparency: 0.77 "))
    question = ask("market=own", "worlds=4", mine=mine)
    assert values(question, "market.behaviour.transparency") == [0.77] * 4
    shipped = ask(*ATTACK)
    for path in ("market.behaviour.loss_aversion", "rivals.north.reaction"):
        assert values(question, path) == values(shipped, path)
    assert {f.path for f in question.fixed if f.instead_of} == {"market.behaviour.transparency"}


def test_a_market_with_a_range_of_its_own_draws_it_unless_the_command_says_otherwise(
    tmp_path: Path,
) -> None:
    ranges = (
        "unknowns:\n  ranges:\n"
        "    behaviour.transparency: {low: 0.6, high: 0.7}  # share | assumption\n"
    )
    mine = own_market(tmp_path, ("    transparency: 0.5 ", "    transparency: 0.77 "), ranges)
    drawn = values(ask("market=own", "worlds=4", mine=mine), "market.behaviour.transparency")
    assert len(set(drawn)) == 4
    typed = ask("market=own", "worlds=4", "market.behaviour.transparency=0.9", mine=mine)
    assert values(typed, "market.behaviour.transparency") == [0.9] * 4


def test_a_market_that_takes_in_one_of_ours_says_what_it_adds(tmp_path: Path) -> None:
    mine = write(
        tmp_path,
        "market/mine",
        "# @package _global_\ndefaults:\n  - duopoly\n  - _self_\n"
        "market: {name: mine, behaviour: {loss_aversion: 0.3}}\n",
    )
    question = ask("market=mine", "worlds=4", mine=mine)
    assert values(question, "market.behaviour.loss_aversion") == [0.3] * 4
    assert len(set(values(question, "market.behaviour.transparency"))) == 4


@pytest.mark.parametrize("path", ["rivals", "rivals.south"])
def test_what_is_taken_out_is_said_and_gone(path: str) -> None:
    question = ask(*ATTACK, f"~{path}")
    assert not set(question.rivals) & {"south"}
    assert [(v.path, v.value, v.where) for v in question.fixed if v.path == path] == [
        (path, None, TYPED.where)
    ]


def test_nobody_said_anything() -> None:
    question = ask()
    assert question.fixed == ()
    assert {r.path for r in question.ranges} == {
        found.range.path for found in drawn_ranges(question)
    }


def test_fixing_one_thing_or_drawing_one_more_leaves_the_rest_of_the_worlds() -> None:
    free, fixed, more = (
        ask(*ATTACK, *extra)
        for extra in (
            (),
            ("market.behaviour.transparency=0.9",),
            ("+unknowns.ranges.rivals.north.depth={low: 0.1, high: 0.4}",),
        )
    )
    draws = draw_worlds(free)
    for question in (fixed, more):
        for old, new in zip(draws, draw_worlds(question), strict=True):
            assert all(old[path] == u for path, u in new.items() if path in old)


def test_each_range_is_covered_evenly() -> None:
    question = ask("worlds=10")
    for path in draw_worlds(question)[0]:
        positions = sorted(draw[path] for draw in draw_worlds(question))
        assert [int(10 * u) for u in positions] == list(range(10))


def test_a_parameter_that_no_file_states_can_be_set_like_any_other() -> None:
    question = ask(*ATTACK, "strategy.match_price.reaction=match")
    assert question.strategies["match_price"]["reaction"] == "match"
