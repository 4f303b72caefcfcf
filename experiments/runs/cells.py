"""One cell of an experiment: one world and one seed, lived to the shock, then forked by arm."""

import gc
import traceback
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from agents.market import Market
from agents.observation import Strategy
from agents.prediction.crm import RISK_MONTHS
from agents.settings import CalibrationSettings, MarketSettings
from experiments.endings import obey
from experiments.measures.cohorts import CohortBook
from experiments.measures.counterfactuals import Diary, compare_counterfactuals, main_operator
from experiments.measures.kpis import kpis_of, monthly_table
from experiments.measures.log_table import log_table
from experiments.measures.money import money_table
from experiments.measures.reactions import answers_of
from experiments.question.question import HOLD, NO_ATTACK, Question
from experiments.runs import placement, progress
from experiments.runs.calibration import birth_problem, flow_problem, with_calibration
from experiments.runs.store import Piece
from experiments.runs.worlds import attackers_of, market_of, rivals_of
from sim.errors import is_of_machine, named
from sim.schema import lists_to_tuples
from strategies.registry import read

LOST = "worker process"
"""Where a run has failed whose process was killed."""
_FLOW_TOLERANCE = 0.012
_CALIBRATION_ACCOUNTS = 12_000
_BEFORE = 10
"""Steps that a cell takes before anybody moves, about; progress is shown by them."""


@dataclass
class World:
    """One world, calibrated: what it assumes, and how well the published figures are met in it."""

    index: int
    draw: dict[str, float]
    calibration: dict[str, Any]
    worst: float


@dataclass
class CellResult:
    """Tables of one cell, and what failed in it."""

    world: int
    seed: int
    tables: dict[str, pd.DataFrame]
    failures: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    misfit: float = 0.0
    """Largest log difference from the published figures at the moment of the shock."""


def calibrate_world(question: Question, index: int, draw: dict[str, float]) -> World:
    """Make the market of one world meet the published figures, and sit still, before anybody moves.

    Every world is thus consistent with what is known; worlds differ only in what is not.
    """
    progress.expect(2 * placement.EVALUATIONS)
    settings = market_of(question, draw)
    accounts = min(question.subscribers, _CALIBRATION_ACCOUNTS)
    number = seed_number(question, index, 0)
    birth = birth_problem(settings, accounts, number, question.burn_in).solve(
        placement.TOLERANCE, placement.EVALUATIONS
    )
    settings = with_calibration(settings, birth.calibration)
    flows = flow_problem(settings, accounts, number, question.burn_in, question.months).solve(
        _FLOW_TOLERANCE, placement.EVALUATIONS
    )
    return World(index, draw, flows.calibration.model_dump(mode="json"), flows.worst)


def seed_number(question: Question, world: int, seed: int) -> int:
    """The engine's seed of one cell: arms share luck, worlds do not, so worlds are independent."""
    return question.seed * 1_000_000 + world * 1_000 + seed


def before_the_shock(question: Question, world: World, seed: int) -> tuple[Market, float]:
    """The market of a cell at the shock, and how far it is from the published figures.

    Its population is placed so that the shares are the published ones for this very draw of people.
    """
    number = seed_number(question, world.index, seed)
    settings = _settings(question, world)
    birth = placement.place(settings, question.subscribers, number, question.burn_in)
    market = Market(with_calibration(settings, birth.calibration), question.subscribers, number)
    market.run(max(0, question.burn_in - RISK_MONTHS - 1))
    market.keep_customer_records = True
    return market.run(min(question.burn_in, RISK_MONTHS + 1)), birth.worst


def _settings(question: Question, world: World) -> MarketSettings:
    calibration = CalibrationSettings.model_validate(lists_to_tuples(world.calibration))
    return with_calibration(market_of(question, world.draw), calibration)


def players(question: Question, world: World, arm: str) -> dict[str, Strategy]:
    """Fresh strategies of all operators for one arm: rivals as this world has them, and ours.

    What the arm says of a rival holds in every world. Without an attack, rivals answer as they
    would; there is nothing to answer.
    """
    profile = rivals_of(question, world.draw) | question.profiles.get(arm, {})
    if arm == NO_ATTACK:
        profile |= {name: {"kind": HOLD} for name in attackers_of(question)}
    profile[question.focal] = question.strategies[HOLD if arm == NO_ATTACK else arm]
    return {name: read(plays) for name, plays in profile.items()}


def arms_lived(question: Question) -> tuple[str, ...]:
    """The options, and what would be without the attack if there is one."""
    return (*question.strategies, *((NO_ATTACK,) if attackers_of(question) else ()))


class _Held(NamedTuple):
    """What `hold` came to, with which every arm is compared."""

    diary: Diary
    main: np.ndarray


