"""Every number of every schema at its edges, and what a question with it comes to."""

import copy
import importlib
import inspect
import math
import pkgutil
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import numpy as np
import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agents.settings import MarketSettings
from experiments import studies
from experiments.analysis.answer import Answer
from experiments.analysis.labels import labels_of
from experiments.analysis.summary import Summary, summarise
from experiments.question.compose import compose
from experiments.question.question import Question
from experiments.question.resolve import read_question
from experiments.question.settings import RunSettings
from experiments.report.memo import render_memo
from experiments.report.summary_json import as_json
from experiments.runs.cells import calibrate_world, run_cell
from experiments.runs.playable import check_playable
from experiments.runs.worlds import describe_worlds, draw_worlds
from sim.errors import QuestionError
from sim.schema import Settings
from strategies.registry import kinds, schemas_of

ARMS = ["hold", "match_price", "fighting_brand", "bundle_benefits", "retention", "convergence"]
TINY = ["subscribers=200", "worlds=1", "seeds=1", "months=5", "burn_in=2", "jobs=1"]
COSTLY = {"subscribers": 1_000, "months": 600, "burn_in": 120, "worlds": 2, "seeds": 2}
"""Most that a sweep simulates; above it only the schema is asked."""
_GROUPS = ("market", "rivals", "strategy", "experiment", "unknowns", "history", "strategies")


@dataclass(frozen=True)
class Edge:
    """One parameter at one value, in a configuration that holds it."""

    key: str
    value: float
    outside: bool
    """Whether the schema's own limits exclude the value."""
    config: dict[str, Any]

    def __repr__(self) -> str:
        return f"{self.key}={self.value:g}"


@dataclass(frozen=True)
class Bounds:
    """The limits of one number."""

    whole: bool
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    """Whether the low end itself is excluded."""
    below: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value is within."""
        low = value > self.low if self.above else value >= self.low
        return low and (value < self.high if self.below else value <= self.high)

    def values(self) -> list[float]:
        """Both ends, zero, and just inside and outside; far out where there is no end."""
        found: list[float] = [0.0]
        for end, way in ((self.low, 1), (self.high, -1)):
            if math.isinf(end):
                found.append(-way * 1e9)
                continue
            step = 1.0 if self.whole else max(abs(end), 1.0) * 1e-9
            found += [end, end + way * step, end - way * step]
        return list(dict.fromkeys(int(v) if self.whole else float(v) for v in found))


@cache
def duopoly() -> dict[str, Any]:
    """A tiny question."""
    config = compose(["market=duopoly", *TINY]).config
    return config | {"strategies": ARMS}


def edges() -> Iterator[Edge]:
    """All edges of market, run, strategies and rivals."""
    base = duopoly()
    yield from _edges(base, MarketSettings, "market")
    for edge in _edges(base, RunSettings, ""):
        if edge.key.partition(".")[0] not in _GROUPS:
            yield edge
    for kind in kinds():
        plays = _plays(kind)
        arm = base | {"strategies": ["hold", "x"], "strategy": base["strategy"] | {"x": plays}}
        rivals = base | {"rivals": {"north": plays}, "strategies": ["hold", "match_price"]}
        for schema in schemas_of(kind):
            yield from _edges(arm, schema, "strategy.x")
            yield from _edges(rivals, schema, "rivals.north")


def option_edges() -> Iterator[tuple[type[BaseModel], str, float]]:
    """Every option of every experiment at values that its schema excludes."""
    for found in pkgutil.walk_packages(studies.__path__, f"{studies.__name__}."):
        for _, schema in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if issubclass(schema, Settings) and schema.__module__ == found.name:
                for key, bounds in _walk(schema, (), {}, ""):
                    for value in bounds.values():
                        if not bounds.holds(value):
                            yield schema, key, value


def _plays(kind: str) -> dict[str, Any]:
    needed: dict[str, Any] = {
        "price_cut": {"depth": 0.3},
        "portfolio": {"members": {"keep": {"kind": "retention"}}},
        "bundle_benefits": {"partners": ["video", "smart_home"]},
    }.get(kind, {})
    begin = {"begin": "now"} if "begin" in schemas_of(kind)[0].model_fields else {}
    return {"kind": kind, "reaction": "match"} | begin | needed


def _edges(config: dict[str, Any], schema: type[BaseModel], path: str) -> Iterator[Edge]:
    data: Any = config
    for key in path.split(".") if path else ():
        data = data[key]
    for key, bounds in _walk(schema, (), data, path):
        for value in bounds.values():
            yield Edge(key, value, not bounds.holds(value), changed(config, {key: value}))


def _walk(annotation: Any, metadata: Any, data: Any, path: str) -> Iterator[tuple[str, Bounds]]:
    """Every number below a type, with its dotted path; of a mapping's names the first two."""
    limits = list(metadata)
    for option in _options(annotation):
        kind = option
        while get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            limits += [m for one in more for m in (one.metadata if _is_field(one) else [one])]
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                inside = data.get(name) if isinstance(data, Mapping) else None
                here = f"{path}.{name}".lstrip(".")
                yield from _walk(field.annotation, field.metadata, inside, here)
        elif get_origin(kind) is dict and isinstance(data, Mapping):
            for name in list(data)[-2:]:
                yield from _walk(get_args(kind)[1], (), data[name], f"{path}.{name}")
        elif get_origin(kind) is tuple and data:
            yield from _walk(get_args(kind)[0], (), data[0], f"{path}.0")
        elif kind in {int, float}:
            yield path, _bounds(kind is int, limits)


