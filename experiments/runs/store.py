"""Finished pieces of an experiment on disk, each there whole or not at all.

A piece is one file, named by everything that decides its content (`fingerprint.name_of`) and
carrying its own checksum. What is not exactly what was written under that name (cut short, changed,
foreign, a folder, a link) is not finished: it is counted and worked out again.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.runs.files import aside, check_writable, read_regular
from sim.errors import QuestionError, unusable

CELLS = "cells"
SUFFIX = ".piece"
_NAME = re.compile(r"[a-z][a-z0-9_-]*\.[0-9a-f]{20}")
_HEAD = re.compile(rb"counterplay piece 1 sha256=([0-9a-f]{64}) bytes=(\d{1,15})\n")
_LONGEST_HEAD = 128
_FACTS, _ORDER = "facts.json", "categories"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
UNREADABLE = (
    OSError, ValueError, LookupError, TypeError, RecursionError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What a file can raise that is not what its name says."""


@dataclass(frozen=True)
class Piece:
    """What one finished part of an experiment holds; equal content is equal bytes.

    Nothing in it can run code: tables are Parquet, arrays NumPy's own format without objects, and
    the rest is JSON.
    """

    members: Mapping[str, bytes]
    facts: Mapping[str, Any]
    """Plain data; no NaN or infinity, which are no JSON."""

    @classmethod
    def of(
        cls,
        tables: Mapping[str, pd.DataFrame] | None = None,
        arrays: Mapping[str, NDArray[Any]] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> "Piece":
        """A piece with these tables (their index is not kept), arrays and plain facts."""
        members: dict[str, bytes] = {}
        order: dict[str, dict[str, list[Any]]] = {}
        for name, table in (tables or {}).items():
            members[f"{name}.parquet"] = _as_parquet(table)
            order[name] = {
                str(column): table[column].cat.categories.tolist()
                for column in table.columns
                if isinstance(table[column].dtype, pd.CategoricalDtype)
            }
        for name, array in (arrays or {}).items():
            stream = io.BytesIO()
            np.save(stream, np.asarray(array), allow_pickle=False)
            members[f"{name}.npy"] = stream.getvalue()
        header = {"facts": dict(facts or {}), _ORDER: order}
        members[_FACTS] = json.dumps(header, allow_nan=False, sort_keys=True).encode()
        return cls(members, header["facts"])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its tables."""
        tables = (name for name in self.members if name.endswith(".parquet"))
        return tuple(name.removesuffix(".parquet") for name in tables)

    def table(self, name: str, words: Sequence[str] = ()) -> pa.Table:
        """One table, text as dictionaries where it was categories, or in the columns `words`."""
        source = pa.BufferReader(self.members[f"{name}.parquet"])
        return pq.read_table(source, read_dictionary=list(words))

    def frame(self, name: str) -> pd.DataFrame:
        """One table as it was, types and categories included."""
        frame = self.table(name).to_pandas()
        order = json.loads(self.members[_FACTS])[_ORDER][name]
        for column, categories in order.items():
            frame[column] = frame[column].cat.set_categories(categories)
        return frame

    def array(self, name: str) -> NDArray[Any]:
        """One array as it was."""
        stream = io.BytesIO(self.members[f"{name}.npy"])
        return cast("NDArray[Any]", np.load(stream, allow_pickle=False))


@dataclass
class Store:
    """The pieces in one folder. Travels to other processes, which save what they finish.

    Several writers may save at once, the same piece even: the last complete one stands.
    """

    folder: Path
    distrusted: set[str] = field(default_factory=set[str])
    """Names of pieces that are there and cannot be used."""

    def load(self, name: str) -> Piece | None:
        """A finished piece, or `None`: it is not there, or not as it was written."""
        path = self._path(name)
        try:
            piece = _opened(name, read_regular(path))
        except FileNotFoundError:
            return None
        except UNREADABLE:
            self.distrusted.add(name)
            return None
        return None if name in self.distrusted else piece

    def save(self, name: str, piece: Piece) -> None:
        """Keep a piece. Raises `OSError` if the disk does not take it; nothing is left then."""
        content = _packed(piece)
        with aside(self._path(name)) as handle:
            handle.write(_head(name, content))
            handle.write(content)

    def emptied(self) -> "Store":
        """The same folder for a worker, which need not know what is distrusted."""
        return Store(self.folder)

    def kept(self) -> frozenset[str]:
        """Names of all pieces that are there, whoever's question they answer; not yet checked."""
        return frozenset(
            path.name.removesuffix(SUFFIX)
            for path in self._entries()
            if path.name.endswith(SUFFIX) and _NAME.fullmatch(path.name.removesuffix(SUFFIX))
        )

    def foreign(self) -> list[str]:
        """Names of what is in the folder and was not written by this version of the program."""
        kept = {f"{name}{SUFFIX}" for name in self.kept()}
        return sorted(
            path.name
            for path in self._entries()
            if path.name not in kept and not path.name.startswith(".")
        )

    def check_folder(self) -> None:
        """Make the folder, and see whether pieces can be kept there.

        Raises:
            QuestionError: something else stands in its place.
            RunError: the machine does not take them.
        """
        if self.folder.is_symlink() or (self.folder.exists() and not self.folder.is_dir()):
            what = "a link, which is not followed" if self.folder.is_symlink() else "a file"
            raise QuestionError(
                f"out: '{self.folder}' is {what}, and finished parts are kept in a folder of this "
                "name; remove it, or choose another out"
            )
        try:
            check_writable(self.folder)
        except OSError as error:
            raise unusable(
                error,
                f"out: finished parts cannot be kept in '{self.folder}': {error.strerror or error}",
            ) from None

    def _entries(self) -> list[Path]:
        try:
            return sorted(self.folder.iterdir())
        except OSError:
            return []

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"'{name}' is no name of a piece")
        return self.folder / f"{name}{SUFFIX}"


def _head(name: str, content: bytes) -> bytes:
    """First line of a file: a checksum of its name and of all that follows."""
    digest = sha256(name.encode() + b"\0" + content).hexdigest()
    return f"counterplay piece 1 sha256={digest} bytes={len(content)}\n".encode()


def _packed(piece: Piece) -> bytes:
    """All members as a zip archive, uncompressed and without dates: equal content, equal bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(piece.members):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), piece.members[name])
    return stream.getvalue()


def _opened(name: str, found: bytes) -> Piece:
    """The piece in a file. Raises one of `UNREADABLE` if it is not what was saved by this name."""
    head = _HEAD.match(found[:_LONGEST_HEAD])
    if head is None:
        raise ValueError("no piece")
    content = found[head.end() :]
    if _head(name, content) != head[0]:
        raise ValueError("changed since it was written")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {item.filename: archive.read(item) for item in archive.infolist()}
    facts = json.loads(members[_FACTS])["facts"]
    if not isinstance(facts, dict):
        raise TypeError("facts are named")
    return Piece(members, cast("dict[str, Any]", facts))


def _as_parquet(table: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(arrow, stream, compression="zstd")
    return stream.getvalue()
