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

import matplotlib as mpl
import pytest
from endings import NOISE, ROOT, begun, environment, orphans_after, ran
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from experiments import children
from experiments.endings import InterruptedRun, explained_fault
from experiments.plain_matplotlib import plain
from experiments.report import style
from experiments.report.pictures import write_picture
from experiments.runs import progress
from experiments.runs.display import Display
from experiments.runs.executor import as_completed, in_order, job
from experiments.runs.status import begin_status, end_status, read_status
from experiments.terminal import Terminal, _Safe
from experiments.version import version
from sim.faults import RunError, WorkerLostError
from sim.folders import usable, user_cache
from sim.kernel_cache import is_whole, kernel_folder

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


@pytest.mark.parametrize("how", [["-m", "experiments"], ["-m", "experiments.cli"]])
def test_modules_in_the_working_folder_are_not_imported(how: list[str], tmp_path: Path) -> None:
    for name in ("random", "numpy", "hydra", "yaml", "sim", "agents", "pydantic", "socket"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger was imported')")
    done = subprocess.run(
        [sys.executable, *how, "market=nowhere"], cwd=tmp_path, capture_output=True, text=True,
        check=False, env=environment(PYTHONPATH=str(ROOT)), timeout=120,
    )  # fmt: skip
    assert "a stranger" not in done.stderr
    assert done.returncode == 2
    assert "market" in done.stderr


def test_workers_do_not_see_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("this", "antigravity", "random", "selectors"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger was imported')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert in_order([job(pow, 2, 3), job(pow, 2, 4)], 5) == [8, 16]


def test_another_distributions_package_of_our_name_is_told(tmp_path: Path) -> None:
    stranger = tmp_path / "other" / "agents"
    stranger.mkdir(parents=True)
    (stranger / "__init__.py").touch()
    path = os.pathsep.join((str(stranger.parent), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "experiments", "market=duopoly"], cwd=tmp_path,
        capture_output=True, text=True, check=False, env=environment(PYTHONPATH=path), timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "its package 'agents' is found at" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# What is printed ---------------------------------------------------------------------------------

ODD = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=80
)


@given(name=ODD)
def test_what_the_user_typed_is_printed_sign_by_sign(name: str) -> None:
    text = io.StringIO()
    Terminal(file=text, width=40).print(f"Memo: {name}/memo.html")
    assert text.getvalue() == f"Memo: {name}/memo.html\n"


@given(name=ODD)
def test_any_terminal_takes_any_name(name: str) -> None:
    for encoding in ("ascii", "latin-1", "gbk", "utf-8"):
        raw = io.BytesIO()
        stream = _Safe(raw, encoding=encoding, errors="counterplay", newline="")
        Terminal(file=stream).print(f"{name}: end")
        stream.flush()
        assert raw.getvalue().decode(encoding).endswith(": end\n")


def test_signs_that_a_terminal_lacks_become_near_ones() -> None:
    raw = io.BytesIO()
    stream = _Safe(raw, encoding="ascii", errors="counterplay")
    stream.write("Writing … – “x” ≥ é 中 \udcff\n")
    stream.flush()
    assert raw.getvalue() == b'Writing ... - "x" >= e ? \xff\n'


def test_nobody_makes_a_console_of_another_kind() -> None:
    for path in (ROOT / "experiments").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "terminal.py":
            assert " Console(" not in text, path
        for tag in ("[red]", "[yellow]", "[green]", "[bold]", "[/"):
            assert f'"{tag}' not in text, f"{path}: markup is not read"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_words_that_get_lost_are_told(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom experiments.terminal import *\nmake_streams_safe()\n"
        "[print('x' * 1000) for _ in range(20)]\nsys.exit(3 if words_lost() else 4)"
    )
    command = [sys.executable, "-P", "-c", code]
    env = environment(PYTHONPATH=str(ROOT))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=env
        )
    assert (done.returncode, done.stderr) == (3, "")
    closed = subprocess.run(
        ["sh", "-c", 'exec "$0" "$@" >&-', *command], capture_output=True, text=True, check=False,
        env=env,
    )  # fmt: skip
    assert (closed.returncode, closed.stderr) == (4, "")


def test_the_version_is_ours() -> None:
    assert version() in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


# Caches ------------------------------------------------------------------------------------------


def test_a_folder_that_others_can_write_or_own_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tmp_path / "ours"
    assert usable(ours)
    assert ours.stat().st_mode & 0o777 == 0o700
    for mode in (0o770, 0o707, 0o777):
        ours.chmod(mode)
        assert not usable(ours)
    ours.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(ours)
    assert not usable(link)
    (tmp_path / "file").touch()
    assert not usable(tmp_path / "file")
    assert not usable(tmp_path / "file" / "below")
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    assert not usable(ours)


def test_kernels_go_where_they_are_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    planted.chmod(0o777)
    monkeypatch.setenv("COUNTERPLAY_KERNELS", str(planted))
    monkeypatch.setattr("sim.kernel_cache.__file__", "/proc/nowhere/sim/kernel_cache.py")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert kernel_folder("k") == tmp_path / "cache" / "counterplay" / "k"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/proc/nowhere")
    last = kernel_folder("k")
    assert last.stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("HOME")

    def nobody() -> Path:
        raise RuntimeError("no entry")

    monkeypatch.setattr(Path, "home", nobody)
    assert user_cache() is None
    assert usable(kernel_folder("k"))


KERNEL = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
import kernel_of_a_test as k
print(k.double(21), k.double._cache_hits.total() if hasattr(k.double, "_cache_hits") else "")
"""


def test_a_damaged_kernel_is_compiled_again(tmp_path: Path) -> None:
    (tmp_path / "kernel_of_a_test.py").write_text(
        "from sim.compile import kernel\n\n@kernel\ndef double(x):\n    return 2 * x\n"
    )
    env = environment(PYTHONPATH=str(ROOT), COUNTERPLAY_KERNELS=str(tmp_path / "kernels"))
    code = KERNEL.format(folder=str(tmp_path))

    def run() -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False, env=env
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.strip()

    assert run() == "42 0"
    assert run() == "42 1", "it was loaded again"
    files = [p for p in (tmp_path / "kernels").rglob("*.nb?") if p.is_file()]
    assert len(files) == 2
    for path in files:
        whole = path.read_bytes()
        flipped = whole[:50] + bytes([whole[50] ^ 1]) + whole[51:]
        for damaged in (b"", whole[: len(whole) // 2], flipped, b"x" * 99):
            path.write_bytes(damaged)
            assert not is_whole(path)
            assert run() == "42 0"
            assert run() == "42 1"


# Pictures ----------------------------------------------------------------------------------------


def picture() -> bytes:
    with plain():
        figure = style.canvas("A finding", "a note")
        axes = figure.subplots()
        axes.plot([0, 1], [1, 3])
        style.quiet(axes)
        return style.png(figure)


def test_a_users_settings_change_no_picture() -> None:
    honest = picture()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 20}):
        mpl.rcParams["lines.linewidth"] = 9
        assert picture() == honest


def test_matplotlib_is_imported_without_the_users_settings(tmp_path: Path) -> None:
    code = (
        "from experiments import plain_matplotlib as p; p.install(); import os, matplotlib as m; "
        "print(m.rcParams['font.size'], m.get_backend().lower(), os.environ['MPLBACKEND'], "
        "os.path.samefile('.', os.environ['HERE']))"
    )
    for odd in (b"backend: nonsense\nfont.size: 30\n", b"\xff\xfe", b"font.size: thirty\n:::\n"):
        (tmp_path / "matplotlibrc").write_bytes(odd)
        done = subprocess.run(
            [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True,
            check=False,
            env=environment(
                PYTHONPATH=str(ROOT), MPLBACKEND="TkNonsense", MPLCONFIGDIR="/proc/no",
                HERE=str(tmp_path),
            ),
        )  # fmt: skip
        assert done.stdout.split() == ["10.0", "agg", "TkNonsense", "True"], done.stderr
        assert not done.stderr


def test_a_picture_that_fails_costs_itself(tmp_path: Path) -> None:
    text = io.StringIO()

    def breaks() -> bytes:
        raise ValueError("no such glyph\nand more")

    console = Console(file=text, width=200)
    assert not write_picture(tmp_path / "a.png", breaks, console)
    assert text.getvalue() == "a.png could not be drawn (ValueError: no such glyph)\n"
    assert write_picture(tmp_path / "b.png", picture, console)
    assert [path.name for path in tmp_path.iterdir()] == ["b.png"]


# The code's commit -------------------------------------------------------------------------------


def test_the_commit_is_ours_or_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@y"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    inside = tmp_path / "inside"
    (inside / "experiments").mkdir(parents=True)
    (inside / "experiments" / "children.py").touch()
    assert children.commit_of(inside) == "unknown"
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "theirs")
    assert children.commit_of(inside) == "unknown", "a repository around us is not ours"
    assert children.commit_of(tmp_path) == "unknown", "a repository that does not hold our files"
    monkeypatch.setattr(children, "_OURS", "inside/experiments/children.py")
    assert len(children.commit_of(tmp_path)) == 40
    ran_it = tmp_path / "ran"
    git("config", "core.fsmonitor", f"touch {ran_it}")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    assert len(children.commit_of(tmp_path)) == 40
    assert not ran_it.exists()
    monkeypatch.setenv("PATH", ".")
    assert children.commit_of(tmp_path) == "unknown"
