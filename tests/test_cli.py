"""The command line: the question as Hydra users put it, sweeps, own files, and how a run ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from experiments import answering, cli
from experiments.question import compose
from experiments.question.question import Question

ISSUE = [
    "market=china_2024", "focal=china_unicom", "rival@rivals.china_mobile=price_cut",
    "rivals.china_mobile.depth=0.3", "strategies=[hold,match_price,bundle_benefits]",
    "subscribers=200000", "months=36", "worlds=16", "seeds=4",
]  # fmt: skip


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Question]:
    """What was run, in an empty folder; seed 13 breaks and seed 14 is interrupted."""
    requests: list[Question] = []

    def run(request: Question, console: Console) -> None:
        (request.out / "cells" / "a piece").mkdir(parents=True, exist_ok=True)
        if request.seed == 13:
            raise RuntimeError("the market [is] on fire")
        if request.seed == 14:
            raise KeyboardInterrupt
        requests.append(request)

    monkeypatch.setattr(answering, "run_and_write", run)
    monkeypatch.chdir(tmp_path)
    return requests


def status(folder: Path | str) -> dict[str, str | None]:
    return json.loads((Path(folder) / "status.json").read_text())


def files() -> set[str]:
    return {str(path) for path in Path().rglob("*") if path.is_file()}


def ask(*overrides: str) -> Question:
    return compose.question_of(compose.compose(overrides))


def test_the_command_of_the_readme_is_understood() -> None:
    request = ask(*ISSUE)
    assert (request.experiment, request.market.name) == ("compare", "china_2024")
    assert request.focal == "china_unicom"
    assert request.rivals["china_mobile"]["kind"] == "price_cut"
    assert request.rivals["china_mobile"]["depth"] == 0.3
    assert list(request.rivals) == ["china_mobile", "china_telecom", "china_broadnet"]
    assert list(request.strategies) == ["hold", "match_price", "bundle_benefits"]
    assert (request.subscribers, request.months) == (200_000, 36)
    assert (request.worlds, request.seeds) == (16, 4)
    assert request.jobs >= 1
    assert request.out == Path("outputs/compare")
    assert request.ranges
    assert request.resolved["focal"] == "china_unicom"


@pytest.mark.parametrize(
    "path", sorted(compose.CONF.glob("*/*.yaml")), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_every_file_of_every_group_composes(path: Path) -> None:
    group, name = path.parent.name, path.stem
    match group:
        case "rival":
            override = [f"rival@rivals.china_mobile={name}"]
        case "strategy":
            override = [f"strategies=[{name}]"]
        case "calibration":
            override = [f"market={name}"]
        case "history":  # what markets of the past take in, no choice of its own
            override = ["market=france_2012"]
        case _:
            override = [f"{group}={name}"]
    assert ask(*override).strategies


def test_every_strategy_that_ships_can_be_tuned() -> None:
    composed = compose.compose([]).config["strategy"]
    assert set(composed) == {path.stem for path in (compose.CONF / "strategy").glob("*.yaml")}
    request = ask("strategies=[match_price]", "strategy.match_price.follow=0.5")
    assert request.strategies["match_price"]["follow"] == 0.5


def test_hold_is_always_an_option_and_comes_first() -> None:
    assert list(ask("strategies=[retention]").strategies) == ["hold", "retention"]
    assert list(ask("strategies=[]").strategies) == ["hold"]


def test_options_of_an_experiment_are_passed_on() -> None:
    request = ask("experiment=calibrate", "market=duopoly", "experiment.write_to=somewhere")
    assert request.experiment == "calibrate"
    assert request.options == {"write_to": "somewhere"}
    assert request.out == Path("outputs/calibrate")


def test_a_single_run_leaves_its_status_and_nothing_of_hydras(ran: list[Question]) -> None:
    assert cli.run(["market=duopoly", "out=answer", "worlds=2"]) == 0
    assert [request.worlds for request in ran] == [2]
    assert files() == {"answer/status.json"}
    assert status("answer") == {"status": "done", "error": None}


def test_a_run_that_breaks_says_so(ran: list[Question], capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["market=duopoly", "seed=13"]) == cli.BROKEN
    assert status("outputs/compare") == {"status": "failed", "error": "the market [is] on fire"}
    assert "Traceback" in capfd.readouterr().err, "a bug of ours is not hidden"
    assert cli.run(["market=duopoly", "seed=1"]) == 0
    assert status("outputs/compare")["status"] == "done"


def test_an_interrupted_run_says_how_to_go_on(
    ran: list[Question], capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["market=duopoly", "seed=14"]) == cli.INTERRUPTED
    said = capfd.readouterr().err
    assert "Finished cells are kept in outputs/compare; the same command takes them over" in said
    assert "Traceback" not in said
    told = {"status": "interrupted", "error": "interrupted by SIGINT", "signal": "SIGINT"}
    assert status("outputs/compare") == told


def test_a_sweep_gives_each_job_its_folder(ran: list[Question]) -> None:
    sweep = ["market=duopoly", "rivals.north.depth=0.2,0.3,0.4", "-m", "out=depths"]
    assert cli.run(sweep) == 0
    assert [request.rivals["north"]["depth"] for request in ran] == [0.2, 0.3, 0.4]
    folders = [f"depths/rivals.north.depth={depth}" for depth in ("0.2", "0.3", "0.4")]
    assert [str(request.out) for request in ran] == folders
    assert files() == {f"{folder}/status.json" for folder in folders}


def test_a_bad_value_of_a_sweep_is_found_before_its_first_job(
    ran: list[Question], capfd: pytest.CaptureFixture[str]
) -> None:
    sweep = ["market=duopoly", "rivals.north.depth=0.2,1.3,0.4", "-m", "out=depths"]
    assert cli.run(sweep) == cli.REFUSED
    said = capfd.readouterr().err
    assert "no job was run: rivals.north.depth=1.3: " in said
    assert "depth = 1.3: must be less than 1" in said
    assert "Traceback" not in said
    assert not ran
    assert not files()


def test_a_broken_job_of_a_sweep_does_not_stop_the_others(ran: list[Question]) -> None:
    assert cli.run(["-m", "market=duopoly", "seed=13,1"]) == cli.BROKEN
    assert status("outputs/compare/seed=13")["status"] == "failed"
    assert status("outputs/compare/seed=1")["status"] == "done"


def test_a_sweep_that_cannot_be_composed_starts_nothing(
    ran: list[Question], capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["-m", "market=duopoly,triopoly"]) == cli.REFUSED
    assert "did you mean 'duopoly'?" in capfd.readouterr().err
    assert not files()
    assert not ran


@pytest.fixture
def own_files(tmp_path: Path) -> Path:
    """A folder outside the project with a market, a rival, a strategy and a whole question."""
    folder = tmp_path / "my files"
    for group in ("market", "rival", "strategy", "experiment"):
        (folder / group).mkdir(parents=True)
    text = (compose.CONF / "market" / "duopoly.yaml").read_text(encoding="utf-8")
    (folder / "market" / "mine.yaml").write_text(
        text.replace("name: duopoly", "name: mine"), encoding="utf-8"
    )
    (folder / "rival" / "deep.yaml").write_text("kind: price_cut\ndepth: 0.5\n")
    (folder / "strategy" / "half.yaml").write_text("kind: match_price\nfollow: 0.5\n")
    (folder / "experiment" / "question.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /market: mine\n"
        "experiment: {name: compare}\nstrategies: [half]\n"
    )
    return folder


def test_own_files_work_from_a_folder_outside(ran: list[Question], own_files: Path) -> None:
    question = ["market=mine", "rival@rivals.north=deep", "strategies=[half,retention]"]
    tuned = ["strategy.half.follow=0.7"]
    assert cli.run(["--config-dir", str(own_files), *question, *tuned]) == 0
    [request] = ran
    assert request.market.name == "mine"
    assert request.rivals["north"]["depth"] == 0.5
    assert request.strategies["half"]["follow"] == 0.7
    assert request.strategies["half"]["description"] == "Half"


def test_an_own_file_may_hold_the_whole_question(ran: list[Question], own_files: Path) -> None:
    assert cli.run(["experiment=question", "--config-dir", str(own_files)]) == 0
    assert cli.run(["-m", "experiment=question", "seed=1,2", f"--config-dir={own_files}"]) == 0
    assert [list(request.strategies) for request in ran] == [["hold", "half"]] * 3
    assert ran[-1].out == Path("outputs/compare/seed=2")


def test_a_market_file_with_a_mistake_is_named(own_files: Path, ran: list[Question], capfd) -> None:
    market = own_files / "market" / "mine.yaml"
    market.write_text("market:\n  name: x\n   bad: [1\n")
    assert cli.run(["market=mine", "--config-dir", str(own_files)]) == cli.REFUSED
    said = capfd.readouterr().err
    assert "mine.yaml', line 3, column 7: not valid YAML" in said
    market.write_bytes(b"\xff\xfe\x00")
    assert cli.run(["market=mine", "--config-dir", str(own_files)]) == cli.REFUSED
    assert "is not text in UTF-8" in capfd.readouterr().err
    market.unlink()
    market.mkdir()
    assert cli.run(["market=mine", "--config-dir", str(own_files)]) == cli.REFUSED
    assert "Is a directory" in capfd.readouterr().err
    assert not (Path.cwd() / "outputs").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("market: {name: x}\n", "must begin with the line '# @package _global_'"),
        ("# @package _global_\n[1, 2]\n", "market"),
        ("", "there is no market"),
        (
            "# @package _global_\nhydra: {callbacks: {a: {_target_: os.system}}}\n",
            "none of it is run",
        ),
        ("a: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_market_is_refused(
    own_files: Path, ran: list[Question], capfd, text: str, said: str
) -> None:
    (own_files / "market" / "mine.yaml").write_text(text)
    assert cli.run(["market=mine", "--config-dir", str(own_files)]) == cli.REFUSED
    assert said in capfd.readouterr().err


def test_a_file_that_would_be_shadowed_is_refused(
    own_files: Path, ran: list[Question], capfd
) -> None:
    (own_files / "market" / "duopoly.yaml").write_text("")
    assert cli.run(["--config-dir", str(own_files)]) == cli.REFUSED
    assert "market/duopoly.yaml exists already" in capfd.readouterr().err


def counterplay(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "experiments", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120,
        env={"PYTHONPATH": str(compose.CONF.parent), "PATH": ""},
    )  # fmt: skip


def test_help_says_what_it_answers_and_how_to_ask(tmp_path: Path) -> None:
    done = counterplay("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "What do we do, and is it worth a pilot?" in done.stdout
    assert "market: austria_2015, china_2024, china_2024_channels" in done.stdout
    assert "counterplay -m rivals.china_mobile.depth=0.1,0.2,0.3" in done.stdout


def test_a_mistake_ends_with_code_2_one_line_and_no_file(tmp_path: Path) -> None:
    done = counterplay("market=chna_2024", cwd=tmp_path)
    assert done.returncode == cli.REFUSED
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "counterplay: market = 'chna_2024' does not exist (did you mean 'china_2024'?); "
        "allowed: austria_2015, china_2024, china_2024_channels, china_2024_platform, duopoly, "
        "france_2012, india_2016, israel_2012, laboratory, textbook, usa_2013"
    ]
    assert not list(tmp_path.iterdir())


def test_a_comparison_loads_what_draws_only_to_write(tmp_path: Path) -> None:
    code = (
        "import sys; import experiments.studies.compare;"
        "late = {'matplotlib', 'pptx', 'xlsxwriter', 'fontTools', 'jinja2'};"
        "assert not late & set(sys.modules), late & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(compose.CONF.parent), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
