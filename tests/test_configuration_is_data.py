"""A configuration is data: it runs nothing, tells nothing, and cannot stall a computer."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from configurations import WATCH, campaign
from hydra.version import VersionBase
from omegaconf import OmegaConf

from experiments import children, cli
from experiments.children import commit_of
from experiments.question import limits
from experiments.question.compose import compose, question_of
from experiments.question.places import check_no_links
from experiments.question.references import hide, worked_out
from experiments.question.resolve import check_out
from experiments.question.safe_yaml import read_yaml
from sim.errors import QuestionError

ROOT = Path(__file__).resolve().parents[1]
DUOPOLY = (ROOT / "conf" / "market" / "duopoly.yaml").read_text(encoding="utf-8")


def folder_with(folder: Path, **files: str) -> Path:
    """A folder of one's own: `rival_deep="..."` is rival/deep.yaml."""
    for name, text in files.items():
        path = folder / f"{name.replace('_', '/', 1)}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path | None, *overrides: str) -> str:
    with pytest.raises(QuestionError) as caught:
        question_of(compose(["market=duopoly", *overrides], folder), None, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refused_rival(tmp_path: Path, text: str) -> str:
    return refused(folder_with(tmp_path, rival_deep=text), "rival@rivals.north=deep")


def test_a_hundred_odd_configurations_run_tell_and_hang_nothing(tmp_path: Path) -> None:
    counts = campaign(100, tmp_path)
    bad = ("hangs", "tracebacks", "wrong_without_word", "ran", "leaked", "harmless_refused")
    assert not {key: counts[key] for key in bad if counts[key]}
    assert counts["accepted"] > 3
    assert counts["refused"] > 50


def test_the_watch_would_see_it(tmp_path: Path) -> None:
    WATCH.on = True
    try:
        subprocess.run([sys.executable, "-c", ""], check=True)
        (tmp_path / "x").write_text("x")
    finally:
        WATCH.on = False
    assert any("subprocess.Popen" in event for event in WATCH.seen)
    assert any(event == f"written: {tmp_path / 'x'}" for event in WATCH.seen)
    WATCH.seen.clear()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: hold\nhydra: {run: 1}\n", "line 2: the key 'hydra' is not allowed"),
        ('kind: hold\n"\\x68ydra": 1\n', "line 2: the key 'hydra' is not allowed"),
        ("kind: hold\nｈｙｄｒａ: 1\n", "line 2: the key"),
        ("a: {b: [{_target_: os.system}]}\n", "the key '_target_' is not allowed"),
        ("# @package hydra.job\nkind: hold\n", "'hydra.job' is not allowed as a place"),
        ("# @package _global_.hydra\nkind: hold\n", "is not allowed as a place"),
        ("defaults: [/hydra/launcher: x]\n", "'hydra/launcher' is not allowed"),
        ("defaults: [../../secret]\n", "there is no group '../..'"),
        ("defaults: [/rival@rivals.north: ../x]\n", "a name, not a path"),
        ("defaults: [/rival@hydra: hold]\n", "'hydra' is not allowed as a place"),
        ("defaults: ['/rival@rivals.north: ${x}']\n", "there is no group ''"),
        ("kind: ${oc.env:HOME}\n", "only a plain reference to another key is allowed"),
        ("kind: '${${a}:b}'\n", "only a plain reference"),
        ("kind: !!python/name:os.system\n", "configuration is data, none of it is run"),
        ("kind: hold\nkind: hold\n", "line 2: duplicate key 'kind', first in line 1"),
        ("NO: 1\n", "line 1: YAML reads the key NO as false; quote it: 'NO'"),
        ("3: 1\n", "reads the key 3 as the number 3; quote it: '3'"),
        ("kind: hold\na: 012\n", "line 2: YAML reads 012 as 10; quote it"),
        ("a: 1:30\n", "YAML reads 1:30 as 90; quote it"),
        ("kind: price_cut\ndepth: 0.1\nregions: [NO]\n", "without quotes NO, no, off or false"),
        ("kind: price_cut\ndepth: 0.1\nregions: [3]\n", "quote the name, such as \"'3'\""),
        ("a: &a [*a]\n", "stands inside what it names"),
        ("--- {a: 1}\n--- {b: 2}\n", "a second document begins"),
        ("a: " + "[" * 100, "nested more than"),
        ("a: '" + "x" * 30_000 + "'\n", "a text of more than"),
        ("a: " + "9" * 60 + "\n", "a number of more than"),
        ("x" * 300 + ": 1\n", "a key of more than"),
        ("a: &a [1]\nb: [" + "*a," * 300 + "]\n", "more than 200 aliases"),
        ("a: '" + "\ue000{x}'\n", "is not allowed"),
        ("defaults: [deep]\nkind: hold\n", "rival"),
    ],
)  # fmt: skip
def test_a_file_that_wants_more_than_to_be_data_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in refused_rival(tmp_path, text)


