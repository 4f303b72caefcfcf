"""`counterplay experiment=pilot`: from a comparison to a pilot that can fail, or to none.

Options → comparison (`source.py`) → effects, noise, grid and plan (`experiments/analysis/pilot`) →
one page, in the question's language (`experiments/report/pilot_*.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import override

from rich.console import RenderableType

from experiments.analysis.answer import QuestionLabels
from experiments.analysis.arms import compare_arms
from experiments.analysis.paired import HOLD
from experiments.analysis.pilot.effects import Effects, effects_of
from experiments.analysis.pilot.history import RegionalSeries, read_series
from experiments.analysis.pilot.noise import Noise
from experiments.analysis.pilot.plan import Plan
from experiments.analysis.pilot.planning import piloted, planned
from experiments.analysis.pilot.settings import PilotSettings
from experiments.analysis.pilot.summary import PilotSummary
from experiments.measures.schemas import write_table
from experiments.measures.study_schemas import PILOT_DESIGNS, PILOT_REGIONS, PILOT_WORLDS
from experiments.plain_matplotlib import plain
from experiments.question.errors import validated
from experiments.question.market_form import need_full_market
from experiments.question.places import find
from experiments.question.question import Question
from experiments.report import pilot_files, style
from experiments.report.pilot_figures import PilotFigures
from experiments.report.pilot_json import (
    designs_table,
    plan_json,
    regions_table,
    worlds_table,
)
from experiments.report.pilot_page import render_plan
from experiments.report.pilot_texts import reason_text, title
from experiments.report.stored import LABELS, labels_text
from experiments.report.stored_plan import plan_sentences
from experiments.report.words.words import Words
from experiments.runs.files import write_atomically, write_bytes
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.study import StudyResult
from experiments.studies.pilot.source import Source, asked, stored
from sim.errors import QuestionError
from sim.names import check as check_names


@dataclass(frozen=True, eq=False)
class PilotPlanned(StudyResult):
    """A plan, the noise it was made in, and how its things are called."""

    question: Question
    labels: QuestionLabels
    plan: Plan
    noise: Noise
    history: RegionalSeries | None
    settings: PilotSettings

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write page, data, workbook, pictures, tables, exports and the example of results."""
        words = Words(self.labels, self.question.language)
        pictures: dict[str, bytes] = {}
        for name, paint in PilotFigures(self.plan, words).painters().items():
            with plain():
                figure = paint()
                if figure is not None:
                    pictures[name] = style.png(figure)
        page = render_plan(
            self.plan, words, pictures, before=self.settings.before,
            reading_months=self.settings.reading_months,
        )  # fmt: skip
        write_atomically(folder / "plan.html", page)
        write_atomically(folder / "plan.json", plan_json(self.plan, words))
        write_bytes(folder / "plan.xlsx", pilot_files.plan_book(self.plan, words))
        for name, picture in pictures.items():
            write_bytes(folder / "figures" / f"{name}.png", picture)
        write_table(folder / "pilot_worlds.parquet", worlds_table(self.plan), PILOT_WORLDS)
        write_table(folder / "pilot_regions.parquet", regions_table(self.plan), PILOT_REGIONS)
        write_table(folder / "pilot_designs.parquet", designs_table(self.plan), PILOT_DESIGNS)
        write_atomically(folder / LABELS, labels_text(self.labels))
        export = pilot_files.geo_export(self.plan, self.noise, self.history)
        results, truth = pilot_files.example_results(self.plan, self.noise)
        write_atomically(folder / "geo_export.csv", export)
        write_atomically(folder / "geo_assignment.csv", pilot_files.geo_assignment(self.plan))
        write_atomically(folder / "example_results.csv", results)
        write_atomically(folder / "example_truth.json", truth)

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """The plan in two sentences, and where it is."""
        words = Words(self.labels, self.question.language)
        summary = PilotSummary.of(self.plan)
        said = [f"\n{title(self.plan, words)}", reason_text(summary, words)]
        said += plan_sentences(summary, words) if summary.feasible else []
        return [*said, f"\nPlan: {out / 'plan.html'}"]


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    settings = _settings(question)
    if settings.answer is None:
        need_full_market(question)
        if set(question.strategies) == {HOLD}:
            raise QuestionError(
                "strategies names nothing to pilot beside 'hold'; name at least one option"
            )
        if settings.option is not None:
            check_names("experiment.option", [settings.option], set(question.strategies) - {HOLD})
    if not settings.choices and not settings.regions:
        raise QuestionError(
            "experiment.choices and experiment.regions are both empty: no regions would be tried"
        )


def run(question: Question, store: Store, listener: Listener) -> PilotPlanned:
    """Plan a pilot.

    Raises:
        QuestionError: there is no such answer, option, region or file, or it holds what it should
            not.
        RunError: the machine does not let us.
    """
    settings = _settings(question)
    if settings.answer is None:
        source = asked(question, store, listener)
    else:
        source = stored(Path(settings.answer))
    option = _option(settings, source)
    listener.say(f"A pilot of {option} …")
    effects = effects_of(source.answer, source.regional, option)
    check_names("experiment.regions", settings.regions, effects.regions)
    history = _history(question, settings, effects)
    found = planned(effects, settings, history)
    return PilotPlanned(question, source.answer.labels, found.plan, found.noise, history, settings)


def _settings(question: Question) -> PilotSettings:
    return validated(PilotSettings, question.options, "experiment")


def _option(settings: PilotSettings, source: Source) -> str:
    """What is piloted: as asked, as recommended, or what comes nearest to being better."""
    lived = [arm for arm in source.answer.labels.arms if arm != HOLD]
    if settings.option is not None:
        check_names("experiment.option", [settings.option], lived)
        return settings.option
    _, _, arms, _, recommendation = compare_arms(source.answer.of_options())
    return piloted(recommendation.featured, arms)


def _history(
    question: Question, settings: PilotSettings, effects: Effects
) -> RegionalSeries | None:
    if settings.history is None:
        return None
    path = find(settings.history, question.folders, "experiment.history")
    series = read_series(path, "experiment.history", effects.regions)
    missing = [name for name in settings.measures if name not in series.values]
    if len(missing) == len(settings.measures):
        raise QuestionError(
            f"experiment.history '{path}' holds none of the measures asked for "
            f"({', '.join(settings.measures)}); it holds {', '.join(series.values)}"
        )
    return series
