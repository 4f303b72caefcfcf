"""A signal that a library swallows, or makes an error of its own of, is a signal all the same."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from endings import NOISE, ROOT, environment

from experiments import cli, endings
from experiments.studies import compare
from sim.errors import NO_MEMORY, QuestionError, is_of_machine, lacks_memory, named

TINY = [
    "market=duopoly", "subscribers=300", "months=2", "burn_in=2", "worlds=1", "seeds=1", "jobs=1",
    "strategies=[match_price]", "out=o",
]  # fmt: skip
PLACES = (
    "experiments.question.compose.compose",
    "experiments.question.compose.question_of",
    "experiments.studies.compare.run",
    "experiments.runs.playable.read",
    "experiments.runs.cells.calibrate_world",
    "experiments.runs.cells.before_the_shock",
    "experiments.runs.cells.live",
    "experiments.studies.compare.summarise",
    "experiments.report.figures.Figures.share",
    "experiments.runs.answer_folder.digest_of_file",
)


@pytest.fixture
def terminated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Have SIGTERM fall into a function, which raises an error in its own words, or goes on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(endings._Ending, "asked", None)

    def fall_into(place: str, error: type[Exception]) -> None:
        def broken(*_: object, **__: object) -> None:
            monkeypatch.setattr(endings._Ending, "asked", signal.SIGTERM)
            raise error("what a library says")

        monkeypatch.setattr(place, broken)

    return fall_into


@pytest.mark.parametrize("place", PLACES)
def test_whatever_a_library_makes_of_a_signal_the_run_was_interrupted(
    place: str, terminated, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert compare.run  # imported before it is broken
    terminated(place, QuestionError if "cells" in place else ValueError)
    assert cli.run(TINY) == 143
    said = capfd.readouterr().err
    assert said.startswith("\nInterrupted by SIGTERM.")
    assert len(said.strip().splitlines()) == 1
    assert not any(word in said for word in NOISE)
    if (tmp_path / "o").exists():
        assert json.loads((tmp_path / "o/status.json").read_text())["status"] == "interrupted"
        assert not (tmp_path / "o/summary.json").exists()


def test_an_interruption_in_a_finaliser_or_at_the_very_end_is_no_noise(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from experiments import endings\n"
        "endings.listen()\n"
        "class Finalised:\n"
        "    def __del__(self): os.kill(os.getpid(), signal.SIGTERM); sum(range(1000))\n"
        "if sys.argv[1] == 'end': endings.deaf(); os.kill(os.getpid(), signal.SIGTERM)\n"
        "else: Finalised()\n"
        "print(endings.asked_to_end(), flush=True)\n"
        "if sys.argv[1] != 'end': endings.leave(143)"
    )
    for where, said, ended in (("end", "None\n", 0), ("finaliser", "15\n", 143)):
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, where], capture_output=True, text=True, check=False,
            env=environment(PYTHONPATH=str(ROOT)), cwd=tmp_path,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (ended, said, "")


def test_too_little_memory_is_told_in_the_same_words_wherever_it_was_missing() -> None:
    def wrapped() -> None:
        try:
            np.empty((1 << 40, 1 << 15))
        except MemoryError:
            raise ValueError("the market [is] on fire")  # noqa: B904

    with pytest.raises(MemoryError) as numpys:
        np.empty((1 << 40, 1 << 15))
    with pytest.raises(ValueError, match="on fire") as behind:
        wrapped()
    mapped = ImportError("libx.so: failed to map segment from shared object")
    for error in (MemoryError(), numpys.value, behind.value, OSError(12, "x"), mapped):
        assert lacks_memory(error)
        assert named(error) == NO_MEMORY == endings.explained_fault(error)
        assert is_of_machine(named(error))
    assert not is_of_machine(named(ValueError("x")))
