"""What the page of checks says in short, as data that every report can show.

It is read off `docs/validation.md`, so that the two cannot differ; `make validate` and `make docs`
write it.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from experiments.paths import ROOT
from experiments.report.trust import DIGEST
from experiments.runs.files import write_atomically

PAGE = ROOT / "docs" / "validation.md"
_VERDICTS = {"holds": "holds", "**fails**": "fails", "shown": "shown"}
_CELL = re.compile(r"(?<!\\)\|")


def digest_of(page: str) -> dict[str, Any]:
    """Counts of verdicts and the failing figures, by the page's sections.

    Returns:
        `sections`, each with `group`, `title`, `holds`, `fails`, `shown`, and `rows`: `claim`,
        `expected`, `measured`, `verdict`.

    Raises:
        ValueError: the page holds no checks.
    """
    sections: list[dict[str, Any]] = []
    group = ""
    for line in page.splitlines():
        if line.startswith("## "):
            group = line.removeprefix("## ")
        elif line.startswith("### "):
            sections.append({"group": group, "title": line.removeprefix("### "), "rows": []})
        elif line.startswith("| ") and sections and (row := _row(line)) is not None:
            sections[-1]["rows"].append(row)
    sections = [_counted(section) for section in sections if section["rows"]]
    if not sections:
        raise ValueError("the page holds no checks")
    return {"sections": sections}


def _row(line: str) -> dict[str, str] | None:
    """A line of a table of checks; `None` for lines of other tables."""
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
    if len(cells) != 4 or cells[3] not in _VERDICTS:
        return None
    claim, expected, measured, word = cells
    return {
        "claim": claim, "expected": expected, "measured": measured, "verdict": _VERDICTS[word],
    }  # fmt: skip


def _counted(section: dict[str, Any]) -> dict[str, Any]:
    count = Counter(row["verdict"] for row in section["rows"])
    return section | {word: count[word] for word in _VERDICTS.values()}


def write_digest(page: Path = PAGE) -> None:
    """Write `conf/data/validation.json` from a page of checks."""
    digest = digest_of(page.read_text(encoding="utf-8"))
    write_atomically(DIGEST, json.dumps(digest, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write_digest()
