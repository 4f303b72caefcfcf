"""Starts `counterplay` over and over, quickly: everything is imported once, each run is a fork.

A run is a process of its own, with the command line's own entry, its own session and its own files
for output; all it saves is the seconds of importing and of reading our code for fingerprints.
Commands come as JSON lines on standard input.
"""

import gc
import json
import os
import sys
import tomllib
import traceback
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import failing_disk

ROOT = Path(__file__).resolve().parents[2]
_FINGERPRINTED = (
    "runs.cells", "studies.compare", "studies.backtest.members", "studies.backtest.backtest",
    "studies.posterior.sbc", "studies.posterior.simulator", "studies.q_learning.q_learning",
    "studies.q_learning.sessions",
)  # fmt: skip

_IMPORTED_LATE = (
    "experiments.answering", "experiments.report.answer_files", "experiments.studies.posterior.smc",
    "experiments.start", "fontTools.subset", "matplotlib.backends.backend_agg", "pptx",
    "pyarrow.dataset", "scipy.stats", "xlsxwriter",
)  # fmt: skip
"""What a run imports when it comes to it: a third of the time of a tiny one."""


def main() -> None:
    """Answer `start` with a process id and `poll` with an exit code, or `null` while it runs."""
    prepare()
    say({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        say(start(asked) if asked["do"] == "start" else poll(asked["pid"]))


def say(answer: dict[str, Any]) -> None:
    """One line for whoever asked."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def prepare() -> None:
    """Import what runs import, and load the compiled kernels."""
    import importlib

    from experiments import cli
    from experiments.question.compose import compose, question_of
    from experiments.question.registry import KINDS
    from experiments.runs.fingerprint import digest_of
    from experiments.runs.sweep import warm_up

    assert cli.run is not None
    for kind in ("compare", "backtest", "sbc", "q_learning"):
        importlib.import_module(KINDS[kind])
    for name in _IMPORTED_LATE:
        importlib.import_module(name)
    question = question_of(compose(["market=duopoly", "jobs=1"]))
    warm_up(question)
    for module in _FINGERPRINTED:
        digest_of(f"experiments.{module}", {})
    gc.collect()
    gc.freeze()  # what is loaded here is no garbage of any run


def start(asked: dict[str, Any]) -> dict[str, int]:
    """Fork a run."""
    pid = os.fork()
    if pid:
        return {"pid": pid}
    code = 1
    try:
        os.setsid()
        out = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(source, target)
        os.chdir(asked["cwd"])
        os.environ.update(asked["environment"])
        if asked["failing"]:
            failing_disk.install(**asked["failing"])
        sys.argv = ["counterplay", *asked["arguments"]]
        entry().load()()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # noqa: BLE001 - the parent must never go on in the child
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    if asked["failing"]:
        Path(f"{asked['log']}.operations").write_text(f"{failing_disk.operations()}")
    os._exit(code)


def entry() -> EntryPoint:
    """What the console script `counterplay` calls."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return EntryPoint("counterplay", project["scripts"]["counterplay"], "console_scripts")


def poll(pid: int) -> dict[str, int | None]:
    """How a run ended: its exit code, negative for a signal; `null` while it lives."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return {"code": None if not done else os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
