"""docs/python.md, run from top to bottom as a reader would."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import counterplay as cp
from experiments.paths import ROOT

PAGE = ROOT / "docs" / "python.md"


def blocks() -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_block_runs_and_writes_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cp, "compare", partial(cp.compare, burn_in=1, jobs=1))  # for speed only
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks():
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    assert {path.name for path in tmp_path.iterdir()} == {"memo.html", "answer", "kept"}
    said = capsys.readouterr()
    assert "did you mean 'depth'" in said.out
    assert not said.err
    assert names["lines"]
    assert len(names["npv"]) == 2
    assert {path.suffix for path in (tmp_path / "kept" / "cells").iterdir()} == {".piece"}


def test_the_page_shows_no_other_name_than_there_is() -> None:
    used = set(re.findall(r"\bcp\.(\w+)", PAGE.read_text(encoding="utf-8")))
    assert used <= set(dir(cp)), used - set(dir(cp))
