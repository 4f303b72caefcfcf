"""`counterplay experiment=sbc`: do the ensemble's intervals cover as often as they say?

Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari & Gelman 2018): draw parameters
from the prior, simulate what would be observed, infer, and rank the truth among the posterior's
draws. If the inference is right, ranks are uniform and a 90 % interval covers 90 % of the time.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import Field, model_validator
from rich import box
from rich.table import Table
from scipy import stats

from experiments.measures.study_schemas import SBC
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from experiments.runs.sweep import warm_up
from experiments.studies.posterior.adjustment import Ensemble
from experiments.studies.posterior.figures import rank_histograms, recovery
from experiments.studies.posterior.infer import (
    Inference,
    InferenceSettings,
    check_size,
    read_settings,
)
from experiments.studies.posterior.learned_summaries import LearnedSummary
from experiments.studies.posterior.prior import Prior, prior_of
from experiments.studies.posterior.simulator import Luck, Simulator, pilot_of

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

LEVELS = (0.5, 0.9)


class SbcSettings(InferenceSettings):
    """Options of `experiment=sbc`."""

    replicates: Annotated[int, Field(ge=2, le=100_000)] = 100
    """Truths drawn from the prior, each observed and inferred once."""
    draws: Annotated[int, Field(ge=1, le=9999)] = 99
    """Posterior draws among which the truth is ranked."""
    bins: Annotated[int, Field(ge=2, le=1000)] = 10
    """Bars of the rank histogram; must divide draws + 1."""

    @model_validator(mode="after")
    def _even_bars(self) -> Self:
        if (self.draws + 1) % self.bins:
            raise ValueError(
                f"bins = {self.bins} must divide draws + 1 = {self.draws + 1}, or bars would hold "
                "different numbers of ranks"
            )
        return self


class Replicate(NamedTuple):
    """One truth and what was inferred; arrays are `[parameter]`, positions between the bounds."""

    truth: Vector
    mean: Vector
    sd: Vector
    low: Matrix
    """Lower ends, `[level, parameter]`."""
    high: Matrix
    rank: NDArray[np.int64]
    raw_covers: NDArray[np.bool_]
    """Whether the interval without regression adjustment covers, `[level, parameter]`."""
    raw_rank: NDArray[np.int64]
    effective_size: float
    simulations: int


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    settings = read_settings(SbcSettings, question)
    check_size(settings, len(prior_of(question, settings.parameters).ranges))


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Check the ensemble with truths that are known.

    Raises:
        QuestionError: an option cannot be used.
    """
    settings = read_settings(SbcSettings, question)
    prior = prior_of(question, settings.parameters)
    check_size(settings, len(prior.ranges))
    simulator = Simulator(question, prior, settings.before)
    warm_up(question)
    listener.say(f"{settings.pilot} markets from the prior …")
    pilot = pilot_of(simulator, settings.pilot, store, listener)
    inference = Inference(simulator, settings, pilot)
    rng = np.random.default_rng([question.seed, Luck.TRUTH])
    truths = rng.random((settings.replicates, len(prior.ranges)))
    listener.say(f"{settings.replicates} truths, each observed and inferred …")
    replicated = replicates(inference, truths, settings.draws, store, listener)
    summary = report(inference, settings, replicated)
    return Findings(
        question,
        summary,
        {"sbc": as_rows(prior, replicated)},
        {"sbc": SBC},
        pictures=_painters(prior, settings, replicated, summary),
        said=[_table(summary)],
        main="ranks.png",
    )


def _painters(
    prior: Prior, settings: SbcSettings, found: list[Replicate], told: dict[str, Any]
) -> dict[str, Callable[[], Figure]]:
    ranks = np.array([one.rank for one in found])
    truth, mean = (
        prior.values(np.array([getattr(one, name) for one in found])) for name in ("truth", "mean")
    )
    low = prior.values(np.array([one.low[-1] for one in found]))
    high = prior.values(np.array([one.high[-1] for one in found]))
    return {
        "ranks": lambda: rank_histograms(prior, ranks, settings.draws, settings.bins, told),
        "recovery": lambda: recovery(prior, truth, mean, low, high, told),
    }


