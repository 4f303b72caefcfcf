"""The benchmark compares like with like and says so; no test asks how long anything took."""

import json

import numpy as np
import pytest
from rich.console import Console

from agents.life_cycle import LifeCycleSettings
from agents.mechanisms.registry import OPTIONAL
from agents.state import copy_columns, new_columns
from experiments.answering import run_and_write
from experiments.question.question import Question
from experiments.studies.bench import bench
from experiments.studies.bench.memory_traffic import read_and_write
from sim.errors import QuestionError

TINY = {"subscribers": [60, 40], "reference_up_to": 40, "vectorised_up_to": 50, "repetitions": 2}
ROW = {
    "name", "subscribers", "threads", "ns_per_subscriber_month", "ratio_to_reference",
    "ratio_to_floor",
}  # fmt: skip


@pytest.fixture(scope="module")
def restless(restless):
    """Without lines that lapse, of which the vectorised population knows nothing."""
    return restless.model_copy(update={"life_cycle": LifeCycleSettings()})


@pytest.fixture(scope="module")
def request_for(restless, tmp_path_factory):
    def build(**options):
        return Question(
            experiment="bench", market=restless, focal="china_unicom", rivals={}, strategies={},
            subscribers=50, months=1, burn_in=0, worlds=1, seeds=1, seed=3, jobs=1, ranges=(),
            out=tmp_path_factory.mktemp("bench") / "new", options=options,
        )  # fmt: skip

    return build


@pytest.fixture(scope="module")
def finished(request_for):
    request, console = request_for(**TINY), Console(record=True, width=120)
    run_and_write(request, console)
    return json.loads((request.out / "bench.json").read_text()), console.export_text()


def test_every_contender_has_a_row_at_every_size_it_is_meant_for(finished):
    rows = finished[0]["rows"]
    assert all(set(row) == ROW for row in rows)
    everywhere = {("engine", 1), ("engine", 2), ("floor", 1), ("copy", 1)}
    everywhere |= {("engine, all on", 1), ("engine, all on", 2)}
    small = {("reference", 1), ("numpy", 1), ("reference, all on", 1)}
    for size, expected in ((40, everywhere | small), (60, everywhere)):
        assert {(r["name"], r["threads"]) for r in rows if r["subscribers"] == size} == expected


def test_ratios_are_those_of_the_times(finished):
    rows = finished[0]["rows"]
    time = {(r["name"], r["threads"], r["subscribers"]): r["ns_per_subscriber_month"] for r in rows}
    for row in rows:
        own, size = row["ns_per_subscriber_month"], row["subscribers"]
        assert row["ratio_to_floor"] == pytest.approx(own / time["floor", 1, size])
        if row["name"] in {"floor", "copy"}:
            assert row["ratio_to_reference"] is None
        else:
            scene = bench.ALL_ON if row["name"].endswith(bench.ALL_ON) else ""
            then = time["reference" + scene, 1, 40]
            assert row["ratio_to_reference"] == pytest.approx(then / own)


def test_it_is_on_record_that_all_did_the_same_work(finished):
    same = finished[0]["same_work"]
    lived = {"engine", "reference", "numpy", "engine, all on", "reference, all on"}
    assert {entry["name"] for entry in same} == lived
    for entry in same:
        assert entry["accounts_equal"] >= entry["required"] >= 0.999
        assert entry["required"] == 1 or entry["name"] == "numpy"


def test_versions_notes_and_table_come_with_it(finished):
    result, printed = finished
    assert {
        "python",
        "numpy",
        "numba",
        "mesa",
        "counterplay",
        "cores",
        "load_average_before",
    } <= set(result["versions"])
    assert any("campaigns" in note for note in result["notes"])
    assert "numpy" in printed
    assert "floor" in printed


def test_all_on_means_every_optional_mechanism_and_can_be_left_out(request_for):
    question, options = request_for(), bench.BenchOptions(all_on_up_to=50)
    scenes = bench._scenes(question, 50, 1, options)
    assert scenes[bench.ALL_ON].m.around.mechanisms == (1 << len(OPTIONAL)) - 1
    assert scenes[""].m.around.mechanisms == 0
    assert all(len(column) for column in scenes[bench.ALL_ON].columns)
    assert list(bench._scenes(question, 51, 0, options)) == [""]


def test_a_contender_that_does_other_work_is_no_contender(request_for, monkeypatch):
    def lazy(scene):
        return bench.Turn(lambda: None, lambda: replaced(copy_columns(scene.columns)))

    def replaced(columns):
        columns.offer[:] = -1
        return columns

    monkeypatch.setattr(bench, "_vectorised", lazy)
    request = request_for(**TINY)
    with pytest.raises(QuestionError, match=r"numpy .* must be 99\.9%"):
        run_and_write(request, Console(quiet=True))
    assert not (request.out / "bench.json").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subscriber": [10]}, "experiment.subscriber"),
        ({"subscribers": [0]}, "experiment.subscribers"),
        ({"repetitions": 0}, "experiment.repetitions"),
        ({"threads": []}, "experiment.threads"),
    ],
)
def test_options_that_make_no_sense_are_named(request_for, options, message):
    with pytest.raises(QuestionError, match=message):
        run_and_write(request_for(**options), Console(quiet=True))


def test_fewer_subscribers_than_regions_are_refused(request_for):
    with pytest.raises(QuestionError, match=r"experiment\.subscribers = 3: must be at least 15"):
        run_and_write(request_for(**TINY | {"subscribers": [3]}), Console(quiet=True))


def test_the_floor_moves_every_column_that_a_month_changes(request_for):
    scene = bench._scene(request_for(), 50, 1)
    before, record = copy_columns(scene.columns), bench.new_record(50)
    read_and_write(scene.columns, record, scene.contact, np.zeros(1), 0, 50)
    never = {"segment", "region", "lines", "usage_gb", "owned", "consent"}
    moved = {
        name
        for name, old, new in zip(before._fields, before, scene.columns, strict=True)
        if len(old) and np.all(old != new)
    }
    there = {name for name, column in new_columns(1)._asdict().items() if len(column)}
    assert moved == there - never
