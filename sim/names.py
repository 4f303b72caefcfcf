"""One clear message for a name that does not exist, with the names that do and the nearest."""

import difflib
from collections.abc import Iterable

from sim.errors import UnknownNameError


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A hint at the most similar allowed name, or nothing."""
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.5)
    return f" (did you mean '{close[0]}'?)" if close else ""


def unknown(
    what: str, name: str, allowed: Iterable[str], fault: str = "does not exist"
) -> UnknownNameError:
    """The error to raise when `name` is not among the `allowed`."""
    listed = sorted(allowed)
    names = ", ".join(listed) or "-"
    message = f"{what} '{name}' {fault}{nearest(name, listed)}; allowed: {names}"
    return UnknownNameError(name, listed, message)


def check(what: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise `UnknownNameError` for the first name that is not allowed."""
    known = list(allowed)
    for name in names:
        if name not in known:
            raise unknown(what, name, known)
