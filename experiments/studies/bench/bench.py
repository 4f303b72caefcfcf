"""How fast a month is: the engine beside the reference, plain NumPy and mere memory traffic.

All contenders live the same month of the same population in one run and take turns, so that what
else the machine does falls on all of them; medians are reported. Compiling is not timed.
"""

import gc
import importlib.metadata
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Annotated, Any, NamedTuple

import mesa
import numpy as np
from pydantic import Field
from rich import box
from rich.table import Table

from agents.life_cycle import LifeCycleSettings
from agents.market import Market
from agents.population import ColumnPopulation, Population
from agents.reference import ReferencePopulation
from agents.state import STATE, Columns, copy_columns, new_record
from experiments.question.errors import validated
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.studies.bench.contest import Contest, Turn
from experiments.studies.bench.everything import everything_scene
from experiments.studies.bench.memory_traffic import read_and_write
from experiments.studies.bench.vectorised import VectorisedPopulation
from sim.errors import QuestionError
from sim.schema import Settings

_NOTES = (
    "ns_per_subscriber_month: median of repetitions that take turns; compiling not timed",
    "ratio_to_reference: how many times faster than one Mesa agent a subscriber in the same month; "
    "the reference is measured up to reference_up_to subscribers and held to cost as much beyond",
    "ratio_to_floor: how many times slower than one compiled pass on one thread that reads every "
    "column and writes every one that changes",
    "copy: NumPy's copy of the state, for scale",
    "nobody plays a strategy: the NumPy version knows no campaigns, so none has any",
    "no line lapses: the NumPy version knows none that does, so chosen_share is 1 here",
    "all on: every optional mechanism, in the market with scenes, silence, outages and a platform; "
    "two operators play the whole playbook, lines lapse as the market says; beside the same floor",
)
ALL_ON = ", all on"
"""What the names of contenders end in that live a month with every mechanism on."""
_LIBRARIES = ("counterplay", "mesa", "numpy", "numba")
_COMPARED = ("offer", "second", "broadband", "bill_fen", "points", "contract_left")
"""What the NumPy version must come to as well; the reference must in everything."""
_ENOUGH = 0.999
"""NumPy's exp, log and cos may differ from the C library's in the last bit."""

Count = Annotated[int, Field(ge=1, le=100)]
Size = Annotated[int, Field(ge=1, le=50_000_000)]


class BenchOptions(Settings):
    """What is measured."""

    subscribers: Annotated[list[Size], Field(min_length=1)] = [100_000, 1_000_000, 5_000_000]
    threads: Annotated[list[Count], Field(min_length=1)] = [1, 2]
    """Of the engine; the others use one."""
    reference_up_to: Annotated[int, Field(ge=0)] = 100_000
    """Largest population for which the reference is measured as well."""
    vectorised_up_to: Annotated[int, Field(ge=0)] = 1_000_000
    all_on_up_to: Annotated[int, Field(ge=0)] = 1_000_000
    """Largest population for which a month with all mechanisms on is measured as well; 0: none."""
    repetitions: Count = 7
    reference_repetitions: Count = 2
    months_before: Annotated[int, Field(ge=0, le=120)] = 3
    """Months lived before the one that is measured, so that it is an ordinary one."""


@dataclass
class Contender:
    """Something that is measured."""

    name: str
    threads: int
    prepare: Callable[[Contest], Turn]
    """From the month that it lives."""
    repetitions: int
    agreement: float | None
    """Share of accounts that must end the month like the engine's; `None`: it lives no month."""
    scene: str = ""
    """Which of the months it lives: `ALL_ON`, or the one with all mechanisms off."""
    seconds: list[float] = field(default_factory=list[float])
    agreed: float | None = None


