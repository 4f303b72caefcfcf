"""Regret across worlds: where each arm loses, what those worlds share, what knowing is worth."""

from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Literal

import numpy as np
import pandas as pd

from experiments.analysis.answer import Answer
from experiments.analysis.paired import PairedOutcomes, spread
from experiments.question.question import HOLD

SIGNIFICANCE = 0.05
EXACT_UP_TO = 7
"""Worlds up to which every order is tried; beyond, a fixed sample of orders."""
PERMUTATIONS = 9_999

Evidence = Literal["found", "nothing", "too_few", "never", "always"]
"""Whether the worlds with a negative gain share an assumption: one was found; none explains them
better than chance; too few worlds to say; no world is negative; every world is."""

CONTRASTS = 3
"""Assumptions shown for each arm, those that differ most between its two groups of worlds."""


def world_gains(paired: PairedOutcomes, kpi: str = "npv_yuan") -> pd.DataFrame:
    """Paired difference from `hold`, seeds averaged: rows worlds, columns arms (`hold` is zero)."""
    gains = spread(paired.gaps.reset_index(), ["world"], "arm", kpi)
    return gains.reindex(columns=list(paired.arms)).dropna(axis=1, how="all")


@dataclass(frozen=True)
class WorldRange:
    """How far a gain differs between the worlds that we may live in, in yuan.

    Not how well its mean is known: more worlds narrow the interval of the mean, not this.
    """

    p05: float
    """One world in twenty is worse (linear between the worlds drawn)."""
    p95: float
    worst: float
    worst_world: int
    worlds: int


def world_range(gains: pd.DataFrame, arm: str) -> WorldRange | None:
    """The range of an arm's gains over worlds; `None` if it has none.

    Args:
        gains: rows worlds, columns arms.
        arm: one of the columns.
    """
    known = gains[arm].dropna() if arm in gains.columns else pd.Series(dtype=float)
    if known.empty:
        return None
    low, high = (float(np.quantile(known, share)) for share in (0.05, 0.95))
    world = int(known.index[int(known.to_numpy().argmin())])
    return WorldRange(low, high, float(known.min()), world, len(known))


def regret_table(gains: pd.DataFrame) -> pd.DataFrame:
    """What each arm misses in each world against that world's best arm (worlds with all arms)."""
    complete = gains.dropna()
    return complete.rsub(complete.max(axis=1), axis=0)


def value_of_knowing(gains: pd.DataFrame, arm: str) -> float | None:
    """Expected value of perfect information to whoever would else play `arm`: its mean regret.

    `None` if no world has a result of every arm.
    """
    regret = regret_table(gains)
    return float(regret[arm].mean()) if len(regret) else None


def parameters_of(answer: Answer) -> pd.DataFrame:
    """What each world assumed: rows worlds, columns the numeric parameters that differ."""
    table = answer.worlds.assign(value=pd.to_numeric(answer.worlds["value"], errors="coerce"))
    wide = table.pivot_table(index="world", columns="parameter", values="value")
    return _varying(wide)


@dataclass(frozen=True)
class CommonCondition:
    """What the worlds in which something is negative have in common, if anything can be said."""

    evidence: Evidence
    negative: int
    """Worlds with a negative value, of `worlds`."""
    worlds: int
    parameter: str = ""
    correlation: float = 0.0
    """Rank correlation of the parameter with the gain."""
    p_value: float = 1.0
    """Share of random orders of the worlds in which some parameter correlates as strongly."""
    threshold: float = 0.0
    above: bool = True
    """Whether the negative worlds lie above the threshold."""
    negative_inside: int = 0
    inside: int = 0

    @property
    def negative_outside(self) -> int:
        """Negative worlds on the other side of the threshold."""
        return self.negative - self.negative_inside

    @property
    def outside(self) -> int:
        """All worlds on the other side of the threshold."""
        return self.worlds - self.inside

    @property
    def splits_cleanly(self) -> bool:
        """Whether most worlds inside are negative and most outside are not, so a side says it."""
        return (
            2 * self.negative_inside > self.inside
            and 2 * self.negative_outside < self.outside
            and self.inside >= 2
        )


@dataclass(frozen=True)
class Contrast:
    """One assumption in the worlds where an arm loses against `hold`, and in the others (means)."""

    parameter: str
    losing: float
    other: float
    standardised: float
    """Their difference in standard deviations over all worlds."""


@dataclass(frozen=True)
class LossConditions:
    """Where one arm loses against `hold`."""

    arm: str
    shared: CommonCondition
    contrasts: tuple[Contrast, ...]
    """Those that differ most, at most `CONTRASTS`."""


