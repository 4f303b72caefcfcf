"""An output folder while one question is answered in it: reserved, cleared, filled as a whole.

The files of an answer are written apart and take the place of the last answer's together, when all
of them are there. `manifest.json` names the question and every file with its checksum. Until then
the folder holds the last answer, whole, and `status.json` says what is going on.
"""

import json
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self, cast

from experiments.question.question import Question
from experiments.runs.files import (
    OURS,
    clear_leftovers,
    read_json,
    remove_folder,
    replace,
    sync_folder,
    write_atomically,
)
from experiments.runs.fingerprint import digest_of, digest_of_file, whole_of
from experiments.runs.listener import Listener
from experiments.runs.locks import FolderLock
from experiments.runs.manifest import manifest
from experiments.runs.status import STATUS, begin_status, end_status
from experiments.runs.store import CELLS, Store
from sim.errors import QuestionError, unusable

MANIFEST = "manifest.json"
_NEW = f"{OURS}-new"
_PUBLISHING = f"{OURS}-publishing.json"
_LONGEST_NAME = 255


class AnswerFolder:
    """Use as a context manager around all that a study does.

    Args:
        question: what is answered; `question.out` is the folder.
        module: dotted name of the study's module.
        listener: who is told what was found in the folder.
    """

    def __init__(self, question: Question, module: str, listener: Listener) -> None:
        self.question = question
        self.out = question.out
        self.new = self.out / _NEW
        """Where the study writes the files of its answer."""
        self.store = Store(self.out / CELLS)
        self.fingerprint = digest_of(module, whole_of(question))
        self.listener = listener
        self._lock = FolderLock(self.out, listener)

    def __enter__(self) -> Self:
        """Reserve the folder and clear what a crash left.

        Raises:
            FolderInUseError: another run is working in it.
            QuestionError: nothing can be written there, whatever the machine.
            RunError: the machine does not let us write there.
        """
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unusable(error, f"out = '{self.out}': {error.strerror or error}") from None
        self._lock.acquire()
        try:
            self.store.check_folder()
            self._recover()
            for folder in (self.out, self.store.folder):
                clear_leftovers(folder)
            remove_folder(self.new)
            self.new.mkdir()
            begin_status(self.out, self.fingerprint)
            self._say_foreign()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the folder back; what was not published is dropped, finished pieces stay."""
        with suppress(OSError):
            remove_folder(self.new)
            end_status(self.out, error)
        with suppress(OSError):
            self._lock.release()

    def is_answered(self) -> bool:
        """Whether this very question's answer is there already, every file as it was written."""
        answer = self._last_answer()
        return (
            self.question.resume
            and answer.get("question") == self.fingerprint
            and answer.get("language") == self.question.language
            and not answer.get("failures")
            and bool(answer["files"])
            and all(self._is_as_written(*item) for item in answer["files"].items())
        )

    def publish(self, failures: int = 0) -> None:
        """Put all new files in the place of the last answer's.

        Killed on the way, the next run in the folder completes it. At no time do files of two
        questions stand beside each other.

        Args:
            failures: runs that failed; an answer with failures is worked out again when asked for.
        """
        files = {
            path.relative_to(self.new).as_posix(): digest_of_file(path)
            for path in sorted(self.new.rglob("*"))
            if path.is_file()
        }
        answer = {
            "question": self.fingerprint,
            "language": self.question.language,
            "failures": failures,
            "files": files,
        }
        text = json.dumps(manifest(self.question, self.fingerprint) | {"answer": answer}, indent=1)
        for name in files:
            with (self.new / name).open("rb") as handle:
                os.fsync(handle.fileno())
        write_atomically(self.out / _PUBLISHING, text)
        self._move_in(files)

    def _move_in(self, files: dict[str, str]) -> None:
        """Remove the last answer, move the new one in, and seal it with its manifest."""
        for name in self._last_answer()["files"]:
            if (path := self._inside(name)) is not None:
                _drop(path)
                if path.parent != self.out:
                    with suppress(OSError):
                        path.parent.rmdir()  # if nobody keeps anything else there
        _drop(self.out / MANIFEST)
        for name in files:
            source, target = self.new / name, self.out / name
            if source.is_file():
                _real_folder(target.parent, self.out)
                replace(source, target)
        replace(self.out / _PUBLISHING, self.out / MANIFEST)
        sync_folder(self.out)

    def _recover(self) -> None:
        """Complete, or take back, what a run was publishing when it was killed."""
        files = _answer_in(self.out / _PUBLISHING)["files"]
        if files and all(
            self._is_as_written(name, digest) or _matches(self.new / name, digest)
            for name, digest in files.items()
        ):
            self._move_in(files)
            return
        for name, digest in files.items():
            if self._is_as_written(name, digest):
                (self.out / name).unlink()
        _drop(self.out / _PUBLISHING)

    def _last_answer(self) -> dict[str, Any]:
        return _answer_in(self.out / MANIFEST)

    def _is_as_written(self, name: str, digest: str) -> bool:
        path = self._inside(name)
        return path is not None and _matches(path, digest)

    def _inside(self, name: str) -> Path | None:
        """A file of an answer by its name; `None` for one that leads out, or is no answer's."""
        parts = PurePosixPath(name).parts
        if not _could_be_answers(name, parts):
            return None
        folders = [self.out.joinpath(*parts[:depth]) for depth in range(1, len(parts))]
        return None if any(f.is_symlink() for f in folders) else self.out.joinpath(*parts)

    def _say_foreign(self) -> None:
        foreign = self.store.foreign()
        if foreign:
            self.listener.say(
                f"{len(foreign)} entries of '{self.store.folder.name}' are of another version or "
                f"not ours ({foreign[0]}, …); they are left alone and not used."
            )