class BenchRow(NamedTuple):
    """One line of the result."""

    name: str
    subscribers: int
    threads: int
    ns_per_subscriber_month: float
    ratio_to_reference: float | None
    ratio_to_floor: float


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    fewest = len(question.market.regions)
    for subscribers in _options(question.options).subscribers:
        if subscribers < fewest:
            raise QuestionError(
                f"experiment.subscribers = {subscribers}: must be at least {fewest}, "
                "one for each region"
            )


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Let all contenders take turns; nothing is kept of an unfinished race.

    Raises:
        QuestionError: an option is unknown or out of range, or contenders did unlike work.
    """
    del store
    options = _options(question.options)
    load = round(os.getloadavg()[0], 2)
    listener.say("Compiling …")
    smallest = len(question.market.regions)
    once = options.model_copy(update={"repetitions": 1, "reference_repetitions": 1})
    _measure(_scenes(question, smallest, 0, once), once)
    measured: dict[int, list[Contender]] = {}
    for subscribers in sorted(options.subscribers):
        listener.say(f"Measuring a month of {subscribers:,} subscribers …")
        scenes = _scenes(question, subscribers, options.months_before, options)
        measured[subscribers] = _measure(scenes, options)
    rows = _rows(measured)
    result = {
        "rows": [row._asdict() for row in rows],
        "same_work": _same_work(measured),
        "notes": list(_NOTES),
        "options": options.model_dump(),
        "versions": _versions(load),
    }
    return Findings(
        question, result, said=[_table(rows)], main="bench.json", summary_file="bench.json"
    )


def _options(given: dict[str, Any]) -> BenchOptions:
    return validated(BenchOptions, given, "experiment")


def _scenes(
    question: Question, subscribers: int, months_before: int, options: BenchOptions
) -> dict[str, Contest]:
    """The months that are lived, by what the names of their contenders end in."""
    scenes = {"": _scene(question, subscribers, months_before)}
    if subscribers <= options.all_on_up_to:
        threads = os.cpu_count() or 1
        scenes[ALL_ON] = everything_scene(
            question.market, subscribers, question.seed, threads, months_before
        )
    return scenes


def _scene(question: Question, subscribers: int, months_before: int) -> Contest:
    threads = os.cpu_count() or 1
    settings = question.market.model_copy(update={"life_cycle": LifeCycleSettings()})
    market = Market(settings, subscribers, question.seed, threads).run(months_before)
    nobody = np.full(subscribers, -1, dtype=np.int16)
    return Contest(market.population.columns(), market.tables(), market.behaviour, nobody)


# --- contenders -----------------------------------------------------------------------------------


def _contenders(subscribers: int, options: BenchOptions) -> list[Contender]:
    many = options.repetitions
    contenders = [Contender("engine", n, _engine(n), many, 1.0) for n in options.threads]
    if subscribers <= options.vectorised_up_to:
        contenders.append(Contender("numpy", 1, _vectorised, many, _ENOUGH))
    if subscribers <= options.reference_up_to:
        contenders.append(Contender("reference", 1, _reference, options.reference_repetitions, 1.0))
    floor = Contender("floor", 1, _floor, many, None)
    return [*contenders, floor, Contender("copy", 1, _copy, many, None)]


def _with_all_on(contenders: list[Contender]) -> list[Contender]:
    """Those that know every mechanism, to live a month with all of them."""
    return [
        Contender(c.name + ALL_ON, c.threads, c.prepare, c.repetitions, c.agreement, ALL_ON)
        for c in contenders
        if c.agreement == 1.0
    ]


def _living(population: Population, contest: Contest) -> Turn:
    for column in population.record:
        column.fill(0)  # memory that was never touched is slow the first time
    month = (contest.m, contest.p, contest.contact)
    return Turn(lambda: population.live(*month), population.columns)


def _engine(threads: int) -> Callable[[Contest], Turn]:
    def prepare(contest: Contest) -> Turn:
        return _living(ColumnPopulation(copy_columns(contest.columns), threads), contest)

    return prepare


def _vectorised(contest: Contest) -> Turn:
    return _living(VectorisedPopulation(copy_columns(contest.columns)), contest)


def _reference(contest: Contest) -> Turn:
    return _living(ReferencePopulation(mesa.Model(), contest.columns), contest)


def _floor(contest: Contest) -> Turn:
    columns = copy_columns(contest.columns)
    n = len(contest.contact)
    record = new_record(n)
    for column in record:
        column.fill(0)
    total = np.zeros(1)
    return Turn(
        lambda: read_and_write(columns, record, contest.contact, total, 0, n), lambda: columns
    )


def _copy(contest: Contest) -> Turn:
    columns = copy_columns(contest.columns)

    def copy() -> None:
        for target, source in zip(columns, contest.columns, strict=True):
            np.copyto(target, source)

    return Turn(copy, lambda: columns)


# --- measuring ------------------------------------------------------------------------------------


def _measure(scenes: dict[str, Contest], options: BenchOptions) -> list[Contender]:
    """Let the contenders take turns; all of a scene see the same population.

    Raises `QuestionError`.
    """
    contenders = _contenders(len(scenes[""].contact), options)
    if ALL_ON in scenes:
        contenders += _with_all_on(contenders)
    expected: dict[str, Columns] = {}
    for turn in range(max(contender.repetitions for contender in contenders)):
        for contender in contenders:
            if turn >= contender.repetitions:
                continue
            scene = contender.scene
            ready = contender.prepare(scenes[scene])
            gc.collect()
            start = time.perf_counter()
            ready.live()
            contender.seconds.append(time.perf_counter() - start)
            if contender.agreement is not None:
                after = ready.after()
                _compare(contender, after, expected.setdefault(scene, after))
    return contenders


def _compare(contender: Contender, after: Columns, expected: Columns) -> None:
    same = np.ones(len(after.offer), dtype=np.bool_)
    for name in STATE if contender.agreement == 1.0 else _COMPARED:
        if not len(getattr(after, name)):
            continue
        same &= getattr(after, name) == getattr(expected, name)
    contender.agreed = float(same.mean())
    if contender.agreement is not None and contender.agreed < contender.agreement:
        raise QuestionError(
            f"{contender.name} on {contender.threads} threads: {contender.agreed:.2%} of accounts "
            f"end like the engine's, must be {contender.agreement:.1%}: times for different work "
            "cannot be compared"
        )


def _rows(measured: dict[int, list[Contender]]) -> list[BenchRow]:
    def ns(contender: Contender, subscribers: int) -> float:
        return median(contender.seconds) / subscribers * 1e9

    def of(name: str, subscribers: int) -> list[float]:
        return [ns(c, subscribers) for c in measured[subscribers] if c.name == name]

    def reference(scene: str) -> list[float]:
        return [times[0] for size in measured if (times := of("reference" + scene, size))]

    rows: list[BenchRow] = []
    for subscribers, contenders in measured.items():
        floor = of("floor", subscribers)[0]
        for contender in contenders:
            own = ns(contender, subscribers)
            times = reference(contender.scene) if contender.agreement else []
            gain = times[-1] / own if times else None
            if contender.name.startswith("reference"):
                gain = 1.0
            rows.append(
                BenchRow(contender.name, subscribers, contender.threads, own, gain, own / floor)
            )
    return rows


def _same_work(measured: dict[int, list[Contender]]) -> list[dict[str, Any]]:
    """Share of accounts that ended the month exactly like the engine's on one thread."""
    return [
        {
            "name": contender.name,
            "subscribers": subscribers,
            "threads": contender.threads,
            "accounts_equal": contender.agreed,
            "required": contender.agreement,
        }
        for subscribers, contenders in measured.items()
        for contender in contenders
        if contender.agreement is not None
    ]


def _versions(before: float) -> dict[str, Any]:
    """What was measured where; a load before the start is others at work."""
    libraries = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "load_average_before": before,
    }
    return {"python": platform.python_version(), **libraries, **machine}


def _table(rows: list[BenchRow]) -> Table:
    title = "A subscriber's month: ns, times as fast as the reference, as slow as the floor"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("contender", no_wrap=True)
    for name in ("subscribers", "threads", "ns", "M/s", "× reference", "× floor"):
        table.add_column(name, justify="right", no_wrap=True)
    size = None
    for row in rows:
        if row.subscribers != size:
            table.add_section()
            size = row.subscribers
        gain = row.ratio_to_reference
        table.add_row(
            row.name,
            f"{row.subscribers:,}",
            str(row.threads),
            f"{row.ns_per_subscriber_month:,.1f}",
            f"{1e3 / row.ns_per_subscriber_month:.3g}",
            "–" if gain is None else f"{gain:,.0f}" if gain >= 10 else f"{gain:.1f}",
            f"{row.ratio_to_floor:,.1f}",
        )
    return table