def test_an_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)
    ]
    start = time.process_time()
    assert "aliases written out" in refused_rival(tmp_path, "\n".join(lines))
    assert time.process_time() - start < 5


def test_references_that_double_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["kind: hold", "a0: ''"] + [f"a{n}: ${{.a{n - 1}}}${{.a{n - 1}}}" for n in range(1, 60)]
    start = time.process_time()
    assert "references to other keys" in refused_rival(tmp_path, "\n".join(lines))
    assert time.process_time() - start < 5


def test_files_that_take_each_other_in_without_end_are_refused(tmp_path: Path) -> None:
    both = {
        f"rival_f{n}": "defaults:\n"
        + "".join(f"  - /rival@rivals.north.b{k}: f{n + 1}\n" for k in range(2))
        for n in range(30)
    }
    said = refused(folder_with(tmp_path, **both, rival_f30="a: 1\n"), "rival@rivals.north=f0")
    assert "take each other in too often" in said


def test_references_mean_what_they_say() -> None:
    data = {
        "a": {"b": 2, "name": "n"}, "c": "${a.b}", "d": "x${a.name}-${c}", "e": "${a}",
        "f": {"g": "${.h}", "h": "${..c}"}, "i": r"\${oc.env:HOME}", "l": [1, "${l.0}"],
        "j": "${f.g}",
    }  # fmt: skip
    resolved = worked_out(data)
    assert resolved["c"] == 2
    assert resolved["d"] == "xn-2"
    assert resolved["e"] == {"b": 2, "name": "n"}
    assert resolved["f"] == {"g": 2, "h": 2}
    assert resolved["i"] == "${oc.env:HOME}"
    assert resolved["l"] == [1, 1]
    assert resolved["j"] == 2
    assert "${" not in str(hide(data))
    for circle in ({"a": "${b}", "b": "${a}"}, {"a": {"b": "${a}"}}, {"a": "x${a}"}):
        with pytest.raises(QuestionError, match="refers to itself"):
            worked_out(circle)


@pytest.mark.parametrize("path", sorted((ROOT / "conf").rglob("*.yaml")), ids=lambda p: p.stem)
def test_our_own_files_are_read_as_omegaconf_reads_them(path: Path) -> None:
    ours = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert repr(ours) == repr(OmegaConf.to_container(OmegaConf.load(path)))


def test_merged_and_repeated_pieces_are_written_out() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\nd: {<<: [{x: 5}, *a]}\n"
    assert read_yaml(text, "t") == {
        "a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2}, "d": {"x": 5, "y": 2},
    }  # fmt: skip


def test_special_files_are_refused_and_do_not_hang(tmp_path: Path) -> None:
    mine = folder_with(tmp_path / "mine", rival_ok="kind: hold\n")
    (tmp_path / "secret.yaml").write_text("kind: hold\n")
    deep = mine / "rival" / "deep.yaml"
    for make, said in (
        (lambda: os.mkfifo(deep), "is no regular file"),
        (lambda: deep.symlink_to("/dev/zero"), "leads outside"),
        (lambda: deep.symlink_to(tmp_path / "secret.yaml"), "leads outside"),
        (lambda: deep.symlink_to(deep), "cannot use"),
        (lambda: deep.write_bytes(b"a: 1\n" * 500_000), "is larger than"),
    ):
        make()
        assert said in refused(mine, "rival@rivals.north=deep")
        deep.unlink()
    deep.symlink_to("ok.yaml")
    assert compose(["market=duopoly", "rival@rivals.north=deep"], mine).config


