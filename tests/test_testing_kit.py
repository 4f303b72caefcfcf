"""The kit for those who extend: our own kinds keep its contracts, and broken ones are found out."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.actions import (
    Action,
    Campaign,
    Reprice,
    StartCampaign,
    StartProgramme,
    Treatment,
    Who,
)
from agents.mechanisms.addon_settings import Addon, AddonSettings
from agents.mechanisms.creators import CreatorSettings
from agents.mechanisms.growth_points import GrowthSettings
from agents.mechanisms.outbound_calls import OutboundCallSettings
from agents.mechanisms.registry import MECHANISMS
from agents.mechanisms.silence import SilenceSettings
from agents.observation import OperatorView
from counterplay.testing import (
    ContractError,
    check_mechanism,
    check_strategy,
    check_study,
    studies,
)
from experiments.question.catalogue import plays
from experiments.question.question import Question
from experiments.question.registry import KINDS
from experiments.runs.study import StudyResult
from sim.errors import QuestionError, UnknownNameError
from sim.schema import Settings

NAMES = sorted({entry.name for group in ("strategy", "rival") for entry in plays(group)})
ELSEWHERE = {"best_response", "q_learning"}
"""Firms of the textbook market, which is made for them."""
SCENES: dict[str, Any] = {"settings": {"market.scenes.enabled": True}}
BY_SCENE = {
    "creator_incentive", "creators", "demographics", "scene_campaign", "scene_packs", "tags",
    "whole_playbook", "zero_rated_video",
}  # fmt: skip
"""What needs habits that a market has only when it says so."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ELSEWHERE])
def test_every_strategy_of_ours_keeps_the_contracts(name: str) -> None:
    if name == "portfolio":
        members: dict[str, Any] = {"a": {"kind": "retention", "begin": "now"}}
        check_strategy({"kind": "portfolio", "members": members})
    else:
        check_strategy(name, **(SCENES if name in BY_SCENE else {}))


# Strategies that break a contract -----------------------------------------------------------------


class Plain:
    """Asks a tenth less each month."""

    def act(self, view: OperatorView) -> list[Action]:
        return [Reprice(view.offers[0].name, self.price(view))]

    def price(self, view: OperatorView) -> int:
        return round(view.offers[0].price_fen[0] * 0.9)


class Gambler(Plain):
    def price(self, view: OperatorView) -> int:
        return 3_000 + int(np.random.default_rng().integers(1_000))


class Rememberer(Plain):
    asked: list[int] = []

    def price(self, view: OperatorView) -> int:
        self.asked.append(1)
        return 3_000 + len(self.asked)


class Meddler(Plain):
    def act(self, view: OperatorView) -> list[Action]:
        view.own.lines[:] = 0.0
        return []


class Failing(Plain):
    def price(self, view: OperatorView) -> int:
        return 3_000 // (2 - view.month)


