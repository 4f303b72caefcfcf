"""Writes `docs/parameters.md` from the configuration (`make docs`).

Values, units and sources come from the YAML files and the comments beside the values; limits and
meanings from the schemas that validate them; ranges from `conf/unknowns`.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from agents.market_formats import form_of
from agents.settings import CalibrationSettings, MarketSettings
from experiments.paths import ROOT
from experiments.question.schema import Schema, below, limits, meanings, model_of
from experiments.question.settings import RangeSettings, RunSettings
from strategies.registry import TEXTS, schemas_of

CONF = ROOT / "conf"
PAGE = ROOT / "docs" / "parameters.md"

_ORIGIN = re.compile(r"#\s*(?P<unit>[^|]+?) \| (?P<source>[^:\n]+?)(?:: (?P<note>.+?))?\s*$")
_NOT_PARAMETERS = {"kind", "defaults", "hydra", *TEXTS}

_INTRO = """\
# Parameters

*Written by `make docs` from the files in `conf/`; do not edit.*

Every value can be changed on the command line by its dotted name, for example
`counterplay market.behaviour.look_base=0.03 rivals.china_mobile.depth=0.2`.

- **Source** is a code of the list at the end, or `assumption`; what follows it is a note.
- **Not known** is the range each world draws from: `×` multiplies the value, others replace it.
- **Allowed** is what the schema accepts; anything else is refused before a run starts.
"""


class Parameter(NamedTuple):
    """One value in a configuration file, and what stands beside it."""

    path: tuple[str, ...]
    node: yaml.Node
    value: str
    unit: str
    source: str

    @property
    def name(self) -> str:
        """Dotted name."""
        return ".".join(self.path)


class Ranges:
    """What `conf/unknowns` says about each path of the market."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.known = [(p.name.split("."), _range(p.node)) for p in parameters]

    def of(self, path: Sequence[str]) -> str:
        """The range for a path below the market, in words."""
        for prior, text in self.known:
            if len(prior) == len(path) and all(
                a in ("*", b) for a, b in zip(prior, path, strict=True)
            ):
                return text
        return ""


def page() -> str:
    """The whole page."""
    unknown = _below(read_parameters(CONF / "unknowns" / "default.yaml"), ("ranges",))
    ranges = Ranges(unknown)
    parts = [_INTRO, "## The run\n", *_run()]
    for path in sorted((CONF / "market").glob("*.yaml")):
        parts += _market(path, ranges)
    parts += ["## What nobody knows\n", *_unknowns(unknown)]
    parts += ["## Found by calibration\n", *_calibration()]
    for group, title in (("rival", "Rivals"), ("strategy", "Strategies")):
        parts.append(f"## {title}\n")
        for path in sorted((CONF / group).glob("*.yaml")):
            parts += _played(path, group)
    parts += ["## Sources\n", *_sources("\n".join(parts))]
    return "\n".join(parts).rstrip() + "\n"


def read_parameters(path: Path) -> list[Parameter]:
    """All values of a file. A flow mapping (`{...}`) is one: its comment holds for all of it."""
    text = path.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return list(_walk(root, (), text, text.splitlines())) if root is not None else []


def _walk(
    node: yaml.Node, path: tuple[str, ...], text: str, lines: list[str]
) -> Iterator[Parameter]:
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        for key, value in node.value:
            if path or key.value not in _NOT_PARAMETERS:
                yield from _walk(value, (*path, key.value), text, lines)
        return
    rest = lines[node.end_mark.line][node.end_mark.column :]
    origin = _ORIGIN.search(rest)
    unit, source = ("", "")
    if origin is not None:
        note = f": {origin['note']}" if origin["note"] else ""
        unit, source = origin["unit"].strip(), f"{origin['source'].strip()}{note}"
    yield Parameter(path, node, _words(node), "" if unit == "-" else unit, source)


def _words(node: yaml.Node) -> str:
    match node:
        case yaml.MappingNode():
            return ", ".join(f"{key.value} {_words(value)}" for key, value in node.value) or "none"
        case yaml.SequenceNode():
            return ", ".join(_words(item) for item in node.value) or "none"
        case _:
            return str(node.value) or "none"


