"""Running the checks one after the other: one that breaks is recorded, the others go on."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from experiments.paths import ROOT
from experiments.report.trust import DIGEST
from experiments.runs.children import run_module
from experiments.runs.files import write_atomically
from experiments.runs.fingerprint import digest_of_file
from experiments.runs.listener import Listener
from experiments.studies.validate.page import Section
from experiments.studies.validate.result import CheckResult

STAMP = "stamp.json"
_TOLD = ("digest", "evidence", "page", "theory")
"""Modules that read results and tell them."""
_CODE = ("sim", "agents", "strategies", "experiments", "conf", "tests")


@dataclass(frozen=True)
class Check:
    """Something that could fail: the command that runs it, and how its result is reported."""

    name: str
    title: str
    arguments: tuple[str, ...]
    read_result: Callable[[dict[str, Any]], CheckResult]
    small: tuple[str, ...] = ()
    """Further arguments for a trial of the machinery, whose figures mean nothing."""


def run_checks(
    checks: Sequence[Check], out: Path, jobs: int, listener: Listener, *, small: bool, resume: bool
) -> list[Section]:
    """Run what is not there yet, and read what each has written."""
    code = _stamp_of_code()
    sections: list[Section] = []
    for check in checks:
        arguments = check.arguments + (check.small if small else ())
        folder = out / check.name
        stamp = hashlib.sha256(f"{code} {arguments}".encode()).hexdigest()[:20]
        error = ""
        if not (resume and _is_as_written(folder, stamp)):
            listener.say(f"── {check.title}")
            (folder / STAMP).unlink(missing_ok=True)
            error = _run(arguments, folder, jobs, listener)
            if not error:
                write_atomically(folder / STAMP, json.dumps(_seal(folder, stamp), indent=1))
        sections.append(_section(check, arguments, folder, error))
    return sections


def _run(arguments: tuple[str, ...], folder: Path, jobs: int, listener: Listener) -> str:
    """Run one check in a process of its own; returns what went wrong, or nothing."""
    if arguments[0].startswith("tests/"):
        return run_tests(arguments, folder)
    done = run_module("experiments", *arguments, f"out={folder}", f"jobs={jobs}")
    listener.say(done.stdout.strip())
    if done.returncode == 0:
        return ""
    said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
    listener.say(said[0])
    return f"exit code {done.returncode}: {said[0]}"


def run_tests(files: tuple[str, ...], folder: Path) -> str:
    """Run test files in a process of their own and write `summary.json`: `name, outcome` each."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "junit.xml"
    report.unlink(missing_ok=True)
    done = run_module("pytest", "-q", "-n", "0", f"--junitxml={report}", *files)
    if not report.is_file():
        return f"pytest wrote no report: {done.stdout[-500:]}{done.stderr[-500:]}"
    cases = [
        {
            "name": str(case.get("name")).removeprefix("test_"),
            "outcome": "passed" if len(case) == 0 else case[0].tag,
        }
        for case in ET.parse(report).getroot().iter("testcase")
    ]
    if done.returncode not in (0, 1) or not cases:
        return f"pytest ended with code {done.returncode}: {done.stdout.strip()[-300:]}"
    write_atomically(folder / "summary.json", json.dumps({"cases": cases}, indent=1))
    return ""


def _section(check: Check, arguments: tuple[str, ...], folder: Path, error: str) -> Section:
    result: CheckResult | None = None
    if not error:
        try:
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            result = check.read_result(summary)
        except (OSError, ValueError, LookupError, TypeError) as trouble:
            error = f"its result cannot be read: {type(trouble).__name__}: {trouble}"
    return Section(check.name, check.title, arguments, folder, result, error)


def _seal(folder: Path, stamp: str) -> dict[str, Any]:
    """What a check was run by, and the checksum of every file that it wrote."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.name != STAMP)
    return {"stamp": stamp, "files": {path.name: digest_of_file(path) for path in files}}


def _is_as_written(folder: Path, stamp: str) -> bool:
    """Whether this check's result is there, of this very code, and every file as it was written."""
    try:
        recorded = json.loads((folder / STAMP).read_bytes())
        return bool(recorded["files"]) and recorded == _seal(folder, stamp)
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _stamp_of_code() -> str:
    """A change of any code or configuration makes every check run again; a report does not."""
    digest = hashlib.sha256()
    for room in _CODE:
        for path in sorted((ROOT / room).rglob("*")):
            told_only = (path.parent.name == "validate" and path.stem in _TOLD) or path == DIGEST
            if path.is_file() and path.suffix not in (".pyc", ".pyo") and not told_only:
                digest.update(f"{path.relative_to(ROOT)} {digest_of_file(path)}\n".encode())
    digest.update((ROOT / "requirements.lock").read_bytes())
    return digest.hexdigest()
