"""The main experiment: arms × worlds × seeds, and the answer written to the output folder."""

import importlib.metadata
import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from agents.market import Market
from experiments.analysis.answer import Answer, QuestionLabels
from experiments.analysis.paired import summarise
from experiments.paths import ROOT
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.report.memo import write_report
from experiments.runs.cells import HOLD, CellResult, World, calibrate_world, run_cell, seed_number
from experiments.runs.store import TABLES, CellStore, fingerprint, write_atomically
from experiments.runs.worlds import describe_worlds, draw_worlds
from sim.schema import MarketError
from sim.vocabulary import SEGMENTS

_WARM_UP_ACCOUNTS = 200
_POOR_FIT = 0.05
_LIBRARIES = ("mesa", "numpy", "numba", "pandas", "scipy", "matplotlib", "hydra-core", "pyarrow")


def run(question: Question, console: Console) -> None:
    """Answer a question and write everything a reader needs to `question.out`.

    Raises:
        MarketError: every run of an arm failed, so that there is nothing to compare.
    """
    need_full_market(question)
    if set(question.strategies) == {HOLD}:
        raise MarketError(
            "strategies names nothing to compare with 'hold'; name at least one more, for instance "
            "strategies=[match_price]"
        )
    answer = compute(question, console)
    summary = summarise(answer)
    write_atomically(question.out / "summary.json", json.dumps(summary, indent=1, allow_nan=False))
    write_atomically(question.out / "manifest.json", json.dumps(manifest(question), indent=1))
    console.print("Writing the memo …")
    write_report(answer, summary, question.out)
    console.print(f"\n{summary['recommendation']['text']}\n")
    if answer.misfit > _POOR_FIT:
        console.print(
            f"[yellow]In some world the market departs from the published figures by "
            f"{answer.misfit:.1%} before anybody moves.[/yellow]"
        )
    if answer.failures:
        console.print(f"[red]{len(answer.failures)} runs failed[/red]: see the end of memo.html")
    console.print(f"Memo: {question.out / 'memo.html'}")


def compute(question: Question, console: Console) -> Answer:
    """Run what is not there yet and return the answer's tables."""
    question.out.mkdir(parents=True, exist_ok=True)
    stamp = fingerprint(question)
    store = CellStore(question.out, stamp)
    cells = [(w, s) for w in range(question.worlds) for s in range(question.seeds)]
    missing = [cell for cell in cells if not (question.resume and store.has(*cell))]
    draws = draw_worlds(question)
    if missing:
        console.print("Compiling the behaviour …" if question.jobs > 1 else "Preparing …")
        warm_up(question)
    worlds = _calibrated(question, draws, stamp, console)
    if missing:
        _run_cells(question, worlds, missing, store, console)
    for name in TABLES:
        store.merge(name, cells, question.out)
    described = describe_worlds(question, draws)
    described.to_parquet(question.out / "worlds.parquet")
    return _answer(question, store, cells, described, max(world.worst for world in worlds))


def warm_up(question: Question) -> None:
    """Compile (or load) the kernels once, before several workers would each do it."""
    accounts = max(_WARM_UP_ACCOUNTS, len(question.market.regions))
    Market(question.market, min(accounts, question.subscribers), seed_number(question, 0, 0)).step()


def _calibrated(
    question: Question, draws: list[dict[str, float]], stamp: str, console: Console
) -> list[World]:
    """Calibrated worlds; kept in the output folder, so that resuming does not repeat them."""
    path = question.out / "cells" / "worlds.json"
    known = _known_worlds(path, stamp) if question.resume else []
    if len(known) == len(draws):
        return known
    jobs = [joblib.delayed(calibrate_world)(question, i, draw) for i, draw in enumerate(draws)]
    worlds = in_parallel(question, jobs, "Worlds that fit the published figures", console)
    worlds.sort(key=lambda world: world.index)
    text = json.dumps({"stamp": stamp, "worlds": [vars(world) for world in worlds]}, indent=1)
    write_atomically(path, text)
    return worlds


