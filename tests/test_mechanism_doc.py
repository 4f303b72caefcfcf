"""docs/new_mechanism.md, carried out: its files go into a copy of the project, tested there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "new_mechanism.md"
OTHERS = {
    "agents/mechanisms/registry.py", "strategies/stamp_card.py", "conf/strategy/stamp_card.yaml",
    "tests/test_stamp_card.py",
}  # fmt: skip


def files_of(page: str) -> dict[str, str]:
    """Files that a page shows: the path in backticks that begins a line, and the block after it."""
    block = re.compile(
        r"^`([\w/]+\.\w+)`[^`]*?^```(?:python|yaml|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL
    )
    return dict(block.findall(page))


def patched(text: str, change: str) -> str:
    """A file after a change that only adds lines, each after or before a line that it shows."""
    lines, near = text.splitlines(), change.splitlines()
    for at, line in enumerate(near):
        if not line.startswith("+"):
            continue
        after = near[at - 1][1:] if at and near[at - 1].startswith(" ") else None
        before = near[at + 1][1:]
        where = lines.index(after) + 1 if after is not None else lines.index(before)
        lines.insert(where, line[1:])
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the project with the mechanism of the page in it."""
    copy = tmp_path_factory.mktemp("extended")
    for folder in ("sim", "agents", "strategies", "experiments", "conf"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").mkdir()
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, copy / name)
    for path, text in files_of(PAGE.read_text(encoding="utf-8")).items():
        there = copy / path
        is_change = there.exists()
        there.write_text(patched(there.read_text("utf-8"), text) if is_change else text, "utf-8")
    return copy


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ) | {"PYTHONPATH": str(copy)}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copy, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_mechanism_needs_its_own_file_and_four_others():
    paths = set(files_of(PAGE.read_text(encoding="utf-8")))
    assert paths == OTHERS | {"agents/mechanisms/stamp_card.py"}


def test_the_documented_files_pass_the_lint(extended):
    names = sorted(files_of(PAGE.read_text(encoding="utf-8")))
    python = [name for name in names if name.endswith(".py")]
    ended = run(extended, "ruff", "check", "--no-cache", *python)
    assert ended.returncode == 0, ended.stdout


def test_the_documented_strategy_and_its_values_build(extended):
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


def test_the_documented_tests_pass(extended):
    """Compiles the market with one mechanism more: the slowest step, done once."""
    ended = run(extended, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_stamp_card.py")
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-1000:]
    assert "5 passed" in ended.stdout
