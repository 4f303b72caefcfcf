"""What must be known to get the same numbers again."""

import importlib.metadata
import platform
from typing import Any

from experiments.children import commit_of
from experiments.paths import ROOT
from experiments.question.pins import drawn_ranges
from experiments.question.question import Question
from experiments.runs.cells import seed_number
from experiments.runs.fingerprint import plain

_LIBRARIES = ("mesa", "numpy", "numba", "pandas", "scipy", "matplotlib", "hydra-core", "pyarrow")


def manifest(question: Question, fingerprint: str) -> dict[str, Any]:
    """What must be known to get the same numbers again."""
    return {
        "config": question.resolved,
        "settings": {
            "fixed": plain(question.fixed),
            "drawn": plain(drawn_ranges(question)),
        },
        "fingerprint": fingerprint,
        "seeds": [
            [seed_number(question, world, seed) for seed in range(question.seeds)]
            for world in range(question.worlds)
        ],
        "commit": commit_of(ROOT),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
