"""Asking from Python. Nothing is written unless it is asked for, and nothing is printed.

The public names stand in `counterplay/__init__.py`; docs/python.md shows how they are used.
"""

import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agents.settings import MarketSettings
from experiments.question import catalogue, play
from experiments.question.ask import Asking, PlayableQuestion
from experiments.question.files import Files
from experiments.question.play import Play, Playable
from experiments.question.registry import KINDS
from experiments.question.resolve import read_market
from experiments.runs.listener import SILENT, Calling, Listener, Progress
from sim.errors import QuestionError
from strategies import registry

if TYPE_CHECKING:
    # Imported on use: naming a market should not wait for figures and compilers.
    from experiments.runs.study import StudyResult
    from experiments.studies.compare import Comparison

type OnProgress = Callable[[Progress], object] | None

_ONE_AT_A_TIME = threading.RLock()
"""Kernels use all cores and may not be entered twice; whoever asks from a second thread waits."""


def compare(  # noqa: PLR0913 - all that a question can say, each by its name
    *,
    market: str | MarketSettings = "china_2024",
    strategies: Iterable[Playable] | Mapping[str, Playable] | None = None,
    rivals: Mapping[str, Playable] | None = None,
    arms: Mapping[str, Mapping[str, Playable]] | None = None,
    focal: str | None = None,
    months: int | None = None,
    worlds: int | None = None,
    seeds: int | None = None,
    seed: int | None = None,
    subscribers: int | None = None,
    burn_in: int | None = None,
    unknowns: str | Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    store: Path | str | None = None,
    progress: OnProgress = None,
    config_dir: Path | str | None = None,
) -> "Comparison":
    """Which of our options is best, on the same customers with the same luck?

    Args:
        market: a market's name, or a market of one's own.
        strategies: what the focal operator might do: names of `conf/strategy` or `conf/rival`,
            plays such as `price_cut(depth=0.3)`, objects with `act(view)`, or what makes such;
            by name in a mapping. `hold` is always among them.
        rivals: what other operators play; the market says what those play that are not named.
        arms: further options that say for several operators what they play; the focal operator
            holds where it is not named.
        focal: whose question it is; the market names one.
        months: length of the experiment.
        worlds: draws of what nobody knows.
        seeds: repetitions with other luck in each world.
        seed: the first seed; the same seed gives the same answer.
        subscribers: accounts simulated; they stand for the whole market.
        burn_in: months lived before month 0.
        unknowns: a name of `conf/unknowns`, or ranges by dotted path.
        settings: any other setting by its dotted path, such as `market.behaviour.transparency`.
        jobs: worker processes; they change nothing but the time it takes. Default: all cores.
        store: a folder for finished pieces, which another call takes over; default: none is kept.
        progress: is called with a `Progress` now and then; an error it raises ends the run.
        config_dir: a folder with files of one's own, as on the command line.

    Raises:
        QuestionError: what is asked cannot be.
        RunError: the machine does not let us.
    """
    numbers: dict[str, Any] = {
        "focal": focal, "months": months, "worlds": worlds, "seeds": seeds, "seed": seed,
        "subscribers": subscribers, "burn_in": burn_in, "jobs": jobs,
    }  # fmt: skip
    asking = Asking(
        "compare", market, strategies, rivals, arms, unknowns, None, settings, numbers,
        _folder(config_dir),
    )  # fmt: skip
    return cast("Comparison", _run(asking, store, progress))


def run(
    study: str,
    *,
    market: str | MarketSettings | None = None,
    store: Path | str | None = None,
    progress: OnProgress = None,
    options: Mapping[str, Any] | None = None,
    **more: Any,
) -> "StudyResult":
    """Any kind of experiment, by name (`studies()` lists them).

    Args:
        study: its kind.
        market: a market's name, or a market of one's own; default: the study's.
        store: a folder for finished pieces; default: none is kept.
        progress: is called with a `Progress` now and then.
        options: the study's own, as in `conf/experiment/<kind>.yaml`.
        **more: as in `compare`.

    Raises:
        QuestionError: what is asked cannot be.
        RunError: the machine does not let us.
    """
    apart = {"strategies", "rivals", "arms", "unknowns", "settings", "config_dir"}
    said = {name: more.pop(name) for name in sorted(apart & more.keys())}
    said["config_dir"] = _folder(said.get("config_dir"))
    return _run(Asking(study, market, options=options, numbers=more, **said), store, progress)