def _is_field(item: Any) -> bool:
    return isinstance(item, FieldInfo)


def _options(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in {Union, types.UnionType}:
        for argument in get_args(annotation):
            yield from _options(argument)
    else:
        yield annotation


def _bounds(whole: bool, limits: list[Any]) -> Bounds:
    found: dict[str, Any] = {}
    for item in limits:
        for name, end, open_end in (
            ("gt", "low", "above"), ("ge", "low", ""), ("lt", "high", "below"), ("le", "high", ""),
        ):  # fmt: skip
            value = getattr(item, name, None)
            if value is not None:
                found[end] = value
                if open_end:
                    found[open_end] = True
    return Bounds(whole, **found)


def changed(config: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with other values, by dotted path."""
    new = copy.deepcopy(config)
    for path, value in values.items():
        *above, last = path.split(".")
        here: Any = new
        for key in above:
            if isinstance(here, dict) and here.get(key) is None:
                here[key] = {}
            here = here[int(key)] if isinstance(here, list) else here[key]
        here[int(last) if isinstance(here, list) else last] = value
    return new


def outcome(config: dict[str, Any]) -> str | Summary:
    """The one message of a refusal, or what is concluded from the answer.

    Raises:
        AssertionError: an arm failed, or a number is not finite.
    """
    try:
        question = read_question(config)
        check_playable(question)
    except QuestionError as error:
        return str(error)
    answer = answer_of(question)
    assert not answer.failures, answer.failures[0]
    return check_finite(answer)


def answer_of(question: Question) -> Answer:
    """The answer to a question, nothing written."""
    draws = draw_worlds(question)
    worlds = [calibrate_world(question, index, draw) for index, draw in enumerate(draws)]
    cells = [run_cell(question, world, seed) for world in worlds for seed in range(question.seeds)]

    def table(name: str) -> pd.DataFrame:
        parts = [cell.tables[name] for cell in cells if name in cell.tables]
        whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        words = [c for c in whole.columns if isinstance(whole[c].dtype, pd.CategoricalDtype)]
        return whole.astype(dict.fromkeys(words, str))

    return Answer(
        labels=labels_of(question),
        **{name: table(name) for name in ("monthly", "outcomes", "twins", "switching", "log")},
        worlds=describe_worlds(question, draws),
        misfit=max([world.worst for world in worlds] + [cell.misfit for cell in cells]),
        failures=[failure for cell in cells for failure in cell.failures],
    )


def check_finite(answer: Answer) -> Summary:
    """Tables, summary and memo hold numbers only; returns the summary."""
    for name in ("monthly", "outcomes", "twins", "switching"):
        numbers = getattr(answer, name).select_dtypes("number")
        assert np.isfinite(numbers.to_numpy(float)).all(), name
    summary = summarise(answer)
    as_json(summary)
    found = re.search(r".{0,60}\b(?:nan|inf)\b.{0,20}", render_memo(summary, {}))
    assert found is None, found
    return summary
