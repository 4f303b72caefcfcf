"""docs/new_study.md, carried out: its files go into a copy of the project, tested there."""

from pathlib import Path

import pytest
from guides import copy_with, files_of, run

FILES = files_of("new_study.md")
OTHERS = {
    "conf/experiment/cut_depths.yaml", "experiments/question/registry.py",
    "experiments/measures/study_schemas.py", "docs/kpis.md", "tests/test_cut_depths.py",
}  # fmt: skip


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the study of the page in it."""
    return copy_with(FILES, tmp_path_factory.mktemp("extended"))


def test_a_study_needs_its_own_file_and_five_others() -> None:
    assert set(FILES) == OTHERS | {"experiments/studies/cut_depths.py"}


def test_the_documented_files_pass_the_lint(extended: Path) -> None:
    python = sorted(name for name in FILES if name.endswith(".py"))
    ended = run(extended, "ruff", "check", "--no-cache", *python)
    assert ended.returncode == 0, ended.stdout
    ended = run(extended, "ruff", "format", "--no-cache", "--check", *python)
    assert ended.returncode == 0, ended.stdout


def test_the_documented_tests_pass(extended: Path) -> None:
    ended = run(extended, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_cut_depths.py")
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-1000:]
    assert "6 passed" in ended.stdout
