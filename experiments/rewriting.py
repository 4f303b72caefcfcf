"""An answer written again from its stored results, in either language; nothing is simulated."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from experiments.analysis.summary import summarise
from experiments.report.answer_files import write_answer_files
from experiments.report.stored import labels_language, read_answer
from experiments.report.stored_plan import with_plan
from experiments.report.words.pairs import CODES, Code
from experiments.runs.answer_folder import replace_in_answer
from experiments.runs.display import OnConsole
from experiments.runs.locks import FolderLock
from sim.errors import QuestionError
from sim.names import unknown


def rewrite(folder: Path, overrides: Sequence[str], console: Console) -> None:
    """Write `memo.html`, `memo.pptx`, `tables.xlsx` and the pictures of an answer again.

    Args:
        folder: where the answer lies.
        overrides: nothing, or `language=…`; without, the language is that of the answer.
        console: where it is said what was written.

    Raises:
        QuestionError: the folder holds no answer, or there is no such language.
        FolderInUseError: a run works in the folder.
    """
    if not folder.is_dir():
        raise QuestionError(f"memo '{folder}': there is no such folder")
    with_lock = FolderLock(folder, OnConsole(console))
    with_lock.acquire()
    try:
        language = _language(overrides) or labels_language(folder)
        summary = with_plan(summarise(read_answer(folder)), folder)
        console.print("Writing the answer …")
        with replace_in_answer(folder, language) as new:
            write_answer_files(summary, new, language)
    finally:
        with_lock.release()
    console.print(f"Memo: {folder / 'memo.html'}", markup=False, highlight=False, soft_wrap=True)


def _language(overrides: Sequence[str]) -> Code | None:
    if len(overrides) > 1:
        raise QuestionError("language is given twice")
    for override in overrides:
        value = override.partition("=")[2]
        for code in CODES:
            if value == code:
                return code
        raise unknown("language", value, CODES)
    return None
