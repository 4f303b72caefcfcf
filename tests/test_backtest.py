"""`experiment=backtest`: a stranger's country from the command line, and how its runs are kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from country import MARKET, MOVES, changed, example, request, write
from rich.console import Console

from experiments import cli
from experiments.answering import run_and_write
from experiments.question.question import Question
from experiments.runs.answer_folder import check_input
from experiments.runs.fingerprint import digest_of_file
from experiments.runs.store import Store
from experiments.studies.backtest import members
from experiments.studies.posterior.aggregates import read_aggregates
from sim.errors import QuestionError

TINY = ["subscribers=800", "worlds=2", "jobs=1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("my own") / "my markets", example())


def quiet() -> Console:
    return Console(quiet=True)


def summary(out: Path) -> dict[str, Any]:
    return json.loads((out / "summary.json").read_text("utf-8"))


def answer(out: Path) -> dict[str, bytes]:
    """All that a backtest says, but for the date it was run."""
    names = ("summary.json", "backtest.md", "figures.parquet", "paths.parquet")
    return {name: (out / name).read_bytes() for name in names}


def test_a_strangers_country_from_the_command_line(folder, tmp_path, capfd):
    out = tmp_path / "an answer"
    asked = ["experiment=backtest", "market=my_country", *TINY, f"out={out}"]
    code = cli.run(["--config-dir", str(folder), *asked])
    assert code == 0
    found = summary(out)
    assert found["event"] == {"month": "2015-03", "label": "the newcomer opens"}
    assert found["behind"]["runs"] == found["ensemble"]["members"] == 2
    assert found["figures"]["predicted"] == found["figures"]["after"] == 6
    assert found["ensemble"]["failed"] == []
    page = (out / "backtest.md").read_text("utf-8")
    assert "The newcomer opens, 2015-03." in page
    assert (out / "over_time_subscribers.png").read_bytes().startswith(b"\x89PNG")
    said = capfd.readouterr().out
    assert "revenue per line" in said
    # A path that somebody typed is printed in one piece, however long it is.
    assert max(len(line) for line in said.splitlines() if str(out) not in line) <= 80


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (MOVES, "reprice,medium", "reprice,huge", "my_moves.csv', line 5: plan: blue's plan"),
        (MARKET, "arpu: 17", "arpu: 170", "misses the revenue per line of red"),
        (MARKET, "observations: [my_observations.csv]", "observations: []", "nothing was observed"),
    ],
)
def test_nonsense_is_one_message_and_leaves_no_answer(
    folder, tmp_path, capfd, name, old, new, said
):
    files = example()
    broken = write(tmp_path / "broken", files | {name: changed(files[name], old, new)})
    out = tmp_path / "out"
    asked = [
        "experiment=backtest",
        "market=my_country",
        "subscribers=400",
        "worlds=1",
        f"out={out}",
    ]
    assert cli.run(["--config-dir", str(broken), "jobs=1", *asked]) == 2
    told = capfd.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert told.count("counterplay:") == 1
    assert not (out / "summary.json").exists()


@pytest.fixture(scope="module")
def serial(folder, tmp_path_factory) -> Question:
    asked = request(folder, tmp_path_factory.mktemp("serial"), "subscribers=600", "worlds=3")
    run_and_write(asked, quiet())
    return asked


def test_resumed_is_serial_and_only_what_is_missing_is_lived(serial, folder, tmp_path, monkeypatch):
    again = request(folder, tmp_path, "subscribers=600", "worlds=3")
    kept = tmp_path / "cells"
    kept.mkdir()
    for path in (serial.out / "cells").iterdir():
        (kept / path.name).write_bytes(path.read_bytes())
    (damaged,) = kept.glob("member-0001.*")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    lived: list[int] = []
    honest = members.live_member

    def live(asked: Any, case: Any, about: Any, settings: Any, member: int) -> members.MemberRun:
        lived.append(member)
        return honest(asked, case, about, settings, member)

    monkeypatch.setattr(members, "live_member", live)
    run_and_write(again, quiet())
    assert lived == [1]
    assert answer(tmp_path) == answer(serial.out)


@pytest.mark.slow
def test_parallel_is_serial(serial, folder, tmp_path):
    run_and_write(request(folder, tmp_path, "subscribers=600", "worlds=3", "jobs=2"), quiet())
    assert answer(tmp_path) == answer(serial.out)


def test_a_failing_member_is_recorded_and_the_others_go_on(serial, folder, tmp_path, monkeypatch):
    place = members.place

    def fails_once(settings: Any, case: Any, known: Any, accounts: int, seed: int) -> Any:
        if seed % 1_000_000 == 1_000:
            raise RuntimeError("the second member is ill")
        return place(settings, case, known, accounts, seed)

    monkeypatch.setattr(members, "place", fails_once)
    run_and_write(request(folder, tmp_path, "subscribers=600", "worlds=3"), quiet())
    found = summary(tmp_path)
    (failed,) = found["ensemble"]["failed"]
    assert failed["member"] == 1
    assert "the second member is ill" in failed["error"]
    assert found["behind"]["members"] == 2
    (path,) = (tmp_path / "cells").glob("member-0001.*")
    kept = Store(path.parent).load(path.name.removesuffix(".piece"))
    assert kept is not None
    assert "ill" in kept.facts["error"]


def test_members_can_be_drawn_from_an_ensemble_that_was_found(folder, tmp_path):
    table = pd.DataFrame(
        {"behaviour.hassle_yuan": [0.5, 1.5], "behaviour.transparency": [0.4, 0.8],
         "weight": [0.0, 1.0]}
    )  # fmt: skip
    table.to_parquet(folder / "found.parquet")
    asked = request(folder, tmp_path, "experiment.ensemble=found.parquet", "worlds=3")
    drawn = members.drawn_markets(asked, members.read_options(asked))
    assert [settings.behaviour.transparency for settings in drawn] == [0.8] * 3
    was = asked.market.behaviour.hassle_yuan.array()
    assert np.allclose(drawn[0].behaviour.hassle_yuan.array(), 1.5 * was)  # a factor, as in ranges


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"behaviour.hassle": [1.0]}, "did you mean 'hassle_yuan'?"),
        ({"behaviour.transparency": [7.0]}, "transparency = 7.0"),
        ({"behaviour.transparency": ["much"]}, "must be a finite number"),
        ({"behaviour.transparency": []}, "holds no members"),
        ({"behaviour.transparency": [0.5], "weight": [-1.0]}, "weight"),
    ],
)
def test_an_ensemble_that_fits_no_market_is_refused(folder, tmp_path, columns, said):
    pd.DataFrame(columns).to_parquet(tmp_path / "odd.parquet")
    asked = request(folder, tmp_path / "out", f"experiment.ensemble={tmp_path / 'odd.parquet'}")
    with pytest.raises(QuestionError) as told:
        members.drawn_markets(asked, members.read_options(asked))
    assert said in str(told.value)


@pytest.mark.parametrize("read", ["ensemble", "observed"])
def test_a_table_of_an_earlier_answer_is_read_only_as_it_was_written(read, tmp_path):
    path = tmp_path / "found.parquet"
    pd.DataFrame({"behaviour.transparency": [0.5]}).to_parquet(path)
    answer = {"files": {path.name: digest_of_file(path)}}
    (tmp_path / "manifest.json").write_text(json.dumps({"answer": answer}))
    readers = {
        "ensemble": lambda: members._read_ensemble(path),
        "observed": lambda: read_aggregates(path, ["north"], 1, 1),
    }
    check_input(path, "as it was written")
    pd.DataFrame({"behaviour.transparency": [0.6]}).to_parquet(path)
    with pytest.raises(QuestionError, match="not as the run wrote it"):
        readers[read]()
    (tmp_path / "manifest.json").unlink()
    check_input(path, "nobody's answer")


def test_a_file_that_is_no_ensemble_is_refused(folder, tmp_path):
    (tmp_path / "odd.parquet").write_text("nothing of the kind")
    asked = request(folder, tmp_path / "out", f"experiment.ensemble={tmp_path / 'odd.parquet'}")
    with pytest.raises(QuestionError, match="cannot be read"):
        members.drawn_markets(asked, members.read_options(asked))
