"""`counterplay experiment=pilot_read`: a pilot's results read by the rule that its plan laid down.

The folder that `experiment=pilot` wrote → the operator's CSV → estimate, worlds weighed, decision.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, override

import numpy as np
import pandas as pd
from pydantic import Field
from rich.console import RenderableType

from experiments.analysis.answer import QuestionLabels
from experiments.analysis.pilot.history import RegionalSeries, month_number, read_series
from experiments.analysis.pilot.measures import Floats
from experiments.analysis.pilot.results import (
    LEAST_BEFORE,
    PilotResult,
    Registered,
    read_result,
    registered,
)
from experiments.plain_matplotlib import plain
from experiments.question.errors import validated
from experiments.question.places import find
from experiments.question.question import Question
from experiments.report import style
from experiments.report.pilot_result_page import (
    headline,
    reason,
    render_result,
    result_figure,
    result_json,
    warnings,
)
from experiments.report.stored import LABELS, read_labels
from experiments.report.words.words import Words
from experiments.runs.answer_folder import check_input
from experiments.runs.files import write_atomically, write_bytes
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.study import StudyResult
from sim.errors import QuestionError
from sim.schema import Settings


class PilotReadSettings(Settings):
    """Options of `experiment=pilot_read`."""

    plan: str | None = None
    """Folder that `experiment=pilot` wrote."""
    data: str | None = None
    """CSV of region, month, measure, value, from before the launch on."""
    launch: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None
    """Month in which customers first saw the offer."""


@dataclass(frozen=True, eq=False)
class PilotRead(StudyResult):
    """A pilot's result, and the plan and figures it was read by."""

    question: Question
    labels: QuestionLabels
    arm: str
    registered: Registered
    series: RegionalSeries
    before: int
    found: PilotResult

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write page, data and picture."""
        words = Words(self.labels, self.question.language)
        with plain():
            figure = result_figure(self.series, self.registered, self.before, words)
            picture = style.png(figure)
        page = render_result(self.found, self.registered, self.arm, picture, words)
        write_atomically(folder / "read.html", page)
        write_atomically(folder / "read.json", result_json(self.found, self.registered, self.arm))
        write_bytes(folder / "figures" / "result.png", picture)

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """The decision, why, and what must be known."""
        words = Words(self.labels, self.question.language)
        said = (headline(self.found, self.arm, words), reason(self.found, self.registered, words))
        return ["", *said, *warnings(self.found, words), f"\nResult: {out / 'read.html'}"]


@dataclass(frozen=True)
class _Plan:
    """What is read of a plan's folder."""

    data: dict[str, Any]
    labels: QuestionLabels
    worlds: pd.DataFrame
    regions: pd.DataFrame


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    settings = validated(PilotReadSettings, question.options, "experiment")
    for key, example in (
        ("plan", "outputs/pilot"), ("data", "my_results.csv"), ("launch", "2026-01"),
    ):  # fmt: skip
        if getattr(settings, key) is None:
            raise QuestionError(
                f"experiment.{key} must be given, such as experiment.{key}={example}"
            )


def run(question: Question, store: Store, listener: Listener) -> PilotRead:
    """Read a pilot's results.

    Raises:
        QuestionError: the plan or the results cannot be read, or do not fit each other.
    """
    del store, listener  # nothing is simulated
    check(question)
    settings = validated(PilotReadSettings, question.options, "experiment")
    folder = Path(settings.plan or "")
    kept = _read_plan(folder)
    plan = registered(kept.data, f"experiment.plan '{folder}'")
    path = find(settings.data or "", question.folders, "experiment.data")
    where = f"experiment.data '{path}'"
    regions = [str(name) for name in kept.regions["region"]]
    places = plan.regions if plan.in_groups else regions
    series = read_series(path, "experiment.data", places, LEAST_BEFORE + plan.months)
    launch = month_number(settings.launch or "", "experiment.launch")
    lines = dict(zip(regions, map(float, kept.regions["lines"]), strict=True))
    found = read_result(
        series, plan, launch, _by_world(kept.worlds, "effect"),
        _by_world(kept.worlds, "going_on_yuan"), lines, where,
    )  # fmt: skip
    arm = str(kept.data["option"])
    before = launch - series.first
    return PilotRead(question, kept.labels, arm, plan, series, before, found)


def _read_plan(folder: Path) -> _Plan:
    said = f"experiment.plan '{folder}'"
    folder = folder.parent if folder.name == "plan.json" else folder
    for name in ("plan.json", LABELS, "pilot_worlds.parquet", "pilot_regions.parquet"):
        check_input(folder / name, f"experiment.plan '{folder / name}'")
    try:
        return _Plan(
            json.loads((folder / "plan.json").read_text(encoding="utf-8")),
            read_labels(folder / LABELS),
            pd.read_parquet(folder / "pilot_worlds.parquet"),
            pd.read_parquet(folder / "pilot_regions.parquet"),
        )
    except FileNotFoundError as error:
        raise QuestionError(
            f"{said}: it holds no plan of a pilot ({Path(error.filename or '').name} is missing); "
            "give the folder that experiment=pilot wrote, such as outputs/pilot"
        ) from None
    except (OSError, ValueError) as error:
        raise QuestionError(f"{said}: it cannot be read ({type(error).__name__})") from None


def _by_world(table: pd.DataFrame, column: str) -> dict[bool, Floats]:
    return {
        bool(extended): rows.sort_values("world")[column].to_numpy(np.float64)
        for extended, rows in table.groupby("extended")
    }
