"""What most studies hand over: a summary, tables, pages and pictures, in memory until written."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, override

import pandas as pd
from matplotlib.figure import Figure
from rich.console import RenderableType

from experiments.measures.schemas import TableSchema, write_table
from experiments.question.question import Question
from experiments.report.pictures import write_picture
from experiments.runs.files import write_atomically
from experiments.runs.listener import Listener
from experiments.runs.study import StudyResult

type Painter = Callable[[], Figure | bytes | None]
type Page = str | Callable[[list[str]], str]
"""A page's text; or what makes it, given the names of the pictures that could be drawn."""


@dataclass(frozen=True, eq=False)
class Findings(StudyResult):
    """The result of a study: plain findings and tables, and how they are reported."""

    question: Question
    summary: Mapping[str, Any]
    """The findings as plain data, as `summary.json` holds them."""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict[str, pd.DataFrame])
    """Tables by name; each becomes `<name>.parquet`."""
    schemas: Mapping[str, TableSchema] = field(default_factory=dict[str, TableSchema])
    """What each table's columns are."""
    pages: Mapping[str, Page] = field(default_factory=dict[str, Page])
    """Text files by name, ending included."""
    pictures: Mapping[str, Painter] = field(default_factory=dict[str, Painter])
    """What draws each picture; it becomes `<name>.png`."""
    said: Sequence[RenderableType] = ()
    """What a terminal shows in the end."""
    main: str = "summary.json"
    """The file to look at first."""
    summary_file: str = "summary.json"
    failures: int = 0

    @property
    @override
    def failed(self) -> int:
        """How many parts failed."""
        return self.failures

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write the summary, all tables, pages and pictures."""
        text = json.dumps(self.summary, indent=1, allow_nan=False)
        write_atomically(folder / self.summary_file, text)
        for name, table in self.tables.items():
            write_table(folder / f"{name}.parquet", table, self.schemas[name])
        drawn = [
            f"{name}.png"
            for name, paint in self.pictures.items()
            if write_picture(folder / f"{name}.png", paint, listener)
        ]
        for name, page in self.pages.items():
            write_atomically(folder / name, page if isinstance(page, str) else page(drawn))

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """What came out, and where to look first."""
        return [*self.said, f"Written: {out / self.main}"]
