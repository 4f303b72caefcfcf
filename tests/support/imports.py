"""Which of our files imports which, and the picture of it in docs/architecture.md (`make docs`).

Read by the tests of the house's rules, so that picture and rules are of one graph.
"""

import ast
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
FLOORS = ("sim", "agents", "strategies", "experiments", "counterplay")
# The rooms of experiments/, each importing only rooms that stand before it (design: data flows one
# way). `studies` comes last and no study imports another.
EXPERIMENT_ROOMS = ("question", "measures", "runs", "analysis", "report", "studies")
BASE, FACES = "base", "faces"
ORDER = ("sim", "agents", "strategies", BASE, *EXPERIMENT_ROOMS, FACES, "counterplay")
"""Floors and rooms, from the ground up."""
BEGIN, END = "<!-- written by `make docs` -->", "<!-- end of what `make docs` writes -->"

READ_FIRST = (
    ("agents/market.py", "the month, and what a market is"),
    ("agents/behaviour/month.py", "one subscriber's month, stage by stage"),
    ("agents/observation.py", "what an operator may see"),
    ("strategies/price_cut.py", "how an operator plays: a rival's move"),
    ("strategies/match_price.py", "an answer to it"),
    ("experiments/question/question.py", "what is asked, resolved"),
    ("experiments/runs/sweep.py", "worlds calibrated, cells lived, tables joined"),
    ("experiments/measures/kpis.py", "figures read off tallies and ledger"),
    ("experiments/analysis/summary.py", "what the tables mean: every conclusion, once"),
    ("experiments/report/memo.py", "how it is told"),
    ("experiments/studies/compare.py", "the study that strings them together"),
)


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, under version control."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files are the project's")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = (Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


def text_of(path: Path) -> str:
    """The file as text; what is not text comes out as noise that matches nothing."""
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def python_files() -> list[Path]:
    return [path for path in project_files() if path.suffix in {".py", ".pyi"}]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, wherever in the file it does."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=0):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in names)
            case ast.ImportFrom(module=module, level=level):
                package = path.parts[: len(path.parts) - level] or ("<outside>",)
                yield node.lineno, ".".join([*package, *([module] if module else [])])
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name
            case _:
                pass


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def for_types_only(path: Path) -> set[int]:
    """Lines that are never executed: those below `if TYPE_CHECKING:`."""
    return {
        line
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
        for inner in node.body
        for line in range(inner.lineno, (inner.end_lineno or inner.lineno) + 1)
    }


@cache
def module_graph() -> dict[str, frozenset[str]]:
    """Which of our modules each of them imports, wherever in the file, but for types only."""
    files = {name_of(path): path for path in python_files() if path.parts[0] in FLOORS}

    def ours(name: str) -> str:
        while name and name not in files:
            name = name.rpartition(".")[0]
        return name

    return {
        module: frozenset(
            {ours(name) for line, name in imports_of(path) if line not in for_types_only(path)}
            - {"", module}
        )
        for module, path in files.items()
    }


def reached(graph: Mapping[str, Collection[str]], start: str) -> set[str]:
    """All that can be reached from a module or room, step by step."""
    seen: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return seen


def circles(graph: Mapping[str, Collection[str]]) -> set[tuple[str, ...]]:
    """Groups of modules that can all be reached from one another."""
    beyond = {module: reached(graph, module) for module in graph}
    return {
        tuple(sorted(other for other in beyond[module] if module in beyond[other]))
        for module in graph
        if module in beyond[module]
    }


def room_graph() -> dict[str, dict[str, int]]:
    """How many files of each floor or room import files of another."""
    graph = module_graph()
    rooms = {module: _room_of(module) for module in graph}
    base = {
        other
        for module, imported in graph.items()
        for other in imported
        if rooms[other] == FACES and rooms[module] != FACES and not _is_public(module)
    }
    while more := {o for module in base for o in graph[module] if rooms[o] == FACES} - base:
        base |= more
    rooms |= dict.fromkeys(base, BASE)
    found = {room: Counter[str]() for room in ORDER}
    for module, imported in graph.items():
        for room in {rooms[other] for other in imported} - {rooms[module]}:
            found[rooms[module]][room] += 1
    return {room: dict(counted) for room, counted in found.items()}


def _is_public(module: str) -> bool:
    return module.partition(".")[0] == "counterplay"


def _room_of(module: str) -> str:
    floor, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    return floor if floor != "experiments" else room if room in EXPERIMENT_ROOMS else FACES


def upward(graph: Mapping[str, Collection[str]]) -> list[str]:
    """Imports of a room that stands higher."""
    return [
        f"{room} → {other}"
        for room, imported in graph.items()
        for other in imported
        if ORDER.index(other) > ORDER.index(room)
    ]


def _shown(graph: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Imports that do not follow from others: what is reached by a detour is left out."""
    for room, imported in graph.items():
        for other in sorted(imported, key=ORDER.index, reverse=True):
            detour = {further for step in imported for further in reached(graph, step)}
            if other not in detour:
                yield room, other


def picture() -> str:
    """The picture as Mermaid, what it shows in a sentence, and the files to read first."""
    graph = room_graph()
    names = {BASE: "experiments: paths, endings …", FACES: "experiments: cli, api …"}
    names |= {room: f"experiments/{room}" for room in EXPERIMENT_ROOMS}
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {room}["{names.get(room, room)}"]' for room in reversed(ORDER)]
    lines += [f"    {room} --> {other}" for room, other in _shown(graph)]
    around = [*circles(graph), *circles(module_graph())]
    lines += [
        "```",
        "",
        f"Imports upwards: {', '.join(upward(graph)) or 'none'}. "
        f"Circles of rooms or files: {'; '.join(map(' ↔ '.join, around)) or 'none'}. "
        "An arrow that follows from others is left out.",
        "",
        "| read | for |",
        "|---|---|",
    ]
    lines += [f"| `{name}` | {what} |" for name, what in READ_FIRST]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page with its picture up to date."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{picture()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
