import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.errors import QuestionError
from strategies import registry
from strategies.reacting.settings import ReactionSettings
from strategies.registry import kinds, parameters_of, read

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "conf" / "rival").glob("*.yaml")) + sorted(
    (ROOT / "conf" / "strategy").glob("*.yaml")
)


def build(kind: str, parameters: dict[str, Any]) -> Any:
    return registry.build(kind, parameters)


def load(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_strategy_file_builds_and_says_what_it_is(path):
    data = load(path)
    read(data)
    assert data["description"]
    assert data["description_zh"]
    assert path.parent.name == "rival" or (data["label"] and data["label_zh"])


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_parameter_has_a_unit_and_a_source(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        key = line.strip().partition(":")[0]
        texts = {"kind", *registry.TEXTS, "enrich", "keep", "family"}
        if line.startswith("#"):
            continue
        if key not in texts and line.strip() not in {"members:", "products:"}:
            assert "  # " in line, line
            assert " | " in line.partition("  # ")[2], line


@pytest.mark.parametrize("kind", kinds())
def test_the_file_of_a_strategy_sets_every_parameter_to_its_default(kind):
    """So that what a user reads in the file is what they get without it."""
    path = ROOT / "conf" / ("rival" if kind == "price_cut" else "strategy") / f"{kind}.yaml"
    data = load(path)
    missing = set(parameters_of(kind)) - set(data)
    assert missing <= set(ReactionSettings.model_fields), missing
    given_ = {key: value for key, value in data.items() if key not in {"kind", *registry.TEXTS}}
    bare = {"depth": given_["depth"]} if kind == "price_cut" else {}
    ours, plain = build(kind, given_), build(kind, bare)
    assert ours.settings.model_copy(update={"begin": None}) == plain.settings.model_copy(
        update={"begin": None}
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "price_cutt"}, ["price_cutt", "did you mean 'price_cut'", "allowed"]),
        ({"depth": 0.3}, ["kind", "allowed"]),
        ({"kind": "price_cut"}, ["'depth' is missing"]),
        ({"kind": "price_cut", "depth": 1.3}, ["depth = 1.3", "less than 1"]),
        ({"kind": "price_cut", "depth": -0.1}, ["depth = -0.1", "greater than or equal to 0"]),
        ({"kind": "price_cut", "depth": "0.3"}, ["depth = '0.3'", "number"]),
        ({"kind": "price_cut", "dept": 0.3, "depth": 0.3}, ["'dept'", "did you mean 'depth'"]),
        ({"kind": "price_cut", "depth": 0.3, "customers": ["price"]}, ["'price'", "'personal'"]),
        ({"kind": "price_cut", "depth": 0.3, "customers": []}, ["customers", "at least 1"]),
        (
            {"kind": "price_cut", "depth": 0.3, "new_customers_only": True, "regions": ["west"]},
            ["all regions", "regions"],
        ),
        ({"kind": "hold", "reaction": "mach"}, ["reaction = 'mach'", "'match'"]),
        ({"kind": "hold", "reaction_step": 2.0}, ["reaction_step = 2.0"]),
        ({"kind": "retention", "save_share": 0.9}, ["must not exceed 1", "1.40"]),
        (
            {"kind": "portfolio", "members": {"a": {"kind": "hold", "x": 1}}},
            ["member 'a'", "no parameter 'x'"],
        ),
        ({"kind": "portfolio", "members": {"a": {}}}, ["member 'a'", "kind"]),
    ],
)
def test_what_cannot_be_is_refused_in_one_clear_message(data, words):
    with pytest.raises(QuestionError) as refused:
        read(data)
    message = str(refused.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


@given(
    st.sampled_from(kinds()),
    st.dictionaries(
        st.sampled_from(sorted({p for kind in kinds() for p in parameters_of(kind)}))
        | st.text(max_size=8),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=8)
        | st.lists(st.text(max_size=5), max_size=3),
        max_size=6,
    ),
)
def test_any_configuration_builds_or_is_refused_with_a_message(kind, parameters):
    message = kind
    try:
        build(kind, parameters)
    except QuestionError as error:
        message = str(error)
    assert kind in message


def test_a_strategy_sees_only_the_view():
    allowed = {"agents.actions", "agents.causes", "agents.observation"}
    # A predictor is chosen by name, and refused at once where its packages are missing.
    allowed |= {"agents.prediction.predictors", "agents.prediction.lstm"}
    for path in (ROOT / "strategies").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            # A mechanism's file declares the settings that a strategy switches it on with.
            allowed_here = allowed | {n for n in names if n.startswith("agents.mechanisms.")}
            upward = [n for n in names if n.split(".")[0] == "agents" and n not in allowed_here]
            assert not upward, f"{path.name} imports {upward}"
