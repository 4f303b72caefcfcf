import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from guides import files_of
from ruamel.yaml import YAML

from agents.actions import Campaign
from agents.prediction.crm import OBSERVABLES
from sim.offers import Offer
from strategies import registry
from strategies.reacting.settings import ReactionSettings

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(language: str, document: str = "new_strategy.md") -> list[str]:
    text = (DOCS / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def registered(monkeypatch, tmp_path):
    """The documented file, dropped in and forgotten again."""
    monkeypatch.setattr(registry, "_KINDS", {k: registry._kind(k) for k in registry.kinds()})
    path = tmp_path / "win_back.py"
    path.write_text(blocks("python")[0], encoding="utf-8")
    spec = importlib.util.spec_from_file_location("documented_win_back", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)


def test_the_documented_values_are_all_there_are(registered):
    data = YAML(typ="safe").load(blocks("yaml")[0])
    assert set(data) - {"kind", *registry.TEXTS} == {
        name
        for name in registry.parameters_of("win_back")
        if name not in ReactionSettings.model_fields
    }
    assert all(data[text] for text in registry.TEXTS)
    registry.read(data)


def test_the_documented_tests_pass(registered, view_at):
    names: dict[str, Any] = {}
    exec(compile(blocks("python")[1], "new_strategy.md", "exec"), names)  # noqa: S102 - our page
    tests = {name: test for name, test in names.items() if name.startswith("test_")}
    assert len(tests) == 2
    for test in tests.values():
        test(*[view_at] * test.__code__.co_argcount)


def test_a_strategy_touches_three_new_files():
    assert set(files_of("new_strategy.md")) == {
        "strategies/win_back.py", "conf/strategy/win_back.yaml",
        "tests/strategies/test_win_back.py",
    }  # fmt: skip


def test_the_documented_portfolio_plays(view_at, cheaper):
    strategy = registry.read(YAML(typ="safe").load(blocks("yaml")[1]))
    assert strategy.act(view_at(0)) == []
    assert strategy.act(view_at(1, theirs=cheaper("them", 0.7)))


def tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: tuples(item) for key, item in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("block", blocks("yaml", "decisions/0004-mechanisms.md"))
def test_what_is_said_to_fit_the_mechanisms_does(block):
    ((mechanism, data),) = tuples(YAML(typ="safe").load(block)).items()
    if mechanism == "offer":
        Offer.model_validate(data)
        return
    campaign = Campaign.model_validate(data)
    assert {c.field for c in campaign.who.conditions} <= set(OBSERVABLES)
