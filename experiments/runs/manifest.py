"""What must be known to get the same numbers again."""

import importlib.metadata
import platform
from typing import Any

from experiments.children import commit_of
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
        "commit": commit_of(ROOT),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
