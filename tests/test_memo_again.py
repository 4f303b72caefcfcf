"""An answer written again: from stored results, in either language, without simulating."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from answers import make_answer
from openpyxl import load_workbook
from pptx import Presentation

from experiments import rewriting
from experiments.analysis.answer import Answer
from experiments.analysis.summary import summarise
from experiments.command import Command
from experiments.measures.schemas import CELL_TABLES, WORLDS
from experiments.report import stored
from experiments.report.answer_files import write_answer_files
from experiments.report.deck import deck_of
from experiments.report.workbook import workbook_of
from experiments.runs.fingerprint import digest_of_file
from experiments.runs.sweep import FILES
from experiments.terminal import Terminal
from sim.errors import QuestionError


@pytest.fixture(scope="module")
def answer() -> Answer:
    return make_answer(np.random.default_rng(3), worlds=4)


@pytest.fixture(scope="module")
def written(answer: Answer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a run leaves it."""
    tmp_path = tmp_path_factory.mktemp("written")
    for name, file in FILES.items():
        frame = getattr(answer, name)
        if name in CELL_TABLES and len(frame.columns):
            frame.to_parquet(tmp_path / file)
        else:
            CELL_TABLES[name].arrow().empty_table().to_pandas().to_parquet(tmp_path / file)
    answer.worlds.to_parquet(tmp_path / "worlds.parquet")
    assert WORLDS.names()
    (tmp_path / stored.FACTS).write_text(stored.facts_of(answer), encoding="utf-8")
    write_answer_files(summarise(answer), tmp_path)
    files = {
        p.relative_to(tmp_path).as_posix(): digest_of_file(p)
        for p in tmp_path.rglob("*")
        if p.is_file()
    }
    told = {"answer": {"question": "q", "language": "en", "failures": 0, "files": files}}
    (tmp_path / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return tmp_path


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of it, to be harmed."""
    return shutil.copytree(written, tmp_path / "answer")


def told(folder: Path, *words: str) -> None:
    command = Command.read(["memo", str(folder), *words])
    assert command.memo is not None
    rewriting.rewrite(command.memo, command.overrides, Terminal())


def test_it_is_told_again_in_chinese_and_back_to_the_same_bytes(folder: Path) -> None:
    names = ("memo.html", "memo.pptx", "tables.xlsx")
    english = {name: (folder / name).read_bytes() for name in names}
    told(folder, "language=zh")
    assert "维持现状" in (folder / "memo.html").read_text(encoding="utf-8")
    assert all((folder / name).read_bytes() != english[name] for name in names)
    told(folder, "language=en")
    assert {name: (folder / name).read_bytes() for name in names} == english


def test_the_manifest_follows_and_nothing_is_left_behind(folder: Path) -> None:
    told(folder, "language=zh")
    kept = json.loads((folder / "manifest.json").read_bytes())["answer"]
    assert kept["language"] == "zh"
    assert all(digest_of_file(folder / name) == digest for name, digest in kept["files"].items())
    assert {path.name for path in folder.iterdir()} == {
        name.partition("/")[0] for name in kept["files"]
    } | {"manifest.json"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "memo needs one folder"),
        (("a", "b"), "memo needs one folder"),
        (("a", "worlds=3"), "takes language=en or zh"),
        (("a", "-m"), "takes language=en or zh"),
    ],
)
def test_what_memo_does_not_take(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        Command.read(["memo", *words])


def test_a_folder_without_an_answer_and_an_unknown_language_are_refused(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(QuestionError, match=r"answer\.json is missing"):
        told(tmp_path_factory.mktemp("empty"))
    with pytest.raises(QuestionError, match="no such folder"):
        told(folder / "nowhere")
    with pytest.raises(QuestionError, match="'fr'"):
        told(folder, "language=fr")


@pytest.mark.parametrize("name", [stored.FACTS, "worlds.parquet", *FILES.values()])
@pytest.mark.parametrize("harm", ["flipped", "shortened", "another run's", "gone"])
def test_an_answer_that_is_not_as_the_run_wrote_it_is_not_told(
    name: str, harm: str, folder: Path
) -> None:
    path, whole = folder / name, (folder / name).read_bytes()
    middle = len(whole) // 2
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {
                "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
                "shortened": whole[:middle],
                "another run's": whole.replace(b"bundle", b"bumble") + b" ",
            }[harm]
        )
    memo = (folder / "memo.html").read_bytes()
    with pytest.raises(QuestionError, match=name.replace(".", r"\.")):
        told(folder, "language=zh")
    assert (folder / "memo.html").read_bytes() == memo


@pytest.mark.parametrize("manifest", [None, "", "{}", '{"answer": {"files": 3}}'])
def test_without_its_manifest_an_answer_is_not_told(manifest: str | None, folder: Path) -> None:
    (folder / "manifest.json").unlink()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"manifest\.json"):
        told(folder)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_slides_and_workbook_open_hold_the_numbers_and_never_change(
    answer: Answer, language: str
) -> None:
    code = "zh" if language == "zh" else "en"
    summary = summarise(answer)
    slides, book = deck_of(summary, {}, code), workbook_of(summary, code)
    assert slides == deck_of(summary, {}, code)
    assert book == workbook_of(summary, code)
    assert len(Presentation(io.BytesIO(slides)).slides) >= 6
    sheets = load_workbook(io.BytesIO(book), read_only=True)
    rows = list(sheets.worksheets[1].iter_rows(min_row=2, values_only=True))
    npv = summary.arms["bundle_benefits"].vs_hold["npv_yuan"].mean
    assert any(row[1] == pytest.approx(npv) for row in rows)
    assert all(z.date_time[0] == 1980 for z in zipfile.ZipFile(io.BytesIO(slides)).infolist())