def run_cell(question: Question, world: World, seed: int) -> CellResult:
    """Run all arms of a cell. An arm that fails is recorded; the others go on."""
    result = CellResult(world.index, seed, {})
    parts: dict[str, list[pd.DataFrame]] = {}
    arms = arms_lived(question)
    progress.expect(_BEFORE + len(arms) * question.months)
    try:
        start, result.misfit = before_the_shock(question, world, seed)
    except Exception as error:  # noqa: BLE001 - whatever fails is recorded, the others go on
        obey()
        for arm in question.strategies:
            result.failures.append(_failure(arm, world.index, seed, error))
        return result
    held: _Held | None = None
    for arm in arms:
        try:
            market, diary, cohorts = live(question, start, world, arm)
            if arm == HOLD:
                held = _Held(diary, main_operator(market))
            tables = _tables(question, market) | {"cohorts": cohorts.table()}
            if held is not None and arm != NO_ATTACK:
                tables["twins"] = compare_counterfactuals(market, diary, held.diary, held.main)
        except Exception as error:  # noqa: BLE001 - see above
            obey()
            result.failures.append(_failure(arm, world.index, seed, error))
            continue
        for name, table in tables.items():
            parts.setdefault(name, []).append(_tag(table, arm, world.index, seed))
    gc.collect()  # a Mesa model that is dropped is freed only by the collector
    result.tables = {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}
    return result


def live(
    question: Question, start: Market, world: World, arm: str
) -> tuple[Market, Diary, CohortBook]:
    """Fork the market for one arm and live the horizon."""
    market = start.fork(players(question, world, arm))
    diary = Diary.begin(market, market.operator(question.focal).index)
    cohorts = CohortBook.begin(market, diary.focal)
    for _ in range(question.months):
        market.step()
        cohorts.note(market, diary.note(market))
        progress.step()
    return market, diary, cohorts


def _tables(question: Question, market: Market) -> dict[str, pd.DataFrame]:
    start = market.shock_month
    rows = [
        (operator.name, kpi, value)
        for operator in market.operators
        for kpi, value in kpis_of(market, operator.name, start).items()
    ]
    names = [operator.name for operator in market.operators]
    moves = np.sum(market.moves[start:], axis=0) * market.scale
    return {
        "monthly": monthly_table(market, start, full=question.detail == "full"),
        "outcomes": pd.DataFrame(rows, columns=["operator", "kpi", "value"]),
        "switching": pd.DataFrame(
            {
                "origin": np.repeat(names, len(names)),
                "destination": np.tile(names, len(names)),
                "lines": moves.reshape(-1),
            }
        ),
        "money": money_table(market, start),
        "log": log_table(market, start),
        "reactions": answers_of(market, start),
    }


def _tag(table: pd.DataFrame, arm: str, world: int, seed: int) -> pd.DataFrame:
    tagged = table.copy()
    tagged.insert(0, "seed", seed)
    tagged.insert(0, "world", world)
    tagged.insert(0, "arm", pd.Series(pd.Categorical([arm] * len(table)), index=table.index))
    return tagged


def _failure(arm: str, world: int, seed: int, error: Exception) -> dict[str, str]:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return {
        "arm": arm,
        "world": str(world),
        "seed": str(seed),
        "error": named(error),
        "where": f"{where.name}, line {where.lineno}",
    }


def live_world(question: Question, index: int, draw: dict[str, float]) -> Piece:
    """One world calibrated, as it is kept."""
    world = calibrate_world(question, index, draw)
    facts = {"index": index, "draw": draw, "calibration": world.calibration}
    return Piece.of(arrays={"worst": np.array([world.worst])}, facts=facts)


def as_world(piece: Piece) -> World:
    """The world in a piece."""
    facts, worst = piece.facts, float(piece.array("worst")[0])
    return World(facts["index"], facts["draw"], facts["calibration"], worst)


def live_cell(question: Question, world: World, seed: int) -> Piece:
    """One cell lived, as it is kept."""
    return as_piece(run_cell(question, world, seed))


def is_machines(failure: dict[str, str]) -> bool:
    """Whether a run has failed for want of memory, and not for what was asked."""
    return is_of_machine(failure["error"])


def lost_cell(question: Question, world: int, seed: int, why: str) -> Piece:
    """A cell of which nothing is known but why, as it is kept."""
    known = {"world": str(world), "seed": str(seed), "error": why, "where": LOST}
    return as_piece(
        CellResult(world, seed, {}, [{"arm": arm} | known for arm in question.strategies])
    )


def as_piece(cell: CellResult) -> Piece:
    """A finished cell as it is kept."""
    facts = {"world": cell.world, "seed": cell.seed, "failures": cell.failures}
    return Piece.of(cell.tables, {"misfit": np.array([cell.misfit], dtype=np.float64)}, facts)
