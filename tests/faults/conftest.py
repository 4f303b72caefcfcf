"""Faults: campaigns are found by name, and what they count is shown as one table."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

_COLUMNS = (
    "trials", "faults", "lost", "duplicated", "different", "wrong_without_word", "orphans",
    "leftovers", "tracebacks", "hangs",
)  # fmt: skip


def pytest_sessionstart(session: pytest.Session) -> None:
    """The controller clears the last session's counts; workers only add to them."""
    if not hasattr(session.config, "workerinput"):
        for path in _folder(session.config).glob("*.json"):
            path.unlink()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, once for all workers."""
    found = sorted(_folder(config).glob("*.json"))
    if not found:
        return
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    rows.append({"name": "all", **{c: sum(row[c] for row in rows) for c in _COLUMNS}})
    write = terminalreporter.write_line
    terminalreporter.section("faults")
    write(f"{'campaign':48}" + "".join(f"{c.replace('_', ' '):>20}" for c in _COLUMNS))
    for row in rows:
        write(f"{row['name']:48}" + "".join(f"{row[c]:>20}" for c in _COLUMNS))


def _folder(config: pytest.Config) -> Path:
    assert config.cache is not None
    return Path(config.cache.mkdir("faults"))


@pytest.fixture
def keep_counts(request: pytest.FixtureRequest) -> Any:
    """Put a campaign's counts where the summary finds them."""

    def keep(name: str, counts: Any) -> None:
        row = {"name": name, **{column: getattr(counts, column) for column in _COLUMNS}}
        path = _folder(request.config) / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.json"
        path.write_text(json.dumps(row), encoding="utf-8")

    return keep
