"""ABC-SMC by pyABC, with every random number from a generator of ours.

Toni et al. (2009), in the implementation of Schälte et al. (2022). pyABC draws from NumPy's global
generator in three places: priors, perturbation, and the choice among models. All three are ours
here, so nobody else's luck is touched and the same seed gives the same populations, bit for bit.
Its history lives in a database in memory and is gone when the run is.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyabc import ABCSMC, Parameter, PNormDistance, QuantileEpsilon
from pyabc.model import FunctionModel
from pyabc.random_variables import DistributionBase, RVBase
from pyabc.sampler import SingleCoreSampler
from pyabc.transition import MultivariateNormalTransition

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_LEAST_ACCEPTED = 0.02
"""A generation that accepts less than this is given up: nothing comes near what was observed."""


class Populations(NamedTuple):
    """The last population of a run."""

    points: Matrix
    """Positions, `[member, parameter]`."""
    weights: Vector
    """`[member]`, summing to 1."""
    summaries: Matrix
    """`[member, parameter]`."""
    tolerances: tuple[float, ...]
    """Largest distance accepted in each generation."""
    simulations: int
    """New simulations, beyond those known beforehand."""


class Simulated(NamedTuple):
    """Simulations from the prior that are there already."""

    points: Matrix
    """Positions, `[simulation, parameter]`."""
    summaries: Matrix
    """`[simulation, parameter]`."""


def sample(
    observed: Vector,
    known: Simulated,
    simulate: Callable[[Vector], Vector],
    particles: int,
    populations: int,
    rng: np.random.Generator,
) -> Populations:
    """Populations of ever closer simulations.

    The first is the `particles` nearest of the known simulations, which are draws from the prior
    like any other. Each later one is simulated again, with half the tolerance's quantile.

    Args:
        observed: summary of what was observed, `[parameter]`.
        known: simulations from the prior, at least as many as particles.
        simulate: summary of a new simulation at a position.
        particles: size of each population.
        populations: how many, the first included.
        rng: where all random numbers come from.
    """
    logging.getLogger("ABC").setLevel(logging.ERROR)  # else it writes a line for each generation
    names = [f"p{place}" for place in range(known.points.shape[1])]
    model = _Model(names, known, simulate)
    prior: Any = _Prior(names, known.points, rng)  # of the base class, which pyABC takes as well
    only: Any = _OnlyModel()
    run = ABCSMC(
        models=FunctionModel(model, "market"),
        parameter_priors=prior,
        distance_function=PNormDistance(p=2),
        population_size=particles,
        model_prior=only,
        transitions=_Transition(rng),
        eps=QuantileEpsilon(_first_tolerance(observed, known, particles), alpha=0.5),
        sampler=SingleCoreSampler(check_max_eval=True),
    )
    history = run.new("sqlite://", _named(names, observed))
    run.run(
        max_nr_populations=populations,
        min_acceptance_rate=min(_LEAST_ACCEPTED, 0.5 * particles / len(known.points)),
    )
    members = history.get_population(t=history.max_t).particles
    weights = np.array([member.weight for member in members], dtype=np.float64)
    tolerances = history.get_all_populations().query("t >= 0")["epsilon"]
    return Populations(
        np.array([[member.parameter[name] for name in names] for member in members]),
        weights / weights.sum(),
        np.array([[float(member.sum_stat[name]) for name in names] for member in members]),
        tuple(float(tolerance) for tolerance in tolerances),
        model.calls,
    )


def distances(observed: Vector, summaries: Matrix) -> Vector:
    """Euclidean distance of each summary from the observed one, `[simulation]`."""
    return np.sqrt(((summaries - observed) ** 2).sum(axis=1))


def _first_tolerance(observed: Vector, known: Simulated, particles: int) -> float:
    """Halfway between the last that is accepted and the first that is not."""
    ordered = np.sort(distances(observed, known.summaries))
    return float(ordered[particles - 1 : particles + 1].mean())


def _named(names: list[str], values: Vector) -> dict[str, float]:
    return dict(zip(names, map(float, values), strict=True))


class _Model:
    """Looks known simulations up, runs the others, and counts these."""

    def __init__(
        self, names: list[str], known: Simulated, simulate: Callable[[Vector], Vector]
    ) -> None:
        self.names = names
        self.known = {
            point.tobytes(): summary
            for point, summary in zip(known.points, known.summaries, strict=True)
        }
        self.simulate = simulate
        self.calls = 0

    def __call__(self, parameter: Parameter) -> dict[str, float]:
        """Summary of the simulation at a position."""
        point = np.array([parameter[name] for name in self.names])
        summary = self.known.get(point.tobytes())
        if summary is None:
            self.calls += 1
            summary = self.simulate(point)
        return _named(self.names, summary)


class _Prior(DistributionBase):
    """Uniform between 0 and 1; the known draws come first, then new ones."""

    def __init__(self, names: list[str], points: Matrix, rng: np.random.Generator) -> None:
        self.names = names
        self.points = points
        self.drawn = 0
        self.rng = rng

    def rvs(self, *_: object, **__: object) -> Parameter:
        """The next draw."""
        known = self.drawn < len(self.points)
        point = self.points[self.drawn] if known else self.rng.random(len(self.names))
        self.drawn += 1
        return Parameter(_named(self.names, point))

    def pdf(self, x: Any) -> Any:
        """Density: 1 inside, 0 outside."""
        return float(all(0.0 < x[name] < 1.0 for name in self.names))


class _OnlyModel(RVBase):
    """There is one model, so nothing to draw."""

    def copy(self) -> "_OnlyModel":
        """Itself."""
        return self

    def rvs(self, *_: object, **__: object) -> int:
        """The only model."""
        return 0

    def pmf(self, x: int, *_: object, **__: object) -> float:
        """Certain for the only model."""
        return float(x == 0)

    def pdf(self, x: float, *_: object, **__: object) -> float:
        """As `pmf`."""
        return float(x == 0)

    def cdf(self, x: float, *_: object, **__: object) -> float:
        """Certain from 0 on."""
        return float(x >= 0)


class _Transition(MultivariateNormalTransition):
    """pyABC's Gaussian perturbation, drawn from a generator of ours."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.rng = rng

    def rvs_single(self) -> Parameter:
        """A member of the last population, perturbed."""
        base: Any = self.X
        step = self.rng.multivariate_normal(np.zeros(base.shape[1]), np.asarray(self.cov))
        place = self.rng.choice(len(base), p=self.w)
        return Parameter(_named(list(base.columns), base.iloc[place].to_numpy() + step))
