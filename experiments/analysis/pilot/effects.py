"""What an option does, by month since customers see it and by region, as a comparison has found it.

Effects are relative to `hold` on the same customers with the same luck: 0.02 is two percent more.
Seeds of a world are added up before a ratio is taken. One simulated account stands for many people,
so a region's own effect is blurred by chance: it is drawn towards the country's as far as its
spread over runs does not exceed chance (empirical Bayes, Morris 1983).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.cash import Cash
from experiments.analysis.paired import HOLD
from experiments.analysis.pilot.customers import CustomerEffects
from experiments.analysis.pilot.measures import MEASURES, Floats
from experiments.analysis.ramp import launch_months
from experiments.measures.cohorts import TALLIES
from sim.errors import QuestionError

FEWEST_WORLDS = 5
"""With fewer, how an early figure goes with the final value cannot be told."""


@dataclass(frozen=True, eq=False)
class Effects:
    """An option's effects; `[world]` are the worlds in which it and `hold` were lived."""

    arm: str
    worlds: tuple[int, ...]
    regions: tuple[str, ...]
    launch: int
    """Month after the decision in which customers first see it: median over runs."""
    national: Mapping[str, Floats]
    """Relative effect of each measure, `[world, month since launch]`; of customers' measures, where
    cohorts were kept."""
    deviation: Mapping[str, Floats]
    """What a region's effect is above the country's, shrunken; `[region]`."""
    levels: Mapping[str, Floats]
    """Each measure under `hold` in a month, mean over the horizon; `[region]`, as observed."""
    lines: Floats
    """Own lines under `hold`, `[region]`, real."""
    share: Floats
    """Own lines of all lines under `hold`, `[region]`."""
    gains: Floats
    """Contribution less that of `hold`, `[world, month since the decision]`, yuan."""
    rate: float
    """Monthly rate of interest."""
    answered: Floats
    """Months from launch to the first rival's answer, `[world]`; missing: nobody answered."""
    scale: float
    """Real accounts that a simulated one stands for."""
    runs: int
    """Runs behind it: worlds times seeds."""
    customers: float = 0.0
    """Own private customers at the decision, real; zero: not known."""
    kept: Floats = field(default_factory=lambda: np.ones(0))
    """Share of them still here without the option, `[month since launch]`."""
    addressed: bool = False
    """Whether it reaches customers one by one, so that some can be left without it."""

    @property
    def months(self) -> int:
        """Months since launch that every run has lived."""
        return next(iter(self.national.values())).shape[1]

    @property
    def horizon(self) -> int:
        """Months from the decision to the end."""
        return self.gains.shape[1]

    def path(self, measure: str) -> Floats:
        """Mean effect by region and month since launch, `[region, month]`."""
        return self.national[measure].mean(axis=0) + self.deviation[measure][:, None]


def regional_rows(table: pd.DataFrame, focal: str) -> pd.DataFrame:
    """Of a monthly table: single regions, all segments, the focal operator and the market."""
    keep = (
        (table["region"] != "all")
        & (table["segment"] == "all")
        & (
            ((table["operator"] == focal) & table["measure"].isin(TALLIES))
            | ((table["operator"] == "all") & (table["measure"] == "lines"))
        )
    )
    text = {"arm": str, "region": str, "operator": str, "measure": str}
    return table.loc[keep].astype(text)


def effects_of(answer: Answer, regional: pd.DataFrame, arm: str) -> Effects:
    """An option's effects.

    Args:
        answer: the comparison.
        regional: what `regional_rows` keeps of its monthly table.
        arm: the option.

    Raises:
        QuestionError: it did nothing that customers see, or too few worlds are there.
    """
    launches = launch_months(answer, arm)
    worlds = worlds_lived(regional, arm)
    if len(worlds) < FEWEST_WORLDS:
        raise QuestionError(
            f"a pilot of '{arm}' cannot be judged on {len(worlds)} worlds: at least "
            f"{FEWEST_WORLDS} must be there, with this option and 'hold' in each; ask with worlds=8"
        )
    if launches.empty:
        raise QuestionError(
            f"option '{arm}' did nothing that customers see in any run; there is nothing to pilot"
        )
    launch = int(launches.median())
    regions = answer.labels.regions
    cubes = {name: _tallies(regional, name, worlds, regions) for name in (HOLD, arm)}
    seen = cubes[HOLD]["lines"].shape[-1] - launch
    since = {
        name: {tally: cube[..., launch:] for tally, cube in found.items()}
        for name, found in cubes.items()
    }
    national = {
        name: _ratio(measure.of(_added(since[arm])), measure.of(_added(since[HOLD])))
        for name, measure in MEASURES.items()
    }
    held = {tally: cube.mean(axis=0) for tally, cube in cubes[HOLD].items()}
    market = _cube(regional[regional["operator"] == "all"], "lines", HOLD, worlds, regions)
    cash = Cash.of(answer)
    customers = CustomerEffects.of(answer, arm, worlds, launch)
    seeds = regional.loc[regional["arm"] == arm, ["world", "seed"]].drop_duplicates()
    lines = held["lines"].mean(axis=1)
    return Effects(
        arm=arm,
        worlds=worlds,
        regions=regions,
        launch=launch,
        national={
            name: np.nan_to_num(path[:, :seen])
            for name, path in {**national, **customers.national}.items()
        },
        deviation={
            **{name: _deviation(name, since[arm], since[HOLD]) for name in MEASURES},
            **dict.fromkeys(customers.national, np.zeros(len(regions))),
        },
        levels={
            name: measure.of({t: cube.mean(axis=1) for t, cube in held.items()})
            for name, measure in MEASURES.items()
        }
        | {name: np.full(len(regions), level) for name, level in customers.levels.items()},
        lines=lines,
        share=lines / np.maximum(market.mean(axis=(0, 2)), 1.0),
        gains=_gains(cash, answer.labels.focal, arm, worlds),
        rate=cash.monthly_rate,
        answered=_answered(answer, arm, launch, worlds),
        scale=answer.labels.lines_million * 1e6 / max(answer.labels.subscribers, 1),
        runs=len(seeds),
        customers=customers.customers,
        kept=customers.kept,
        addressed=customers.addressed,
    )