def test_a_group_folder_that_leads_outside_is_refused(tmp_path: Path) -> None:
    outside = folder_with(tmp_path / "outside", rival_deep="kind: hold\n")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "rival").symlink_to(outside / "rival")
    assert "leads outside" in refused(mine, "rival@rivals.north=deep")


@pytest.mark.parametrize("out", ["/etc/x", "../x", "~/x", "a/../../b"])
def test_a_file_cannot_say_that_something_is_written_elsewhere(tmp_path: Path, out: str) -> None:
    text = f"# @package _global_\nexperiment: {{name: compare}}\nout: '{out}'\n"
    mine = folder_with(tmp_path, experiment_deep=text)
    assert f"out = '{out}': a file may only name" in refused(mine, "experiment=deep")
    typed = compose(["market=duopoly", "experiment=deep", "out=answer"], mine)
    assert typed.config["out"] == "answer"


def test_a_typed_value_that_refers_to_a_file_counts_as_the_files(tmp_path: Path) -> None:
    text = "# @package _global_\nexperiment: {name: compare}\nfocal: /etc/x\n"
    mine = folder_with(tmp_path, experiment_deep=text)
    assert "out = '/etc/x': a file may only name" in refused(
        mine, "experiment=deep", "out=${focal}"
    )


def test_a_link_to_a_folder_in_the_output_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "file").touch()
    for name in ("figures", "memo.html", "cells", "cells/world-000-seed-001"):
        out = tmp_path / f"out-{name.replace('/', '-')}"
        (out / name).parent.mkdir(parents=True)
        (out / name).symlink_to(outside)
        with pytest.raises(QuestionError, match="to a folder; nothing is written through"):
            check_out(out)
        for harmless in (tmp_path / "file", tmp_path / "nothing", out / name):
            (out / name).unlink()
            (out / name).symlink_to(harmless)
            assert check_out(out) == out
    itself = tmp_path / "itself"
    itself.symlink_to(outside)
    assert check_out(itself)
    check_no_links(tmp_path / "not there")


def test_a_jobs_folder_that_is_a_link_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "depths").mkdir()
    (tmp_path / "depths" / "seed=1").symlink_to(tmp_path)
    assert cli.run(["-m", "market=duopoly", "seed=1,2", "out=depths"]) == cli.REFUSED
    assert "is a symbolic link" in capfd.readouterr().err


