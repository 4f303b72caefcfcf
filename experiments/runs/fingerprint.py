"""What a finished piece is named by: a hash of everything that decides what is in it.

Three things decide: what was asked, the code that answers it, and the libraries and the machine's
arithmetic below. The code is found by following imports, so that no list can lack a file.
"""

import ast
import hashlib
import importlib.metadata
import importlib.util
import json
import platform
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from pydantic import BaseModel

from experiments.paths import ROOT
from experiments.question.question import Question
from strategies.registry import TEXTS

FLOORS = ("sim", "agents", "strategies", "experiments")
_STORED_BY = "experiments.runs.store"
_NO_MATTER = (
    "out", "jobs", "resume", "resolved", "fixed", "folders", "worlds", "seeds", "language",
)  # fmt: skip
_NO_MATTER_WRITTEN = ("out", "jobs", "resume")
_DIGITS = 20
_NOT_CODE = {".pyc", ".pyo"}
_DISTRIBUTIONS = {
    "hydra": "hydra-core", "pptx": "python-pptx", "ruamel": "ruamel.yaml",
    "sklearn": "scikit-learn", "yaml": "PyYAML",
}  # fmt: skip
"""Where a library is imported by another name than it is installed by."""
_REQUIRED = re.compile(r"[\w.-]+")
_BY_NAME = (b"import_module", b"__import__")
"""Functions that import what a text names."""
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement of Python holds further statements."""


class Names:
    """Names for the pieces of one question.

    Args:
        function: what works the pieces out; its module and all that this imports are the code that
            decides them.
        decides: everything they have in common that decides them.

    Raises:
        TypeError: something in `decides` has no content that could be hashed.
    """

    def __init__(self, function: Callable[..., Any], decides: Mapping[str, Any]) -> None:
        self.common = digest_of(function.__module__, {function.__qualname__: decides})

    def of(self, label: str, **decides: Any) -> str:
        """The name of one piece: a word for people, and the hash of all that decides it.

        Args:
            label: tells pieces of one question apart; letters, digits, `_` and `-`.
            decides: what this piece is given beyond what all have in common.
        """
        text = f"{self.common}\0{label}\0{json.dumps(plain(decides), sort_keys=True)}"
        return f"{label}.{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def digest_of(module: str, decides: Mapping[str, Any]) -> str:
    """Hash of what was asked, the code that answers it and what that stands on."""
    content = json.dumps(plain(decides), sort_keys=True)
    text = "\0".join((code_of(module, _STORED_BY), libraries_of(module, _STORED_BY), content))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def asked_of(question: Question) -> dict[str, Any]:
    """What a question says about one of its pieces.

    Neither how many worlds and seeds there are, so that adding some keeps the others, nor where and
    with how many processes it is answered, nor what is called how. What a piece knows of its world
    it must add itself.
    """
    decisive = {name: value for name, value in vars(question).items() if name not in _NO_MATTER}
    return decisive | {name: _without_texts(decisive[name]) for name in ("rivals", "strategies")}


def _without_texts(played: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        who: {key: value for key, value in plays.items() if key not in TEXTS}
        for who, plays in played.items()
    }


def whole_of(question: Question) -> dict[str, Any]:
    """All that a question says about its answer, as written too: a study may read either."""
    written = {k: v for k, v in question.resolved.items() if k not in _NO_MATTER_WRITTEN}
    counts = {"worlds": question.worlds, "seeds": question.seeds}
    return {
        "asked": asked_of(question), "counts": counts, "written": written, "fixed": question.fixed,
    }  # fmt: skip


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def plain(value: Any) -> Any:
    """A value as JSON can write it, the same for equal content. Raises `TypeError`."""
    match value:
        case None | bool() | int() | float() | str():
            data: Any = value
        case BaseModel():
            data = value.model_dump(mode="json")
        case Mapping():
            items = cast("Mapping[Any, Any]", value).items()
            data = {str(key): plain(item) for key, item in items}
        case list() | tuple():
            data = [plain(item) for item in cast("Iterable[Any]", value)]
        case np.ndarray():
            content = np.ascontiguousarray(value)
            digest = hashlib.sha256(content.tobytes()).hexdigest()
            data = [str(content.dtype), list(content.shape), digest]
        case Path():
            data = str(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            data = plain(asdict(value))
        case _:
            raise TypeError(
                f"{type(value).__name__} cannot decide a piece: it has no plain content"
            )
    return data


@cache
def code_of(*modules: str) -> str:
    """Hash of every project file that these modules reach by imports, data beside them included."""
    digest = hashlib.sha256()
    for path in sources_of(*modules):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return digest.hexdigest()


@cache
def libraries_of(*modules: str) -> str:
    """Versions of all libraries these modules reach, of Python, and how this machine calculates."""
    code = (path for path in sources_of(*modules) if path.suffix == ".py")
    outside = {name for path in code for name in _imports(path)[1]}
    names = {_distribution(name.partition(".")[0]) for name in outside}
    versions = [f"{name} {version}" for name, version in sorted(_with_required(names).items())]
    python = ".".join(platform.python_version_tuple()[:2])
    machine = f"{platform.system()} {platform.machine()} {_arithmetic()}"
    return "\n".join([*versions, f"python {python}", machine])


@cache
def sources_of(*modules: str) -> tuple[Path, ...]:
    """Every project file that importing these modules can reach, sorted.

    Modules imported anywhere in a file count, so do packages on the way (their `__init__` runs),
    and what lies in their folders without being code: templates, tables.
    """
    files: set[Path] = set()
    todo = [path for module in modules for path in _files(module)]
    while todo:
        path = todo.pop()
        if path in files:
            continue
        files.add(path)
        todo += [below for module in _imports(path)[0] for below in _files(module)]
    data = [p for folder in {path.parent for path in files} for p in _data_in(folder)]
    return tuple(sorted({*files, *data}))


def _data_in(folder: Path) -> Iterator[Path]:
    """What belongs to a package and is no code: beside it, or in folders that are no packages."""
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            yield from (p for p in path.rglob("*") if p.is_file() and p.suffix not in _NOT_CODE)
        elif path.is_file() and path.suffix not in {".py", *_NOT_CODE}:
            yield path


@cache
def _files(module: str) -> tuple[Path, ...]:
    """A module's file, and those of the packages above; nothing if it is none of ours.

    The last part of a name may be something inside the module.
    """
    parts = module.split(".")
    if parts[0] not in FLOORS:
        return ()
    above = _files(".".join(parts[:-1])) if len(parts) > 1 else ()
    stem = ROOT.joinpath(*parts)
    beside = (stem / "__init__.py", stem.with_suffix(".py"))
    return (*above, *(path for path in beside if path.is_file()))


@cache
def _imports(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Dotted names a file imports: of the project, and of libraries."""
    source = path.read_bytes()
    tree = ast.parse(source, filename=str(path))
    names: set[str] = set()
    by_name = any(word in source for word in _BY_NAME)
    for node in ast.walk(tree) if by_name else _statements(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            raise TypeError(f"{path.name}: a relative import, which fingerprints do not follow")
        elif isinstance(node, ast.Call) and _loads(node.func):
            names |= _loaded_by_name(path, tree)
    ours = {name for name in names if name.partition(".")[0] in FLOORS}
    first = {name.partition(".")[0] for name in names - ours}
    return frozenset(ours), frozenset(first - sys.stdlib_module_names)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements, but not what they are made of: imports cannot stand inside an expression."""
    todo: list[ast.AST] = [*tree.body]
    while todo:
        node = todo.pop()
        yield node
        for name in _BLOCKS:
            todo += getattr(node, name, ())


def _loads(function: ast.expr) -> bool:
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called.encode() in _BY_NAME


def _loaded_by_name(path: Path, tree: ast.Module) -> set[str]:
    """What a file that imports by computed names may load: its package, and modules it names."""
    package = path.parent
    beside = {
        ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for p in package.rglob("*.py")
        if len(package.relative_to(ROOT).parts)
    }
    words = {
        str(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_][\w.]*", str(node.value))
    }
    named = {word for word in words if "." in word and word.partition(".")[0] in FLOORS}
    outside = {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _loads(node.func)
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    return beside | named | outside


def _distribution(library: str) -> str:
    """What a library is installed as; its own name if that is not known."""
    name = _DISTRIBUTIONS.get(library, library)
    try:
        return importlib.metadata.distribution(name).name
    except importlib.metadata.PackageNotFoundError:
        if importlib.util.find_spec(library) is None:
            return library  # an extra that is not installed
        known = importlib.metadata.packages_distributions()  # slow, so only where it must be
        return known.get(library, [library])[0]


def _with_required(names: Iterable[str]) -> dict[str, str]:
    """Versions of libraries and of all they need in turn; `-` for one that is not installed."""
    versions: dict[str, str] = {}
    todo = list(names)
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name in versions:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "-"
            continue
        versions[name] = distribution.version
        needed = [text for text in distribution.requires or [] if "extra ==" not in text]
        todo += [match[0] for text in needed if (match := _REQUIRED.match(text))]
    return versions


@cache
def _arithmetic() -> str:
    """How this machine rounds: processors differ in the last bits of vectorised functions."""
    x = np.linspace(0.01, 20.0, 257)
    rounds = [np.exp(-x), np.log(x), np.cos(x), np.tanh(x), x**0.3, np.array([x @ np.sin(x)])]
    return hashlib.sha256(b"".join(r.tobytes() for r in rounds)).hexdigest()[:12]
