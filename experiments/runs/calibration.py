"""Calibration: find the appeals at which the model's market is the published one, and sits still.

Two inversions, both of observed shares for unobserved appeal in the sense of Berry (1994):

* *birth*: where accounts stand at the start. Appeals and price slopes of each operator, and the
  liking for a second SIM, such that shares of lines, ARPU and the share of second SIMs are the
  published ones.
* *flows*: where they go. The same quantities for choices over time, and how often people look
  around, such that after burn-in and horizon shares, ARPU and second SIMs are still the published
  ones, and what is chosen of churn is as configured. With nobody moving, the market then sits
  still.

Unknowns are found by Broyden's method (Broyden 1965) from a diagonal first guess. Common random
numbers make the simulated moments smooth enough in the parameters for that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.market import Market
from agents.settings import CalibrationSettings, MarketSettings
from experiments.runs import progress
from sim.vocabulary import Measure

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_SHARE_STEP = 9.0  # yuan for a unit change in the log of share: about the logit scale
_ARPU_STEP = 30.0  # yuan per 100 yuan of price for a unit change in the log of ARPU
_SECOND_STEP = 12.0
_LOOK_STEP = 1.0
_LARGEST_STEP = 12.0
_MONTHS_AVERAGED = 3
_PATIENCE = 7  # evaluations without a better point
_ATTEMPTS = 6
_STRONGEST = 400.0  # yuan for a unit change in the log of a figure
_PROBE = 0.1  # of the usual steps
_LEAST_ATTENTION = 0.005
_TINY = 1e-12


@dataclass(frozen=True)
class Moments:
    """What a market is calibrated on; arrays are `[operator]`."""

    share: Vector
    arpu_yuan: Vector
    churn: float
    """Chosen: what lapses is a given of the market, and no attention brings it about."""
    second_share: float

    def residuals(self, target: "Moments") -> Vector:
        """Log differences from the target: shares but the first, ARPU, second SIMs, churn."""
        parts = [
            np.log(self.share / target.share)[1:],
            np.log(self.arpu_yuan / target.arpu_yuan),
        ]
        if target.second_share > 0:
            parts.append(np.array([np.log(max(self.second_share, 1e-6) / target.second_share)]))
        parts.append(np.array([np.log(max(self.churn, 1e-6) / target.churn)]))
        return np.concatenate(parts)


def incumbents(settings: MarketSettings) -> list[str]:
    """Operators that have customers at the start: an entrant has nothing to be calibrated on."""
    return [name for name, operator in settings.operators.items() if not operator.entrant]


def published(settings: MarketSettings) -> Moments:
    """The moments that the market's settings ask for."""
    there = [settings.operators[name].target for name in incumbents(settings)]
    lines = np.array([target.lines_million for target in there])
    arpu = np.array([target.arpu_yuan for target in there])
    chosen = settings.life_cycle.chosen_monthly(settings.churn_monthly)
    return Moments(lines / lines.sum(), arpu, chosen, settings.second_lines_share)


def chosen_lines(sums: NDArray[Any]) -> Vector:
    """Lines whose holders chose to end them, from sums `[operator, measure]`."""
    chosen = sums[:, Measure.CHURNED_LINES] - sums[:, Measure.LAPSED_LINES]
    return np.asarray(chosen, dtype=np.float64)


def moments_of(market: Market, months: slice) -> Moments:
    """Moments of a market's tallies over a range of months."""
    there = [not operator.entrant for operator in market.settings.operators.values()]
    sums = np.array([t.sum(axis=(1, 2)) for t in market.tallies[months]]).sum(axis=0)[there]
    lines = np.maximum(sums[:, Measure.LINES].astype(np.float64), 1.0)
    net = 1.0 + market.settings.vat_rate
    return Moments(
        lines / lines.sum(),
        np.maximum(sums[:, Measure.MOBILE_FEN], 1.0) / lines / net / 100.0,
        float(chosen_lines(sums).sum() / lines.sum()),
        float(sums[:, Measure.SECOND_LINES].sum() / lines.sum()),
    )


@dataclass(frozen=True)
class Fit:
    """Outcome of an inversion."""

    calibration: CalibrationSettings
    worst: float
    """Largest absolute log difference that is left."""
    evaluations: int


