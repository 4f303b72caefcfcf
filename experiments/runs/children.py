"""Other commands of ours, each in a process of its own that ends when this one does."""

import os
import subprocess
import sys

from experiments.paths import ROOT

_START = (
    "import sys, runpy; from experiments.runs.leash import end_with_parent; "
    "end_with_parent(int(sys.argv[1])); sys.argv[:] = sys.argv[2:]; "
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)


def run_module(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `python -m module` in the project's folder and return what it said, in UTF-8."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-P", "-c", _START, str(os.getpid()), module, *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env=os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
    )
