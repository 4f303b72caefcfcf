"""Kills, signals, full disks and hostile surroundings, against whole runs of the command."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from endings import (
    NOISE,
    ROOT,
    SMALL,
    answer_in,
    begun,
    environment,
    of_session,
    orphans_after,
    ran,
    status,
    wait_for,
    workers_of,
)  # fmt: skip

from experiments.runs.status import read_status

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
ASK = [*SMALL, "jobs=2", "out=o"]
STUDIES = {
    "compare": ASK,
    "backtest": [
        "experiment=backtest", "market=france_2012", "subscribers=1500", "worlds=3", "seeds=1",
        "jobs=2", "out=o",
    ],
    "q_learning": ["experiment=q_learning", "experiment.sessions=40", "jobs=2", "out=o"],
    "sbc": [
        "experiment=sbc", "market=duopoly", "subscribers=1000", "months=6", "jobs=2", "out=o",
        "experiment.replicates=4", "experiment.pilot=100", "experiment.particles=40",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert ran(*ASK, cwd=folder).returncode == 0
    return answer_in(folder / "o")


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_signal_at_work_leaves_no_process_and_a_true_status(
    study: str, name: str, tmp_path: Path
) -> None:
    number = signal.Signals[name]
    process = begun(*STUDIES[study], cwd=tmp_path)
    wait_for(lambda: len(workers_of(process.pid)) >= 2, process, 400)
    assert process.poll() is None, (tmp_path / "err").read_text()
    time.sleep(1.5)
    told = status(tmp_path / "o")
    assert (told["status"], told["pid"]) == ("running", process.pid)
    start = time.monotonic()
    if number == signal.SIGKILL:
        os.kill(process.pid, number)
    else:
        os.killpg(process.pid, number)  # as a terminal does, and twice
        time.sleep(0.05)
        os.killpg(process.pid, number)
    code = process.wait(20)
    took = time.monotonic() - start
    assert orphans_after(process.pid) == []
    said = (tmp_path / "err").read_text() + (tmp_path / "out").read_text()
    assert not any(word in said for word in NOISE), said
    if number == signal.SIGKILL:
        assert read_status(tmp_path / "o")["status"] == "died"
        return
    assert code == 128 + number
    assert took < 6, "it may have to compile to the end of a function"
    told = status(tmp_path / "o")
    assert (told["status"], told["signal"]) == ("interrupted", name)
    assert "the same command" in said


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_during_the_start_ends_it_quietly(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]
    for delay in (0.15, 0.3, 0.6, 1.2, 2.4):
        process = begun(*ASK, cwd=tmp_path)
        time.sleep(delay)
        process.send_signal(number)
        code = process.wait(20)
        said = (tmp_path / "err").read_text()
        assert orphans_after(process.pid) == []
        early = code == -number and number != signal.SIGINT and not said  # not a line of ours ran
        assert early or (code == 128 + number and "Interrupted" in said), (delay, code, said)
        assert not any(word in said for word in NOISE), said


def test_a_killed_worker_is_replaced_and_nothing_is_lost(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    process = begun(*ASK, cwd=tmp_path)
    killed = 0
    for _ in range(2):
        wait_for(lambda: len(workers_of(process.pid)) >= 2, process, 400)
        time.sleep(1.0)
        for number in workers_of(process.pid)[:1]:
            os.kill(number, signal.SIGKILL)
            killed += 1
    assert process.wait(900) == 0, (tmp_path / "err").read_text()
    assert killed
    said = (tmp_path / "err").read_text() + (tmp_path / "out").read_text()
    assert not any(word in said for word in NOISE), said
    assert answer_in(tmp_path / "o") == undisturbed


def test_workers_that_are_always_killed_end_in_one_sentence(tmp_path: Path) -> None:
    process = begun(*ASK, cwd=tmp_path)
    end = time.monotonic() + 600
    while process.poll() is None and time.monotonic() < end:
        for number in workers_of(process.pid):
            os.kill(number, signal.SIGKILL)
        time.sleep(0.02)
    assert process.wait(60) == 1
    said = (tmp_path / "err").read_text()
    assert "a worker process was killed by SIGKILL (often: out of memory)" in said
    assert len(said.splitlines()) == 1, said
    assert status(tmp_path / "o")["status"] == "failed"


def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    """A limit that the libraries fit in and the market does not."""
    ask = [*SMALL[:1], "subscribers=20000000", "worlds=1", "seeds=1", "months=2", "jobs=1", "out=o"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "experiments", *ask],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900,
        env=environment(PYTHONPATH=str(ROOT)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "memory" in done.stderr
    assert not any(word in done.stderr for word in NOISE), done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_small_file_system_fills_and_the_next_run_goes_on(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        done = ran(*SMALL, "jobs=2", f"out={disk / 'o'}", cwd=tmp_path)
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        assert ran(*SMALL, "jobs=2", f"out={disk / 'o'}", cwd=tmp_path).returncode == 0
        assert answer_in(disk / "o") == undisturbed
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_hostile_surroundings_change_no_byte(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    """Modules that shadow, a matplotlibrc that breaks, no home: the same answer."""
    names = (
        "random", "numpy", "signal", "socket", "types", "sim", "agents", "yaml", "matplotlib",
        "pickle", "multiprocessing", "sitecustomize", "pandas",
    )  # fmt: skip
    for name in names:
        (tmp_path / f"{name}.py").write_text("open('ran', 'a').write(__name__ + ' ')\n")
    (tmp_path / "matplotlibrc").write_bytes(b"backend: nonsense\nfont.size: 30\n\xff\xfe\n")
    done = ran(
        *ASK, cwd=tmp_path, MPLBACKEND="nonsense", MPLCONFIGDIR="/proc/no", HOME="/nonexistent",
        XDG_CACHE_HOME="relative", PYTHONIOENCODING="ascii", PYTHONPATH="",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()
    assert not done.stderr
    assert answer_in(tmp_path / "o") == undisturbed


def test_a_closed_pipe_and_a_full_device_do_not_end_a_run(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    command = [sys.executable, "-P", "-m", "experiments", *ASK]
    env = environment(PYTHONPATH=str(ROOT))
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    assert process.wait(900) == 0
    assert not said
    assert answer_in(tmp_path / "o") == undisturbed
    shutil.rmtree(tmp_path / "o")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, env=env, text=True,
            check=False, timeout=900,
        )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr == "counterplay: not all words could be written to standard output\n"
    assert answer_in(tmp_path / "o") == undisturbed


def test_two_first_runs_compile_at_once(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    kernels = tmp_path / "kernels"
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    processes = [begun(*ASK, cwd=f, COUNTERPLAY_KERNELS=str(kernels)) for f in folders]
    assert [process.wait(900) for process in processes] == [0, 0]
    for folder in folders:
        assert answer_in(folder / "o") == undisturbed
        assert not of_session(processes[0].pid)
