"""docs/new_mechanism.md, carried out: its files go into a copy of the project, tested there."""

from pathlib import Path

import pytest
from guides import copy_with, files_of, run

FILES = files_of("new_mechanism.md")
OTHERS = {
    "agents/mechanisms/registry.py", "strategies/stamp_card.py", "conf/strategy/stamp_card.yaml",
    "tests/test_stamp_card.py",
}  # fmt: skip


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the mechanism of the page in it."""
    return copy_with(FILES, tmp_path_factory.mktemp("extended"))


def test_a_mechanism_needs_its_own_file_and_four_others() -> None:
    assert set(FILES) == OTHERS | {"agents/mechanisms/stamp_card.py"}


def test_the_documented_files_pass_the_lint(extended: Path) -> None:
    python = sorted(name for name in FILES if name.endswith(".py"))
    ended = run(extended, "ruff", "check", "--no-cache", *python)
    assert ended.returncode == 0, ended.stdout


def test_the_documented_strategy_and_its_values_build(extended: Path) -> None:
    code = """
from pathlib import Path
from ruamel.yaml import YAML
from strategies.registry import read
data = YAML(typ="safe").load(Path("conf/strategy/stamp_card.yaml").read_text("utf-8"))
words = ("label", "label_zh", "description", "description_zh")
read({key: value for key, value in data.items() if key not in words})
"""
    (extended / "plays.py").write_text(code, encoding="utf-8")
    ended = run(extended, "plays")
    assert ended.returncode == 0, ended.stderr


def test_the_documented_tests_pass(extended: Path) -> None:
    """Compiles the market with one mechanism more: the slowest step, done once."""
    ended = run(extended, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_stamp_card.py")
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-1000:]
    assert "5 passed" in ended.stdout
