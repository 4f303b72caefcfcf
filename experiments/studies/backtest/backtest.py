"""`counterplay experiment=backtest market=<name>`: would we have known?

A market as it stood before an event, fitted to nothing dated later; the moves that were made; and
what was then observed, beside two forecasts that know no market at all.
"""

from functools import partial

import numpy as np
import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from experiments.measures.schemas import WORLDS
from experiments.measures.study_schemas import BACKTEST
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from experiments.runs.worlds import describe_worlds, draw_worlds
from experiments.studies.backtest import report
from experiments.studies.backtest.case import HistoricalCase, read_case
from experiments.studies.backtest.evaluation import Backtest, Evaluation, Move, evaluate, questions
from experiments.studies.backtest.figures import painters
from experiments.studies.backtest.learnt import read_errors
from experiments.studies.backtest.members import (
    BacktestSettings,
    MemberRun,
    as_member,
    drawn_markets,
    lost_member,
    member_piece,
    names_of,
    read_options,
)
from experiments.studies.backtest.misses import explain
from experiments.studies.backtest.report_table import console_table
from sim.errors import QuestionError, RunError, is_of_machine

_MOST_MOVES_SHOWN = 8


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    read_options(question)
    read_case(question)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Backtest a market.

    Raises:
        QuestionError: the market has no history, a file cannot be used, or no member fits.
        RunError: no member could be lived for want of memory.
    """
    options = read_options(question)
    case = read_case(question)
    found, lived = backtest(question, case, options, store, listener)
    summary = report.summary(found) | {"ensemble": _ensemble(lived, options)}
    return Findings(
        question,
        summary,
        dict(report.tables(found)) | {"worlds": describe_worlds(question, draw_worlds(question))},
        dict(BACKTEST) | {"worlds": WORLDS},
        {"backtest.md": partial(report.markdown, found)},
        painters(found),
        _said(found, lived),
        main="backtest.md",
        failures=sum(bool(one.error) for one in lived),
    )


def backtest(
    question: Question,
    case: HistoricalCase,
    options: BacktestSettings,
    store: Store,
    listener: Listener,
) -> tuple[Evaluation, list[MemberRun]]:
    """Live all members and compare them with what was observed."""
    asked = questions_of(question, case)
    markets = drawn_markets(question, options)
    names = names_of(question, case, asked)
    tasks = [
        Task(
            names.of(f"member-{member:04d}", market=market),
            member_piece,
            (question, case, asked, market, member),
            partial(lost_member, member, len(asked)),
        )
        for member, market in enumerate(markets)
    ]
    listener.say(
        f"{question.market.label}: {len(asked)} figures and months asked of {len(markets)} members"
    )
    lived = gather(
        question, store, tasks, "Members of the ensemble", as_member, listener, good=_succeeded
    )
    good = [one for one in lived if not one.error and one.misfit <= options.largest_misfit]
    if not good:
        raise _why_none(question, case, lived, options)
    draws = np.concatenate([one.draws for one in good], axis=1)
    return evaluate(_described(question, case, len(good)), asked, draws, read_errors()), lived


def _succeeded(piece: Piece) -> bool:
    return not piece.facts["error"]


def questions_of(question: Question, case: HistoricalCase) -> pd.DataFrame:
    """What every member is asked (see `evaluation.questions`)."""
    return questions(_described(question, case, 0))


def _why_none(
    question: Question, case: HistoricalCase, lived: list[MemberRun], options: BacktestSettings
) -> QuestionError | RunError:
    errors = [one.error for one in lived if one.error]
    if errors and all(is_of_machine(error) for error in errors):
        return RunError(errors[0])
    if errors:
        return QuestionError(
            f"no member of the ensemble could be lived; the first failed with {errors[0]}"
        )
    nearest = min(lived, key=lambda one: one.misfit)
    assert nearest.worst is not None
    return QuestionError(explain(nearest.worst, case, question.subscribers, options.largest_misfit))


def _described(question: Question, case: HistoricalCase, members: int) -> Backtest:
    names = case.observations.labels()
    focal = question.focal
    shown = [
        Move(case.start + move.month, f"{names.get(name, name)}: {move.move} {move.plan}".strip())
        for name, moves in case.moves.items()
        for move in moves
        if case.start + move.month >= case.event and move.move not in ("advertise", "cover")
    ]
    return Backtest(
        name=case.market.name,
        label=question.market.label,
        currency=case.market.currency,
        observations=case.observations,
        event_month=case.event,
        event_label=case.settings.event_label,
        first_month=case.start,
        last_month=case.until,
        members=members,
        seeds=question.seeds,
        accounts=question.subscribers,
        lines_million=sum(then.event for then in case.market.lines_then().values()),
        moves=tuple(sorted(shown, key=lambda move: move.month)[:_MOST_MOVES_SHOWN]),
        spotlight=focal,
    )


def _said(found: Evaluation, lived: list[MemberRun]) -> list[RenderableType]:
    said: list[RenderableType] = [console_table(found)]
    aside = int(found.backtest.observations.not_predicted["rows"].sum())
    if aside:
        said.append(f"{aside} figures are set aside; why stands in backtest.md")
    failed = [one for one in lived if one.error]
    if failed:
        text = f"{len(failed)} members failed, the first: {failed[0].error}"
        said.append(Text(text, style="red"))
    return said


def _ensemble(lived: list[MemberRun], options: BacktestSettings) -> dict[str, object]:
    """What became of the members."""
    fitted = [one.misfit for one in lived if not one.error]
    return {
        "members": len(lived),
        "failed": [{"member": one.member, "error": one.error} for one in lived if one.error],
        "left_out_for_misfit": sum(misfit > options.largest_misfit for misfit in fitted),
        "largest_misfit_allowed": options.largest_misfit,
        "misfit_median": float(np.median(fitted)) if fitted else None,
        "drawn_from": options.ensemble or "ranges",
    }
