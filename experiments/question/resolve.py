"""From plain data to a validated `Question`: every contradiction is found here, before any work."""

import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from agents.market_formats import FORMS, form_of
from agents.settings import MarketSettings
from experiments.question.errors import explain_validation, polish
from experiments.question.pins import fixed_values
from experiments.question.places import check_no_links
from experiments.question.provenance import NOTHING_SAID, Said
from experiments.question.question import HOLD, NO_ATTACK, Question
from experiments.question.registry import check_kind, check_option_names
from experiments.question.settings import RunSettings
from experiments.question.uncertainties import read_ranges
from sim.errors import QuestionError, RunError
from sim.names import check, unknown
from strategies.registry import TEXTS, read

Plain = dict[str, Any]


def read_question(
    config: Mapping[str, Any],
    out: Path | None = None,
    folders: tuple[Path, ...] = (),
    said: Said = NOTHING_SAID,
) -> Question:
    """A validated question from plain data.

    Args:
        config: the whole configuration.
        out: where the answer goes, if not where the configuration says.
        folders: where files that a market names are looked for.
        said: what of it is the user's; ranges give way to that.

    Raises:
        QuestionError: what is asked cannot be; nothing has been done or written.
    """
    _check_numbers(config)
    _check_market_file(config)
    try:
        run = RunSettings.model_validate(_tuples_on_top(config))
    except ValidationError as error:
        raise QuestionError(explain_validation(error, RunSettings)) from None
    check_kind(run.experiment.name)
    check_option_names(run.experiment.name, run.experiment.model_extra or {})
    market = read_market(run.market)
    _check_market(run, market)
    rivals = _rivals(run, market)
    ranges, gave_way = read_ranges(run.unknowns.ranges, market, rivals, said)
    return Question(
        experiment=run.experiment.name,
        market=market,
        focal=run.focal,
        rivals=rivals,
        strategies=_arms(run, market),
        profiles=_profiles(run, market),
        subscribers=run.subscribers,
        months=run.months,
        burn_in=run.burn_in,
        worlds=run.worlds,
        seeds=run.seeds,
        seed=run.seed,
        jobs=run.jobs if isinstance(run.jobs, int) and run.jobs else _cores(),
        ranges=ranges,
        out=check_out(Path(run.out) if out is None else out),
        resume=run.resume,
        detail=run.detail,
        language=run.language,
        options=dict(run.experiment.model_extra or {}),
        folders=folders,
        fixed=fixed_values(config, said, gave_way),
        resolved=dict(config),
    )


def read_market(data: Plain) -> MarketSettings:
    """A market from plain data, in whatever form it is written. Raises `QuestionError`."""
    try:
        form = form_of(data)
    except KeyError:
        raise unknown("market.form: form", str(data["form"]), FORMS) from None
    schema = MarketSettings if form is None else form
    given = data if form is None else {key: data[key] for key in data if key != "form"}
    try:
        read = schema.model_validate(given)
        if not isinstance(read, MarketSettings):
            schema, read = MarketSettings, read.market()
    except ValidationError as error:
        raise QuestionError(
            explain_validation(error, cast("type[BaseModel]", schema), "market")
        ) from None
    return read


