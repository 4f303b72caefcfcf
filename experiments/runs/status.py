"""`status.json`: what became of the last run in an output folder."""

import json
from pathlib import Path
from typing import Any, cast

from experiments.runs.files import write_atomically

STATUS = "status.json"
RUNNING, DONE, FAILED = "running", "done", "failed"


def write_status(folder: Path, status: str, error: str | None = None, **more: Any) -> None:
    """Say how it stands.

    Args:
        folder: the output folder.
        status: one of `RUNNING`, `DONE`, `FAILED`.
        error: what went wrong.
        more: which question it is about; once said, it stands until another is.
    """
    known = {} if status == RUNNING else {"question": read_status(folder).get("question")}
    told = {"status": status, "error": error} | {k: v for k, v in known.items() if v} | more
    text = json.dumps(told, indent=1, ensure_ascii=False)
    write_atomically(folder / STATUS, text + "\n")


def read_status(folder: Path) -> dict[str, Any]:
    """What was written last; empty if nothing that can be read."""
    try:
        found: Any = json.loads((folder / STATUS).read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