def test_a_plain_one_is_found_plain() -> None:
    assert len(check_strategy(Plain)) == 6
    assert check_strategy(Plain()) == check_strategy(Plain, market="duopoly")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (Gambler, "played again it does something else"),
        (Rememberer, "played again it does something else"),
        (Meddler, "changes the view|read-only"),
        (Failing, "it fails in month 2: ZeroDivisionError"),
    ],
)
def test_a_strategy_that_breaks_a_contract_is_found_out(broken: type[Plain], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        check_strategy(broken)


# Mechanisms ---------------------------------------------------------------------------------------


class TwoPromises:
    """Promises two kinds of things to everybody in month 2."""

    def act(self, view: OperatorView) -> list[Action]:
        if view.month != 2:
            return []
        what = Treatment(discount_yuan=20.0, months=6)
        return [
            StartCampaign(
                Campaign(
                    name=kind,
                    who=Who(),
                    what=what.model_copy(update={"kind": kind}),
                    channel="outbound_call",
                    cooldown_months=pause,
                )
            )
            for kind, pause in (("once", 24), ("often", 1))
        ]


class Calls:
    """Calls everybody every month, from month 2 on."""

    def act(self, view: OperatorView) -> list[Action]:
        if view.month != 2:
            return []
        call = Campaign(name="call", channel="outbound_call", cooldown_months=0)
        terms = OutboundCallSettings(tolerance_calls=0.5)
        return [StartProgramme("outbound_calls", terms), StartCampaign(call)]


PLAYED: dict[str, Any] = {
    "promises": "retention",
    "further_promises": TwoPromises,
    "points": "match_price",
    "welcome": {"kind": "price_cut", "depth": 0.3, "new_customers_only": True},
    "growth_points": None,
    "outbound_calls": Calls,
}


CLOUD = Addon(price_yuan=2, worth_yuan=15, cost_yuan=1, trial_months=1)
TERMS: dict[str, Settings] = {
    "addons": AddonSettings(products={"cloud": CLOUD}, notice_chance=1.0),
    "silence": SilenceSettings(falls_monthly=0.2),
    "creators": CreatorSettings(effort_yuan=0.0),
}
OF_THE_MARKET = {"platform_addons": "test_platform", "scenes": "test_scenes"}
"""What the market has before anybody plays, and the tests that hold it to the same contracts."""


@pytest.mark.parametrize("name", [m.name for m in MECHANISMS if m.name not in OF_THE_MARKET])
def test_every_mechanism_of_ours_keeps_the_contracts(name: str) -> None:
    more: dict[str, Any] = {"subscribers": 1200, "months": 6} if name == "further_promises" else {}
    more |= SCENES if name == "creators" else {}
    check_mechanism(name, TERMS.get(name), PLAYED.get(name), **more)


def test_a_mechanism_that_does_nothing_is_found_out() -> None:
    nothing = GrowthSettings(
        points_per_yuan=0, upgrade_points=0, redemption_points=0, taking_part_points=0
    )
    with pytest.raises(ContractError, match="switched on it does nothing"):
        check_mechanism("growth_points", nothing)


def test_a_mechanism_that_cannot_be_checked_is_said() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'growth_points'"):
        check_mechanism("growthpoints")
    with pytest.raises(QuestionError, match="give `play`"):
        check_mechanism("promises")


# Studies ------------------------------------------------------------------------------------------

SLOW = pytest.mark.slow
SMALL: dict[str, Any] = {"market": "duopoly", "subscribers": 300, "months": 2, "burn_in": 2}
INFER = {"before": 2, "pilot": 50, "particles": 20, "parameters": ["behaviour.hassle_yuan"]}
GAME = {"prices": 4, "stable_periods": 500, "beta": 0.001, "sessions": 12}
ONE: dict[str, Any] = {"worlds": 1, "seeds": 1}
STUDIES = (
    pytest.param("compare", SMALL | ONE | {"burn_in": 1} | {"strategies": ["match_price"]}),
    pytest.param("choices", SMALL | ONE | {"subscribers": 60}),
    pytest.param("q_learning", {"options": GAME}),
    pytest.param(
        "equilibrium",
        {"market": "textbook", "subscribers": 300, "months": 4, "seeds": 1,
         "options": {"months_held": 1, "steps": [-0.25]}},
    ),
    pytest.param("twin_check", {"subscribers": 300, "seeds": 2, "options": {"cases": ["nothing"]}}),
    pytest.param("sbc", SMALL | {"options": INFER | {"replicates": 4}}, marks=SLOW),
    pytest.param("ensemble", SMALL | {"options": INFER | {"populations": 2}}, marks=SLOW),
    pytest.param("recovery", {"subscribers": 600, "seeds": 1, "options": {"cases": ["tastes"]}},
                 marks=SLOW),
    pytest.param("elasticities", {"subscribers": 1000, "seeds": 1, "options": {"at_months": [1]}},
                 marks=SLOW),
    pytest.param("facts",
                 {"subscribers": 1000, "seeds": 1, "options": {"facts": ["yearly_switching"]}},
                 marks=SLOW),
    pytest.param("fighting_brands", {"subscribers": 1000, "seeds": 1, "months": 3,
                                     "options": {"brand_price_shares": [0.6]}}, marks=SLOW),
    pytest.param("calibrate", {"market": "duopoly", "subscribers": 1500, "months": 6}, marks=SLOW),
    pytest.param("backtest", {"market": "france_2012", "subscribers": 300, "worlds": 2,
                              "options": {"largest_misfit": 5.0}}, marks=SLOW),
    pytest.param("pilot", SMALL | {"worlds": 5, "seeds": 1, "months": 6, "burn_in": 1,
                                   "strategies": ["match_price"], "options": {"pilots": 100}},
                 marks=SLOW),
    pytest.param("prediction", {"subscribers": 1000, "seeds": 1, "months": 6,
                                "options": {"methods": ["coin", "oracle"]}}, marks=SLOW),
    pytest.param("bench", {"options": {"subscribers": [60], "threads": [1], "repetitions": 1,
                                       "reference_repetitions": 1, "months_before": 0}}),
)  # fmt: skip
RUNS_OTHERS = {"validate", "pilot_read"}
"""The checks of one are commands of their own, minutes long (tests/test_validation.py); the other
reads what another study wrote (tests/test_pilot_files.py)."""


@pytest.mark.parametrize(("kind", "asking"), STUDIES)
def test_every_study_of_ours_keeps_the_contracts(kind: str, asking: dict[str, Any]) -> None:
    check_study(kind, repeatable=kind != "bench", **asking)


def test_every_kind_of_study_is_checked() -> None:
    here = {str(case.values[0]) for case in STUDIES}
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    beside = set(re.findall(r'^    check_study\("(\w+)"', tests, re.MULTILINE))
    assert here | beside | RUNS_OTHERS == set(KINDS)


class Fake(StudyResult):
    """A result and, as it happens, a study: what a test makes of it."""

    def __init__(self, does: Callable[[], object], files: dict[str, str]) -> None:
        self.does, self.files = does, files

    def check(self, question: Question) -> None:
        self.question = question

    def run(self, question: Question, store: Any, listener: Any) -> StudyResult:
        self.does()
        self.question = question
        return self

    def write_to(self, folder: Path, listener: Any) -> None:
        for name, text in self.files.items():
            (folder / name).write_text(text)

    def shown(self, out: Path) -> list[Any]:
        return ["done"]


def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("does", "files", "said"),
    [
        (lambda: sys.stdout.write("hello"), {"a.json": "1"}, "running prints 'hello"),
        (lambda: Path("trace.txt").touch(), {"a.json": "1"}, "leaves trace.txt"),
        (nothing, {}, "writes no file"),
        (nothing, {"a.json": "[NaN]"}, "a.json holds NaN"),
    ],
)
def test_a_study_that_breaks_a_contract_is_found_out(
    does: Callable[[], object], files: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies, "study_of", lambda _: Fake(does, files))
    with pytest.raises(ContractError, match=said):
        check_study("bench")
    monkeypatch.setattr(studies, "study_of", lambda _: Fake(nothing, {"a.json": "1"}))
    assert len(check_study("bench")) == 5
