"""The contracts of a study: it runs without a trace, and its result writes what it is asked to."""

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from counterplay.testing.contracts import need
from experiments.answering import study_of
from experiments.question.ask import NUMBERS, Asking
from experiments.question.question import Question
from experiments.question.registry import check_option_names
from experiments.runs.listener import SILENT
from experiments.runs.store import CELLS, Store
from experiments.runs.study import StudyResult
from sim.errors import QuestionError

_NO_OPTION = "an option that no study has"


def check_study(kind: str, *, repeatable: bool = True, **asking: Any) -> list[str]:
    """Check a kind of experiment on a question that takes seconds; returns what was checked.

    Args:
        kind: its name in `experiments/question/registry.py`.
        repeatable: whether it gives the same bits every time; a race against the clock does not.
        **asking: the question, as in `counterplay.run`.

    Raises:
        ContractError: a contract is broken.
        QuestionError: the question cannot be asked.
    """
    _need_known_options(kind)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        here = Path(folder)
        stores = {name: here / name for name in ("one", "two")}
        (here / "work").mkdir()
        with contextlib.chdir(here / "work"):
            question = _question(kind, asking, stores["one"])
            result = _run(question, stores["one"])
            _need_nothing_in(here / "work", "running")
            _need_only_pieces(stores["one"], allow=kind == "validate")
            _need_written_alike(result, here)
            kept = _pieces(stores["one"])
            if repeatable and kept:
                again = _run(question, stores["one"])
                need(_pieces(stores["one"]) == kept, "asked again it does its work again")
                _need_equal(result, again, here, "taken over from its store it is another answer")
                _lose_one(stores["one"])
                went_on = _run(question, stores["one"])
                need(_differing(stores["one"], kept) == {max(kept)}, "it does more than is missing")
                _need_equal(
                    result, went_on, here, "interrupted and taken over it is another answer"
                )
            if repeatable:
                more = _question(kind, asking | {"jobs": 2}, stores["two"])
                two = _run(more, stores["two"])
                _need_equal(result, two, here, "two processes are not one")
            _need_nothing_in(here / "work", "writing to another folder")
    return [
        "an unknown option is refused by name",
        "running prints nothing and writes nothing but pieces",
        "a result writes the same files every time, JSON without NaN",
        *(["only what is missing is done again", "two processes are one"] if repeatable else []),
    ]


def _question(kind: str, asking: dict[str, Any], store: Path) -> Question:
    given: dict[str, Any] = {"jobs": 1, **asking}
    numbers = {name: given.pop(name) for name in NUMBERS if name in given}
    return Asking(kind, numbers=numbers, **given).resolve(store, resume=True).question


def _run(question: Question, folder: Path) -> StudyResult:
    """Run it with everything caught that it says."""
    study, said = study_of(question.experiment), io.StringIO()
    store = Store(folder / CELLS)
    store.check_folder()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        study.check(question)
        result = study.run(question, store, SILENT)
    need(not said.getvalue(), f"running prints {said.getvalue()[:80]!r}; tell the listener instead")
    need(result.question == question, "the result does not hold the question that was asked")
    return result


def _need_known_options(kind: str) -> None:
    try:
        check_option_names(kind, [_NO_OPTION])
    except QuestionError as error:
        need(_NO_OPTION in str(error), f"an unknown option is not named: {error}")
    else:
        need(False, "an unknown option is taken")


def _need_nothing_in(folder: Path, doing: str) -> None:
    files = sorted(path.name for path in folder.rglob("*"))
    need(not files, f"{doing} leaves {', '.join(files)} in the working folder")


def _need_only_pieces(store: Path, *, allow: bool) -> None:
    beside = sorted(path.name for path in store.iterdir() if path.name != CELLS)
    need(allow or not beside, f"running writes {', '.join(beside)} beside its pieces")


def _pieces(store: Path) -> dict[str, int]:
    """Every piece and when it was written."""
    return {p.name: p.stat().st_mtime_ns for p in (store / CELLS).iterdir() if p.is_file()}


def _lose_one(store: Path) -> None:
    """Take the last piece away, as if the run had been interrupted before it."""
    (store / CELLS / max(_pieces(store))).unlink()


def _differing(store: Path, before: dict[str, int]) -> set[str]:
    now = _pieces(store)
    return {name for name in now | before if now.get(name) != before.get(name)}


def _files(found: StudyResult, here: Path) -> dict[str, bytes]:
    """All that a result writes."""
    with tempfile.TemporaryDirectory(dir=here) as folder:
        found.write_to(Path(folder), SILENT)
        paths = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _need_written_alike(found: StudyResult, here: Path) -> None:
    files = _files(found, here)
    need(files, "its result writes no file")
    need(files == _files(found, here), "written again its files differ")
    for name, content in files.items():
        if name.endswith(".json"):
            json.loads(content, parse_constant=lambda word, name=name: _no_json(name, word))
    need(len(found.shown(here)) > 0, "a terminal would show nothing in the end")


def _no_json(name: str, word: str) -> None:
    need(False, f"{name} holds {word}, which is no JSON")


def _need_equal(one: StudyResult, other: StudyResult, here: Path, broken: str) -> None:
    mine, theirs = _files(one, here), _files(other, here)
    wrong = sorted(name for name in mine | theirs if mine.get(name) != theirs.get(name))
    need(not wrong, f"{broken}: {', '.join(wrong)} differ")
