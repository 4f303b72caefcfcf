"""The rules of the house that a reader relies on and no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from imports import (
    EXPERIMENT_ROOMS,
    FLOORS,
    PAGE,
    READ_FIRST,
    circles,
    imports_of,
    module_graph,
    page,
    project_files,
    python_files,
    room_graph,
    text_of,
    tree_of,
    upward,
)

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


def test_the_picture_of_imports_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_picture_shows_no_circle_and_nothing_upward() -> None:
    graph = room_graph()
    assert not circles(graph)
    assert not upward(graph)
    wrong = graph | {"sim": {"agents": 1}}
    assert upward(wrong) == ["sim → agents"]
    assert circles(wrong)


def test_the_files_to_read_first_take_a_quarter_of_an_hour() -> None:
    lines = sum(text_of(Path(name)).count("\n") for name, _ in READ_FIRST)
    assert lines <= 15 * 150  # lines that one skims in a minute, docstrings first