def worlds_lived(regional: pd.DataFrame, arm: str) -> tuple[int, ...]:
    """The worlds with a result of both the option and `hold`."""
    lived = [set(regional.loc[regional["arm"] == name, "world"]) for name in (HOLD, arm)]
    return tuple(sorted(int(world) for world in lived[0] & lived[1]))


def _tallies(
    regional: pd.DataFrame, arm: str, worlds: tuple[int, ...], regions: tuple[str, ...]
) -> dict[str, Floats]:
    own = regional[regional["operator"] != "all"]
    return {tally: _cube(own, tally, arm, worlds, regions) for tally in TALLIES}


def _cube(
    rows: pd.DataFrame, tally: str, arm: str, worlds: tuple[int, ...], regions: tuple[str, ...]
) -> Floats:
    """A tally added up over seeds, `[world, region, month]`."""
    kept = rows[(rows["measure"] == tally) & (rows["arm"] == arm)]
    wide = kept.pivot_table(index=["world", "region"], columns="month", values="value")
    index = pd.MultiIndex.from_product([worlds, regions])
    months = range(int(kept["month"].max()) + 1)
    table = wide.reindex(index=index, columns=months).fillna(0.0).to_numpy(np.float64)
    return table.reshape(len(worlds), len(regions), -1)


def _added(tallies: Mapping[str, Floats]) -> dict[str, Floats]:
    """The country's tallies, `[world, month]`."""
    return {name: cube.sum(axis=1) for name, cube in tallies.items()}


def _ratio(arm: Floats, hold: Floats) -> Floats:
    return np.divide(arm, hold, out=np.full_like(arm, np.nan), where=hold > 0) - 1.0


def _deviation(name: str, arm: Mapping[str, Floats], hold: Mapping[str, Floats]) -> Floats:
    """A region's mean effect above the country's, shrunken by what chance explains; `[region]`."""
    measure = MEASURES[name]

    def whole(tallies: Mapping[str, Floats]) -> Floats:
        return measure.of({tally: cube.sum(axis=2) for tally, cube in tallies.items()})

    found = _ratio(whole(arm), whole(hold))  # [world, region]
    there = ~np.isnan(found)
    worlds = there.sum(axis=0)
    usable = worlds > 1
    if usable.sum() < 2:
        return np.zeros(found.shape[1])
    national = np.where(there, found, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    apart = np.where(there, found - national[:, None], 0.0)
    mean = apart.sum(axis=0) / np.maximum(worlds, 1)
    squares = (np.where(there, apart - mean, 0.0) ** 2).sum(axis=0)
    chance = squares[usable] / (worlds[usable] * (worlds[usable] - 1))
    spread = float(mean[usable].var(ddof=1))
    kept = max(0.0, 1.0 - float(chance.mean()) / spread) if spread else 0.0
    return np.where(usable, kept * (mean - mean[usable].mean()), 0.0)


def _gains(cash: Cash, focal: str, arm: str, worlds: tuple[int, ...]) -> Floats:
    table = cash.by_month(focal)
    paired = (table.loc[arm] - table.loc[HOLD]).dropna()
    return paired.groupby(level="world").mean().reindex(list(worlds)).to_numpy(np.float64)


def _answered(answer: Answer, arm: str, launch: int, worlds: tuple[int, ...]) -> Floats:
    """Months from launch until a rival first acted because of the focal operator's move."""
    log = answer.log
    rivals = set(answer.labels.operators) - {answer.labels.focal}
    caused = log[
        (log["arm"] == arm)
        & log["actor"].isin(rivals)
        & (log.get("trigger_operator", pd.Series("", index=log.index)) == answer.labels.focal)
        & (log["month"] >= launch)
    ]
    first = caused.groupby(["world", "seed"])["month"].min().groupby(level="world").mean()
    return first.reindex(list(worlds)).to_numpy(np.float64) - launch
