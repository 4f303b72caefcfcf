"""How lines answer prices: elasticities and diversion of the calibrated market, by paired forks.

Every price is raised and lowered by the same small share in futures that share all luck; the
elasticity is the difference in lines over the difference in log price. Nobody plays a strategy.
The answer takes years, because most people seldom look around, so it is reported month by month.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from experiments.analysis.intervals import over_draws
from experiments.measures.study_schemas import ELASTICITIES
from experiments.question.errors import validated
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.baselines import Baseline, in_every_baseline
from experiments.runs.listener import Listener
from experiments.runs.price_changes import Counts, Future, futures
from experiments.runs.store import Store
from experiments.studies.elasticities.report import beside_literature, page, picture
from sim.schema import Settings

Finding = tuple[int, str, str, str, float]
"""Month, level, whose, figure, value."""

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


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    need_full_market(question)
    settings_of(question.options)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Measure how lines answer prices.

    Raises:
        QuestionError: an option is unknown or out of range.
    """
    need_full_market(question)
    options = settings_of(question.options)
    tables = in_every_baseline(question, store, measure, options, listener)
    measured = pd.concat(tables, ignore_index=True)
    figures = over_draws(measured, ["month", "level", "name", "figure"])
    beside = beside_literature(figures, max(options.at_months))
    return Findings(
        question,
        {
            "market": question.market.name,
            "subscribers": question.subscribers,
            "worlds": question.worlds,
            "seeds": question.seeds,
            "price_change": options.change,
            "figures": figures,
            "literature": beside,
        },
        {"elasticities": measured},
        {"elasticities": ELASTICITIES},
        {"elasticities.md": page(figures, beside, question)},
        {"elasticities": lambda: picture(figures, question)},
        main="elasticities.md",
    )


def settings_of(given: dict[str, Any]) -> ElasticitySettings:
    """Validated options. Raises `QuestionError`."""
    return validated(ElasticitySettings, given, "experiment")


def measure(baseline: Baseline, asked: ElasticitySettings) -> pd.DataFrame:
    """All figures of one baseline: tidy `world, seed, month, level, name, figure, value`."""
    prices = _Prices(baseline, asked)
    rows = [*prices.of_plans(), *prices.of_operators(), *prices.of_the_market()]
    table = pd.DataFrame(rows, columns=["month", "level", "name", "figure", "value"])
    table.insert(0, "seed", baseline.seed)
    table.insert(0, "world", baseline.world)
    return table


class _Prices:
    """A baseline with its prices raised and lowered, by plan, by operator and everywhere."""

    def __init__(self, baseline: Baseline, asked: ElasticitySettings) -> None:
        self.baseline = baseline
        self.options = asked
        self.base = futures(baseline, (), 1.0, asked.at_months)
        self.operators = np.array(baseline.market.book.operators)
        self.span = float(np.log((1.0 + asked.change) / (1.0 - asked.change)))

    def pair(self, plans: Iterable[int]) -> tuple[Future, Future]:
        """The futures with these plans dearer and cheaper."""
        chosen = list(plans)
        up, down = 1.0 + self.options.change, 1.0 - self.options.change
        at = self.options.at_months
        return futures(self.baseline, chosen, up, at), futures(self.baseline, chosen, down, at)

    def slope(self, base: Counts, up: Counts, down: Counts) -> float:
        """Elasticity of a sum of counts."""
        return float((up.sum() - down.sum()) / max(1, base.sum()) / self.span)

    def of_plans(self) -> Iterator[Finding]:
        """Each plan's elasticity, means over plans, and where their lines go."""
        book = self.baseline.market.book
        price = np.array([float(prices.mean()) for prices in book.prices_fen])
        changes: dict[int, list[Counts]] = {month: [] for month in self.base}
        for row in range(len(book)):
            up, down = self.pair([row])
            for month, moved in changes.items():
                moved.append(up[month].total - down[month].total)
        for month, moved in changes.items():
            lines = self.base[month].total
            rows = np.flatnonzero(lines >= _FEW_LINES)
            change = np.array(moved)[rows]
            own = change[np.arange(len(rows)), rows].astype(np.float64)
            slopes = own / lines[rows] / self.span
            for row, slope in zip(rows, slopes, strict=True):
                yield month, "plan", book.names[row], "elasticity", float(slope)
            revenue = lines[rows] * price[rows]
            by_lines = float(np.average(slopes, weights=lines[rows]))
            by_revenue = float(np.average(slopes, weights=revenue))
            yield month, "plan", "mean by lines", "elasticity", by_lines
            yield month, "plan", "mean by revenue", "elasticity", by_revenue
            same = self.operators[rows][:, None] == self.operators[None, :]
            lost = float(own.sum())
            if lost != 0.0:
                to_own = 1.0 - float(change[same].sum()) / lost
                to_none = float(change.sum()) / lost
                yield month, "plan", "all", "diversion_own", to_own
                yield month, "plan", "all", "diversion_none", to_none
                yield month, "plan", "all", "diversion_rivals", 1.0 - to_own - to_none

    def of_operators(self) -> Iterator[Finding]:
        """Each operator's elasticity to all its prices, and their mean weighted by lines."""
        sums: dict[tuple[int, str], float] = {}
        for index, operator in enumerate(self.baseline.market.operators):
            own = self.operators == index
            up, down = self.pair(np.flatnonzero(own))
            for month, at in self.base.items():
                more, less = up[month], down[month]
                main = [(f.total - f.second)[own] for f in (at, more, less)]
                traffic = [f.traffic_mb[[index]] for f in (at, more, less)]
                figures = {
                    "elasticity": self.slope(at.total[own], more.total[own], less.total[own]),
                    "main_lines": self.slope(*main),
                    "traffic": self.slope(*traffic),
                }
                weight = float(at.total[own].sum() / at.total.sum())
                for figure, value in figures.items():
                    sums[month, figure] = sums.get((month, figure), 0.0) + weight * value
                change = more.total - less.total
                if change[own].sum() != 0:
                    figures["diversion_none"] = float(change.sum() / change[own].sum())
                for figure, value in figures.items():
                    yield month, "operator", operator.name, figure, value
        for (month, figure), value in sums.items():
            yield month, "operator", "mean by lines", figure, value

    def of_the_market(self) -> Iterator[Finding]:
        """What changes if all prices of all operators do."""
        up, down = self.pair(range(len(self.operators)))
        for month, at in self.base.items():
            more, less = up[month], down[month]
            for figure, counts in (
                ("elasticity", [f.total for f in (at, more, less)]),
                ("second_lines", [f.second for f in (at, more, less)]),
                ("traffic", [f.traffic_mb for f in (at, more, less)]),
            ):
                yield month, "market", "all", figure, self.slope(*counts)
