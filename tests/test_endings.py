"""How a command ends and what surrounds it: the cheap cases; long ones are in `tests/faults/`."""

import errno
import io
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from endings import NOISE, ROOT, begun, environment, orphans_after, ran

from experiments.endings import InterruptedRun, explained_fault
from experiments.runs import progress
from experiments.runs.display import Display
from experiments.runs.executor import as_completed, in_order, job
from experiments.runs.status import begin_status, end_status, read_status
from experiments.terminal import Terminal
from sim.errors import RunError, WorkerLostError

# Jobs --------------------------------------------------------------------------------------------


def test_jobs_give_the_same_on_any_number_of_processes() -> None:
    calls = [job(pow, number, 3) for number in range(40)]
    assert in_order(calls, 1) == in_order(calls, 2) == in_order(calls, 3)


def test_an_error_of_a_job_keeps_its_kind_and_says_where() -> None:
    with pytest.raises(ValueError, match="math domain error") as raised:
        in_order([job(math.sqrt, -1.0), job(pow, 1, 1)], 2)
    assert "worker.py" in str(raised.value.__cause__)


def test_a_result_that_cannot_travel_is_an_error_of_its_job() -> None:
    with pytest.raises(Exception, match="pickle"):
        in_order([job(threading.Lock), job(pow, 1, 1)], 2)


def test_a_job_whose_worker_dies_is_tried_again_and_then_told() -> None:
    calls = [job(os._exit, 3), *(job(pow, number, 2) for number in range(6))]
    told: list[str] = []
    found = in_order(calls, 2, lost=lambda number, why: told.append(f"{number} {why}"))
    assert found[1:] == [number**2 for number in range(6)]
    assert len(told) == 1
    assert told[0].startswith("0 a worker process ended with exit code 3")
    done: list[int] = []
    with pytest.raises(WorkerLostError, match="1 of 7 pieces of work"):
        done.extend(number for number, _ in as_completed(calls, 2))


def test_a_worker_killed_once_costs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "killed"
    # Killed as the system does it when memory is short, but only the first time.
    code = (
        f"import os; m = {str(mark)!r}; d = os.path.exists(m); open(m, 'w').close(); "
        "d or os.kill(os.getpid(), 9)"
    )
    assert in_order([job(exec, code), job(pow, 2, 2)], 2) == [None, 4]
    assert mark.exists()


def test_ending_early_ends_the_workers() -> None:
    answers = as_completed([job(time.sleep, s) for s in (0.0, 60.0, 60.0)], 2)
    assert next(answers) == (0, None)
    start = time.monotonic()
    answers.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert time.monotonic() - start < 5


def test_progress_moves_within_a_job_and_lines_come_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("experiments.runs.display.LINE_SECONDS", 0.05)
    shares: list[float] = []
    progress.begin(shares.append)
    progress.expect(4)
    for _ in range(5):
        progress.step()
    progress.begin(None)
    assert shares == [0.25, 0.5, 0.75, 0.99, 0.99]
    text = io.StringIO()
    with Display("Cells", 2, Terminal(file=text)) as display:
        display.step(0, 0.5)
        display.step(0, 0.25)
        time.sleep(0.3)
        display.finish(0)
    lines = text.getvalue().splitlines()
    assert "Cells: 0 of 2, 25 %, 0:00 elapsed" in lines[1]
    assert lines[-1] == "Cells: 1 of 2, 50 %, 0:00 elapsed"
    assert len(lines) > 3


# Status and sentences ----------------------------------------------------------------------------


def test_a_status_is_true_of_a_process_that_lives_died_or_said_how_it_ended(tmp_path: Path) -> None:
    begin_status(tmp_path, "abc")
    assert read_status(tmp_path)["status"] == "running"
    end_status(tmp_path, InterruptedRun(signal.SIGTERM))
    assert read_status(tmp_path) == {
        "status": "interrupted", "error": "interrupted by SIGTERM", "signal": "SIGTERM",
        "question": "abc",
    }  # fmt: skip
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    told = {"status": "running", "pid": child.pid, "host": read_host(tmp_path), "started": None}
    (tmp_path / "status.json").write_text(json.dumps(told))
    assert read_status(tmp_path)["status"] == "running"
    end_status(tmp_path, None)  # another process works there: its status stands
    assert read_status(tmp_path)["status"] == "running"
    child.kill()
    child.wait()
    assert read_status(tmp_path)["status"] == "died"
    mine = told | {"pid": os.getpid(), "started": "1"}  # its number is another process's now
    (tmp_path / "status.json").write_text(json.dumps(mine))
    assert read_status(tmp_path)["status"] == "died"


def read_host(folder: Path) -> str:
    begin_status(folder, "abc")
    return read_status(folder)["host"]


def test_a_status_that_cannot_be_written_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_status(tmp_path, "abc")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("experiments.runs.status.write_atomically", full)
    end_status(tmp_path, OSError(errno.ENOSPC, "full"))
    assert not (tmp_path / "status.json").exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x", "a/b"), "cannot use 'a/b': No space left on device. Make room"),
        (OSError(errno.EDQUOT, "x"), "cannot use 'out': Disk quota exceeded. Make room"),
        (OSError(errno.EROFS, "x", "o"), "cannot use 'o': Read-only file system"),
        (OSError(errno.EIO, "x"), "cannot use 'out': Input/output error"),
        (MemoryError(), "there is not enough memory"),
        (OSError(errno.ENOMEM, "x"), "there is not enough memory"),
        (RuntimeError("can't start new thread"), "there is not enough memory"),
        (RunError("just so"), "just so"),
    ],
)
def test_a_fault_of_the_machine_is_one_sentence(error: Exception, said: str) -> None:
    told = explained_fault(error, Path("out"))
    assert told is not None
    assert told.startswith(said)
    assert "\n" not in told


def test_a_fault_of_the_program_is_not_explained_away() -> None:
    for error in (ValueError("x"), KeyError("x"), RuntimeError("x"), OSError("no number")):
        assert explained_fault(error) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_is_one_sentence_and_code_1(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    done = ran("market=duopoly", "out=locked/o", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "counterplay: out = 'locked/o': cannot write there: Permission denied\n"


# The command's first steps -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_while_libraries_load_ends_quietly(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]
    process = begun("market=duopoly", "out=o", cwd=tmp_path)
    time.sleep(0.4)
    process.send_signal(number)
    process.send_signal(number)
    code, said = process.wait(20), (tmp_path / "err").read_text()
    assert orphans_after(process.pid) == []
    assert code == 128 + number or (code == -number and not said)
    assert not any(word in said for word in NOISE), said
    assert not (tmp_path / "o").exists()


def test_a_signal_that_the_parent_has_us_ignore_is_ignored(tmp_path: Path) -> None:
    code = (
        "import signal, os; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from experiments import start, endings\n"
        "start.first_steps(); endings.listen(); os.kill(os.getpid(), signal.SIGHUP); print('on')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False,
        env=environment(PYTHONPATH=str(ROOT)), cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "on\n"


def test_an_exception_that_is_swallowed_does_not_keep_the_process(tmp_path: Path) -> None:
    code = (
        "import os, signal, time\n"
        "from experiments import endings\n"
        "endings._PATIENCE_SECONDS = 0.3; endings.listen()\n"
        "endings.on_forced_end(lambda: print('last words', flush=True))\n"
        "try:\n    os.kill(os.getpid(), signal.SIGTERM); time.sleep(1)\n"
        "except BaseException: pass\n"
        "time.sleep(30)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False,
        env=environment(PYTHONPATH=str(ROOT)), cwd=tmp_path, timeout=20,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (143, "last words\n", "")
