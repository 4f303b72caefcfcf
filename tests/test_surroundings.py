"""Surroundings that are not ours: folders, terminals, caches, Matplotlib, repositories."""

import io
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from endings import ROOT, environment
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from experiments import children
from experiments.plain_matplotlib import plain
from experiments.report import style
from experiments.report.pictures import write_picture
from experiments.runs.display import OnConsole
from experiments.runs.executor import in_order, job
from experiments.terminal import Terminal, _Safe
from experiments.version import version
from sim.folders import usable, user_cache
from sim.kernel_cache import is_whole, kernel_folder


@pytest.mark.parametrize("how", [["-m", "experiments"], ["-m", "experiments.start"]])
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


@pytest.mark.parametrize(
    "settings", ["disable_jit: 1", "num_threads: 0", "[1, 2", "- 3", "developer_mode: 1\nopt: 9"]
)
def test_numba_is_imported_without_the_users_settings(settings: str, tmp_path: Path) -> None:
    code = (
        "from experiments import plain_numba as p; p.install(); import os, numba; "
        "from numba.core import config; config.reload_config(); "
        "print(config.DISABLE_JIT, config.DEVELOPER_MODE, config.NUMBA_NUM_THREADS > 0, "
        "sorted(n for n in os.environ if n.startswith('NUMBA_')), "
        "os.path.samefile('.', os.environ['HERE']))"
    )
    (tmp_path / ".numba_config.yaml").write_text(settings)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True,
        check=False,
        env=environment(
            PYTHONPATH=str(ROOT), HERE=str(tmp_path), NUMBA_DISABLE_JIT="1", NUMBA_OPT="nonsense",
            NUMBA_NUM_THREADS="0", NUMBA_CPU_NAME="generic",
        ),
    )  # fmt: skip
    assert done.stdout == "0 0 True ['NUMBA_CPU_NAME'] True\n", done.stderr
    assert not done.stderr


def test_a_picture_that_fails_costs_itself(tmp_path: Path) -> None:
    text = io.StringIO()

    def breaks() -> bytes:
        raise ValueError("no such glyph\nand more")

    listener = OnConsole(Console(file=text, width=200))
    assert not write_picture(tmp_path / "a.png", breaks, listener)
    assert text.getvalue() == "a.png could not be drawn (ValueError: no such glyph)\n"
    assert write_picture(tmp_path / "b.png", picture, listener)
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