@contextmanager
def replace_in_answer(out: Path, language: str) -> Generator[Path]:
    """A folder for files that take the place of those of their names in the answer in `out`.

    Files of the same folders that are not written again are removed. The manifest's checksums
    follow last: after a crash on the way the answer is no longer taken for whole, and the same
    question writes it again from its finished cells.
    """
    new = out / _NEW
    remove_folder(new)
    new.mkdir()
    try:
        yield new
        files = {p.relative_to(new).as_posix(): p for p in sorted(new.rglob("*")) if p.is_file()}
        data: Any = json.loads((out / MANIFEST).read_bytes())
        old = _answer_in(out / MANIFEST)["files"]
        folders = {name.rpartition("/")[0] for name in files} - {""}
        stale = [n for n in old if n.rpartition("/")[0] in folders and n not in files]
        for name in stale:
            _drop(out / name)
        digests = {name: digest_of_file(path) for name, path in files.items()}
        for name, path in files.items():
            _real_folder((out / name).parent, out)
            replace(path, out / name)
        kept = {name: digest for name, digest in old.items() if name not in stale}
        data["answer"] |= {"files": kept | digests, "language": language}
        write_atomically(out / MANIFEST, json.dumps(data, indent=1))
    finally:
        remove_folder(new)


def not_as_written(out: Path, names: Iterable[str]) -> list[str]:
    """Which files of the answer in `out` are not those that its manifest names, by checksum."""
    digests = _answer_in(out / MANIFEST)["files"]
    return [name for name in names if not _matches(out / name, digests.get(name, ""))]


def check_input(path: Path, said: str) -> None:
    """A file that is read as input and is an earlier answer's must be as that run wrote it.

    Raises:
        QuestionError: the manifest beside it has another checksum for it.
    """
    if path.name in _answer_in(path.parent / MANIFEST)["files"] and not_as_written(
        path.parent, [path.name]
    ):
        raise QuestionError(
            f"{said}: not as the run wrote it ({path.parent / MANIFEST} has another checksum); "
            "answer that question again, or copy the file elsewhere if you changed it yourself"
        )


def _answer_in(path: Path) -> dict[str, Any]:
    """What a manifest says of its answer; no files if there is none that can be read."""
    nothing: dict[str, Any] = {"files": {}}
    try:
        data: Any = read_json(path)
        answer = cast("dict[str, Any]", data["answer"])
        names = {str(name): str(digest) for name, digest in answer["files"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return nothing
    return answer | {"files": names}


def _could_be_answers(name: str, parts: tuple[str, ...]) -> bool:
    """Whether a manifest, which anybody may have written, names what a study could have written."""
    kept = parts[:1] in {(CELLS,), (MANIFEST,), (STATUS,)} or name.startswith(OURS)
    leads_out = ".." in parts or PurePosixPath(name).is_absolute()
    odd = not name.isprintable() or any(len(part.encode()) > _LONGEST_NAME for part in parts)
    return bool(parts) and not (kept or leads_out or odd)


def _drop(path: Path) -> None:
    """Remove a file or link, if it is there; a folder in its place is somebody's, and stays."""
    if path.is_symlink() or not path.is_dir():
        with suppress(NotADirectoryError):  # a file stands where its folder was
            path.unlink(missing_ok=True)


def _matches(path: Path, digest: str) -> bool:
    try:
        return not path.is_symlink() and path.is_file() and digest_of_file(path) == digest
    except OSError:
        return False


def _real_folder(folder: Path, out: Path) -> None:
    """Make a folder below `out`; whatever else stands in its place is removed, not followed."""
    for step in reversed([folder, *folder.parents]):
        if step.is_relative_to(out) and step != out:
            if step.is_symlink() or not step.is_dir():
                step.unlink(missing_ok=True)
            step.mkdir(exist_ok=True)
