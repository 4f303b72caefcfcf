"""Planted tastes estimated from exported choices by xlogit, an estimator that is not ours.

Arteaga, Park, Beeramoole & Paz (2022), "xlogit: an open-source Python package for GPU-accelerated
estimation of mixed logit models", Journal of Choice Modelling 42.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from agents.settings import MarketSettings
from experiments.studies.recovery.cases import MONEY, TERMS, Case
from sim.errors import QuestionError

Vector = NDArray[np.float64]
_STEP = 1e-6
_LEAST, _SPREAD = 1e-3, 0.4
"""Smallest weight and spread that a search begins with."""
_LEVEL = 0.95
_DRAWS_AT_ONCE = 100
"""Draws of a mixed logit that are held in memory at once."""


@dataclass(frozen=True)
class Estimate:
    """One taste, planted and estimated, with its interval."""

    parameter: str
    unit: str
    planted: float
    estimate: float
    standard_error: float

    @property
    def z(self) -> float:
        """How many standard errors the estimate lies above what was planted."""
        return (self.estimate - self.planted) / self.standard_error

    def interval(self) -> tuple[float, float]:
        """The 95 % interval of a normal estimate."""
        half = float(stats.norm.ppf(0.5 + _LEVEL / 2)) * self.standard_error
        return self.estimate - half, self.estimate + half

    @property
    def covers(self) -> bool:
        """Whether the interval contains what was planted."""
        low, high = self.interval()
        return low <= self.planted <= high


@dataclass(frozen=True)
class Fit:
    """One estimation: every taste of a case, and how all of them together fit what was planted."""

    estimates: tuple[Estimate, ...]
    wald_p: float
    """p-value of the hypothesis that all planted values are right; uniform if they are."""
    situations: int
    log_likelihood: float


def xlogit() -> Any:
    """The estimator's module. Raises `QuestionError` if it is not installed."""
    try:
        return importlib.import_module("xlogit")
    except ImportError:
        raise QuestionError(
            "experiment=recovery estimates with xlogit, which is not installed; install the "
            "`validation` extra"
        ) from None


def estimate(case: Case, table: pd.DataFrame, settings: MarketSettings, draws: int) -> Fit:
    """Estimate a case from exported choices.

    Args:
        case: what was planted.
        table: the export's rows, every situation offering the same plans.
        settings: the market they were made in.
        draws: Halton draws an account, in mixed cases.

    Raises:
        QuestionError: the estimator is not installed, or does not converge.
    """
    rows = table.sort_values(["account", "month", "operator", "plan"], kind="stable")
    columns = [np.asarray(TERMS[name].column(rows, settings), float) for name in case.terms]
    alternatives = (rows["operator"] + "/" + rows["plan"]).to_numpy(str)
    data: dict[str, Any] = {
        "X": np.column_stack(columns),
        "y": rows["chosen"].to_numpy(),
        "varnames": list(case.terms),
        "alts": alternatives,
        "ids": rows["situation"].to_numpy(),
        "verbose": 0,
    }
    module = xlogit()
    model = module.MultinomialLogit()
    model.fit(**data)
    covariance = model.covariance
    if case.random:
        start = _start(case, model.coeff_)
        people = rows["account"].to_numpy()
        model = module.MixedLogit()
        model.fit(
            **data, randvars=case.random, panels=people, n_draws=draws, batch_size=_DRAWS_AT_ONCE,
            init_coeff=start,
        )  # fmt: skip
        covariance = _of_panels(model.grad_n, people[:: len(np.unique(alternatives))])
    if not model.convergence:
        raise QuestionError(f"recovery '{case.name}': the estimator does not converge")
    return _fit(case, model, covariance, settings, len(rows) // len(np.unique(alternatives)))


def _of_panels(scores: Vector, people: NDArray[np.int64]) -> Vector:
    """Covariance of estimates from the outer product of people's scores (Berndt et al. 1974).

    xlogit 0.3 takes the outer product over situations, as if those of one person were independent,
    and so understates the errors of whatever differs between people: here they are added up by
    person first. `scores` is `[situation, coefficient]`, `people` `[situation]`, sorted.
    """
    first = np.flatnonzero(np.concatenate(([True], people[1:] != people[:-1])))
    by_person = np.add.reduceat(scores, first, axis=0)
    return np.linalg.inv(by_person.T @ by_person)


def _start(case: Case, plain: Vector) -> Vector:
    """Where a mixed logit's search begins: at the plain logit of the same choices."""
    first = [
        np.log(max(weight, _LEAST)) if case.random.get(name) == "ln" else weight
        for name, weight in zip(case.terms, plain, strict=True)
    ]
    return np.array(first + [_SPREAD] * len(case.random))


def _fit(
    case: Case, model: Any, of_model: Vector, settings: MarketSettings, situations: int
) -> Fit:
    """The coefficients, and their covariance, as tastes in yuan: errors by the delta method."""
    into = _into_yuan(case)
    coefficients = into(model.coeff_)
    jacobian = np.column_stack(
        [
            (into(model.coeff_ + step) - into(model.coeff_ - step)) / (2 * _STEP)
            for step in _STEP * np.eye(len(model.coeff_))
        ]
    )
    covariance = jacobian @ of_model @ jacobian.T
    names = [*case.terms, *([case.spread] if case.spread else [])]
    planted = np.array([_planted(name, settings) for name in names])
    gap = coefficients - planted
    wald = float(gap @ np.linalg.solve(covariance, gap))
    errors = np.sqrt(np.diag(covariance))
    estimates = tuple(
        Estimate(name, _unit(name), float(p), float(f), float(e))
        for name, p, f, e in zip(names, planted, coefficients, errors, strict=True)
    )
    p_value = float(stats.chi2.sf(wald, len(gap)))
    return Fit(estimates, p_value, situations, float(model.loglikelihood))


def _into_yuan(case: Case) -> Callable[[Vector], Vector]:
    """From utility coefficients to tastes, every one relative to the weight of a yuan.

    The weight of a yuan is 1 / scale; a lognormal coefficient is given by the mean and the standard
    deviation of its logarithm.
    """
    names = case.terms

    def tastes(coefficients: Vector) -> Vector:
        value = dict(zip(names, coefficients, strict=False))
        spread = abs(float(coefficients[-1])) if case.random else 0.0
        if case.random.get(MONEY) == "ln":
            return np.array([np.exp(spread**2 / 2 - value[MONEY]), spread])
        yuan = value[MONEY]
        in_yuan = {name: number / yuan for name, number in value.items()} | {MONEY: 1.0 / yuan}
        for name, kind in case.random.items():
            if kind == "ln":
                in_yuan[name] = np.exp(value[name] + spread**2 / 2) / yuan
            else:  # the difference of two independent likings
                spread = spread / yuan / np.sqrt(2.0)
        return np.array([*in_yuan.values(), *([spread] if case.random else [])])

    return tastes


def _planted(name: str, settings: MarketSettings) -> float:
    if name in TERMS:
        return TERMS[name].planted(settings)
    value = getattr(settings.behaviour, name)
    return float(getattr(value, "price", value))


def _unit(name: str) -> str:
    if name in TERMS:
        return TERMS[name].unit
    return "yuan/month" if name.endswith("_yuan") else "log sd"
