"""The rules of the house that a reader relies on and no linter knows."""

import ast
import re
import subprocess
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("sim", "agents", "strategies", "experiments", "counterplay")
ROOMS = {*FLOORS, "conf", "tests", "docs"}
LONGEST_FILE = 400

FORBIDDEN_MODULES = {"random", "secrets", "pickle", "cloudpickle", "dill", "shelve", "marshal"}
# What numpy.random offers besides its global generator.
OWN_GENERATORS = {
    "BitGenerator", "Generator", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "SeedSequence",
    "default_rng",
}  # fmt: skip

# Written in pieces, or this file would break its own rules.
MACHINE_FOLDERS = "work|tmp|root|home|opt|Users|mnt|srv"
MACHINE_PATH = re.compile(rf"(?<![\w.:/\-}}>)]){'/'}(?:{MACHINE_FOLDERS}){'/'}")
REGISTRY_HOST = re.compile(
    r"\b(?:py"
    r"pi\.(?:org|python)|python"
    r"hosted\.|np"
    r"mjs\.|(?:deb|security|snapshot)\.deb"
    r"ian\.)"
)
DOWNLOAD = re.compile(
    r"\w+:/{2}|\s@\s|^\s*-(?:-index-url|-extra-index-url|-find-links|[if])\b", re.MULTILINE
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


def aliases_of(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for, in full."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def full_name(node: ast.expr, aliases: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return aliases.get(name, "")
        case ast.Attribute(value=owner, attr=attribute):
            prefix = full_name(owner, aliases)
            return f"{prefix}.{attribute}" if prefix else ""
        case _:
            return ""


def global_draws(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every use of numpy's shared generator."""
    aliases = aliases_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
            names = [f"numpy.random.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute):
            names = [full_name(node, aliases)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[:2] == ["numpy", "random"] and set(parts[2:3]) - OWN_GENERATORS:
                yield node.lineno, name


def lines_matching(pattern: re.Pattern[str], path: Path) -> list[str]:
    text = text_of(path)
    return [
        f"{path}:{text.count('\n', 0, found.start()) + 1}: {found.group().strip()}"
        for found in pattern.finditer(text)
    ]


@pytest.mark.parametrize("floor", FLOORS)
def test_each_floor_imports_only_floors_below(floor: str) -> None:
    above = {*FLOORS[FLOORS.index(floor) + 1 :], "tests", "conf", "<outside>"}
    upward = [
        f"{path}:{line}: {floor} imports {name}"
        for path in python_files()
        if path.parts[0] == floor
        for line, name in imports_of(path)
        if name.partition(".")[0] in above
    ]
    assert not upward, "\n".join(upward)


def test_top_level_holds_the_rooms_and_nothing_else() -> None:
    folders = {path.parts[0] for path in project_files() if len(path.parts) > 1}
    extra = folders - ROOMS - {".ci"}
    assert not extra, f"a new top-level folder is a new room in everyone's head: {sorted(extra)}"


def test_configuration_holds_no_code() -> None:
    inside = [path for path in project_files() if path.parts[0] == "conf"]
    code = [str(path) for path in inside if path.suffix in {".py", ".pyi", ".pyc", ".sh"}]
    targets = [hit for path in inside for hit in lines_matching(re.compile(r"\b_target_\b"), path)]
    assert not code + targets, "\n".join(code + targets)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [hit for path in project_files() for hit in lines_matching(MACHINE_PATH, path)]
    assert not found, "\n".join(found)


def test_no_file_names_a_package_registry() -> None:
    found = [hit for path in project_files() for hit in lines_matching(REGISTRY_HOST, path)]
    assert not found, "\n".join(found)


def test_lock_files_pin_by_hash_and_record_no_place() -> None:
    locks = [path for path in project_files() if path.suffix == ".lock"]
    assert locks, "the lock files are gone"
    found = [hit for path in locks for hit in lines_matching(DOWNLOAD, path)]
    assert not found, "\n".join(found)
    for path in locks:
        for block in re.split(r"\n(?=\S)", text_of(path).strip()):
            assert re.match(r"\S+==\S+ ", block), f"{path}: not pinned: {block[:60]}"
            assert "--hash=sha256:" in block, f"{path}: no hash: {block[:60]}"


def test_no_module_imports_shared_luck_or_pickles() -> None:
    found = [
        f"{path}:{line}: {name}"
        for path in python_files()
        for line, name in imports_of(path)
        if name.partition(".")[0] in FORBIDDEN_MODULES
    ]
    assert not found, "\n".join(found)


def test_nobody_draws_from_numpys_global_generator() -> None:
    found = [
        f"{path}:{line}: {name}"
        for path in python_files()
        for line, name in global_draws(tree_of(path))
    ]
    assert not found, "\n".join(found)


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    lengths = {path: text_of(path).count("\n") for path in python_files()}
    long = [f"{path}: {n} lines" for path, n in lengths.items() if n > LONGEST_FILE]
    assert not long, "\n".join(long)


# The rooms of experiments/, each importing only rooms that stand before it (design: data flows one
# way). `studies` comes last and no study imports another.
EXPERIMENT_ROOMS = ("question", "measures", "runs", "analysis", "report", "studies")


def room_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 2 and parts[1] in EXPERIMENT_ROOMS else None


def test_each_room_of_experiments_imports_only_rooms_before_it() -> None:
    upward: list[str] = []
    for path in python_files():
        room = (
            room_of(".".join(path.with_suffix("").parts))
            if path.parts[0] == "experiments"
            else None
        )
        if room is None:
            continue
        for line, name in imports_of(path):
            other = room_of(name) if name.startswith("experiments.") else None
            if other is None:
                continue
            if EXPERIMENT_ROOMS.index(other) > EXPERIMENT_ROOMS.index(room):
                upward.append(f"{path}:{line}: {room} imports {name}")
    assert not upward, "\n".join(upward)


# Composition, and the files beside it that it is made of.
HYDRA_IS_KNOWN_TO = {
    f"experiments/question/{name}.py"
    for name in ("compose", "compose_errors", "overrides", "repository", "show", "sweep")
}


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


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


def circles(graph: Mapping[str, Collection[str]]) -> set[tuple[str, ...]]:
    """Groups of modules that can all be reached from one another."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(graph.get(start, ()))
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += graph.get(module, ())
        return seen

    beyond = {module: reached(module) for module in graph}
    return {
        tuple(sorted(other for other in beyond[module] if module in beyond[other]))
        for module in graph
        if module in beyond[module]
    }


def test_circles_are_recognised() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str](), "e": {"a"}}
    assert circles(graph) == {("a", "b", "c")}


def test_no_module_imports_itself_by_a_detour() -> None:
    found = circles(module_graph())
    assert not found, "\n".join(" ↔ ".join(circle) for circle in sorted(found))


def test_no_study_imports_another() -> None:
    def study_of(module: str) -> str | None:
        parts = module.split(".")
        return parts[2] if parts[:2] == ["experiments", "studies"] and len(parts) > 2 else None

    across = [
        f"{module} imports {other}"
        for module, imported in module_graph().items()
        for other in imported
        if study_of(module) and study_of(other) and study_of(module) != study_of(other)
    ]
    assert not across, "\n".join(across)


def test_hydra_is_known_to_composition_only() -> None:
    users = {
        str(path)
        for path in python_files()
        if path.parts[0] in FLOORS
        for _, name in imports_of(path)
        if name.partition(".")[0] in {"hydra", "omegaconf"}
    }
    assert users == HYDRA_IS_KNOWN_TO
