"""Everything that people read of an answer: memo, pictures, slides and workbook."""

from pathlib import Path

from experiments.analysis.summary import Summary
from experiments.report.deck import deck_of
from experiments.report.memo import draw, write_report
from experiments.report.words.pairs import Code
from experiments.report.workbook import workbook_of
from experiments.runs.files import write_bytes


def write_answer_files(summary: Summary, folder: Path, language: Code = "en") -> None:
    """Write `memo.html`, `figures/*.png`, `memo.pptx` and `tables.xlsx` to a folder."""
    pictures, missing = draw(summary, language)
    write_report(summary, folder, language, pictures, missing)
    write_bytes(folder / "memo.pptx", deck_of(summary, pictures, language))
    write_bytes(folder / "tables.xlsx", workbook_of(summary, language))
