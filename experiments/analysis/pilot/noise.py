"""The noise in which a pilot's effect must be seen: what a region does in a month for no reason.

It is never the simulator's: one simulated account stands for many people. It comes from the
operator's own history (`history.py`) or, without one, from the model here: binomial counts at the
true number of lines, and shocks that hit a region's churn, gross adds and revenue per line for some
months. Shocks of the whole country fall out of every comparison between regions.

Sources. Size of shocks to flows: the robust spread of a circle's quarterly growth in lines, circle
and operator-quarter means taken out, in India 2015-06 to 2018-06 (IN2,
`conf/data/india_trai_circle_operator_quarterly.csv`): 1.6 % of lines at a share of 20 %, 3.1 % at
4 %, 4.8 % at 1 %, which is 0.016 (0.2 / share) ** 0.35; `experiments.analysis.pilot.noise` is
tested against the file. Divided by the root of three months and by gross flows of 4 % of lines a
month each way (assumption: prepaid India), that is 0.16 of a month's churn or gross adds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from experiments.analysis.pilot.effects import Effects
from experiments.analysis.pilot.measures import Floats

NoiseSource = Literal["history", "model"]
SHARE_OF_SHOCKS = 0.2
"""Share of a region's lines at which the sizes below hold (IN2)."""
SHARE_EXPONENT = 0.35
"""How shocks grow as the share falls (IN2)."""
LEAST_SHARE = 0.005
"""Shocks grow no further below this share (assumption: IN2 has hardly anybody there)."""


@dataclass(frozen=True)
class NoiseModel:
    """Shocks to a region, relative, as standard deviations over months."""

    churn_shock: float = 0.16
    """At a share of 20 % (IN2; the gross flows are an assumption)."""
    gross_adds_shock: float = 0.16
    """At a share of 20 % (IN2; the gross flows are an assumption)."""
    revenue_shock: float = 0.01
    """Of revenue per line, at a share of 20 % (assumption)."""
    persistence: float = 0.3
    """Correlation of a region's shock with last month's (assumption; by quarter IN2 has 0.14)."""
    bill_spread: float = 0.8
    """Standard deviation of bills between lines over their mean (assumption)."""
    bill_known: float = 0.5
    """Share of that variance that a customer's earlier bills explain (assumption)."""

    @property
    def bill_sd(self) -> float:
        """Between customers drawn at random, what earlier bills explain taken out."""
        return self.bill_spread * float(np.sqrt(1.0 - self.bill_known))


@dataclass(frozen=True, eq=False)
class Noise:
    """Draws of what regions do without any option."""

    source: NoiseSource
    relative: Mapping[str, Floats]
    """Each measure over its level, less one: `[draw, region, month]`."""
    before: int
    """Months ahead of the launch; the others follow it."""
    bill_sd: float
    """Between customers drawn at random; always from the stated model."""
    luck: Floats
    """Of drawing customers, standard normal, `[draw]`."""

    @property
    def draws(self) -> int:
        """How many pilots without an effect there are."""
        return len(next(iter(self.relative.values())))

    @property
    def after(self) -> int:
        """Months from the launch on."""
        return next(iter(self.relative.values())).shape[2] - self.before


def shock_factor(share: Floats) -> Floats:
    """How much larger shocks are for an operator with this share of a region's lines."""
    return (SHARE_OF_SHOCKS / np.maximum(share, LEAST_SHARE)) ** SHARE_EXPONENT


def model_noise(
    effects: Effects, model: NoiseModel, months: tuple[int, int], draws: int, seed: int
) -> Noise:
    """Draws from the stated model.

    Args:
        effects: of which regions' true counts, levels and shares are read.
        model: sizes of shocks.
        months: before and after the launch.
        draws: how many pilots.
        seed: of the draws.
    """
    rng = np.random.default_rng([seed, 1])
    length = sum(months)
    shape = (draws, len(effects.regions), length)
    factor = shock_factor(effects.share)
    lines = np.maximum(effects.lines, 1.0)[:, None]
    churn = np.maximum(np.nan_to_num(effects.levels["churn"]), 1e-6)[:, None]
    adds = np.maximum(np.nan_to_num(effects.levels["gross_adds"])[:, None] / lines, 1e-6)

    def shocks(size: float) -> Floats:
        return (size * factor)[None, :, None] * _persistent(rng, shape, model.persistence)

    def counted(rate: Floats, relative: Floats) -> Floats:
        """A flow with its shock, and the binomial spread of its count, over its level."""
        hit = np.maximum(relative, -0.95)
        spread = np.sqrt(np.maximum(1.0 - rate, 0.0) / (rate * lines))
        return hit + spread * np.sqrt(1.0 + hit) * rng.standard_normal(shape)

    churned = counted(churn, shocks(model.churn_shock))
    added = counted(adds, shocks(model.gross_adds_shock))
    bill = shocks(model.revenue_shock) + model.bill_spread / np.sqrt(lines) * rng.standard_normal(
        shape
    )
    grown = np.cumprod(np.maximum(1.0 + adds * added - churn * churned, 0.01), axis=2)
    relative = {
        "revenue_per_line": bill,
        "revenue": (1.0 + bill) * grown - 1.0,
        "churn": churned,
        "gross_adds": added,
        "lines": grown - 1.0,
    }
    return Noise("model", relative, months[0], model.bill_sd, luck_of_drawing(draws, seed))


def luck_of_drawing(draws: int, seed: int) -> Floats:
    """Which customers happen to be drawn, as the error of a comparison of two groups; `[draw]`."""
    return np.random.default_rng([seed, 3]).standard_normal(draws)


def _persistent(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> Floats:
    """Standard normal shocks that carry over, `[draw, region, month]`."""
    fresh = rng.standard_normal(shape)
    found = np.empty(shape)
    found[..., 0] = fresh[..., 0]
    for month in range(1, shape[-1]):
        found[..., month] = rho * found[..., month - 1] + np.sqrt(1.0 - rho**2) * fresh[..., month]
    return found
