"""An answer as it lies in its folder: read back whole, so that it can be written again.

The tables are the folder's own; `answer.json` holds what no table does: the question's labels, the
misfit and the runs that failed.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from experiments.analysis.answer import Answer, QuestionLabels
from experiments.report.words.pairs import Code
from experiments.runs.answer_folder import MANIFEST, not_as_written
from experiments.runs.sweep import FILES
from sim.errors import QuestionError

FACTS = "answer.json"
LABELS = "labels.json"
"""What the things of a question are called, where no whole answer is kept."""
_WORLDS = "worlds.parquet"
_LABELS = TypeAdapter(QuestionLabels)
_BESIDE = ("misfit", "failures")


def facts_of(answer: Answer) -> str:
    """The text of `answer.json`."""
    beside = {name: getattr(answer, name) for name in _BESIDE}
    return json.dumps({"labels": asdict(answer.labels), **beside}, indent=1, ensure_ascii=False)


def labels_text(labels: QuestionLabels) -> str:
    """The text of `labels.json`."""
    return json.dumps(asdict(labels), indent=1, ensure_ascii=False)


def read_labels(path: Path) -> QuestionLabels:
    """Labels in a file. Raises `OSError` or `ValueError`."""
    return _LABELS.validate_python(json.loads(path.read_text(encoding="utf-8")))


def read_answer(folder: Path, asked_by: str = "memo") -> Answer:
    """The answer in a folder; `asked_by` is the command or option that names it, for messages.

    Raises:
        QuestionError: the folder holds none, or what it holds cannot be read or is not what the
            run wrote there.
    """
    where = f"{asked_by} '{folder}'"
    _check_as_written(folder, where)
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        labels = _LABELS.validate_python(facts["labels"])
        tables = {name: _table(folder / file) for name, file in FILES.items()}
        worlds = _table(folder / _WORLDS)
    except (OSError, ValueError, LookupError, ValidationError, pa.ArrowException) as error:
        said = next(iter(str(error).splitlines()), "")
        raise QuestionError(
            f"{where}: its answer cannot be read ({type(error).__name__}: {said}); run the "
            "question again: finished cells are taken over"
        ) from None
    beside = {name: facts[name] for name in _BESIDE if name in facts}
    return Answer(labels=labels, worlds=worlds, **tables, **beside)


def _check_as_written(folder: Path, where: str) -> None:
    """Tables of another run, or with a byte changed, would be told as this answer's."""
    names = (FACTS, _WORLDS, *FILES.values())
    for name in (*names, MANIFEST):
        if not (folder / name).is_file():
            raise QuestionError(
                f"{where}: it holds no answer to a comparison ({name} is missing); give "
                "the folder that 'out' named, such as outputs/compare"
            )
    changed = not_as_written(folder, names)
    if changed:
        raise QuestionError(
            f"{where}: {', '.join(changed)}: not as the run wrote it (manifest.json has "
            "another checksum): changed, damaged or of another answer; run the question again: "
            "finished cells are taken over"
        )


def _table(path: Path) -> pd.DataFrame:
    """One table; of the monthly one, the rows for the whole country and all segments."""
    filters = [("region", "==", "all"), ("segment", "==", "all")]
    monthly = path.name == FILES["monthly"]
    with path.open("rb") as file:  # Arrow would take a name with a colon for an address
        return pq.read_table(file, filters=filters if monthly else None).to_pandas()


def labels_language(folder: Path) -> Code:
    """The language that an answer was written in; English if that is not known."""
    try:
        language = json.loads((folder / "manifest.json").read_bytes())["answer"]["language"]
    except (OSError, ValueError, LookupError, TypeError):
        return "en"
    return "zh" if language == "zh" else "en"