def _known_worlds(path: Path, stamp: str) -> list[World]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [World(**world) for world in data["worlds"]] if data["stamp"] == stamp else []


def _run_cells(
    question: Question,
    worlds: list[World],
    missing: list[tuple[int, int]],
    store: CellStore,
    console: Console,
) -> None:
    jobs = [joblib.delayed(_run_and_keep)(question, worlds[w], s, store) for w, s in missing]
    label = f"{len(question.strategies)} options in {len(missing)} markets"
    in_parallel(question, jobs, label, console)


def _run_and_keep(question: Question, world: World, seed: int, store: CellStore) -> None:
    store.save(run_cell(question, world, seed))


def in_parallel(question: Question, jobs: list[Any], label: str, console: Console) -> list[Any]:
    """Run jobs on `question.jobs` processes, showing progress; results in order of completion."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    results: list[Any] = []
    with Progress(*columns, console=console, transient=False) as progress:
        task = progress.add_task(label, total=len(jobs))
        if question.jobs == 1:
            for function, arguments, options in jobs:
                results.append(function(*arguments, **options))
                progress.advance(task)
            return results
        pool = joblib.Parallel(question.jobs, backend="loky", return_as="generator_unordered")
        for result in pool(jobs):
            results.append(result)
            progress.advance(task)
    return results


def _answer(
    question: Question,
    store: CellStore,
    cells: list[tuple[int, int]],
    worlds: pd.DataFrame,
    misfit: float,
) -> Answer:
    outcomes = store.read("outcomes", cells)
    failures = store.failures(cells)
    if outcomes.empty or set(question.strategies) - set(outcomes["arm"].unique()):
        first = failures[0]["error"] if failures else "no cell was finished"
        raise MarketError(f"an option failed in every market, so nothing can be compared: {first}")
    return Answer(
        labels=labels_of(question),
        monthly=store.totals(cells),
        outcomes=outcomes,
        twins=store.read("twins", cells),
        switching=store.read("switching", cells),
        worlds=worlds,
        log=store.read("log", cells),
        misfit=max(misfit, store.misfit(cells)),
        failures=failures,
    )


def labels_of(question: Question) -> QuestionLabels:
    """The question in the words a report prints."""
    market = question.market
    return QuestionLabels(
        market=market.name,
        market_label=market.label,
        currency=market.currency,
        focal=question.focal,
        operators={name: o.label for name, o in market.operators.items()},
        rivals={
            name: str(plays.get("description") or plays["kind"]) + _perhaps(question, name)
            for name, plays in question.rivals.items()
        },
        arms={
            name: str(plays.get("description") or plays["kind"])
            for name, plays in question.strategies.items()
        },
        months=question.months,
        subscribers=question.subscribers,
        people_million=market.people_million,
        worlds=question.worlds,
        seeds=question.seeds,
        segments=SEGMENTS,
        regions=tuple(market.regions),
    )


def _perhaps(question: Question, rival: str) -> str:
    """A word on a rival whose reaction the worlds draw."""
    if question.worlds == 1:
        return ""
    holds = question.rivals[rival].get("kind") == "hold"
    for wanted in question.ranges:
        if wanted.options and wanted.path.endswith(".reaction"):
            who = wanted.path.split(".")[1]
            if who == rival or (who == "*" and not holds):
                return " (in some worlds it answers others' moves)"
    return ""


def manifest(question: Question) -> dict[str, Any]:
    """What must be known to get the same numbers again."""
    return {
        "config": question.resolved,
        "fingerprint": fingerprint(question),
        "seeds": [
            [seed_number(question, world, seed) for seed in range(question.seeds)]
            for world in range(question.worlds)
        ],
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def _commit() -> str:
    """Commit of the code, if it stands in a repository; `+` where files differ from it."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--abbrev=40"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()


__all__ = ["CellResult", "compute", "run"]