def _run() -> Iterator[str]:
    top = [
        p for p in read_parameters(CONF / "config.yaml") if p.path[0] in RunSettings.model_fields
    ]
    yield _table(top, RunSettings)
    for path in sorted((CONF / "experiment").glob("*.yaml")):
        own = [p for p in read_parameters(path) if p.path[-1] != "name"]
        if own:
            yield f"Options of `experiment={path.stem}`:\n"
            yield _table(own, RunSettings)


def _market(path: Path, ranges: Ranges) -> Iterator[str]:
    parameters = read_parameters(path)
    yield f"## Market `{path.stem}`\n"
    yield f"`market={path.stem}` ([conf/market/{path.name}](../conf/market/{path.name}))\n"
    around = [p for p in parameters if p.path[0] != "market"]
    yield _table(around, RunSettings)
    inside = _below(parameters, ("market",))
    yield _table([p for p in inside if len(p.path) == 1], _schema(inside), ranges)
    sections = (p.path[0] for p in inside if len(p.path) > 1 and p.path[0] != "names")
    for section in dict.fromkeys(sections):
        own = [p for p in inside if p.path[0] == section and len(p.path) > 1]
        yield f"### `market.{section}`\n"
        kinds = model_of(below(MarketSettings, (section,)))
        if kinds is not None:
            yield _table(own, MarketSettings, ranges, skip=1)
        elif all(_is_record(p) for p in own):
            yield _records(own, MarketSettings)
        else:
            yield from _named(own, ranges)


def _schema(inside: list[Parameter]) -> Schema:
    """What validates a market file: the full market, or the short form that it names."""
    return form_of({p.name: p.value for p in inside if p.name == "form"}) or MarketSettings


def _named(parameters: list[Parameter], ranges: Ranges) -> Iterator[str]:
    """Operators or partners: one table each, then what they hold as records."""
    for name in dict.fromkeys(p.path[1] for p in parameters):
        own = [p for p in parameters if p.path[1] == name]
        yield f"#### `market.{own[0].path[0]}.{name}`\n"
        records = [p for p in own if _is_record(p) and len(p.path) > 3]
        yield _table([p for p in own if p not in records], MarketSettings, ranges, skip=2)
        if records:
            yield _records(records, MarketSettings, with_fields=name == parameters[0].path[1])


def _is_record(parameter: Parameter) -> bool:
    """Whether it is a `{...}` with fields of its own, such as a plan; not numbers by segment."""
    schema = below(MarketSettings, parameter.path[:-1])
    return isinstance(parameter.node, yaml.MappingNode) and model_of(schema) is None


def _unknowns(parameters: list[Parameter]) -> Iterator[str]:
    yield (
        "Drawn once for each world, `unknowns.ranges` in "
        "[conf/unknowns/default.yaml](../conf/unknowns/default.yaml).\n"
    )
    rows = [(f"`{p.name}`", _range(p.node), p.unit, p.source) for p in parameters]
    yield _grid(("parameter of the market", "range", "unit", "source"), rows)
    yield _fields(RangeSettings)


def _calibration() -> Iterator[str]:
    yield (
        "`market.calibration`, written by `counterplay experiment=calibrate` to "
        "[conf/calibration](../conf/calibration): inferred, so without source or range.\n"
    )
    yield _fields(CalibrationSettings)


def _played(path: Path, group: str) -> Iterator[str]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    at = "rivals.<operator>" if group == "rival" else f"strategy.{path.stem}"
    yield f"### `{path.stem}`\n"
    yield f"{data['description']}; kind `{data['kind']}`, parameters below `{at}`.\n"
    rows = [
        (f"`{p.name}`", p.value, p.unit, *_of_kind(data, p.path), p.source)
        for p in read_parameters(path)
        if p.path[-1] not in _NOT_PARAMETERS
    ]
    if rows:
        yield _grid(("parameter", "value", "unit", "allowed", "meaning", "source"), rows)


