"""Rivals' answers beside published ones, and how often a rival answers whose temper is drawn."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from answers import make_answer

from experiments.analysis.answer import Answer
from experiments.analysis.moves import observed_moves, rival_tempers
from experiments.analysis.plausibility import plausibility_of
from experiments.analysis.summary import summarise
from experiments.measures.reactions import published
from experiments.measures.schemas import LOG
from experiments.question.question import DrawnRange, Range
from experiments.report.front import front_page
from experiments.report.front_tables import rival_sentence
from experiments.report.moves_text import temper_line
from experiments.report.reaction_table import reaction_table
from experiments.report.words.words import Words

WORLDS, SEEDS = 4, 2


def an_answer(waits: dict[str, float]) -> Answer:
    """Each rival waits so many months in every run; NaN: it never answers."""
    answer = make_answer(np.random.default_rng(1), worlds=WORLDS, seeds=SEEDS)
    rows = [
        (arm, world, seed, "china_mobile", 0, "price", rival, wait, "price", 0.9)
        for arm in ("hold", "match_price")
        for world in range(WORLDS)
        for seed in range(SEEDS)
        for rival, wait in ({"china_unicom": 2.0} | waits).items()
    ]
    names = (
        "arm", "world", "seed", "attacker", "attack_month", "attack_kind", "operator",
        "months_to_answer", "answer_kind", "share_followed",
    )  # fmt: skip
    labels = replace(answer.labels, attackers=("china_mobile",))
    return replace(answer, labels=labels, reactions=pd.DataFrame(rows, columns=list(names)))


def test_rivals_answers_are_counted_while_we_hold_and_ours_are_not():
    found = plausibility_of(an_answer({"china_telecom": 5.0, "china_broadnet": np.nan}))
    assert found is not None
    assert found.rivals == ("china_broadnet", "china_telecom")
    assert (found.runs, found.worlds) == (WORLDS * SEEDS, WORLDS)
    assert found.simulated.answers == WORLDS * SEEDS
    assert found.simulated.answered_share == 0.5
    assert found.simulated.months_to_answer is not None
    assert found.simulated.months_to_answer.p50 == 5.0
    assert found.published.answers == len(published())
    assert found.published.answered_share is None


def test_a_rival_that_never_answers_by_assumption_is_not_counted():
    answer = drawn(an_answer({"china_telecom": 5.0, "china_broadnet": np.nan}), "china_telecom")
    found = plausibility_of(answer)
    assert found is not None
    assert found.rivals == ("china_telecom",)
    assert found.simulated.answered_share == 1.0


def test_silence_and_no_attack_are_told_apart():
    silent = plausibility_of(an_answer({"china_telecom": np.nan}))
    assert silent is not None
    assert silent.simulated.answers == 0
    assert silent.simulated.months_to_answer is None
    answer = an_answer({})
    assert plausibility_of(replace(answer, reactions=answer.reactions.iloc[:0])) is None


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_table_gives_sources_and_counts(code):
    summary = summarise(an_answer({"china_telecom": 5.0}))
    table = reaction_table(summary, Words(summary.labels, code))
    assert table is not None
    assert table.rows[0][3] == "5.0 · 5.0 · 5.0"
    assert "FR28" in table.note
    assert str(WORLDS * SEEDS) in table.note
    assert ("assumption" if code == "en" else "假设") in table.note


def drawn(answer: Answer, *rivals: str) -> Answer:
    wanted = Range("rivals.*.reaction", 0.0, 1.0, "value", ("none", "match"))
    touches = tuple(f"rivals.{name}.reaction" for name in rivals)
    return replace(answer, labels=replace(answer.labels, drawn=(DrawnRange(wanted, touches),)))


def answering(answer: Answer, rival: str, runs: int) -> Answer:
    """The log with answers of a rival under `hold` in so many runs."""
    cells = [(world, seed) for world in range(WORLDS) for seed in range(SEEDS)][:runs]
    rows = pd.DataFrame([answer.log.iloc[0]] * len(cells)).assign(
        arm="hold", actor=rival, cause="reaction", outcome="done",
        world=[world for world, _ in cells], seed=[seed for _, seed in cells],
    )  # fmt: skip
    return replace(answer, log=pd.concat([answer.log, rows], ignore_index=True))


@pytest.mark.parametrize(("runs", "said"), [(0, "none of 8"), (3, "3 of 8"), (8, "all 8")])
def test_page_one_says_in_how_many_runs_a_rival_answers(runs, said):
    answer = answering(drawn(an_answer({}), "china_telecom"), "china_telecom", runs)
    assert [(t.rival, t.runs, t.runs_of_arm) for t in rival_tempers(answer, "hold")] == [
        ("china_telecom", runs, WORLDS * SEEDS)
    ]
    summary = replace(summarise(answer), tempers=rival_tempers(answer, "hold"))
    assert said in temper_line(summary, Words(summary.labels))


def test_where_no_temper_is_drawn_nothing_is_said_of_it():
    summary = summarise(an_answer({}))
    assert summary.tempers == ()
    assert temper_line(summary, Words(summary.labels)) == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "(30\N{NO-BREAK SPACE}%)"),
        ({"months": 3}, "(30\N{NO-BREAK SPACE}%, for 3 months)"),
        ({"months": 0, "start_month": 6}, "(30\N{NO-BREAK SPACE}%, from month 6 on)"),
        ({"regions": ["west"]}, "(30\N{NO-BREAK SPACE}%, in west)"),
        ({"customers": ["household"]}, "(30\N{NO-BREAK SPACE}%, for families only)"),
        ({"customers": ["personal", "household", "enterprise"]}, "(30\N{NO-BREAK SPACE}%)"),
    ],
)
def test_page_one_says_how_deep_how_long_where_and_for_whom(more, said):
    answer = make_answer(np.random.default_rng(1), worlds=2, seeds=1)
    plays = {"china_mobile": {"kind": "price_cut", "depth": 0.3} | more}
    words = Words(replace(answer.labels, plays=plays))
    assert rival_sentence("china_mobile", words).endswith(said)


@pytest.mark.parametrize("code", ["en", "zh"])
def test_page_one_warns_where_few_simulated_accounts_are_ours(code):
    """Of 200,000 accounts 18 per cent are ours, of 1,000 some 180."""
    answer = make_answer(np.random.default_rng(1), worlds=2, seeds=1)
    for subscribers, warned in ((200_000, False), (1_000, True)):
        labels = replace(answer.labels, subscribers=subscribers)
        summary = summarise(replace(answer, labels=labels))
        few = front_page(summary, Words(summary.labels, code)).few
        assert bool(few) == warned
        assert not warned or "1,000" in few


def test_several_steps_of_one_plan_are_one_cut():
    """70 of 100, then 63: a cut of 37 per cent, not the median step of 20."""
    answer = make_answer(np.random.default_rng(1), worlds=1, seeds=1)
    step = dict.fromkeys(LOG.names(), "") | {
        "arm": "hold", "world": 0, "seed": 0, "actor": "china_telecom", "action": "Reprice",
        "offer": "china_telecom/tier_m", "regions": "all", "cause": "reaction", "outcome": "done",
        "cost_yuan": 1.0, "trigger_operator": "china_mobile", "trigger_move": "price",
    }  # fmt: skip
    steps = [
        step | {"month": 9, "old_price_fen": 7_000.0, "new_price_fen": 6_300.0},
        step | {"month": 2, "old_price_fen": 10_000.0, "new_price_fen": 7_000.0},
    ]
    (move,) = observed_moves(replace(answer, log=pd.DataFrame(steps)), "hold")
    assert move.price_change == pytest.approx(-0.37)
    assert move.first_month == 2