def write(result: "StudyResult", folder: Path | str, progress: OnProgress = None) -> Path:
    """Write all files of a result into a folder, as the command line does.

    Raises:
        QuestionError: another run works in the folder, or it cannot be one.
        RunError: the machine does not let us write there.
    """
    from experiments import answering

    return answering.write(result, Path(folder), _listener(progress))


def market(name: str, config_dir: Path | str | None = None) -> MarketSettings:
    """A market by name, to look at or to change (`model_copy(update=...)`).

    Raises:
        UnknownNameError: there is none of this name.
    """
    files = Files.of(_folder(config_dir))
    return read_market(catalogue.composed({"market": name}, files)["market"])


def markets(config_dir: Path | str | None = None) -> list[catalogue.Entry]:
    """The markets to choose from."""
    return catalogue.markets(Files.of(_folder(config_dir)))


def strategies(config_dir: Path | str | None = None) -> list[catalogue.Entry]:
    """What an operator may play, by name: our options, then what rivals are made to play."""
    files = Files.of(_folder(config_dir))
    entries = [entry for group in play.GROUPS for entry in catalogue.plays(group, files)]
    return list({entry.name: entry for entry in reversed(entries)}.values())[::-1]


def studies() -> list[str]:
    """The kinds of experiment that `run` knows."""
    return sorted(KINDS)


def played(name: str, /, **changes: Any) -> Play:
    """What an operator plays, by the name of a file or a kind, with some parameters changed.

    Raises:
        QuestionError: there is no such name or parameter, or a value is out of range.
    """
    return play.checked(name, changes)


def _folder(given: Path | str | None) -> Path | None:
    return None if given is None else Path(given)


def _listener(progress: OnProgress) -> Listener:
    return SILENT if progress is None else Calling(progress)


def _run(asking: Asking, store: Path | str | None, progress: OnProgress) -> "StudyResult":
    from experiments.answering import study_of
    from experiments.runs.scratch import Scratch
    from experiments.runs.store import CELLS, Store

    with _ONE_AT_A_TIME:
        scratch = None if store is not None else Scratch(Path(tempfile.gettempdir()))
        try:
            folder = Path(store) if store is not None else cast("Scratch", scratch).folder
            asked = asking.resolve(folder, resume=True)
            question = _in_this_process(asked, kept=store is not None)
            study = study_of(question.experiment)
            with asked.played():
                study.check(question)
                kept = Store(folder / CELLS)
                kept.check_folder()
                result = study.run(question, kept, _listener(progress))
        except BaseException:
            if scratch is not None:
                scratch.close()
            raise
        if scratch is not None:
            weakref.finalize(result, scratch.close)
        return result


def _in_this_process(asked: PlayableQuestion, *, kept: bool) -> Any:
    """The question as it can be run: strategies of the user's own are known here alone."""
    from dataclasses import replace

    with asked.played():
        if not asked.is_own:
            return asked.question
    if kept:
        raise QuestionError(
            "store: a strategy of your own is code that no name tells apart from its last version, "
            "so what it played cannot be kept; leave store out"
        )
    return replace(asked.question, jobs=1)


def described(kind: str) -> str:
    """What a kind of strategy takes: each parameter, what may be there, and what it means."""
    from experiments.question.schema import below, limits, meanings

    lines = [f"What an operator plays: {kind.replace('_', ' ')}.", "", "Parameters:"]
    for schema in registry.schemas_of(kind):
        said = meanings(schema)
        lines += [
            f"    {name}: {limits(below(schema, [name]))}. {said.get(name, '')}".rstrip()
            for name in schema.model_fields
        ]
    return "\n".join(lines)


def constructors() -> tuple[str, ...]:
    """The kinds of strategy, each of which is a function of the public module."""
    return registry.kinds()
