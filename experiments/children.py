"""Other people's programs, started with as little as they need: today only git."""

import os
import shutil
import subprocess
from pathlib import Path

_HARDENED = (
    "--no-pager", "--no-replace-objects", "--no-optional-locks",
    "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}",
    "-c", "core.attributesFile=", "-c", "protocol.allow=never",
)  # fmt: skip
_SECONDS = 10
_TRIES = 3
"""A repository that somebody is just writing to can refuse for a moment."""
_OURS = "experiments/children.py"


def commit_of(root: Path) -> str:
    """Commit of the code, `+` where files differ; `unknown` outside a repository of its own.

    What the environment or a user's settings would make git run, it does not run.
    """
    git = shutil.which("git", path=_absolute_path())
    if git is None or not (root / ".git").exists():
        return "unknown"
    if _said(git, root, "ls-files", "--error-unmatch", "--", _OURS) is None:
        return "unknown"  # somebody's repository, with our files in it but not of it
    return _said(git, root, "describe", "--always", "--dirty=+", "--abbrev=40") or "unknown"


def _said(git: str, root: Path, *arguments: str) -> str | None:
    """What git says of a repository; nothing if it cannot."""
    for _ in range(_TRIES):
        try:
            done = subprocess.run(
                [git, *_HARDENED, "-C", str(root), *arguments], capture_output=True, check=True,
                timeout=_SECONDS, stdin=subprocess.DEVNULL, env=_environment(root),
                encoding="utf-8", errors="replace",
            )  # fmt: skip
        except (OSError, ValueError, subprocess.SubprocessError):
            continue
        return done.stdout.strip()
    return None


def _environment(root: Path) -> dict[str, str]:
    """All that git is told: nothing of `GIT_*`, of an editor, a pager or a loader."""
    return {
        "PATH": _absolute_path(),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CEILING_DIRECTORIES": str(root.parent),
    }


def _absolute_path() -> str:
    """Where programs are looked for: never in the folder one happens to stand in."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())
