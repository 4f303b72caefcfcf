"""Counterplay's own version."""

import importlib.metadata


def version() -> str:
    """What `counterplay --version` prints: the version of the installed distribution."""
    try:
        return importlib.metadata.version("counterplay")
    except importlib.metadata.PackageNotFoundError:
        return "unknown (not installed)"