@dataclass(frozen=True)
class Problem:
    """Unknowns, the distances that should vanish, and how to write a solution down."""

    distance: Callable[[Vector], Vector]
    write: Callable[[Vector], CalibrationSettings]
    start: Vector
    steps: Vector
    """How far each unknown usually moves for a unit of its own residual."""
    response: Matrix
    """How the unknowns move to undo the residuals; the first guess."""
    response_field: str
    measured: bool = False
    """Whether that guess was measured in this market, and is not the usual steps alone."""

    def solve(self, tolerance: float, most: int, *, learn: bool = False) -> Fit:
        """Solve from the present calibration.

        Where Broyden's method gets stuck it starts again with a measured response matrix. `learn`
        keeps that matrix for the next time.
        """
        x, response, evaluations = self.start, self.response, 0
        worst = np.inf
        for _ in range(_ATTEMPTS):
            x, worst, used = broyden(self.distance, x, response, tolerance, most - evaluations)
            evaluations += used
            if worst <= tolerance or evaluations + len(x) >= most:
                break
            response = self._measured(x)
            evaluations += len(x) + 1
        solution = self.write(x)
        if learn:
            rows = tuple(tuple(round(float(v), 4) for v in row) for row in self._measured(x))
            evaluations += len(x) + 1
            solution = solution.model_copy(update={self.response_field: rows})
        return Fit(solution, worst, evaluations)

    def _measured(self, x: Vector) -> Matrix:
        """How the unknowns must move to undo the residuals, measured at `x`."""
        slopes = slopes_at(self.distance, x, self.steps)
        return _capped(np.linalg.pinv(slopes, rcond=1e-6))


def birth_problem(
    settings: MarketSettings,
    subscribers: int,
    seed: int,
    burn_in: int = 0,
    *,
    shares_only: bool = False,
) -> Problem:
    """Where accounts stand at the start, such that the figures are met `burn_in` months later.

    With `burn_in` 0 the first month counts: good for a first approach, far from any solution. With
    `shares_only` price slopes stay as they are: for another draw of people from a market that is
    calibrated, whose revenue per line differs by chance alone.
    """
    target = published(settings)
    names = incumbents(settings)
    calibration = settings.calibration
    second = calibration.birth_second_taste_yuan
    start = _pack(settings, calibration.birth_appeal_yuan, calibration.birth_price_slope, second)
    free = _free(settings, shares_only=shares_only)

    def write(x: Vector) -> CalibrationSettings:
        whole = start.copy()
        whole[free] = x
        levels, slopes, rest = _split(whole, names)
        changes: dict[str, object] = {"birth_appeal_yuan": levels, "birth_price_slope": slopes}
        if len(rest):
            changes["birth_second_taste_yuan"] = float(rest[0])
        return calibration.model_copy(update=changes)

    def distance(x: Vector) -> Vector:
        ahead = _MONTHS_AVERAGED if burn_in else 1
        market = Market(with_calibration(settings, write(x)), subscribers, seed)
        market.run(burn_in + ahead)
        progress.step()
        return moments_of(market, slice(burn_in, None)).residuals(target)[:-1][free]

    steps = _steps(settings)
    known = _part(calibration.birth_response, free)
    response = np.diag(steps[free]) if known is None else known
    return Problem(
        distance, write, start[free], steps[free], response, "birth_response",
        measured=known is not None,
    )  # fmt: skip


def flow_problem(
    settings: MarketSettings, subscribers: int, seed: int, burn_in: int, months: int
) -> Problem:
    """The appeals and the attention at which the market is still where it was, `months` later."""
    target = published(settings)
    names = incumbents(settings)
    calibration = settings.calibration
    attention = 1.0 if calibration.attention is None else calibration.attention
    second = calibration.second_taste_yuan
    packed = _pack(
        settings,
        calibration.appeal_yuan or calibration.birth_appeal_yuan,
        calibration.price_slope or calibration.birth_price_slope,
        calibration.birth_second_taste_yuan if second is None else second,
    )
    start = np.append(packed, np.log(max(attention, _LEAST_ATTENTION)))

    def write(x: Vector) -> CalibrationSettings:
        levels, slopes, rest = _split(x[:-1], names)
        changes: dict[str, object] = {
            "appeal_yuan": levels,
            "price_slope": slopes,
            "attention": float(np.clip(np.exp(x[-1]), _LEAST_ATTENTION, 50.0)),
        }
        if len(rest):
            changes["second_taste_yuan"] = float(rest[0])
        return calibration.model_copy(update=changes)

    def distance(x: Vector) -> Vector:
        market = Market(with_calibration(settings, write(x)), subscribers, seed)
        market.run(burn_in + months)
        progress.step()
        end = moments_of(market, slice(burn_in + months - 2 * _MONTHS_AVERAGED, None))
        churn = moments_of(market, slice(burn_in, None)).churn
        return Moments(end.share, end.arpu_yuan, churn, end.second_share).residuals(target)

    steps = np.append(_steps(settings), _LOOK_STEP)
    known = _part(calibration.flow_response, np.ones(len(steps), dtype=bool))
    response = np.diag(steps) if known is None else known
    return Problem(
        distance, write, start, steps, response, "flow_response", measured=known is not None
    )


