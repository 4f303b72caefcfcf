"""`counterplay experiment=twin_check`: does the twin accounting report an effect that is known?

Every campaign of `twin_cases.py` is played in the product's own engine and counted by the product's
own twins (`experiments/measures/counterfactuals.py`). Beside stands what is known from elsewhere:
an identity to the last fen, a formula, or a randomised trial within the arm, which is how a company
without twins would have to find out.
"""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field
from rich.table import Table
from scipy import stats

from experiments.measures.study_schemas import TWIN_CHECK
from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.report.style import BAD, GOOD, INK, canvas, label, png, quiet
from experiments.runs.fingerprint import Names, asked_of
from experiments.runs.listener import Listener
from experiments.runs.pieces import Task, gather
from experiments.runs.store import Piece, Store
from experiments.studies.recovery.cases import check_market
from experiments.studies.recovery.twin_cases import CASES
from experiments.studies.recovery.twin_measure import EXACT, measure
from sim.errors import QuestionError
from sim.names import unknown
from sim.schema import Settings

_LEVEL = 0.95
_FEN = 0.005
"""Rounding of a sum of whole fen once it is scaled to the whole market, relative."""


class TwinCheckOptions(Settings):
    """Which campaigns are played."""

    cases: Annotated[list[str], Field(min_length=1)] = list(CASES)
    """See `experiments/studies/recovery/twin_cases.py`."""


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    read_options(question)


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Play, count and compare.

    Raises:
        QuestionError: an option is out of bounds, or the market's people are not alike.
    """
    options = read_options(question)
    jobs = [(name, seed) for name in options.cases for seed in range(question.seeds)]
    listener.say(f"{len(jobs)} pairs of markets of {question.subscribers} accounts …")
    names = Names(measured, asked_of(question) | {"options": {}})
    tasks = [
        Task(names.of(f"{name}-{seed:03d}"), measured, (question, name, seed))
        for name, seed in jobs
    ]
    tables = gather(question, store, tasks, "Pairs of markets", _rows, listener)
    table = pd.concat(tables, ignore_index=True)
    summary = summarise(table, question, options)
    return Findings(
        question,
        summary,
        {"twin_check": table},
        {"twin_check": TWIN_CHECK},
        pictures={"twin_check": lambda: draw(summary)},
        said=[_shown(summary)],
        main="twin_check.png",
    )


def measured(question: Question, name: str, seed: int) -> Piece:
    """One pair of markets measured, as it is kept."""
    return Piece.of({"rows": measure(question, name, seed)})


def _rows(piece: Piece) -> pd.DataFrame:
    return piece.frame("rows")


def read_options(question: Question) -> TwinCheckOptions:
    """The experiment's options, checked. Raises `QuestionError`."""
    options = validated(TwinCheckOptions, question.options, "experiment")
    for name in options.cases:
        if name not in CASES:
            raise unknown("experiment.cases", name, CASES)
    if question.seeds < 2:
        raise QuestionError(f"seeds={question.seeds}: an interval needs at least 2")
    check_market(question.market)
    return options


def summarise(table: pd.DataFrame, question: Question, options: TwinCheckOptions) -> dict[str, Any]:
    """Known and reported by case and quantity, with the difference's interval over seeds."""
    cases: dict[str, Any] = {}
    for name in options.cases:
        rows = table[table["case"] == name]
        cases[name] = {
            str(quantity): _quantity(rows[rows["quantity"] == quantity])
            for quantity in rows["quantity"].unique()
        }
    return {
        "market": question.market.name,
        "accounts": question.subscribers,
        "months": question.months,
        "seeds": question.seeds,
        "seed": question.seed,
        "unit": "lines and yuan of one simulated market (not scaled to the country), tax included",
        "cases": cases,
    }


def _quantity(rows: pd.DataFrame) -> dict[str, Any]:
    """What was known and what was reported, means over seeds; how far they are apart."""
    gap = (rows["reported"] - rows["known"]).to_numpy(float)
    out: dict[str, Any] = {
        "kind": rows["kind"].iloc[0],
        "seeds": len(rows),
        "known": float(rows["known"].mean()),
        "reported": float(rows["reported"].mean()),
    }
    if out["kind"] == EXACT:
        most = np.maximum(1.0, rows["known"].abs().to_numpy(float))
        out["largest_difference"] = float(np.abs(gap).max())
        return out | {"agrees": bool((np.abs(gap) <= 1e-9 * most + _FEN).all())}
    error = float(gap.std(ddof=1) / np.sqrt(len(gap)))
    half = float(stats.t.ppf(0.5 + _LEVEL / 2, len(gap) - 1)) * error
    mean = float(gap.mean())
    out |= {"difference": mean, "low": mean - half, "high": mean + half}
    out["agrees"] = bool(mean - half <= 0.0 <= mean + half)
    if rows["standard_error"].notna().all():
        z = gap / rows["standard_error"].to_numpy(float)
        out["within_its_own_interval"] = int((np.abs(z) <= stats.norm.ppf(0.975)).sum())
    return out


def _shown(summary: dict[str, Any]) -> Table:
    table = Table(title=f"Known and reported effects, mean of {summary['seeds']} markets")
    for column in ("campaign", "quantity", "known", "reported", "difference", "agrees"):
        left = column in {"campaign", "quantity"}
        table.add_column(column, justify="left" if left else "right")
    for case, quantities in summary["cases"].items():
        for name, q in quantities.items():
            off = (
                f"{q['largest_difference']:.2g} at most"
                if q["kind"] == EXACT
                else f"{q['difference']:,.1f} ({q['low']:,.1f} to {q['high']:,.1f})"
            )
            known, reported = f"{q['known']:,.1f}", f"{q['reported']:,.1f}"
            table.add_row(label(case), name, known, reported, off, "yes" if q["agrees"] else "no")
    return table


def draw(summary: dict[str, Any]) -> bytes:
    """Saved lines as known and as reported, by case and by method, as a PNG."""
    rows = [
        (f"{label(case)}: {name}", q)
        for case, quantities in summary["cases"].items()
        for name, q in quantities.items()
        if name.startswith("saved")
    ]
    figure = canvas(
        "What a campaign saved, known and reported",
        f"Market {summary['market']}, {summary['accounts']} accounts, {summary['months']} months, "
        f"mean of {summary['seeds']} markets. Ring: what is known (in the trial: the twins' own "
        "number). Dot: what is reported; the line is the 95 % interval of its mean.",
        height=1.6 + 0.42 * len(rows),
    )
    axes = figure.subplots()
    for place, (_, q) in enumerate(rows):
        colour = GOOD if q["agrees"] else BAD
        if q["kind"] != EXACT:
            ends = [q["known"] + q["low"], q["known"] + q["high"]]
            axes.plot(ends, [place, place], color=colour, linewidth=1.6)
        axes.scatter([q["reported"]], [place], color=colour, s=26, zorder=3)
        axes.scatter(
            [q["known"]], [place], s=80, facecolors="none", edgecolors=INK, linewidths=1.0, zorder=4
        )
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("lines saved in one simulated market", fontsize=8.5, color=INK)
    quiet(axes, grid="x")
    return png(figure)
