"""The runs behind a backtest: members of the ensemble, each fitted, lived and asked."""

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from agents.settings import MarketSettings
from experiments.endings import obey
from experiments.question.errors import explain_validation, validated
from experiments.question.places import find
from experiments.question.question import Question
from experiments.question.targets import places
from experiments.runs.answer_folder import check_input
from experiments.runs.fingerprint import Names, asked_of, digest_of_file
from experiments.runs.store import Piece
from experiments.runs.worlds import draw_worlds, market_of
from experiments.studies.backtest.calibration import known_of, place
from experiments.studies.backtest.case import HistoricalCase
from experiments.studies.backtest.misses import Miss
from experiments.studies.backtest.observations import Naming
from experiments.studies.backtest.predictions import Member, predict_member
from experiments.studies.backtest.replay import localised, play, series
from sim.errors import QuestionError, is_of_machine, named
from sim.schema import Settings


class BacktestSettings(Settings):
    """Options of `experiment=backtest`."""

    ensemble: str | None = None
    """An `ensemble.parquet`: members are drawn from it, not from the ranges."""
    largest_misfit: float = Field(default=0.15, gt=0, le=10)
    """Members further than this from what was known before the event are left out, and counted."""


@dataclass(frozen=True)
class MemberRun:
    """One member's answers, or why there are none."""

    member: int
    draws: NDArray[np.float64]
    """`[row of what was asked, seed]`; empty if it failed."""
    misfit: float
    """Largest log difference from national shares and revenue on the eve of the event."""
    error: str = ""
    worst: Miss | None = None
    """Which of those figures differs most; none of a failed one."""


def read_options(question: Question) -> BacktestSettings:
    """The experiment's own options. Raises `QuestionError`."""
    return validated(BacktestSettings, question.options, "experiment")


def drawn_markets(question: Question, options: BacktestSettings) -> list[MarketSettings]:
    """Each member's market: behaviour drawn from the ranges, or from an ensemble that was found."""
    if options.ensemble is None:
        return [market_of(question, draw) for draw in draw_worlds(question)]
    return _from_ensemble(question, find(options.ensemble, question.folders, "experiment.ensemble"))


def _from_ensemble(question: Question, path: Path) -> list[MarketSettings]:
    """Members drawn by weight, systematically: with the same seed the same members."""
    table = _read_ensemble(path)
    weight = table.pop("weight") if "weight" in table else pd.Series(np.ones(len(table)))
    first = np.random.default_rng(question.seed).random()
    at = (first + np.arange(question.worlds)) / question.worlds
    chosen = np.searchsorted(np.cumsum(weight / weight.sum()), at).clip(0, len(table) - 1)
    scales = {wanted.path: wanted.scale for wanted in question.ranges}
    return [_member(question, table.iloc[int(row)], scales) for row in chosen]


def _read_ensemble(path: Path) -> pd.DataFrame:
    where = f"experiment.ensemble = '{path.name}'"
    check_input(path, where)
    try:
        with path.open("rb") as file:  # Arrow would take a name with a colon for an address
            table = pd.read_parquet(file)
    except (OSError, ValueError, NotImplementedError) as error:
        raise QuestionError(f"{where}: cannot be read as Parquet: {error}") from None
    if table.empty:
        raise QuestionError(f"{where}: holds no members")
    for name, column in table.items():
        if not pd.api.types.is_numeric_dtype(column) or not np.isfinite(column).all():
            raise QuestionError(f"{where}: {name}: each value must be a finite number")
    if "weight" in table and ((table["weight"] < 0).any() or table["weight"].sum() <= 0):
        raise QuestionError(f"{where}: weight: must not be negative, nor all zero")
    return table


def _member(question: Question, row: "pd.Series[float]", scales: dict[str, str]) -> MarketSettings:
    data = question.market.model_dump()
    for path, value in row.items():
        scale = scales.get(str(path), "value")
        for target in places(data, str(path)):
            target.holder[target.key] = _changed(target.value, float(value), scale)
    try:
        return MarketSettings.model_validate(data)
    except ValidationError as error:
        said = explain_validation(error, MarketSettings, "market")
        raise QuestionError(f"experiment.ensemble: {said}") from None


def _changed(was: Any, value: float, scale: str) -> Any:
    if scale == "value":
        return value
    if isinstance(was, dict):
        numbers = cast("dict[str, float]", was)
        return {key: number * value for key, number in numbers.items()}
    return was * value


def live_member(
    question: Question,
    case: HistoricalCase,
    asked: pd.DataFrame,
    settings: MarketSettings,
    member: int,
) -> MemberRun:
    """Fit one member to the time before, play the moves, answer; a failure is recorded."""
    seed = question.seed * 1_000_000 + member * 1_000
    try:
        here = localised(settings, case)
        placed = place(here, case, known_of(case), question.subscribers, seed)
        answers = [
            predict_member(
                asked, Member(_lived(placed.settings, case, question, seed + k)), _of(case)
            )
            for k in range(question.seeds)
        ]
        return MemberRun(member, np.column_stack(answers), placed.misfit, worst=placed.worst)
    except Exception as error:  # noqa: BLE001 - whatever fails is recorded, the others go on
        obey()
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = named(error)
        if not is_of_machine(said):
            said += f" ({where.name}, line {where.lineno})"
        return _failed(member, len(asked), said)


def _failed(member: int, asked: int, why: str) -> MemberRun:
    """A member that answers none of what was asked."""
    return MemberRun(member, np.empty((asked, 0)), float("nan"), why)


def _lived(
    settings: MarketSettings, case: HistoricalCase, question: Question, seed: int
) -> pd.DataFrame:
    market = play(settings, case, question.subscribers, seed)
    return series(market.run(case.months), case)


def _of(case: HistoricalCase) -> Naming:
    return case.observations.naming


def names_of(question: Question, case: HistoricalCase, asked: pd.DataFrame) -> Names:
    """Names of the members' pieces: what a member is asked, and the files its history is read from.

    The market that is drawn for a member is added for each.
    """
    files = [case.settings.moves, *case.settings.observations]
    decides = {
        "files": {name: digest_of_file(find(name, question.folders, "history")) for name in files},
        "history": case.settings,
        "market": case.market,
        "asked": asked.to_json(orient="split", double_precision=15),
        "seeds": question.seeds,
    }
    return Names(member_piece, asked_of(question) | decides)


def member_piece(
    question: Question,
    case: HistoricalCase,
    asked: pd.DataFrame,
    settings: MarketSettings,
    member: int,
) -> Piece:
    """One member lived, as it is kept."""
    return _as_piece(live_member(question, case, asked, settings, member))


def lost_member(member: int, asked: int, why: str) -> Piece:
    """A member of which nothing is known but why, as it is kept."""
    return _as_piece(_failed(member, asked, why))


def _as_piece(lived: MemberRun) -> Piece:
    arrays = {"draws": lived.draws, "misfit": np.array([lived.misfit])}
    worst = None if lived.worst is None else lived.worst.facts()
    facts = {"member": lived.member, "error": lived.error, "worst": worst}
    return Piece.of(arrays=arrays, facts=facts)


def as_member(piece: Piece) -> MemberRun:
    """The member in a piece."""
    facts, misfit = piece.facts, float(piece.array("misfit")[0])
    worst = Miss.of(facts["worst"])
    return MemberRun(facts["member"], piece.array("draws"), misfit, facts["error"], worst)