def check_out(out: Path) -> Path:
    """Refuse a folder that could not be written, before any work.

    Raises:
        QuestionError: no folder can have this name.
        RunError: the machine does not let us write there.
    """
    said = f"out = '{out}'"
    if out.parts[:1] == ("~",):
        raise QuestionError(f"{said}: '~' is not replaced here; write the folder's full name")
    if "\0" in str(out):
        raise QuestionError(f"out = {str(out)!r}: no folder can have this name")
    try:
        too_long = [part for part in out.parts if len(os.fsencode(part)) > 255]
        if too_long:
            raise QuestionError(f"{said}: '{too_long[0][:40]}…' is too long a name for a folder")
        there = next(path for path in (out, *out.absolute().parents) if path.exists())
        if not there.is_dir():
            raise QuestionError(f"{said}: '{there}' is a file; name a folder")
        with tempfile.TemporaryFile(dir=there):
            pass
    except (OSError, ValueError) as error:
        if isinstance(error, QuestionError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise RunError(f"{said}: cannot write there: {reason}") from None
    check_no_links(out)
    return out


def _check_market_file(config: Mapping[str, Any]) -> None:
    """What a market file of one's own may lack, in words about that file."""
    market = config.get("market")
    if isinstance(market, dict) and "market" in market:
        raise QuestionError("the market file must begin with the line '# @package _global_'")
    if not market:
        raise QuestionError("there is no market: its file must hold the key 'market'")
    if "history" in config and isinstance(market, dict) and "behaviour" not in market:
        raise QuestionError(
            "market.behaviour is missing: a market of history takes it in with the line "
            "'- /history/base@_global_' of its defaults (docs/markets_of_history.md)"
        )
    form = market.get("form") if isinstance(market, dict) else None
    if config.get("history") and form != "history":
        raise QuestionError(
            f"history: only a market of the form 'history' has one, this market is of the form "
            f"'{form or 'full'}' (docs/markets_of_history.md)"
        )
    if config.get("focal") is None:
        raise QuestionError("focal: the market file names no operator; write focal=<operator>")


def _tuples_on_top(config: Mapping[str, Any]) -> Plain:
    strategies = config.get("strategies")
    return (
        {**config, "strategies": tuple(strategies)} if isinstance(strategies, list) else {**config}
    )


def _check_numbers(config: object) -> None:
    for where, value in leaves(config):
        if isinstance(value, float) and not math.isfinite(value):
            raise QuestionError(f"{where} = {value}: must be a finite number")


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every single value in nested data, with its dotted path."""
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("Iterable[object]", value)):
            yield from leaves(item, f"{path}.{index}")
    else:
        yield path, value


def _check_market(run: RunSettings, market: MarketSettings) -> None:
    if run.focal not in market.operators:
        raise unknown("focal: operator", run.focal, market.operators)
    if market.operators[run.focal].platform:
        raise QuestionError(
            f"focal = {run.focal}: it is a platform without lines, of which no question is asked "
            "here; choose an operator and let the platform be its rival"
        )
    if run.subscribers < len(market.regions):
        raise QuestionError(
            f"subscribers = {run.subscribers}: must be at least {len(market.regions)}, "
            "one for each region"
        )
    for field, by_operator in market.calibration:
        if isinstance(by_operator, dict):
            names = cast("dict[str, float]", by_operator)
            check(f"market.calibration.{field}: operator", names, market.operators)


_HOLDS = {
    "kind": HOLD,
    "description": "leaves its prices as they are",
    "description_zh": "维持原价",
}


def _rivals(run: RunSettings, market: MarketSettings) -> dict[str, Plain]:
    """What every operator but the focal one plays; who is not mentioned holds."""
    check("rivals: operator", run.rivals, market.operators)
    played: dict[str, Plain] = {}
    for name in market.operators:
        plays = run.rivals.get(name, _HOLDS)
        _check_playable(f"rivals.{name}", plays, market, name)
        if name != run.focal:
            played[name] = {"description": _title(str(plays["kind"])), **plays}
        elif not _holds(plays):
            raise QuestionError(
                f"focal = {name}, but rivals.{name} plays {plays['kind']}: the focal operator "
                f"plays only its strategies; add rival@rivals.{name}=hold, or choose another focal"
            )
    return played


def _arms(run: RunSettings, market: MarketSettings) -> dict[str, Plain]:
    """The options by name, `hold` first."""
    composed = {HOLD: {"kind": HOLD, "description": "Change nothing", "label_zh": "维持现状"}}
    composed |= run.strategy
    if NO_ATTACK in composed:
        raise QuestionError(
            f"strategy.{NO_ATTACK}: this name is taken by the runs in which nobody moves, with "
            "which the damage is measured; give yours another name"
        )
    for name, plays in composed.items():
        _check_playable(
            f"strategy.{name}", plays, market, run.focal, by_name=name in run.strategies
        )
    if not _holds(composed[HOLD]):
        raise QuestionError(
            "strategy.hold must stay kind: hold without a reaction: options are compared with it"
        )
    check("strategies: strategy", run.strategies, composed)
    twice = [name for name in run.strategies if run.strategies.count(name) > 1]
    if twice:
        raise QuestionError(f"strategies: '{twice[0]}' is named twice; name each option once")
    return {
        name: {"description": _title(name), **composed[name]}
        for name in dict.fromkeys((HOLD, *run.strategies))
    }


def _profiles(run: RunSettings, market: MarketSettings) -> dict[str, dict[str, Plain]]:
    """What other operators play under single arms."""
    check("profiles: strategy", run.profiles, (HOLD, *run.strategies))
    if HOLD in run.profiles:
        raise QuestionError(
            "profiles.hold: under 'hold' everybody plays what rivals says, or there is nothing to "
            "compare with"
        )
    for arm, others in run.profiles.items():
        check(f"profiles.{arm}: operator", others, market.operators)
        if run.focal in others:
            raise QuestionError(
                f"profiles.{arm}.{run.focal}: what the focal operator plays stands in "
                f"strategy.{arm}"
            )
        for operator, plays in others.items():
            _check_playable(f"profiles.{arm}.{operator}", plays, market, operator)
    return {
        arm: {
            operator: {"description": _title(str(plays["kind"])), **plays}
            for operator, plays in others.items()
        }
        for arm, others in run.profiles.items()
    }


def _holds(plays: Plain) -> bool:
    return plays["kind"] == HOLD and plays.get("reaction", "none") == "none"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _check_playable(
    where: str, plays: Plain, market: MarketSettings, operator: str, *, by_name: bool = True
) -> None:
    """Build it once; and, where it will be played, look its names up in the market."""
    for key in TEXTS:
        if not isinstance(plays.get(key, ""), str):
            raise QuestionError(f"{where}.{key} = {plays[key]!r}: must be text")
    try:
        built = read(plays)
    except QuestionError as error:
        raise QuestionError(f"{where}: {polish(str(error))}") from None
    passive = getattr(built, "passive", False)
    if market.operators[operator].platform and not passive and getattr(built, "sells_lines", True):
        raise QuestionError(
            f"{where}: {operator} is a platform without lines; it can play addons or hold, "
            f"not {plays['kind']}"
        )
    if by_name:
        _check_names(where, plays, market, operator)


def _check_names(where: str, plays: Plain, market: MarketSettings, operator: str) -> None:
    """A channel, partner, region or plan that the market does not have would fail in month 0."""
    known: dict[str, Iterable[str]] = {
        "regions": market.regions,
        "partners": market.partners,
        "benefits": market.partners,
        "channel": market.channels,
        "care_channel": market.channels,
        "plans": market.operators[operator].plans,
    }
    for key, value in plays.items():
        if key == "members" and isinstance(value, dict):
            for name, member in cast("dict[str, Plain]", value).items():
                _check_names(f"{where}.members.{name}", member, market, operator)
        elif key in known:
            names = [value] if isinstance(value, str) else cast("list[str]", value)
            check(f"{where}.{key}: {key.removesuffix('s')}", names, known[key])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