def broyden(
    distance: Callable[[Vector], Vector],
    start: Vector,
    response: Matrix,
    tolerance: float,
    most: int,
    patience: int = _PATIENCE,
) -> tuple[Vector, float, int]:
    """Solve distance(x) = 0 by Broyden's method.

    Returns the best point, its worst residual and the number of evaluations. `response` is the
    first guess of minus the inverse Jacobian: x moves by −response × residual. After `patience`
    evaluations without a better point the search ends.
    """
    x, inverse = start.copy(), response.copy()
    residual = distance(x)
    best_x, best, best_at = x, float(np.abs(residual).max()), 0
    for evaluation in range(1, most):
        if best <= tolerance or evaluation - best_at > patience:
            return best_x, best, evaluation
        step = np.clip(-inverse @ residual, -_LARGEST_STEP, _LARGEST_STEP)
        x = x + step
        new = distance(x)
        change = new - residual
        denominator = float(step @ inverse @ change)
        if abs(denominator) > _TINY:
            inverse += np.outer(step - inverse @ change, step @ inverse) / denominator
        residual = new
        worst = float(np.abs(residual).max())
        if worst < best:
            best_x, best, best_at = x, worst, evaluation
    return best_x, best, most


def slopes_at(distance: Callable[[Vector], Vector], x: Vector, steps: Vector) -> Matrix:
    """Jacobian of the distances by one-sided differences."""
    here = distance(x)
    columns: list[Vector] = []
    for index, step in enumerate(_PROBE * steps):
        moved = x.copy()
        moved[index] += step
        columns.append((distance(moved) - here) / step)
    return np.array(columns).T


def with_calibration(settings: MarketSettings, found: CalibrationSettings) -> MarketSettings:
    """The market with other calibrated values."""
    return settings.model_copy(update={"calibration": found})


def _steps(settings: MarketSettings) -> Vector:
    n_operators = len(incumbents(settings))
    steps = [_SHARE_STEP] * (n_operators - 1) + [_ARPU_STEP] * n_operators
    return np.array(steps + ([_SECOND_STEP] if settings.second_lines_share > 0 else []))


def _free(settings: MarketSettings, *, shares_only: bool) -> NDArray[np.bool_]:
    """Which unknowns (and their residuals) an inversion may move."""
    n = len(incumbents(settings))
    free = np.ones(len(_steps(settings)), dtype=bool)
    if shares_only:
        free[n - 1 : 2 * n - 1] = False
    return free


def _part(known: tuple[tuple[float, ...], ...], free: NDArray[np.bool_]) -> Matrix | None:
    """The response matrix that calibration stored, for the unknowns that are free.

    What is held fixed does not answer: the part is that of the slopes, and then inverted again.
    None if nothing of this form was stored, or nothing that can be inverted.
    """
    matrix = np.array(known, dtype=np.float64)
    if matrix.shape != (len(free), len(free)):
        return None
    if free.all():
        return _capped(matrix)
    try:
        slopes = np.linalg.inv(matrix)[np.ix_(free, free)]
        return _capped(np.linalg.inv(slopes))
    except np.linalg.LinAlgError:
        return None


def _capped(response: Matrix) -> Matrix:
    """A response matrix that does not chase what the figures hardly tell.

    Where a combination of unknowns leaves all figures almost as they are, its exact inverse would
    send it far off to repair noise.
    """
    left, strengths, right = np.linalg.svd(response)
    return np.asarray(left @ np.diag(np.minimum(strengths, _STRONGEST)) @ right)


def _pack(
    settings: MarketSettings, level: dict[str, float], slope: dict[str, float], second: float | None
) -> Vector:
    """Levels relative to the first operator's, slopes, and the liking for second SIMs if any."""
    names = incumbents(settings)
    levels = _by_name(level, names)
    parts = [levels[1:] - levels[0], _by_name(slope, names)]
    if settings.second_lines_share > 0:
        value = settings.behaviour.second_taste_yuan if second is None else second
        parts.append(np.array([value]))
    return np.concatenate(parts)


def _by_name(values: dict[str, float], names: list[str]) -> Vector:
    return np.array([values.get(name, 0.0) for name in names])


def _split(x: Vector, names: list[str]) -> tuple[dict[str, float], dict[str, float], Vector]:
    """Levels (the first operator's is 0), slopes, and what is left."""
    n = len(names)
    levels = dict(zip(names, [0.0, *(float(v) for v in x[: n - 1])], strict=True))
    slopes = dict(zip(names, (float(v) for v in x[n - 1 : 2 * n - 1]), strict=True))
    return levels, slopes, x[2 * n - 1 :]