def replicates(
    inference: Inference, truths: Matrix, draws: int, store: Store, listener: Listener
) -> list[Replicate]:
    """Observe and infer each truth, `[replicate, parameter]`; in the order of truths."""
    question = inference.simulator.question
    like = inference.simulator.live(truths[0], Luck.OBSERVED)
    summary, known = inference.learned(like)
    names = Names(_one_piece, asked_of(question) | {"options": _decisive(inference, draws)})
    tasks = [
        Task(
            names.of(f"replicate-{i:05d}", truth=truth, like=list(like.known())),
            _one_piece,
            (inference, truth, i, summary, known, draws),
        )
        for i, truth in enumerate(truths)
    ]
    return gather(question, store, tasks, "Truths inferred", _replicate_in, listener)


def _decisive(inference: Inference, draws: int) -> dict[str, Any]:
    """What a replicate depends on: neither how many there are nor how they are reported."""
    settings = inference.settings.model_dump(exclude={"replicates", "bins", "draws"})
    return {"inference": settings, "prior": inference.simulator.prior, "draws": draws}


def _one_piece(
    inference: Inference,
    truth: Vector,
    index: int,
    summary: LearnedSummary,
    known: Matrix,
    draws: int,
) -> Piece:
    outcome = _one(inference, truth, index, summary, known, draws)
    return Piece.of(arrays={name: np.asarray(value) for name, value in outcome._asdict().items()})


def _replicate_in(piece: Piece) -> Replicate:
    arrays: dict[str, Any] = {name: piece.array(name) for name in Replicate._fields}
    return Replicate(**{k: v if v.ndim else v.item() for k, v in arrays.items()})


def _one(
    inference: Inference,
    truth: Vector,
    index: int,
    summary: LearnedSummary,
    known: Matrix,
    draws: int,
) -> Replicate:
    seed = inference.simulator.question.seed
    observed = inference.simulator.live(truth, Luck.OBSERVED)
    posterior = inference.infer(observed, summary, known, [seed, Luck.POPULATIONS, index])
    rng = np.random.default_rng([seed, Luck.RANKS, index])
    ensemble, raw = posterior.ensemble, posterior.raw
    ends = np.array([ensemble.interval(level) for level in LEVELS])
    raw_ends = np.array([raw.interval(level) for level in LEVELS])
    return Replicate(
        truth=truth,
        mean=ensemble.mean(),
        sd=ensemble.sd(),
        low=ends[:, 0],
        high=ends[:, 1],
        rank=rank_of(truth, ensemble, draws, rng),
        raw_covers=(raw_ends[:, 0] <= truth) & (truth <= raw_ends[:, 1]),
        raw_rank=rank_of(truth, raw, draws, rng),
        effective_size=ensemble.effective_size,
        simulations=posterior.simulations,
    )


