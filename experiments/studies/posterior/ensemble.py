"""`counterplay experiment=ensemble`: what observed months say about people, as an ensemble.

The ensemble is about behaviour. Where accounts stand, and the appeals that put them there, stay a
matter of calibration by inversion (`experiments/studies/calibrate.py`): the statistics leave out
what a calibration could meet anyway. To use a member is to draw its behaviour and calibrate again.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich import box
from rich.table import Table
from rich.text import Text

from experiments.measures.study_schemas import ENSEMBLE
from experiments.question.places import find
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.runs.sweep import warm_up
from experiments.studies.posterior.adjustment import Ensemble
from experiments.studies.posterior.aggregates import Aggregates, as_table, read_aggregates
from experiments.studies.posterior.figures import marginals
from experiments.studies.posterior.infer import (
    Inference,
    InferenceSettings,
    Posterior,
    check_size,
    read_settings,
)
from experiments.studies.posterior.kept import KeptSimulations
from experiments.studies.posterior.learned_summaries import LearnedSummary
from experiments.studies.posterior.prior import Prior, planted, prior_of
from experiments.studies.posterior.simulator import Luck, Simulator, pilot_of

Vector = NDArray[np.float64]

WEIGHT = "weight"
LEVELS = (0.5, 0.9)
_FAR = 3.0


class EnsembleSettings(InferenceSettings):
    """Options of `experiment=ensemble`."""

    observed: str | None = None
    """CSV of monthly aggregates by operator; none: they are simulated from `planted`."""
    planted: dict[str, float] = {}
    """Values to recover, by parameter; a factor is 1 and a value the market's own if left out."""


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    settings = read_settings(EnsembleSettings, question)
    check_size(settings, len(prior_of(question, settings.parameters).ranges))


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Infer an ensemble.

    Raises:
        QuestionError: an option or the file of observations cannot be used.
    """
    settings = read_settings(EnsembleSettings, question)
    prior = prior_of(question, settings.parameters)
    check_size(settings, len(prior.ranges))
    simulator = Simulator(question, prior, settings.before)
    operators = list(question.market.operators)
    truth: Vector | None = None
    if settings.observed is None:
        truth = planted(question, prior, settings.planted)
        observed = simulator.live(prior.positions(truth), Luck.OBSERVED)
    else:
        path = find(settings.observed, question.folders, "experiment.observed")
        observed = read_aggregates(path, operators, settings.before, question.months)
    if not simulator.moves:
        listener.say(
            "No rival moves: nothing in these months tells how sharply people respond to prices.",
            "yellow",
        )
    warm_up(question)
    listener.say(f"{settings.pilot} markets from the prior …")
    pilot = pilot_of(simulator, settings.pilot, store, listener)
    inference = Inference(simulator, settings, pilot)
    summary, known = inference.learned(observed)
    listener.say(f"ABC-SMC: {settings.populations} populations of {settings.particles} …")
    simulate = KeptSimulations(simulator, settings, observed, store)
    luck = [question.seed, Luck.POPULATIONS]
    posterior = inference.infer(observed, summary, known, luck, simulate)
    content = report(inference, posterior, summary, truth)
    return Findings(
        question,
        content,
        {"ensemble": as_members(prior, posterior.ensemble)},
        {"ensemble": ENSEMBLE},
        {"observed.csv": _as_csv(observed, question, simulator)},
        {"ensemble": lambda: marginals(prior, posterior.ensemble, truth, content["parameters"])},
        said=[_table(content), *_far_away(posterior)],
        main="ensemble.parquet",
    )


def _far_away(found: Posterior) -> list[Text]:
    if found.tolerances[-1] <= _FAR:
        return []
    text = (
        f"No draw comes nearer to what was observed than {found.tolerances[-1]:.1f} standard "
        "errors: the market as it stands may be unable to behave like that."
    )
    return [Text(text, style="yellow")]


def as_members(prior: Prior, ensemble: Ensemble) -> pd.DataFrame:
    """One row a member: a column for each range path with the value drawn, and `weight`."""
    frame = pd.DataFrame(prior.values(ensemble.points), columns=list(prior.names))
    frame[WEIGHT] = ensemble.weights
    return frame


def report(
    inference: Inference, found: Posterior, summary: LearnedSummary, truth: Vector | None
) -> dict[str, Any]:
    """The posterior in numbers, and what stands behind them."""
    prior, question = inference.simulator.prior, inference.simulator.question
    ensemble = found.ensemble
    mean, sd = prior.values(ensemble.mean()), ensemble.sd() * prior.width
    intervals = {level: prior.values(ensemble.interval(level)) for level in LEVELS}
    parameters: dict[str, dict[str, Any]] = {}
    for place, parameter in enumerate(prior.ranges):
        lines: dict[str, Any] = {
            "scale": parameter.scale,
            "prior": [parameter.low, parameter.high],
            "mean": float(mean[place]),
            "sd": float(sd[place]),
            "contraction": float(ensemble.sd()[place] * np.sqrt(12.0)),
            "explained": float(summary.explained[place]),
        }
        for level, ends in intervals.items():
            lines[f"interval_{level * 100:.0f}"] = [float(end) for end in ends[:, place]]
        if truth is not None:
            lines["planted"] = float(truth[place])
            for level, ends in intervals.items():
                low, high = ends[:, place]
                lines[f"covered_{level * 100:.0f}"] = bool(low <= truth[place] <= high)
        parameters[parameter.path] = lines
    return {
        "market": question.market.name,
        "observed": "simulated" if truth is not None else "file",
        "moves": inference.simulator.moves,
        "parameters": parameters,
        "members": len(ensemble.weights),
        "effective_sample_size": ensemble.effective_size,
        "populations": len(found.tolerances),
        "tolerances": list(found.tolerances),
        "simulations": len(inference.pilot.points) + found.simulations,
        "accounts": question.subscribers,
        "months_before": inference.settings.before,
        "months_after": question.months,
        "seed": question.seed,
        "notes": [
            "contraction: posterior over prior standard deviation; 1 means the months say nothing",
            "explained: share of the prior's variance that the learned summary predicts",
            "tolerances: largest distance accepted, in standard errors of the learned summary",
        ],
    }


def _as_csv(observed: Aggregates, question: Question, simulator: Simulator) -> str:
    table = as_table(observed, list(question.market.operators), simulator.before)
    return table.to_csv(index=False)


def _table(told: dict[str, Any]) -> Table:
    title = f"What {told['months_before'] + told['months_after']} months tell"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("parameter", "prior", "planted", "mean", "90 % interval", "sd/prior"):
        table.add_column(name, no_wrap=True)
    for path, row in told["parameters"].items():
        table.add_row(
            path.removeprefix("behaviour.") + (" ×" if row["scale"] == "factor" else ""),
            f"{row['prior'][0]:g} to {row['prior'][1]:g}",
            f"{row['planted']:.3g}" if "planted" in row else "–",
            f"{row['mean']:.3g}",
            f"{row['interval_90'][0]:.3g} to {row['interval_90'][1]:.3g}",
            f"{row['contraction']:.2f}",
        )
    table.caption = (
        f"{told['members']} members worth {told['effective_sample_size']:.0f}, "
        f"{told['simulations']} simulations of {told['accounts']} accounts"
    )
    return table