def test_hydra_is_left_as_it_was_and_threads_do_not_meet() -> None:
    before = VersionBase.instance().getbase()
    names: dict[str, str] = {}

    def ask(market: str) -> None:
        names[market] = compose([f"market={market}"]).config["market"]["name"]

    threads = [threading.Thread(target=ask, args=(m,)) for m in ("duopoly", "laboratory") * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == {"duopoly": "duopoly", "laboratory": "laboratory"}
    assert VersionBase.instance().getbase() == before
    assert OmegaConf.create({"a": "${oc.env:PATH}"}).a == os.environ["PATH"], (
        "others' resolvers stay"
    )


def test_git_runs_nothing_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    script = tmp_path / "hook"
    script.write_text(f"#!/bin/sh\ntouch '{canary}'\n")
    script.chmod(0o700)
    repository = tmp_path / "repository"
    run = ["git", "-C", str(repository), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    (repository / "file").write_text("1")
    subprocess.run([*run, "add", "file"], check=True)
    subprocess.run([*run, "commit", "-qm", "first"], check=True)
    subprocess.run([*run, "config", "core.fsmonitor", str(script)], check=True)
    canary.unlink(missing_ok=True)
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "git").symlink_to(script)
    for key, value in {
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(script),
        "GIT_EXTERNAL_DIFF": str(script), "GIT_DIR": str(tmp_path), "GIT_PAGER": str(script),
        "PATH": f".{os.pathsep}bin{os.pathsep}{os.environ['PATH']}",
    }.items():  # fmt: skip
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(children, "_OURS", "file")
    assert len(commit_of(repository)) == 40
    (repository / "file").write_text("2")
    assert commit_of(repository).endswith("+")
    assert not canary.exists()
    inside = repository / "checkout"
    inside.mkdir()
    assert commit_of(inside) == "unknown", "the commit around it is somebody else's"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--experimental-rerun", "x"], "it would load pickled objects"),
        (["--experimental-rerun=x"], "it would load pickled objects"),
        (["--hydra-help"], "Hydra's settings are not used"),
        (["--info", "all"], "is not available"),
        (["-cp", "/etc"], "--config-dir adds yours"),
        (["--config-name=x"], "is not available"),
        (["-sc", "install=bash"], "is not available"),
        (["--run"], "is not available"),
        (["--cfg", "all"], "there is only --cfg job"),
        (["--resolve"], "belong to --cfg job"),
        (["--config-dir"], "needs a value"),
        (["--config-dir", "a", "--config-dir", "b"], "given twice"),
        (["--versoin"], "did you mean '--version'?"),
        (["hydra.run.dir=x"], "out=<folder> names the folder"),
        (["hydra/launcher=basic"], "Hydra's settings are not used here"),
        (["-m", "seed=range(1,2000000)"], "1999999 jobs"),
        (["-m", "seed=range(1,1e300)"], "about 10^300 jobs"),
        (["-m", "seed=range(1,1001)", "months=1,2"], "2000 jobs"),
        (["-m", "seed=interval(0,1)"], "an interval has no end"),
        (["-m", "seed=1,1"], "is asked 2 times"),
        (["-m", "market=glob(x*)"], "matches none"),
        (["-m", "seed=glob(*)"], "is no group"),
        (["-m", "experiment=facts", "experiment.facts=[1],[2]"], "no job was run"),
        (["market=duopoly", "strategy.retention.description=a=b"], "'=' in a value must stand in"),
        (["market=duopoly", "out=a#b"], "'#' in a value must stand in quotes"),
        (["market=duopoly", "+experiment.foo=1"], "no such option"),
        (["market=duopoly", "+history.foo=1"], "history: only a market of the form 'history'"),
        (["experiment=bench", "+experiment.repetition=1"], "(did you mean 'repetitions'?)"),
    ],
)  # fmt: skip
def test_a_command_that_is_not_ours_to_follow_is_refused_in_one_line(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str], tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start = time.process_time()
    assert cli.run(arguments) == cli.REFUSED
    assert time.process_time() - start < 20
    err = capfd.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_is_typed_is_printed_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["market=[bold]x[/bold]"]) == cli.REFUSED
    assert "[bold]x[/bold]" in capfd.readouterr().err


def test_the_question_can_be_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--cfg", "job", "market=duopoly"]) == 0
    assert "out: outputs/${experiment.name}" in capfd.readouterr().out
    assert cli.run(["--cfg=job", "--resolve", "market=duopoly", "--package", "experiment"]) == 0
    assert capfd.readouterr().out == "# @package experiment\nname: compare\n"
    assert cli.run(["--cfg", "job", "--package", "experimen"]) == cli.REFUSED
    assert "did you mean 'experiment'?" in capfd.readouterr().err


def test_help_and_version_import_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from experiments import cli; assert cli.run(['--help']) == 0;"
        "assert cli.run(['--version']) == 0;"
        "heavy = {'numpy', 'numba', 'scipy', 'pandas', 'mesa', 'matplotlib', 'hydra', 'pyarrow'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "counterplay 0." in done.stdout


def test_sweeps_take_every_form_of_hydras_grammar() -> None:
    from experiments.question.files import Files
    from experiments.question.sweep import jobs_of

    def names(*overrides: str) -> list[str]:
        return [job.name for job in jobs_of(overrides, Files.of(None))]

    assert names("seed=1,2") == ["seed=1", "seed=2"]
    assert names("seed=range(1,4)") == ["seed=1", "seed=2", "seed=3"]
    assert names("worlds=choice(1,2)", "seed=3") == ["worlds=1", "worlds=2"]
    assert names("rivals.north.depth=range(0.1,0.3,0.1)") == [
        "rivals.north.depth=0.1", "rivals.north.depth=0.2",
    ]  # fmt: skip
    assert names("market=glob(*_201*)") == [
        "market=austria_2015", "market=france_2012", "market=india_2016", "market=israel_2012",
        "market=usa_2013",
    ]  # fmt: skip
    assert names("strategies=[hold],[hold,retention]") == [
        "strategies=[hold,retention]", "strategies=[hold]",
    ][::-1]  # fmt: skip
    assert names("seed=sort(3,1,2)") == ["seed=1", "seed=2", "seed=3"]
    assert names("a='x/y','..'")[0] == "a='x/y'"
    assert limits.JOBS == 1000
