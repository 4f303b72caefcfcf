"""How lines answer prices: elasticities and diversion of the calibrated market, by paired forks.

Every price is raised and lowered by the same small share in futures that share all luck; the
elasticity is the difference in lines over the difference in log price. Nobody plays a strategy.
The answer takes years, because most people seldom look around, so it is reported month by month.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, ValidationError
from rich.console import Console

from agents.market import Market
from experiments.elasticity_report import literature_table, page, picture
from experiments.errors import explain_validation
from experiments.request import Request
from experiments.scenes import Scene, in_every_scene
from experiments.statistics import intervals
from experiments.store import write_atomically
from experiments.style import png
from sim.money import round_fen
from sim.schema import MarketError, Settings
from sim.vocabulary import Measure

_FEW_LINES = 30
"""Plans with fewer simulated lines say nothing about an elasticity."""


class ElasticitySettings(Settings):
    """What is changed by how much, and when it is looked at."""

    change: Annotated[float, Field(gt=0, le=0.3)] = 0.05
    """Share by which prices are raised in one future and lowered in the other."""
    at_months: Annotated[
        list[Annotated[int, Field(ge=1, le=600)]], Field(min_length=1, max_length=24)
    ] = [1, 12, 36, 60, 120]
    """Months after the change; the last one is called the long run."""


class Lines(NamedTuple):
    """What a future holds in one month."""

    total: NDArray[np.int64]  # main and second lines on each offer
    second: NDArray[np.int64]
    traffic_mb: NDArray[np.int64]  # by operator


def run(request: Request, console: Console) -> None:
    """Measure and write `elasticities.parquet`, `summary.json`, a page and a picture.

    Raises:
        MarketError: an option is unknown or out of range.
    """
    asked = settings_of(request.options)
    found = pd.concat(in_every_scene(request, _Measured(asked), console), ignore_index=True)
    request.out.mkdir(parents=True, exist_ok=True)
    found.to_parquet(request.out / "elasticities.parquet")
    table = over_scenes(found)
    beside = literature_table(table, max(asked.at_months))
    summary = {
        "market": request.market.name,
        "subscribers": request.subscribers,
        "worlds": request.worlds,
        "seeds": request.seeds,
        "price_change": asked.change,
        "figures": json.loads(table.to_json(orient="records")),
        "literature": json.loads(beside.to_json(orient="records")),
    }
    write_atomically(request.out / "summary.json", json.dumps(summary, indent=1, allow_nan=False))
    write_atomically(request.out / "elasticities.md", page(table, beside, request))
    (request.out / "elasticities.png").write_bytes(png(picture(table, request)))
    console.print(f"Elasticities: {request.out / 'elasticities.md'}")


def settings_of(given: dict[str, Any]) -> ElasticitySettings:
    """Validated options. Raises `MarketError`."""
    try:
        return ElasticitySettings.model_validate(given)
    except ValidationError as error:
        raise MarketError(explain_validation(error, ElasticitySettings, "experiment")) from None


class _Measured:
    """`measure` with its settings: something that can travel to another process."""

    def __init__(self, asked: ElasticitySettings) -> None:
        self.asked = asked

    def __call__(self, scene: Scene) -> pd.DataFrame:
        return measure(scene, self.asked)


def measure(scene: Scene, asked: ElasticitySettings) -> pd.DataFrame:
    """All figures of one scene: tidy `world, seed, month, level, name, figure, value`."""
    book = scene.market.book
    operators = np.array(book.operators)
    rows: list[tuple[int, str, str, str, float]] = []
    base = futures(scene, [], 1.0, asked.at_months)
    span = float(np.log((1.0 + asked.change) / (1.0 - asked.change)))

    def pair(plans: Iterable[int]) -> tuple[dict[int, Lines], dict[int, Lines]]:
        chosen = list(plans)
        return (
            futures(scene, chosen, 1.0 + asked.change, asked.at_months),
            futures(scene, chosen, 1.0 - asked.change, asked.at_months),
        )

    for month, name, figure, value in _by_plan(scene, base, pair, operators, span):
        rows.append((month, "plan", name, figure, value))
    for index, operator in enumerate(scene.market.operators):
        own = operators == index
        up, down = pair(np.flatnonzero(own))
        for month, figure, value in _by_operator(base, up, down, own, index, span):
            rows.append((month, "operator", operator.name, figure, value))
    up, down = pair(range(len(book)))
    for month in asked.at_months:
        lines = _slope(base[month].total, up[month].total, down[month].total, span)
        seconds = _slope(base[month].second, up[month].second, down[month].second, span)
        traffic = _slope(base[month].traffic_mb, up[month].traffic_mb, down[month].traffic_mb, span)
        rows += [
            (month, "market", "all", "elasticity", lines),
            (month, "market", "all", "second_lines", seconds),
            (month, "market", "all", "traffic", traffic),
        ]
    table = pd.DataFrame(rows, columns=["month", "level", "name", "figure", "value"])
    table.insert(0, "seed", scene.seed)
    table.insert(0, "world", scene.world)
    return table


def futures(
    scene: Scene, plans: Iterable[int], factor: float, at_months: Iterable[int]
) -> dict[int, Lines]:
    """Lines in some months of the future in which these plans' prices are multiplied.

    What is paid for a gigabyte beyond the allowance changes alike: all of a plan's prices do.
    """
    market = reprice(scene.fork(), plans, factor)
    market.recording = False
    wanted = set(at_months)
    found: dict[int, Lines] = {}
    for month in range(1, max(wanted) + 1):
        market.step()
        counters = market.last_counters
        if month in wanted and counters is not None:
            traffic = counters.measures[..., Measure.TRAFFIC_MB].sum(axis=(1, 2))
            lines = counters.offers[:, 1] + counters.offers[:, 2]
            found[month] = Lines(lines, counters.offers[:, 2].copy(), traffic)
    return found


def reprice(market: Market, plans: Iterable[int], factor: float) -> Market:
    """The same market with all prices of some plans multiplied; returns it."""
    for row in plans:
        book = market.book
        for region, price in enumerate(book.prices_fen[row]):
            book.reprice(row, round_fen(float(price) * factor), (book.regions[region],))
        overage = book.offers[row].overage_yuan_per_gb
        book.change(row, overage_yuan_per_gb=overage * factor)
    return market


def _slope(base: NDArray[Any], up: NDArray[Any], down: NDArray[Any], span: float) -> float:
    return float((up.sum() - down.sum()) / max(1, base.sum()) / span)


def _by_plan(scene: Scene, base: Any, pair: Any, operators: NDArray[Any], span: float) -> Any:
    """Elasticity of each plan, then means over plans and where their lines go."""
    book = scene.market.book
    price = np.array([prices.mean() for prices in book.prices_fen])
    moved: dict[int, list[tuple[int, NDArray[np.int64]]]] = {month: [] for month in base}
    for row in range(len(book)):
        up, down = pair([row])
        for month in base:
            moved[month].append((row, up[month].total - down[month].total))
    for month, changes in moved.items():
        lines = base[month].total
        told = [(row, change) for row, change in changes if lines[row] >= _FEW_LINES]
        slopes = np.array([change[row] / lines[row] / span for row, change in told])
        rows = np.array([row for row, _ in told])
        for row, slope in zip(rows, slopes, strict=True):
            yield month, book.names[row], "elasticity", float(slope)
        yield month, "mean by lines", "elasticity", float(np.average(slopes, weights=lines[rows]))
        revenue = lines[rows] * price[rows]
        yield month, "mean by revenue", "elasticity", float(np.average(slopes, weights=revenue))
        lost = sum(float(change[row]) for row, change in told)
        kept = sum(
            float(change[operators == operators[row]].sum() - change[row]) for row, change in told
        )
        gone = sum(float(change.sum()) for _, change in told)
        if lost != 0.0:
            yield month, "all", "diversion_own", -kept / lost
            yield month, "all", "diversion_none", gone / lost
            yield month, "all", "diversion_rivals", 1.0 + kept / lost - gone / lost


def _by_operator(
    base: Any, up: Any, down: Any, own: NDArray[np.bool_], index: int, span: float
) -> Any:
    for month, at in base.items():
        change = up[month].total - down[month].total
        main = _slope(
            (at.total - at.second)[own],
            (up[month].total - up[month].second)[own],
            (down[month].total - down[month].second)[own],
            span,
        )
        yield month, "elasticity", _slope(at.total[own], up[month].total[own], down[month].total[own], span)
        yield month, "main_lines", main
        traffic = [future.traffic_mb[[index]] for future in (at, up[month], down[month])]
        yield month, "traffic", _slope(*traffic, span)
        yield month, "lines", float(at.total[own].sum())
        if change[own].sum() != 0:
            yield month, "diversion_none", float(change.sum() / change[own].sum())


def over_scenes(found: pd.DataFrame) -> pd.DataFrame:
    """Mean and 95 % interval of every figure: over worlds, or over seeds if there is one world."""
    one = found["world"].nunique() == 1
    keys = ["month", "level", "name", "figure"]
    wide = found.pivot_table(index="seed" if one else "world", columns=keys, values="value")
    table = intervals(wide).reset_index()
    mean = _mean_operator(found, "seed" if one else "world")
    return pd.concat([table, mean], ignore_index=True)


def _mean_operator(found: pd.DataFrame, draw: str) -> pd.DataFrame:
    """The operators' elasticities weighted by their lines, as the literature reports a firm's."""
    firms = found[found["level"] == "operator"]
    wide = firms.pivot_table(index=[draw, "month", "name"], columns="figure", values="value")
    weighted = wide[["elasticity", "main_lines", "traffic"]].mul(wide["lines"], axis=0)
    sums = weighted.groupby(level=[draw, "month"]).sum()
    mean = sums.div(wide["lines"].groupby(level=[draw, "month"]).sum(), axis=0)
    tidy = mean.stack().rename("value").reset_index()
    tidy.columns = [draw, "month", "figure", "value"]
    wide_again = tidy.pivot_table(index=draw, columns=["month", "figure"], values="value")
    table = intervals(wide_again).reset_index()
    table.insert(1, "level", "operator")
    table.insert(2, "name", "mean by lines")
    return table
