"""`counterplay experiment=calibrate market=<name>`: the command that writes a calibration."""

import io
import math
from pathlib import Path
from typing import Any

from rich.console import Console
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
from sim.schema import MarketError

_HEADER = """\
# Written by `counterplay experiment=calibrate market={name}`; do not edit.
# {subscribers} accounts, seed {seed}, {burn_in} months before and {months} months of nobody moving.
# Largest log difference from what is published: {birth:.4f} at the start, {flow:.4f} at the end.
"""
_ACCEPTABLE = 0.02
_ROUNDS = 3


def run(question: Question, console: Console) -> None:
    """Calibrate the market and write `<market>.yaml` for the `calibration` group.

    Options: `write_to`, a folder; default: the output folder.

    Raises:
        MarketError: the published figures cannot be met.
    """
    need_full_market(question)
    settings = question.market
    seed = question.seed
    console.print(f"Placing {question.subscribers} accounts on the published shares …")
    birth = birth_problem(settings, question.subscribers, seed).solve(0.002, 120, learn=True)
    settings = with_calibration(settings, birth.calibration)
    console.print(f"  largest difference {birth.worst:.2%} after {birth.evaluations} markets")
    console.print("Balancing who comes and who goes …")
    at_the_end = math.inf
    for _ in range(_ROUNDS):
        flow = flow_problem(
            settings, question.subscribers, seed, question.burn_in, question.months
        ).solve(0.004, 80, learn=not settings.calibration.flow_response)
        at_the_end = flow.worst
        settings = with_calibration(settings, flow.calibration)
        birth = birth_problem(settings, question.subscribers, seed, question.burn_in).solve(
            0.004, 12
        )
        settings = with_calibration(settings, birth.calibration)
        console.print(f"  at the shock {birth.worst:.2%}, at the end {at_the_end:.2%}")
    if max(birth.worst, at_the_end) > _ACCEPTABLE:
        raise MarketError(
            f"market '{settings.name}': the published figures cannot be met, largest difference "
            f"{max(birth.worst, at_the_end):.1%}; look at prices and targets that contradict each "
            "other"
        )
    target = Path(str(question.options.get("write_to") or question.out)) / f"{settings.name}.yaml"
    header = _HEADER.format(
        name=settings.name,
        subscribers=question.subscribers,
        seed=seed,
        burn_in=question.burn_in,
        months=question.months,
        birth=birth.worst,
        flow=at_the_end,
    )
    write_atomically(target, header + as_yaml(settings.calibration))
    console.print(_stillness(settings, question))
    console.print(f"Written: {target}")


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
    table.caption = f"churn {churn:.4f} a month (configured {target.churn:.4f})"
    return table
