"""`counterplay experiment=calibrate market=<name>`: the command that writes a calibration."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from ruamel.yaml import YAML

from agents.market import Market
from agents.settings import CalibrationSettings, MarketSettings
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.runs.calibration import (
    birth_problem,
    flow_problem,
    incumbents,
    moments_of,
    published,
    with_calibration,
)
from experiments.runs.files import write_atomically
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather, here
from experiments.runs.store import Piece, Store
from experiments.runs.study import StudyResult
from sim.errors import CalibrationError
from sim.schema import lists_to_tuples

_HEADER = """\
# Written by `counterplay experiment=calibrate market={name}`; do not edit.
# {subscribers} accounts, seed {seed}, {burn_in} months before and {months} months of nobody moving.
# Largest log difference from what is published: {birth:.4f} at the start, {flow:.4f} at the end.
"""
_ACCEPTABLE = 0.02
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Calibrated(StudyResult):
    """A market that meets its published figures."""

    question: Question
    market: MarketSettings
    """The market with the calibration found."""
    birth: float
    """Largest log difference from what is published at the shock."""
    flow: float
    """The same after the months of nobody moving."""
    stillness: Table

    @property
    def _elsewhere(self) -> Path | None:
        write_to = self.question.options.get("write_to")
        return Path(str(write_to)) if write_to else None

    @override
    def write_to(self, folder: Path, listener: Listener) -> None:
        """Write `<market>.yaml`, there or where `write_to` says."""
        header = _HEADER.format(
            name=self.market.name,
            subscribers=self.question.subscribers,
            seed=self.question.seed,
            burn_in=self.question.burn_in,
            months=self.question.months,
            birth=self.birth,
            flow=self.flow,
        )
        to = (self._elsewhere or folder) / f"{self.market.name}.yaml"
        write_atomically(to, header + as_yaml(self.market.calibration))

    @override
    def shown(self, out: Path) -> Sequence[RenderableType]:
        """How still the market sits, and where the file is."""
        to = (self._elsewhere or out) / f"{self.market.name}.yaml"
        return [self.stillness, f"Written: {to}"]


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    need_full_market(question)


def run(question: Question, store: Store, listener: Listener) -> Calibrated:
    """Calibrate the market.

    Option: `write_to`, a folder for the file `<market>.yaml`; default: the output folder.

    Raises:
        CalibrationError: the published figures cannot be met.
    """
    need_full_market(question)
    settings, birth, at_the_end = _calibrated(question, store, listener)
    if max(birth, at_the_end) > _ACCEPTABLE:
        raise CalibrationError(
            f"market '{settings.name}': the published figures cannot be met, largest "
            f"difference {max(birth, at_the_end):.1%}; look at prices and targets that "
            "contradict each other"
        )
    table = _stillness(settings, question)
    return Calibrated(question, settings, birth, at_the_end, table)


def _calibrated(
    question: Question, store: Store, listener: Listener
) -> tuple[MarketSettings, float, float]:
    """The market calibrated step by step, each kept; largest differences at shock and at end."""
    names = Names(_step, asked_of(question) | {"options": {}})

    def step(kind: str, settings: MarketSettings) -> tuple[MarketSettings, float]:
        name = names.of(kind, market=settings)
        task = Task(name, _step, (question, settings, kind))
        (calibration,) = gather(question, store, [task], f"Step '{kind}'", _step_in, listener, here)
        return with_calibration(settings, calibration[0]), calibration[1]

    listener.say(f"Placing {question.subscribers} accounts on the published shares …")
    settings, birth = step("place", question.market)
    listener.say(f"  largest difference {birth:.2%}")
    listener.say("Balancing who comes and who goes …")
    at_the_end = math.inf
    for _ in range(_ROUNDS):
        settings, at_the_end = step("balance", settings)
        settings, birth = step("replace", settings)
        listener.say(f"  at the shock {birth:.2%}, at the end {at_the_end:.2%}")
    return settings, birth, at_the_end


def _step(question: Question, settings: MarketSettings, kind: str) -> Piece:
    """One step of the calibration, as it is kept."""
    accounts, seed, burn_in = question.subscribers, question.seed, question.burn_in
    if kind == "place":
        solution = birth_problem(settings, accounts, seed).solve(0.002, 120, learn=True)
    elif kind == "balance":
        learn = not settings.calibration.flow_response
        problem = flow_problem(settings, accounts, seed, burn_in, question.months)
        solution = problem.solve(0.004, 80, learn=learn)
    else:
        solution = birth_problem(settings, accounts, seed, burn_in).solve(0.004, 12)
    return Piece.of(
        arrays={"worst": np.array([solution.worst])},
        facts={"calibration": solution.calibration.model_dump(mode="json")},
    )


def _step_in(piece: Piece) -> tuple[CalibrationSettings, float]:
    calibration = CalibrationSettings.model_validate(lists_to_tuples(piece.facts["calibration"]))
    return calibration, float(piece.array("worst")[0])


def as_yaml(found: CalibrationSettings) -> str:
    """A calibration as YAML, figures rounded to a tenth of a fen."""
    data: dict[str, Any] = {
        name: _rounded(value) for name, value in found.model_dump(mode="json").items()
    }
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 110
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value


def _stillness(settings: MarketSettings, question: Question) -> Table:
    """How still the market sits with nobody moving."""
    market = Market(settings, question.subscribers, question.seed)
    market.run(question.burn_in + question.months)
    target = published(settings)
    table = Table(title="Nobody moves: largest departure from the published figures")
    for column in ("operator", "share (points)", "ARPU (%)"):
        table.add_column(column)
    months = [
        moments_of(market, slice(month, month + 1))
        for month in range(question.burn_in, question.burn_in + question.months)
    ]
    for index, name in enumerate(incumbents(settings)):
        share = max(abs(m.share[index] - target.share[index]) for m in months)
        arpu = max(abs(m.arpu_yuan[index] / target.arpu_yuan[index] - 1.0) for m in months)
        table.add_row(name, f"{share * 100:.2f}", f"{arpu * 100:.1f}")
    churn = moments_of(market, slice(question.burn_in, None)).churn
    table.caption = f"chosen churn {churn:.4f} a month (configured {target.churn:.4f})"
    return table