def rank_of(
    truth: Vector, ensemble: Ensemble, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """How many of equally weighted posterior draws lie below the truth, `[parameter]`."""
    return (ensemble.equal_draws(draws, rng) < truth).sum(axis=0)


def uniformity(ranks: NDArray[np.int64], draws: int, bins: int) -> dict[str, float]:
    """How well ranks (0 to `draws`) of one parameter agree with a uniform distribution.

    Chi-square over the bars, and the largest distance between the ranks' distribution and the
    uniform one (Kolmogorov & Smirnov; ranks placed in the middle of their step).
    """
    counts = np.bincount(ranks * bins // (draws + 1), minlength=bins)
    chi = stats.chisquare(counts)
    distance = stats.kstest((ranks + 0.5) / (draws + 1), "uniform")
    return {
        "chi_square": float(chi.statistic),
        "chi_square_p": float(chi.pvalue),
        "ecdf_distance": float(distance.statistic),
        "ecdf_p": float(distance.pvalue),
    }


def report(inference: Inference, settings: SbcSettings, found: list[Replicate]) -> dict[str, Any]:
    """Coverage, uniformity and contraction of each parameter, and what stands behind them."""
    prior, question = inference.simulator.prior, inference.simulator.question
    truth = np.array([one.truth for one in found])
    covers = np.array([(one.low <= one.truth) & (one.truth <= one.high) for one in found])
    n = len(found)
    parameters: dict[str, dict[str, Any]] = {}
    for place, path in enumerate(prior.names):
        ranks = np.array([one.rank[place] for one in found])
        means = np.array([one.mean[place] for one in found])
        lines: dict[str, Any] = {}
        for row, level in enumerate(LEVELS):
            name = f"{level * 100:.0f}"
            lines[f"coverage_{name}"] = float(covers[:, row, place].mean())
            lines[f"coverage_{name}_error"] = float(np.sqrt(level * (1.0 - level) / n))
            lines[f"coverage_{name}_unadjusted"] = float(
                np.mean([one.raw_covers[row, place] for one in found])
            )
        lines |= uniformity(ranks, settings.draws, settings.bins)
        lines["contraction"] = float(np.mean([one.sd[place] for one in found]) * np.sqrt(12.0))
        lines["correlation"] = float(np.corrcoef(truth[:, place], means)[0, 1])
        lines["bias_in_sd"] = float(np.mean((means - truth[:, place]) / _sds(found, place)))
        parameters[path] = lines
    return {
        "market": question.market.name,
        "moves": inference.simulator.moves,
        "parameters": parameters,
        "replicates": n,
        "draws": settings.draws,
        "particles": settings.particles,
        "populations": settings.populations,
        "pilot": settings.pilot,
        "simulations": settings.pilot + n + sum(one.simulations for one in found),
        "effective_sample_size": float(np.mean([one.effective_size for one in found])),
        "accounts": question.subscribers,
        "months_before": settings.before,
        "months_after": question.months,
        "seed": question.seed,
        "notes": [
            "coverage_…_error: Monte Carlo standard error if coverage is as stated",
            "coverage_…_unadjusted: the same populations without regression adjustment",
            "contraction: mean posterior over prior standard deviation; 1: the months say nothing",
            "bias_in_sd: mean of (posterior mean − truth) in posterior standard deviations",
        ],
    }


def _sds(found: list[Replicate], place: int) -> Vector:
    return np.maximum(np.array([one.sd[place] for one in found]), 1e-12)


def as_rows(prior: Prior, found: list[Replicate]) -> pd.DataFrame:
    """`sbc.parquet`: a row for each replicate and parameter, in the parameter's own unit."""
    rows: list[dict[str, Any]] = []
    for index, one in enumerate(found):
        values = {
            "truth": prior.values(one.truth),
            "mean": prior.values(one.mean),
            "sd": one.sd * prior.width,
            "low_50": prior.values(one.low[0]),
            "high_50": prior.values(one.high[0]),
            "low_90": prior.values(one.low[1]),
            "high_90": prior.values(one.high[1]),
            "rank": one.rank,
            "rank_unadjusted": one.raw_rank,
        }
        rows += [
            {"replicate": index, "parameter": name} | {k: v[place] for k, v in values.items()}
            for place, name in enumerate(prior.names)
        ]
    return pd.DataFrame(rows)


def _table(told: dict[str, Any]) -> Table:
    title = f"{told['replicates']} planted truths: how often intervals cover them"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("parameter", "50 %", "90 %", "χ² p", "ECDF p", "sd/prior", "corr."):
        table.add_column(name, no_wrap=True)
    for path, row in told["parameters"].items():
        table.add_row(
            path.removeprefix("behaviour."),
            f"{row['coverage_50']:.2f} ± {row['coverage_50_error']:.2f}",
            f"{row['coverage_90']:.2f} ± {row['coverage_90_error']:.2f}",
            f"{row['chi_square_p']:.2f}",
            f"{row['ecdf_p']:.2f}",
            f"{row['contraction']:.2f}",
            f"{row['correlation']:.2f}",
        )
    table.caption = f"{told['simulations']} simulations of {told['accounts']} accounts"
    return table