def _of_kind(data: dict[str, Any], path: Sequence[str]) -> tuple[str, str]:
    """Limits and meaning of a strategy's parameter; a portfolio's members are strategies too."""
    if path[0] == "members" and len(path) > 2:
        return _of_kind(data["members"][path[1]], path[2:])
    for schema in schemas_of(str(data["kind"])):
        if path[0] in schema.model_fields:
            return limits(below(schema, path)), meanings(schema).get(path[0], "")
    return "", ""


def _table(
    parameters: list[Parameter],
    schema: Schema,
    ranges: Ranges | None = None,
    skip: int = 0,
) -> str:
    """A row for each parameter; columns that would stay empty are left out."""
    rows = [
        (
            f"`{'.'.join(p.path[skip:])}`",
            p.value,
            p.unit,
            _allowed(schema, p.path),
            ranges.of(p.path) if ranges is not None else "",
            _meaning(schema, p.path),
            p.source,
        )
        for p in parameters
    ]
    titles = ("parameter", "value", "unit", "allowed", "not known", "meaning", "source")
    return _grid(titles, rows)


def _allowed(schema: Schema, path: Sequence[str]) -> str:
    field = below(schema, path)
    model = model_of(field)
    if model is None:
        return limits(field) if field is not None else ""
    each = dict.fromkeys(limits(below(model, (name,))) for name in model.model_fields)
    if len(each) == 1:
        return f"each {next(iter(each))}"
    return "; ".join(f"{name}: {limits(below(model, (name,)))}" for name in model.model_fields)


def _meaning(schema: Schema, path: Sequence[str]) -> str:
    model = model_of(below(schema, path[:-1])) if len(path) > 1 else model_of(schema)
    return "" if model is None else meanings(model).get(path[-1], "")


def _records(parameters: list[Parameter], schema: Schema, *, with_fields: bool = True) -> str:
    """Rows of the same kind, a column for each field that any of them has."""
    model = model_of(below(schema, parameters[0].path))
    own = [{key.value: _words(value) for key, value in p.node.value} for p in parameters]
    columns = list(dict.fromkeys(key for record in own for key in record))
    rows = [
        (f"`{p.path[-1]}`", *(record.get(column, "") for column in columns), p.unit, p.source)
        for p, record in zip(parameters, own, strict=True)
    ]
    fields = _fields(model) + "\n" if with_fields and model is not None else ""
    return fields + _grid(("name", *(f"`{c}`" for c in columns), "unit", "source"), rows)


def _fields(model: Schema) -> str:
    said = meanings(model)
    rows = [
        (f"`{name}`", _allowed(model, (name,)), _default(field), said.get(name, ""))
        for name, field in model.model_fields.items()
    ]
    return _grid(("field", "allowed", "if left out", "meaning"), rows)


def _default(field: Any) -> str:
    if field.is_required():
        return ""
    value = field.default
    return "none" if value in (None, (), "", {}) else str(value).lower()


def _grid(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, without columns that are empty throughout."""
    kept = [i for i in range(len(titles)) if any(row[i] for row in rows)]
    lines = [[titles[i] for i in kept], ["---"] * len(kept)]
    lines += [[row[i].replace("|", "\\|").replace("<", "&lt;") for i in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _range(node: yaml.Node) -> str:
    given = {key.value: value for key, value in node.value}
    if "options" in given:
        return "one of " + _words(given["options"])
    sign = "× " if "scale" in given and given["scale"].value == "factor" else ""
    return f"{sign}{given['low'].value} to {given['high'].value}"


def _below(parameters: Sequence[Parameter], prefix: tuple[str, ...]) -> list[Parameter]:
    n = len(prefix)
    return [p._replace(path=p.path[n:]) for p in parameters if p.path[:n] == prefix]


def _sources(text: str) -> Iterator[str]:
    """The codes that are used, with their titles."""
    yield "Where to find them: [conf/data/sources.csv](../conf/data/sources.csv).\n"
    with (CONF / "data" / "sources.csv").open(encoding="utf-8", newline="") as file:
        rows = [(f"`{row['code']}`", row["title"]) for row in csv.DictReader(file)]
    yield _grid(
        ("code", "title"),
        [row for row in rows if re.search(rf"\b{row[0].strip('`')}\b", text)],
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