def loss_conditions(gains: pd.DataFrame, parameters: pd.DataFrame) -> tuple[LossConditions, ...]:
    """For every arm but `hold`: in how many worlds it loses, and how those worlds differ."""
    return tuple(
        LossConditions(
            str(arm),
            what_they_share(gains[arm], parameters),
            tuple(
                Contrast(str(name), float(losing), float(other), float(standardised))
                for name, losing, other, standardised in compare_worlds(gains[arm], parameters)
                .dropna()
                .head(CONTRASTS)
                .itertuples()
            ),
        )
        for arm in gains.columns
        if arm != HOLD
    )


def what_they_share(gain: pd.Series, parameters: pd.DataFrame) -> CommonCondition:
    """Find the one assumption that tells worlds with a negative gain from the others.

    The assumption is the parameter whose ranks go most with the gain. It counts only if random
    orders of the worlds seldom do as well *with any* parameter (a permutation test of the largest
    rank correlation, so searching through many is paid for). Its threshold is the split with the
    least Gini impurity.

    Args:
        gain: By world.
        parameters: Rows worlds, columns numeric parameters.
    """
    gain = gain.dropna()
    negative, worlds = int((gain < 0).sum()), len(gain)
    if negative in {0, worlds}:
        return CommonCondition("never" if negative == 0 else "always", negative, worlds)
    table = _varying(parameters.reindex(gain.index))
    if worlds < 3 or table.empty:
        return CommonCondition("too_few", negative, worlds)
    observed = _standard(table.rank().to_numpy()).T @ _standard(gain.rank().to_numpy())
    reached, attainable = _permuted(table, gain, float(np.abs(observed).max()))
    if attainable > SIGNIFICANCE:
        return CommonCondition("too_few", negative, worlds)
    if reached > SIGNIFICANCE:
        return CommonCondition("nothing", negative, worlds, p_value=reached)
    place = int(np.abs(observed).argmax())
    name = str(table.columns[place])
    values = table[table.columns[place]].to_numpy(float)
    threshold, above = _best_split(values, (gain < 0).to_numpy())
    side = values >= threshold if above else values < threshold
    return CommonCondition(
        "found", negative, worlds, name, float(observed[place]), reached, threshold, above,
        int((gain < 0).to_numpy()[side].sum()), int(side.sum()),
    )  # fmt: skip


def compare_worlds(gain: pd.Series, parameters: pd.DataFrame) -> pd.DataFrame:
    """Each parameter's mean in losing and in other worlds, and their standardised difference."""
    table = parameters.reindex(gain.dropna().index)
    losing = table[gain.dropna() < 0]
    winning = table[gain.dropna() >= 0]
    spread = table.std(ddof=1)
    frame = pd.DataFrame({"losing": losing.mean(), "other": winning.mean()})
    frame["standardised"] = (frame["losing"] - frame["other"]) / spread
    order = frame["standardised"].abs().sort_values(ascending=False).index
    return frame.loc[order]


def _varying(parameters: pd.DataFrame) -> pd.DataFrame:
    """The parameters known in every world and not the same in all of them."""
    return parameters.loc[:, parameters.max() > parameters.min()].dropna(axis=1)


def _standard(ranks: np.ndarray) -> np.ndarray:
    centred = ranks - ranks.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    return centred / np.where(length > 0, length, 1.0)


def _permuted(table: pd.DataFrame, gain: pd.Series, observed: float) -> tuple[float, float]:
    """P-value of the largest rank correlation, and the smallest p-value these worlds allow."""
    ranks, n = _standard(gain.rank().to_numpy()), len(gain)
    if n <= EXACT_UP_TO:
        orders = np.array(list(permutations(ranks)))
    else:
        generator = np.random.default_rng(0)
        orders = generator.permuted(np.tile(ranks, (PERMUTATIONS, 1)), axis=1)
    strongest = np.abs(orders @ _standard(table.rank().to_numpy())).max(axis=1)
    hits = int((strongest >= observed - 1e-9).sum())
    if n <= EXACT_UP_TO:
        best = int((strongest >= strongest.max() - 1e-9).sum())
        return hits / len(orders), best / len(orders)
    return (hits + 1) / (len(orders) + 1), 1 / (len(orders) + 1)


def _best_split(values: np.ndarray, negative: np.ndarray) -> tuple[float, bool]:
    """Threshold halfway between two worlds with the least Gini impurity, widest gap first."""
    ordered = np.unique(values)
    best: tuple[float, float, float] | None = None
    for low, high in pairwise(ordered):
        threshold = float((low + high) / 2)
        side = values >= threshold
        impurity = sum(
            part.sum() * negative[part].mean() * (1 - negative[part].mean())
            for part in (side, ~side)
        )
        candidate = (round(float(impurity), 9), -float(high - low), threshold)
        best = min(best, candidate) if best else candidate
    assert best is not None
    above = values >= best[2]
    return best[2], bool(negative[above].mean() >= negative[~above].mean())
