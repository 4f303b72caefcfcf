"""What is said to whoever waits: literally, unwrapped, in any encoding, and never at a run's cost.

Paths and names are the user's: nothing in them is markup, a link or an emoji code. A terminal that
lacks a sign gets the nearest one; a pipe that is closed or a disk that is full loses words only.
"""

import codecs
import contextlib
import io
import os
import sys
import unicodedata
from typing import IO, Any, override

from rich.console import Console, RenderableType
from rich.segment import Segment, Segments
from rich.style import Style

_PLAIN = {
    "…": "...", "–": "-", "—": "-", "−": "-", "×": "x", "≥": ">=", "≤": "<=", "±": "+/-",
    "’": "'", "‘": "'", "“": '"', "”": '"', "•": "*", "·": "-", "→": "->", "χ": "chi", "\xa0": " ",
    "²": "2", "✓": "ok", "█": "#", "━": "-", "─": "-", "│": "|",
}  # fmt: skip
_ERRORS = "counterplay"


class Terminal(Console):
    """A console that prints text as it is: no markup, no highlighting, no wrapping."""

    def __init__(self, file: IO[str] | None = None, *, stderr: bool = False, **more: Any) -> None:
        super().__init__(
            file=file, stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True,
            **more,
        )  # fmt: skip

    @override
    def print(self, *objects: Any, **options: Any) -> None:
        """As `rich.Console.print`; plain text reaches the terminal sign by sign."""
        if objects and all(isinstance(one, str) for one in objects):
            style = options.get("style")
            text = options.get("sep", " ").join(objects) + options.get("end", "\n")
            parsed = Style.parse(style) if isinstance(style, str) else style
            literal: RenderableType = Segments([Segment(text, parsed)])
            # Rich would expand tabs and take out control signs, which a file's name may hold.
            super().print(literal, end="", crop=False, soft_wrap=True)
        else:
            super().print(*objects, **options)


def make_streams_safe() -> None:
    """Make the process's standard streams such that writing to them cannot fail."""
    _open_all()
    sys.stdout = _safe(sys.stdout, 1)
    sys.stderr = _safe(sys.stderr, 2)


def words_lost() -> bool:
    """Whether standard output could not take all that was printed, for another reason than a pipe.

    Whoever closes a pipe (`| head`) has seen enough.
    """
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    return isinstance(sys.stdout, _Safe) and sys.stdout.lost


class _Safe(io.TextIOWrapper):
    """A text stream that goes quiet, instead of raising, once it cannot be written to."""

    lost = False
    number = -1

    @override
    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except (OSError, ValueError) as error:
            self._go_quiet(error)
            return len(text)

    @override
    def flush(self) -> None:
        try:
            super().flush()
        except (OSError, ValueError) as error:
            self._go_quiet(error)

    def _go_quiet(self, error: Exception) -> None:
        if self.closed:
            return
        self.lost = self.lost or not isinstance(error, BrokenPipeError)
        # What is still in the buffer goes there too, so that closing the stream succeeds.
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.number)
            os.close(nowhere)
        with contextlib.suppress(OSError, ValueError):
            super().flush()


def _safe(stream: Any, number: int) -> Any:
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, _Safe):
        return stream  # somebody else's: a test's, a notebook's
    safe = _Safe(
        stream.detach(), encoding=stream.encoding, errors=_ERRORS, line_buffering=True,
    )  # fmt: skip
    safe.number = number
    return safe


def _open_all() -> None:
    """Let no file of ours become a standard stream, where the parent has closed one of those."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))


def _nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    """What stands for signs that an encoding lacks; bytes of an undecodable name come back."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    encoded: list[bytes] = []
    for sign in error.object[error.start : error.end]:
        code = ord(sign)
        if 0xDC80 <= code <= 0xDCFF:
            encoded.append(bytes([code - 0xDC00]))
            continue
        plain = _PLAIN.get(sign) or unicodedata.normalize("NFKD", sign)
        text = plain.encode(error.encoding, "ignore") if not 0xD800 <= code <= 0xDFFF else b""
        encoded.append(text or b"?")
    return b"".join(encoded), error.end


codecs.register_error(_ERRORS, _nearest)
