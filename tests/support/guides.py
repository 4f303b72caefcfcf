"""Guides that show whole files, carried out: the files go into a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from numba.core.caching import UserProvidedCacheLocator

from experiments.paths import ROOT
from sim.compile import KERNELS

_FILE = re.compile(
    r"^`([\w/]+\.\w+)`(?:(?!^```).)*?^```(?:python|yaml|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL
)


def files_of(guide: str) -> dict[str, str]:
    """Files that a guide shows: a path in backticks that begins a line, and the next block."""
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    return dict(_FILE.findall(text))


def patched(text: str, change: str) -> str:
    """A file after a change; each part adds lines before or after the one line that it shows."""
    lines = text.splitlines()
    for part in change.split("@@\n"):
        near = part.splitlines()
        (shown,) = (line[1:] for line in near if line.startswith(" "))
        at = lines.index(shown) + near[0].startswith(" ")
        lines[at:at] = [line[1:] for line in near if line.startswith("+")]
    return "\n".join(lines) + "\n"


def copy_with(files: Mapping[str, str], copy: Path) -> Path:
    """A copy of the project with new files in it, and others changed."""
    for folder in ("sim", "agents", "strategies", "experiments", "counterplay", "conf", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").mkdir()
    for name in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / name, copy / name)
    for path, text in files.items():
        there = copy / path
        changed = patched(there.read_text("utf-8"), text) if there.exists() else text
        there.write_text(changed, "utf-8")
    _take_kernels(copy)
    return copy


def _take_kernels(copy: Path) -> None:
    """Give the copy what is compiled already; Numba looks at date and size of each source."""
    name_of = UserProvidedCacheLocator.get_suitable_cache_subpath
    for source in (copy / "agents", *(copy / "agents").glob("*/")):
        original = ROOT / source.relative_to(copy)
        made = KERNELS / name_of(str(original / "any.py"))
        if made.is_dir():
            kept = copy / "sim" / "__pycache__" / KERNELS.name / name_of(str(source / "any.py"))
            shutil.copytree(made, kept)


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """`python -m` some command, in the copy and with its code."""
    environment = dict(os.environ) | {"PYTHONPATH": str(copy)}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copy, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
