"""What must be known to get the same numbers again."""

import importlib.metadata
import platform
import subprocess
from typing import Any

from experiments.paths import ROOT
from experiments.question.question import Question
from experiments.runs.cells import seed_number

_LIBRARIES = ("mesa", "numpy", "numba", "pandas", "scipy", "matplotlib", "hydra-core", "pyarrow")


def manifest(question: Question, fingerprint: str) -> dict[str, Any]:
    """What must be known to get the same numbers again."""
    return {
        "config": question.resolved,
        "fingerprint": fingerprint,
        "seeds": [
            [seed_number(question, world, seed) for seed in range(question.seeds)]
            for world in range(question.worlds)
        ],
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def _commit() -> str:
    """Commit of the code, if it stands in a repository; `+` where files differ from it."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--abbrev=40"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
